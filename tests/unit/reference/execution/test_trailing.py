"""Stops behind the price, by hand (E-14): in at 101 (long, the ask) or 100 (short), ten points to the stop."""

from __future__ import annotations

import pytest

from omega.contract.types import Variant

from .by_hand import FLAT, Row, Run, moves, up_to

VARIANTS = pytest.mark.parametrize("variant", list(Variant))
LONG: Row = {"price": 101.0, "stop_loss": 91.0, "trailing_distance": 5.0}
SHORT: Row = {"price": 100.0, "direction": "short", "stop_loss": 110.0, "trailing_distance": 5.0}


# bid_high − 5 = 95 is 4 over the stop; ask_low + 5 = 106 is 4 under it: both while the position loses.
@VARIANTS
@pytest.mark.rule("E-14", "Q-E14")
@pytest.mark.parametrize(
    ("signal", "stop"),
    [
        (LONG, 95.0),
        (LONG | {"trailing_step": 4.0}, 95.0),
        (LONG | {"trailing_step": 4.01}, None),
        (LONG | {"trailing_distance": 9.0}, None),
        (LONG | {"trailing_distance": 8.75}, 91.25),
        (LONG | {"trailing_distance": 0.0}, 100.0),
        (SHORT, 106.0),
        (SHORT | {"trailing_step": 4.0}, 106.0),
        (SHORT | {"trailing_step": 4.01}, None),
        (SHORT | {"trailing_distance": 9.0}, None),
        (SHORT | {"trailing_distance": 8.75}, 109.75),
        (SHORT | {"trailing_distance": 0.0}, 101.0),
        (LONG | {"trailing_distance": None, "trailing_step": 1.0}, None),
    ],
)
def test_the_stop_follows_at_its_distance_step_by_step(
    run: Run, variant: Variant, signal: Row, stop: float | None
) -> None:
    output, events = run([FLAT, FLAT], [signal], variant=variant, pip_buffer_factor=0.0)
    assert moves(events) == ([] if stop is None else [(stop, "trailing")])
    (row,) = output.positions.to_pylist()
    assert (row["stop_loss"], row["initial_stop_loss"]) == (stop or signal["stop_loss"], signal["stop_loss"])
    assert row["stop_kind"] == ("initial" if stop is None else "trailing")
    assert (row["trailing_distance"], row["trailing_step"]) == (
        signal["trailing_distance"],
        signal.get("trailing_step"),
    )


@pytest.mark.rule("E-14", "Q-E11")
def test_what_is_written_down(run: Run) -> None:
    _, events = run([FLAT, FLAT], [LONG | {"take_profit": 130.0}])
    assert events[2:] == [
        {"seq": 2, "kind": "modified", "order_id": 1, "stop_loss": 95.0, "take_profit": 130.0, "reason": "trailing"}
    ]


@VARIANTS
@pytest.mark.rule("E-14")
def test_it_never_goes_back(run: Run, variant: Variant) -> None:
    quotes = [FLAT, up_to(104.0), up_to(103.0), up_to(104.0), up_to(104.01)]
    _, events = run(quotes, [LONG], variant=variant, pip_buffer_factor=0.0)
    assert [(round(stop, 8), reason) for stop, reason in moves(events)] == [(99.0, "trailing"), (99.01, "trailing")]


@pytest.mark.rule("E-11", "E-14")
def test_the_bar_of_the_fill_moves_nothing(run: Run) -> None:
    assert moves(run([up_to(150.0)], [LONG])[1]) == []


# The stop of 107 lies over the close of 100: it fills at the next open (v1: at its level, whatever the market is).
@pytest.mark.rule("E-10", "Q-E10", "E-14", "E-9")
@pytest.mark.parametrize(
    ("variant", "price", "reason"),
    [(Variant.CANONICAL, 102.0, "trailing_stop"), (Variant.V1, 107.0, "break_even_stop_loss")],
)
def test_a_stop_beyond_the_close_fills_in_the_next_bar(run: Run, variant: Variant, price: float, reason: str) -> None:
    quotes = [FLAT, up_to(112.0), (102.0, 103.0, 101.0, 103.0)]
    output, events = run(quotes, [LONG], variant=variant, pip_buffer_factor=0.0)
    assert [event["kind"] for event in events] == ["accepted", "opened", "modified", "closed"]
    assert (events[-1]["price"], events[-1]["reason"]) == (price, reason)
    assert output.trades["result"].to_pylist() == [(price - 101.0) * 10]


# 111 brings break-even to 101; of the candidates only what is beyond that counts, by steps from there.
@VARIANTS
@pytest.mark.rule("E-11", "E-13", "E-14")
@pytest.mark.parametrize(
    ("trailing", "expected"),
    [
        ({"trailing_distance": 12.0}, [(101.0, "break_even")]),
        ({"trailing_distance": 8.0}, [(101.0, "break_even"), (103.0, "trailing")]),
        ({"trailing_distance": 8.0, "trailing_step": 3.0}, [(101.0, "break_even")]),
        ({"trailing_distance": 8.0, "trailing_step": 2.0}, [(101.0, "break_even"), (103.0, "trailing")]),
    ],
)
def test_trailing_sees_the_stop_that_break_even_set(
    run: Run, variant: Variant, trailing: Row, expected: list[tuple[float, str]]
) -> None:
    signal = LONG | {"break_even_at_r": 1.0} | trailing
    output, events = run([FLAT, up_to(111.0)], [signal], variant=variant, pip_buffer_factor=0.0)
    assert moves(events) == expected
    assert output.positions["stop_kind"].to_pylist() == [expected[-1][1]]


# Distances have three digits: 4.0004 is 4.0, and 100 − 5.004 is 95.0 on the grid of two. v1 has neither.
@pytest.mark.rule("N-8", "Q-E14")
@pytest.mark.parametrize(
    ("variant", "signal", "stops"),
    [
        (Variant.CANONICAL, {"trailing_step": 4.0004}, [95.0]),
        (Variant.V1, {"trailing_step": 4.0004}, []),
        (Variant.CANONICAL, {"trailing_distance": 5.004}, [95.0]),
        (Variant.V1, {"trailing_distance": 5.004}, [100.0 - 5.004]),
    ],
)
def test_stop_and_step_lie_on_their_grids(run: Run, variant: Variant, signal: Row, stops: list[float]) -> None:
    _, events = run([FLAT, FLAT], [LONG | signal], variant=variant)
    assert [stop for stop, _ in moves(events)] == stops


# Bought with the stop at 0.5, under the largest slippage of 1: the first stop is the user's, a derived one is not set.
@pytest.mark.rule("Q-E11", "Q-C1b")
@pytest.mark.parametrize(("distance", "stops"), [(99.0, []), (98.99, [1.01])])
def test_a_stop_where_nothing_may_fill_is_not_set(run: Run, distance: float, stops: list[float]) -> None:
    signal = LONG | {"stop_loss": 0.5, "trailing_distance": distance, "size": 1.0}
    _, events = run([FLAT, FLAT], [signal], slippage_fixed_pips=1.0)
    assert [stop for stop, _ in moves(events)] == stops


# The second position trails by its own distance, in order_id order; the first does not.
@VARIANTS
@pytest.mark.rule("E-11", "E-14")
def test_each_position_by_its_own_fields(run: Run, variant: Variant) -> None:
    plain = LONG | {"trailing_distance": None}
    _, events = run([FLAT, FLAT], [plain, LONG, LONG | {"trailing_distance": 6.0}], variant=variant)
    told = [(event["order_id"], event["stop_loss"]) for event in events if event["kind"] == "modified"]
    assert told == [(2, 95.0), (3, 94.0)]
