"""What is read off the times and the equity of a run's bars: its days, and where something was open (Q-P5b, Q-P5c)."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

from omega.contract.types import Status
from omega_reference.execution.state import Account, Book, Log
from omega_reference.numbers import remainder

DAY: Final = 86_400_000_000
"""Microseconds."""
_WEEK: Final = 7
_THURSDAY: Final = 3
"""Of the day 0, where Monday is 0."""
_SATURDAY: Final = 5


def first_bar(account: Account, log: Log) -> int:
    """Return the row of the curve that is the first bar's: v1's extra point lies before it (P-4)."""
    times, first = log.timestamps, account.first_time
    return 1 if times and first is not None and times[0] < first else 0


def open_since(trigger_time: int | None, entry_time: int) -> int:
    """Return since when a position is open: its entry time where it has no trigger time (Q-E17b)."""
    return entry_time if trigger_time is None else trigger_time


def trading_day(time: int) -> int:
    """Return the number of the UTC day that a time, µs, belongs to, a weekend's being the Monday's after (Q-P5b)."""
    day = time // DAY
    weekday = remainder(day + _THURSDAY, _WEEK)
    return day + (_WEEK - weekday) if weekday >= _SATURDAY else day


def day_closes(account: Account, log: Log) -> list[float]:
    """Return the equity after the last bar of each day that has one (Q-P5b)."""
    times = log.timestamps
    closes, row = [], first_bar(account, log)
    while row < len(times):
        row = bisect_left(times, (trading_day(times[row]) + 1) * DAY, row)
        closes.append(log.equity_curve[row - 1])
    return closes


def exposed_bars(book: Book, account: Account, log: Log) -> int:
    """Return in how many bars a position was open (Q-P5c).

    What is open ends with the last bar and trades are in the order of closing, so that from the last to the first each
    ends no later than the ones before it, and a bar that was counted is never met again.
    """
    times = log.timestamps
    first, row, count = first_bar(account, log), len(times), 0
    spans = [(open_since(trade.trigger_time, trade.entry_time), trade.exit_time) for trade in log.trades]
    still_open = [position for position in book.positions if times and position.status is Status.OPEN]
    spans += [(open_since(position.trigger_time, position.entry_time), times[-1]) for position in still_open]
    for trigger_time, exit_time in reversed(spans):
        assert exit_time is not None, "T-7: closed"
        while row > first and times[row - 1] > exit_time:
            row -= 1
        while row > first and (times[row - 1] >= trigger_time or is_inside(log, row - 1, trigger_time)):
            row -= 1
            count += 1
    return count


def is_inside(log: Log, row: int, time: int) -> bool:
    """Whether a time lies inside of a bar, where only a detail bar can (Q-E22)."""
    times = log.timestamps
    return times[row] < time < log.known_at[row] and (row + 1 == len(times) or time < times[row + 1])
