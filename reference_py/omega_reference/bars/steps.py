"""Steps from bar to bar: which are right for a timeframe, and which timeframe a series has (T-4)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from omega.contract.errors import ErrorCode, OmegaError
from omega_reference.breaches import breach
from omega_reference.numbers import remainder

_MINUTE_US: Final = 60_000_000
_HOUR_US: Final = 60 * _MINUTE_US
_DAY_CLOCK_US: Final = 4 * _HOUR_US
"""From this length on bars follow a broker's day, which a change of its clock makes an hour shorter or longer."""
TIMEFRAMES_US: Final = tuple(minutes * _MINUTE_US for minutes in (1, 5, 15, 30, 60, 240, 1440))
"""M1 M5 M15 M30 H1 H4 D1 (T-4)."""

_STEP_MAX: Final = 9_223_372_036_854_775_807
_NAMED: Final = 3
"""So many of the commonest steps stand in a refusal."""


def longest_step(timeframe: int) -> int:
    """Return how long a single step of a timeframe is at most, µs (Q-T4)."""
    return timeframe + (_HOUR_US if timeframe >= _DAY_CLOCK_US else 0)


def is_step(before: int, after: int, timeframe: int) -> bool:
    """Whether the way from ``before`` to a later ``after`` is a whole number of bars, in H4 and D1 ± 1 h (Q-T4)."""
    step = after - before
    rest = remainder(step, timeframe)
    if rest == 0:
        return True
    is_hour_off = rest == timeframe - _HOUR_US or (rest == _HOUR_US and step > timeframe)
    return timeframe >= _DAY_CLOCK_US and is_hour_off


def uneven_rows(timestamp: list[int], timeframe: int) -> Iterator[int]:
    """Yield the rows that are later than the one before, but not by a right step."""
    for row in range(1, len(timestamp)):
        before, after = timestamp[row - 1], timestamp[row]
        if after > before and not is_step(before, after, timeframe):
            yield row


def step_breach(timestamp: list[int], timeframe: int) -> OmegaError | None:
    """Return the refusal of bars of which under half of the steps are right, at the first that is not (Q-T4)."""
    uneven = list(uneven_rows(timestamp, timeframe))
    steps = count_steps(timestamp)
    right = steps - len(uneven)
    if 2 * right >= steps:
        return None
    row = uneven[0]
    message = (
        f"{right} of {steps} steps are multiples of the timeframe, {timeframe // _MINUTE_US} min; the commonest are"
        f" {named_steps(commonest_steps(timestamp))}: name the timeframe that the bars have"
    )
    return breach(ErrorCode.CONSTRAINT_VIOLATION, "T-4", "timestamp", message, row, timestamp[row])


def find_timeframe(timestamp: list[int]) -> int:
    """Return the timeframe that most steps are equal to (Q-T4).

    Parameters
    ----------
    timestamp : list of int
        Open times, µs.

    Returns
    -------
    int
        Length of a bar, µs.

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT without a step; CONSTRAINT_VIOLATION where under half of the steps have the commonest length.
    """
    steps = count_steps(timestamp)
    if steps == 0:
        message = "fewer than two bars do not tell it: name it"
        raise breach(ErrorCode.INVALID_ARGUMENT, "T-4", "timeframe", message)
    counts = [0] * len(TIMEFRAMES_US)
    for before, after in pairwise(timestamp):
        if after - before in TIMEFRAMES_US:
            counts[TIMEFRAMES_US.index(after - before)] += 1
    most = 0
    for place, count in enumerate(counts):
        most = place if count > counts[most] else most
    if 2 * counts[most] >= steps:
        return TIMEFRAMES_US[most]
    common = commonest_steps(timestamp)
    message = (
        f"no timeframe has half of the {steps} steps; the commonest are {named_steps(common)}:"
        " name the timeframe if the others are gaps, or resample the bars"
    )
    value = common[0][0] if common[0][0] < _STEP_MAX else _STEP_MAX
    raise breach(ErrorCode.CONSTRAINT_VIOLATION, "T-4", "timestamp", message, value=value)


def count_steps(timestamp: list[int]) -> int:
    """Count the steps forward in time."""
    count = 0
    for before, after in pairwise(timestamp):
        count += after > before
    return count


def commonest_steps(timestamp: list[int]) -> list[tuple[int, int]]:
    """Return the commonest steps forward (µs, count), at most three, of equals the shortest first."""
    counts: dict[int, int] = {}
    for before, after in pairwise(timestamp):
        if after > before:
            counts[after - before] = counts.get(after - before, 0) + 1
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:_NAMED]


def named_steps(steps: list[tuple[int, int]]) -> str:
    """Name steps with how often they are there, in the largest unit that divides them."""
    named: list[str] = []
    for step, count in steps:
        length = f"{step} µs"
        for unit, name in ((_HOUR_US, "h"), (_MINUTE_US, "min"), (1_000_000, "s")):
            if remainder(step, unit) == 0:
                length = f"{step // unit} {name}"
                break
        named.append(f"{length} ({count} times)")
    return ", ".join(named)
