"""Market entries, slippage and sizing by hand: one lot is worth 10 a point, the ask is one point above the bid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from omega.contract.protocols import RunOutput
from omega.contract.types import MarketFill, SignalTime

Quote = tuple[float, float, float, float]
Row = dict[str, Any]
Run = Callable[..., tuple[RunOutput, list[Row]]]

FLAT: Quote = (100.0, 100.0, 100.0, 100.0)
MINUTE_US = 60_000_000
START_US = 1_704_067_200_000_000


def flat_at(price: float) -> Quote:
    return (price, price, price, price)


@pytest.mark.rule("E-1", "Q-T8", "T-8")
def test_a_market_order_without_price_fills_at_the_close_of_its_side(run: Run) -> None:
    _, events = run([FLAT], [{"take_profit": 111.0}, {"direction": "short", "stop_loss": 110.0}])
    assert events == [
        {
            "seq": 0,
            "kind": "accepted",
            "order_id": 1,
            "price": 101.0,
            "size": 1.0,
            "stop_loss": 91.0,
            "take_profit": 111.0,
        },
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
        {"seq": 2, "kind": "accepted", "order_id": 2, "price": 100.0, "size": 1.0, "stop_loss": 110.0},
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
def test_slippage_is_adverse_and_changes_no_size(run: Run, direction: str, stop_loss: float, fill: float) -> None:
    _, events = run([FLAT], [{"direction": direction, "stop_loss": stop_loss}], slippage_fixed_pips=2.0)
    assert (events[0]["price"], events[1]["price"]) == (101.0 if direction == "long" else 100.0, fill)
    assert events[1]["size"] == 1.0, "100 / (10 · 10): the order's price decides, not its fill"


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
    assert (events[0]["size"], events[0]["reason"], events[1]["size"]) == (3.25, "size_adjusted", 3.25)
    assert output.metrics["adjusted_sizes"] == 1
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


@pytest.mark.rule("E-1", "Q-E1", "T-7")
def test_the_signals_price_moves_no_fill_and_is_kept(run: Run) -> None:
    output, events = run([FLAT, flat_at(80.0)], [{"price": 150.0}])
    assert [event["price"] for event in events] == [101.0, 101.0, 80.0]
    prices = [output.trades[name].to_pylist() for name in ("signal_price", "order_price", "entry_price")]
    assert prices == [[150.0], [101.0], [101.0]]


@pytest.mark.rule("E-1", "Q-E1b", "Q-T8d")
def test_at_the_next_open_it_fills_there_and_its_exits_are_judged_from_there(run: Run) -> None:
    # Sized at the close, 101: 100 / (10 · 10); filled at 105 + 2, stopped in the same bar at 91 − 2.
    bar: Quote = (104.0, 104.0, 90.0, 100.0)
    output, events = run([FLAT, bar], [{}], market_fill=MarketFill.NEXT_OPEN, slippage_fixed_pips=2.0)
    assert [(event["kind"], event["price"], event["size"]) for event in events] == [
        ("accepted", 101.0, 1.0),
        ("opened", 107.0, 1.0),
        ("closed", 89.0, 1.0),
    ]
    known: list[Any] = output.events["known_at"].cast(pa.int64()).to_pylist()
    bars = [(time - START_US) // MINUTE_US for time in known]
    assert bars == [1, 1, 2], "the end of bar 0, the open and the end of bar 1"
    assert output.trades["trigger_time"].cast(pa.int64()).to_pylist() == [START_US + MINUTE_US]
    assert output.trades["r_multiple"].to_pylist() == [-1.8], "−18 points, 10 were at risk"


@pytest.mark.rule("E-18", "Q-E1b")
def test_an_order_for_an_open_that_does_not_come_is_cancelled(run: Run) -> None:
    _, events = run([FLAT], [{}], market_fill=MarketFill.NEXT_OPEN, close_at_end=True)
    assert [(event["kind"], event.get("reason")) for event in events] == [
        ("accepted", None),
        ("cancelled", "end_of_data"),
    ]


@pytest.mark.rule("E-1", "Q-E1")
@pytest.mark.parametrize(
    ("direction", "levels", "reason"),
    [
        ("long", {"stop_loss": 100.5}, "stop_distance"),
        ("long", {"stop_loss": 98.5}, "stop_distance"),
        ("long", {"stop_loss": 98.0}, None),
        ("long", {"stop_loss": 103.0}, "stop_side"),
        ("short", {"stop_loss": 102.5}, "stop_distance"),
        ("short", {"stop_loss": 103.0}, None),
        ("short", {"stop_loss": 98.0}, "stop_side"),
        ("long", {"stop_loss": 91.0, "take_profit": 101.0}, "target_side"),
        ("short", {"stop_loss": 110.0, "take_profit": 100.0}, "target_side"),
    ],
)
def test_a_stop_is_seen_from_the_price_at_which_one_could_leave(
    run: Run, direction: str, levels: Row, reason: str | None
) -> None:
    # Bid 100, ask 101: a long leaves at 100, a short at 101, and two points are the least.
    _, events = run([FLAT], [{"direction": direction, **levels}])
    assert events[0].get("reason") == reason


@pytest.mark.rule("L-1a", "Q-T8d")
def test_a_decision_is_filled_in_the_bar_that_ends_with_it(run: Run) -> None:
    signals = [{"bar": 1}, {"bar": 1.5}, {"bar": 3}, {"bar": 3.5}]
    output, events = run([FLAT, FLAT, FLAT], signals, signal_time=SignalTime.DECISION)
    times: list[Any] = output.events["timestamp"].cast(pa.int64()).to_pylist()
    assert [(event["kind"], (time - START_US) // MINUTE_US) for event, time in zip(events, times, strict=True)] == [
        *(("accepted", 0), ("opened", 0)),
        *(("accepted", 1), ("opened", 1)),
        *(("accepted", 2), ("opened", 2)),
        ("rejected", 2),
    ]
