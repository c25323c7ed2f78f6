"""Stops and targets by hand: one lot is worth 10 a point, the ask is one point above the bid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omega.contract.protocols import RunOutput
from omega.contract.types import Intrabar

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


@pytest.mark.rule("E-7", "E-9")
@pytest.mark.parametrize(
    ("order_type", "price", "stop_loss", "take_profit", "quote", "exit_price", "reason"),
    [
        # 100 → 94 → 106: filled at the low, the target comes after it.
        ("limit", 95.0, 85.0, 105.0, (100.0, 106.0, 94.0, 105.0), 105.0, "take_profit"),
        # 100 → 106 → 94 → 105.5: filled at the low, only the close comes after it.
        ("limit", 95.0, 85.0, 105.0, (100.0, 106.0, 93.0, 105.5), 105.0, "take_profit"),
        ("limit", 95.0, 85.0, 105.0, (100.0, 106.0, 93.0, 104.5), None, None),
        ("limit", 95.0, 85.0, 105.0, (100.0, 106.0, 85.5, 100.0), 85.0, "stop_loss"),
        # The open is the better price, and the whole bar comes after it.
        ("limit", 95.0, 85.0, 105.0, (90.0, 106.0, 85.0, 100.0), 85.0, "stop_loss"),
        ("limit", 95.0, 85.0, 105.0, (90.0, 106.0, 87.0, 90.0), 105.0, "take_profit"),
        ("limit", 95.0, 85.0, 105.0, (80.0, 106.0, 80.0, 100.0), 80.0, "stop_loss"),
        ("stop", 105.0, 95.0, 108.0, (100.0, 108.0, 100.0, 101.0), 108.0, "take_profit"),
        # 94 lies before the entry; the stop is not touched after it.
        ("stop", 105.0, 95.0, 112.0, (94.0, 104.0, 94.0, 101.0), None, None),
        ("stop", 105.0, 95.0, 112.0, (104.5, 106.0, 90.0, 101.0), 95.0, "stop_loss"),
        ("stop", 105.0, 95.0, 112.0, (120.0, 120.0, 120.0, 120.0), 120.0, "take_profit"),
    ],
)
def test_the_trigger_bar_is_walked_from_the_entry_on(
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


ORDER = {"order_type": "stop", "price": 105.0, "stop_loss": 95.0, "take_profit": 108.0}
LOW_FIRST: Quote = (100.0, 109.0, 94.0, 100.0)
HIGH_FIRST: Quote = (103.0, 109.0, 94.0, 100.0)


@pytest.mark.rule("E-7", "Q-E7")
@pytest.mark.parametrize(
    ("quote", "intrabar", "reason"),
    [
        # 100 → 94 → 109 → 100: the stop lies before the entry, the target after it.
        (LOW_FIRST, Intrabar.PATH, "take_profit"),
        # 103 → 109: entry and target, whatever comes after.
        (HIGH_FIRST, Intrabar.PATH, "take_profit"),
    ],
)
def test_a_stop_entry_that_reaches_its_target_first(run: Run, quote: Quote, intrabar: Intrabar, reason: str) -> None:
    output, events = run([FLAT, quote], [ORDER], intrabar_stop_entry=intrabar)
    assert (events[2]["reason"], output.metrics["ambiguous_bars"]) == (reason, 0)


@pytest.mark.rule("E-7", "Q-E7")
@pytest.mark.parametrize(("intrabar", "reason"), [(Intrabar.PATH, "take_profit"), (Intrabar.ADVERSE, "stop_loss")])
@pytest.mark.parametrize("direction", ["long", "short"])
def test_what_only_finer_data_can_tell_is_counted_and_decided_as_asked(
    run: Run, direction: str, intrabar: Intrabar, reason: str
) -> None:
    # The target is nearer to the open than the stop; both are touched.
    levels = {"stop_loss": 89.0, "take_profit": 106.0}
    quote: Quote = (100.0, 106.0, 88.0, 100.0)
    if direction == "short":
        levels, quote = {"stop_loss": 112.0, "take_profit": 95.0}, (100.0, 112.0, 94.0, 100.0)
    output, events = run([FLAT, quote], [{"direction": direction, **levels}], intrabar_open_position=intrabar)
    assert (events[2]["reason"], output.metrics["ambiguous_bars"]) == (reason, 1)


@pytest.mark.rule("Q-E7")
@pytest.mark.parametrize(("close", "reason"), [(100.0, "stop_loss"), (99.5, "take_profit")])
def test_where_both_extremes_are_as_near_the_close_says_which_came_first(run: Run, close: float, reason: str) -> None:
    bar: Quote = (100.0, 110.0, 90.0, close)
    _, events = run([FLAT, bar], [{"take_profit": 110.0}])
    assert events[2]["reason"] == reason


@pytest.mark.rule("Q-E7")
@pytest.mark.parametrize(("intrabar", "last"), [(Intrabar.PATH, "closed"), (Intrabar.ADVERSE, "opened")])
def test_the_worst_for_a_limit_entry_is_that_its_target_came_before(run: Run, intrabar: Intrabar, last: str) -> None:
    order = {"order_type": "limit", "price": 95.0, "stop_loss": 85.0, "take_profit": 105.0}
    output, events = run([FLAT, (100.0, 106.0, 94.0, 100.0)], [order], intrabar_limit_entry=intrabar)
    assert (kinds(events)[-1], output.metrics["ambiguous_bars"]) == (last, 1)
