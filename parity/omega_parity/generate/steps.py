"""The calls of a simulator over a case: which rows each is given, and what is left when some go."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import overload

import pyarrow as pa

from omega.contract.schemas import SIGNALS
from omega.contract.types import EngineConfig, SignalTime
from omega_parity.generate.cases import Case
from omega_parity.generate.columns import times_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call of a simulator over a case: ``process_signals`` if it has signals, else ``evaluate_exits``.

    Attributes
    ----------
    bars : tuple of int
        First row and the one after the last.
    signals : tuple of int or None
        The same in the signal table.
    resumes : bool
        Instead of all that: a snapshot, with which another simulator of the other side goes on (R-1).
    """

    bars: tuple[int, int] = (0, 0)
    signals: tuple[int, int] | None = None
    resumes: bool = False

    def __str__(self) -> str:
        if self.resumes:
            return "snapshot, restored on the other side"
        if self.signals is not None:
            return f"process_signals of rows {_span(self.signals)} in bar {self.bars[0]}"
        return f"evaluate_exits of bars {_span(self.bars)}"

    def rows(self, case: Case) -> tuple[pa.Table, pa.Table | None]:
        """Return the bars and signals of ``case`` that the call is given."""
        bars = case.bars.slice(self.bars[0], self.bars[1] - self.bars[0])
        if self.signals is None:
            return bars, None
        signals = SIGNALS.empty_table() if case.signals is None else case.signals
        return bars, signals.slice(self.signals[0], self.signals[1] - self.signals[0])


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
