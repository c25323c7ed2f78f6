"""Generated calls of the components that can be asked outside a run: indicators and data, results and refusals alike.

A run shows little of them: the strategy asks for a few indicators over bars without holes, and bars that break T-2 end
it before it begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import pyarrow as pa

from omega.contract.schemas import BARS, PRICE_COLUMNS
from omega.contract.types import Timeframe
from omega_parity.generate.bars import BAR_BYTES, HEAD_BYTES, expand_bars
from omega_parity.generate.blocks import Decisions, keyed_bytes, pieces
from omega_parity.generate.broker_days import CLOCK_BYTES, broker_bars
from omega_parity.generate.columns import times_of
from omega_parity.generate.sequences import BARS_MIN, GENERATED
from omega_parity.generate.worlds import WORLDS, World

BARS_MOST: Final = 90

BARS_LEAST: Final = 3
"""Fewest bars that the calls can be made of: a row to break, and one that is left of each side."""

_BROKEN: Final = 3
"""Tables that each break one value."""

_PLAN_BYTES: Final = 4

_CALL_BYTES: Final = 64

_SIDE_PRICES: Final = ("open", "high", "low", "close")

_NAN: Final = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One method of a component built for it.

    Attributes
    ----------
    label : str
        What is asked for, in a word.
    component : str
        Name in the registry.
    built_with : tuple
        Arguments of the factory.
    """

    label: str
    component: str
    method: str
    built_with: tuple[object, ...] = ()
    arguments: tuple[object, ...] = ()
    named: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Move:
    """One method of an object that others are called of too; ``resume`` goes on in another one, from a snapshot."""

    method: str
    arguments: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Methods of one simulator, one after the other."""

    label: str
    component: str
    built_with: tuple[object, ...]
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCase:
    """Calls about one set of bars.

    Attributes
    ----------
    calls_on : callable
        The calls about given bars, so that a reduction can leave some out.
    """

    name: str
    bars: pa.Table
    calls_on: Callable[[pa.Table], tuple[Call | Script, ...]]

    @property
    def calls(self) -> tuple[Call | Script, ...]:
        """The calls about its bars."""
        return self.calls_on(self.bars)


def sample_calls(n: int, seed: int = 0) -> Iterator[CallCase]:
    """Yield ``n`` cases; case i depends on ``seed`` and i only, so that a longer sample begins the same."""
    for index in range(n):
        yield sample_call(seed, index)


def sample_call(seed: int, index: int) -> CallCase:
    """Return case ``index`` of the sample with ``seed``."""
    # The counters of sequences are small; these begin where no sequence ends.
    first = (1 << 32) + 2 * index
    plan = Decisions(keyed_bytes(seed, first, _PLAN_BYTES))
    world = WORLDS[plan.byte() % len(WORLDS)]
    rows = BARS_MIN + plan.below(BARS_MOST - BARS_MIN + 1)
    source = keyed_bytes(seed, first + 1, HEAD_BYTES + rows * BAR_BYTES + _CALL_BYTES)
    head, rest, block = source[:HEAD_BYTES], source[HEAD_BYTES:-_CALL_BYTES], source[-_CALL_BYTES:]
    bars = expand_bars(world, head, pieces(rest, BAR_BYTES))
    clock = keyed_bytes(seed, (1 << 33) + index, CLOCK_BYTES)
    calls_on = partial(_expand_calls, world, block, clock)
    return CallCase(name=f"{GENERATED}/{seed}-calls-{index}", bars=bars, calls_on=calls_on)


def _expand_calls(world: World, block: bytes, clock: bytes, bars: pa.Table) -> tuple[Call, ...]:
    decisions = Decisions(block)
    return (*_series_calls(bars, decisions), *_data_calls(world, bars, decisions), *_clock_calls(bars, clock))


# --- indicators --------------------------------------------------------------------------------------------------


def _series_calls(bars: pa.Table, decisions: Decisions) -> Iterator[Call]:
    """Ask for each indicator, over bars of which some stand still at first and some miss a price."""
    side = decisions.evenly("bid", "ask")
    period, window, ema_period = (least + decisions.byte() % 12 for least in (1, 2, 1))
    std_factor = decisions.choose((160, 2.0), (64, 0.7), (32, 1.0))
    asked = _with_holes(_flat_at_first(bars, decisions), decisions)
    for name, parameters in _requests(period, window, ema_period, std_factor):
        yield Call(
            label=name,
            component="indicator_cache",
            method="get",
            built_with=(asked,),
            arguments=(name, side),
            named=parameters,
        )


def _requests(period: int, window: int, ema_period: int, factor: float) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Ask for every indicator; what more parameters there are is made of the same few numbers."""
    yield from (("ema", {"period": ema_period}), ("ema", {"period": window}), ("true_range", {}))
    for name in ("sma", "atr", "rsi", "roc", "dmi"):
        yield name, {"period": period}
    yield "choppiness", {"period": window}
    yield "bollinger", {"period": window, "std_factor": factor}
    yield "zscore", {"window": window, "mean": "rolling"}
    yield "zscore", {"window": window, "mean": "ema", "ema_period": ema_period}
    yield "macd", {"fast_period": ema_period, "slow_period": window, "signal_period": period}
    kalman = {"r": factor / 1024, "q": (period - 1) / 1e6}
    yield "kalman_mean", kalman
    yield "kalman_zscore", {"window": window, **kalman}
    yield "kalman_zscore_local", {"lookback": 2 * window, "window": window, **kalman}
    # Both weights add up to 1 or more now and then.
    garch = {"alpha": period / 48, "beta": window / 16, "min_periods": ema_period - 1, "log_returns": period % 2 == 0}
    yield "garch_volatility", garch
    yield "garch_volatility", {**garch, "alpha": 0.05, "omega": factor / 100, "scale": 10, "floor": factor / 50}
    yield "garch_volatility_local", {"lookback": 2 * window, "min_periods": 2, "beta": window / 16}
    yield "kalman_garch_zscore", {**kalman, "min_periods": ema_period - 1}
    cluster = {"window": window, "k": 1 + period % 5, "log": ema_period % 2 == 0}
    yield "vol_cluster", {"feature": "garch_forecast", **cluster, "min_periods": 1}
    yield "vol_cluster", {"feature": "atr_points", **cluster, "period": period, "point": 1e-5}
    timeframe = ("M15", "M30", "H1")[window % 3]
    yield "ema_stepwise", {"timeframe": timeframe, "period": period}
    yield "bollinger_stepwise", {"timeframe": timeframe, "period": 2 + period % 3, "std_factor": factor}
    yield "kalman_zscore_stepwise", {"timeframe": timeframe, "window": 2 + period % 3, **kalman}


def _flat_at_first(bars: pa.Table, decisions: Decisions) -> pa.Table:
    """Let the first bars repeat the prices of one bar: only from the first one on is an average the price itself."""
    rows, model = decisions.choose((176, 0), (80, bars.num_rows // 2)), decisions.byte() * bars.num_rows >> 8
    prices = bars.take([model] * rows + list(range(rows, bars.num_rows)))
    return prices.set_column(0, BARS.field("timestamp"), bars.column("timestamp"))


def _with_holes(bars: pa.Table, decisions: Decisions) -> pa.Table:
    """Take prices out: none, one here and there, or whole rows."""
    number = decisions.choose((96, 0), (80, 1), (80, 3))
    is_whole_row = decisions.choose((128, False), (128, True))
    for _ in range(number):
        row, column = decisions.byte() * bars.num_rows >> 8, decisions.evenly(*PRICE_COLUMNS)
        for name in PRICE_COLUMNS if is_whole_row else (column,):
            bars = _with_cell(bars, name, row, _NAN)
    return bars


def _with_cell(bars: pa.Table, column: str, row: int, value: object) -> pa.Table:
    values: list[Any] = times_of(bars) if column == "timestamp" else bars.column(column).to_pylist()
    values[row] = value
    changed = BARS.field(column)
    return bars.set_column(BARS.get_field_index(column), changed, pa.array(values, changed.type))


# --- data --------------------------------------------------------------------------------------------------------


def _data_calls(world: World, bars: pa.Table, decisions: Decisions) -> Iterator[Call]:
    """Check sound and broken bars, join two sides that miss bars, make a sample."""
    for table in (bars, *(_broken(bars, decisions) for _ in range(_BROKEN))):
        yield _data_call("check_bars", table, world.timeframe)
        # One digit less than the prices have: most of them are off that grid.
        yield _data_call("examine", table, world.timeframe, max(world.digits - 1, 0))
    bid, ask = (_side_of_its_own(bars, side, decisions) for side in ("bid", "ask"))
    bid_times, ask_times = {*times_of(bid)}, {*times_of(ask)}
    unmatched, union = len(bid_times ^ ask_times), len(bid_times | ask_times)
    yield _data_call("join_sides", bid, ask, decisions.choose((128, unmatched / union), (64, 1.0), (64, 0.0)))
    yield _data_call("sample_bars", 1 + decisions.byte() % 40, decisions.evenly(0, 7, 2**64 - 1))


def _clock_calls(bars: pa.Table, clock: bytes) -> Iterator[Call]:
    """Ask for the timeframe of bars on a broker's clock, and check them with it and with another one."""
    table, timeframe = broker_bars(bars, clock)
    yield _data_call("find_timeframe", table)
    yield _data_call("examine", table, None)
    for length in (timeframe, Timeframe.M5):
        yield replace(_data_call("check_bars", table, int(length)), label="check_bars_of_broker")


def _data_call(method: str, *arguments: object) -> Call:
    return Call(label=method, component="data_handler", method=method, arguments=arguments)


def _broken(bars: pa.Table, decisions: Decisions) -> pa.Table:
    """Break one value of T-2 in a row after the first."""
    row = 1 + (decisions.byte() * (bars.num_rows - 1) >> 8)
    side = decisions.evenly("bid", "ask")
    times = times_of(bars)
    above = 2.0 * float(bars.column(f"{side}_high")[row].as_py())
    column, value = decisions.evenly(
        ("timestamp", times[row - 1]),
        ("timestamp", times[row - 1] - 1),
        ("timestamp", times[row] + 1),
        ("volume", -1.0),
        ("volume", _NAN),
        (f"{side}_open", 0.0),
        (f"{side}_open", above),
        (f"{side}_close", above),
        (f"{side}_close", 1e-9),
        (f"{side}_high", float("inf")),
        (f"{side}_high", 1e-9),
        (f"{side}_low", _NAN),
    )
    return _with_cell(bars, column, row, value)


def _side_of_its_own(bars: pa.Table, side: str, decisions: Decisions) -> pa.Table:
    """Return a side's bars with volumes of its own, some of which are missing."""
    missing = {decisions.byte() * bars.num_rows >> 8 for _ in range(decisions.choose((96, 0), (160, 2)))}
    kept = [row for row in range(bars.num_rows) if row not in missing]
    whole = one_side(bars, side)
    volume = pa.array([row + (0.5 if side == "ask" else 0.0) for row in range(bars.num_rows)], pa.float64())
    return whole.set_column(whole.num_columns - 1, "volume", volume).take(kept)


def one_side(bars: pa.Table, side: str) -> pa.Table:
    """Return one side of ``bars`` as a file of its own has it (G-1)."""
    prices = [f"{side}_{name}" for name in _SIDE_PRICES]
    return bars.select(["timestamp", *prices, "volume"]).rename_columns(["timestamp", *_SIDE_PRICES, "volume"])
