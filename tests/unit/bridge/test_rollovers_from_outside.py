"""Instants of rollovers against values by hand (C-4): the clocks of New York, Sydney and Apia."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from omega.settings.rollovers import find_zone, is_clock_time, rollovers

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def within(clock: str, zone: str, first: str, last: str, triple: str = "wednesday") -> list[tuple[str, int]]:
    """Return the instants between two times of UTC, as text, and their nights."""
    found = zip(*rollovers(clock, zone, triple), strict=True)
    said = [((EPOCH + timedelta(microseconds=time)).strftime("%Y-%m-%d %H:%M"), nights) for time, nights in found]
    return [one for one in said if first <= one[0] <= last]


@pytest.mark.rule("C-4", "Q-C4")
def test_new_york_in_the_week_in_which_its_clocks_change() -> None:
    assert within("17:00", "America/New_York", "2024-03-06", "2024-03-14") == [
        ("2024-03-06 22:00", 3),
        ("2024-03-07 22:00", 1),
        ("2024-03-08 22:00", 1),
        ("2024-03-11 21:00", 1),
        ("2024-03-12 21:00", 1),
        ("2024-03-13 21:00", 3),
    ]


@pytest.mark.rule("Q-C4")
def test_weekdays_are_those_of_the_zone() -> None:
    # Monday eight o'clock in Sydney is Sunday in UTC.
    assert within("08:00", "Australia/Sydney", "2024-01-05", "2024-01-09", "monday") == [
        ("2024-01-07 21:00", 3),
        ("2024-01-08 21:00", 1),
    ]


@pytest.mark.rule("Q-C4")
def test_a_time_that_is_skipped_and_one_that_comes_twice() -> None:
    # Cairo put its clocks forward at midnight of Friday 2023-04-28, to 01:00: half past midnight is by the offset
    # before, 22:30 UTC. On Friday 2023-10-27 at 00:00 they went back to 23:00 of Thursday: half past eleven comes
    # twice, and the first one, 20:30 UTC, counts.
    assert within("00:30", "Africa/Cairo", "2023-04-26", "2023-04-29") == [
        ("2023-04-26 22:30", 1),
        ("2023-04-27 22:30", 1),
    ]
    assert ("2023-10-26 20:30", 1) in within("23:30", "Africa/Cairo", "2023-10-25", "2023-10-28")
    # Apia had no Friday 2011-12-30.
    assert within("17:00", "Pacific/Apia", "2011-12-30", "2012-01-04") == [
        ("2011-12-30 03:00", 1),
        ("2011-12-31 03:00", 1),
        ("2012-01-02 03:00", 1),
        ("2012-01-03 03:00", 1),
    ]


@pytest.mark.rule("Q-C4")
@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "Pacific/Apia", "Asia/Manila", "Africa/Cairo"])
def test_instants_rise_over_all_the_years(zone: str) -> None:
    found = rollovers("17:00", zone, "none")
    assert all(earlier < later for earlier, later in pairwise(found.instants))
    # Five in seven of the 47,482 days of 130 years, which begin and end on a Thursday.
    assert len(found.instants) == len(found.nights) == 33_916
    assert set(found.nights) == {1}


def test_a_clock_time() -> None:
    assert [is_clock_time(text) for text in ("00:00", "23:59", "24:00", "9:00", "17:00\n")] == [True, True] + [
        False
    ] * 3
    assert find_zone("UTC").key == "UTC"
