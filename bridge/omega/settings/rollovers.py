"""The rollovers of a swap (C-4): instants on the clock of a zone, and the nights that each of them ends."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from omega.contract.errors import ErrorCode, omega_error
from omega.contract.times import EPOCH, MICROSECOND

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2099
"""Q-C4."""

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday")
"""With a rollover, by their number."""

_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_TRIPLE_NIGHTS: Final = 3


class Rollovers(NamedTuple):
    """Instants, µs, and the nights of each."""

    instants: tuple[int, ...]
    nights: tuple[int, ...]


def is_clock_time(text: str) -> bool:
    """Whether a text is a time of the day, as 17:00."""
    return _CLOCK.fullmatch(text) is not None


@lru_cache(maxsize=16)
def rollovers(clock: str, zone: str, triple: str) -> Rollovers:
    """Return the rollovers from the first day of 1970 to the last of 2099 (Q-C4).

    Parameters
    ----------
    clock : str
        HH:MM.
    zone : str
        Name in the time-zone data base.
    triple : str
        Weekday whose rollover ends three nights, or ``none``.

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT for a zone that the data base of this machine has not.
    """
    found = find_zone(zone)
    hour, minute = (int(part) for part in clock.split(":"))
    instants, nights = [], []
    day, end = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
    while day <= end:
        weekday = day.weekday()
        if weekday < len(WEEKDAYS):
            wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=found)
            instants.append((wall - EPOCH) // MICROSECOND)
            nights.append(_TRIPLE_NIGHTS if WEEKDAYS[weekday] == triple else 1)
        day += timedelta(days=1)
    return Rollovers(tuple(instants), tuple(nights))


def find_zone(name: str) -> ZoneInfo:
    """Return a zone of the time-zone data base.

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT if it has none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a name that is a path, or a folder of zones
        raise omega_error(
            ErrorCode.INVALID_ARGUMENT,
            f"{name!r} is no time zone known here; write a name as America/New_York or UTC, and see `omega doctor`",
            rule="C-4",
            column="costs.swap.zone",
            value=name,
        ) from None
