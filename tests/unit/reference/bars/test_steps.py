from __future__ import annotations

from itertools import accumulate

import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega_reference.bars.steps import commonest_steps, find_timeframe, is_step, named_steps, step_breach, uneven_rows

MINUTE = 60_000_000
HOUR = 60 * MINUTE
M5, H4, D1 = 5 * MINUTE, 4 * HOUR, 24 * HOUR


def times(*steps: int) -> list[int]:
    return [*accumulate(steps, initial=0)]


@pytest.mark.rule("T-4", "Q-T4")
@pytest.mark.parametrize(
    ("timeframe", "right", "wrong"),
    [
        # Friday to Sunday 17:00 New York over a change of the clock: 71 h or 73 h in D1, 51 h or 53 h in H4.
        (D1, (23, 24, 25, 48, 71, 72, 73), (1, 12, 22, 26, 70, 74)),
        (H4, (3, 4, 5, 51, 52, 53), (1, 2, 6, 50, 54)),
        (HOUR, (1, 2, 51), ()),
    ],
)
def test_a_step_of_h4_and_d1_is_right_give_or_take_an_hour(
    timeframe: int, right: tuple[int, ...], wrong: tuple[int, ...]
) -> None:
    for hours in right:
        assert is_step(7, 7 + hours * HOUR, timeframe), hours
        assert not is_step(7, 8 + hours * HOUR, timeframe), hours
    for hours in wrong:
        assert not is_step(7, 7 + hours * HOUR, timeframe), hours


@pytest.mark.rule("Q-T4")
@pytest.mark.parametrize("minutes", [4, 6, 59, 61])
def test_no_shorter_bar_has_an_hour_to_give(minutes: int) -> None:
    assert not is_step(0, minutes * MINUTE, M5)
    assert not is_step(0, minutes * MINUTE, HOUR)


@pytest.mark.rule("T-4", "Q-T4")
def test_the_timeframe_is_the_commonest_step_that_is_one() -> None:
    assert find_timeframe(times(M5, MINUTE, 4 * MINUTE, M5, M5)) == M5, "a stray minute"
    assert find_timeframe(times(H4, HOUR, 49 * HOUR, H4)) == H4, "a stub bar"
    assert find_timeframe(times(M5, 3 * M5)) == M5, "of equals the shortest"
    assert find_timeframe(times(7, M5, 7, M5)) == M5, "half of the steps"


@pytest.mark.rule("Q-T4")
def test_bars_without_a_timeframe_are_refused_with_their_commonest_steps() -> None:
    with pytest.raises(OmegaError) as caught:
        find_timeframe(times(7, M5, 7, M5, 7))
    error = caught.value
    assert (error.code, error.rule, error.column) == (ErrorCode.CONSTRAINT_VIOLATION, "T-4", "timestamp")
    assert (error.row, error.value) == (None, 7)
    assert "7 µs (3 times), 5 min (2 times)" in error.message
    for without_step in ([], [5], [5, 5, 4]):
        with pytest.raises(OmegaError) as caught:
            find_timeframe(without_step)
        assert (caught.value.code, caught.value.column) == (ErrorCode.INVALID_ARGUMENT, "timeframe")


@pytest.mark.rule("Q-T4")
def test_bars_are_refused_where_under_half_of_the_steps_are_right() -> None:
    assert step_breach(times(M5, MINUTE), M5) is None
    error = step_breach(times(M5, MINUTE, MINUTE), M5)
    assert error is not None
    assert (error.rule, error.row, error.value) == ("T-4", 2, M5 + MINUTE)
    assert [*uneven_rows(times(M5, MINUTE, MINUTE, -7, M5), M5)] == [2, 3]


@pytest.mark.rule("Q-T4")
def test_the_commonest_steps_are_named_shortest_first() -> None:
    steps = commonest_steps(times(HOUR, 90_000_000, 1, HOUR, 90_000_000, 2, 3))
    assert steps == [(90_000_000, 2), (HOUR, 2), (1, 1)]
    assert named_steps(steps) == "90 s (2 times), 1 h (2 times), 1 µs (1 times)"
