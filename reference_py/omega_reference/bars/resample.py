"""Bars of a higher timeframe, and from when on a primary bar may see each of them (G-2, G-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_HOUR_US: Final = 3_600_000_000
_DAY_CLOCK_US: Final = 4 * _HOUR_US
"""From this length on bars follow a broker's day, which a change of its clock makes an hour shorter or longer."""


@dataclass(frozen=True, slots=True)
class HigherCloses:
    """Closes of a higher timeframe, and what each primary row sees of them."""

    closes: Sequence[float]
    visible: list[int]
    """How many have ended when the row is decided on."""
    current: list[int]
    """The same, 0 where the last one is missing (Q-G3)."""


def resampled_ends(timestamp: Sequence[int], close: Sequence[float], timeframe: int) -> tuple[list[int], list[float]]:
    """Return the ends (µs) and the closes of the bars that the buckets of a timeframe make (Q-G2, Q-G2b)."""
    ends: list[int] = []
    closes: list[float] = []
    for time, price in zip(timestamp, close, strict=True):
        end = (time // timeframe + 1) * timeframe
        if ends and ends[-1] == end:
            closes[-1] = price
        else:
            ends.append(end)
            closes.append(price)
    return ends, closes


def given_ends(timestamp: Sequence[int], timeframe: int) -> list[int]:
    """Return the ends of given bars, µs (Q-G2b)."""
    latest = timeframe + _HOUR_US if timeframe >= _DAY_CLOCK_US else timeframe
    ends: list[int] = []
    for row, time in enumerate(timestamp):
        is_next = row + 1 < len(timestamp) and timestamp[row + 1] <= time + latest
        ends.append(timestamp[row + 1] if is_next else time + timeframe)
    return ends


def visible_counts(ends: Sequence[int], timestamp: Sequence[int], length: int) -> list[int]:
    """Return how many bars have ended ``length`` after the time of each row (G-3)."""
    counts: list[int] = []
    seen = 0
    for time in timestamp:
        while seen < len(ends) and ends[seen] <= time + length:
            seen += 1
        counts.append(seen)
    return counts


def current_counts(visible: Sequence[int], stale_limit: int) -> list[int]:
    """Return the counts, 0 in the rows that the last visible bar is too old for (Q-G3)."""
    counts: list[int] = []
    before = age = 0
    for count in visible:
        age = 0 if count != before else age + 1
        before = count
        counts.append(0 if age > stale_limit else count)
    return counts
