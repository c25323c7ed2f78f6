"""What is odd in data, counted while they pass by: gaps, duplicates, crossed quotes, spikes, flats, … (Q-T12b)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from omega.contract.types import Timeframe
from omega.prepare import columns
from omega.prepare.columns import SATURDAY_US, WEEK_US, Floats, Mask, Times

_SHOWN: Final = 5
_TICK_GAP_US: Final = 3_600_000_000
_SPIKE: Final = 10.0
_COUNTED: Final = ("duplicates", "backward", "crossed", "zero_spread", "flats", "flats_without_volume", "weekend")


@dataclass(frozen=True, slots=True)
class Odd:
    """One kind of oddity.

    Attributes
    ----------
    count : int
    rows : tuple of int
        The first five rows, counted from 0.
    """

    count: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DataReport:
    """What is odd in bars or ticks.

    Attributes
    ----------
    content : str
        ``bars``, ``side`` or ``ticks``.
    rows : int
    first, last : int or None
        The first and the last row's time, µs since the epoch; None without rows.
    timeframe : int or None
        µs; None for ticks, and where there is no step.
    duplicates, backward, gaps, gaps_over_weekend, crossed, zero_spread : Odd
    spikes, flats, flats_without_volume, weekend : Odd
        As Q-T12b has them; ``gaps_over_weekend`` are some of ``gaps``.
    missing : int
        Bars that the gaps inside the week leave out.
    longest_gap : int
        µs; 0 without a gap.
    """

    content: str
    rows: int
    first: int | None
    last: int | None
    timeframe: int | None
    duplicates: Odd
    backward: Odd
    gaps: Odd
    gaps_over_weekend: Odd
    crossed: Odd
    zero_spread: Odd
    spikes: Odd
    flats: Odd
    flats_without_volume: Odd
    weekend: Odd
    missing: int
    longest_gap: int


class Reporter:
    """Looks at the chunks of one table in their order."""

    def __init__(self, timeframe: int | None = None) -> None:
        self._timeframe = timeframe
        self._content = "bars"
        self._rows = 0
        self._first: int | None = None
        self._last: int | None = None
        self._last_bid: float | None = None
        self._counts: Counter[str] = Counter()
        self._shown: dict[str, list[int]] = {name: [] for name in _COUNTED}
        self._steps: Counter[tuple[int, bool]] = Counter()
        self._step_rows: dict[tuple[int, bool], list[int]] = {}
        self._ranges: list[Floats] = []

    def add(self, table: pa.Table) -> None:
        """Look at the next chunk: columns of BARS, SIDE_BARS or TICKS."""
        if not table.num_rows:
            return
        self._content = "ticks" if columns.is_ticks(table) else "bars" if columns.sides(table) != [""] else "side"
        moments = columns.times(table)
        self._add_steps(moments)
        flats = columns.flat(table)
        self._count("crossed", columns.crossed(table))
        self._count("zero_spread", columns.zero_spread(table))
        self._count("flats", flats)
        self._count("flats_without_volume", flats & columns.without_volume(table))
        self._count("weekend", columns.on_weekend(moments))
        self._ranges.append(self._ranges_of(table))
        self._rows += table.num_rows

    def report(self) -> DataReport:
        """Sum up what passed by."""
        step = None if self._content == "ticks" else self._timeframe or self._commonest()
        least = _TICK_GAP_US if self._content == "ticks" else step
        gaps = [kind for kind in self._steps if least is not None and kind[0] > least]
        inside = [kind for kind in gaps if not kind[1]]
        missing = 0 if step is None else sum((kind[0] // step - 1) * self._steps[kind] for kind in inside)
        counted = {name: Odd(self._counts[name], tuple(self._shown[name])) for name in _COUNTED}
        return DataReport(
            content=self._content,
            rows=self._rows,
            first=self._first,
            last=self._last,
            timeframe=step,
            gaps=self._gaps(gaps),
            gaps_over_weekend=self._gaps([kind for kind in gaps if kind[1]]),
            spikes=self._spikes(),
            missing=missing,
            longest_gap=max((kind[0] for kind in gaps), default=0),
            **counted,
        )

    def _count(self, name: str, found: Mask) -> None:
        rows = np.flatnonzero(found)
        self._counts[name] += len(rows)
        shown = self._shown[name]
        shown += [self._rows + int(row) for row in rows[: _SHOWN - len(shown)]]

    def _add_steps(self, moments: Times) -> None:
        if self._first is None:
            self._first = int(moments[0])
        before = np.concatenate(([moments[0] if self._last is None else self._last], moments[:-1]))
        starts_at = int(self._last is None)
        steps = moments - before
        same = steps == 0
        same[:starts_at] = False
        self._count("duplicates", same)
        self._count("backward", steps < 0)
        over = (moments - SATURDAY_US) // WEEK_US > (before - SATURDAY_US) // WEEK_US
        rows = np.flatnonzero(steps > (_TICK_GAP_US if self._content == "ticks" else 0))
        keys = steps[rows] * 2 + over[rows]
        for key, first, count in zip(*np.unique(keys, return_index=True, return_counts=True), strict=True):
            kind = (int(key) // 2, bool(key % 2))
            self._steps[kind] += int(count)
            shown = self._step_rows.setdefault(kind, [])
            if len(shown) < _SHOWN:
                found = [first] if count == 1 else np.flatnonzero(keys == key)[: _SHOWN - len(shown)]
                shown += [self._rows + int(rows[place]) for place in found]
        self._last = int(moments[-1])

    def _commonest(self) -> int | None:
        known = {int(one) for one in Timeframe}
        counts: Counter[int] = Counter()
        for (step, _), count in self._steps.items():
            counts[step] += count
        best = max(counts.items(), key=lambda one: (one[0] in known, one[1], -one[0]), default=None)
        return None if best is None else best[0]

    def _gaps(self, kinds: list[tuple[int, bool]]) -> Odd:
        rows = sorted(row for kind in kinds for row in self._step_rows[kind])
        return Odd(sum(self._steps[kind] for kind in kinds), tuple(rows[:_SHOWN]))

    def _ranges_of(self, table: pa.Table) -> Floats:
        if self._content == "ticks":
            bid = columns.floats(table, "bid")
            before = np.concatenate(([bid[0] if self._last_bid is None else self._last_bid], bid[:-1]))
            self._last_bid = float(bid[-1])
            moves: Floats = np.abs(bid - before)
            return moves
        side = columns.sides(table)[0]
        return columns.floats(table, f"{side}high") - columns.floats(table, f"{side}low")

    def _spikes(self) -> Odd:
        if not self._rows:
            return Odd(0, ())
        ranges = np.concatenate(self._ranges)
        # From left to right, as Q-T2b says: a pairwise sum has other bits.
        mean = float(np.add.accumulate(ranges)[-1]) / len(ranges)
        rows = np.flatnonzero(ranges > _SPIKE * mean)
        return Odd(len(rows), tuple(int(row) for row in rows[:_SHOWN]))
