"""Whether a strategy looks ahead: the same run over fewer bars has to be the same up to its end (Q-G3c)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import numpy as np
import pyarrow as pa

from omega.before import Prepared, prepare
from omega.boundary.arguments import whole_number, whole_numbers
from omega.boundary.guard import guarded
from omega.compare.compare import chain_divergence
from omega.compare.outcome import Failure
from omega.compare.values import time_text
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import OnProgress, RunOutput
from omega.contract.types import EngineConfig, HigherBars, SignalTime, Timeframe
from omega.data.bars import Bars
from omega.serve.control import attempted
from omega.serve.tasks import asking_of, run_task
from omega.settings.load import ConfigSource
from omega.strategy.base import Strategy

CUTS: Final = 20
_OTHER: Final = 1.5
"""Closes of given higher bars that are not over at a cut are so many times what they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peek:
    """Where a strategy saw what comes later.

    Attributes
    ----------
    cut : int
        Row of the last bar of the shorter run.
    row : int
        First row that differs, at or before the cut; ``time`` is its bar's.
    what : str
        What differs there, as ``indicator 'fast'``, ``when``, ``order`` or ``state chain``.
    whole, shorter : object
        The value with all bars, and with those up to the cut.
    """

    cut: int
    row: int
    time: str
    what: str
    whole: object
    shorter: object

    def __str__(self) -> str:
        return (
            f"looked ahead: {self.what} of bar {self.row:,}, {self.time}, is {self.whole!r} with all bars and"
            f" {self.shorter!r} where they end with bar {self.cut:,}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookahead:
    """What the shorter runs showed.

    Attributes
    ----------
    cuts : tuple of int
        Rows after which the bars were cut off.
    orders : int
        Orders, or decisions of a built-in strategy, of the whole run: without any little is shown.
    peek : Peek or None
        The first that was found.
    """

    bars: int
    cuts: tuple[int, ...]
    orders: int
    peek: Peek | None

    @property
    def is_clean(self) -> bool:
        """Whether nothing differed."""
        return self.peek is None

    def __str__(self) -> str:
        if self.peek is not None:
            return str(self.peek)
        tried = f"{len(self.cuts)} cuts of {self.bars:,} bars"
        if not self.orders:
            return f"no look-ahead seen, but little is shown: nothing was asked for in {tried}"
        return f"no look-ahead: {tried}, {self.orders:,} orders, nothing differs"


@guarded("config")
def lookahead(
    config: ConfigSource,
    bars: Bars | object | None = None,
    *,
    strategy: Strategy | None = None,
    higher: Mapping[str, object] | None = None,
    cuts: int | Sequence[int] = CUTS,
    backend: str | None = None,
    on_progress: OnProgress | None = None,
) -> Lookahead:
    """Find out whether a strategy looks ahead, built-in or one's own (Q-G3c).

    It runs over all bars, and again over the bars up to each cut; series, ``when``, orders and state chain have to be
    the same up to there.

    Parameters
    ----------
    cuts : int or sequence of int
        How many cuts, a half of them spread over the run and a half in bars in which something was asked for; or the
        rows of the last bars.
    on_progress : callable, optional
        Called with (cuts done, cuts in total).
    config, bars, strategy, higher, backend
        As of :func:`omega.run_backtest`.

    Raises
    ------
    OmegaError
        As :func:`omega.run_backtest` of the whole run; 1001 where nothing can be cut off, 1003 for a cut that is no row
        before the last.
    """
    ready = prepare(config, bars, None, strategy, higher, None, backend)
    ready = replace(ready, rules=replace(ready.rules, close_at_end=False))
    whole = _Run(ready, len(ready.window))
    rows = _rows(cuts, ready, whole)
    for done, cut in enumerate(rows):
        found = _peek(ready, whole, cut)
        if on_progress is not None:
            on_progress(done + 1, len(rows))
        if found is not None:
            return Lookahead(bars=len(ready.window), cuts=rows[: done + 1], orders=whole.orders.num_rows, peek=found)
    return Lookahead(bars=len(ready.window), cuts=rows, orders=whole.orders.num_rows, peek=None)


class _Run:
    """A run over the first bars: its output, and what a strategy of one's own computed."""

    def __init__(self, ready: Prepared, rows: int) -> None:
        part, sides = ready.window.first(rows), ready.plan.serving("event_engine").served
        rules = ready.rules if rows == len(ready.window) else _with_other_future(ready.rules, int(part.times[-1]))
        self.series: dict[str, Any] = {}
        if ready.own is not None:
            asking = asking_of(ready.own, part, rules, sides)
            self.series = {f"indicator {name!r}": values for name, values in asking.series.items()}
            self.series["when"] = np.frombuffer(asking.rows, np.uint8)
        self.output: RunOutput = run_task(part, None, rules, None, ready.own).attempt(sides, None)
        self.orders = cast("pa.Table", self.output.decisions if ready.own is None else self.output.orders)


def _rows(cuts: int | Sequence[int], ready: Prepared, whole: _Run) -> tuple[int, ...]:
    """Return the rows to cut after, in rising order."""
    count = len(ready.window)
    first = count - len(whole.output.chain)
    if isinstance(cuts, Sequence) and not isinstance(cuts, str):
        rows = whole_numbers("cuts", cuts, rule="G-3")
        for row in rows:
            if not first <= row < count - 1:
                message = f"a cut is the row of a bar from {first} to {count - 2}"
                raise omega_error(ErrorCode.OUT_OF_BOUNDS, message, rule="G-3", column="cuts", value=row)
        return tuple(sorted(set(rows)))
    many = whole_number("cuts", cuts, rule="G-3")
    if many < 1 or count - first < 2:
        message = "nothing to cut off: ask for at least one cut of at least two bars"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="G-3", column="cuts", value=many)
    spread = {first + (count - 1 - first) * place // (many + 1) for place in range(1, many + 1)}
    asked = sorted(set(_order_rows(ready, whole.orders)) - {count - 1})
    busy = {asked[len(asked) * place // many] for place in range(many)} if asked else set()
    return tuple(sorted({*sorted(spread)[:: 2 if busy else 1], *sorted(busy)[::2]}))


def _order_rows(ready: Prepared, orders: pa.Table) -> list[int]:
    """Return the row of the bar of each order."""
    times = orders.column("timestamp").cast(pa.int64()).to_numpy()
    rules = ready.rules
    is_later = ready.own is not None and rules.signal_time is SignalTime.DECISION
    rows: list[int] = np.searchsorted(ready.window.times, times - (rules.timeframe if is_later else 0)).tolist()
    return rows


def _peek(ready: Prepared, whole: _Run, cut: int) -> Peek | None:
    def peek(row: int, what: str, one: object, other: object) -> Peek:
        time = time_text(int(ready.window.times[row]))
        return Peek(cut=cut, row=row, time=time, what=what, whole=one, shorter=other)

    attempt = attempted(lambda: _Run(ready, cut + 1))
    if attempt.error is not None:
        failure = Failure.of(attempt.error)
        row = failure.row if failure.row is not None and failure.row <= cut else cut
        return peek(row, "the run", "made", failure.message)
    part = attempt.result()
    for name, values in whole.series.items():
        for one, other in _pairs(values, part.series.get(name)):
            unequal = _first_unequal(one[: cut + 1], other)
            if unequal is not None:
                return peek(unequal, name, one[unequal].item(), other[unequal].item())
    given = [order for order in _placed(ready, whole.orders) if order[0] <= cut]
    again = _placed(ready, part.orders)
    for place in range(max(len(given), len(again))):
        wanted, found = (orders[place] if place < len(orders) else (cut, None) for orders in (given, again))
        if wanted != found:
            return peek(min(wanted[0], found[0]), "order", wanted[1], found[1])
    chain: Any = part.output.chain
    before: Any = whole.output.chain.slice(0, len(chain))
    parted = chain_divergence(replace(whole.output, chain=before), part.output)
    if parted is None:
        return None
    return peek(cut + 1 - len(chain) + parted, "state chain", before[parted].as_py().hex(), chain[parted].as_py().hex())


def _pairs(values: Any, others: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the outputs of a series beside those of the shorter run."""
    if isinstance(values, tuple):
        yield from zip(values, others, strict=True)
    else:
        yield values, others


def _first_unequal(one: Any, other: Any) -> int | None:
    unequal = (one != other) & ~((one != one) & (other != other))
    return int(np.argmax(unequal)) if unequal.any() else None


def _placed(ready: Prepared, orders: pa.Table) -> list[tuple[int, dict[str, Any] | None]]:
    """Return the row of the bar of each order, and what is set of it."""
    rows: list[dict[str, Any]] = orders.to_pylist()
    plain = [{name: value for name, value in row.items() if value is not None} for row in rows]
    return list(zip(_order_rows(ready, orders), plain, strict=True))


def _with_other_future(rules: EngineConfig, time: int) -> EngineConfig:
    """Change the closes of given higher bars that are not over at the end of the bar at ``time`` (Q-G2b)."""
    end = time + rules.timeframe
    changed = []
    for given in rules.higher_bars:
        closes = [
            close if over <= end else close * _OTHER for over, close in zip(_ends(given), given.closes, strict=True)
        ]
        changed.append(replace(given, closes=tuple(closes)))
    return replace(rules, higher_bars=tuple(changed))


def _ends(given: HigherBars) -> Iterator[int]:
    """Yield when each given bar is over at the latest."""
    longest = given.timeframe + (Timeframe.H1.value if given.timeframe >= Timeframe.H4.value else 0)
    times = given.timestamps
    for place, time in enumerate(times):
        following = times[place + 1] if place + 1 < len(times) else time + longest + 1
        yield following if following - time <= longest else time + given.timeframe
