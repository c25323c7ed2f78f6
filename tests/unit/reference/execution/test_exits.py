"""Stops and targets by hand: one lot is worth 10 a point, the ask is one point above the bid."""

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


def kinds(events: list[Row]) -> list[str]:
    return [event["kind"] for event in events]


@pytest.mark.rule("E-6", "E-9", "E-10", "P-1")
@pytest.mark.parametrize(
    ("direction", "quote", "price", "reason"),
    [
        ("long", (100.0, 100.0, 91.75, 95.0), None, None),
        ("long", (100.0, 100.0, 91.5, 95.0), 91.0, "stop_loss"),
        ("long", (85.0, 100.0, 80.0, 95.0), 85.0, "stop_loss"),
        ("long", (100.0, 110.75, 100.0, 105.0), None, None),
        ("long", (100.0, 111.0, 100.0, 105.0), 111.0, "take_profit"),
        ("long", (115.0, 116.0, 100.0, 105.0), 115.0, "take_profit"),
        ("short", (100.0, 108.25, 100.0, 105.0), None, None),
        ("short", (100.0, 108.5, 100.0, 105.0), 110.0, "stop_loss"),
        ("short", (112.0, 113.0, 100.0, 105.0), 113.0, "stop_loss"),
        ("short", (100.0, 100.0, 89.25, 95.0), None, None),
        ("short", (100.0, 100.0, 89.0, 95.0), 90.0, "take_profit"),
        ("short", (80.0, 100.0, 79.0, 95.0), 81.0, "take_profit"),
    ],
)
def test_stops_and_targets(run: Run, direction: str, quote: Quote, price: float | None, reason: str | None) -> None:
    levels = {"long": {"stop_loss": 91.0, "take_profit": 111.0}, "short": {"stop_loss": 110.0, "take_profit": 90.0}}
    output, events = run([FLAT, quote], [{"direction": direction, **levels[direction]}])
    if reason is None:
        assert kinds(events) == ["accepted", "opened"]
        return
    side, entry = (1.0, 101.0) if direction == "long" else (-1.0, 100.0)
    assert price is not None
    result = (price - entry) * side * 10.0
    levels_row = levels[direction]
    assert events[2] == {
        "seq": 2,
        "kind": "closed",
        "order_id": 1,
        "price": price,
        "size": 1.0,
        "result": result,
        "fee": 0.0,
        "reason": reason,
        **levels_row,
    }
    assert output.trades["r_multiple"].to_pylist() == [result / 100.0]
    assert output.metrics["final_cash"] == 10_000.0 + result


@pytest.mark.rule("E-7", "Q-E7")
@pytest.mark.parametrize(
    ("quote", "reason", "ambiguous"),
    [
        ((100.0, 112.0, 90.0, 100.0), "stop_loss", 1),
        ((111.0, 112.0, 90.0, 100.0), "take_profit", 0),
        ((91.5, 112.0, 90.0, 100.0), "stop_loss", 0),
    ],
)
def test_a_bar_that_hits_both(run: Run, quote: Quote, reason: str, ambiguous: int) -> None:
    output, events = run([FLAT, quote], [{"take_profit": 111.0}])
    assert (events[-1]["reason"], output.metrics["ambiguous_bars"]) == (reason, ambiguous)


@pytest.mark.rule("E-7")
def test_a_short_prefers_the_target_that_its_open_had_reached(run: Run) -> None:
    signal = {"direction": "short", "stop_loss": 110.0, "take_profit": 90.0}
    output, events = run([FLAT, (88.0, 112.0, 88.0, 100.0)], [signal])
    assert (events[-1]["reason"], events[-1]["price"]) == ("take_profit", 89.0)
    assert output.metrics["ambiguous_bars"] == 0


@pytest.mark.rule("C-1", "E-9")
def test_slippage_on_exits_spares_targets(run: Run) -> None:
    _, stopped = run([FLAT, flat_at(90.0)], [{}], slippage_fixed_pips=2.0)
    assert stopped[-1]["price"] == 88.0
    _, reached = run([FLAT, flat_at(111.0)], [{"take_profit": 111.0}], slippage_fixed_pips=2.0)
    assert reached[-1]["price"] == 111.0


@pytest.mark.rule("E-8", "E-9")
@pytest.mark.parametrize(
    ("order_type", "price", "stop_loss", "take_profit", "quote", "exit_price", "reason"),
    [
        ("limit", 95.0, 85.0, 105.0, (100.0, 106.0, 94.0, 105.0), None, None),
        ("limit", 95.0, 85.0, 105.0, (100.0, 106.0, 94.0, 105.5), 105.0, "take_profit"),
        ("limit", 95.0, 85.0, 105.0, (100.0, 106.0, 85.5, 100.0), 85.0, "stop_loss"),
        ("limit", 95.0, 85.0, 105.0, (100.0, 106.0, 85.0, 105.5), 85.0, "stop_loss"),
        ("stop", 105.0, 95.0, 108.0, (100.0, 108.0, 100.0, 101.0), 108.0, "take_profit"),
        ("stop", 105.0, 95.0, 108.0, (94.0, 104.0, 94.0, 101.0), 95.0, "stop_loss"),
    ],
)
def test_exits_in_the_trigger_bar_fill_at_their_level(
    run: Run,
    order_type: str,
    price: float,
    stop_loss: float,
    take_profit: float,
    quote: Quote,
    exit_price: float | None,
    reason: str | None,
) -> None:
    order = {"order_type": order_type, "price": price, "stop_loss": stop_loss, "take_profit": take_profit}
    _, events = run([FLAT, quote], [order])
    if reason is None:
        assert kinds(events) == ["accepted", "opened"]
    else:
        assert (events[2]["price"], events[2]["reason"]) == (exit_price, reason)


@pytest.mark.rule("E-8", "Q-E8")
def test_a_short_limits_target_needs_the_ask_close_below_it(run: Run) -> None:
    order = {"direction": "short", "order_type": "limit", "price": 105.0, "stop_loss": 115.0, "take_profit": 95.0}
    _, events = run([FLAT, (100.0, 105.0, 90.0, 94.0)], [order])
    assert kinds(events) == ["accepted", "opened"]
    _, events = run([FLAT, (100.0, 105.0, 90.0, 93.0)], [order])
    assert events[2]["reason"] == "take_profit"


@pytest.mark.rule("E-7", "Q-E7")
def test_in_the_trigger_bar_the_stop_wins_even_if_the_open_had_reached_the_target(run: Run) -> None:
    order = {"order_type": "stop", "price": 105.0, "stop_loss": 95.0, "take_profit": 108.0}
    output, events = run([FLAT, (104.0, 109.0, 94.0, 100.0)], [order])
    assert (events[2]["reason"], output.metrics["ambiguous_bars"]) == ("stop_loss", 1)
