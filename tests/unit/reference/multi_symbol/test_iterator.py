from __future__ import annotations

import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega_reference.multi_symbol.iterator import Pass, check_part
from omega_reference.multi_symbol.slice import current_row, last_seen

TIMES = ([10, 20, 40], [20, 30])
TIMELINE = [10, 20, 30, 40]


def walked(first: int, stop: int) -> list[tuple[int, int, list[int]]]:
    walk, found = Pass(TIMES, TIMELINE, first, stop), []
    while walk.advance(TIMES, TIMELINE):
        found.append((walk.step, walk.timestamp, list(walk.seen)))
    assert not walk.advance(TIMES, TIMELINE)
    return found


@pytest.mark.rule("M-2", "Q-M3")
def test_a_pass_shows_every_step_with_what_was_seen() -> None:
    whole = walked(0, 4)
    assert whole == [(0, 10, [1, 0]), (1, 20, [2, 1]), (2, 30, [2, 2]), (3, 40, [3, 2])]
    for first in range(5):
        for stop in range(first, 5):
            assert walked(first, stop) == whole[first:stop]


@pytest.mark.rule("Q-M3")
def test_bars_that_an_intersection_passes_over_are_seen() -> None:
    times = ([10, 20, 30, 40], [30])
    walk = Pass(times, [30], 0, 1)
    assert walk.seen == [2, 0]
    assert walk.advance(times, [30])
    assert walk.seen == [3, 1]


@pytest.mark.rule("Q-M1", "Q-M3")
def test_the_current_bar_is_the_last_seen_one_of_exactly_that_time() -> None:
    assert (last_seen(0), current_row(TIMES[0], 0, 5)) == (None, None)
    assert (last_seen(2), current_row(TIMES[0], 2, 30)) == (1, None)
    assert (last_seen(3), current_row(TIMES[0], 3, 40)) == (2, 2)


@pytest.mark.rule("Q-M2")
def test_a_part_lies_inside() -> None:
    assert (check_part(0, 3, 3), check_part(3, 3, 3)) == ((0, 3), (3, 3))
    for first, stop, column, value in ((-1, 9, "first", -1), (4, 9, "first", 4), (0, 4, "stop", 4), (2, 1, "stop", 1)):
        with pytest.raises(OmegaError) as caught:
            check_part(first, stop, 3)
        assert (caught.value.code, caught.value.column, caught.value.value) == (ErrorCode.OUT_OF_BOUNDS, column, value)
