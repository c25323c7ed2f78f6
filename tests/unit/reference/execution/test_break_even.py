"""Stops that move to the entry, by hand (E-13): in at 101 (long, the ask) or 100 (short), ten points to the stop."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest

from omega.contract.types import EngineConfig, Variant
from omega_reference.engine import Engine

from .by_hand import FLAT, Quote, Row, Run, down_to, moves, up_to

MakeTable = Callable[..., pa.Table]

VARIANTS = pytest.mark.parametrize("variant", list(Variant))
LONG: Row = {"price": 101.0, "stop_loss": 91.0, "break_even_at_r": 1.0}
SHORT: Row = {"price": 100.0, "direction": "short", "stop_loss": 110.0, "break_even_at_r": 1.0}


# The gain is measured on the exit's side: bid_high − 101, 100 − ask_low, the ask one point over the bid.
@VARIANTS
@pytest.mark.rule("E-13", "Q-E13")
@pytest.mark.parametrize(
    ("signal", "bar", "stop"),
    [
        (LONG, up_to(111.0), 101.0),
        (LONG, up_to(110.99), None),
        (LONG | {"break_even_at_r": 0.5}, up_to(106.0), 101.0),
        (LONG | {"break_even_offset": 2.5}, up_to(111.0), 103.5),
        (SHORT, down_to(89.0), 100.0),
        (SHORT, down_to(89.01), None),
        (SHORT | {"break_even_at_r": 1.5}, down_to(84.0), 100.0),
        (SHORT | {"break_even_offset": 2.5}, down_to(89.0), 97.5),
    ],
)
def test_at_its_multiple_of_the_risk_the_stop_goes_to_the_entry(
    run: Run, variant: Variant, signal: Row, bar: Quote, stop: float | None
) -> None:
    output, events = run([FLAT, bar], [signal], variant=variant, pip_buffer_factor=0.0)
    assert moves(events) == ([] if stop is None else [(stop, "break_even")])
    (row,) = output.positions.to_pylist()
    assert (row["stop_loss"], row["initial_stop_loss"]) == (stop or signal["stop_loss"], signal["stop_loss"])
    assert row["stop_kind"] == ("initial" if stop is None else "break_even")
    assert (row["break_even_at_r"], row["break_even_offset"]) == (
        signal["break_even_at_r"],
        signal.get("break_even_offset"),
    )


@pytest.mark.rule("E-13", "Q-E11")
def test_what_is_written_down(run: Run) -> None:
    _, events = run([FLAT, up_to(111.0)], [LONG | {"take_profit": 130.0}])
    assert events[2:] == [
        {
            "seq": 2,
            "kind": "modified",
            "order_id": 1,
            "stop_loss": 101.0,
            "take_profit": 130.0,
            "reason": "break_even",
        }
    ]


# 0 at the entry is the gain of nothing: due in the first bar after the fill that is not below it.
@pytest.mark.rule("E-11", "E-13")
def test_neither_the_bar_of_the_fill_nor_one_below_the_entry_counts(run: Run) -> None:
    signal = LONG | {"break_even_at_r": 0.0}
    assert moves(run([up_to(120.0)], [signal])[1]) == []
    assert moves(run([up_to(120.0), up_to(100.99)], [signal])[1]) == []
    assert moves(run([up_to(120.0), up_to(101.0)], [signal])[1]) == [(101.0, "break_even")]


# In the bar that moves it the bid is at 100, under the new stop; the next one falls through 101, or opens at 99.
@pytest.mark.rule("E-10", "Q-E10", "E-11", "E-13")
@pytest.mark.parametrize(
    ("variant", "bar", "price"),
    [
        (Variant.CANONICAL, (105.0, 105.0, 100.5, 105.0), 101.0),
        (Variant.CANONICAL, (99.0, 105.0, 99.0, 105.0), 99.0),
        (Variant.V1, (99.0, 105.0, 99.0, 105.0), 101.0),
    ],
)
def test_the_moved_stop_counts_from_the_next_bar_and_says_so(
    run: Run, variant: Variant, bar: Quote, price: float
) -> None:
    output, events = run([FLAT, up_to(111.0), bar], [LONG], variant=variant, pip_buffer_factor=0.0)
    closed = events[-1]
    assert (closed["price"], closed["reason"], closed["stop_loss"]) == (price, "break_even_stop_loss", 101.0)
    (trade,) = output.trades.to_pylist()
    assert (trade["stop_kind"], trade["initial_stop_loss"], trade["stop_loss"]) == ("break_even", 91.0, 101.0)
    # R is still by the ten points that were risked.
    assert (trade["result"], trade["r_multiple"]) == ((price - 101.0) * 10, (price - 101.0) / 10)


# Half a point of buffer: 101.5 counts as reached, 101.51 does not (v1's buffer is the bar's).
@VARIANTS
@pytest.mark.rule("Q-E11", "Q-E6")
@pytest.mark.parametrize(("low", "is_stopped"), [(101.5, True), (101.51, False)])
def test_the_moved_stop_has_its_buffer(run: Run, variant: Variant, low: float, is_stopped: bool) -> None:
    bars = [FLAT, up_to(111.0), (105.0, 105.0, low, 105.0)]
    output, _ = run(bars, [LONG], variant=variant, pip_buffer_factor=0.5)
    assert output.trades.num_rows == is_stopped


# A modify signal brings the stop to 102, beyond the entry, in the bar in which it is due; later back to 95.
@VARIANTS
@pytest.mark.rule("E-13")
def test_the_once_is_used_up_where_the_stop_is_beyond_already(run: Run, variant: Variant) -> None:
    modify = {"signal_type": "modify", "direction": None, "order_type": None}
    signals = [LONG, {"bar": 1, "stop_loss": 102.0, **modify}, {"bar": 2, "stop_loss": 95.0, **modify}]
    high: Quote = (105.0, 115.0, 105.0, 105.0)
    _, events = run([FLAT, high, high, high], signals, variant=variant)
    assert moves(events) == [(102.0, "modify_signal"), (95.0, "modify_signal")]


@VARIANTS
@pytest.mark.rule("E-13")
def test_it_moves_once(run: Run, variant: Variant) -> None:
    high: Quote = (105.0, 115.0, 105.0, 105.0)
    back = {"bar": 2, "signal_type": "modify", "stop_loss": 95.0}
    _, events = run([FLAT, high, high, high], [LONG, back], variant=variant)
    assert moves(events) == [(101.0, "break_even"), (95.0, "modify_signal")]


# v1 fills a stop order at its level, here its own stop, while the market is above both: nothing to divide by.
@pytest.mark.rule("E-13", "Q-E13")
def test_without_a_distance_nothing_is_due(run: Run) -> None:
    signal = LONG | {"order_type": "stop", "price": 105.0, "stop_loss": 105.0}
    above: Quote = (106.0, 120.0, 106.0, 110.0)
    output, events = run([FLAT, above, above], [signal], variant=Variant.V1, pip_buffer_factor=0.0)
    assert (output.positions["status"].to_pylist(), moves(events)) == (["open"], [])


# Crossed quotes, the ask a point under the bid: a limit order fills at the open of 85, at its own stop.
@pytest.mark.rule("E-13", "Q-E13")
def test_without_a_distance_nothing_is_due_between_crossed_quotes(
    make_config: Callable[..., EngineConfig], make_bars: MakeTable, make_signals: MakeTable
) -> None:
    quotes = [FLAT, (86.0, 120.0, 86.0, 100.0), (100.0, 130.0, 100.0, 100.0)]
    crossed = make_bars([tuple(price - 1.0 for price in quote) for quote in quotes])
    bars = crossed.select(["timestamp"])
    for name in crossed.column_names[1:]:
        source = make_bars(quotes)[name] if name.startswith("bid") else crossed[name.replace("ask", "bid")]
        bars = bars.append_column(name, source)
    signals = make_signals(LONG | {"order_type": "limit", "price": 95.0, "stop_loss": 85.0})
    output = Engine().run(bars, signals, make_config(pip_buffer_factor=0.0))
    (row,) = output.positions.to_pylist()
    assert (row["entry_price"], row["initial_stop_loss"], row["stop_kind"]) == (85.0, 85.0, "initial")


# Nothing may fill at 0 or below: a stop at or under the largest slippage stays where it is (a pip is a point here).
@VARIANTS
@pytest.mark.rule("Q-E11", "Q-C1b")
@pytest.mark.parametrize(
    ("offset", "slippage", "stop"),
    [(100.0, {}, None), (99.99, {}, 0.01), (97.0, {"slippage_random_pips": 2.0}, None)],
)
def test_a_stop_where_nothing_may_fill_is_not_set(
    run: Run, variant: Variant, offset: float, slippage: Row, stop: float | None
) -> None:
    signal = SHORT | {"break_even_offset": offset}
    _, events = run([FLAT, down_to(80.0)], [signal], variant=variant, **slippage)
    assert [round(moved, 8) for moved, _ in moves(events)] == ([] if stop is None else [stop])


# Sold at 100 less one point of slippage: 99 − 98 is the largest slippage, 99 − 97.99 is more. The once is used up.
@pytest.mark.rule("Q-E11", "Q-C1b", "E-13")
@pytest.mark.parametrize(("offset", "stop"), [(98.0, []), (97.99, [(1.01, "break_even")])])
def test_a_stop_at_the_largest_slippage_is_not_set(run: Run, offset: float, stop: list[tuple[float, str]]) -> None:
    signal = SHORT | {"break_even_offset": offset}
    _, events = run([FLAT, down_to(80.0), down_to(80.0)], [signal], slippage_fixed_pips=1.0)
    assert moves(events) == stop


# 101 + 0.004 is 101.0 on the grid of two digits; v1 has none.
@pytest.mark.rule("N-8", "Q-E13")
@pytest.mark.parametrize(("variant", "stop"), [(Variant.CANONICAL, 101.0), (Variant.V1, 101.004)])
def test_the_new_stop_lies_on_the_grid(run: Run, variant: Variant, stop: float) -> None:
    _, events = run([FLAT, up_to(111.0)], [LONG | {"break_even_offset": 0.004}], variant=variant)
    assert moves(events) == [(stop, "break_even")]
