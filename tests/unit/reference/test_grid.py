from __future__ import annotations

import pytest

from omega_reference.grid import grid_distance, grid_offset, grid_price, new_grid

FIVE = new_grid(5, True)


@pytest.mark.rule("N-8", "Q-N8")
@pytest.mark.parametrize(("price", "on_grid"), [(1.5824500000000001, 1.58245), (1.072226, 1.07223), (1.1, 1.1)])
def test_a_price_has_its_digits(price: float, on_grid: float) -> None:
    assert grid_price(FIVE, price) == on_grid


@pytest.mark.rule("N-8", "Q-N8")
def test_a_distance_has_one_digit_more() -> None:
    assert grid_distance(FIVE, 1.1 - 1.0996) == 0.0004
    assert grid_distance(FIVE, 0.0000126) == 0.000013


@pytest.mark.rule("Q-N8")
def test_the_finest_grid_has_no_finer_distances() -> None:
    assert [new_grid(digits, True).distance_digits for digits in (0, 14, 15)] == [1, 15, 15]
    assert [new_grid(digits, True).point for digits in (0, 2, 5)] == [1.0, 0.01, 0.00001]


@pytest.mark.rule("Q-C1")
def test_an_offset_is_whole_points() -> None:
    assert grid_offset(FIVE, 0.3 * 0.0001) == 0.00003
    assert grid_offset(FIVE, 0.0000301) == 0.00004


@pytest.mark.rule("N-8")
def test_v1_has_no_grid() -> None:
    grid = new_grid(5, False)
    assert grid_price(grid, 1.072226) == 1.072226
    assert grid_distance(grid, 1.1 - 1.0996) == 1.1 - 1.0996
    assert grid_offset(grid, 0.3 * 0.0001) == 0.3 * 0.0001
