"""Whatever a foreign object raises has a code, a column and where there is one a row, the same on both sides (X-4)."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import omega
from omega.contract.errors import ErrorCode
from omega.contract.schemas import SIGNALS
from omega.data.signals import signal_table
from omega.data.writing import write_table
from omega_parity.judge.saved import compare_saved

from .refusals import refused

pytestmark = pytest.mark.rule("X-4")

CONFIG = {"symbol": "EURUSD", "timeframe": "M5"}


def short(sample: omega.Bars, rows: int = 40) -> pa.Table:
    return sample.table.slice(0, rows)


def with_symbol(sample: omega.Bars, symbols: Any) -> pa.Table:
    return short(sample, len(symbols)).append_column("symbol", symbols)


FRAMES: dict[str, Callable[[pa.Table], Any]] = {
    "pandas": lambda table: table.to_pandas(),
    "pandas, times in the index": lambda table: table.to_pandas().set_index("timestamp"),
    "pandas, nullable": lambda table: table.to_pandas().convert_dtypes(),
    "pandas, Arrow": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
    "pandas, objects": lambda table: table.to_pandas().astype({"bid_low": object, "symbol": object}),
    "pandas, an unwanted mixture beside": lambda table: table.to_pandas().assign(note=[1, "x"] * 20),
    "polars": pl.from_arrow,
    "polars, Categorical": lambda table: pl.from_arrow(table).with_columns(  # type: ignore[union-attr]
        pl.col("symbol").cast(pl.Categorical)
    ),
    "polars, Enum": lambda table: pl.from_arrow(table).with_columns(  # type: ignore[union-attr]
        pl.col("symbol").cast(pl.Enum(["EURUSD"]))
    ),
    "DuckDB": duckdb.arrow,
    "an empty first chunk": lambda table: pa.concat_tables([table.slice(5, 0), table]),
}


@pytest.mark.rule("Q-X4c")
@pytest.mark.parametrize("of_library", FRAMES.values(), ids=FRAMES)
def test_tables_of_other_libraries(sample: omega.Bars, backend: str, of_library: Callable[[pa.Table], Any]) -> None:
    table = with_symbol(sample, pa.array(["EURUSD"] * 40))
    bars = omega.read_bars(of_library(table), backend=backend)
    assert (bars.symbol, len(bars)) == ("EURUSD", 40)
    assert bars.table.equals(short(sample))


@pytest.mark.rule("Q-X4c")
@pytest.mark.parametrize("value", ["x", [1], object()])
def test_an_object_column_names_its_row(sample: omega.Bars, backend: str, value: object) -> None:
    frame = short(sample).to_pandas().astype({"ask_low": object})
    frame.at[7, "ask_low"] = value
    error = refused(lambda: omega.read_bars(frame, backend=backend))
    assert (error.code, error.column, error.row) == (ErrorCode.TYPE_MISMATCH, "ask_low", 7)


class Failing:
    """A producer with an exception of its own."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        raise self.error


class TheirsError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even a text")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TheirsError(), ErrorCode.DESERIALIZATION_FAILED),
        (OSError(errno.EIO, "gone"), ErrorCode.DESERIALIZATION_FAILED),
        (KeyError("x"), ErrorCode.DESERIALIZATION_FAILED),
        (ValueError("x"), ErrorCode.FFI_TYPE_CONVERSION),
        (MemoryError(), ErrorCode.OUT_OF_MEMORY),
    ],
)
def test_a_producer_with_an_exception_of_its_own(backend: str, error: Exception, code: ErrorCode) -> None:
    found = refused(lambda: omega.read_bars(Failing(error), backend=backend))
    assert (found.code, found.column) == (code, "source")


def test_what_ends_the_program_goes_through() -> None:
    with pytest.raises(KeyboardInterrupt):
        omega.read_bars(Failing(KeyboardInterrupt()))


def test_a_generator_that_fails(sample: omega.Bars, backend: str) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield short(sample).combine_chunks().to_batches()[0]
        raise RuntimeError("the disk is gone")

    reader = pa.RecordBatchReader.from_batches(sample.table.schema, batches())
    error = refused(lambda: omega.read_bars(reader, backend=backend))
    assert error.code is ErrorCode.DESERIALIZATION_FAILED
    assert "the disk is gone" in error.message


def test_a_map_is_no_list(sample: omega.Bars, backend: str) -> None:
    rows = pa.Table.from_pylist([_row(sample)], schema=SIGNALS)
    maps = pa.array([[("a", "b")]], pa.map_(pa.string(), pa.string()))
    signals = rows.set_column(rows.column_names.index("tags"), "tags", maps)
    error = refused(lambda: omega.run_signals(sample, signals, CONFIG, backend=backend))
    assert (error.code, error.column) == (ErrorCode.TYPE_MISMATCH, "tags")


def _row(sample: omega.Bars) -> dict[str, object]:
    row = {"timestamp": sample.table.column("timestamp")[0].as_py(), "symbol": "EURUSD", "signal_type": "entry"}
    return {**row, "direction": "long", "order_type": "market", "stop_loss": 1.0, "magic_number": 0}


@pytest.mark.parametrize("duration", [timedelta.max, timedelta.min])
def test_a_duration_beyond_64_bits(sample: omega.Bars, backend: str, duration: timedelta) -> None:
    rows = [_row(sample) | {"max_holding": duration}]
    error = refused(lambda: omega.run_signals(sample, rows, CONFIG, backend=backend))
    assert (error.code, error.column, error.row) == (ErrorCode.TYPE_MISMATCH, "max_holding", 0)
    assert error.value == str(duration)


@pytest.mark.parametrize("name", ["EUR\ud800", "\ud800"])
def test_a_lone_surrogate_is_no_text(sample: omega.Bars, backend: str, name: str) -> None:
    rows = [_row(sample) | {"symbol": name}]
    error = refused(lambda: omega.run_signals(sample, rows, CONFIG, backend=backend))
    assert (error.code, error.column, error.row) == (ErrorCode.TYPE_MISMATCH, "symbol", 0)
    str(error).encode()
    assert (
        refused(lambda: omega.read_bars(bid=short(sample), spread_pips=name, pip_size=0.1, backend=backend)).code < 6000
    )
    assert refused(lambda: omega.config.load_config({"symbol": name})).column == "symbol"


def test_a_nul_in_a_name(sample: omega.Bars, backend: str) -> None:
    """polars ends the process when it exports a column with such a name."""
    frame = pl.from_arrow(short(sample))
    assert isinstance(frame, pl.DataFrame)
    error = refused(lambda: omega.read_bars(frame.rename({"volume": "vol\0ume"}), backend=backend))
    assert (error.code, error.column) == (ErrorCode.INVALID_ARGUMENT, "vol\0ume")
    assert refused(lambda: omega.read_bars("bars\0.parquet", backend=backend)).column == "source"


@pytest.mark.parametrize(
    ("name", "side", "parameters", "code", "column", "value"),
    [
        (1, "bid", {"period": 3}, ErrorCode.INVALID_ARGUMENT, "name", 1),
        (None, "bid", {"period": 3}, ErrorCode.INVALID_ARGUMENT, "name", None),
        (["sma"], "bid", {"period": 3}, ErrorCode.INVALID_ARGUMENT, "name", None),
        ("sma", None, {"period": 3}, ErrorCode.INVALID_ARGUMENT, "side", None),
        ("sma", "\ud800", {"period": 3}, ErrorCode.INVALID_ARGUMENT, "side", "\ud800"),
        ("sma", "bid", {"\ud800": 3}, ErrorCode.INVALID_ARGUMENT, "\\ud800", None),
        ("bollinger", "bid", {"period": 3, "std_factor": 10**400}, ErrorCode.INFINITE_VALUE, "std_factor", 10**400),
    ],
)  # fmt: skip
def test_indicators_of_nothing(
    sample: omega.Bars, backend: str, name: Any, side: Any, parameters: Any, code: ErrorCode, column: str, value: object
) -> None:
    error = refused(lambda: omega.indicator(name, sample, side, backend=backend, **parameters))
    assert (error.code, error.column, error.value) == (code, column, value)


def test_numbers_of_numpy_are_numbers(sample: omega.Bars, backend: str) -> None:
    period: Any = np.int64(3)
    found = omega.indicator("sma", sample, backend=backend, period=period)
    assert np.array_equal(found, omega.indicator("sma", sample, backend=backend, period=3), equal_nan=True)


@pytest.mark.parametrize("path", [None, 3, "a\0b"])
def test_a_path_that_is_none(sample: omega.Bars, path: Any) -> None:
    result = omega.run_signals(sample, [], CONFIG)
    for work in (lambda: result.save(path), lambda: omega.load_result(path)):
        error = refused(work)
        assert error.column == "path"
        assert error.code in (ErrorCode.TYPE_MISMATCH, ErrorCode.INVALID_ARGUMENT)


def test_a_key_called_self() -> None:
    error = refused(lambda: omega.config.load_config({"self": 1}))
    assert (error.code, error.column) == (ErrorCode.INVALID_ARGUMENT, "self")


def test_a_name_of_300_characters_in_a_comparison(tmp_path: Path) -> None:
    error = refused(lambda: compare_saved(tmp_path, Path("x" * 300)))
    assert error.code in (ErrorCode.NOT_FOUND, ErrorCode.IO_ERROR)


def test_an_exception_of_the_callback_surfaces_as_itself(sample: omega.Bars) -> None:
    def stop(done: int, total: int) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        omega.run_signals(sample, [], CONFIG, backend="python", on_progress=stop)
    nothing: Any = 3
    assert refused(lambda: omega.run_signals(sample, [], CONFIG, on_progress=nothing)).column == "on_progress"


def test_a_call_with_the_wrong_arguments_is_python_s_own_error() -> None:
    call: Any = omega.read_bars
    with pytest.raises(TypeError, match="unexpected keyword"):
        call(sourse="x")


# Bombs.

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.rule("X-5")
@pytest.mark.parametrize(
    ("suffix", "text", "limit"),
    [
        (".yaml", LAUGHS, "values"),
        (".yaml", "a: &a " + "{k: " * 70 + "1" + "}" * 70 + "\nb: *a\n", "nesting"),
        (".json", "[" * 100 + "]" * 100, "nesting"),
        (".json", "[" * 100_000 + "]" * 100_000, None),
        (".toml", "a = " + "[" * 100 + "]" * 100, "nesting"),
        (".toml", "a = " + "[" * 50_000 + "]" * 50_000, None),
        (".json", json.dumps(["x"] * 60_000), "document_bytes"),
    ],
)
def test_documents_that_grow(tmp_path: Path, suffix: str, text: str, limit: str | None) -> None:
    path = tmp_path / f"config{suffix}"
    path.write_text(text)
    error = refused(lambda: omega.config.load_config(path))
    if limit is None:
        assert error.code in (ErrorCode.INVALID_FORMAT, ErrorCode.LIMIT_EXCEEDED)
        return
    assert error.code is ErrorCode.LIMIT_EXCEEDED
    assert f"`{limit}`" in error.message
    assert f"OMEGA_LIMIT_{limit.upper()}" in error.message


@pytest.mark.rule("X-5")
def test_a_mapping_that_contains_itself() -> None:
    knot: dict[str, Any] = {}
    knot["data"] = knot
    assert refused(lambda: omega.config.load_config(knot)).code is ErrorCode.LIMIT_EXCEEDED


@pytest.mark.rule("X-5")
def test_a_parquet_file_that_grows(tmp_path: Path, backend: str) -> None:
    path = tmp_path / "bars.parquet"
    rows = 1_500_000
    same = pa.array(np.full(rows, 1.1))
    columns: dict[str, Any] = {"timestamp": pa.array(np.arange(rows), pa.timestamp("us", "UTC"))}
    columns |= {f"{side}_{part}": same for side in ("bid", "ask") for part in ("open", "high", "low", "close")}
    dictionary: Any = ["volume"]
    encoding = {"timestamp": "DELTA_BINARY_PACKED"}
    pq.write_table(
        pa.table(columns | {"volume": same}),
        path,
        compression="zstd",
        use_dictionary=dictionary,
        column_encoding=encoding,
    )
    assert path.stat().st_size < 1_000_000
    error = refused(lambda: omega.read_bars(path, backend=backend))
    assert error.code is ErrorCode.LIMIT_EXCEEDED
    assert "`expanded_bytes`" in error.message


@pytest.mark.rule("X-5")
def test_an_arrow_file_that_grows(tmp_path: Path) -> None:
    path = tmp_path / "bars.arrow"
    table = pa.table({"bid_open": pa.array(np.zeros(20_000_000))})
    with (
        pa.OSFile(str(path), "wb") as sink,
        pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer,
    ):
        writer.write_table(table)
    assert path.stat().st_size < 100_000
    error = refused(lambda: omega.read_bars(path))
    assert error.code is ErrorCode.LIMIT_EXCEEDED
    assert error.value is not None
    assert int(error.value) == 160_000_000
    with omega.config.override_limits(expanded_bytes=200_000_000):
        assert refused(lambda: omega.read_bars(path)).code is ErrorCode.MISSING_REQUIRED_FIELD


@pytest.mark.rule("X-5")
def test_a_dictionary_of_long_texts(sample: omega.Bars, backend: str) -> None:
    """2,200 rows of one text of 1 MB took 2.2 GB."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 40, pa.int32()), pa.array(["x" * 1_000_000]))
    error = refused(lambda: omega.read_bars(with_symbol(sample, texts), backend=backend))
    assert (error.code, error.column, error.row) == (ErrorCode.LIMIT_EXCEEDED, "symbol", 0)
    assert (error.value, "`text_bytes`" in error.message) == (1_000_000, True)
    many = pa.DictionaryArray.from_arrays(pa.array([0] * 599, pa.int32()), pa.array(["x" * 60_000]))
    with omega.config.override_limits(expanded_bytes=10_000_000):
        error = refused(lambda: omega.read_bars(with_symbol(sample, many), backend=backend))
    assert (error.code, error.column) == (ErrorCode.LIMIT_EXCEEDED, "symbol")


@pytest.mark.rule("X-5")
def test_a_limit_is_raised_by_name(sample: omega.Bars, monkeypatch: pytest.MonkeyPatch) -> None:
    table = short(sample)
    monkeypatch.setenv("OMEGA_LIMIT_ROWS", "39")
    assert refused(lambda: omega.read_bars(table)).value == 40
    omega.config.set_limit("rows", 40)
    try:
        assert len(omega.read_bars(table)) == 40
        with omega.config.override_limits(rows=1):
            assert refused(lambda: omega.read_bars(table)).code is ErrorCode.LIMIT_EXCEEDED
    finally:
        omega.config.set_limit("rows", None)
    monkeypatch.setenv("OMEGA_LIMIT_ROWS", "many")
    error = refused(lambda: omega.read_bars(table))
    assert (error.code, error.column, error.value) == (ErrorCode.TYPE_MISMATCH, "OMEGA_LIMIT_ROWS", "many")
    assert refused(lambda: omega.config.set_limit("lines", 3)).code is ErrorCode.INVALID_ARGUMENT


@pytest.mark.rule("X-5")
@pytest.mark.parametrize("name", ["rows.csv", "rows.arrow", "rows.parquet"])
def test_rows_of_every_kind_of_file_are_limited(sample: omega.Bars, tmp_path: Path, name: str) -> None:
    path = write_table(short(sample), tmp_path / name)
    with omega.config.override_limits(rows=40):
        assert len(omega.read_bars(path)) == 40
    with omega.config.override_limits(rows=39):
        error = refused(lambda: omega.read_bars(path))
    assert (error.code, error.rule, error.value) == (ErrorCode.LIMIT_EXCEEDED, "X-5", 40)
    assert "`rows` allows 39" in error.message


@pytest.mark.rule("X-5")
def test_rows_of_a_list_of_signals_are_limited() -> None:
    row = {"timestamp": 0, "symbol": "EURUSD", "signal_type": "entry"}
    with omega.config.override_limits(rows=2):
        assert signal_table([row] * 2).num_rows == 2
        error = refused(lambda: signal_table([row] * 3))
    assert (error.code, error.rule, error.value) == (ErrorCode.LIMIT_EXCEEDED, "X-5", 3)


@pytest.mark.rule("Q-X4")
@pytest.mark.parametrize("kind", ["table", "arrow", "parquet"])
@pytest.mark.parametrize("column", ["volume", "bid_open"])
def test_a_column_that_is_there_twice_is_refused(sample: omega.Bars, tmp_path: Path, kind: str, column: str) -> None:
    table = short(sample)
    twice = table.append_column(column, table[column])
    path = tmp_path / f"bars.{kind}"
    if kind == "parquet":
        pq.write_table(twice, path)
    elif kind == "arrow":
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, twice.schema) as writer:
            writer.write_table(twice)
    error = refused(lambda: omega.read_bars(twice if kind == "table" else path))
    assert (error.code, error.column) == (ErrorCode.MISSING_REQUIRED_FIELD, column)
    assert error.message == f"there are 2 columns {column!r}"
