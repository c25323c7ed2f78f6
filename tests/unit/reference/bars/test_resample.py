"""Higher timeframes and who sees them: hand-calculated (G-2, G-3)."""

from __future__ import annotations

import pytest

from omega_reference.bars.resample import current_counts, given_ends, resampled_ends, visible_counts

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@pytest.mark.rule("G-2", "Q-G2", "Q-G2b")
def test_a_bucket_has_its_last_close_and_its_own_end() -> None:
    # M5 bars from 0:00 in quarters of an hour, of which that of 0:30 has no bar and that of 0:45 is not whole.
    times = [minutes * MINUTE for minutes in (0, 5, 15, 20, 25, 45)]
    ends, closes = resampled_ends(times, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 15 * MINUTE)
    assert ends == [15 * MINUTE, 30 * MINUTE, 60 * MINUTE]
    assert closes == [2.0, 5.0, 6.0]
    assert resampled_ends([-1], [1.0], MINUTE) == ([0], [1.0])


@pytest.mark.rule("Q-G2b")
@pytest.mark.parametrize(
    ("hours", "length", "ends"),
    [
        # Days of 24, 23 and 25 hours, then Friday's, after which the next is Monday's.
        ((0, 24, 47, 72, 144), DAY, (24, 47, 72, 96, 168)),
        ((0, 3, 8), 4 * HOUR, (3, 8, 12)),
        # Hours know no clock.
        ((0, 2), HOUR, (1, 3)),
        ((5,), DAY, (29,)),
    ],
)
def test_a_given_bar_ends_where_the_next_one_begins(hours: tuple[int, ...], length: int, ends: tuple[int, ...]) -> None:
    assert given_ends([hour * HOUR for hour in hours], length) == [hour * HOUR for hour in ends]


@pytest.mark.rule("G-3", "Q-G3")
def test_the_first_bar_of_sunday_evening_sees_fridays_day() -> None:
    # 1970-01-02 was a Friday: its day in UTC ends at midnight, when the market is closed.
    friday = [DAY + 21 * HOUR + 50 * MINUTE, DAY + 21 * HOUR + 55 * MINUTE]
    sunday = [3 * DAY + 22 * HOUR, 3 * DAY + 22 * HOUR + 5 * MINUTE]
    ends, closes = resampled_ends([*friday, *sunday], [1.0, 2.0, 3.0, 4.0], DAY)
    assert (ends, closes) == ([2 * DAY, 4 * DAY], [2.0, 4.0])
    assert visible_counts(ends, [*friday, *sunday], 5 * MINUTE) == [0, 0, 1, 1]


@pytest.mark.rule("G-3", "Q-G3")
def test_a_bar_is_seen_from_its_end_on_until_it_is_stale() -> None:
    times = [minutes * MINUTE for minutes in (0, 5, 10, 15, 20)]
    ends = [10 * MINUTE, 25 * MINUTE]
    visible = visible_counts(ends, times, 5 * MINUTE)
    assert visible == [0, 1, 1, 1, 2]
    assert visible_counts(ends, times, 0) == [0, 0, 1, 1, 1], "at the open of a bar"
    assert current_counts(visible, 0) == [0, 1, 0, 0, 2]
    assert current_counts(visible, 1) == [0, 1, 1, 0, 2]
    assert current_counts(visible, 2) == visible
