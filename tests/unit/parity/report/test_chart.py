"""The axis of a drawn divergence."""

from __future__ import annotations

import pytest

from omega_parity.report.chart import round_prices


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (1.083, 1.1035, ["1.085", "1.090", "1.095", "1.100"]),
        (11234.6, 11250.9, ["11235", "11240", "11245", "11250"]),
        (0.71, 0.7101, ["0.71000", "0.71002", "0.71004", "0.71006", "0.71008"]),
        (500.0, 90_000.0, ["20000", "40000", "60000", "80000"]),
    ],
)
def test_marked_prices_are_round(low: float, high: float, texts: list[str]) -> None:
    assert [text for _, text in round_prices(low, high)] == texts


@pytest.mark.parametrize("span", [1e-5, 3e-5, 7e-4, 0.02, 1.0, 4.9, 730.0])
def test_there_are_some_but_not_many(span: float) -> None:
    marked = round_prices(1.1, 1.1 + span)
    assert 2 <= len(marked) <= 7
    assert all(1.1 - 1e-9 <= price <= 1.1 + span + 1e-9 for price, _ in marked)
