"""How far the start of the data changes trades, and the warm-up after which it does not (Q-G4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from omega.before import Prepared, prepare
from omega.boundary.arguments import whole_numbers
from omega.boundary.guard import guarded
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import OnProgress, RunOutput
from omega.data.bars import Bars
from omega.data.times import microseconds
from omega.serve.tasks import run_task
from omega.settings.load import ConfigSource
from omega.strategy.base import Strategy

LATER: Final = (100, 200, 500, 1_000, 2_000, 5_000)

_Entry = tuple[int, str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """A run that began later.

    Attributes
    ----------
    left_out : int
        Bars that were left out at the front.
    trades : int
        Trades of the whole run that enter after them.
    differing : int
        Trades that only one of both runs has.
    settled_after : int
        Bars from its start until nothing differs any more.
    """

    left_out: int
    trades: int
    differing: int
    settled_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """What later starts changed; ``sufficient`` is the number of bars after which none changed a trade.

    It is None where nothing was traded: nothing is shown.
    """

    bars: int
    later: tuple[Later, ...]

    @property
    def sufficient(self) -> int | None:
        """The most that a run took to settle, bars."""
        if not any(one.trades or one.differing for one in self.later):
            return None
        return max(one.settled_after for one in self.later)

    def __str__(self) -> str:
        lines = [
            f"{one.left_out:>9,} bars later: {one.differing:>4,} of {one.trades:,} trades differ,"
            f" settled after {one.settled_after:,} bars"
            for one in self.later
        ]
        most = self.sufficient
        if most is None:
            return "\n".join([*lines, "no trade: nothing shows what warm-up suffices"])
        return "\n".join([*lines, f"a warm-up of {most:,} bars suffices: warmup_bars: {most}"])


@guarded("config")
def warm_up(
    config: ConfigSource,
    bars: Bars | object | None = None,
    *,
    strategy: Strategy | None = None,
    higher: Mapping[str, object] | None = None,
    later: Sequence[int] | None = None,
    backend: str | None = None,
    on_progress: OnProgress | None = None,
) -> WarmUp:
    """Find out how far the start of the data changes trades (Q-G4).

    Parameters
    ----------
    later : sequence of int, optional
        How many bars are left out at the front; from 100 to 5,000, as far as a half of the bars is left.
    on_progress : callable, optional
        Called with (runs done, runs in total).
    config, bars, strategy, higher, backend
        As of :func:`omega.run_backtest`. ``start`` of the configuration is left out: the first bar is one.

    Raises
    ------
    OmegaError
        As :func:`omega.run_backtest`; 1001 for bars too few to leave any out, 1003 for more than there are.
    """
    ready = prepare(config, bars, None, strategy, higher, None, backend)
    ready = replace(ready, rules=replace(ready.rules, start=None, close_at_end=False))
    count = len(ready.window)
    starts = _starts(later, count)
    whole = _entries(_run(ready, 0))
    found = []
    for done, start in enumerate(starts):
        found.append(_later(ready, whole, start))
        if on_progress is not None:
            on_progress(done + 1, len(starts))
    return WarmUp(bars=count, later=tuple(found))


def _starts(later: Sequence[int] | None, count: int) -> tuple[int, ...]:
    if later is None:
        if count < 2 * LATER[0]:
            message = f"{count} bars are too few to leave {LATER[0]} out; say how many (later=)"
            raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="G-4", column="later", value=count)
        return tuple(start for start in LATER if 2 * start <= count)
    starts = whole_numbers("later", later, rule="G-4")
    for start in starts:
        if not 1 <= start < count:
            message = f"1 to {count - 1} bars can be left out of {count}"
            raise omega_error(ErrorCode.OUT_OF_BOUNDS, message, rule="G-4", column="later", value=start)
    return tuple(sorted(set(starts)))


def _run(ready: Prepared, start: int) -> RunOutput:
    window = ready.window.window(start=int(ready.window.times[start]), end=None, warmup_bars=0)
    return run_task(window, None, ready.rules, None, ready.own).attempt(ready.plan.serving("event_engine").served, None)


def _entries(output: RunOutput) -> Counter[_Entry]:
    """Count the trades, and what is open at the end, by what tells them apart."""
    found: Counter[_Entry] = Counter()
    for table in (output.trades, output.positions):
        rows: list[dict[str, Any]] = table.select(["entry_time", "direction", "entry_price"]).to_pylist()
        found.update((microseconds(row["entry_time"]), row["direction"], row["entry_price"]) for row in rows)
    return found


def _later(ready: Prepared, whole: Counter[_Entry], start: int) -> Later:
    times = ready.window.times
    begun = Counter({entry: many for entry, many in whole.items() if entry[0] >= int(times[start])})
    own = _entries(_run(ready, start))
    differing = (begun - own) + (own - begun)
    last = max((entry[0] for entry in differing), default=None)
    settled = 0 if last is None else int(np.searchsorted(times, last)) + 1 - start
    return Later(left_out=start, trades=begun.total(), differing=differing.total(), settled_after=settled)
