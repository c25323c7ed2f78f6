"""Gate: three years of a broker whose day ends at 17:00 New York, as D1 and as H4, through both sides and variants."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import omega
from omega.contract.schemas import BARS
from omega.contract.types import Timeframe
from omega.data.writing import write_table
from omega_parity.drive.components import factories
from omega_parity.gates.plugin import Agree
from omega_parity.generate.broker_days import NEW_YORK_CLOSE, broker_file, clock_times
from omega_parity.generate.cases import Case, Floors, market_cases
from omega_parity.generate.columns import times_of
from omega_parity.generate.markets import file_market
from omega_parity.judge.verdict import CaseVerdict

HOUR = 3_600_000_000
FIVE_MINUTE_BARS = 3 * 52 * 1440
"""Three years of 1,440 a week."""


def made_minutes() -> pa.Table:
    """The sample's prices, in weeks from Sunday to Friday 17:00 New York."""
    times = clock_times(NEW_YORK_CLOSE, Timeframe.M5, datetime(2021, 1, 4, tzinfo=UTC), FIVE_MINUTE_BARS)
    table = omega.sample_bars(FIVE_MINUTE_BARS).table
    return table.set_column(0, BARS.field(0), pa.array(times, BARS.field(0).type))


def real_hours(folder: Path) -> pa.Table:
    hours = omega.read_bars(folder / "oanda_eurusd_h1_2007_2018.parquet", symbol="EURUSD").table
    year = pc.year(hours.column("timestamp"))
    return hours.filter(pc.is_in(year, pa.array([2014, 2015, 2016], year.type)))


def check(
    bars: pa.Table, timeframe: Timeframe, folder: Path, judge: Callable[[Case], CaseVerdict], agree: Agree
) -> None:
    """Whether a broker's file of these bars is read without a word, and both sides run it alike in both variants."""
    table = broker_file(bars, NEW_YORK_CLOSE, timeframe)
    steps = {after - before for before, after in pairwise(times_of(table))}
    # Friday to Sunday over both changes of the clock.
    weekend = 48 * HOUR + timeframe
    assert {weekend - HOUR, weekend, weekend + HOUR} <= steps
    agree(*(partial(make().find_timeframe, table) for make in factories("data_handler")))
    path = write_table(table, folder / "EURUSD.parquet")
    market = file_market(path, "EURUSD")
    assert market.timeframe == timeframe
    # Holidays open at hours of their own.
    assert omega.read_bars(path).quality.uneven_steps <= len(table) // 200
    cases = list(market_cases(market, strategy_floors=Floors(), signal_floors=Floors(trades=20)))
    assert {case.config.variant.text for case in cases} == {"v1", "canonical"}
    for case in cases:
        judge(case)


@pytest.mark.rule("T-4", "Q-T4")
@pytest.mark.parametrize("timeframe", [Timeframe.D1, Timeframe.H4])
def test_three_years_made(
    timeframe: Timeframe, tmp_path: Path, judge: Callable[[Case], CaseVerdict], agree: Agree
) -> None:
    check(made_minutes(), timeframe, tmp_path, judge, agree)


@pytest.mark.market
@pytest.mark.rule("T-4", "Q-T4")
@pytest.mark.parametrize("timeframe", [Timeframe.D1, Timeframe.H4])
def test_three_years_of_real_hours(
    timeframe: Timeframe, tmp_path: Path, market_folder: Path, judge: Callable[[Case], CaseVerdict], agree: Agree
) -> None:
    check(real_hours(market_folder), timeframe, tmp_path, judge, agree)
