"""Files, documents, names of columns and the native module's file, held to other readers and to bytes made by hand."""

from __future__ import annotations

import errno
import json
import os
import stat
import struct
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xxhash

import omega
from omega.config import load_config
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.data import writing
from omega.data.documents import read_document
from omega.data.files import column_names, io_errors, read_bytes, read_table
from omega.data.memory import sealed
from omega.data.missing import names_in, with_names
from omega.data.pandas import table_of_frame
from omega.serve import native, trial
from omega.settings.keys import later_feature, rule_of
from omega.settings.load import flags_of


def refused(work: Any) -> OmegaError:
    with pytest.raises(OmegaError) as caught:
        work()
    return caught.value


# Written.


@pytest.mark.rule("X-6")
@pytest.mark.parametrize("name", ["t.parquet", "t.pq", "t.arrow", "t.feather", "t.ipc", "t.csv", "T.CSV"])
def test_a_written_table_as_pandas_reads_it(tmp_path: Path, sample: omega.Bars, name: str) -> None:
    path = writing.write_table(sample.table, tmp_path / name)
    assert path == tmp_path / name
    kind = path.suffix.lower()
    if kind == ".csv":
        frame = pandas.read_csv(path, parse_dates=["timestamp"])
    elif kind in (".parquet", ".pq"):
        frame = pandas.read_parquet(path)
        assert pq.ParquetFile(path).metadata.row_group(0).column(1).compression == "ZSTD"
    else:
        frame = pandas.read_feather(path)
    expected = sample.table.to_pandas()
    assert list(frame.columns) == list(expected.columns)
    for column in expected.columns[1:]:
        assert (frame[column].to_numpy() == expected[column].to_numpy()).all()
    assert (frame["timestamp"].dt.tz_convert("UTC") == expected["timestamp"]).all()
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


@pytest.mark.rule("X-6")
def test_another_suffix_is_refused_and_nothing_written(tmp_path: Path, sample: omega.Bars) -> None:
    error = refused(lambda: writing.write_table(sample.table, tmp_path / "t.xlsx"))
    assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_FORMAT, "X-1", "path")
    assert error.value == str(tmp_path / "t.xlsx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.rule("X-6")
def test_bytes_that_are_written_are_those_given(tmp_path: Path) -> None:
    assert writing.write_file(tmp_path / "a", "é\r\n").read_bytes() == b"\xc3\xa9\r\n"
    assert writing.write_file(tmp_path / "a", b"\xff").read_bytes() == b"\xff"
    writing.write_files(tmp_path, {"b": "1", "c": b"2"})
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == {"a": b"\xff", "b": b"1", "c": b"2"}
    writing.write_folder(tmp_path / "deep" / "new", {"x": "1"})
    writing.write_folder(tmp_path / "deep" / "new", {"y": "2"})
    assert {entry.name: entry.read_text() for entry in (tmp_path / "deep" / "new").iterdir()} == {"x": "1", "y": "2"}
    assert [entry.name for entry in (tmp_path / "deep").iterdir()] == ["new"]
    (tmp_path / "a").chmod(0o640)
    writing.write_file(tmp_path / "a", "again")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


@pytest.mark.rule("X-6")
def test_names_of_unfinished_files(tmp_path: Path) -> None:
    names = {writing.staged_beside(tmp_path / "x.parquet").name for _ in range(5)}
    assert len(names) == 5
    for name in names:
        assert name.startswith(".omega-")
        assert name.endswith(".tmp")
        assert len(name) == len(".omega-") + 16 + len(".tmp")
        assert writing.is_staged(name)
    for name in (".omega-1.txt", "omega-1.tmp", ".omega.lock", "x.tmp"):
        assert not writing.is_staged(name)
    assert writing.staged_beside(tmp_path / "x").parent == tmp_path


@pytest.mark.rule("X-6")
def test_only_old_unfinished_files_are_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = float(int(time.time()))
    for name, age in ((".omega-old.tmp", 100.0), (".omega-new.tmp", 10.0), ("mine.tmp", 1_000.0)):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (now - age, now - age))
    (tmp_path / ".omega-folder.tmp").mkdir()
    (tmp_path / ".omega-folder.tmp" / "inner").write_bytes(b"x")
    os.utime(tmp_path / ".omega-folder.tmp", (now - 100, now - 100))
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "inner").write_bytes(b"x")
    (tmp_path / ".omega-link.tmp").symlink_to(tmp_path / "kept")
    os.utime(tmp_path / ".omega-link.tmp", (now - 100, now - 100), follow_symlinks=False)
    writing.sweep(tmp_path, older_than=50.0)
    assert {entry.name for entry in tmp_path.iterdir()} == {".omega-new.tmp", "mine.tmp", "kept"}
    assert (tmp_path / "kept" / "inner").exists()
    # What writing sweeps by itself is an hour old.
    monkeypatch.setattr(writing, "time", SimpleNamespace(time=lambda: now))
    for name, age in ((".omega-a.tmp", 3_599.5), (".omega-b.tmp", 3_600.0)):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (now - age, now - age))
    writing.write_files(tmp_path, {"x": "1"})
    assert {entry.name for entry in tmp_path.iterdir()} == {".omega-new.tmp", ".omega-a.tmp", "mine.tmp", "kept", "x"}


@pytest.mark.rule("X-6")
@pytest.mark.parametrize(
    ("name", "code", "said"),
    [("no/x", ErrorCode.NOT_FOUND, "no such folder: "), ("folder", ErrorCode.IO_ERROR, " is a folder")],
)
def test_where_nothing_can_stand(tmp_path: Path, name: str, code: ErrorCode, said: str) -> None:
    (tmp_path / "folder").mkdir()
    for work in (
        lambda: writing.write_file(tmp_path / name, "x"),
        lambda: writing.write_files((tmp_path / name).parent, {Path(name).name: "x"}),
    ):
        error = refused(work)
        assert error.code in (code, ErrorCode.NOT_FOUND)
        assert (error.rule, error.column) == ("X-1", "path")
    assert said in refused(lambda: writing.write_file(tmp_path / name, "x")).message


def test_a_short_name_is_cut_between_characters() -> None:
    assert writing.short_name("x" * 120) == "x" * 120
    assert writing.short_name("x" * 121) == "x" * 120
    assert writing.short_name("é" * 61) == "é" * 60
    assert writing.short_name("x" + "é" * 60) == "x" + "é" * 59


# Read.


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("b.csv", b"", ErrorCode.EMPTY_INPUT, "b.csv is empty"),
        ("b.xlsx", b"PK\3\4", ErrorCode.INVALID_FORMAT, "b.xlsx: bars are read from "),
        ("b.parquet", b"nonsense", ErrorCode.DESERIALIZATION_FAILED, "b.parquet is damaged: "),
        ("b.arrow", b"ARROW1", ErrorCode.DESERIALIZATION_FAILED, "b.arrow is damaged: "),
        ("b.arrow", b"nonsense", ErrorCode.DESERIALIZATION_FAILED, "b.arrow is damaged: "),
        ("b.arrow", b"ARROW1\0\0" + b"\xff" * 64, ErrorCode.DESERIALIZATION_FAILED, "b.arrow is damaged: "),
        ("b.csv", b"PAR1" + b"\0" * 20, ErrorCode.DESERIALIZATION_FAILED, "b.csv is damaged: "),
    ],
)
def test_files_that_are_none(tmp_path: Path, name: str, content: bytes, code: ErrorCode, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    error = refused(lambda: omega.read_bars(tmp_path / name))
    assert (error.code, error.column, error.value) == (code, "path", str(tmp_path / name))
    assert error.message.startswith(said)
    assert error.rule == ("T-2" if code is ErrorCode.EMPTY_INPUT else "X-1")


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for work in (lambda: read_bytes(tmp_path / "x"), lambda: read_table(tmp_path / "x.csv", {})):
        error = refused(work)
        assert (error.code, error.rule, error.column) == (ErrorCode.NOT_FOUND, "X-1", "path")
        assert error.message.startswith(f"no such file: {tmp_path}")
    error = refused(lambda: read_bytes(Path("a\0b")))
    assert (error.code, error.column) == (ErrorCode.INVALID_ARGUMENT, "path")
    error = refused(lambda: read_bytes(tmp_path))
    assert (error.code, error.message) == (ErrorCode.IO_ERROR, f"{tmp_path}: Is a directory")
    with pytest.raises(OmegaError) as caught, io_errors(tmp_path):
        raise OSError("without a number")
    assert caught.value.message == f"{tmp_path}: without a number"
    for number, said in (
        (errno.EROFS, f"not permitted: {tmp_path} (read-only)"),
        (errno.EACCES, f"not permitted: {tmp_path}"),
        (errno.ENOSPC, f"no room to write {tmp_path}: words"),
        (errno.EMFILE, f"{tmp_path}: words"),
    ):
        with pytest.raises(OmegaError) as caught, io_errors(tmp_path):
            raise OSError(number, "words")
        assert (caught.value.message, caught.value.value) == (said, str(tmp_path))


@pytest.mark.parametrize("suffix", ["parquet", "arrow", "stream", "csv"])
def test_columns_that_are_read(tmp_path: Path, suffix: str) -> None:
    table = pa.table({"a": [1.5, 2.5], "note": ["x", "y"], "b": [3.0, 4.0]})
    path = tmp_path / f"t.{'arrow' if suffix == 'stream' else suffix}"
    if suffix == "stream":
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    else:
        writing.write_table(table, path)
    types = {"b": pa.float64(), "a": pa.float64(), "absent": pa.float64()}
    assert column_names(path) == names_in(path) == names_in(str(path)) == ["a", "note", "b"]
    read = read_table(path, types)
    assert sorted(read.column_names) == ["a", "b"]
    assert read.select(["a", "b"]).to_pydict() == {"a": [1.5, 2.5], "b": [3.0, 4.0]}
    whole = read_table(path, types, every_column=True)
    assert whole.column_names == ["a", "note", "b"]
    assert [str(value) for value in whole.column("note").to_pylist()] == ["x", "y"]


@pytest.mark.rule("X-5")
@pytest.mark.parametrize(("limit", "value", "found"), [("rows", 4, 5), ("columns", 2, 3)])
def test_limits_of_a_parquet_file(tmp_path: Path, limit: str, value: int, found: int) -> None:
    pq.write_table(pa.table({name: [1.0] * 5 for name in "abc"}), tmp_path / "t.parquet")
    with omega.config.override_limits(**{limit: value}):
        error = refused(lambda: read_table(tmp_path / "t.parquet", {"a": pa.float64()}))
    assert (error.code, error.rule, error.value) == (ErrorCode.LIMIT_EXCEEDED, "X-5", found)
    assert error.message.startswith(f"{limit} of t.parquet: ")
    with omega.config.override_limits(**{limit: found}):
        assert read_table(tmp_path / "t.parquet", {"a": pa.float64()}).num_rows == 5


def test_columns_that_are_missing() -> None:
    def said(wanted: str, names: list[str]) -> str:
        given = omega_error(1008, "no", rule="T-2", column=wanted, row=3, value=1.5, recoverable=False)
        error = with_names(given, names)
        assert (error.code, error.rule, error.column, error.row, error.value) == (1008, "T-2", wanted, 3, 1.5)
        assert error.recoverable is False
        start = f"there is no column {wanted!r}; the columns are {', '.join(names) or 'none'}"
        assert error.message.startswith(start)
        return error.message.removeprefix(start)

    assert said("bid_close", ["Bid_Close", "x"]) == "; nearest to it: Bid_Close"
    assert said("volume", ["zzz"]) == ""
    assert said("volume", []) == ""
    side = "; for one side alone give bid= or ask= with spread_pips=, for both bid= and ask="
    assert said("bid_high", ["open", "high", "low", "close"]) == side
    assert said("ask_high", ["open", "high", "low", "close"]) == side
    assert said("ask_high", ["ask_open", "high"]).startswith("; nearest to it: ")
    for error in (omega_error(1004, "m", column="c"), omega_error(1008, "m"), omega_error(1008, "m", column="x")):
        assert with_names(error, ["x"]) is error
    other = omega_error(1008, "m", column="c")
    assert with_names(other, None) is other
    assert names_in(object()) is None
    assert names_in(SimpleNamespace(column_names=["a", 1])) == ["a", "1"]
    assert names_in(pandas.DataFrame({"a": [1], "b": [2]})) == ["a", "b"]
    assert names_in(pa.table({"a": [1]})) == ["a"]


def test_a_frame_of_pandas_by_hand() -> None:
    frame = pandas.DataFrame({"a": [1, 2], "odd": [1, "x"]}, index=pandas.Index([5, 6], name="i"))
    table = table_of_frame(frame, {"a", "i"})
    assert table.to_pydict() == {"a": [1, 2], "odd": [None, None], "i": [5, 6]}
    error = refused(lambda: table_of_frame(frame, {"odd"}))
    assert (error.code, error.rule, error.column, error.row) == (ErrorCode.TYPE_MISMATCH, "T-8a", "odd", 1)
    assert error.value == "x"
    assert error.message.startswith("odd: ")
    assert refused(lambda: table_of_frame(frame, ())).column == "odd"
    for place in range(6):
        values: list[object] = [1] * 6
        values[place] = "x"
        row = refused(lambda values=values: table_of_frame(pandas.DataFrame({"c": values}), {"c"})).row
        assert row == max(place, 1)
    levels = pandas.MultiIndex.from_tuples([(1, "x"), (2, "y")], names=["k", None])
    assert table_of_frame(pandas.DataFrame({"a": [3, 4]}, index=levels), ()).to_pydict() == {"a": [3, 4], "k": [1, 2]}
    assert table_of_frame(pandas.DataFrame(), ()).num_columns == 0


def test_sealed_memory_is_a_copy_where_the_caller_may_write() -> None:
    values = np.arange(6.0)
    column = pa.array(values)
    for is_ours in (True, False):
        kept = sealed(pa.table({"x": column.slice(1, 4), "s": ["a", "b", "c", "d"]}), is_ours=is_ours)
        assert kept.column("x").to_pylist() == [1.0, 2.0, 3.0, 4.0]
        assert kept.column("s").to_pylist() == ["a", "b", "c", "d"]
        chunk: Any = kept.column("x").chunk(0)
        buffer = chunk.buffers()[1]
        assert not buffer.is_mutable
        assert (buffer.address == values.ctypes.data + 8) is is_ours
    for nothing in (pa.schema([("x", pa.float64())]).empty_table(), pa.table({"x": column.slice(2, 0)})):
        assert sealed(nothing, is_ours=False).column("x").to_pylist() == []
    parts = pa.chunked_array([column.slice(0, 2), column.slice(4, 2)])
    times = pa.chunked_array([pa.array([1, 2, 3, 4], pa.timestamp("us", "UTC"))])
    table = sealed(pa.table({"x": parts, "t": times, "n": [1.0, None, 2.0, 3.0]}), is_ours=False)
    assert table.column("x").to_pylist() == [0.0, 1.0, 4.0, 5.0]
    assert table.column("x").num_chunks == 1
    assert table.column("t").cast(pa.int64()).to_pylist() == [1, 2, 3, 4]
    assert table.column("n").to_pylist() == [1.0, None, 2.0, 3.0]


# Documents.


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1:30", {"a": "1:30"}),
        ("a: 1_000", {"a": "1_000"}),
        ("a: 010", {"a": 10}),
        ("a: 0b11", {"a": "0b11"}),
        ("a: 0x1F", {"a": 31}),
        ("a: 0o17", {"a": 15}),
        ("a: 1e3", {"a": 1000.0}),
        ("a: 1.5_0", {"a": "1.5_0"}),
        ("a: yes", {"a": "yes"}),
        ("a: [1, -2.5, null, true]", {"a": [1, -2.5, None, True]}),
        ("x: &x {k: 1}\ny: *x", {"x": {"k": 1}, "y": {"k": 1}}),
    ],
)
def test_scalars_of_yaml(tmp_path: Path, text: str, value: object) -> None:
    for name in ("c.yaml", "c.yml", "C.YAML"):
        (tmp_path / name).write_text(text)
        assert read_document(tmp_path / name) == value
    (tmp_path / "c.json").write_text("\ufeff" + json.dumps(value))
    assert read_document(tmp_path / "c.json") == value


@pytest.mark.parametrize(
    ("name", "text", "key", "line"),
    [
        ("c.json", '{"a": 1,\n "b": {"c": 1, "d": [{"c": 2}],\n\n "c": 3}}', "c", 4),
        ("c.json", '{"a": {"b": 1},\n "b": 2, "a": "a: b"}', "a", 2),
        ("c.json", '[{"x": 1},\n {"x": "{[", "y\\"": 1,\n  "y\\"": 2}]', 'y"', 3),
        ("c.yaml", "a: 1\nb:\n  c: 1\n  c: 2\n", "c", 4),
        ("c.yaml", "a: 1\na: 2\n", "a", 2),
    ],
)
def test_a_key_given_twice(tmp_path: Path, name: str, text: str, key: str, line: int) -> None:
    (tmp_path / name).write_text(text)
    error = refused(lambda: read_document(tmp_path / name))
    assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_FORMAT, "X-1", key)
    assert error.value == str(tmp_path / name)
    assert error.message == f"{name}, line {line}: the key {key!r} is given a second time; keep one of them"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("c.json", b"{", "c.json is not readable: "),
        ("c.toml", b"a =", "c.toml is not readable: "),
        ("c.yaml", b"a: [", "c.yaml is not readable: "),
        ("c.yaml", b"\xff\xff", "c.yaml is not readable: "),
        ("c.ini", b"a=1", "c.ini must end in .yaml, .yml, .json or .toml"),
    ],
)
def test_documents_that_are_none(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    error = refused(lambda: read_document(tmp_path / name))
    assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_FORMAT, "X-1", "path")
    assert error.message.startswith(said)


@pytest.mark.rule("X-5")
def test_the_size_of_a_document(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text("[1, 2]")
    with omega.config.override_limits(document_bytes=5):
        error = refused(lambda: read_document(tmp_path / "c.json"))
    assert (error.code, error.column, error.value) == (ErrorCode.LIMIT_EXCEEDED, "path", 6)
    assert error.message.startswith("bytes of c.json: 6 where the limit `document_bytes` allows 5; ")
    with omega.config.override_limits(values=2):
        assert refused(lambda: read_document(tmp_path / "c.json")).column == "c.json"
    with omega.config.override_limits(document_bytes=6, values=3):
        assert read_document(tmp_path / "c.json") == [1, 2]


def test_paths_of_a_configuration_file(tmp_path: Path) -> None:
    data = {"bid": "b.csv", "ask": "/abs/a.csv", "spread_pips": "spread"}
    (tmp_path / "c.json").write_text(json.dumps({"instruments": "i.yaml", "data": data}))
    config = load_config(tmp_path / "c.json").model_dump()
    assert config["instruments"] == str(tmp_path / "i.yaml")
    assert (config["data"]["bid"], config["data"]["ask"]) == (str(tmp_path / "b.csv"), "/abs/a.csv")
    assert (config["data"]["spread_pips"], config["data"]["path"]) == ("spread", None)
    (tmp_path / "c.json").write_text(json.dumps({"data": {"path": "d.csv"}, "symbol": "x"}))
    assert load_config(str(tmp_path / "c.json")).model_dump()["data"]["path"] == str(tmp_path / "d.csv")
    (tmp_path / "c.json").write_text("[1]")
    error = refused(lambda: load_config(tmp_path / "c.json"))
    assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_FORMAT, "config", "c.json")
    assert error.message == "c.json must hold a mapping of keys, not list"
    (tmp_path / "c.yaml").write_text("1: 2")
    error = refused(lambda: load_config(tmp_path / "c.yaml"))
    assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_ARGUMENT, "config", "1")
    parameters = {"parameters": {"enabled_scenarios": [1]}}
    config_of = {"strategy": {**parameters, "rust_enabled": False}, "feature_flags": {"portfolio": "on"}}
    assert flags_of(load_config(config_of)) == [("portfolio", "on"), ("strategy", False)]
    assert flags_of(load_config({"strategy": parameters})) == []


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        *(("variant", "config"), ("timeframe", "T-4"), ("start", "T-1"), ("end", "T-1"), ("warmup_bars", "G-4")),
        *(("initial_balance", "P-4"), ("risk_per_trade", "S-2"), ("risk_fraction", "S-2"), ("seed", "N-6")),
        *(("max_positions_per_symbol", "Q-L1b"), ("pip_buffer_factor", "E-6"), ("close_at_end", "E-18")),
        *(("sizing", "S-4"), ("sizing.below_min", "S-4"), ("costs.slippage", "C-1"), ("costs.fee.min_fee", "C-2")),
        *(("costs.slippage.fixed_pips", "C-1"), ("instruments[0].digits", "T-5"), ("strategy.parameters.x", "A-2")),
        *(("strategy", "A-1"), ("strategy.name", "A-1"), ("feature_flags.x", "F-2"), ("data.path", "T-2")),
        *(("costs", "config"), ("symbol", "config"), ("nonsense", "config")),
    ],
)
def test_the_rule_behind_a_key(key: str, rule: str) -> None:
    assert rule_of(key) == rule


def test_features_that_come_later() -> None:
    later = {
        "rates": "currency conversion (C-6)",
        "higher_timeframes": "higher timeframes (G-2, G-3)",
        "alignment": "higher timeframes (G-3)",
        "report": "the run report",
        "costs.swap": "swap (C-4)",
        **dict.fromkeys(("sessions", "news", "cooldown"), "entry gates (G-5)"),
        "costs.commission": "commission (C-3)",
        "sizing.lots": "fixed sizing (S-3)",
        **dict.fromkeys(("strategy.module", "strategy.class"), "strategies outside the registry"),
        "strategy.parameters.scenario6_M5_long_x": "scenario 6 (A-7)",
        "strategy.parameters.scenario6_D1_short_y": "scenario 6 (A-7)",
    }
    for key, feature in later.items():
        assert later_feature(key) == feature
    for key in ("symbol", "scenario6_M5_long_x", "strategy.parameters.scenario6_M2_long_x", "lots"):
        assert later_feature(key) is None


# The native module, as a file and as a module.


def elf(*, segments: list[tuple[int, int]], size: int, **changes: int) -> bytes:
    """Lay out a 64-bit little-endian ELF file with these segments (offset, length)."""
    fields = {"segments_at": 64, "sections_at": 0, "segment_size": 56, "sections": 0, "section_size": 64} | changes
    claimed = changes.get("claimed", len(segments))
    head = struct.pack(
        "<16sHHIQQQIHHHHHH",
        b"\x7fELF\x02\x01\x01",
        *(3, 62, 1, 0, fields["segments_at"], fields["sections_at"], 0, 64),
        *(fields["segment_size"], claimed, fields["section_size"], fields["sections"], 0),
    )
    table = b"".join(struct.pack("<IIQQQQQQ", 1, 5, at, 0, 0, length, length, 4096) for at, length in segments)
    return (head + table).ljust(size, b"\0")[:size]


@pytest.mark.rule("F-6")
@pytest.mark.parametrize(
    ("content", "is_short"),
    [
        (elf(segments=[(0, 400)], size=400), False),
        (elf(segments=[(0, 401)], size=400), True),
        (elf(segments=[(100, 300)], size=400), False),
        (elf(segments=[(101, 300)], size=400), True),
        (elf(segments=[(0, 10), (0, 401)], size=400), True),
        (elf(segments=[], size=400, sections_at=272, sections=2), False),
        (elf(segments=[], size=400, sections_at=273, sections=2), True),
        (elf(segments=[(0, 100)], size=400, segment_size=55), True),
        (elf(segments=[(0, 100)], size=400, claimed=7), True),
        (elf(segments=[(0, 100)], size=400, claimed=6), False),
        (elf(segments=[(0, 100)], size=100), True),
        (elf(segments=[], size=63), False),
        (b"MZ" + b"\0" * 100, False),
        (elf(segments=[(0, 999)], size=400).replace(b"\x7fELF\x02", b"\x7fELF\x01"), False),
        (b"", False),
    ],
)
def test_a_library_that_ends_too_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, is_short: bool
) -> None:
    path = tmp_path / "lib.so"
    path.write_bytes(content)
    monkeypatch.setattr(trial, "_extension", lambda: path)
    assert trial.missing_bytes() == (f"{path} ends before its own segments do" if is_short else None)
    monkeypatch.setattr(trial, "_extension", lambda: tmp_path / "none.so")
    assert trial.missing_bytes() == f"{tmp_path / 'none.so'} cannot be read: No such file or directory"
    monkeypatch.setattr(trial, "_extension", lambda: None)
    assert trial.missing_bytes() is None


@pytest.mark.rule("F-6")
def test_what_a_process_died_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(script: str) -> str | None:
        monkeypatch.setattr(trial, "_SCRIPT", script)
        return trial.death()

    assert found("pass") is None
    assert found("raise ImportError") is None
    assert found("import os; os._exit(3)") == "importing omega_rust ends the process with exit code 3"
    assert found("import os; os.kill(os.getpid(), 9)") == "importing omega_rust kills the process: SIGKILL"
    monkeypatch.setattr(trial, "_SECONDS", 0.05)
    assert found("import time; time.sleep(5)") == "importing omega_rust took more than 0 s"


@pytest.mark.rule("F-6")
def test_the_digest_of_sources_by_hand(tmp_path: Path) -> None:
    files = {
        "Cargo.toml": b"a\r\nb\n",
        "Cargo.lock": b"",
        "rust_impl/core/src/lib.rs": b"fn main() {}\r\n",
        "rust_impl/core/Cargo.toml": b"x",
        "rust_impl/Z.rs": b"z",
        "rust_impl/target/made.rs": b"left out",
        "rust_impl/target.rs": b"taken",
        "rust_impl/notes.md": b"left out",
        "other/lib.rs": b"left out",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    hashed = b""
    for name in sorted(name for name, content in files.items() if content != b"left out"):
        content = files[name].replace(b"\r\n", b"\n")
        hashed += name.encode() + b"\0" + len(content).to_bytes(8, "little") + content
    assert native.source_digest(tmp_path) == xxhash.xxh3_128(hashed).hexdigest()


@pytest.mark.rule("F-6")
@pytest.mark.parametrize(
    ("changes", "root", "usable", "alarming", "said"),
    [
        ({}, False, True, False, "omega_rust 9.9 is built from these sources"),
        ({}, True, False, True, "omega_rust was built from other sources than those in this checkout"),
        ({"BUILD_PROFILE": "debug"}, False, True, False, "omega_rust 9.9 is a debug build: right, but slow"),
        ({"CONTRACT_VERSION": 99}, False, False, True, "omega_rust speaks contract 99 and chain layout 1, this "),
        ({"CHAIN_LAYOUT_VERSION": 99}, False, False, True, "omega_rust speaks contract 1 and chain layout 99, this "),
        ({"run": None}, False, False, True, "omega_rust is broken: it lacks run"),
        ({"Bars": None, "crossings": None}, False, False, True, "omega_rust is broken: it lacks crossings, Bars"),
        (
            {"CONTRACT_VERSION": None, "CHAIN_LAYOUT_VERSION": None, "__file__": "/x.so"},
            *(False, False, True, "omega_rust is broken: what stands at /x.so is another module of that name"),
        ),
    ],
)
def test_a_module_is_judged(
    tmp_path: Path, changes: dict[str, Any], root: bool, usable: bool, alarming: bool, said: str
) -> None:
    (tmp_path / "rust_impl").mkdir()
    for name in ("Cargo.toml", "Cargo.lock"):
        (tmp_path / name).write_bytes(b"")
    facts = {"CONTRACT_VERSION": 1, "CHAIN_LAYOUT_VERSION": 1, "SOURCE_DIGEST": "x", "BUILD_PROFILE": "release"}
    facts |= {"__version__": "9.9", "crossings": 1, "run": 1, "Bars": 1, "ExecutionSimulator": 1}
    module = ModuleType("omega_rust")
    for name, value in {**facts, **changes}.items():
        if value is not None:
            setattr(module, name, value)
    status = native._judge(module, tmp_path if root else None)
    assert (status.is_usable, status.is_alarming) == (usable, alarming)
    assert status.why.startswith(said)
    is_fine = usable and "debug" not in said
    assert status.fix == ("" if is_fine else "maturin develop --release -m rust_impl/python/Cargo.toml")


@pytest.mark.rule("F-6")
def test_a_module_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "MODULE", "omega_rust_that_is_nowhere")
    monkeypatch.setattr(native, "missing_bytes", lambda: None)
    native._inspect.cache_clear()
    try:
        status = native.status()
        assert (status.is_usable, status.is_alarming) == (False, False)
        assert status.why.startswith("omega_rust is not installed (No module named")
        assert native.load() is None
        error = refused(native._native)
        assert (error.code, error.rule, error.recoverable) == (ErrorCode.NOT_FOUND, "F-6", False)
        assert error.message == f"{status.why}; build it with `{status.fix}`"
        native._inspect.cache_clear()
        monkeypatch.setattr(native, "missing_bytes", lambda: "it is short")
        status = native.status()
        assert (status.is_alarming, status.why) == (True, "omega_rust is broken: it is short")
        assert refused(native._native).code is ErrorCode.INVALID_STATE
    finally:
        native._inspect.cache_clear()
