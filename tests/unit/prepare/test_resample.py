"""Resampling and ticks to bars, held to pandas and to a broker's own bars (T-13)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import omega
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.schemas import BARS
from omega.prepare.resample import parse_day_start

HOUR = 3_600_000_000
FOLDS = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}

MarketFile = Callable[[str], Path]


def by_pandas(frame: pd.DataFrame, hours: int, zone: str, shift: int) -> pd.DataFrame:
    """Group by days that begin at ``shift`` o'clock in ``zone``, and inside them by elapsed hours (days where 24)."""
    walls = frame.index.tz_convert(zone).tz_localize(None) - pd.Timedelta(hours=shift)
    days = pd.DatetimeIndex(walls.floor("D") + pd.Timedelta(hours=shift)).tz_localize(zone).tz_convert("UTC")
    step = pd.Timedelta(hours=hours)
    begins = days if hours == 24 else days + (frame.index - days) // step * step
    return frame.groupby(begins).agg({name: FOLDS[name.rpartition("_")[2]] for name in frame.columns})


def generated(seed: int, step: int, rows: int, first: str) -> pd.DataFrame:
    """Make bars at every step of which a tenth is missing, with volumes whose sum depends on the order."""
    random = np.random.default_rng(seed)
    times = pd.date_range(first, periods=rows, freq=f"{step}min", tz="UTC").astype("datetime64[us, UTC]")
    frame = pd.DataFrame({}, index=times)
    for side, spread in (("bid", 0.0), ("ask", 0.0001)):
        prices = np.round(1.1 + random.normal(0, 0.01, (rows, 4)), 5) + spread
        frame[f"{side}_open"], frame[f"{side}_close"] = prices[:, 0], prices[:, 1]
        frame[f"{side}_high"], frame[f"{side}_low"] = prices.max(axis=1), prices.min(axis=1)
    frame["volume"] = random.integers(0, 1000, rows).astype(float)
    frame = frame[BARS.names[1:]]
    return frame[random.random(rows) > 0.1]


def same(bars: omega.Bars, expected: pd.DataFrame) -> None:
    got = bars.table.to_pandas().set_index("timestamp")
    assert got.index.astype("int64").tolist() == expected.index.astype("datetime64[us, UTC]").astype("int64").tolist()
    for name in got.columns:
        assert got[name].tolist() == expected[name].tolist(), name


@pytest.mark.rule("T-13")
@pytest.mark.parametrize(
    ("day_start", "zone", "shift"),
    [
        ("00:00 UTC", "UTC", 0),
        ("17:00 America/New_York", "America/New_York", 17),
        ("00:00 Europe/London", "Europe/London", 0),
        ("22:00 UTC", "UTC", 22),
    ],
)
@pytest.mark.parametrize(("to", "hours"), [("H1", 1), ("H4", 4), ("D1", 24)])
def test_longer_bars_are_those_of_pandas(day_start: str, zone: str, shift: int, to: str, hours: int) -> None:
    # Both changes of the clock lie inside.
    frame = generated(1, 15, 96 * 250, "2024-03-01")
    bars = omega.resample(frame.rename_axis("timestamp").reset_index(), to, day_start=day_start)
    same(bars, by_pandas(frame, hours, zone, shift))
    assert bars.timeframe_name == to


@pytest.mark.rule("T-13")
def test_every_step_of_the_ladder_can_be_gone_in_one_or_more() -> None:
    frame = generated(2, 1, 1440 * 6, "2024-03-04").rename_axis("timestamp").reset_index()
    m5 = omega.resample(frame, "M5")
    assert omega.resample(m5, "H1").content_hash == omega.resample(frame, "H1").content_hash
    assert omega.resample(omega.resample(m5, "H4"), "D1").content_hash == omega.resample(frame, "D1").content_hash
    same(omega.resample(frame, "M30"), frame.set_index("timestamp").resample("30min").agg(_names()).dropna())


def _names() -> dict[str, str]:
    return {name: FOLDS[name.rpartition("_")[2]] for name in BARS.names[1:]}


@pytest.mark.rule("T-13")
def test_volumes_are_summed_from_left_to_right() -> None:
    frame = generated(3, 1, 1440, "2024-03-04")
    frame["volume"] = np.random.default_rng(3).random(len(frame))
    expected = 0.0
    for volume in frame["volume"]:
        expected = expected + volume
    assert omega.resample(frame.rename_axis("timestamp").reset_index(), "D1").table["volume"].to_pylist() == [expected]
    assert expected != float(np.sum(frame["volume"].to_numpy()))


@pytest.mark.rule("Q-T13")
def test_a_bar_that_reaches_over_the_end_of_its_day_is_refused() -> None:
    frame = generated(4, 240, 60, "2024-03-04").rename_axis("timestamp").reset_index()
    with pytest.raises(
        OmegaError, match="the H4 bar of 2024-03-04 20:00 UTC reaches over the end of its bucket"
    ) as error:
        omega.resample(frame, "D1", day_start="17:00 America/New_York")
    assert (error.value.code, error.value.rule) == (ErrorCode.CONSTRAINT_VIOLATION, "Q-T13")
    with pytest.raises(OmegaError, match="H1 is not longer than the bars' own timeframe, H4"):
        omega.resample(frame, "H1")
    with pytest.raises(OmegaError, match="timeframe must be one of"):
        omega.resample(frame, "W1")


@pytest.mark.rule("T-13")
@pytest.mark.parametrize("text", ["", "17:00", "5pm New York", "24:00 UTC", "17:00 Mars"])
def test_what_is_no_day_start(text: str) -> None:
    with pytest.raises(OmegaError, match=r"day_start must be a time and a zone|is no clock known here") as caught:
        parse_day_start(text)
    assert caught.value.code is ErrorCode.INVALID_ARGUMENT


@pytest.mark.rule("Q-T13", "T-3")
def test_ticks_become_bars_as_pandas_has_them() -> None:
    random = np.random.default_rng(5)
    times = np.sort(random.integers(0, 6 * HOUR, 5000)) // 1_000_000 * 1_000_000 + 1_709_542_800_000_000
    bid = np.round(1.1 + random.normal(0, 0.01, 5000), 5)
    frame = pd.DataFrame({"timestamp": pd.to_datetime(times, unit="us", utc=True), "bid": bid, "ask": bid + 0.0001})
    bars = omega.resample(pa.Table.from_pandas(frame, preserve_index=False), "M5", symbol="EURUSD")
    grouped = frame.groupby(frame["timestamp"].dt.floor("5min"))
    expected = {f"{side}_{name}": grouped[side].agg(FOLDS[name]) for side in ("bid", "ask") for name in list(FOLDS)[:4]}
    same(bars, pd.DataFrame(expected | {"volume": grouped.size().astype(float)}))
    assert bars.symbol == "EURUSD"
    with pytest.raises(OmegaError, match="this time is before that of the row above") as caught:
        omega.resample(pa.Table.from_pandas(frame.iloc[::-1], preserve_index=False), "M5")
    assert caught.value.rule == "T-3"
    with pytest.raises(OmegaError, match="there are no ticks"):
        omega.resample(pa.Table.from_pandas(frame.iloc[:0], preserve_index=False), "M5")
    with pytest.raises(OmegaError, match="column bid must be double, not "):
        omega.resample(pa.Table.from_pandas(frame.astype({"bid": str}), preserve_index=False), "M5")


@pytest.mark.market
@pytest.mark.rule("Q-T13")
def test_real_ticks_become_the_brokers_own_bars(market_file: MarketFile) -> None:
    made = omega.resample(market_file("oanda_eurusd_ticks_20140506_08"), "M1").table.to_pandas()
    theirs = pq.read_table(market_file("oanda_eurusd_m1_201405")).to_pandas()
    both = made.merge(theirs, on="timestamp", suffixes=("", "_theirs"))
    assert len(both) == len(made) == 4214
    for side in ("bid", "ask"):
        for price in ("high", "low", "close"):
            assert (both[f"{side}_{price}"] == both[f"{side}_{price}_theirs"]).all()


@pytest.mark.market
@pytest.mark.rule("T-13")
@pytest.mark.parametrize(
    ("day_start", "zone", "shift"), [("17:00 America/New_York", "America/New_York", 17), ("00:00 UTC", "UTC", 0)]
)
def test_eleven_years_of_real_hours(market_file: MarketFile, day_start: str, zone: str, shift: int) -> None:
    frame = pq.read_table(market_file("oanda_eurusd_h1_2007_2018")).to_pandas().drop(columns="symbol")
    bars = omega.resample(frame, "D1", day_start=day_start)
    same(bars, by_pandas(frame.set_index("timestamp"), 24, zone, shift))
