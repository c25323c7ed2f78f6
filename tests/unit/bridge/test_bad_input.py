"""Bad input through the public API: always a coded error with rule, column, row and value, never a repair."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

import omega
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.schemas import BARS, TIMESTAMP
from omega.data.signals import signal_table

from .conftest import changed

FIVE_MINUTES = timedelta(minutes=5)


def refusal(source: object, **options: Any) -> OmegaError:
    with pytest.raises(OmegaError) as caught:
        omega.read_bars(source, **options)
    return caught.value


@pytest.mark.rule("T-2", "X-1")
@pytest.mark.parametrize("column", [name for name in BARS.names if name != "volume"])
def test_missing_column(sample: omega.Bars, backend: str, column: str) -> None:
    error = refusal(sample.table.drop_columns([column]), backend=backend)
    assert (error.code, error.column) == (ErrorCode.MISSING_REQUIRED_FIELD, column)


@pytest.mark.rule("T-2")
@pytest.mark.parametrize(("shift", "word"), [(-FIVE_MINUTES, "duplicate"), (-2 * FIVE_MINUTES, "")])
def test_unsorted_and_duplicate_times(sample: omega.Bars, backend: str, shift: timedelta, word: str) -> None:
    times: list[Any] = sample.table.column("timestamp").to_pylist()
    error = refusal(changed(sample.table, "timestamp", 5, times[5] + shift), backend=backend)
    assert (error.code, error.column, error.row) == (ErrorCode.CONSTRAINT_VIOLATION, "timestamp", 5)
    assert word in error.message.lower()


@pytest.mark.rule("T-2", "T-9")
@pytest.mark.parametrize(
    ("value", "code"),
    [
        (math.nan, ErrorCode.NAN_VALUE),
        (math.inf, ErrorCode.INFINITE_VALUE),
        (-math.inf, ErrorCode.INFINITE_VALUE),
        (0.0, ErrorCode.CONSTRAINT_VIOLATION),
        (-1.1, ErrorCode.CONSTRAINT_VIOLATION),
        (None, ErrorCode.NULL_VALUE),
    ],
)
def test_price_that_is_none(sample: omega.Bars, backend: str, value: float | None, code: ErrorCode) -> None:
    error = refusal(changed(sample.table, "ask_close", 7, value), backend=backend)
    assert (error.code, error.column, error.row) == (code, "ask_close", 7)


@pytest.mark.rule("T-2")
def test_high_below_low(sample: omega.Bars, backend: str) -> None:
    low = sample.table.column("bid_low")[3].as_py()
    error = refusal(changed(sample.table, "bid_high", 3, low - 0.001), backend=backend)
    assert (error.code, error.row) == (ErrorCode.CONSTRAINT_VIOLATION, 3)
    assert error.column in ("bid_open", "bid_close")


@pytest.mark.rule("T-2")
def test_negative_volume(sample: omega.Bars, backend: str) -> None:
    error = refusal(changed(sample.table, "volume", 0, -1.0), backend=backend)
    assert (error.code, error.column, error.row, error.value) == (ErrorCode.CONSTRAINT_VIOLATION, "volume", 0, -1.0)


@pytest.mark.rule("T-2", "Q-T2b")
def test_crossed_quotes_are_a_finding_and_refused_on_request(sample: omega.Bars, backend: str) -> None:
    crossed = sample.table
    for name in ("open", "high", "low", "close"):
        bid = crossed.column(f"bid_{name}")[4].as_py()
        crossed = changed(crossed, f"ask_{name}", 4, bid - 0.0001)
    assert omega.read_bars(crossed, backend=backend).quality.crossed_quotes == 1
    error = refusal(crossed, quality="refuse", backend=backend)
    assert (error.code, error.column, error.value) == (ErrorCode.CONSTRAINT_VIOLATION, "crossed_quotes", 1)


@pytest.mark.rule("T-8a", "Q-X4")
def test_column_that_is_there_twice(sample: omega.Bars, backend: str) -> None:
    table = sample.table.append_column("bid_low", sample.table.column("bid_low"))
    error = refusal(table, backend=backend)
    assert (error.code, error.column) == (ErrorCode.MISSING_REQUIRED_FIELD, "bid_low")


@pytest.mark.rule("T-1")
def test_naive_times(sample: omega.Bars, backend: str) -> None:
    naive = sample.table.set_column(0, "timestamp", sample.table.column("timestamp").cast(pa.timestamp("us")))
    error = refusal(naive, backend=backend)
    assert (error.code, error.column) == (ErrorCode.TYPE_MISMATCH, "timestamp")


@pytest.mark.rule("T-8a")
@pytest.mark.parametrize("wrong", [pa.float32(), pa.string(), pa.bool_(), pa.decimal128(12, 5)])
def test_wrong_type_of_a_price(sample: omega.Bars, backend: str, wrong: Any) -> None:
    values = pa.nulls(len(sample), wrong)
    table = sample.table.set_column(4, "bid_close", values)
    error = refusal(table, backend=backend)
    assert (error.code, error.column) == (ErrorCode.TYPE_MISMATCH, "bid_close")


@pytest.mark.rule("T-2")
def test_two_symbols_in_one_table(sample: omega.Bars, backend: str) -> None:
    names = pa.array(["EURUSD"] * (len(sample) - 1) + ["USDJPY"])
    error = refusal(sample.table.append_column("symbol", names), backend=backend)
    assert (error.code, error.column, error.value) == (ErrorCode.CONSTRAINT_VIOLATION, "symbol", "USDJPY")


def test_symbol_that_is_not_the_one_asked_for(sample: omega.Bars) -> None:
    table = sample.table.append_column("symbol", pa.array(["EURUSD"] * len(sample)))
    assert refusal(table, symbol="USDJPY").column == "symbol"


@pytest.mark.rule("S-5")
def test_unknown_symbol(sample: omega.Bars, backend: str, config: dict[str, Any]) -> None:
    with pytest.raises(OmegaError, match="no specification of symbol 'NOSUCH'"):
        omega.run_backtest({**config, "symbol": "NOSUCH"}, sample.table, backend=backend)


@pytest.mark.rule("T-2")
def test_no_rows(sample: omega.Bars, backend: str) -> None:
    assert refusal(sample.table.slice(0, 0), backend=backend).code is ErrorCode.EMPTY_INPUT
    assert refusal(sample.table.slice(0, 0), backend=backend, timeframe="M5").code is ErrorCode.EMPTY_INPUT


@pytest.mark.rule("T-4", "Q-T4")
def test_timeframe(sample: omega.Bars, backend: str) -> None:
    one = sample.table.slice(0, 1)
    assert refusal(one, backend=backend).column == "timeframe"
    assert len(omega.read_bars(one, timeframe="M5", backend=backend)) == 1
    assert refusal(sample.table, timeframe="H1", backend=backend).column == "timestamp"
    assert refusal(sample.table, timeframe="M7", backend=backend).column == "timeframe"
    times: list[Any] = sample.table.column("timestamp").to_pylist()
    odd = changed(sample.table, "timestamp", len(sample) - 1, times[-2] + timedelta(minutes=3))
    bars = omega.read_bars(odd, backend=backend)
    assert (bars.timeframe_name, bars.quality.uneven_steps) == ("M5", 1)
    assert refusal(odd, backend=backend, quality="refuse").column == "uneven_steps"
    odd = odd.slice(len(odd) - 2)
    error = refusal(odd, backend=backend)
    assert (error.code, error.column, error.value) == (ErrorCode.CONSTRAINT_VIOLATION, "timestamp", 180_000_000)


FILES: dict[str, Callable[[pa.Table, Path], None]] = {
    "bars.parquet": pq.write_table,
    "bars.arrow": lambda table, path: pyarrow.feather.write_feather(table, str(path), compression="uncompressed"),
    "bars.feather": lambda table, path: pyarrow.feather.write_feather(table, str(path), compression="lz4"),
}


@pytest.mark.rule("X-4")
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("keep", [0.0, 0.01, 0.3, 0.5, 0.9, 0.999])
def test_truncated_file(tmp_path: Path, sample: omega.Bars, name: str, keep: float) -> None:
    path = tmp_path / name
    FILES[name](sample.table, path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    expected = ErrorCode.EMPTY_INPUT if keep == 0.0 else ErrorCode.DESERIALIZATION_FAILED
    assert refusal(path).code is expected


@pytest.mark.rule("X-4")
@pytest.mark.parametrize("name", FILES)
def test_flipped_bytes_never_do_worse_than_an_error(tmp_path: Path, sample: omega.Bars, name: str) -> None:
    path = tmp_path / name
    FILES[name](sample.table.slice(0, 50), path)
    content = path.read_bytes()
    for position in range(0, len(content), max(1, len(content) // 120)):
        damaged = bytearray(content)
        damaged[position] ^= 0xFF
        path.write_bytes(damaged)
        try:
            omega.read_bars(path, backend="python")
        except OmegaError:
            continue


def test_arrow_stream_file_and_its_truncation(tmp_path: Path, sample: omega.Bars) -> None:
    path = tmp_path / "bars.arrow"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, sample.table.schema) as writer:
        writer.write_table(sample.table)
    assert omega.read_bars(path).content_hash == sample.content_hash
    path.write_bytes(path.read_bytes()[:5000])
    assert refusal(path).code is ErrorCode.DESERIALIZATION_FAILED


def claim_rows(content: bytes, rows: int, claimed: int) -> bytes:
    """Replace every 64-bit little-endian ``rows`` by ``claimed``: lengths of batch, nodes and file."""
    return content.replace(struct.pack("<q", rows), struct.pack("<q", claimed))


@pytest.mark.rule("X-4")
def test_arrow_file_that_claims_a_billion_rows(tmp_path: Path, sample: omega.Bars) -> None:
    path = tmp_path / "bars.arrow"
    rows = 599
    FILES["bars.arrow"](sample.table.slice(0, rows).combine_chunks(), path)
    honest = path.read_bytes()
    path.write_bytes(claim_rows(honest, rows, 10**9))
    assert path.read_bytes() != honest
    assert refusal(path).code is ErrorCode.LIMIT_EXCEEDED
    with omega.config.override_limits(rows=2 * 10**9):
        assert refusal(path).code is ErrorCode.DESERIALIZATION_FAILED


def zigzag(number: int) -> bytes:
    """A thrift compact integer, as Parquet's footer holds them."""
    coded, out = number << 1, bytearray()
    while True:
        out.append((coded & 0x7F) | (0x80 if coded > 0x7F else 0))
        coded >>= 7
        if not coded:
            return bytes(out)


@pytest.mark.rule("X-4")
def test_parquet_file_that_claims_a_billion_rows(tmp_path: Path, sample: omega.Bars) -> None:
    path = tmp_path / "bars.parquet"
    rows = 599
    pq.write_table(sample.table.slice(0, rows), path)
    content = path.read_bytes()
    footer_length = struct.unpack("<I", content[-8:-4])[0]
    body, footer = content[: -8 - footer_length], content[-8 - footer_length : -8]
    claimed = footer.replace(zigzag(rows), zigzag(10**9))
    assert claimed != footer
    path.write_bytes(body + claimed + struct.pack("<I", len(claimed)) + b"PAR1")
    assert refusal(path).code is ErrorCode.LIMIT_EXCEEDED
    with omega.config.override_limits(rows=2 * 10**9, expanded_bytes=10**12):
        assert refusal(path).code is ErrorCode.DESERIALIZATION_FAILED


class Claim:
    """An Arrow stream whose batches lie about their length."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        raise pa.ArrowInvalid("the stream was released")


@pytest.mark.rule("X-4")
def test_broken_stream(sample: omega.Bars) -> None:
    assert refusal(Claim(sample.table)).code is ErrorCode.FFI_TYPE_CONVERSION


@pytest.mark.parametrize("source", [3, None, [1], b"bars", {"timestamp": [1]}])
def test_no_table_at_all(source: object) -> None:
    assert refusal(source).code in (ErrorCode.TYPE_MISMATCH, ErrorCode.INVALID_ARGUMENT)


def test_files_that_are_none(tmp_path: Path) -> None:
    assert refusal(tmp_path / "absent.parquet").code is ErrorCode.NOT_FOUND
    assert refusal(tmp_path).code is ErrorCode.IO_ERROR
    (tmp_path / "bars.xlsx").write_bytes(b"PK34")
    assert refusal(tmp_path / "bars.xlsx").code is ErrorCode.INVALID_FORMAT
    (tmp_path / "bars.parquet").write_bytes(b"this is text, not parquet")
    assert refusal(tmp_path / "bars.parquet").code is ErrorCode.DESERIALIZATION_FAILED


CSV_HEADER = ",".join(BARS.names)
CSV_ROW = "1.1,1.1,1.1,1.1,1.2,1.2,1.2,1.2,0"


@pytest.mark.parametrize(
    ("text", "code", "column", "row"),
    [
        ("", ErrorCode.EMPTY_INPUT, "path", None),
        (f"{CSV_HEADER}\n", ErrorCode.EMPTY_INPUT, "timestamp", None),
        (f"{CSV_HEADER}\n2024-01-01T00:00:00,{CSV_ROW}\n", ErrorCode.TYPE_MISMATCH, "timestamp", 0),
        (f"{CSV_HEADER}\n2024-01-01T00:00:00Z,{CSV_ROW}\nnoon,{CSV_ROW}\n", ErrorCode.INVALID_FORMAT, "timestamp", 1),
        (f"{CSV_HEADER}\n2024-01-01T00:00:00Z,x{CSV_ROW}\n", ErrorCode.TYPE_MISMATCH, "bid_open", 0),
        (f"{CSV_HEADER}\n2024-01-01T00:00:00Z,{CSV_ROW[4:]}\n", ErrorCode.DESERIALIZATION_FAILED, "path", None),
        (f"{CSV_HEADER}\n2024-01-01T00:00:00Z,{CSV_ROW[:-1]}NaN\n", ErrorCode.NAN_VALUE, "volume", 0),
        (f"{CSV_HEADER}\n2024-01-01T00:00:00Z,{CSV_ROW[:-1]}\n", ErrorCode.NULL_VALUE, "volume", 0),
        (f"{CSV_HEADER[10:]}\n{CSV_ROW}\n", ErrorCode.MISSING_REQUIRED_FIELD, "timestamp", None),
        ("a,b\n1,2\n", ErrorCode.MISSING_REQUIRED_FIELD, "timestamp", None),
    ],
)
def test_bad_csv(tmp_path: Path, text: str, code: ErrorCode, column: str, row: int | None) -> None:
    path = tmp_path / "bars.csv"
    path.write_text(text)
    error = refusal(path, timeframe="M5")
    assert (error.code, error.column, error.row) == (code, column, row)


SIGNAL = {
    "symbol": "EURUSD",
    "signal_type": "entry",
    "direction": "long",
    "order_type": "market",
    "stop_loss": 1.0,
}


def run_one(bars: omega.Bars, backend: str | None = None, **fields: Any) -> omega.Result:
    signal = {"timestamp": int(bars.times[30]), **SIGNAL, **fields}
    return omega.run_signals(bars, [signal], {"symbol": "EURUSD", "sizing": {"below_min": "clamp"}}, backend=backend)


@pytest.mark.rule("E-1", "T-8")
def test_stop_on_the_wrong_side_is_a_rejected_event(sample: omega.Bars, backend: str) -> None:
    events = run_one(sample, backend, stop_loss=2.0).events.to_pylist()
    assert [(event["kind"], event["reason"], event["error_code"]) for event in events] == [
        ("rejected", "stop_side", int(ErrorCode.CONSTRAINT_VIOLATION))
    ]


@pytest.mark.rule("T-6")
def test_signal_of_an_unknown_symbol_is_a_rejected_event(sample: omega.Bars, backend: str) -> None:
    events = run_one(sample, backend, symbol="NOSUCH").events.to_pylist()
    assert [(event["kind"], event["reason"]) for event in events] == [("rejected", "unknown_symbol")]


@pytest.mark.rule("T-6", "Q-T6")
@pytest.mark.parametrize(
    ("fields", "code", "column"),
    [
        ({"signal_type": "enter"}, ErrorCode.INVALID_ARGUMENT, "signal_type"),
        ({"direction": "up"}, ErrorCode.INVALID_ARGUMENT, "direction"),
        ({"price": math.nan}, ErrorCode.NAN_VALUE, "price"),
        ({"size": math.inf}, ErrorCode.INFINITE_VALUE, "size"),
        ({"max_holding": -1}, ErrorCode.CONSTRAINT_VIOLATION, "max_holding"),
        ({"stop_los": 1.0}, ErrorCode.INVALID_ARGUMENT, "stop_los"),
        ({"price": "1.1"}, ErrorCode.TYPE_MISMATCH, "price"),
        ({"price": True}, ErrorCode.TYPE_MISMATCH, "price"),
        ({"magic_number": 1.5}, ErrorCode.TYPE_MISMATCH, "magic_number"),
        ({"magic_number": 2**63}, ErrorCode.TYPE_MISMATCH, "magic_number"),
        ({"timestamp": datetime(2024, 1, 1)}, ErrorCode.TYPE_MISMATCH, "timestamp"),  # noqa: DTZ001
        ({"timestamp": "noon"}, ErrorCode.TYPE_MISMATCH, "timestamp"),
        ({"timestamp": None}, ErrorCode.MISSING_REQUIRED_FIELD, "timestamp"),
        ({"symbol": 3}, ErrorCode.TYPE_MISMATCH, "symbol"),
        ({"tags": "one"}, ErrorCode.TYPE_MISMATCH, "tags"),
        ({"metadata": [("a", "b")]}, ErrorCode.TYPE_MISMATCH, "metadata"),
    ],
)
def test_bad_signal(sample: omega.Bars, backend: str, fields: dict[str, Any], code: ErrorCode, column: str) -> None:
    with pytest.raises(OmegaError) as caught:
        run_one(sample, backend, **fields)
    assert (caught.value.code, caught.value.column) == (code, column)


@pytest.mark.rule("Q-T6b")
def test_unknown_column_of_a_signal_table(sample: omega.Bars, backend: str) -> None:
    table = signal_table([{"timestamp": int(sample.times[5]), **SIGNAL}])
    mistyped = table.append_column("take_proft", pa.array([1.5]))
    with pytest.raises(OmegaError, match="did you mean 'take_profit'") as caught:
        omega.run_signals(sample, mistyped, {"symbol": "EURUSD"}, backend=backend)
    assert (caught.value.code, caught.value.column) == (ErrorCode.INVALID_ARGUMENT, "take_proft")


@pytest.mark.rule("L-1a")
def test_unsorted_signals(sample: omega.Bars, backend: str) -> None:
    signals = [{"timestamp": int(sample.times[row]), **SIGNAL} for row in (5, 4)]
    with pytest.raises(OmegaError) as caught:
        omega.run_signals(sample, signals, {"symbol": "EURUSD"}, backend=backend)
    assert (caught.value.code, caught.value.column, caught.value.row) == (
        ErrorCode.CONSTRAINT_VIOLATION,
        "timestamp",
        1,
    )


def test_times_finer_than_microseconds(sample: omega.Bars) -> None:
    fine = sample.table.column("timestamp").cast(pa.timestamp("ns", tz="UTC"))
    table = sample.table.set_column(0, "timestamp", fine)
    assert omega.read_bars(table).content_hash == sample.content_hash
    numbers: list[Any] = fine.cast(pa.int64()).to_pylist()
    numbers[1] += 1
    odd = pa.array(numbers, pa.int64()).cast(pa.timestamp("ns", tz="UTC"))
    error = refusal(table.set_column(0, "timestamp", odd))
    assert (error.code, error.rule) == (ErrorCode.CONSTRAINT_VIOLATION, "T-1")


def test_integers_beyond_exact_doubles_are_a_wrong_type(sample: omega.Bars) -> None:
    volumes = pa.array([2**53 + 1] * len(sample), pa.int64())
    table = sample.table.set_column(9, "volume", volumes)
    assert refusal(table).code is ErrorCode.TYPE_MISMATCH
    assert sample.table.schema.field("timestamp").type == TIMESTAMP
