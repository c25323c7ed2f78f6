"""Files, documents, names of columns and the native module's file, held to other readers and to bytes made by hand."""

from __future__ import annotations

import errno
import os
import stat
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import omega
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.data import writing
from omega.data.files import column_names, io_errors, read_bytes, read_table
from omega.data.memory import sealed
from omega.data.missing import names_in, with_names
from omega.data.pandas import table_of_frame

from .refusals import refused

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
    assert writing.short_name("\ud800x") == "?x"
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
    whole = with_names(omega_error(1008, "no", column="bid_open"), ["bid_open", "ask_open"])
    assert (whole.column, whole.message) == (
        "bid_open",
        "there is no column 'open'; the columns are bid_open, ask_open; a table with both sides is the source, "
        "not bid= or ask=",
    )
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
        row = refused(partial(table_of_frame, pandas.DataFrame({"c": values}), {"c"})).row
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
    unallocated: Any = pa.Array.from_buffers(pa.float64(), 0, [None, None])
    assert sealed(pa.table({"x": unallocated}), is_ours=False).num_rows == 0
    for nothing in (pa.schema([("x", pa.float64())]).empty_table(), pa.table({"x": column.slice(2, 0)})):
        assert sealed(nothing, is_ours=False).column("x").to_pylist() == []
    parts = pa.chunked_array([column.slice(0, 2), column.slice(4, 2)])
    times = pa.chunked_array([pa.array([1, 2, 3, 4], pa.timestamp("us", "UTC"))])
    table = sealed(pa.table({"x": parts, "t": times, "n": [1.0, None, 2.0, 3.0]}), is_ours=False)
    assert table.column("x").to_pylist() == [0.0, 1.0, 4.0, 5.0]
    assert table.column("x").num_chunks == 1
    assert table.column("t").cast(pa.int64()).to_pylist() == [1, 2, 3, 4]
    assert table.column("n").to_pylist() == [1.0, None, 2.0, 3.0]
