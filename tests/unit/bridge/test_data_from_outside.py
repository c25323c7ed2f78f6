"""What is read, joined and cut, held to what pandas and polars make of the same, and to values written by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import polars
import pyarrow as pa
import pytest

import omega
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.schemas import BARS
from omega.data.arrow import conform

PRICES = ("open", "high", "low", "close")
UTC_MICROS = pa.timestamp("us", tz="UTC")


def side_frame(bars: omega.Bars, side: str) -> Any:
    frame = bars.table.to_pandas()
    columns = {"timestamp": frame["timestamp"], **{name: frame[f"{side}_{name}"] for name in PRICES}}
    return pandas.DataFrame({**columns, "volume": frame["volume"]})


@pytest.mark.rule("G-1")
def test_joined_sides_are_pandas_inner_merge(sample: omega.Bars, backend: str) -> None:
    bid, ask = side_frame(sample, "bid"), side_frame(sample, "ask")
    bid, ask = bid.drop(index=[3, 100, 101]), ask.drop(index=[0, 100, 599])
    ask["volume"] += 0.5
    joined = omega.read_bars(bid=bid, ask=ask, max_missing_ratio=0.1, backend=backend).table.to_pandas()
    expected = bid.merge(ask, on="timestamp", suffixes=("_bid", "_ask"))
    assert len(joined) == len(expected) == 595
    assert (joined["timestamp"].to_numpy() == expected["timestamp"].to_numpy()).all()
    for side in ("bid", "ask"):
        for name in PRICES:
            assert (joined[f"{side}_{name}"].to_numpy() == expected[f"{name}_{side}"].to_numpy()).all()


@pytest.mark.rule("G-1")
@pytest.mark.parametrize(("dropped", "ratio", "is_read"), [(60, 0.1, True), (61, 0.1, False), (1, 0.0, False)])
def test_the_share_of_missing_times_counts_those_of_either_side(
    sample: omega.Bars, backend: str, dropped: int, ratio: float, is_read: bool
) -> None:
    bid, ask = side_frame(sample, "bid"), side_frame(sample, "ask").iloc[dropped:]
    if is_read:
        assert len(omega.read_bars(bid=bid, ask=ask, max_missing_ratio=ratio, backend=backend)) == 600 - dropped
        return
    with pytest.raises(OmegaError) as caught:
        omega.read_bars(bid=bid, ask=ask, max_missing_ratio=ratio, backend=backend)
    assert (caught.value.code, caught.value.rule) == (ErrorCode.CONSTRAINT_VIOLATION, "G-1")


@pytest.mark.rule("Q-G1c")
@pytest.mark.parametrize("side", ["bid", "ask"])
def test_the_other_side_is_the_given_one_and_the_spread(sample: omega.Bars, side: str) -> None:
    given = side_frame(sample, side)
    other, sign = ("ask", 1) if side == "bid" else ("bid", -1)
    given["pips"] = np.arange(len(given)) % 7 * 0.5
    arguments: dict[str, Any] = {side: given}
    for spread, pips in ((2.5, [2.5] * len(given)), ("pips", given["pips"].to_list())):
        table = omega.read_bars(**arguments, spread_pips=spread, pip_size=0.01).table.to_pandas()
        assert list(table.columns) == BARS.names
        for name in PRICES:
            assert (table[f"{side}_{name}"].to_numpy() == given[name].to_numpy()).all()
            # Both terms lie on the grid of five digits, and so does the exact sum.
            exact = [
                float(Decimal(repr(price)) + sign * Decimal(repr(distance)) * Decimal("0.01"))
                for price, distance in zip(given[name].to_list(), pips, strict=True)
            ]
            assert table[f"{other}_{name}"].to_list() == exact
        assert (table["volume"].to_numpy() == given["volume"].to_numpy()).all()
        assert (table["timestamp"].to_numpy() == given["timestamp"].to_numpy()).all()


@pytest.mark.rule("Q-G1c")
@pytest.mark.parametrize(
    ("values", "code", "row", "value"),
    [
        ([0.0, 1.0, -0.5], ErrorCode.CONSTRAINT_VIOLATION, 2, -0.5),
        ([0.0, np.inf, 1.0], ErrorCode.INFINITE_VALUE, 1, np.inf),
        ([np.nan, 0.0, -1.0], ErrorCode.NAN_VALUE, 0, None),
    ],
)
def test_a_spread_that_is_none_is_named_by_its_row(
    sample: omega.Bars, values: list[float], code: ErrorCode, row: int, value: float | None
) -> None:
    given = pa.Table.from_pandas(side_frame(sample, "bid").iloc[:3], preserve_index=False)
    with pytest.raises(OmegaError) as caught:
        omega.read_bars(bid=given.append_column("pips", pa.array(values)), spread_pips="pips", pip_size=0.01)
    error = caught.value
    assert (error.code, error.rule, error.column, error.row) == (code, "Q-G1c", "pips", row)
    if value is not None:
        assert error.value == value


@pytest.mark.rule("Q-G1c")
@pytest.mark.parametrize(
    ("pips", "code", "said"),
    [
        (None, ErrorCode.MISSING_REQUIRED_FIELD, "there is no column 'pips'; the columns are timestamp, open, high, "),
        (pa.array([1.0, None, 2.0]), ErrorCode.NULL_VALUE, "column 'pips' must hold numbers without nulls"),
        (pa.array(["a", "b", "c"]), ErrorCode.TYPE_MISMATCH, "column 'pips' must hold numbers without nulls"),
        (pa.array([1.0, 2.0, 3.0], pa.float32()), ErrorCode.TYPE_MISMATCH, "column 'pips' must hold numbers without"),
    ],
)
def test_a_column_of_spreads_that_is_none(sample: omega.Bars, pips: Any, code: ErrorCode, said: str) -> None:
    given = pa.Table.from_pandas(side_frame(sample, "bid").iloc[:3], preserve_index=False)
    source = given if pips is None else given.append_column("pips", pips)
    with pytest.raises(OmegaError) as caught:
        omega.read_bars(bid=source, spread_pips="pips", pip_size=0.01)
    error = caught.value
    assert (error.code, error.rule, error.column, error.row) == (code, "Q-G1c", "pips", None)
    assert error.message.startswith(said)


@pytest.mark.rule("G-1", "S-5")
@pytest.mark.parametrize(
    ("given", "column", "said"),
    [
        ({}, "spread_pips", "only ask= is given; give the other side too, or spread_pips="),
        ({"spread_pips": 1.0}, "pip_size", "spread_pips needs the price of a pip: give pip_size=, or a symbol= of "),
        ({"spread_pips": 1.0, "symbol": "NOSUCH"}, "symbol", "spread_pips needs the price of a pip: give pip_size=, "),
    ],
)
def test_an_argument_that_is_missing_is_no_column(
    sample: omega.Bars, backend: str, given: dict[str, Any], column: str, said: str
) -> None:
    with pytest.raises(OmegaError) as caught:
        omega.read_bars(ask=side_frame(sample, "ask"), backend=backend, **given)
    assert (caught.value.code, caught.value.column) == (ErrorCode.MISSING_REQUIRED_FIELD, column)
    assert caught.value.message.startswith(said)


@pytest.mark.rule("G-4")
@pytest.mark.parametrize("start", [None, -5, 0, 100, 100.5, 599, 700])
@pytest.mark.parametrize("end", [None, 0, 50, 300, 300.5, 599, 800])
@pytest.mark.parametrize("warmup", [None, 0, 7, 1_000])
def test_a_window_is_what_pandas_cuts(
    sample: omega.Bars, start: float | None, end: float | None, warmup: int | None
) -> None:
    frame = sample.table.to_pandas()
    step = pandas.Timedelta(minutes=5)

    def moment(bar: float | None) -> Any:
        if bar is None:
            return None
        row = min(max(int(bar), 0), 599)
        return frame["timestamp"].iloc[row] + (bar - row) * step

    begin, stop = moment(start), moment(end)
    kept = frame if stop is None else frame[frame["timestamp"] < stop]
    if begin is not None and warmup is not None:
        before = int((frame["timestamp"] < begin).sum())
        kept = kept[kept.index >= before - warmup]

    def micros(time: Any) -> int | None:
        return None if time is None else (time - pandas.Timestamp(0, tz="UTC")) // pandas.Timedelta(1, "us")

    found = sample.window(start=micros(begin), end=micros(stop), warmup_bars=warmup)
    assert found.table.to_pandas()["timestamp"].tolist() == kept["timestamp"].tolist()
    assert found.symbol == "EURUSD"
    assert found.timeframe == 300_000_000


def test_bars_say_what_they_are(sample: omega.Bars) -> None:
    frame = sample.table.to_pandas()
    first, last = frame["timestamp"].iloc[0], frame["timestamp"].iloc[-1]
    assert sample.span == (f"{first:%Y-%m-%dT%H:%M:%S}Z", f"{last:%Y-%m-%dT%H:%M:%S}Z")
    assert repr(sample) == f"Bars(EURUSD M5, 600 bars, {sample.span[0]} to {sample.span[1]})"
    assert sample.times.tolist() == [int(time.timestamp()) * 1_000_000 for time in frame["timestamp"]]
    assert sample.times.dtype == np.int64
    one = sample.window(start=None, end=int(sample.times[1]), warmup_bars=None)
    assert one.span == (sample.span[0], sample.span[0])
    many = omega.sample_bars(1_234, backend="python")
    assert "1,234 bars" in repr(many)
    nameless = omega.read_bars(sample.table)
    assert repr(nameless).startswith("Bars(no symbol M5, ")


@pytest.mark.rule("T-4")
@pytest.mark.parametrize(
    ("name", "minutes"), [("M1", 1), ("M15", 15), ("M30", 30), ("H1", 60), ("H4", 240), ("D1", 1_440)]
)
def test_the_timeframe_is_the_commonest_step(name: str, minutes: int, backend: str) -> None:
    gaps = [3, 1, 1, 1, 5]
    times = np.cumsum([0, *gaps]) * minutes * 60_000_000 + 1_704_067_200_000_000
    columns = {column: np.full(len(times), 1.5 if "ask" in column else 1.25) for column in BARS.names[1:]}
    table = pa.table({"timestamp": pa.array(times, pa.int64()).cast(UTC_MICROS), **columns})
    bars = omega.read_bars(table, backend=backend)
    assert (bars.timeframe_name, bars.timeframe) == (name, minutes * 60 * 10**6)
    shifted = times + np.arange(len(times)) * 7_000_000
    odd = table.set_column(0, "timestamp", pa.array(shifted, pa.int64()).cast(UTC_MICROS))
    with pytest.raises(OmegaError) as caught:
        omega.read_bars(odd, backend=backend)
    error = caught.value
    assert (error.code, error.rule, error.column) == (ErrorCode.CONSTRAINT_VIOLATION, "T-4", "timestamp")
    assert f"no timeframe has half of the {len(gaps)} steps" in error.message


CSV = """timestamp;bid_open;bid_high;bid_low;bid_close;ask_open;ask_high;ask_low;ask_close;volume;note
2024-01-01T02:00:00+02:00;1.1;1.25;1;1.125;1.2;1.3;1.15;1.25;3;x
 2024-01-01 00:05:00.000000Z ;1.1e0;+1.25;1.;.1125e1;1.2;1.3;1.15;1.25; 4 ;"a;b"
2023-12-31T19:10:00-05:00;1.1;1.25;1;1.125;1.2;1.3;1.15;1.25;;
"""


@pytest.mark.rule("T-1")
def test_cells_of_a_csv_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    path.write_text(CSV.replace(";;\n", ";5;\n"))
    table = omega.read_bars(path).table
    assert table.column("timestamp").to_pylist() == [datetime(2024, 1, 1, 0, 5 * row, tzinfo=UTC) for row in range(3)]
    assert table.column("volume").to_pylist() == [3.0, 4.0, 5.0]
    for name, value in zip(BARS.names[1:9], (1.1, 1.25, 1.0, 1.125, 1.2, 1.3, 1.15, 1.25), strict=True):
        assert table.column(name).to_pylist() == [value] * 3
    frame = pandas.read_csv(path, sep=";")
    assert table.column("bid_open").to_pylist() == frame["bid_open"].tolist()
    path.write_text(CSV)
    with pytest.raises(OmegaError) as caught:
        omega.read_bars(path)
    assert (caught.value.code, caught.value.column, caught.value.row) == (ErrorCode.NULL_VALUE, "volume", 2)


@pytest.mark.parametrize(("longest", "is_read"), [(65_000, True), (66_000, False)])
def test_a_header_is_at_most_64_kib_long(tmp_path: Path, longest: int, is_read: bool) -> None:
    names, first = CSV.splitlines()[0].removesuffix(";note"), CSV.splitlines()[1].rpartition(";")[0]
    path = tmp_path / "bars.csv"
    path.write_text(f"{names};{'x' * (longest - len(names) - 3)};y\n{first};;\n")
    if is_read:
        assert len(omega.read_bars(path, timeframe="M5")) == 1
        return
    with pytest.raises(OmegaError) as caught:
        omega.read_bars(path, timeframe="M5")
    assert (caught.value.code, caught.value.column) == (ErrorCode.DESERIALIZATION_FAILED, "path")


@pytest.mark.rule("T-8a")
@pytest.mark.parametrize(
    ("values", "target", "becomes"),
    [
        (pa.array([2**53, -(2**53)]), pa.float64(), [2.0**53, -(2.0**53)]),
        (pa.array([2**53 + 1, 0]), pa.float64(), None),
        (pa.array([-(2**53) - 1, 0]), pa.float64(), None),
        (pa.array([1, None], pa.uint8()), pa.float64(), [1.0, None]),
        (pa.array([1.5, 2.5], pa.float32()), pa.float64(), None),
        (pa.array([Decimal("1.5")]), pa.float64(), None),
        (pa.array([None, None], pa.null()), pa.float64(), [None, None]),
        (pa.array([7], pa.int8()), pa.int64(), [7]),
        (pa.array([2**63], pa.uint64()), pa.int64(), None),
        (pa.array([7.0]), pa.int64(), None),
        (pa.array(["a", None], pa.large_string()), pa.string(), ["a", None]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), pa.string(), ["a", "b", "a"]),
        (pa.array([7], pa.int64()), pa.string(), None),
        (pa.array([1, 2], pa.timestamp("s", tz="Europe/Berlin")), UTC_MICROS, [1_000_000, 2_000_000]),
        (pa.array([1_000], pa.timestamp("ns", tz="UTC")), UTC_MICROS, [1]),
        (pa.array([1], pa.timestamp("us")), UTC_MICROS, None),
        (pa.array([1], pa.int64()), UTC_MICROS, None),
        (pa.array([3], pa.duration("ms")), pa.duration("us"), [3_000]),
        (pa.array([3], pa.int64()), pa.duration("us"), None),
    ],
)
def test_types_are_brought_over_where_no_value_changes(values: Any, target: Any, becomes: list[Any] | None) -> None:
    column = conform(pa.table({"x": values, "other": values}), {"x": target}).column("x")
    if becomes is None:
        assert column.type == values.type
        assert column.to_pylist() == pa.chunked_array([values]).to_pylist()
        return
    assert column.type == target
    plain = column.cast(pa.int64()) if pa.types.is_timestamp(target) or pa.types.is_duration(target) else column
    assert plain.to_pylist() == becomes


@pytest.mark.rule("X-5")
@pytest.mark.parametrize(
    ("values", "row"),
    [
        (pa.array(["a", "bcde"]), 1),
        (pa.array(["a", "bcde"], pa.large_string()), 1),
        (pa.array(["a", "bcde"], pa.string_view()), 1),
        (pa.array(["a", "bcde", "a"]).dictionary_encode(), 1),
        (pa.array([["a"], ["b", "bcde"]]), None),
        (pa.array([[("a", "bcde")]], pa.map_(pa.string(), pa.string())), None),
        (pa.array([[("bcde", "a")]], pa.map_(pa.string(), pa.string())), None),
    ],
)
def test_long_texts_wherever_they_stand(values: Any, row: int | None) -> None:
    target = values.type if pa.types.is_nested(values.type) else pa.string()
    table = pa.table({"x": pa.chunked_array([values[:0], values])})
    with omega.config.override_limits(text_bytes=4):
        assert conform(table, {"x": target}).column("x").type == target
    with omega.config.override_limits(text_bytes=3), pytest.raises(OmegaError) as caught:
        conform(table, {"x": target})
    error = caught.value
    assert (error.code, error.rule, error.column, error.row, error.value) == (6004, "X-5", "x", row, 4)
    assert error.message.startswith("bytes of a text in 'x': 4 where the limit `text_bytes` allows 3; ")


@pytest.mark.rule("X-5")
def test_texts_behind_a_dictionary_are_counted_written_out() -> None:
    codes = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0, None], pa.int8()), pa.array(["abc", "d"]))
    table = pa.table({"x": pa.chunked_array([codes, codes])})
    with omega.config.override_limits(expanded_bytes=14):
        assert conform(table, {"x": pa.string()}).column("x").to_pylist() == ["abc", "d", "abc", None] * 2
    with omega.config.override_limits(expanded_bytes=13), pytest.raises(OmegaError) as caught:
        conform(table, {"x": pa.string()})
    assert (caught.value.code, caught.value.column, caught.value.value) == (6004, "x", 14)


@pytest.mark.rule("T-1")
@pytest.mark.parametrize("kind", [pa.timestamp("ns", tz="UTC"), pa.duration("ns")])
def test_parts_of_a_microsecond_are_refused(kind: Any) -> None:
    target = UTC_MICROS if pa.types.is_timestamp(kind) else pa.duration("us")
    with pytest.raises(OmegaError) as caught:
        conform(pa.table({"x": pa.array([1_000, 1_001], kind)}), {"x": target})
    assert (caught.value.code, caught.value.rule, caught.value.column) == (ErrorCode.CONSTRAINT_VIOLATION, "T-1", "x")


def test_a_polars_and_a_pandas_frame_are_the_table(sample: omega.Bars) -> None:
    frame = sample.table.to_pandas()
    for origin in (polars.from_arrow(sample.table), frame, frame.set_index("timestamp").reset_index()):
        assert omega.read_bars(origin).table.equals(sample.table)
