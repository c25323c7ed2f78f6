"""Triggers, their fills and expiries by hand: one lot is worth 10 a point, the ask is one point above the bid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
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
    assert output.positions["trigger_time"].cast(pa.int64()).to_pylist() == [START_US + MINUTE_US]
    assert output.positions["entry_time"].cast(pa.int64()).to_pylist() == [START_US]


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


@pytest.mark.rule("E-2", "E-3", "S-2")
@pytest.mark.parametrize(
    ("order_type", "price", "opened", "exit_price"),
    [("limit", 95.0, 80.0, 80.0), ("stop", 105.0, 120.0, None)],
)
def test_no_gap_changes_a_size_or_cancels_an_order(
    run: Run, order_type: str, price: float, opened: float, exit_price: float | None
) -> None:
    # Ten points at risk: one lot. A limit gapped beyond its own stop fills and is closed by it.
    order = {"order_type": order_type, "price": price, "stop_loss": price - 10.0}
    output, events = run([FLAT, flat_at(opened)], [order])
    assert [event["size"] for event in events] == [1.0] * len(events)
    assert events[1]["price"] == opened + 1.0
    assert [event["price"] for event in events[2:]] == ([] if exit_price is None else [exit_price])
    assert output.positions.num_rows == (exit_price is None)


@pytest.mark.rule("E-2", "S-2", "S-4")
def test_what_is_too_small_is_refused_when_it_is_placed(run: Run) -> None:
    _, events = run([FLAT], [{"order_type": "limit", "price": 95.0, "stop_loss": 45.0}])
    assert [(event["kind"], event["reason"]) for event in events] == [("rejected", "below_min")]


@pytest.mark.rule("P-1", "Q-P1")
def test_r_is_what_was_risked_when_the_order_was_placed(run: Run) -> None:
    # One lot over 10 points: 100. Bought at 111, stopped at 95: −160.
    order = {"order_type": "stop", "price": 105.0}
    output, _ = run([FLAT, flat_at(110.0), (100.0, 100.0, 94.0, 100.0)], [order | {"stop_loss": 95.0}])
    assert output.trades["result"].to_pylist() == [-160.0]
    assert output.trades["r_multiple"].to_pylist() == [-1.6]


@pytest.mark.rule("E-4")
@pytest.mark.parametrize(("order_type", "reason"), [("limit", "limit_expired"), ("stop", "expired")])
def test_an_order_expires_before_it_can_trigger(run: Run, order_type: str, reason: str) -> None:
    order = {"order_type": order_type, "price": 95.0, "stop_loss": 85.0, "expires_at": START_US + MINUTE_US}
    _, events = run([FLAT, flat_at(94.0)], [order])
    assert events[1] == {
        "seq": 1,
        "kind": "expired",
        "order_id": 1,
        "price": 95.0,
        "stop_loss": 85.0,
        "reason": reason,
    }


@pytest.mark.rule("E-4")
def test_an_order_that_expires_inside_the_bar_may_still_trigger(run: Run) -> None:
    order = {"order_type": "limit", "price": 95.0, "stop_loss": 85.0, "expires_at": START_US + MINUTE_US + 1}
    _, events = run([FLAT, flat_at(94.0)], [order])
    assert kinds(events) == ["accepted", "opened"]
