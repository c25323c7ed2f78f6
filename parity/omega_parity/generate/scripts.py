"""Generated calls of one simulator, one after the other: bars and ticks, changes by id, snapshots, calculations (B, R).

What the state machine draws step by step stands here as whole scripts, for the faults that no single call shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pyarrow as pa

from omega.contract.types import Bar, Tick
from omega_parity.generate.blocks import Decisions, keyed_bytes
from omega_parity.generate.calls import CallCase, Move, Script
from omega_parity.generate.cases import Case
from omega_parity.generate.columns import times_of
from omega_parity.generate.sequences import GENERATED, sample_case
from omega_parity.generate.steps import handed_until, ticks_between

_MOST_BARS: Final = 24

_ROW_BYTES: Final = 32

_LEVELS: Final = (None, None, -1.0, -0.4, 0.15, 0.4, 1.0)
"""New levels, in ranges of the bar from its close."""

_FAR: Final = (0.002, 0.01, 0.04, 0.15, 0.5)
"""Distances of stops in prices, so that some sizes lie between the least and the most."""

_PARTS: Final = (None, None, 0.5, 0.34, 0.003, 1.0)


def sample_scripts(n: int, seed: int = 0) -> Iterator[CallCase]:
    """Yield ``n`` cases; case i depends on ``seed`` and i only, so that a longer sample begins the same."""
    for index in range(n):
        yield script_calls(seed, index)


def script_calls(seed: int, index: int) -> CallCase:
    """Return case ``index`` of the sample with ``seed``."""
    case = _base(seed, index)
    key = keyed_bytes(seed, (1 << 36) + index, _ROW_BYTES * _MOST_BARS)
    return CallCase(name=f"{GENERATED}/{seed}-script-{index}", bars=case.bars, calls_on=partial(_calls, case, key))


def _base(seed: int, index: int) -> Case:
    """Return the beginning of a generated case with a signal in it."""
    place = (1 << 22) + 16 * index
    while True:
        case = sample_case(seed, place)
        if case.signals is not None and times_of(case.signals)[:1] < times_of(case.bars)[_MOST_BARS - 1 : _MOST_BARS]:
            config = replace(case.config, strategy=None, close_at_end=False, start=None)
            return replace(case, bars=case.bars.slice(0, _MOST_BARS).combine_chunks(), config=config)
        place += 1


def _calls(case: Case, key: bytes, bars: pa.Table) -> tuple[Script, ...]:
    moves: list[Move] = []
    handed, over = 0, times_of(bars)[0]
    for row, time in enumerate(times_of(bars)):
        decisions = Decisions(key[row * _ROW_BYTES : (row + 1) * _ROW_BYTES])
        can_tick = not case.config.rates and case.config.swap is None and time >= over
        by_ticks = decisions.choose((150, False), (106, True)) and can_tick
        due = _due(case, handed, time)
        if due > handed:
            moves += _hand_over(case, bars, row, (handed, due), by_ticks=by_ticks)
            moves += _resume(decisions, 24)
        handed = due
        moves += _evaluate(case, bars, row, decisions, by_ticks=by_ticks)
        over = over if by_ticks else time + case.config.timeframe
        moves += _resume(decisions, 48)
        if handed:
            moves += _changes(bars, row, handed, decisions)
        moves += _questions(bars, row, decisions)
    script = Script(label="script", component="execution_simulator", built_with=(case.config,), moves=tuple(moves))
    return (script,)


def _due(case: Case, handed: int, time: int) -> int:
    assert case.signals is not None
    times = times_of(case.signals)
    due = handed
    while due < len(times) and times[due] <= handed_until(case.config, time):
        due += 1
    return due


def _hand_over(case: Case, bars: pa.Table, row: int, rows: tuple[int, int], *, by_ticks: bool) -> Iterator[Move]:
    """Yield the hand-over of signals at a bar or at its first tick."""
    assert case.signals is not None
    signals = case.signals.slice(rows[0], rows[1] - rows[0])
    if by_ticks and times_of(signals)[-1] <= times_of(bars)[row]:
        first = ticks_between(bars, (row, row + 1), case.config.timeframe).slice(0, 1)
        yield Move("process_tick_signals", (first, signals))
    else:
        yield Move("process_signals", (bars.slice(row, 1), signals))


def _evaluate(case: Case, bars: pa.Table, row: int, decisions: Decisions, *, by_ticks: bool) -> Iterator[Move]:
    """Yield the exits of a bar, as a table or as records."""
    is_single = decisions.choose((128, False), (128, True))
    if not by_ticks:
        bar = bars.slice(row, 1)
        yield Move("evaluate_bar", (_bar(bar),)) if is_single else Move("evaluate_exits", (bar,))
        return
    ticks = ticks_between(bars, (row, row + 1), case.config.timeframe)
    if not is_single:
        yield Move("evaluate_ticks", (ticks,))
        return
    for place, time in enumerate(times_of(ticks)):
        bid, ask = (ticks.column(name)[place].as_py() for name in ("bid", "ask"))
        yield Move("evaluate_tick", (Tick(timestamp=time, bid=bid, ask=ask),))


def _bar(bar: pa.Table) -> Bar:
    prices: dict[str, Any] = bar.drop_columns(["timestamp"]).to_pylist()[0]
    return Bar(timestamp=times_of(bar)[0], **prices)


def _resume(decisions: Decisions, often: int) -> Iterator[Move]:
    """Yield, now and then, a snapshot that another simulator goes on from."""
    if decisions.byte() < often:
        yield Move("resume")


def _changes(bars: pa.Table, row: int, handed: int, decisions: Decisions) -> Iterator[Move]:
    """Yield changes by id, now and then of an order that there is not, and a close of all."""
    if decisions.byte() < 96:
        close, reach = _close_and_range(bars, row)
        count = 1 + decisions.byte() % 3  # N-1: integers
        columns: tuple[list[Any], ...] = ([], [], [], [])
        for _ in range(count):
            order, fraction = 1 + decisions.byte() % handed, decisions.evenly(*_PARTS)  # N-1: integers
            stop, target = (decisions.evenly(*_LEVELS) for _ in range(2))
            levels = (None if one is None else max(close + one * reach, 1e-9) for one in (stop, target))
            for column, value in zip(columns, (order, *levels, fraction), strict=True):
                column.append(value)
        yield Move("apply_updates", columns)
    if decisions.byte() < 8:
        yield Move("close_all")


def _questions(bars: pa.Table, row: int, decisions: Decisions) -> Iterator[Move]:
    """Yield calculations, which change nothing."""
    close, reach = _close_and_range(bars, row)
    time = times_of(bars)[row]
    if decisions.byte() < 72:
        prices, stops = [close, close + 0.3333333 * reach], [close - 0.77777 * reach, close + reach]
        sizes = [decisions.evenly(None, None, 0.37, 1e-9), None]
        far = [close - share * close for share in _FAR]
        orders = len(far) + 2
        yield Move("lot_sizes", (prices + [close] * len(far), stops + far, sizes + [None] * len(far), [time] * orders))
    if decisions.byte() < 40:
        yield Move("fees", ([1.0, 0.37], [close, close + 0.3333333 * reach], [time, time], [0, 1]))


def _close_and_range(bars: pa.Table, row: int) -> tuple[float, float]:
    bar = bars.slice(row, 1).to_pylist()[0]
    return bar["bid_close"], max(bar["bid_high"] - bar["bid_low"], 1e-4 * bar["bid_close"])
