"""Prices on the grid (N-8): the index has two digits, its distances three; the ask is one point above the bid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omega.contract.protocols import RunOutput
from omega.contract.types import Variant

Quote = tuple[float, float, float, float]
Row = dict[str, Any]
Run = Callable[..., tuple[RunOutput, list[Row]]]

FLAT: Quote = (100.0, 100.0, 100.0, 100.0)


@pytest.mark.rule("N-8", "Q-T8")
def test_an_order_is_shown_with_its_prices_on_the_grid(run: Run) -> None:
    signal = {"order_type": "limit", "price": 90.004, "stop_loss": 80.006, "take_profit": 99.995}
    _, events = run([FLAT], [signal])
    accepted = {"seq": 0, "kind": "accepted", "order_id": 1, "price": 90.0, "size": 1.0, "stop_loss": 80.01}
    assert events == [accepted | {"take_profit": round(99.995, 2)}]
    _, old = run([FLAT], [signal], variant=Variant.V1)
    assert [old[0][name] for name in ("price", "stop_loss", "take_profit")] == [90.004, 80.006, 99.995]


@pytest.mark.rule("N-8", "Q-T8")
def test_a_rejected_signal_keeps_its_own_prices(run: Run) -> None:
    _, events = run([FLAT], [{"order_type": "limit", "price": 90.004, "stop_loss": 95.006}])
    assert [events[0][name] for name in ("kind", "price", "stop_loss", "reason")] == [
        "rejected",
        90.004,
        95.006,
        "stop_side",
    ]


@pytest.mark.rule("N-8", "T-2")
def test_a_price_that_the_grid_does_not_have_is_not_positive(run: Run) -> None:
    _, events = run([FLAT], [{"order_type": "limit", "price": 0.004, "stop_loss": 0.001}])
    assert (events[0]["reason"], events[0]["price"]) == ("not_positive", 0.004)


@pytest.mark.rule("N-8", "Q-E1")
def test_a_close_off_the_grid_is_filled_on_it(run: Run) -> None:
    bar: Quote = (100.002, 100.004, 100.002, 100.004)
    _, events = run([bar], [{}])
    assert [(event["kind"], event["price"]) for event in events] == [("accepted", 101.0), ("opened", 101.0)]


@pytest.mark.rule("N-8", "Q-E3", "E-9")
def test_an_open_off_the_grid_is_filled_on_it(run: Run) -> None:
    # The stop 95 is gapped at 93.996.
    gap: Quote = (93.996, 94.0, 93.0, 93.996)
    output, _ = run([FLAT, gap], [{"stop_loss": 95.0}])
    assert output.trades["exit_price"].to_pylist() == [94.0]
    limit = {"direction": "short", "order_type": "limit", "price": 102.0, "stop_loss": 120.0}
    up: Quote = (103.004, 104.0, 103.0, 103.0)
    output, _ = run([FLAT, up], [limit])
    assert output.positions["entry_price"].to_pylist() == [103.0]


@pytest.mark.rule("E-6", "Q-E6", "N-8")
@pytest.mark.parametrize(("low", "is_hit"), [(95.01, True), (95.02, False)])
def test_a_buffer_has_one_digit_more(run: Run, low: float, is_hit: bool) -> None:
    # A buffer of 0.0096 is 0.010: the stop at 95 counts as reached from 95.01 on.
    output, _ = run([FLAT, (100.0, 100.0, low, 100.0)], [{"stop_loss": 95.0}], pip_buffer_factor=0.0096)
    assert (output.trades.num_rows == 1) is is_hit


@pytest.mark.rule("C-1", "Q-C1")
def test_slippage_is_rounded_up_to_points(run: Run) -> None:
    _, events = run([FLAT], [{}, {"direction": "short", "stop_loss": 110.0}], slippage_fixed_pips=0.301)
    assert [event["price"] for event in events if event["kind"] == "opened"] == [101.31, 99.69]
