"""Exit and modify signals, by hand (E-15): in at 101 (long, the ask) or 100 (short), ten points to the stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from omega.contract.protocols import RunOutput
from omega.contract.types import MarketFill, Variant

Quote = tuple[float, float, float, float]
Row = dict[str, Any]
Run = Callable[..., tuple[RunOutput, list[Row]]]

FLAT: Quote = (100.0, 100.0, 100.0, 100.0)
MINUTE_US = 60_000_000
START_US = 1_704_067_200_000_000
VARIANTS = pytest.mark.parametrize("variant", list(Variant))
BOTH: Row = {"direction": None, "order_type": None, "stop_loss": None}
LONG: Row = {"price": 101.0, "stop_loss": 91.0}
SHORT: Row = {"price": 100.0, "direction": "short", "stop_loss": 110.0}
LIMIT: Row = {"order_type": "limit", "price": 95.0, "stop_loss": 85.0}


def exit_at(bar: float, **more: Any) -> Row:
    return {"bar": bar, "signal_type": "exit", **BOTH, **more}


def modify_at(bar: float, **more: Any) -> Row:
    return {"bar": bar, "signal_type": "modify", **BOTH, **more}


def flat_at(price: float) -> Quote:
    return (price, price, price, price)


def said(events: list[Row], *fields: str) -> list[tuple[object, ...]]:
    return [tuple(event.get(field) for field in fields) for event in events]


# Bought at 101 and sold at 100, closed at the bid and the ask of 103: +20 and −40. Magic number 7 is another's.
@VARIANTS
@pytest.mark.rule("E-15", "Q-E15")
@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ({}, [("closed", 1, 103.0, 20.0), ("closed", 2, 104.0, -40.0), ("cancelled", 4, 95.0, None)]),
        ({"direction": "long"}, [("closed", 1, 103.0, 20.0), ("cancelled", 4, 95.0, None)]),
        ({"direction": "short"}, [("closed", 2, 104.0, -40.0)]),
        ({"magic_number": 7}, [("closed", 3, 103.0, 20.0)]),
        ({"fraction": 1.0}, [("closed", 1, 103.0, 20.0), ("closed", 2, 104.0, -40.0), ("cancelled", 4, 95.0, None)]),
        # What an exit does not read is nobody's concern, whatever it says.
        (
            {"direction": "short", "stop_loss": -1.0, "take_profit": 0.0, "price": -3.0, "size": 9.0},
            [("closed", 2, 104.0, -40.0)],
        ),
    ],
)
def test_an_exit_closes_and_cancels_what_it_matches(
    run: Run, variant: Variant, match: Row, expected: list[tuple[object, ...]]
) -> None:
    entries = [LONG, SHORT, LONG | {"magic_number": 7}, LIMIT]
    _, events = run([FLAT, flat_at(103.0)], [*entries, exit_at(1, **match)], variant=variant)
    ended = events[7:]
    assert said(ended, "kind", "order_id", "price", "result") == expected
    assert {event["reason"] for event in ended} == {"signal_exit"}
    assert not any("error_code" in event for event in ended)


@VARIANTS
@pytest.mark.rule("E-15", "Q-T8d")
def test_an_exit_is_known_at_the_end_of_its_bar(run: Run, variant: Variant) -> None:
    output, _ = run([FLAT, FLAT], [LONG, LIMIT, exit_at(1)], variant=variant)
    assert output.events["known_at"].cast(pa.int64()).to_pylist()[-2:] == [START_US + 2 * MINUTE_US] * 2
    (trade,) = output.trades.to_pylist()
    assert (trade["exit_price"], trade["reason"]) == (100.0, "signal_exit")
    assert output.trades["known_at"].cast(pa.int64()).to_pylist() == [START_US + 2 * MINUTE_US]


# One point of slippage against the position, in v1 for a long in its favour; the fee on 10 · 102 (104) a lot.
@pytest.mark.rule("E-15", "C-1", "C-2", "Q-C1")
@pytest.mark.parametrize(("variant", "price"), [(Variant.CANONICAL, 102.0), (Variant.V1, 104.0)])
def test_an_exit_is_a_market_fill(run: Run, variant: Variant, price: float) -> None:
    keys = {"slippage_fixed_pips": 1.0, "fee_per_million": 1000.0}
    _, events = run([FLAT, flat_at(103.0)], [LONG | {"size": 1.0}, exit_at(1)], variant=variant, **keys)
    assert events[-1]["price"] == price
    assert events[-1]["fee"] == pytest.approx(price * 10 / 1000)


# The low of 90 took the stop before the close of 100 could be sold.
@VARIANTS
@pytest.mark.rule("E-15", "L-1", "Q-L1")
def test_an_exit_comes_after_the_pass(run: Run, variant: Variant) -> None:
    _, events = run([FLAT, (100.0, 100.0, 90.0, 100.0)], [LONG, exit_at(1)], variant=variant)
    assert said(events[2:], "kind", "order_id", "reason", "error_code") == [
        ("closed", 1, "stop_loss", None),
        ("rejected", None, "no_match", 1007),
    ]


# Before timeout and trailing, which would both have acted in this bar.
@VARIANTS
@pytest.mark.rule("E-11", "E-15")
def test_an_exit_comes_before_management(run: Run, variant: Variant) -> None:
    signal = LONG | {"max_holding": MINUTE_US, "trailing_distance": 1.0}
    _, events = run([FLAT, FLAT], [signal, exit_at(1)], variant=variant)
    assert said(events[2:], "kind", "reason") == [("closed", "signal_exit")]


# The bar of a reversal: the exit was given first and reaches the long alone, though the short is open by then.
@VARIANTS
@pytest.mark.rule("E-15", "Q-E15")
def test_an_exit_and_the_entry_of_a_reversal_have_one_time(run: Run, variant: Variant) -> None:
    output, events = run([FLAT, FLAT], [LONG, exit_at(1), SHORT | {"bar": 1}], variant=variant)
    assert said(events[2:], "kind", "order_id") == [("accepted", 2), ("opened", 2), ("closed", 1)]
    assert output.positions["direction"].to_pylist() == ["short"]


@VARIANTS
@pytest.mark.rule("E-15", "Q-E15")
def test_an_exit_given_after_an_entry_reaches_it_in_the_same_bar(run: Run, variant: Variant) -> None:
    entry = LONG | {"timestamp": START_US, "bar": 0}
    output, events = run([FLAT], [entry, exit_at(0)], variant=variant)
    assert said(events, "kind", "price") == [("accepted", 101.0), ("opened", 101.0), ("closed", 100.0)]
    assert output.trades["result"].to_pylist() == [-10.0]


@pytest.mark.rule("E-15", "Q-E15")
def test_an_exit_cancels_a_market_order_that_waits_for_its_open(run: Run) -> None:
    _, events = run([FLAT, FLAT], [LONG, exit_at(0)], market_fill=MarketFill.NEXT_OPEN)
    assert said(events, "kind", "order_id", "price", "reason", "error_code") == [
        ("accepted", 1, 101.0, None, None),
        ("cancelled", 1, 101.0, "signal_exit", None),
    ]


# The first exit takes all; what follows it in the same bar finds nothing. Rows are the signal's own.
@VARIANTS
@pytest.mark.rule("E-15", "Q-E15", "Q-T8")
def test_who_finds_nothing_is_rejected(run: Run, variant: Variant) -> None:
    late = modify_at(1, stop_loss=95.004, take_profit=120.0, price=3.0, size=2.0, direction="long")
    output, events = run([FLAT, FLAT], [LONG, exit_at(1), late, exit_at(1)], variant=variant)
    assert events[3:] == [
        {
            "seq": 3,
            "kind": "rejected",
            "price": 3.0,
            "size": 2.0,
            "stop_loss": 95.004,
            "take_profit": 120.0,
            "reason": "no_match",
            "error_code": 1007,
        },
        {"seq": 4, "kind": "rejected", "reason": "no_match", "error_code": 1007},
    ]
    rows = output.events.slice(3).to_pylist()
    assert [(row["symbol"], row["direction"], row["order_type"]) for row in rows] == [
        ("INDEX", "long", None),
        ("INDEX", None, None),
    ]


@VARIANTS
@pytest.mark.rule("E-15", "Q-E15")
@pytest.mark.parametrize("match", [{"magic_number": 1}, {"direction": "short"}, {"fraction": 0.5, "magic_number": 9}])
def test_another_magic_number_or_direction_is_no_match(run: Run, variant: Variant, match: Row) -> None:
    output, events = run([FLAT, FLAT], [LONG, LIMIT | {"magic_number": 9}, exit_at(1, **match)], variant=variant)
    assert said(events[3:], "kind", "reason") == [("rejected", "no_match")]
    assert output.positions["status"].to_pylist() == ["open", "pending"]


# Half of the open lot (steps of 0.25); the pending order stays, with fraction 1 it goes.
@VARIANTS
@pytest.mark.rule("E-15", "E-16")
def test_a_fraction_leaves_pending_orders_alone(run: Run, variant: Variant) -> None:
    output, events = run([FLAT, FLAT], [LONG | {"size": 1.0}, LIMIT, exit_at(1, fraction=0.5)], variant=variant)
    assert said(events[3:], "kind", "order_id", "size", "reason") == [("partially_closed", 1, 0.5, "signal_exit")]
    assert output.positions["status"].to_pylist() == ["open", "pending"]


@VARIANTS
@pytest.mark.rule("E-15", "Q-E11", "Q-T8")
@pytest.mark.parametrize(
    ("asked", "levels", "kind"),
    [
        ({"stop_loss": 95.0}, (95.0, 111.0), "modified"),
        ({"take_profit": 121.0}, (91.0, 121.0), "initial"),
        ({"stop_loss": 95.0, "take_profit": 121.0}, (95.0, 121.0), "modified"),
        # The value that it has already: a row, but no moved stop.
        ({"stop_loss": 91.0}, (91.0, 111.0), "initial"),
    ],
)
def test_a_modify_sets_what_it_gives(
    run: Run, variant: Variant, asked: Row, levels: tuple[float, float], kind: str
) -> None:
    signals = [LONG | {"take_profit": 111.0}, modify_at(1, **asked)]
    output, events = run([FLAT, FLAT], signals, variant=variant)
    stop_loss, take_profit = levels
    assert events[2:] == [
        {
            "seq": 2,
            "kind": "modified",
            "order_id": 1,
            "stop_loss": stop_loss,
            "take_profit": take_profit,
            "reason": "modify_signal",
        }
    ]
    (row,) = output.positions.to_pylist()
    assert (row["stop_loss"], row["take_profit"], row["stop_kind"]) == (*levels, kind)
    assert (row["initial_stop_loss"], row["initial_take_profit"], row["size"]) == (91.0, 111.0, 1.0)


# The bar of the modify reaches 99 and 104 before its close of 100; the next one closes at the new level.
@pytest.mark.rule("E-15", "E-10", "Q-E10")
@pytest.mark.parametrize(
    ("variant", "asked", "bar", "price", "reason"),
    [
        (Variant.CANONICAL, {"stop_loss": 99.0}, (100.0, 100.0, 98.0, 100.0), 99.0, "modified_stop_loss"),
        (Variant.V1, {"stop_loss": 99.0}, (100.0, 100.0, 98.0, 100.0), 99.0, "break_even_stop_loss"),
        (Variant.CANONICAL, {"take_profit": 104.0}, (100.0, 105.0, 100.0, 100.0), 104.0, "take_profit"),
        (Variant.V1, {"take_profit": 104.0}, (100.0, 105.0, 100.0, 100.0), 104.0, "take_profit"),
        (Variant.CANONICAL, {"take_profit": 104.0}, (100.0, 100.0, 90.0, 100.0), 91.0, "stop_loss"),
        (Variant.V1, {"take_profit": 104.0}, (100.0, 100.0, 90.0, 100.0), 91.0, "stop_loss"),
    ],
)
def test_a_modify_counts_from_the_next_bar(
    run: Run, variant: Variant, asked: Row, bar: Quote, price: float, reason: str
) -> None:
    quotes = [FLAT, (100.0, 105.0, 98.5, 100.0), bar]
    _, events = run(quotes, [LONG, modify_at(1, **asked)], variant=variant, pip_buffer_factor=0.0)
    assert said(events[2:], "kind", "price", "reason") == [
        ("modified", None, "modify_signal"),
        ("closed", price, reason),
    ]


# Moved to 95 and back to 91: it was moved, and says so for good.
@pytest.mark.rule("E-10", "Q-E10", "Q-E11")
def test_a_stop_that_came_back_was_moved_all_the_same(run: Run) -> None:
    signals = [LONG, modify_at(1, stop_loss=95.0), modify_at(2, stop_loss=91.0)]
    _, events = run([FLAT, FLAT, FLAT, flat_at(90.0)], signals)
    assert (events[-1]["stop_loss"], events[-1]["reason"]) == (91.0, "modified_stop_loss")


# What moved it last gives the name: break-even to 101, a signal to 104, trailing to 116 − 10 = 106.
@pytest.mark.rule("E-10", "Q-E10", "E-11")
@pytest.mark.parametrize(
    ("bars", "stop", "reason"),
    [(2, 101.0, "break_even_stop_loss"), (3, 104.0, "modified_stop_loss"), (4, 106.0, "trailing_stop")],
)
def test_the_last_move_names_the_stop(run: Run, bars: int, stop: float, reason: str) -> None:
    entry = LONG | {"break_even_at_r": 1.0, "trailing_distance": 10.0}
    quotes = [FLAT, (102.0, 111.0, 102.0, 107.0), (107.0, 108.0, 107.0, 107.0), (107.0, 116.0, 107.0, 107.0)]
    signals = [entry] if bars == 2 else [entry, modify_at(2, stop_loss=104.0)]
    output, _ = run([*quotes[:bars], flat_at(90.0)], signals, pip_buffer_factor=0.0)
    (trade,) = output.trades.to_pylist()
    assert (trade["stop_loss"], trade["reason"]) == (stop, reason)


# Seen from bid_close 100 for a long, ask_close 101 for a short; a level at that price is on no side.
@VARIANTS
@pytest.mark.rule("E-15", "Q-E15b", "Q-T8")
@pytest.mark.parametrize(
    ("entry", "asked", "reason"),
    [
        (LONG, {"stop_loss": 99.99}, None),
        (LONG, {"stop_loss": 100.0}, "stop_side"),
        (LONG, {"take_profit": 100.01}, None),
        (LONG, {"take_profit": 100.0}, "target_side"),
        (LONG, {"stop_loss": 95.0, "take_profit": 100.0}, "target_side"),
        (LONG, {"stop_loss": 100.0, "take_profit": 120.0}, "stop_side"),
        (LONG, {"stop_loss": 100.0, "take_profit": 100.0}, "stop_side"),
        (SHORT, {"stop_loss": 101.01}, None),
        (SHORT, {"stop_loss": 101.0}, "stop_side"),
        (SHORT, {"take_profit": 100.99}, None),
        (SHORT, {"take_profit": 101.0}, "target_side"),
        (SHORT, {"stop_loss": 105.0, "take_profit": 101.0}, "target_side"),
    ],
)
def test_a_modify_is_checked_against_the_close_all_or_nothing(
    run: Run, variant: Variant, entry: Row, asked: Row, reason: str | None
) -> None:
    output, events = run([FLAT, FLAT], [entry, modify_at(1, **asked)], variant=variant)
    kind, code = ("modified", {}) if reason is None else ("rejected", {"error_code": 1006})
    stop_loss = asked.get("stop_loss") if reason else asked.get("stop_loss", entry["stop_loss"])
    asks = {"stop_loss": stop_loss, "take_profit": asked.get("take_profit")}
    row = {"seq": 2, "kind": kind, "order_id": 1, **asks, "reason": reason or "modify_signal", **code}
    assert events[2:] == [{name: field for name, field in row.items() if field is not None}]
    told = output.events.slice(2).to_pylist()[0]
    assert (told["direction"], told["order_type"]) == (entry.get("direction", "long"), "market")
    if reason is not None:
        (position,) = output.positions.to_pylist()
        assert (position["stop_loss"], position["take_profit"]) == (entry["stop_loss"], None)


# 105 is no stop of the long but one of the short: each position is judged by itself.
@VARIANTS
@pytest.mark.rule("E-15", "Q-E15b")
def test_each_match_is_judged_by_itself(run: Run, variant: Variant) -> None:
    _, events = run([FLAT, FLAT], [LONG, SHORT, modify_at(1, stop_loss=105.0)], variant=variant)
    assert said(events[4:], "kind", "order_id", "stop_loss", "reason") == [
        ("rejected", 1, 105.0, "stop_side"),
        ("modified", 2, 105.0, "modify_signal"),
    ]


# A pending order is judged by its own price of 95, where the market is at 100.
@VARIANTS
@pytest.mark.rule("E-15", "Q-E15b")
@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"stop_loss": 94.99}, "modify_signal"),
        ({"stop_loss": 95.0}, "stop_side"),
        ({"take_profit": 95.01}, "modify_signal"),
        ({"take_profit": 95.0}, "target_side"),
    ],
)
def test_a_pending_order_is_judged_by_its_price(run: Run, variant: Variant, asked: Row, reason: str) -> None:
    _, events = run([FLAT, FLAT], [LIMIT, modify_at(1, **asked)], variant=variant)
    assert said(events[1:], "order_id", "reason") == [(1, reason)]


# At the next open its order_price is the close of 101, whatever the market does until then.
@pytest.mark.rule("E-15", "Q-E15b")
@pytest.mark.parametrize(("stop", "reason"), [(100.5, "modify_signal"), (101.0, "stop_side")])
def test_a_market_order_that_waits_for_its_open_is_judged_by_its_price(run: Run, stop: float, reason: str) -> None:
    _, events = run([FLAT], [LONG, modify_at(0, stop_loss=stop)], market_fill=MarketFill.NEXT_OPEN)
    assert said(events[1:], "order_id", "reason") == [(1, reason)]


# Ten points of risk are one lot, and stay it: the moved stop of 90 is five points away. In the bar of the trigger v1
# calls every stop by one name.
@pytest.mark.rule("E-10", "Q-E10", "Q-E15b", "S-2")
@pytest.mark.parametrize(("variant", "reason"), [(Variant.CANONICAL, "modified_stop_loss"), (Variant.V1, "stop_loss")])
def test_a_modified_order_keeps_its_size(run: Run, variant: Variant, reason: str) -> None:
    output, events = run(
        [FLAT, FLAT, (100.0, 100.0, 89.0, 95.0)], [LIMIT, modify_at(1, stop_loss=90.0)], variant=variant
    )
    assert said(events[2:], "kind", "price", "size", "reason") == [
        ("opened", 95.0, 1.0, None),
        ("closed", 90.0, 1.0, reason),
    ]
    (trade,) = output.trades.to_pylist()
    assert (trade["initial_stop_loss"], trade["r_multiple"], trade["result"]) == (85.0, -0.5, -50.0)


# 95.004 is 95.0 on the grid of two digits.
@pytest.mark.rule("N-8", "E-15")
@pytest.mark.parametrize(("variant", "stop"), [(Variant.CANONICAL, 95.0), (Variant.V1, 95.004)])
def test_new_levels_lie_on_the_grid(run: Run, variant: Variant, stop: float) -> None:
    _, events = run([FLAT, FLAT], [LONG, modify_at(1, stop_loss=95.004)], variant=variant)
    assert said(events[2:], "stop_loss") == [(stop,)]


# 100.004 is the close on the grid, which is no stop: the row shows what was compared.
@pytest.mark.rule("N-8", "Q-E15b", "Q-T8")
@pytest.mark.parametrize("direction", ["long", "short"])
def test_a_refused_change_shows_the_levels_that_were_compared(run: Run, direction: str) -> None:
    entry, asked = (LONG, 100.004) if direction == "long" else (SHORT, 100.996)
    for variant, stop in ((Variant.CANONICAL, round(asked, 2)), (Variant.V1, asked)):
        _, events = run([FLAT, FLAT], [entry, modify_at(1, stop_loss=asked)], variant=variant)
        assert said(events[2:], "kind", "stop_loss", "reason") == [("rejected", stop, "stop_side")]


# Stopped out in the pass of its bar: nothing is left for the exit, which had been taken before.
@pytest.mark.rule("E-15", "Q-E15", "E-21")
def test_an_exit_comes_after_the_stop_out(run: Run) -> None:
    entry = LONG | {"stop_loss": 10.0, "size": 1.0}
    _, events = run([FLAT, (100.0, 100.0, 50.0, 100.0)], [entry, exit_at(1), exit_at(2)], initial_balance=100.0)
    assert said(events[2:], "kind", "reason", "error_code") == [
        ("rejected", "after_end", 1006),
        ("closed", "stop_out", None),
        ("rejected", "no_match", 1007),
    ]
