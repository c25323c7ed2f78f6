"""Tick mode: runs over ticks, both simulators tick by tick, and ticks and bars in turn (E-17)."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pyarrow as pa

from omega.contract.protocols import RunOutput
from omega.contract.schemas import TICKS
from omega.contract.types import EngineConfig, Tick, Variant
from omega_parity.drive.answers import answers, compare_answers
from omega_parity.drive.components import factories, native_factory, reference_factory
from omega_parity.drive.observe import run_over
from omega_parity.gates.checks.bench import Bench, check
from omega_parity.generate.blocks import keyed_bytes
from omega_parity.generate.cases import Case
from omega_parity.generate.columns import times_of
from omega_parity.generate.ticks import sample_ticks, tick_base, ticks_of, with_cell

_RUNS: Final = 160
_LEAST_RUNS: Final = 8
_DRIVEN: Final = 8
_LEAST_DRIVEN: Final = 1
_MOST_BARS: Final = 120
"""Of what is driven call by call."""
_BY_TICKS: Final = 4
"""Bars in a row that come as they are, then as their ticks."""
_SEED: Final = 5


@check("ticks", "execution_simulator")
def runs(bench: Bench) -> None:
    """Generated runs over ticks, sound and broken, in both variants."""
    seen: Counter[str] = Counter()
    for case in sample_ticks(bench.extent.few(_RUNS, _LEAST_RUNS), bench.extent.seed or 0):
        reference = answers(case.calls, reference_factory)
        bench.settle(compare_answers(reference, answers(case.calls, native_factory)), case.name)
        run = reference[0][1]
        if isinstance(run, RunOutput):
            seen.update(map(str, run.trades.column("reason").to_pylist()))
            seen.update(["v1"] if run.trades.column("trigger_time").null_count else ["runs"])
    wanted = ("take_profit", "stop_loss", "v1", "runs")
    bench.require(all(seen[what] for what in wanted), f"nothing shows {wanted}: {dict(seen)}")


@check("ticks", "execution_simulator", tuple(Variant))
def tick_by_tick(bench: Bench, variant: Variant) -> None:
    """Both simulators stay equal after every call, and end where the run ends."""
    for index in range(bench.extent.few(_DRIVEN, _LEAST_DRIVEN)):
        case, ticks = _given(bench, index, variant)
        run = run_over(bench.sides[0].engine, ticks, case.signals, case.config)
        simulators = _simulators(case.config)
        handed = 0
        for row, time in enumerate(times_of(ticks)):
            due = bisect_right(times_of(case.signals), time)
            if due > handed:
                given = case.signals.slice(handed, due - handed)
                _both(bench, simulators, "process_tick_signals", ticks.slice(row, 1), given)
                handed = due
            _both(bench, simulators, "evaluate_tick", _record(ticks, row))
        for one in simulators:
            bench.agree(partial(getattr, run, "trades"), one.trades, about=f"{case.name}: trades")
            bench.agree(partial(getattr, run, "metrics"), one.metrics, about=f"{case.name}: metrics")
            bench.require(one.state_hash == run.chain[-1].as_py(), f"{case.name}: the digest is not the run's")
        closed = run_over(bench.sides[0].engine, ticks, case.signals, replace(case.config, close_at_end=True))
        _both(bench, simulators, "close_all")
        for one in simulators:
            bench.agree(partial(getattr, closed, "metrics"), one.metrics, about=f"{case.name}: metrics, closed")
            bench.require(one.state_hash == closed.chain[-1].as_py(), f"{case.name}: the digest is not that at the end")


@check("ticks", "execution_simulator", tuple(Variant))
def ticks_and_bars_in_turn(bench: Bench, variant: Variant) -> None:
    """Some bars come as they are, some as their ticks; a buffer counts in bars only (Q-E17d)."""
    for index in range(bench.extent.few(_DRIVEN, _LEAST_DRIVEN)):
        case, _ = _given(bench, index, variant)
        config = replace(case.config, pip_buffer_factor=1.5)
        simulators, handed = _simulators(config), 0
        for row, time in enumerate(times_of(case.bars)):
            bar, is_bar = case.bars.slice(row, 1), row // _BY_TICKS & 1 == 0
            due = bisect_right(times_of(case.signals), time)
            signals = case.signals.slice(handed, due - handed)
            ticks = _spread_out(ticks_of(bar, case.config.timeframe, keyed_bytes(_SEED, row, 1)))
            first = ticks.slice(0, 1)
            if due > handed:
                method = "process_signals" if is_bar else "process_tick_signals"
                _both(bench, simulators, method, bar if is_bar else first, signals)
                handed = due
            _both(bench, simulators, *(("evaluate_exits", bar) if is_bar else ("evaluate_ticks", ticks)))
        _both(bench, simulators, "close_all")
        _both(bench, simulators, "trades")


@check("ticks", "execution_simulator", rules=("E-17",))
def wrong_use(bench: Bench) -> None:
    """What is refused is refused alike and changes nothing."""
    case, ticks = _given(bench, 0, Variant.CANONICAL)
    simulators = _simulators(case.config)
    _both(bench, simulators, "evaluate_ticks", ticks.slice(0, 5))
    before = [one.state_hash for one in simulators]
    earlier = with_cell(ticks.slice(5, 1), "timestamp", 0, times_of(ticks)[4] - 1).cast(TICKS)
    named = ticks.slice(5, 2).append_column("symbol", pa.array(["XXXYYY"] * 2))
    late = case.signals.slice(len(case.signals) - 1)
    late = late.set_column(0, late.schema.field(0), pa.array([1 << 57], late.schema.field(0).type))
    calls: dict[str, Callable[[Any], object]] = {
        "an earlier tick": lambda one: one.evaluate_ticks(earlier),
        "an earlier tick, as a record": lambda one: one.evaluate_tick(_record(earlier, 0)),
        "two ticks": lambda one: one.process_tick_signals(ticks.slice(5, 2), late),
        "no tick": lambda one: one.process_tick_signals(ticks.slice(0, 0), late),
        "no ticks": lambda one: one.evaluate_ticks(ticks.slice(0, 0)),
        "a signal of the future": lambda one: one.process_tick_signals(ticks.slice(5, 1), late),
        "another symbol": lambda one: one.evaluate_ticks(named),
        "a price missing": lambda one: one.evaluate_ticks(ticks.slice(5, 2).drop_columns(["ask"])),
        "a bar of the past": lambda one: one.evaluate_exits(case.bars.slice(0, 1)),
        "a price below 0": lambda one: one.evaluate_tick(replace(_record(ticks, 5), bid=-1.0)),
    }
    for about, call in calls.items():
        bench.refuse(*(partial(call, one) for one in simulators), about=about)
    bench.require([one.state_hash for one in simulators] == before, "a refused call changed the state")
    _both(bench, simulators, "evaluate_ticks", ticks.slice(5))


def _given(bench: Bench, index: int, variant: Variant) -> tuple[Any, pa.Table]:
    """Return a case of a variant with all its signals due, and its ticks."""
    seed, place = bench.extent.seed or 0, 1000 * (index + 1)
    while True:
        case = tick_base(seed, place)
        if case.config.variant is variant and case.bars.num_rows <= _MOST_BARS:
            break
        place += 1
    return _for_simulators(case), ticks_of(case.bars, case.config.timeframe, keyed_bytes(_SEED, index, _MOST_BARS))


def _for_simulators(case: Case) -> Case:
    """What a run does besides its simulator is left out: signals after the last bar, a start, closing at the end."""
    assert case.signals is not None
    handed = bisect_right(times_of(case.signals), times_of(case.bars)[-1])
    return replace(
        case,
        signals=case.signals.slice(0, handed),
        config=replace(case.config, start=None, close_at_end=False, strategy=None),
    )


def _spread_out(ticks: pa.Table) -> pa.Table:
    """Let ticks of one bar begin a µs after it, where the bar before is surely over."""
    times = [time + 1 for time in times_of(ticks)]
    return ticks.set_column(0, TICKS.field(0), pa.array(times, TICKS.field(0).type))


def _simulators(config: EngineConfig) -> tuple[Any, Any]:
    reference, native = factories("execution_simulator")
    return reference(config), native(config)


def _record(ticks: pa.Table, row: int) -> Tick:
    return Tick(timestamp=times_of(ticks)[row], bid=ticks["bid"][row].as_py(), ask=ticks["ask"][row].as_py())


def _both(bench: Bench, simulators: tuple[Any, Any], method: str, *arguments: object) -> None:
    """Make one call of both, and compare what it returns and what there is after it."""
    bench.agree(*(partial(getattr(one, method), *arguments) for one in simulators), about=method)
    for about in ("cash", "equity", "state_hash"):
        bench.agree(*(partial(getattr, one, about) for one in simulators), about=f"{about} after {method}")
    bench.agree(*(one.positions for one in simulators), about=f"positions after {method}")
