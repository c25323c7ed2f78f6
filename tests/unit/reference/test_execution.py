"""Canonical fills, exits and expiries by hand: one lot is worth 10 a point, the ask is one point above the bid."""

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


@pytest.mark.rule("E-5")
def test_a_position_is_not_closed_in_its_entry_bar(run: Run) -> None:
    _, events = run([(100.0, 100.0, 50.0, 100.0), FLAT], [{}])
    assert kinds(events) == ["accepted", "opened"]


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


@pytest.mark.rule("C-2", "P-2")
def test_fees_are_booked_at_each_fill(run: Run) -> None:
    output, events = run([FLAT, flat_at(90.0)], [{}], fee_per_million=1000.0)
    assert (events[1]["fee"], events[2]["fee"]) == (1.01, 0.9)
    assert output.equity["cash"].to_pylist() == [10_000.0 - 1.01, 10_000.0 - 1.01 - 0.9 - 110.0]
    assert output.metrics["fees"] == 1.01 + 0.9


@pytest.mark.rule("E-11", "E-12")
def test_a_timeout_closes_at_the_close_after_max_holding(run: Run) -> None:
    signal = {"max_holding": 2 * MINUTE_US}
    output, events = run([FLAT, FLAT, flat_at(103.0), FLAT], [signal], slippage_fixed_pips=1.0, fee_per_million=1000.0)
    assert (events[-1]["reason"], events[-1]["price"], events[-1]["fee"]) == ("timeout", 102.0, 0.25 * 10 * 3 * 0.102)
    assert output.trades["exit_time"].cast("int64").to_pylist() == [START_US + 2 * MINUTE_US]


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
