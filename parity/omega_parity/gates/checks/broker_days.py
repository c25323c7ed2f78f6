"""Three years of a broker whose day ends at 17:00 New York, as D1 and as H4, through both sides and variants."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

import omega
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.schemas import BARS
from omega.contract.types import Timeframe, Variant
from omega.data.writing import write_table
from omega_parity.drive.components import factories
from omega_parity.gates.checks.bench import Bench, check
from omega_parity.generate.broker_days import NEW_YORK_CLOSE, broker_file, clock_times
from omega_parity.generate.cases import Floors, market_cases
from omega_parity.generate.columns import times_of
from omega_parity.generate.markets import file_market, market_data_folder

TIMEFRAMES: Final = (Timeframe.D1, Timeframe.H4)

_HOUR: Final = 3_600_000_000
_HOURS_MADE: Final = 3 * 52 * 120
_LEAST_HOURS: Final = 52 * 120
"""Three years of 120 a week, and one: the clock changes twice."""
_UNEVEN_ONE_IN: Final = 200
"""Holidays open at hours of their own."""
_HOURS: Final = "oanda_eurusd_h1_2007_2018.parquet"
_YEARS: Final = (2014, 2015, 2016)


@check("broker's days", "data_handler", TIMEFRAMES)
def made(bench: Bench, timeframe: Timeframe) -> None:
    """The sample's prices, in weeks from Sunday to Friday 17:00 New York."""
    hours = bench.extent.few(_HOURS_MADE, _LEAST_HOURS)
    times = clock_times(NEW_YORK_CLOSE, Timeframe.H1, datetime(2021, 1, 4, tzinfo=UTC), hours)
    table = omega.sample_bars(hours).table
    _hold(bench, table.set_column(0, BARS.field(0), pa.array(times, BARS.field(0).type)), timeframe)


@check("broker's days", "data_handler", TIMEFRAMES, is_market=True)
def real(bench: Bench, timeframe: Timeframe) -> None:
    """Real hours, put together by a broker's clock."""
    folder = market_data_folder()
    if folder is None:
        raise omega_error(ErrorCode.NOT_FOUND, f"no market data on this machine, and so no {_HOURS}", rule="X-1")
    hours = omega.read_bars(folder / _HOURS, symbol="EURUSD").table
    year = pc.year(hours.column("timestamp"))
    _hold(bench, hours.filter(pc.is_in(year, pa.array(_YEARS, year.type))), timeframe)


def _hold(bench: Bench, bars: pa.Table, timeframe: Timeframe) -> None:
    """Whether a broker's file of these bars is read without a word, and both sides run it alike in both variants."""
    table = broker_file(bars, NEW_YORK_CLOSE, timeframe)
    steps = {after - before for before, after in pairwise(times_of(table))}
    weekend = 48 * _HOUR + timeframe
    is_changing = {weekend - _HOUR, weekend, weekend + _HOUR} <= steps
    bench.require(is_changing, "no weekend is an hour shorter or longer: the clock never changes")
    bench.agree(*(partial(make().find_timeframe, table) for make in factories("data_handler")), about="timeframe")
    with TemporaryDirectory() as folder:
        path = write_table(table, Path(folder) / "EURUSD.parquet")
        market = file_market(path, "EURUSD")
        uneven = omega.read_bars(path).quality.uneven_steps
    bench.require(market.timeframe == timeframe, f"taken for bars of {market.timeframe} µs")
    bench.require(uneven * _UNEVEN_ONE_IN <= len(table), f"{uneven} uneven steps in {len(table)} bars")
    cases = tuple(market_cases(market, strategy_floors=Floors(), signal_floors=Floors(trades=20)))
    for case in bench.extent.some(cases, len(Variant)):
        bench.judge(case)
