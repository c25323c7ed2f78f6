"""Drive both execution simulators operation by operation and stop at the first difference (E-19).

Each side gets copies of its own; after every operation the event rows it returned (or its error), cash, equity, the
state hash and the positions are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast

import pyarrow as pa

from omega.compare.answers import compare_results
from omega.compare.compare import Comparison, Difference, compare_failures
from omega.compare.outcome import Failure
from omega.compare.values import decimal_text
from omega.contract.batches import UPDATES
from omega.contract.protocols import ExecutionSimulator
from omega.contract.schemas import EVENTS, STATE_PARTS
from omega.contract.types import Bar, EngineConfig, Tick
from omega_parity.drive.components import Factory, factories
from omega_parity.drive.fields import MAX_LINES, FieldDifference
from omega_parity.drive.observe import capture, fresh_copy
from omega_parity.generate.cases import Case
from omega_parity.generate.columns import times_of
from omega_parity.generate.steps import Step, bar_steps

LABELS: Final = ("reference", "Rust")

State = dict[str, float | bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDivergence:
    """The first operation after which the sides differ.

    Attributes
    ----------
    number : int
        Of the operation, from 0.
    what : str
        Which comparison failed: the outcome, the state or the positions.
    before : dict
        State that both sides had before it.
    """

    number: int
    operation: str
    what: str
    before: State
    differences: tuple[Difference, ...]
    labels: tuple[str, str] = LABELS

    def text(self) -> str:
        """At most 25 lines for a terminal."""
        before = ", ".join(f"{name} {decimal_text(value)}" for name, value in self.before.items())
        lines = [
            f"operation {self.number}, {self.operation}: {self.what} differs",
            f"  before, on both sides: {before}",
        ]
        for one in self.differences:
            row = "" if one.row is None else f", row {one.row}"
            name = f"{one.field}{row}"
            lines += FieldDifference(field=name, reference=one.reference, candidate=one.candidate).lines(self.labels)
        return "\n".join(lines[:MAX_LINES])


class DivergedError(AssertionError):
    """Both simulators stopped being equal.

    Attributes
    ----------
    divergence : StepDivergence
    """

    def __init__(self, divergence: StepDivergence) -> None:
        super().__init__(divergence.text())
        self.divergence = divergence


class LockStep:
    """Two simulators of one configuration, kept in step.

    Attributes
    ----------
    comparisons : int
        Values compared so far.
    operations : int
        Operations done so far.

    Raises
    ------
    DivergedError
        From the operation that first differs; both are of no use afterwards.
    """

    def __init__(self, config: EngineConfig, makers: tuple[Factory, Factory] | None = None) -> None:
        self._makers = factories("execution_simulator") if makers is None else makers
        self._config = config
        self._simulators: list[ExecutionSimulator] = [make(config) for make in self._makers]
        self.comparisons = 0
        self.operations = 0
        self._before: State = {}
        states = [self._state(one) for one in self._simulators]
        self._check("construction", "the state", states)
        self._before = states[0]

    @property
    def reference(self) -> ExecutionSimulator:
        """The reference's simulator, to ask (not to drive)."""
        return self._simulators[0]

    @property
    def state(self) -> State:
        """State that both sides have: cash, equity, hash."""
        return dict(self._before)

    def process_signals(self, bar: pa.Table, signals: pa.Table, about: str = "process_signals") -> pa.Table | Failure:
        """Let both process signals; return the reference's event rows, or its error."""
        return self._settle(about, lambda one: one.process_signals(fresh_copy(bar), fresh_copy(signals)))

    def evaluate_exits(self, bars: pa.Table, about: str = "evaluate_exits") -> pa.Table | Failure:
        """Let both evaluate exits; return the reference's event rows, or its error."""
        return self._settle(about, lambda one: one.evaluate_exits(fresh_copy(bars)))

    def resume(self, about: str = "snapshot") -> pa.Table:
        """Let each side go on from the snapshot of the other, in a simulator of its own (R-1); return no rows."""
        snapshots = [one.snapshot() for one in self._simulators]
        for name in STATE_PARTS:
            self._check(about, f"the part {name}", [parts[name] for parts in snapshots])
        self._simulators = [make(self._config) for make in self._makers]
        for simulator, parts in zip(self._simulators, reversed(snapshots), strict=True):
            simulator.restore({name: fresh_copy(part) for name, part in parts.items()})
        return cast("pa.Table", self._settle(about, lambda _: EVENTS.empty_table()))

    def take(self, step: Step, case: Case) -> pa.Table | Failure:
        """Make one call over a case."""
        if step.resumes:
            return self.resume(str(step))
        if step.closes:
            return self._settle(str(step), lambda one: one.close_all())
        if step.updates:
            columns = [[*column] for column in zip(*step.updates, strict=True)]
            return self._settle(str(step), lambda one: one.apply_updates(*columns))
        rows, signals = step.rows(case)
        if step.singly:
            return self._one_by_one(rows, str(step))
        if step.by_ticks and signals is None:
            return self._settle(str(step), lambda one: one.evaluate_ticks(fresh_copy(rows)))
        if signals is None:
            return self.evaluate_exits(rows, str(step))
        if step.by_ticks:
            first = rows.slice(0, 1)
            return self._settle(str(step), lambda one: one.process_tick_signals(fresh_copy(first), fresh_copy(signals)))
        return self.process_signals(rows, signals, str(step))

    def apply_updates(self, updates: pa.Table, about: str = "apply_updates") -> pa.Table | Failure:
        """Let both change orders by id (B-4); return the reference's event rows, or its error."""
        columns: list[list[Any]] = [updates.column(name).to_pylist() for name in UPDATES.schema.names]
        return self._settle(about, lambda one: one.apply_updates(*columns))

    def _one_by_one(self, rows: pa.Table, about: str) -> pa.Table | Failure:
        """Let both evaluate bars, or ticks, that come as records, up to the first that is refused."""
        events = [EVENTS.empty_table()]
        names = [name for name in rows.column_names if name != "timestamp"]
        columns = rows.select(names).to_pydict()
        for row, time in enumerate(times_of(rows)):
            fields = {name: columns[name][row] for name in names}
            found = self._settle(about, partial(_evaluate_record, time, fields))
            if isinstance(found, Failure):
                return found
            events.append(found)
        return pa.concat_tables(events)

    def _settle(self, about: str, operation: Callable[[ExecutionSimulator], pa.Table]) -> pa.Table | Failure:
        outcomes = [capture(partial(operation, one)) for one in self._simulators]
        self._check(about, "the outcome", outcomes)
        self._check(about, "the state", [self._state(one) for one in self._simulators])
        self._check(about, "a position", [one.positions() for one in self._simulators])
        self._before = self._state(self._simulators[0])
        self.operations += 1
        return outcomes[0]

    def _check(self, about: str, what: str, values: list[Any]) -> None:
        comparison = _compare(*values)
        self.comparisons += comparison.comparisons
        if comparison.differences:
            raise DivergedError(
                StepDivergence(
                    number=self.operations,
                    operation=about,
                    what=what,
                    before=self._before,
                    differences=comparison.differences,
                )
            )

    @staticmethod
    def _state(simulator: ExecutionSimulator) -> State:
        return {"cash": simulator.cash, "equity": simulator.equity, "hash": simulator.state_hash}


def _evaluate_record(time: int, fields: dict[str, float], one: ExecutionSimulator) -> pa.Table:
    if "bid" in fields:
        return one.evaluate_tick(Tick(timestamp=time, **fields))
    return one.evaluate_bar(Bar(timestamp=time, **fields))


def _compare(reference: object, candidate: object) -> Comparison:
    """Compare what was captured; an error is an outcome like any other."""
    if isinstance(reference, Failure) or isinstance(candidate, Failure):
        return compare_failures(reference, candidate)
    return compare_results(reference, candidate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """A whole case in lock-step.

    Attributes
    ----------
    final : dict
        State after the last operation that was equal.
    """

    operations: int
    comparisons: int
    final: State
    divergence: StepDivergence | None = None


def drive(case: Case, steps: Iterable[Step] | None = None, makers: tuple[Factory, Factory] | None = None) -> Drive:
    """Drive both simulators over ``case``, bar by bar unless ``steps`` says how, up to the first difference."""
    pair = LockStep(case.config, makers)
    divergence = None
    try:
        for step in bar_steps(case) if steps is None else steps:
            pair.take(step, case)
    except DivergedError as error:
        divergence = error.divergence
    return Drive(operations=pair.operations, comparisons=pair.comparisons, final=pair.state, divergence=divergence)


def driven_apart(case: Case, steps: Iterable[Step] | None = None, makers: tuple[Factory, Factory] | None = None) -> str:
    """Say where :func:`drive` finds the sides to differ; nothing if they do not."""
    divergence = drive(case, steps, makers).divergence
    return "" if divergence is None else divergence.text()
