"""The calls of a simulator over a case: which rows each is given, and what is left when some go."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, overload

import pyarrow as pa

from omega.contract.schemas import SIGNALS, TICKS
from omega.contract.types import EngineConfig, SignalTime
from omega_parity.generate.cases import Case
from omega_parity.generate.columns import prices_of, times_of

Update = tuple[int, float | None, float | None, float | None]
"""Of an order: its id, a new stop, a new target, and the fraction of it that is closed (B-4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call of a simulator over a case: ``process_signals`` if it has signals, else ``evaluate_exits``.

    Attributes
    ----------
    bars : tuple of int
        First row and the one after the last.
    signals : tuple of int or None
        The same in the signal table.
    by_ticks : bool
        Whether the bars come as their ticks (E-17), and signals at the first of them.
    singly : bool
        Whether bars or ticks come as records, in a call each.
    updates : tuple of Update
        Instead of all that: changes by order_id (B-4).
    closes : bool
        Instead: everything is closed (Q-E18b).
    resumes : bool
        Instead: a snapshot, with which another simulator of the other side goes on (R-1).
    """

    bars: tuple[int, int] = (0, 0)
    signals: tuple[int, int] | None = None
    by_ticks: bool = False
    singly: bool = False
    updates: tuple[Update, ...] = ()
    closes: bool = False
    resumes: bool = False

    def __str__(self) -> str:
        if self.resumes:
            return "snapshot, restored on the other side"
        if self.closes:
            return "close_all"
        if self.updates:
            return f"apply_updates of {', '.join(map(str, self.updates))}"
        what = "the ticks of bar" if self.by_ticks else "bar"
        if self.signals is not None:
            return f"process_signals of rows {_span(self.signals)} in {what} {self.bars[0]}"
        return f"evaluate_exits of {what}s {_span(self.bars)}{', one by one' if self.singly else ''}"

    def rows(self, case: Case) -> tuple[pa.Table, pa.Table | None]:
        """Return the bars, or their ticks, and the signals of ``case`` that the call is given."""
        bars = case.bars.slice(self.bars[0], self.bars[1] - self.bars[0])
        if self.by_ticks:
            bars = ticks_between(case.bars, self.bars, case.config.timeframe)
        if self.signals is None:
            return bars, None
        signals = SIGNALS.empty_table() if case.signals is None else case.signals
        return bars, signals.slice(self.signals[0], self.signals[1] - self.signals[0])


_POINTS: Final = (("open", "low", "high", "close"), ("open", "high", "low", "close"))


def ticks_between(bars: pa.Table, rows: tuple[int, int], timeframe: int) -> pa.Table:
    """Return the ticks of some bars: four of each, in even rows the low before the high, in every third at one time."""
    all_times, columns = times_of(bars), prices_of(bars)
    times, bid, ask = list[int](), list[float](), list[float]()
    for row in range(*rows):
        room = timeframe if row + 1 == len(all_times) else min(timeframe, all_times[row + 1] - all_times[row])
        step = 0 if row % 3 == 2 else room // 4  # N-1: integers
        for place, point in enumerate(_POINTS[row & 1]):
            times.append(all_times[row] + place * step)
            bid.append(columns[f"bid_{point}"][row])
            ask.append(columns[f"ask_{point}"][row])
    return pa.table([pa.array(times, TICKS.field(0).type), pa.array(bid), pa.array(ask)], schema=TICKS)


def _span(rows: tuple[int, int]) -> str:
    first, end = rows
    return "none" if first == end else str(first) if end - first == 1 else f"{first} to {end - 1}"


def bar_steps(case: Case) -> Iterator[Step]:
    """Yield the calls that equal a run: each bar with the signals due in it (L-1a), then its exits."""
    times = [] if case.signals is None else times_of(case.signals)
    done = 0
    for row, time in enumerate(times_of(case.bars)):
        due = done
        while due < len(times) and times[due] <= handed_until(case.config, time):
            due += 1
        if due > done:
            yield Step(bars=(row, row + 1), signals=(done, due))
        yield Step(bars=(row, row + 1))
        done = due


def handed_until(config: EngineConfig, bar_time: int) -> int:
    """Return the latest time of a signal that is handed over at a bar (L-1a)."""
    return bar_time + config.timeframe if config.signal_time is SignalTime.DECISION else bar_time


def used_rows(case: Case, steps: Sequence[Step]) -> tuple[Case, list[Step]]:
    """Leave out the bars and signals that no step is given; the steps name the rows that are left."""
    bars = sorted({row for step in steps for row in range(*step.bars)})
    rows = sorted({row for step in steps for row in range(*(step.signals or (0, 0)))})
    kept = replace(
        case, bars=_taken(case.bars, bars), signals=None if case.signals is None else _taken(case.signals, rows)
    )
    return kept, [replace(step, bars=_moved(step.bars, bars), signals=_moved(step.signals, rows)) for step in steps]


def without_signal(case: Case, steps: Sequence[Step], row: int) -> tuple[Case, list[Step]]:
    """Leave out one signal, wherever a step is given it."""
    assert case.signals is not None
    rows = [other for other in range(case.signals.num_rows) if other != row]
    kept = replace(case, signals=_taken(case.signals, rows))
    return kept, [replace(step, signals=_moved(step.signals, rows)) for step in steps]


def _taken(table: pa.Table, rows: Sequence[int]) -> pa.Table:
    return table.take(pa.array(rows, pa.int64())).combine_chunks()


@overload
def _moved(span: tuple[int, int], kept: Sequence[int]) -> tuple[int, int]: ...


@overload
def _moved(span: tuple[int, int] | None, kept: Sequence[int]) -> tuple[int, int] | None: ...


def _moved(span: tuple[int, int] | None, kept: Sequence[int]) -> tuple[int, int] | None:
    """Return where the rows of ``span`` are among the rows that are kept, in order."""
    return None if span is None else (bisect_left(kept, span[0]), bisect_left(kept, span[1]))
