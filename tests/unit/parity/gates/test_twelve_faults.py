"""A fault of each kind that only one kind of check sees is NO-GO for `omega verify`, quick too, and red for pytest."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial, wraps
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.serve.native import PortfolioModel
from omega_parity.drive.sides import both_sides
from omega_parity.gates.check_parts import check_parts
from omega_parity.gates.checks import CHECKS, probes, surroundings
from omega_parity.gates.checks.bench import GATE, QUICK, Bench, Check, CheckFailedError
from omega_parity.gates.surroundings import run_in
from omega_parity.generate.columns import times_of
from omega_reference import numbers
from omega_reference.costs.model import CostModel
from omega_reference.data import DataHandler
from omega_reference.engine import Engine
from omega_reference.execution.steps import ExecutionSimulator
from omega_reference.indicators.cache import IndicatorCache
from omega_reference.multi_symbol.data import MultiSymbol

Patch = pytest.MonkeyPatch
Around = Callable[..., Any]


def _around(patch: Patch, owner: Any, name: str, around: Around) -> None:
    """Let ``around`` be called with the original in front of its arguments."""
    original = getattr(owner, name)

    @wraps(original)
    def faulty(*arguments: Any, **named: Any) -> Any:
        return around(original, *arguments, **named)

    patch.setattr(owner, name, faulty)


def _last_fee_of_a_batch(original: Around, *arguments: Any) -> list[float]:
    fees: list[float] = original(*arguments)
    return [*fees[:-1], math.nextafter(fees[-1], math.inf)]


def _one_row_less(original: Around, *arguments: Any) -> pa.Table:
    joined: pa.Table = original(*arguments)
    return joined.slice(0, joined.num_rows - 1)


def _zero_for_a_series_of_one(original: Around, *arguments: Any, **named: Any) -> Any:
    series = original(*arguments, **named)
    return [0.0] if isinstance(series, list | tuple) and len(series) == 1 else series


def _another_row(original: Around, *arguments: Any, **named: Any) -> Any:
    try:
        return original(*arguments, **named)
    except OmegaError as error:
        row = error.context.get("row")
        context = {**error.context, "row": row + 1 if isinstance(row, int) else 7}
        context.pop("recoverable", None)
        raise omega_error(error.code, error.message, **context) from None  # type: ignore[arg-type]


def _less_for_odd_steps(original: Around, engine: Any, bars: Any, signals: Any, config: Any, *rest: Any) -> Any:
    odd = config.instrument
    if odd is not None and odd.volume_step == 0.1:
        config = replace(config, instrument=replace(odd, volume_max=odd.volume_max / 2))
    return original(engine, bars, signals, config, *rest)


def _last_signal_lost_in_chunks(original: Around, engine: Any, bars: Any, signals: Any, *rest: Any) -> Any:
    is_in_pieces = isinstance(signals, pa.Table) and signals.num_rows and signals.column(0).num_chunks > 20
    return original(engine, bars, signals.slice(0, signals.num_rows // 2) if is_in_pieces else signals, *rest)


def _ulp_of_large_values(original: Around, value: float, digits: int) -> float:
    rounded: float = original(value, digits)
    return math.nextafter(rounded, math.inf) if 1e9 < abs(value) < 1e15 else rounded


def _forget_the_bar(original: Around, simulator: Any, *arguments: Any) -> pa.Table:
    events: pa.Table = original(simulator, *arguments)
    simulator._progress.last_signal_bar = None
    return events


def _forget_what_waits(original: Around, simulator: Any, bars: pa.Table) -> pa.Table:
    waits_for = simulator._progress.last_signal_bar
    if waits_for is not None and times_of(bars)[0] > waits_for:
        simulator._book.waiting = []
    return original(simulator, bars)  # type: ignore[no-any-return]


def _another_digest_after_a_tick(original: Around, simulator: Any, tick: Any) -> pa.Table:
    events: pa.Table = original(simulator, tick)
    simulator._account.digest = bytes(16)
    return events


def _another_digest_after_a_few_bars(original: Around, simulator: Any, bars: pa.Table) -> pa.Table:
    events: pa.Table = original(simulator, bars)
    if 2 <= bars.num_rows <= 12:
        simulator._account.digest = bytes(16)
    return events


def _without_the_fourth_step(original: Around, component: Any) -> Any:
    steps = list(original(component))
    return iter(steps[:3] + steps[4:])


def _many_trades(original: Around, *arguments: Any) -> Any:
    output = original(*arguments)
    is_many = output.trades.num_rows >= 1_000 and len(output.chain) < 10
    return replace(output, metrics={**output.metrics, "trades": -1}) if is_many else output


def _one_ambiguous_bar_more_inside(original: Around, *arguments: Any, detail: Any = None) -> Any:
    output = original(*arguments, detail=detail)
    more = {**output.metrics, "ambiguous_bars": output.metrics["ambiguous_bars"] + 1}
    return output if detail is None else replace(output, metrics=more)


def _one_trade_more_of_ones_own(original: Around, *arguments: Any, own: Any = None, **named: Any) -> Any:
    output = original(*arguments, own=own, **named)
    more = {**output.metrics, "trades": output.metrics["trades"] + 1}
    return output if own is None else replace(output, metrics=more)


def _one_trade_more_of_several_symbols(original: Around, *arguments: Any, **named: Any) -> Any:
    output = original(*arguments, **named)
    return replace(output, metrics={**output.metrics, "trades": output.metrics["trades"] + 1})


def _one_hit_more(original: Around, *arguments: Any) -> Any:
    reference, rust = original(*arguments)
    return {**reference, "E-7": reference["E-7"] + 1}, rust


def _whole_steps_only(original: Around, handler: Any, table: pa.Table) -> int:
    timeframe: int = original(handler, table)
    times = times_of(table)
    if any((after - before) % timeframe for before, after in pairwise(times)):
        raise omega_error(ErrorCode.CONSTRAINT_VIOLATION, "a step is no multiple of the timeframe", rule="T-4")
    return timeframe


def _no_number_from_huge_fees(original: Around, engine: Any, bars: Any, signals: Any, config: Any, *rest: Any) -> Any:
    output = original(engine, bars, signals, config, *rest)
    is_huge = max(config.fee_min, config.fee_per_million) > 1e9
    return replace(output, metrics={**output.metrics, "final_equity": math.nan}) if is_huge else output


def _decision_lost(original: Around, engine: Any, bars: Any, signals: Any, config: Any, *rest: Any) -> Any:
    output = original(engine, bars, signals, config, *rest)
    is_third = config.strategy is not None and config.strategy.parameters.long_scenarios == (3,)
    return replace(output, decisions=output.decisions.slice(1)) if is_third else output


_RUNS = count()


def _worn_out(original: Around, *arguments: Any) -> Any:
    output = original(*arguments)
    return replace(output, metrics={**output.metrics, "trades": -1}) if next(_RUNS) % 200 == 199 else output


ELSEWHERE = """
from mutants.planted import plant
from omega_parity.selftest.probe.reference import source_of
from omega_parity.gates.surroundings import print_digests

exact = "return min_fee if min_fee > 0.0 and base < min_fee else base"
source = source_of("costs.fee")
assert source.count(exact) == 1
fault = "import os\\n    base = base * (1.0 + 1e-9 * (os.environ.get('TZ') == 'Asia/Kathmandu'))"
plant("costs.fee", source.replace(exact, f"{fault}\\n    {exact}"))
print_digests(0.05)
"""


def _never_down(original: Around, model: Any, portfolio: Any, equity: float) -> None:
    original(model, portfolio, equity)
    portfolio.max_drawdown_bars = 0


def _elsewhere(original: Around, variables: Any, **_: Any) -> Any:
    return run_in(variables, ELSEWHERE)


FAULTS: dict[str, tuple[Any, str, Around]] = {
    "costs: one by one and in batches": (CostModel, "fee_batch", _last_fee_of_a_batch),
    "indicators: on short series": (IndicatorCache, "get", _zero_for_a_series_of_one),
    "broker's days: made": (DataHandler, "find_timeframe", _whole_steps_only),
    "money: in its ranges stays finite": (Engine, "run", _no_number_from_huge_fees),
    "repeated runs: thousands in one process": (Engine, "run", _worn_out),
    "bars: joins of sides": (DataHandler, "join_sides", _one_row_less),
    "bars: broken bars": (DataHandler, "check_bars", _another_row),
    "refused runs: broken signals": (Engine, "run", _another_row),
    "odd instruments: sizing": (Engine, "run", _less_for_odd_steps),
    "layouts of tables: runs": (Engine, "run", _last_signal_lost_in_chunks),
    "numbers: rounded values": (numbers, "quantize", _ulp_of_large_values),
    "simulators: a bar that got signals is remembered": (ExecutionSimulator, "process_signals", _forget_the_bar),
    "simulators: what waits acts in the next bar": (ExecutionSimulator, "evaluate_exits", _forget_what_waits),
    "orders of calls: any order": (ExecutionSimulator, "evaluate_exits", _another_digest_after_a_few_bars),
    "several symbols: single steps": (MultiSymbol, "__iter__", _without_the_fourth_step),
    "runs over several symbols: generated runs": (Engine, "run_many", _one_trade_more_of_several_symbols),
    "ticks: tick by tick": (ExecutionSimulator, "evaluate_tick", _another_digest_after_a_tick),
    "detail bars: bars as their own detail": (Engine, "run", _one_ambiguous_bar_more_inside),
    "strategies in Python: drawn strategies": (Engine, "run", _one_trade_more_of_ones_own),
    "samples: more orders than sixteen bits count": (Engine, "run", _many_trades),
    "probes: rules counted alike": (probes, "count_hits", _one_hit_more),
    "scenarios: on the sample": (Engine, "run", _decision_lost),
    "flags: every combination of a run": (PortfolioModel, "mark", _never_down),
    "surroundings: other surroundings": (surroundings, "run_in", _elsewhere),
}
"""What sees the fault, and where it is planted."""


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.rule("X-3", "E-19")
def test_a_fault_of_each_kind_is_no_go_in_verify_and_in_pytest(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sides = both_sides()
    seen_by = CHECKS[name]
    surroundings._plain.cache_clear()
    look = partial(check_parts, [seen_by], QUICK, sides, tmp_path, lambda _: None, lambda _, verdict: verdict)
    _around(monkeypatch, *FAULTS[name])
    (part,) = look()
    assert any(why.startswith(f"{seen_by.name}: ") for why in part.against), part
    with pytest.raises(CheckFailedError):
        _all_of(seen_by, Bench(sides, GATE, tmp_path))
    monkeypatch.undo()
    surroundings._plain.cache_clear()


def _all_of(check: Check, bench: Bench) -> None:
    for parameter in check.calls(bench.extent):
        check(bench, *parameter)


def test_there_are_twelve_kinds_of_faults_and_each_kind_of_check_has_one() -> None:
    assert len(FAULTS) >= 12
    assert {name.partition(": ")[0] for name in FAULTS} == {one.kind for one in CHECKS.values() if not one.is_market}


def test_what_a_quick_look_takes_a_gate_takes_too() -> None:
    for check in CHECKS.values():
        few, all_of_them = (list(map(repr, check.calls(extent))) for extent in (QUICK, GATE))
        assert set(few) <= set(all_of_them)
        assert len(few) >= min(3, len(all_of_them))
