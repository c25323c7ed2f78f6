"""Reading bars: formats, origins, sides, windows, hash."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
import xxhash

import omega
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.schemas import BARS
from omega.data.writing import write_table
from omega.reading import is_about_data
from omega.serve.factories import create_data_handler

from .refusals import refused

START_US = 1_704_067_200_000_000


def side(bars: omega.Bars, name: str) -> pa.Table:
    """One side's columns, as brokers deliver them."""
    names = ("open", "high", "low", "close")
    columns = {short: bars.table.column(f"{name}_{short}") for short in names}
    return pa.table({"timestamp": bars.table.column("timestamp"), **columns, "volume": bars.table.column("volume")})


@pytest.mark.parametrize("name", ["b.parquet", "b.pq", "b.arrow", "b.feather", "b.ipc", "b.csv"])
def test_every_format_gives_the_same_bits(tmp_path: Path, sample: omega.Bars, name: str) -> None:
    path = write_table(sample.table, tmp_path / name)
    bars = omega.read_bars(path)
    assert bars.content_hash == sample.content_hash
    assert bars.table.equals(sample.table)
    assert (bars.symbol, bars.timeframe_name, len(bars)) == (None, "M5", 600)


def test_content_decides_over_the_suffix(tmp_path: Path, sample: omega.Bars) -> None:
    path = tmp_path / "bars.csv"
    pq.write_table(sample.table, path)
    assert omega.read_bars(path).content_hash == sample.content_hash


def test_writing_to_another_suffix_is_refused(tmp_path: Path, sample: omega.Bars) -> None:
    with pytest.raises(OmegaError):
        write_table(sample.table, tmp_path / "bars.xlsx")


class Stream:
    """A foreign table: only the Arrow stream protocol."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self.table.__arrow_c_stream__(requested_schema)  # type: ignore[no-untyped-call]


class Interchange:
    """A foreign table: only the interchange protocol."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __dataframe__(self, **options: Any) -> Any:
        return self.table.__dataframe__(**options)


def test_origins(sample: omega.Bars) -> None:
    chunked = pa.concat_tables([sample.table.slice(0, 7), sample.table.slice(7)])
    batch = sample.table.to_batches()[0]
    for source in (sample, sample.table, chunked, batch, Stream(sample.table), Interchange(sample.table)):
        bars = omega.read_bars(source)
        assert bars.content_hash == sample.content_hash
        assert bars.table.column("bid_open").num_chunks == 1


def test_kinds_of_text_whole_numbers_and_other_zones(sample: omega.Bars) -> None:
    symbols = pa.array(["EURUSD"] * len(sample))
    local = sample.table.column("timestamp").cast(pa.timestamp("ms", tz="Europe/Berlin"))
    volume = sample.table.column("volume").cast(pa.int32())
    for kind in (pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())):
        table = sample.table.set_column(0, "timestamp", local).set_column(9, "volume", volume)
        bars = omega.read_bars(table.append_column("symbol", symbols.cast(kind)).append_column("note", symbols))
        assert (bars.symbol, bars.content_hash) == ("EURUSD", sample.content_hash)
        assert bars.table.schema.equals(BARS)


@pytest.mark.rule("Q-D2")
def test_content_hash_by_hand(sample: omega.Bars) -> None:
    parts = [np.uint64(len(sample)).tobytes()]
    for name in BARS.names:
        column = sample.table.column(name)
        numbers = column.cast(pa.int64()) if name == "timestamp" else column
        parts.append(np.asarray(numbers.to_numpy()).tobytes())
    assert sample.content_hash == xxhash.xxh3_128_hexdigest(b"".join(parts))
    assert omega.sample_bars(600, seed=8, backend="python").content_hash != sample.content_hash


@pytest.mark.rule("G-1")
def test_two_sides_are_joined(tmp_path: Path, sample: omega.Bars, backend: str) -> None:
    bid, ask = side(sample, "bid"), side(sample, "ask")
    pyarrow.csv.write_csv(bid, tmp_path / "bid.csv")
    joined = omega.read_bars(bid=tmp_path / "bid.csv", ask=ask, backend=backend, symbol="EURUSD")
    assert (joined.content_hash, joined.symbol) == (sample.content_hash, "EURUSD")
    with pytest.raises(OmegaError) as caught:
        omega.read_bars(bid=bid.slice(1), ask=ask, backend=backend)
    assert (caught.value.code, caught.value.rule) == (ErrorCode.CONSTRAINT_VIOLATION, "G-1")
    assert len(omega.read_bars(bid=bid.slice(1), ask=ask, max_missing_ratio=0.01, backend=backend)) == 599


@pytest.mark.rule("Q-G1c")
def test_other_side_from_a_spread(sample: omega.Bars) -> None:
    bid, ask = side(sample, "bid"), side(sample, "ask")
    from_bid = omega.read_bars(bid=bid, spread_pips=1.2, symbol="EURUSD")
    from_ask = omega.read_bars(ask=ask, spread_pips=1, pip_size=0.0001)
    whole = omega.read_bars(bid, spread_pips=1.2, symbol="EURUSD")
    close = sample.table.column("bid_close").to_numpy()
    assert from_bid.table.column("ask_close").to_pylist() == [round(price + (1.2 * 0.0001), 5) for price in close]
    assert from_bid.table.column("bid_close").equals(sample.table.column("bid_close"))
    assert whole.content_hash == from_bid.content_hash
    ask_low = sample.table.column("ask_low").to_numpy()
    assert from_ask.table.column("bid_low").to_pylist() == [round(price - 0.0001, 5) for price in ask_low]


@pytest.mark.rule("Q-G1c")
def test_spread_from_a_column(sample: omega.Bars) -> None:
    pips = pa.array([float(row % 3) for row in range(len(sample))])
    bars = omega.read_bars(bid=side(sample, "bid").append_column("spread", pips), spread_pips="spread", symbol="EURUSD")
    shifted = sample.table.column("bid_high").to_numpy() + (pips.to_numpy() * 0.0001)
    assert bars.table.column("ask_high").to_pylist() == [round(price, 5) for price in shifted]
    assert bars.quality.zero_spread == 200


def one_sided(*prices: float) -> pa.Table:
    """Flat five-minute bars of one side."""
    times = pa.array([START_US + row * 300_000_000 for row in range(len(prices))], pa.timestamp("us", tz="UTC"))
    columns = {name: pa.array(prices) for name in ("open", "high", "low", "close")}
    return pa.table({"timestamp": times, **columns, "volume": pa.array([1.0] * len(prices))})


@pytest.mark.rule("Q-G1c", "N-8")
def test_a_made_price_lies_on_the_grid(backend: str) -> None:
    # 1.07214 + 0.8 pips is 1.0722200000000002 in doubles, and a buy limit at 1.07222 never opened.
    bid = one_sided(1.0725, 1.0725, 1.07214, 1.0725)
    bars = omega.read_bars(bid=bid, spread_pips=0.8, symbol="EURUSD", backend=backend)
    assert bars.table.column("ask_low")[2].as_py() == 1.07222
    row = {"timestamp": bars.table["timestamp"][0].as_py(), "signal_type": "entry", "symbol": "EURUSD"}
    order = {"direction": "long", "order_type": "limit", "price": 1.07222, "stop_loss": 1.07}
    result = omega.run_signals(bars, [row | order], {"symbol": "EURUSD"}, backend=backend)
    assert [event["kind"] for event in result.events.to_pylist()] == ["accepted", "opened"]


@pytest.mark.rule("Q-G1c")
@pytest.mark.parametrize(
    ("prices", "options", "expected"),
    [
        # Given, though the side shows five: 1.07214 + 0.8 pips.
        ((1.07214, 1.1), {"pip_size": 0.0001, "digits": 3}, 1.072),
        # The digits of the symbol, though the side shows six.
        ((1.072146, 1.1), {"symbol": "EURUSD"}, 1.07223),
        # As many as the side shows; 1.1 alone would show one.
        ((1.07214, 1.1), {"pip_size": 0.0001}, 1.07222),
        ((1.072146, 1.1), {"pip_size": 0.0001}, 1.072226),
        # What a computation left behind shows seventeen; there are never more than eight.
        ((1.0722200000000002, 1.1), {"pip_size": 0.0001}, 1.0723),
        ((2031.0, 2030.0), {"pip_size": 0.1}, 2031.0),
    ],
)
def test_digits_of_a_made_side(prices: tuple[float, ...], options: dict[str, Any], expected: float) -> None:
    bars = omega.read_bars(bid=one_sided(*prices), spread_pips=0.8, **options)
    assert bars.table.column("ask_low")[0].as_py() == expected


@pytest.mark.rule("Q-T2b", "N-8")
def test_bars_with_more_digits_than_the_instrument_are_a_finding(backend: str) -> None:
    def found(source: pa.Table, **options: Any) -> int | None:
        return omega.read_bars(source, backend=backend, **options).quality.off_grid

    fine = omega.read_bars(bid=one_sided(1.1, 1.072146, 1.2), spread_pips=1.0, pip_size=0.0001).table
    assert found(fine) is None, "nobody knows the digits"
    assert found(fine, quality="refuse") is None
    assert found(fine, symbol="EURUSD") == 1
    assert found(fine, digits=6) == 0
    assert found(fine, digits=1) == 3
    named = fine.append_column("symbol", pa.array(["EURUSD"] * 3))
    assert found(named) == 1
    with pytest.raises(OmegaError, match="off_grid 1"):
        found(fine, symbol="EURUSD", quality="refuse")


@pytest.mark.parametrize(
    ("digits", "code"), [(-1, ErrorCode.OUT_OF_BOUNDS), (16, ErrorCode.OUT_OF_BOUNDS), (5.0, ErrorCode.TYPE_MISMATCH)]
)
def test_digits_that_no_price_has(sample: omega.Bars, digits: Any, code: ErrorCode) -> None:
    with pytest.raises(OmegaError) as caught:
        omega.read_bars(sample, digits=digits)
    assert (caught.value.code, caught.value.column) == (code, "digits")


@pytest.mark.rule("Q-G1")
def test_sides_that_do_not_fit_are_told_which_times_are_alone(sample: omega.Bars, backend: str) -> None:
    bid, ask = side(sample, "bid"), side(sample, "ask")
    for pair, alone in (
        ((bid, ask.slice(0, 598)), "only in bid: 2020-01-08T01:50:00Z (row 598), 2020-01-08T01:55:00Z (row 599)"),
        ((bid.slice(1), ask), "only in ask: 2020-01-06T00:00:00Z (row 0)"),
        ((bid.slice(0, 9), ask.slice(9)), ":10:00Z (row 2), …; only in ask: 2020-01-06T00:45:00Z (row 0), 2020"),
    ):
        error = refused(partial(omega.read_bars, bid=pair[0], ask=pair[1], backend=backend))
        assert (error.rule, error.column) == ("G-1", "timestamp")
        assert alone in error.message


@pytest.mark.rule("Q-G1c")
@pytest.mark.parametrize("option", ["spread_pips", "pip_size"])
def test_nothing_makes_a_side_where_both_are_there(tmp_path: Path, sample: omega.Bars, option: str) -> None:
    whole = tmp_path / "whole.parquet"
    write_table(sample.table, whole)
    pair = {"bid": side(sample, "bid"), "ask": side(sample, "ask")}
    sources: list[dict[str, Any]] = [{"source": sample.table}, {"source": whole}, pair]
    for given in sources:
        with pytest.raises(OmegaError) as caught:
            omega.read_bars(**given | {option: 1.5}, symbol="EURUSD")
        error = caught.value
        assert (error.code, error.rule, error.column, error.value) == (1001, "Q-G1c", option, 1.5)
        assert not is_about_data(error)


def test_a_whole_table_is_no_side(tmp_path: Path, sample: omega.Bars) -> None:
    whole = tmp_path / "whole.parquet"
    write_table(sample.table, whole)
    for given in (sample.table, whole):
        with pytest.raises(OmegaError, match="a table with both sides is the source, not bid= or ask=") as caught:
            omega.read_bars(bid=given, spread_pips=1.0, symbol="EURUSD")
        assert (caught.value.code, caught.value.column) == (1008, "bid_open")


@pytest.mark.parametrize(
    ("options", "code", "column"),
    [
        ({}, ErrorCode.MISSING_REQUIRED_FIELD, "spread_pips"),
        ({"spread_pips": -1.0, "symbol": "EURUSD"}, ErrorCode.CONSTRAINT_VIOLATION, "spread_pips"),
        ({"spread_pips": float("nan"), "symbol": "EURUSD"}, ErrorCode.NAN_VALUE, "spread_pips"),
        ({"spread_pips": 1.0}, ErrorCode.MISSING_REQUIRED_FIELD, "pip_size"),
        ({"spread_pips": 1.0, "symbol": "NOSUCH"}, ErrorCode.MISSING_REQUIRED_FIELD, "symbol"),
        ({"spread_pips": "spread", "symbol": "EURUSD"}, ErrorCode.MISSING_REQUIRED_FIELD, "spread"),
        ({"spread_pips": [1], "symbol": "EURUSD"}, ErrorCode.TYPE_MISMATCH, "spread_pips"),
        ({"spread_pips": 1.0, "pip_size": float("inf")}, ErrorCode.INFINITE_VALUE, "pip_size"),
        ({"spread_pips": "timestamp", "symbol": "EURUSD"}, ErrorCode.TYPE_MISMATCH, "timestamp"),
    ],
)
def test_one_side_without_a_usable_spread(
    sample: omega.Bars, options: dict[str, Any], code: ErrorCode, column: str
) -> None:
    with pytest.raises(OmegaError) as caught:
        omega.read_bars(bid=side(sample, "bid"), **options)
    assert (caught.value.code, caught.value.column) == (code, column)


@pytest.mark.parametrize(
    ("pips", "code"),
    [(-1.0, ErrorCode.CONSTRAINT_VIOLATION), (float("nan"), ErrorCode.NAN_VALUE), (None, ErrorCode.NULL_VALUE)],
)
def test_bad_cell_in_a_column_of_spreads(sample: omega.Bars, pips: float | None, code: ErrorCode) -> None:
    spreads = pa.array([1.0, 1.0, pips] + [1.0] * (len(sample) - 3), pa.float64())
    with pytest.raises(OmegaError) as caught:
        omega.read_bars(bid=side(sample, "bid").append_column("s", spreads), spread_pips="s", symbol="EURUSD")
    assert (caught.value.code, caught.value.column, caught.value.row) == (code, "s", None if pips is None else 2)


def test_one_side_with_a_missing_or_wrong_column(sample: omega.Bars) -> None:
    bid = side(sample, "bid")
    wrong = bid.set_column(4, "close", pa.array(["x"] * len(sample)))
    with pytest.raises(OmegaError) as caught:
        omega.read_bars(bid=wrong, spread_pips=1.0, symbol="EURUSD")
    assert (caught.value.code, caught.value.column) == (ErrorCode.TYPE_MISMATCH, "bid_close")
    with pytest.raises(OmegaError) as caught:
        omega.read_bars(bid=bid.drop_columns(["close"]), spread_pips=1.0, symbol="EURUSD")
    assert (caught.value.code, caught.value.column) == (ErrorCode.MISSING_REQUIRED_FIELD, "bid_close")


def test_source_and_sides_exclude_each_other(sample: omega.Bars) -> None:
    both: list[dict[str, Any]] = [{}, {"source": sample, "bid": sample}]
    for options in both:
        with pytest.raises(OmegaError, match="either one source"):
            omega.read_bars(**options)


def test_unknown_choice(sample: omega.Bars) -> None:
    with pytest.raises(OmegaError, match="quality must be one of report, refuse"):
        omega.read_bars(sample, quality="repair")  # type: ignore[arg-type]


@pytest.mark.rule("G-4")
@pytest.mark.parametrize(
    ("start", "end", "warmup", "first", "count"),
    [
        (None, None, None, 0, 600),
        (None, 100, None, 0, 100),
        (50, None, None, 0, 600),
        (50, 100, 10, 40, 60),
        (5, None, 10, 0, 600),
        (None, None, 10, 0, 600),
        (None, 0, None, 0, 0),
        (50, None, 0, 50, 550),
    ],
)
def test_window(
    sample: omega.Bars, start: int | None, end: int | None, warmup: int | None, first: int, count: int
) -> None:
    def time(row: int | None) -> int | None:
        return None if row is None else int(sample.times[row])

    window = sample.window(start=time(start), end=time(end), warmup_bars=warmup)
    assert len(window) == count
    assert window.table.equals(sample.table.slice(first, count))
    if count:
        assert window.times[0] == sample.times[first]
        assert len(window.content_hash) == 32


def test_description(sample: omega.Bars) -> None:
    assert repr(sample) == "Bars(EURUSD M5, 600 bars, 2020-01-06T00:00:00Z to 2020-01-08T01:55:00Z)"
    assert sample.symbol == "EURUSD"


def test_sides_agree_on_the_sample(sample: omega.Bars, backend: str) -> None:
    assert omega.sample_bars(600, 7, backend=backend).content_hash == sample.content_hash
    with pytest.raises(OmegaError) as caught:
        omega.sample_bars(0, backend=backend)
    assert (caught.value.code, caught.value.column) == (ErrorCode.OUT_OF_BOUNDS, "n")


@pytest.mark.rule("Q-T2e", "N-5")
@pytest.mark.parametrize("digits", [-1, 16])
def test_an_examination_refuses_digits_that_no_price_has(sample: omega.Bars, backend: str, digits: int) -> None:
    handler = create_data_handler("rust" if backend == "rust" else "python")
    with pytest.raises(OmegaError) as caught:
        handler.examine(sample.table, None, digits)
    error = caught.value
    assert (error.code, error.rule, error.column, error.value) == (ErrorCode.OUT_OF_BOUNDS, "N-5", "digits", digits)
