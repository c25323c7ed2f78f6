"""The order of one bar by hand (L-1)."""

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


@pytest.mark.rule("E-5")
def test_a_position_is_not_closed_in_its_entry_bar(run: Run) -> None:
    _, events = run([(100.0, 100.0, 50.0, 100.0), FLAT], [{}])
    assert kinds(events) == ["accepted", "opened"]


@pytest.mark.rule("P-3", "Q-P3")
def test_equity_marks_longs_at_bid_and_shorts_at_ask(run: Run) -> None:
    output, _ = run([FLAT, flat_at(103.0)], [{}, {"direction": "short", "stop_loss": 110.0}])
    assert output.equity["equity"].to_pylist() == [9_980.0, 9_980.0]
    assert output.equity["cash"].to_pylist() == [10_000.0, 10_000.0]


@pytest.mark.rule("E-5")
def test_the_pass_finishes_one_position_before_the_next(run: Run) -> None:
    limit = {"order_type": "limit", "price": 95.0, "stop_loss": 85.0}
    _, events = run([FLAT, (94.0, 94.0, 80.0, 94.0)], [limit, {}])
    assert [(event["kind"], event["order_id"]) for event in events[3:]] == [
        ("opened", 1),
        ("closed", 1),
        ("closed", 2),
    ]
