"""A Hypothesis state machine that drives both simulators in lock-step and checks E-20 after every operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from omega.compare.outcome import Failure
from omega.contract.schemas import SIGNALS, TIMESTAMP
from omega.contract.types import BelowMin, EngineConfig, Variant
from omega_parity.drive.components import Factory
from omega_parity.drive.lockstep import LockStep, drive
from omega_parity.generate.cases import Case, Floors
from omega_parity.generate.columns import times_of
from omega_parity.generate.reduce import plain_case, reduce_steps
from omega_parity.generate.signals.aimed import SIGNAL_BYTES, expand_signals
from omega_parity.generate.steps import Step, used_rows, without_signal
from omega_parity.generate.strategies import bars, configurations, worlds
from omega_parity.generate.worlds import World
from omega_reference.terms import symbol_terms
from omega_reference.worth import value_at

BARS: Final = 60

_NEXT: Final = {
    (None, "accepted"): "pending",
    ("pending", "opened"): "open",
    ("pending", "modified"): "pending",
    ("pending", "rejected"): "pending",
    ("pending", "expired"): "over",
    ("pending", "cancelled"): "over",
    ("open", "modified"): "open",
    ("open", "rejected"): "open",
    ("open", "partially_closed"): "open",
    ("open", "swap"): "open",
    ("open", "closed"): "over",
}
"""What an order is, and what happens to it, to what it is then; nothing else may happen."""

_LOTS_DIGITS: Final = 8


class Invariants:
    """Follows the event log and says what breaks E-20.

    Parameters
    ----------
    config : EngineConfig
    """

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._cash = config.initial_balance
        self._seq = 0
        self._last: dict[int, tuple[str, Any]] = {}
        """What each order is, and when something last happened to it."""
        self._size: dict[int, float | None] = {}
        """Size of each order's ``accepted`` row, canonical its lots, v1 the signal's; of its fill; of what is left."""
        self._parted: set[int] = set()

    def add(self, events: pa.Table) -> None:
        """Follow the events of one operation."""
        for event in events.to_pylist():
            assert event["seq"] == self._seq, f"event {event['seq']} follows {self._seq - 1}"
            self._seq += 1
            if event["order_id"] is not None:
                self._follow(event)
            if event["fee"] is not None:
                self._cash = self._cash - event["fee"]
            if event["result"] is not None:
                self._cash = self._cash + event["result"]

    def _follow(self, event: dict[str, Any]) -> None:
        order, kind = event["order_id"], event["kind"]
        before, time_before = self._last.get(order, (None, event["timestamp"]))
        assert (before, kind) in _NEXT, f"order {order} is {kind}, which was {before}"
        assert time_before <= event["timestamp"], f"order {order} goes back in time"
        assert kind != "accepted" or order == len(self._last) + 1, f"order ids have a gap before {order}"
        self._last[order] = (_NEXT[before, kind], event["timestamp"])
        if kind == "opened":
            is_sized = self._config.variant is Variant.CANONICAL
            assert not is_sized or event["size"] == self._size[order], f"order {order} has other lots than accepted"
        if kind in ("accepted", "opened"):
            self._size[order] = event["size"]
        elif kind == "partially_closed":
            self._parted.add(order)
            self._size[order] = round(self._size[order] - event["size"], _LOTS_DIGITS)
        elif kind == "closed":
            assert event["size"] == self._size[order], f"order {order} closes {event['size']} lots"

    def check(self, cash: float, positions: pa.Table, asked: Sequence[float | None]) -> None:
        """Compare the log with cash and positions; ``asked`` are the explicit sizes of all signals so far."""
        assert cash == self._cash, f"cash is {cash!r}, the log says {self._cash!r}"
        live = {order: state for order, (state, _) in self._last.items() if state != "over"}
        rows = positions.to_pylist()
        assert [row["order_id"] for row in rows] == list(live), "the positions are not those of the log"
        for row in rows:
            is_open = live[row["order_id"]] == "open"
            assert (row["status"] == "open") is is_open, f"order {row['order_id']} is {row['status']}"
            assert (row["size"] > 0.0) is is_open, f"order {row['order_id']} has size {row['size']}"
            if is_open:
                assert row["entry_time"] <= row["trigger_time"], f"order {row['order_id']} triggered before its entry"
                assert row["size"] == self._size[row["order_id"]], f"order {row['order_id']} has lots of its own"
                self._check_size(row, asked[row["signal_row"]])

    def _check_size(self, row: dict[str, Any], explicit: float | None) -> None:
        config = self._config
        if config.variant is Variant.V1 or config.below_min is BelowMin.CLAMP or row["order_id"] in self._parted:
            return
        value = value_at(symbol_terms(config).worth, row["order_price"], row["entry_time"])
        distance = abs(row["order_price"] - row["initial_stop_loss"]) * value
        raw = row["risk_per_trade"] / distance if explicit is None else explicit
        assert row["size"] <= raw + max(1e-12, raw * 1e-12) + 1e-8, (
            f"order {row['order_id']} has more lots than its raw size"
        )


class SimulatorMachine(RuleBasedStateMachine):
    """Signals in batches and one by one, bars one by one and in batches, and wrong use, on both sides at once.

    A machine that fails leaves itself in :attr:`last`, from which the case can be kept.
    """

    makers: ClassVar[tuple[Factory, Factory] | None] = None
    last: ClassVar[SimulatorMachine | None] = None
    comparisons: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).last = self
        self.steps: list[Step] = []
        self._handed: list[pa.Table] = []
        self._rows = 0
        self._asked: list[float | None] = []
        self._next = 0

    @initialize(data=st.data())
    def start(self, data: st.DataObject) -> None:
        """Choose a world, its bars and a configuration."""
        self._world: World = data.draw(worlds())
        self._bars = data.draw(bars(self._world, least=BARS, most=BARS))
        self._config = data.draw(configurations(self._world))
        self._pair = LockStep(self._config, self.makers)
        self._invariants = Invariants(self._config)

    @property
    def case(self) -> Case:
        """What was done, as explicit data; its calls are :attr:`steps`."""
        signals = pa.concat_tables([SIGNALS.empty_table(), *self._handed]).combine_chunks()
        return Case(
            name="stateful", bars=self._bars, signals=signals, config=self._config, data_hash="", floors=Floors()
        )

    def counterexample(self) -> tuple[Case, list[Step]]:
        """Return what was done, with no more calls, rows and settings than show a divergence."""
        case, steps = self.case, self.steps

        def diverges(case: Case, steps: Sequence[Step]) -> bool:
            return drive(case, steps, self.makers).divergence is not None

        if not diverges(case, steps):
            return case, steps
        steps = reduce_steps(steps, lambda fewer: diverges(case, fewer))
        case, steps = used_rows(case, steps)
        for row in reversed(range(case.signals.num_rows if case.signals is not None else 0)):
            fewer = without_signal(case, steps, row)
            case, steps = fewer if diverges(*fewer) else (case, steps)
        return plain_case(case, lambda plainer: diverges(plainer, steps)), steps

    @precondition(lambda self: self._next < BARS)
    @rule(blocks=st.lists(st.binary(min_size=SIGNAL_BYTES, max_size=SIGNAL_BYTES), min_size=1, max_size=5))
    def signals_in_a_batch(self, blocks: list[bytes]) -> None:
        """Hand over signals in one call."""
        self._hand_over(self._signals(blocks))

    @precondition(lambda self: self._next < BARS)
    @rule(blocks=st.lists(st.binary(min_size=SIGNAL_BYTES, max_size=SIGNAL_BYTES), min_size=1, max_size=3))
    def signals_one_by_one(self, blocks: list[bytes]) -> None:
        """Hand over the same signals in a call each."""
        signals = self._signals(blocks)
        for row in range(signals.num_rows):
            self._hand_over(signals.slice(row, 1))

    @precondition(lambda self: self._next < BARS)
    @rule()
    def one_bar(self) -> None:
        """Evaluate the next bar."""
        self._evaluate(1)

    @precondition(lambda self: self._next < BARS)
    @rule(count=st.integers(2, 12))
    def several_bars(self, count: int) -> None:
        """Evaluate the next bars in one call."""
        self._evaluate(min(count, BARS - self._next))

    @precondition(lambda self: self._next < BARS)
    @rule(blocks=st.lists(st.binary(min_size=SIGNAL_BYTES, max_size=SIGNAL_BYTES), max_size=3), bars=st.integers(1, 4))
    def a_later_bar(self, blocks: list[bytes], bars: int) -> None:
        """Leave bars out: what waits for the exits of a bar acts in the next one that is evaluated (Q-E15c)."""
        if blocks:
            self._hand_over(self._signals(blocks))
        self._next = min(self._next + bars, BARS - 1)
        self._evaluate(1)

    @rule()
    def resume(self) -> None:
        """Go on from snapshots, each side from the other's (R-1)."""
        self._run(Step(resumes=True))

    @rule(what=st.sampled_from(["a bar again", "no bars", "two bars", "signals in an old bar", "old signals"]))
    def wrong_use(self, what: str) -> None:
        """What is refused is refused alike, and changes nothing."""
        step = self._wrong_step(what)
        if step is None:
            return
        before = self._pair.state
        outcome = self._run(step)
        assert isinstance(outcome, Failure), f"{what} was not refused"
        assert self._pair.state == before, f"{what} was refused and changed the state"

    def _wrong_step(self, what: str) -> Step | None:
        """Make a call that must be refused now; None if there is none of that sort."""
        here = self._next
        last = (here - 1, here)
        if what == "no bars":
            return Step(bars=(0, 0))
        if what == "two bars":
            return Step(bars=(here, here + 2), signals=(self._rows, self._rows)) if here + 2 <= BARS else None
        if here == 0:
            return None
        if what == "old signals":
            times = times_of(pa.concat_tables(self._handed)) if self._handed else [0]
            # Two bars on: if the refused call were remembered, the next bar would be refused as well.
            is_old = here + 2 < BARS and times[0] < times[-1]
            return Step(bars=(here + 2, here + 3), signals=(0, self._rows)) if is_old else None
        return Step(bars=last) if what == "a bar again" else Step(bars=last, signals=(0, self._rows))

    @invariant()
    def e_20(self) -> None:
        """The log, cash and positions tell the same story."""
        if self.steps:
            reference = self._pair.reference
            self._invariants.check(reference.cash, reference.positions(), self._asked)

    def teardown(self) -> None:
        """Count what was compared."""
        if hasattr(self, "_pair"):
            type(self).comparisons += self._pair.comparisons

    def _signals(self, blocks: list[bytes]) -> pa.Table:
        """Make signals that are due at the next bar."""
        signals = expand_signals(self._world, self._bars, blocks)
        now = self._bars.column("timestamp")[self._next]
        stamps = pa.array([now.value] * signals.num_rows, TIMESTAMP)
        return signals.set_column(0, SIGNALS.field("timestamp"), stamps)

    def _hand_over(self, signals: pa.Table) -> None:
        first = self._rows
        self._handed.append(signals)
        self._rows += signals.num_rows
        outcome = self._run(Step(bars=(self._next, self._next + 1), signals=(first, self._rows)))
        if isinstance(outcome, pa.Table):
            self._asked += signals.column("size").to_pylist()
        else:  # no signal is looked at when slippage is chosen, and v1 fills at its levels (Q-C1b)
            assert (outcome.rule, self._config.variant) == ("C-1", Variant.V1), f"refused: {outcome}"

    def _evaluate(self, count: int) -> None:
        outcome = self._run(Step(bars=(self._next, self._next + count)))
        assert isinstance(outcome, pa.Table), f"refused: {outcome}"
        self._next += count

    def _run(self, step: Step) -> pa.Table | Failure:
        self.steps.append(step)
        outcome = self._pair.take(step, self.case)
        if isinstance(outcome, pa.Table):
            self._invariants.add(outcome)
        return outcome
