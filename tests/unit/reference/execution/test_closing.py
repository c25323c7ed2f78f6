"""What a run closes at its end, and what a fill costs, by hand."""

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


@pytest.mark.rule("C-2", "P-2")
def test_fees_are_booked_at_each_fill(run: Run) -> None:
    output, events = run([FLAT, flat_at(90.0)], [{}], fee_per_million=1000.0)
    assert (events[1]["fee"], events[2]["fee"]) == (1.01, 0.9)
    assert output.equity["cash"].to_pylist() == [10_000.0 - 1.01, 10_000.0 - 1.01 - 0.9 - 110.0]
    assert output.metrics["fees"] == 1.01 + 0.9


@pytest.mark.rule("E-18", "Q-E18")
def test_close_at_end_closes_and_cancels_in_order(run: Run) -> None:
    limit = {"order_type": "limit", "price": 95.0, "stop_loss": 85.0}
    signals = [{}, limit, {"bar": 1, "direction": "short", "stop_loss": 113.0}]
    output, events = run([FLAT, flat_at(103.0)], signals, close_at_end=True, slippage_fixed_pips=1.0)
    ended = events[-3:]
    assert kinds(ended) == ["closed", "cancelled", "closed"]
    assert {event["reason"] for event in ended} == {"end_of_data"}
    assert (ended[0]["price"], ended[2]["price"]) == (102.0, 105.0)
    assert "error_code" not in ended[1]
    assert output.positions.num_rows == 0
    assert output.equity["equity"].to_pylist()[-1] == output.equity["cash"].to_pylist()[-1]


@pytest.mark.rule("E-18")
def test_by_default_open_positions_stay_open(run: Run) -> None:
    output, events = run([FLAT, flat_at(103.0)], [{}])
    assert kinds(events) == ["accepted", "opened"]
    assert output.positions["status"].to_pylist() == ["open"]
    assert output.equity["equity"].to_pylist() == [9_990.0, 10_020.0]
