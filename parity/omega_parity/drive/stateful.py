"""A Hypothesis state machine that drives simulators of both sides in lock-step and checks E-20 after every operation.

Two symbols, each with a simulator of its own on either side: their calls alternate, and what one is asked is no matter
of the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from omega.compare.outcome import Failure
from omega.contract.errors import OmegaError
from omega.contract.schemas import SIGNALS, TIMESTAMP
from omega.contract.types import EngineConfig, Variant
from omega_parity.drive.components import Factory
from omega_parity.drive.invariants import Invariants
from omega_parity.drive.lockstep import LockStep, drive
from omega_parity.generate.cases import Case, Floors
from omega_parity.generate.columns import times_of
from omega_parity.generate.configurations import poor
from omega_parity.generate.reduce import plain_case, reduce_steps
from omega_parity.generate.signals.aimed import SIGNAL_BYTES, expand_signals
from omega_parity.generate.steps import Step, Update, used_rows, without_signal
from omega_parity.generate.strategies import bars, configurations, worlds
from omega_parity.generate.worlds import World

BARS: Final = 60
SYMBOLS: Final = 2

_WRONG: Final = ("a bar again", "no bars", "two bars", "signals in an old bar", "old signals", "an old tick", "updates")
_PARTS: Final = (None, None, None, 0.5, 0.7, 0.35, 0.01, 1.0)
_MOVES: Final = (None, None, -0.5, -0.1, 0.1, 0.5, 1.0)
"""New levels, in ranges of a bar from its close."""

_AIMED: Final = 6
"""Bars whose levels signals are aimed at."""

_Blocks = list[bytes]
_blocks = st.binary(min_size=SIGNAL_BYTES, max_size=SIGNAL_BYTES)
_which = st.sampled_from([0, 0, 1])
"""The first symbol goes further than the other."""


class Driven:
    """The simulators of one symbol on both sides, what they were given, and how far they are.

    Parameters
    ----------
    world, bars, config
    makers : tuple of Factory, optional
        What builds them; otherwise the product's.
    """

    def __init__(
        self, world: World, bars: pa.Table, config: EngineConfig, makers: tuple[Factory, Factory] | None
    ) -> None:
        self.steps: list[Step] = []
        self.pair = LockStep(config, makers)
        self._world, self._bars, self._config, self._makers = world, bars, config, makers
        self._invariants = Invariants(config)
        self._handed: list[pa.Table] = []
        self._case: Case | None = None
        """What was done up to the last signals: to join them again for each call takes longer than the call."""
        self._rows = 0
        self._asked: list[float | None] = []
        self._next = 0
        self._over = times_of(bars)[0]
        """When the last bar that came as one is over, µs: no tick is earlier."""
        self._stamped = times_of(bars)[0]
        """Time of the last signals, µs."""
        self._has_waiting = False
        """Whether a bar got signals whose exits were not evaluated."""

    @property
    def case(self) -> Case:
        """What was done, as explicit data; its calls are :attr:`steps`."""
        if self._case is None:
            signals = pa.concat_tables([SIGNALS.empty_table(), *self._handed]).combine_chunks()
            self._case = Case(
                name="stateful", bars=self._bars, signals=signals, config=self._config, data_hash="", floors=Floors()
            )
        return self._case

    @property
    def is_over(self) -> bool:
        """Whether no bar is left."""
        return self._next >= BARS

    def counterexample(self) -> tuple[Case, list[Step]]:
        """Return what was done, with no more calls, rows and settings than show a divergence."""
        case, steps = self.case, self.steps

        def diverges(case: Case, steps: Sequence[Step]) -> bool:
            try:
                return drive(case, steps, self._makers).divergence is not None
            except OmegaError:  # settings too plain for a simulator
                return False

        if not diverges(case, steps):
            return case, steps
        steps = reduce_steps(steps, lambda fewer: diverges(case, fewer))
        case, steps = used_rows(case, steps)
        for row in reversed(range(case.signals.num_rows if case.signals is not None else 0)):
            fewer = without_signal(case, steps, row)
            case, steps = fewer if diverges(*fewer) else (case, steps)
        return plain_case(case, lambda plainer: diverges(plainer, steps)), steps

    def signals(self, blocks: _Blocks) -> pa.Table:
        """Make signals that are due at the next bar, aimed at the levels of those that follow."""
        signals = expand_signals(self._world, self._bars.slice(self._next, _AIMED).combine_chunks(), blocks)
        now = times_of(self._bars)[self._next]
        # Now and then they come late, but not before others of their bar.
        time = now - 1 if blocks[0][0] & 1 and self._stamped < now else now
        self._stamped = time
        stamps = pa.array([time] * signals.num_rows, TIMESTAMP)
        return signals.set_column(0, SIGNALS.field("timestamp"), stamps)

    def hand_over(self, signals: pa.Table, by_ticks: bool) -> None:
        """Give signals at the next bar, or at its first tick."""
        first = self._rows
        self._handed.append(signals)
        self._case = None
        self._rows += signals.num_rows
        here = (self._next, self._next + 1)
        outcome = self._run(Step(bars=here, signals=(first, self._rows), by_ticks=self._can_tick(by_ticks)))
        if isinstance(outcome, pa.Table):
            self._asked += signals.column("size").to_pylist()
            self._has_waiting = True
        else:  # no signal is looked at when slippage is chosen, and v1 fills at its levels (Q-C1b)
            assert (outcome.rule, self._config.variant) == ("C-1", Variant.V1), f"refused: {outcome}"

    def evaluate(self, count: int, *, by_ticks: bool = False, singly: bool = False) -> None:
        """Evaluate the next bars, or their ticks."""
        count = min(count, BARS - self._next)
        by_ticks = self._can_tick(by_ticks)
        outcome = self._run(Step(bars=(self._next, self._next + count), by_ticks=by_ticks, singly=singly))
        assert isinstance(outcome, pa.Table), f"refused: {outcome}"
        self._next += count
        self._has_waiting = False
        if not by_ticks:
            self._over = times_of(self._bars)[self._next - 1] + self._config.timeframe

    def leave_out(self, count: int) -> None:
        """Leave bars out: what waits for the exits of a bar acts in the next one that is evaluated (Q-E15c)."""
        self._next = min(self._next + count, BARS - 1)
        self.evaluate(1)

    def update(self, draws: Sequence[tuple[int, float | None, float | None, float | None]]) -> None:
        """Change orders by their id: what lives, and now and then what has ended (B-4)."""
        if self._has_waiting or self._next == 0:
            return
        live: list[int] = self.pair.reference.positions().column("order_id").to_numpy().tolist()
        ids = [*live, *live, 1] if self._accepted else []
        if ids:
            close, reach = self._close_and_range()
            updates = tuple(self._update(ids, close, reach, draw) for draw in draws)
            outcome = self._run(Step(updates=updates))
            assert isinstance(outcome, pa.Table), f"refused: {outcome}"

    def close_all(self) -> None:
        """Close and cancel everything at the last bar's close (Q-E18b)."""
        outcome = self._run(Step(closes=True))
        assert isinstance(outcome, Failure) is self._has_waiting, f"refused or not: {outcome}"

    def resume(self) -> None:
        """Go on from snapshots, each side from the other's (R-1)."""
        self._run(Step(resumes=True))

    def misuse(self, what: str) -> None:
        """Make a call that must be refused, alike and without a change, if there is one now."""
        step = self._wrong_step(what)
        if step is None:
            return
        before = self.pair.state
        outcome = self._run(step)
        assert isinstance(outcome, Failure), f"{what} was not refused"
        assert self.pair.state == before, f"{what} was refused and changed the state"

    def check(self) -> None:
        """Compare log, cash and positions (E-20)."""
        if self.steps:
            reference = self.pair.reference
            self._invariants.check(reference.cash, reference.positions(), self._asked)

    @property
    def _accepted(self) -> int:
        return self._invariants.accepted

    def _can_tick(self, by_ticks: bool) -> bool:
        """Whether the next bar may come as its ticks: the bar before is over, and no rate or night ends before them."""
        is_free = not self._config.rates and self._config.swap is None
        return by_ticks and is_free and times_of(self._bars)[self._next] >= self._over

    def _close_and_range(self) -> tuple[float, float]:
        last = self._bars.slice(self._next - 1, 1).to_pylist()[0]
        return last["bid_close"], max(last["bid_high"] - last["bid_low"], 1e-4 * last["bid_close"])

    def _update(
        self, ids: Sequence[int], close: float, reach: float, draw: tuple[int, float | None, float | None, float | None]
    ) -> Update:
        place, stop, target, part = draw
        stop_loss, take_profit = (None if one is None else max(close + one * reach, 1e-9) for one in (stop, target))
        if stop_loss is None and take_profit is None and part is None:
            part = 1.0
        return ids[place % len(ids)], stop_loss, take_profit, part  # N-1: integers

    def _wrong_step(self, what: str) -> Step | None:
        """Make a call that must be refused now; None if there is none of that sort."""
        here = self._next
        last = (here - 1, here)
        if what == "no bars":
            return Step(bars=(0, 0))
        if what == "two bars":
            return Step(bars=(here, here + 2), signals=(self._rows, self._rows)) if here + 2 <= BARS else None
        if what == "updates":
            return Step(updates=((self._accepted + 1, None, None, 0.5),))
        if here == 0:
            return None
        if what == "an old tick":
            return Step(bars=(0, 1), by_ticks=True) if here > 1 else None
        if what == "old signals":
            times = times_of(pa.concat_tables(self._handed)) if self._handed else [0]
            # Two bars on: if the refused call were remembered, the next bar would be refused as well.
            is_old = here + 2 < BARS and times[0] < times[-1]
            return Step(bars=(here + 2, here + 3), signals=(0, self._rows)) if is_old else None
        return Step(bars=last) if what == "a bar again" else Step(bars=last, signals=(0, self._rows))

    def _run(self, step: Step) -> pa.Table | Failure:
        self.steps.append(step)
        outcome = self.pair.take(step, self.case)
        if isinstance(outcome, pa.Table):
            self._invariants.add(outcome)
        return outcome


class SimulatorMachine(RuleBasedStateMachine):
    """Signals, bars, ticks and changes, in batches and one by one, snapshots and wrong use, on both sides at once.

    A machine that fails leaves itself in :attr:`last`, from which the case can be kept.
    """

    makers: ClassVar[tuple[Factory, Factory] | None] = None
    last: ClassVar[SimulatorMachine | None] = None
    comparisons: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).last = self
        self._driven: list[Driven] = []
        self._current: Driven | None = None

    @initialize(data=st.data())
    def start(self, data: st.DataObject) -> None:
        """Choose a world, its bars and a configuration for each symbol."""
        for number in range(SYMBOLS):
            world: World = data.draw(worlds())
            rows = data.draw(bars(world, least=BARS, most=BARS))
            config = data.draw(configurations(world, times_of(rows)))
            # The second account is soon stopped out.
            self._driven.append(Driven(world, rows, poor(config) if number else config, self.makers))

    def counterexample(self) -> tuple[Case, list[Step]]:
        """Return what the last symbol that was called did, with no more than shows a divergence."""
        assert self._current is not None, "nothing was called"
        return self._current.counterexample()

    @rule(which=_which, blocks=st.lists(_blocks, min_size=2, max_size=8), by_ticks=st.booleans())
    def signals_in_a_batch(self, which: int, blocks: _Blocks, by_ticks: bool) -> None:
        """Hand over signals in one call."""
        one = self._of(which)
        if not one.is_over:
            one.hand_over(one.signals(blocks), by_ticks)

    @rule(which=_which, blocks=st.lists(_blocks, min_size=1, max_size=3), by_ticks=st.booleans())
    def signals_one_by_one(self, which: int, blocks: _Blocks, by_ticks: bool) -> None:
        """Hand over the same signals in a call each."""
        one = self._of(which)
        if not one.is_over:
            signals = one.signals(blocks)
            for row in range(signals.num_rows):
                one.hand_over(signals.slice(row, 1), by_ticks)

    @rule(which=_which, count=st.sampled_from([1, 1, 2, 3, 8]), by_ticks=st.booleans(), singly=st.booleans())
    def evaluate(self, which: int, count: int, by_ticks: bool, singly: bool) -> None:
        """Evaluate the next bars or their ticks, in one call or in many."""
        one = self._of(which)
        if not one.is_over:
            one.evaluate(count, by_ticks=by_ticks, singly=singly)

    @rule(which=_which, blocks=st.lists(_blocks, max_size=3), count=st.integers(1, 4))
    def a_later_bar(self, which: int, blocks: _Blocks, count: int) -> None:
        """Leave bars out, after signals or without."""
        one = self._of(which)
        if not one.is_over:
            if blocks:
                one.hand_over(one.signals(blocks), False)
            one.leave_out(count)

    @rule(
        which=_which,
        draws=st.lists(
            st.tuples(st.integers(0, 20), st.sampled_from(_MOVES), st.sampled_from(_MOVES), st.sampled_from(_PARTS)),
            min_size=1,
            max_size=4,
        ),
    )
    def updates(self, which: int, draws: list[tuple[int, float | None, float | None, float | None]]) -> None:
        """Change orders by their id, close parts of them and cancel them."""
        self._of(which).update(draws)

    @rule(which=_which)
    def everything_closes(self, which: int) -> None:
        """Close all, or be refused while the exits of a bar wait."""
        self._of(which).close_all()

    @rule(which=_which)
    def resume(self, which: int) -> None:
        """Go on from snapshots, each side from the other's (R-1)."""
        self._of(which).resume()

    @rule(which=_which, what=st.sampled_from(_WRONG))
    def wrong_use(self, which: int, what: str) -> None:
        """What is refused is refused alike, and changes nothing."""
        self._of(which).misuse(what)

    @invariant()
    def e_20(self) -> None:
        """The log, cash and positions tell the same story."""
        for one in self._driven:
            one.check()

    def teardown(self) -> None:
        """Count what was compared."""
        type(self).comparisons += sum(one.pair.comparisons for one in self._driven)

    def _of(self, which: int) -> Driven:
        self._current = self._driven[which]
        return self._current
