"""Strategies in Python on both engines: drawn ones, and their orders as signals (L-3)."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any, Final

from omega.compare.answers import compare_results
from omega.contract.protocols import RunOutput
from omega_parity.drive.answers import answers, compare_answers
from omega_parity.drive.components import native_factory, reference_factory
from omega_parity.drive.observe import capture
from omega_parity.gates.checks.bench import Bench, check
from omega_parity.generate.own import asked_drawn, own_base, sample_own

_RUNS: Final = 200
_LEAST_RUNS: Final = 8
_REPLAYED: Final = 60
_LEAST_REPLAYED: Final = 2
_WANTED: Final = ("accepted", "rejected", "opened", "modified", "partially_closed", "closed", "cancelled", "expired")


@check("strategies in Python", "strategy")
def drawn_strategies(bench: Bench) -> None:
    """Strategies that ask for what follows from all that they are told, over generated bars and configurations."""
    seen: Counter[str] = Counter()
    for case in sample_own(bench.extent.few(_RUNS, _LEAST_RUNS), bench.extent.seed or 0):
        reference = answers(case.calls, reference_factory)
        bench.settle(compare_answers(reference, answers(case.calls, native_factory)), case.name)
        run = reference[0][1]
        if isinstance(run, RunOutput):
            seen.update(map(str, run.events.column("kind").to_pylist()))
            seen["trades"] += run.trades.num_rows
    bench.counts["trades"] += seen["trades"]
    bench.require(all(seen[what] for what in _WANTED), f"nothing shows {_WANTED}: {dict(seen)}")


@check("strategies in Python", "strategy")
def orders_as_signals(bench: Bench) -> None:
    """The orders that a strategy gave make the same run as a table of signals, on either side."""
    for index in range(bench.extent.few(_REPLAYED, _LEAST_REPLAYED)):
        case = own_base(bench.extent.seed or 0, 5_000 + index)
        for side in bench.sides:
            engine: Any = side.engine
            asked = asked_drawn(index, case.bars, case.config)
            run = capture(partial(engine.run, case.bars, None, case.config, own=asked.own))
            if isinstance(run, RunOutput):
                again = partial(engine.run, case.bars, asked.asking.orders(), case.config)
                bench.settle(compare_results(run, capture(again)), about=f"{case.name} as signals, {side.label}")
