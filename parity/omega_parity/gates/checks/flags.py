"""Every combination of component flags: the same run, whichever parts are Rust (F-4)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from itertools import chain, product
from typing import Final

import pyarrow as pa

from omega.compare.outcome import Failure
from omega.contract.protocols import ExecutionSimulator, QualityFindings, RunOutput
from omega.contract.types import EngineConfig
from omega.data.bars import Bars
from omega.flags.plan import BackendName, NativeStatus, Sides, make_plan
from omega.flags.registry import ENGINE_COMPONENTS, SIMULATOR_COMPONENTS
from omega.flags.values import FlagSetting
from omega.serve.factories import create_engine, create_simulator
from omega_parity.drive.components import reference_factory
from omega_parity.drive.lockstep import drive
from omega_parity.drive.observe import capture, run_over
from omega_parity.gates.checks.bench import Bench, check
from omega_parity.generate.blocks import keyed_bytes
from omega_parity.generate.cases import Case
from omega_parity.generate.detail import detailed
from omega_parity.generate.sequences import sample_cases
from omega_parity.generate.ticks import tick_base, ticks_of

_CASES: Final = 60
_LEAST_CASES: Final = 3
_DETAILED: Final = 16
_LEAST_DETAILED: Final = 3
_DRIVEN: Final = 16
_LEAST_DRIVEN: Final = 1
_UNKNOWN: Final = QualityFindings(0, 0, 0, 0, 0, 0)
"""Of bars as they are: what is wrong with them, each run says."""
_SEED: Final = 14


@cache
def combinations(names: tuple[str, ...]) -> tuple[dict[str, BackendName], ...]:
    """Return what serves under every combination of ``false`` and ``auto``, each way of serving once.

    The reference alone is first, Rust alone last.
    """
    usable = NativeStatus(is_usable=True, why="there")
    found: dict[tuple[str, ...], Sides] = {}
    for values in product(("false", "auto"), repeat=len(names)):
        settings = {name: FlagSetting(value, "override") for name, value in zip(names, values, strict=True)}  # type: ignore[arg-type]  # both are values
        sides = make_plan(settings, lambda: usable, names).serving(names[-1]).candidate
        found.setdefault(tuple(sides[name] for name in names), sides)
    return tuple(dict(sides) for _, sides in sorted(found.items()))


@check("flags", "portfolio")
def every_combination_of_a_run(bench: Bench) -> None:
    """Generated runs, some with detail bars, under every combination, against the reference alone."""
    alone, *others = combinations(ENGINE_COMPONENTS)
    trades = 0
    seed = bench.extent.seed or _SEED
    for case in chain(
        sample_cases(bench.extent.few(_CASES, _LEAST_CASES), seed),
        (detailed(seed, index) for index in range(bench.extent.few(_DETAILED, _LEAST_DETAILED))),
    ):
        bars = Bars(case.bars, case.config.symbol, case.config.timeframe, _UNKNOWN)
        reference = capture(partial(_run, case, bars, alone))
        for sides in others:
            bench.agree(partial(_again, reference), partial(_run, case, bars, sides), about=_about(case, sides))
        trades += reference.trades.num_rows if isinstance(reference, RunOutput) else 0
    bench.require(trades > 0, "nothing was traded")


@check("flags", "portfolio")
def every_combination_over_ticks(bench: Bench) -> None:
    """The same over ticks, where no indicator is asked."""
    alone, *others = combinations(ENGINE_COMPONENTS)
    for case in _with_signals(bench):
        ticks = ticks_of(case.bars, case.config.timeframe, keyed_bytes(_SEED, 0, case.bars.num_rows))
        reference = capture(partial(_run_ticks, case, ticks, alone))
        for sides in others:
            bench.agree(partial(_again, reference), partial(_run_ticks, case, ticks, sides), about=_about(case, sides))


@check("flags", "portfolio")
def every_combination_step_by_step(bench: Bench) -> None:
    """Simulators under every combination stay in step with the reference."""
    for case in _with_signals(bench):
        for sides in combinations(SIMULATOR_COMPONENTS)[1:]:
            driven = drive(case, makers=(reference_factory("execution_simulator"), partial(_simulator, sides)))
            why = "" if driven.divergence is None else driven.divergence.text()
            bench.require(not why, f"{_about(case, sides)}: {why}", case)
            bench.count(driven.comparisons)


def _with_signals(bench: Bench) -> Iterator[Case]:
    for index in range(bench.extent.few(_DRIVEN, _LEAST_DRIVEN)):
        yield tick_base(bench.extent.seed or _SEED, index)


def _simulator(sides: Sides, config: EngineConfig) -> ExecutionSimulator:
    return create_simulator(sides, config)


def _run(case: Case, bars: Bars, sides: Sides) -> RunOutput:
    return run_over(create_engine(sides, case.config, bars), case.bars, case.signals, case.config, detail=case.detail)


def _run_ticks(case: Case, ticks: pa.Table, sides: Sides) -> RunOutput:
    return run_over(create_engine(sides, case.config, None), ticks, case.signals, case.config)


def _again(outcome: RunOutput | Failure) -> RunOutput | Failure:
    return outcome


def _about(case: Case, sides: Sides) -> str:
    return f"{case.name}, Rust: {', '.join(name for name, side in sides.items() if side == 'rust')}"
