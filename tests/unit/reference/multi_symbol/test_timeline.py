from __future__ import annotations

import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.types import SliceMode
from omega_reference.multi_symbol.timeline import check_symbols, timeline

TIMES: tuple[list[int], ...] = ([1, 2, 5], [2, 3, 5], [], [0, 2, 5, 9])


@pytest.mark.rule("M-1", "Q-M1")
def test_a_union_has_each_time_once_and_an_intersection_what_all_have() -> None:
    assert timeline(TIMES, SliceMode.UNION) == [0, 1, 2, 3, 5, 9]
    assert timeline(TIMES, SliceMode.INTERSECTION) == []
    assert timeline([TIMES[0], TIMES[1], TIMES[3]], SliceMode.INTERSECTION) == [2, 5]
    for mode in SliceMode:
        assert timeline(TIMES[:1], mode) == TIMES[0]
    assert timeline([[7, 8], [1, 2]], SliceMode.UNION) == [1, 2, 7, 8]
    assert timeline([[7, 8], [1, 2]], SliceMode.INTERSECTION) == []


REFUSALS = [
    ([], [5], [], (ErrorCode.EMPTY_INPUT, "symbols", None)),
    (["A"] * 65_536, [5], [], (ErrorCode.LIMIT_EXCEEDED, "symbols", None)),
    (["A", "A"], [5], [], (ErrorCode.SIZE_MISMATCH, "timeframes", None)),
    (["A", "A"], [5, 5], [("bars", 3)], (ErrorCode.SIZE_MISMATCH, "bars", None)),
    (["A", ""], [5, 6], [("bars", 2)], (ErrorCode.MISSING_REQUIRED_FIELD, "symbols", 1)),
    (["A", "A"], [5, 6], [("bars", 2)], (ErrorCode.CONSTRAINT_VIOLATION, "symbols", 1)),
    (["A", "B"], [5, 6], [("bars", 2)], (ErrorCode.CONSTRAINT_VIOLATION, "timeframes", 1)),
]


@pytest.mark.rule("Q-M1b")
@pytest.mark.parametrize(("symbols", "timeframes", "lists", "parts"), REFUSALS)
def test_symbols_that_cannot_be_walked_together_are_refused_in_order(
    symbols: list[str], timeframes: list[int], lists: list[tuple[str, int]], parts: tuple[ErrorCode, str, int | None]
) -> None:
    with pytest.raises(OmegaError) as caught:
        check_symbols(symbols, timeframes, lists)
    assert (caught.value.code, caught.value.column, caught.value.row) == parts
    check_symbols(["A", "B"], [5, 5], [("bars", 2)])
