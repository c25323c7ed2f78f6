"""Market entries, slippage and sizing by hand: one lot is worth 10 a point, the ask is one point above the bid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omega.contract.protocols import RunOutput

Quote = tuple[float, float, float, float]
Row = dict[str, Any]
Run = Callable[..., tuple[RunOutput, list[Row]]]

FLAT: Quote = (100.0, 100.0, 100.0, 100.0)


def flat_at(price: float) -> Quote:
    return (price, price, price, price)


@pytest.mark.rule("E-1", "Q-T8", "T-8")
def test_a_market_order_without_price_fills_at_the_close_of_its_side(run: Run) -> None:
    _, events = run([FLAT], [{"take_profit": 111.0}, {"direction": "short", "stop_loss": 110.0}])
    assert events == [
        {"seq": 0, "kind": "accepted", "order_id": 1, "price": 101.0, "stop_loss": 91.0, "take_profit": 111.0},
        {
            "seq": 1,
            "kind": "opened",
            "order_id": 1,
            "price": 101.0,
            "size": 1.0,
            "fee": 0.0,
            "stop_loss": 91.0,
            "take_profit": 111.0,
        },
        {"seq": 2, "kind": "accepted", "order_id": 2, "price": 100.0, "stop_loss": 110.0},
        {
            "seq": 3,
            "kind": "opened",
            "order_id": 2,
            "price": 100.0,
            "size": 1.0,
            "fee": 0.0,
            "stop_loss": 110.0,
        },
    ]


@pytest.mark.rule("C-1", "S-2", "S-4")
@pytest.mark.parametrize(("direction", "stop_loss", "fill"), [("long", 91.0, 103.0), ("short", 110.0, 98.0)])
def test_slippage_is_adverse_and_sizing_sees_the_fill(run: Run, direction: str, stop_loss: float, fill: float) -> None:
    _, events = run([FLAT], [{"direction": direction, "stop_loss": stop_loss}], slippage_fixed_pips=2.0)
    assert (events[0]["price"], events[1]["price"]) == (101.0 if direction == "long" else 100.0, fill)
    assert events[1]["size"] == 0.75, "100 / (12 · 10) on a grid of 0.25"


@pytest.mark.rule("Q-T8b", "S-4")
def test_a_market_order_that_sizing_refuses_is_rejected_and_consumes_no_id(run: Run) -> None:
    _, events = run([FLAT], [{"stop_loss": 45.0}, {}])
    assert [(event["kind"], event.get("order_id")) for event in events] == [
        ("rejected", None),
        ("accepted", 1),
        ("opened", 1),
    ]
    assert events[0]["reason"] == "below_min"


@pytest.mark.rule("S-4")
def test_an_explicit_size_is_the_raw_size(run: Run) -> None:
    output, events = run([FLAT], [{"size": 3.3}])
    assert (events[0]["size"], events[1]["size"]) == (3.3, 3.25)
    assert output.positions["risk_per_trade"].to_pylist() == [100.0]


@pytest.mark.rule("S-2", "P-3")
def test_risk_as_a_fraction_sees_the_equity_of_the_bar_before(run: Run) -> None:
    quotes = [FLAT, flat_at(151.0), flat_at(151.0)]
    signals = [{}, {"bar": 2, "stop_loss": 142.0}]
    output, events = run(quotes, signals, risk_fraction=0.01)
    assert events[1]["size"] == 1.0
    assert output.equity["equity"].to_pylist()[1] == 10_500.0
    assert events[3]["size"] == 1.0, "1 % of 10 500 over 10 points is 1.05, on the grid 1.0"
    assert output.positions["risk_per_trade"].to_pylist() == [100.0, 105.0]
