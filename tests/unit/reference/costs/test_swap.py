from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.types import Direction, EngineConfig, Swap, Variant
from omega_reference.costs.swap import SwapTerms, check_rollovers, swap_amount, swap_terms
from omega_reference.terms import symbol_terms

MakeConfig = Callable[..., EngineConfig]

SWAP = Swap(long_points=-6.5, short_points=2.0, rollovers=(10, 20, 30), nights=(1, 3, 1))


@pytest.fixture
def terms_of(make_config: MakeConfig) -> Callable[..., SwapTerms | None]:
    def terms(**changes: Any) -> SwapTerms | None:
        config = make_config(**changes)
        return swap_terms(config, symbol_terms(config))

    return terms


# 6.5 ticks of half a point are 3.25 points; at a value of 10 that is 32.5 a lot and night.
@pytest.mark.rule("C-4", "Q-C4b")
def test_a_night_is_points_times_ticks_times_value_times_lots(terms_of: Callable[..., SwapTerms]) -> None:
    terms = terms_of(swap=SWAP)
    assert swap_amount(terms, Direction.LONG, 2.0, 10.0, 1) == -65.0
    assert swap_amount(terms, Direction.LONG, 2.0, 10.0, 3) == -195.0
    assert swap_amount(terms, Direction.SHORT, 0.5, 20.0, 3) == 30.0


@pytest.mark.rule("C-4")
def test_nights_are_free_in_v1_and_where_none_are_configured(terms_of: Callable[..., SwapTerms | None]) -> None:
    assert terms_of(swap=SWAP, variant=Variant.V1) is None
    assert terms_of() is None


@pytest.mark.rule("Q-C4")
@pytest.mark.parametrize(
    ("rollovers", "times", "first", "row"),
    [
        ((10, 20, 30), [10, 15, 30], 0, None),
        ((10, 20, 30), [9, 10], 1, None),
        ((10, 20, 30), [9, 10], 0, 0),
        ((10, 20, 30), [10, 30, 31], 0, 2),
        ((10,), [10], 0, None),
        ((10,), [11], 0, 0),
        ((), [10], 0, 0),
    ],
)
def test_a_bar_that_no_rollovers_are_known_for_is_refused(
    rollovers: tuple[int, ...], times: list[int], first: int, row: int | None
) -> None:
    terms = SwapTerms(long_move=1.0, short_move=1.0, rollovers=rollovers, nights=(1,) * len(rollovers))
    if row is None:
        check_rollovers(terms, times, first)
        check_rollovers(None, times, first)
        return
    with pytest.raises(OmegaError) as caught:
        check_rollovers(terms, times, first)
    error = caught.value
    assert (error.code, error.rule, error.column) == (ErrorCode.CONSTRAINT_VIOLATION, "C-4", "costs.swap")
    assert (error.row, error.value) == (row, times[row])
