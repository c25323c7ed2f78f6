"""Break-even, trailing stops, exit and modify signals and partial closes by hand, on both sides and in both variants.

EURUSD in hours, ask and bid equal where nothing is said: one lot is worth 10 USD a pip, 100,000 a unit of price.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

import omega
from omega.contract.errors import ErrorCode, OmegaError

from .test_fills_by_hand import AT, FLAT, MONDAY, Ohlc, Trial, hours, order

VARIANTS = pytest.mark.parametrize("variant", ["canonical", "v1"])
FEE = {"fee": {"per_million": 30.0}}
TWENTIETH: dict[str, Any] = {
    "symbol": "EURUSD",
    "pip_size": 0.0001,
    "tick_size": 0.00001,
    "tick_value": 1.0,
    "contract_size": 100_000.0,
    "volume_min": 0.05,
    "volume_step": 0.01,
    "volume_max": 100.0,
    "base_currency": "EUR",
    "quote_currency": "USD",
    "profit_currency": "USD",
    "digits": 5,
}
"""EURUSD, of which nobody may hold less than 0.05 lots."""


def flat_at(price: float) -> Ohlc:
    return (price, price, price, price)


def buy(size: float, stop: float, target: float | None = None, **more: Any) -> dict[str, Any]:
    """Buy at the flat close of 1.1000."""
    return order("market", 1.1000, stop, target, size=size, **more)


def instruct(kind: str, hour: int, **more: Any) -> dict[str, Any]:
    """Exit or modify what is there, at an hour."""
    return {"signal_type": kind, "timestamp": hours(hour), **more}


def tried(backend: str, variant: str, bars: Sequence[Ohlc], signals: Sequence[dict[str, Any]], **keys: Any) -> Trial:
    """Run a trial without a buffer, on the side that was asked for."""
    trial = Trial(backend, bars, signals, variant=variant, pip_buffer_factor=0.0, **keys)
    assert trial.result.backend == backend
    return trial


def amounts(trial: Trial, *fields: str) -> list[Any]:
    """Return these numbers of all trades, but for the error of their last digits."""
    return [pytest.approx([trade[field] for field in fields], rel=0.0, abs=1e-9) for trade in trial.trades]


# 0.07 lots at 1.10000 cost 0.231. Half is 0.035 lots, in whole steps 0.03: 10 pips of 0.30 USD, and a fee of 0.03 ·
# 110,100 · 30 / 1e6. The rest of 0.04 lots goes at its target, 20 pips of 0.40. v1 measures by R: 0.1 of 3/7 and 0.2 of
# 4/7 of 100 USD.
@pytest.mark.rule("E-16", "Q-E16", "P-1", "P-2", "C-2")
@pytest.mark.parametrize(
    ("variant", "results", "cash"),
    [
        ("canonical", (3.0, 8.0), 10_010.53767),
        ("v1", (10.0 * 3 / 7, 20.0 * 4 / 7), 10_000.0 - 0.231 - 0.09909 - 0.13224 + 110.0 / 7),
    ],
)
def test_half_by_a_signal_and_the_rest_by_its_target(
    backend: str, variant: str, results: tuple[float, float], cash: float
) -> None:
    bars: list[Ohlc] = [FLAT, (1.1000, 1.1012, 1.0995, 1.1010), (1.1010, 1.1025, 1.1005, 1.1015)]
    signals = [buy(0.07, 1.0900, 1.1020), instruct("exit", 1, fraction=0.5)]
    trial = tried(backend, variant, bars, signals, costs=FEE)
    assert trial.said("kind", "order_id", "price", "size", "reason")[2:] == [
        ("partially_closed", 1, 1.1010, 0.03, "signal_exit"),
        ("closed", 1, 1.1020, 0.04, "take_profit"),
    ]
    assert amounts(trial, "size", "result", "entry_fee", "exit_fee", "r_multiple", "risk_per_trade") == [
        [0.03, results[0], 0.099, 0.09909, 0.1, 300 / 7],
        [0.04, results[1], 0.132, 0.13224, 0.2, 400 / 7],
    ]
    assert trial.metrics["final_cash"] == pytest.approx(cash, rel=0.0, abs=1e-9)
    assert trial.metrics["fees"] == pytest.approx(0.231 + 0.09909 + 0.13224)
    assert (trial.metrics["trades"], trial.metrics["wins"]) == (2, 2)
    assert "1 signal_exit" in str(trial.result)


@VARIANTS
@pytest.mark.rule("E-16", "Q-E16")
@pytest.mark.parametrize(
    ("size", "fraction", "told"),
    [
        # 0.03 lots would go and 0.04 be left, under the least.
        (0.07, 0.5, ("closed", 0.07, "signal_exit", None)),
        # 0.07 would be left, but 0.03 are too few to trade.
        (0.10, 0.3, ("rejected", None, "part_below_min", 1006)),
        (0.10, 0.5, ("partially_closed", 0.05, "signal_exit", None)),
        (0.10, 0.51, ("partially_closed", 0.05, "signal_exit", None)),
        (0.10, 0.6, ("closed", 0.10, "signal_exit", None)),
        # Both are too few: the rest decides.
        (0.08, 0.5, ("closed", 0.08, "signal_exit", None)),
    ],
)
def test_neither_rest_nor_part_is_under_the_least(
    backend: str, variant: str, size: float, fraction: float, told: tuple[object, ...]
) -> None:
    signals = [buy(size, 1.0900), instruct("exit", 1, fraction=fraction)]
    trial = tried(backend, variant, [FLAT, FLAT], signals, instruments=[TWENTIETH])
    assert trial.said("kind", "size", "reason", "error_code")[2:] == [told]
    assert trial.said("order_id", "symbol", "direction", "order_type")[2] == (1, "EURUSD", "long", "market")
    left = trial.result.positions["size"].to_pylist()
    assert left == {"closed": [], "rejected": [size], "partially_closed": [0.05]}[str(told[0])]


# The high of 1.1100 brings the stop to 1.1080, over the close of 1.1070 and the next open of 1.1072, where it fills: 72
# pips of 2 USD. In v1 it fills at its level, 80 pips of the 50 that were risked: 1.6 R of 100 USD.
@pytest.mark.rule("E-14", "Q-E14", "E-9", "E-10", "Q-E10")
@pytest.mark.parametrize(
    ("variant", "price", "result", "reason"),
    [("canonical", 1.1072, 144.0, "trailing_stop"), ("v1", 1.1080, 160.0, "break_even_stop_loss")],
)
def test_a_trailing_stop_beyond_the_close_fills_at_the_next_open(
    backend: str, variant: str, price: float, result: float, reason: str
) -> None:
    bars: list[Ohlc] = [FLAT, (1.1062, 1.1100, 1.1060, 1.1070), (1.1072, 1.1075, 1.1065, 1.1070)]
    trial = tried(backend, variant, bars, [buy(0.2, 1.0950, trailing_distance=0.0020)])
    assert trial.said("kind", "timestamp", "known_at", "stop_loss", "reason")[2:] == [
        ("modified", hours(1), hours(2), 1.1080, "trailing"),
        ("closed", hours(2), hours(2 if variant == "canonical" else 3), 1.1080, reason),
    ]
    (trade,) = trial.trades
    assert trade["exit_price"] == price
    assert trade["result"] == pytest.approx(result)
    assert (trade["stop_kind"], trade["initial_stop_loss"]) == ("trailing", 1.0950)


# v1 quantizes nothing: its stop is the double nearest to the exact difference of high and distance, which here is not
# the price that it is written as.
@pytest.mark.rule("E-14", "Q-E14", "Q-N8")
@pytest.mark.parametrize("variant", ["canonical", "v1"])
def test_a_trailing_stop_of_v1_is_one_subtraction(backend: str, variant: str) -> None:
    high, distance = 1.1103, 0.0030
    trial = tried(
        backend, variant, [FLAT, (1.1062, high, 1.1060, 1.1100)], [buy(0.2, 1.0950, trailing_distance=distance)]
    )
    exact = float(Fraction(high) - Fraction(distance))
    assert exact != round(exact, 5)
    assert trial.said("stop_loss", "reason")[2:] == [(round(exact, 5) if variant == "canonical" else exact, "trailing")]


# 30 of 100 pips are 0.3 R. In doubles (1.103 − 1.1) / |1.1 − 1.09| is 0.29999999999998916, which v1 compares; distances
# of the grid are 0.003 and 0.003.
@pytest.mark.rule("E-13", "Q-E13", "N-8")
@pytest.mark.parametrize(("variant", "is_due"), [("canonical", True), ("v1", False)])
def test_no_rounding_error_decides_break_even(backend: str, variant: str, is_due: bool) -> None:
    bars: list[Ohlc] = [FLAT, (1.1010, 1.1030, 1.1005, 1.1020)]
    trial = tried(backend, variant, bars, [buy(0.1, 1.0900, break_even_at_r=0.3, break_even_offset=0.0002)])
    assert trial.said("kind", "stop_loss", "reason")[2:] == ([("modified", 1.1002, "break_even")] if is_due else [])


# Sold at 1.1000, 50 pips at risk; 50 pips under it the stop goes to 2 pips under the entry, and is hit there.
@VARIANTS
@pytest.mark.rule("E-13", "Q-E13", "E-10", "E-11")
def test_a_short_at_break_even(backend: str, variant: str) -> None:
    bars: list[Ohlc] = [FLAT, (1.0990, 1.0999, 1.0949, 1.0960), (1.0960, 1.1010, 1.0955, 1.1005)]
    entry = order("market", 1.1000, 1.1050, direction="short", size=0.1, break_even_at_r=1.0, break_even_offset=0.0002)
    trial = tried(backend, variant, bars, [entry])
    assert trial.said("kind", "stop_loss", "price", "reason")[2:] == [
        ("modified", 1.0998, None, "break_even"),
        ("closed", 1.0998, 1.0998, "break_even_stop_loss"),
    ]
    (trade,) = trial.trades
    assert trade["r_multiple"] == pytest.approx(0.04)
    assert trade["result"] == pytest.approx(2.0 if variant == "canonical" else 4.0)


# One bar turns the position round: what the exit closes is what was there before it.
@VARIANTS
@pytest.mark.rule("E-15", "Q-E15")
def test_a_reversal_in_one_bar(backend: str, variant: str) -> None:
    turn = order("market", 1.1010, 1.1060, direction="short", size=0.1, timestamp=hours(1))
    trial = tried(backend, variant, [FLAT, flat_at(1.1010)], [buy(0.1, 1.0950), instruct("exit", 1), turn])
    assert trial.said("kind", "order_id", "direction", "price")[2:] == [
        ("accepted", 2, "short", 1.1010),
        ("opened", 2, "short", 1.1010),
        ("closed", 1, "long", 1.1010),
    ]
    assert trial.result.positions["direction"].to_pylist() == ["short"]


# A spread of 10 pips: the long is judged by the bid of 1.1000, the short by the ask of 1.1010, the limit order by its
# own price of 1.0950. 1.1009 is a target of all three, between bid and ask.
@VARIANTS
@pytest.mark.rule("E-15", "Q-E15b", "Q-T8")
def test_each_match_of_a_modify_is_judged_by_itself(backend: str, variant: str) -> None:
    entries = [
        order("market", 1.1010, 1.0900, size=0.1),
        order("market", 1.1000, 1.1110, direction="short", size=0.1),
        order("limit", 1.0950, 1.0900, size=0.1),
    ]
    changes = [
        instruct("modify", 1, stop_loss=1.0940),
        instruct("modify", 1, take_profit=1.1009),
        instruct("modify", 1, stop_loss=1.1015, take_profit=1.0900),
    ]
    trial = tried(backend, variant, [FLAT, FLAT], [*entries, *changes], spread=0.0010)
    assert trial.said("kind", "order_id", "stop_loss", "take_profit", "reason")[5:] == [
        ("modified", 1, 1.0940, None, "modify_signal"),
        ("rejected", 2, 1.0940, None, "stop_side"),
        ("modified", 3, 1.0940, None, "modify_signal"),
        ("modified", 1, 1.0940, 1.1009, "modify_signal"),
        ("modified", 2, 1.1110, 1.1009, "modify_signal"),
        ("modified", 3, 1.0940, 1.1009, "modify_signal"),
        ("rejected", 1, 1.1015, 1.0900, "stop_side"),
        ("modified", 2, 1.1015, 1.0900, "modify_signal"),
        ("rejected", 3, 1.1015, 1.0900, "stop_side"),
    ]
    refused = [event for event in trial.events if event["kind"] == "rejected"]
    assert {(event["price"], event["size"], event["error_code"]) for event in refused} == {(None, None, 1006)}
    assert [event["order_type"] for event in refused] == ["market", "market", "limit"]


@VARIANTS
@pytest.mark.rule("E-15", "Q-E15", "Q-T8")
def test_an_instruction_that_finds_nothing(backend: str, variant: str) -> None:
    signals = [
        order("limit", 1.0950, 1.0900, size=0.1),
        instruct("exit", 1, fraction=0.5),
        instruct("exit", 1, magic_number=4),
        instruct("modify", 1, direction="short", stop_loss=1.0940),
        instruct("modify", 1),
        instruct("modify", 1, stop_loss=-1.0),
        instruct("exit", 1),
        instruct("modify", 1, stop_loss=1.0940, price=7.0, size=8.0),
    ]
    numbered = [{"magic_number": 0, **signal} for signal in signals]
    trial = tried(backend, variant, [FLAT, FLAT], numbered)
    assert trial.said("kind", "order_id", "price", "size", "stop_loss", "reason", "error_code")[1:] == [
        ("rejected", None, None, None, None, "change_missing", 1008),
        ("rejected", None, None, None, -1.0, "not_positive", 1006),
        ("rejected", None, None, None, None, "no_match", 1007),
        ("rejected", None, None, None, None, "no_match", 1007),
        ("rejected", None, None, None, 1.0940, "no_match", 1007),
        ("cancelled", 1, 1.0950, None, 1.0900, "signal_exit", None),
        ("rejected", None, 7.0, 8.0, 1.0940, "no_match", 1007),
    ]


# Decided at 02:00, at the close of the bar of 01:00; with the times of bars in that of 02:00.
@pytest.mark.rule("E-15", "L-1a")
@pytest.mark.parametrize(("setting", "price", "hour"), [("decision", 1.1010, 1), ("bar", 1.1020, 2)])
def test_when_an_exit_fills(backend: str, setting: str, price: float, hour: int) -> None:
    entry = buy(0.1, 1.0900, timestamp=hours(1 if setting == "decision" else 0))
    bars = [FLAT, flat_at(1.1010), flat_at(1.1020)]
    trial = tried(backend, "canonical", bars, [entry, instruct("exit", 2)], signal_time=setting)
    assert trial.said("kind", "timestamp", "known_at", "price")[2:] == [("closed", hours(hour), hours(hour + 1), price)]


# What is left after a part is closed at the end of data, and pays its own fee.
@VARIANTS
@pytest.mark.rule("E-16", "E-18")
def test_the_rest_ends_with_the_data(backend: str, variant: str) -> None:
    signals = [buy(0.1, 1.0900), instruct("exit", 1, fraction=0.4)]
    trial = tried(backend, variant, [FLAT, flat_at(1.1010), flat_at(1.1020)], signals, close_at_end=True, costs=FEE)
    assert trial.said("kind", "size", "reason")[2:] == [
        ("partially_closed", 0.04, "signal_exit"),
        ("closed", 0.06, "end_of_data"),
    ]
    assert amounts(trial, "exit_fee") == [[0.04 * 110_100 * 30 / 1e6], [0.06 * 110_200 * 30 / 1e6]]
    assert sum(trade["entry_fee"] for trade in trial.trades) == pytest.approx(0.33)


@pytest.mark.rule("T-6", "T-10", "Q-T10")
@pytest.mark.parametrize(
    ("fraction", "code"),
    [(0.0, 1006), (-0.5, 1006), (9e-13, 1006), (1.0000001, 1006), (float("nan"), 2004), (float("inf"), 2005)],
)
def test_a_fraction_out_of_its_range_refuses_the_table(backend: str, fraction: float, code: int) -> None:
    with pytest.raises(OmegaError) as caught:
        tried(backend, "canonical", [FLAT, FLAT], [buy(0.1, 1.0900), instruct("exit", 1, fraction=fraction)])
    assert (caught.value.code, caught.value.column, caught.value.row) == (ErrorCode(code), "fraction", 1)


def bar_of(hour: int, price: float) -> dict[str, Any]:
    names = [f"{side}_{name}" for side in ("bid", "ask") for name in ("open", "high", "low", "close")]
    return {"timestamp": MONDAY + timedelta(hours=hour), **dict.fromkeys(names, price)}


# Handed over in the bar of 01:00, whose exits nobody evaluated: the exit acts in that of 02:00, on the order before it.
@VARIANTS
@pytest.mark.rule("E-15", "Q-E15c", "E-19")
def test_step_by_step_an_exit_waits_for_the_next_bar_evaluated(backend: str, variant: str) -> None:
    keys = {**AT, "variant": variant}
    with omega.ExecutionSimulator(keys, backend=backend) as simulator:

        def take(hour: int, price: float, row: dict[str, Any]) -> None:
            whole = {"symbol": "EURUSD", "signal_type": "entry", "timestamp": hours(hour), **row}
            simulator.process_signals(bar_of(hour, price), [whole])

        take(0, 1.1000, buy(0.1, 1.0900))
        simulator.evaluate_exits(bar_of(0, 1.1000))
        take(1, 1.1010, instruct("exit", 1))
        take(2, 1.1020, order("market", 1.1020, 1.0900, size=0.1, timestamp=hours(2)))
        assert simulator.trades.num_rows == 0
        told = simulator.evaluate_exits(bar_of(2, 1.1020)).to_pylist()
        assert [(row["kind"], row["order_id"], row["price"]) for row in told] == [("closed", 1, 1.1020)]
        assert [row["order_id"] for row in simulator.positions().to_pylist()] == [2]
        assert simulator.evaluate_exits(bar_of(3, 1.1020)).num_rows == 0
