"""Random draws belong to an order, whatever else is drawn (N-6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omega.contract.protocols import RunOutput

Quote = tuple[float, float, float, float]
Row = dict[str, Any]
Run = Callable[..., tuple[RunOutput, list[Row]]]

FLAT: Quote = (100.0, 100.0, 100.0, 100.0)


@pytest.mark.rule("N-6")
def test_dropping_other_orders_never_changes_a_draw(run: Run) -> None:
    first, second = {"magic_number": 5}, {"bar": 1, "magic_number": 6}
    _, both = run([FLAT, FLAT], [first, second], slippage_random_pips=4.0)
    _, alone = run([FLAT, FLAT], [second], slippage_random_pips=4.0)
    assert both[3]["price"] == alone[1]["price"] != both[1]["price"]


@pytest.mark.rule("N-6", "Q-N6")
def test_equal_signals_draw_by_their_ordinal_even_if_one_is_rejected(run: Run) -> None:
    _, two = run([FLAT], [{}, {}], slippage_random_pips=4.0)
    _, second = run([FLAT], [{"stop_loss": None}, {}], slippage_random_pips=4.0)
    assert two[1]["price"] != two[3]["price"] == second[2]["price"]
