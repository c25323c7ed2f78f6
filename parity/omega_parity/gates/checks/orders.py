"""Any order of calls of the simulators: drawn by a state machine, and generated sequences operation by operation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Final

from omega_parity.drive.lockstep import drive, driven_apart
from omega_parity.gates.checks.bench import Bench, CheckFailedError, LeftOutError, check
from omega_parity.generate.cases import Case
from omega_parity.generate.columns import times_of
from omega_parity.generate.reduce import reduce_case
from omega_parity.generate.sequences import sample_cases
from omega_parity.generate.steps import Step, bar_steps, handed_until
from omega_parity.golden.kept import folder_to_write, keep
from omega_parity.judge.replay import differs, replay_hint
from omega_parity.selftest.probe import ReferenceProbe, counted_rules, native_probe, why_no_probe

_DRIVEN: Final = 40
"""Sequences that are driven operation by operation, which is much slower than a run."""
_LEAST_DRIVEN: Final = 2
_MACHINES: Final = 100
_LEAST_MACHINES: Final = 4
_STEPS: Final = 25
"""Calls of a machine."""
_COUNTED: Final = 100
_LEAST_COUNTED: Final = 2
_STEPS_COUNTED: Final = 60
"""Machines whose rules are counted, and calls of one: so many meet every rule."""


@check("orders of calls", "execution_simulator")
def operation_by_operation(bench: Bench) -> None:
    """Both simulators stay equal after every call, and end where the run ends."""
    extent = bench.extent
    for case in sample_cases(extent.few(_DRIVEN, _LEAST_DRIVEN), extent.seed or 0):
        if case.signals is not None:
            _drive(bench, _for_simulators(case))


def _drive(bench: Bench, case: Case) -> None:
    driven = drive(case)
    bench.count(driven.comparisons)
    if driven.divergence is not None:
        smallest = reduce_case(case, lambda one: bool(driven_apart(one)))
        _fail(bench, smallest, driven_apart(smallest), tuple(bar_steps(smallest)), "driven")
    run = bench.sides[0].engine.run(case.bars, case.signals, case.config)
    bench.require(driven.final["hash"] == run.chain[-1].as_py(), f"{case.name}: the last digest is not the run's")
    bench.require(driven.final["equity"] == run.metrics["final_equity"], f"{case.name}: the equity is not the run's")


def _fail(bench: Bench, case: Case, why: str, steps: Sequence[Step], found_by: str) -> None:
    """Keep what only these calls show; where the run as a whole differs it is kept by its cause, as any other."""
    if differs(case, bench.sides):
        bench.require(False, f"{case.name}: {why}", case)
    place = keep(case, why, found_by=found_by, steps=steps, folder=bench.kept or folder_to_write())
    bench.require(False, f"{case.name}: {why}\n{replay_hint(place)}")


def _for_simulators(case: Case) -> Case:
    """What a run does besides its simulator is left out: warm-up, signals after the end, closing at the end."""
    assert case.signals is not None
    last = handed_until(case.config, times_of(case.bars)[-1])
    handed = [row for row, time in enumerate(times_of(case.signals)) if time <= last]
    config = replace(case.config, start=None, close_at_end=False)
    return replace(case, signals=case.signals.take(handed), config=config)


MET: Final[dict[str, tuple[int, int]]] = {}
"""How often each rule fired on either side when the machines were counted last, for the report."""


@check("orders of calls", "execution_simulator")
def rules_met(bench: Bench) -> None:
    """What the state machine meets of the rules it meets on both sides alike; the report counts each.

    Which ones depends on what is drawn; that generated input meets each is judged by the gate of the rules.
    """
    if find_spec("hypothesis") is None or native_probe() is None:
        raise LeftOutError(f"rules met: {why_no_probe() or 'Hypothesis, which draws the calls, is not installed'}")
    MET.update(met_rules(bench.extent.few(_COUNTED, _LEAST_COUNTED), bench.extent.seed))
    bench.require(any(min(hits) > 0 for hits in MET.values()), "the state machine met no rule")
    for rule, (reference, rust) in MET.items():
        if counted_rules()[rule].is_per_run:
            bench.agree(lambda: reference, lambda: rust, about=f"hits of {rule}")  # noqa: B023
        else:
            bench.count(1)


def met_rules(machines: int, seed: int | None) -> dict[str, tuple[int, int]]:
    """Let state machines drive both probes; return how often each rule fired, on either side."""
    import hypothesis
    from hypothesis.stateful import run_state_machine_as_test

    from omega_parity.drive.stateful import SimulatorMachine
    from omega_parity.gates.settings import search_settings

    rust, reference = native_probe(), ReferenceProbe()
    assert rust is not None, why_no_probe()
    pair = reference.component("execution_simulator"), rust.component("execution_simulator")

    class Machine(SimulatorMachine):
        """Counts for this check only."""

        makers = pair

    if seed is not None:
        hypothesis.seed(seed)(Machine)
    rust.reset_counts()
    run_state_machine_as_test(
        Machine, settings=search_settings(machines, is_random=seed is not None, steps=_STEPS_COUNTED)
    )
    hits = reference.rule_counts(), rust.rule_counts()
    return {rule: (hits[0][rule], hits[1][rule]) for rule in counted_rules()}


@check("orders of calls", "execution_simulator")
def any_order(bench: Bench) -> None:
    """Signals and bars, singly and in batches, right and wrong, with the invariants of E-20 after every call."""
    if find_spec("hypothesis") is None:
        raise LeftOutError("any order of calls: Hypothesis, which draws them, is not installed")
    import hypothesis
    from hypothesis.stateful import run_state_machine_as_test

    from omega_parity.drive.stateful import SimulatorMachine
    from omega_parity.gates.settings import search_settings

    class Machine(SimulatorMachine):
        """Counts for this check only."""

    extent = bench.extent
    if extent.seed is not None:
        hypothesis.seed(extent.seed)(Machine)
    machines = extent.few(_MACHINES, _LEAST_MACHINES)
    broken = ""
    try:
        settings = search_settings(machines, is_random=extent.seed is not None, steps=_STEPS)
        run_state_machine_as_test(Machine, settings=settings)
    except AssertionError as error:
        broken = str(error)
    if broken:
        if Machine.last is None:
            raise CheckFailedError(broken)
        case, steps = Machine.last.counterexample()
        _fail(bench, case, driven_apart(case, steps) or broken, steps, "stateful")
    bench.count(Machine.comparisons)
