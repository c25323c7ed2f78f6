"""Triggers, their fills and expiries by hand: one lot is worth 10 a point, the ask is one point above the bid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omega.contract.protocols import RunOutput

Quote = tuple[float, float, float, float]
Row = dict[str, Any]
Run = Callable[..., tuple[RunOutput, list[Row]]]

FLAT: Quote = (100.0, 100.0, 100.0, 100.0)
MINUTE_US = 60_000_000
START_US = 1_704_067_200_000_000


def flat_at(price: float) -> Quote:
    return (price, price, price, price)


def kinds(events: list[Row]) -> list[str]:
    return [event["kind"] for event in events]


@pytest.mark.rule("E-2", "E-3", "Q-E3")
@pytest.mark.parametrize(
    ("direction", "order_type", "price", "stop_loss", "quote", "fill"),
    [
        ("long", "limit", 95.0, 85.0, (97.0, 98.0, 94.25, 96.0), None),
        ("long", "limit", 95.0, 85.0, (97.0, 98.0, 94.0, 96.0), 95.0),
        ("long", "limit", 95.0, 85.0, (92.0, 98.0, 91.0, 96.0), 93.0),
        ("short", "limit", 105.0, 115.0, (103.0, 104.75, 100.0, 101.0), None),
        ("short", "limit", 105.0, 115.0, (103.0, 105.0, 100.0, 101.0), 105.0),
        ("short", "limit", 105.0, 115.0, (107.0, 108.0, 100.0, 101.0), 107.0),
        ("long", "stop", 105.0, 95.0, (100.0, 103.75, 100.0, 101.0), None),
        ("long", "stop", 105.0, 95.0, (100.0, 104.0, 100.0, 101.0), 105.0),
        ("long", "stop", 105.0, 95.0, (106.0, 107.0, 100.0, 101.0), 107.0),
        ("short", "stop", 95.0, 105.0, (97.0, 98.0, 95.25, 96.0), None),
        ("short", "stop", 95.0, 105.0, (97.0, 98.0, 95.0, 96.0), 95.0),
        ("short", "stop", 95.0, 105.0, (93.0, 98.0, 92.0, 96.0), 93.0),
    ],
)
def test_triggers_and_their_fills(
    run: Run, direction: str, order_type: str, price: float, stop_loss: float, quote: Quote, fill: float | None
) -> None:
    order = {"direction": direction, "order_type": order_type, "price": price, "stop_loss": stop_loss}
    output, events = run([FLAT, quote], [order])
    if fill is None:
        assert kinds(events) == ["accepted"]
        assert output.positions["size"].to_pylist() == [0.0]
        return
    assert (events[1]["kind"], events[1]["price"]) == ("opened", fill)
    assert output.positions["trigger_time"].cast("int64").to_pylist() == [START_US + MINUTE_US]
    assert output.positions["entry_time"].cast("int64").to_pylist() == [START_US]


@pytest.mark.rule("E-2")
def test_a_marketable_limit_waits_for_the_next_bar(run: Run) -> None:
    _, events = run([FLAT], [{"order_type": "limit", "price": 105.0}])
    assert kinds(events) == ["accepted"]
    _, events = run([FLAT, FLAT], [{"order_type": "limit", "price": 105.0}])
    assert (events[1]["kind"], events[1]["price"]) == ("opened", 101.0)


@pytest.mark.rule("C-1")
def test_slippage_hits_stop_entries_and_spares_limit_entries(run: Run) -> None:
    stop = {"order_type": "stop", "price": 105.0}
    limit = {"order_type": "limit", "price": 95.0, "stop_loss": 85.0}
    _, events = run([FLAT, flat_at(104.0)], [stop], slippage_fixed_pips=2.0)
    assert events[1]["price"] == 107.0
    _, events = run([FLAT, flat_at(94.0)], [limit], slippage_fixed_pips=2.0)
    assert events[1]["price"] == 95.0


@pytest.mark.rule("E-3")
@pytest.mark.parametrize(
    ("open_bid", "fields", "reason"),
    [
        (92.0, {"stop_loss": 92.0}, "stop_distance"),
        (88.0, {"stop_loss": 92.0}, "stop_side"),
        (94.0, {"stop_loss": 45.0, "price": 95.0}, "below_min"),
    ],
)
def test_an_order_that_fails_at_its_trigger_is_cancelled(run: Run, open_bid: float, fields: Row, reason: str) -> None:
    order = {"order_type": "limit", "price": 95.0, **fields}
    output, events = run([FLAT, flat_at(open_bid)], [order])
    assert events[1] == {
        "seq": 1,
        "kind": "cancelled",
        "order_id": 1,
        "price": 95.0,
        "stop_loss": fields["stop_loss"],
        "reason": reason,
        "error_code": 1006,
    }
    assert (output.positions.num_rows, output.trades.num_rows) == (0, 0)


@pytest.mark.rule("E-3")
def test_a_target_that_a_gap_has_passed_cancels_a_stop_order(run: Run) -> None:
    order = {"order_type": "stop", "price": 105.0, "take_profit": 110.0}
    _, events = run([FLAT, flat_at(120.0)], [order])
    assert (events[1]["kind"], events[1]["reason"]) == ("cancelled", "target_side")


@pytest.mark.rule("E-4")
def test_an_order_expires_before_it_can_trigger(run: Run) -> None:
    order = {"order_type": "limit", "price": 95.0, "stop_loss": 85.0, "expires_at": START_US + MINUTE_US}
    _, events = run([FLAT, flat_at(94.0)], [order])
    assert events[1] == {
        "seq": 1,
        "kind": "expired",
        "order_id": 1,
        "price": 95.0,
        "stop_loss": 85.0,
        "reason": "limit_expired",
    }


@pytest.mark.rule("E-4")
def test_an_order_that_expires_inside_the_bar_may_still_trigger(run: Run) -> None:
    order = {"order_type": "limit", "price": 95.0, "stop_loss": 85.0, "expires_at": START_US + MINUTE_US + 1}
    _, events = run([FLAT, flat_at(94.0)], [order])
    assert kinds(events) == ["accepted", "opened"]
