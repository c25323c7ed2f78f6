"""Ruin and margin, worked out by hand (E-21): EURUSD, 1 lot is 100,000 a unit of price; ask and bid are equal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from omega.config import load_config
from omega.contract.errors import ErrorCode, OmegaError

from .test_fills_by_hand import FLAT, Ohlc, Trial, hours, order

DIP: Ohlc = (1.1000, 1.1000, 1.0700, 1.1000)
"""Down 300 pips and back."""
SMALL: dict[str, Any] = {"initial_balance": 1_000.0}

EXACT: dict[str, Any] = {
    "symbol": "EURUSD",
    "pip_size": 0.0001,
    "tick_size": 0.00001,
    "contract_size": 131_072.0,
    "volume_min": 0.125,
    "volume_step": 0.125,
    "volume_max": 64.0,
    "base_currency": "EUR",
    "quote_currency": "USD",
    "profit_currency": "USD",
    "digits": 6,
}


def half_lot(**more: Any) -> dict[str, Any]:
    """Half a lot, 50,000 a unit of price, with a stop far away."""
    return {**order("market", None, 0.6, size=0.5), **more}


# 1,000 and half a lot from 1.1000: at 1.0700 the account stands at 1,000 − 0.03 · 50,000 = −500. It met 0 after 1,000
# of 1,500, two thirds of the way down, at 1.0800.
@pytest.mark.rule("E-21", "Q-E21", "P-5")
def test_an_account_is_closed_where_nothing_was_left(backend: str) -> None:
    later = half_lot(timestamp=hours(2))
    trial = Trial(backend, [FLAT, DIP, FLAT], [half_lot(), later], **SMALL)
    assert trial.said("kind", "price", "reason", "error_code", "known_at") == [
        ("accepted", 1.1, None, None, hours(1)),
        ("opened", 1.1, None, None, hours(1)),
        ("closed", 1.08, "stop_out", None, hours(2)),
        ("rejected", None, "stopped_out", 1007, hours(3)),
    ]
    assert trial.trades[0]["result"] == pytest.approx(-1_000.0)
    assert trial.metrics["final_cash"] == pytest.approx(0.0, abs=1e-9)
    assert trial.metrics["stop_outs"] == 1
    assert trial.metrics["max_drawdown_intrabar"] == pytest.approx(1_500.0)
    assert "\nincidents      1 stop-outs, 0 fallbacks\n" in str(trial.result)
    first = str(trial.result).splitlines()[0]
    assert first == "STOPPED OUT    1 positions closed in the bar of 2024-01-01 01:00 UTC, 1 later signals rejected"


@pytest.mark.rule("E-21", "P-5")
def test_who_goes_on_has_the_drawdown_inside_the_bar(backend: str) -> None:
    trial = Trial(backend, [FLAT, DIP, FLAT], [half_lot(), half_lot(timestamp=hours(2))], on_ruin="continue", **SMALL)
    assert [event["kind"] for event in trial.events] == ["accepted", "opened", "accepted", "opened"]
    assert (trial.metrics["final_equity"], trial.metrics["max_drawdown_abs"]) == (1_000.0, 0.0)
    assert trial.metrics["max_drawdown_intrabar"] == pytest.approx(1_500.0)
    assert trial.metrics["stop_outs"] == 0
    assert str(trial.result).startswith("EURUSD H1")


# A short of half a lot loses 1,500 where the bar goes up 300 pips: nothing is left at 1.1200.
@pytest.mark.rule("E-21", "Q-E21")
def test_a_short_meets_it_on_the_way_up(backend: str) -> None:
    short = half_lot(direction="short", stop_loss=1.6)
    trial = Trial(backend, [FLAT, (1.1, 1.13, 1.1, 1.1)], [short], **SMALL)
    assert trial.said("price", "reason")[-1] == (1.12, "stop_out")


# A bar that opens at 1.0750 stands at −250 from the start: closed there, 1.0750, known at the bar's time.
@pytest.mark.rule("E-21", "Q-E21c")
def test_a_gap_beyond_the_level_closes_at_the_open(backend: str) -> None:
    trial = Trial(backend, [FLAT, (1.075, 1.1, 1.07, 1.1)], [half_lot()], **SMALL)
    assert trial.said("price", "reason", "known_at")[-1] == (1.075, "stop_out", hours(1))
    assert trial.metrics["final_cash"] == pytest.approx(-250.0)


# Two longs at 1.1000, the first with a stop at 1.0950. At the open, 1.0880, both stand at −600: −200 are left. The stop
# is gapped there, and the second closes there too, although by itself it would leave 400.
@pytest.mark.rule("E-21", "Q-E21c")
def test_what_the_pass_closed_counts_at_the_open(backend: str) -> None:
    trial = Trial(backend, [FLAT, (1.088, 1.1, 1.087, 1.1)], [half_lot(stop_loss=1.095), half_lot()], **SMALL)
    assert trial.said("order_id", "price", "reason", "known_at")[-2:] == [
        (1, 1.088, "stop_loss", hours(1)),
        (2, 1.088, "stop_out", hours(1)),
    ]


# The first one's stop at 1.0790 takes 1,050 some time in the bar, and −50 are left wherever the second stands at the
# open: nobody knew that there, nor knows when it came. It closes at the close, not at the open's better price.
@pytest.mark.rule("E-21", "Q-E21c")
def test_what_came_later_in_the_bar_is_not_known_at_its_open(backend: str) -> None:
    trial = Trial(backend, [FLAT, (1.1, 1.1, 1.07, 1.095)], [half_lot(stop_loss=1.079), half_lot()], **SMALL)
    assert trial.said("order_id", "price", "reason", "known_at")[-2:] == [
        (1, 1.079, "stop_loss", hours(2)),
        (2, 1.095, "stop_out", hours(2)),
    ]


# 0.5 · 2⁻⁶ · 2¹⁷ = 1,024: prices and amounts exact in binary, so that the corner is the level to the bit.
@pytest.mark.rule("E-21", "Q-E21")
@pytest.mark.parametrize(("low", "stops"), [(1.09375, 1), (1.093751, 0)])
def test_the_level_itself_is_too_low(backend: str, low: float, stops: int) -> None:
    top = 1.109375
    bars: list[Ohlc] = [(top, top, top, top), (top, top, low, top)]
    trial = Trial(backend, bars, [half_lot()], digits=6, instruments=[EXACT], initial_balance=1_024.0)
    assert trial.metrics["stop_outs"] == stops
    assert trial.said("price", "reason")[-1] == ((1.09375, "stop_out") if stops else (top, None))


# Its own stop at 1.0900 acts in the pass: 500 are left, and no stop-out.
@pytest.mark.rule("E-21")
def test_own_stops_go_first(backend: str) -> None:
    trial = Trial(backend, [FLAT, DIP], [half_lot(stop_loss=1.09)], **SMALL)
    assert trial.said("price", "reason")[-1] == (1.09, "stop_loss")
    assert trial.metrics["stop_outs"] == 0
    assert trial.metrics["final_cash"] == pytest.approx(500.0)


# A stop that a gap takes to 1.0700 leaves −500 and nothing open: the account is stopped out all the same.
@pytest.mark.rule("E-21", "Q-E21")
def test_an_account_without_a_position_is_looked_at_too(backend: str) -> None:
    low: Ohlc = (1.07, 1.07, 1.07, 1.07)
    waiting = order("limit", 1.0, 0.9, size=0.5)
    signals = [half_lot(stop_loss=1.09), waiting, half_lot(timestamp=hours(2))]
    trial = Trial(backend, [FLAT, low, low], signals, **SMALL)
    assert trial.said("kind", "order_id", "reason")[-3:] == [
        ("closed", 1, "stop_loss"),
        ("cancelled", 2, "stop_out"),
        ("rejected", None, "stopped_out"),
    ]
    assert trial.metrics["stop_outs"] == 0


# A fee of 600 a fill: 400 are left once it is bought, −200 once its time is over, after bar 1 was looked at. Bar 2 has
# nothing in it and is looked at, so that the signal of bar 3 is too late.
@pytest.mark.rule("E-21", "Q-E21")
def test_a_bar_with_nothing_in_it_is_looked_at_too(backend: str) -> None:
    signals = [half_lot(max_holding=timedelta(hours=1)), half_lot(timestamp=hours(3))]
    trial = Trial(backend, [FLAT] * 4, signals, costs={"fee": {"min_fee": 600.0}}, **SMALL)
    assert trial.said("kind", "reason")[-2:] == [("closed", "timeout"), ("rejected", "stopped_out")]
    assert (trial.metrics["final_cash"], trial.metrics["stop_outs"]) == (-200.0, 0)
    assert str(trial.result).startswith("STOPPED OUT    0 positions closed, 1 later signals rejected\n")


# Two longs, one opened in the bar by a limit at 1.0900 (it stands still), one pending: one pass in order_id order. The
# first stands at −500 at the low and meets 0 at 1.0800; the second closes at the close, the third is cancelled.
@pytest.mark.rule("E-21", "Q-E21", "E-5")
def test_what_opened_later_in_the_bar_stands_still(backend: str) -> None:
    signals = [half_lot(), order("limit", 1.05, 1.0, size=0.5), order("limit", 1.09, 0.6, size=0.5)]
    trial = Trial(backend, [FLAT, (1.1, 1.1, 1.07, 1.095)], signals, **SMALL)
    assert trial.said("kind", "order_id", "price", "reason")[-4:] == [
        ("opened", 3, 1.09, None),
        ("closed", 1, 1.08, "stop_out"),
        ("cancelled", 2, 1.05, "stop_out"),
        ("closed", 3, 1.095, "stop_out"),
    ]
    assert trial.metrics["stop_outs"] == 2


# Filled at the open at 1.0900 the bar is all behind it: half a lot from there to 1.0600 is −1,500, 0 is met at 1.0700.
@pytest.mark.rule("E-21", "Q-E21")
def test_what_opened_at_the_open_moves_with_the_bar(backend: str) -> None:
    bar: Ohlc = (1.09, 1.09, 1.06, 1.09)
    trial = Trial(backend, [FLAT, bar], [order("limit", 1.095, 0.6, size=0.5)], **SMALL)
    assert trial.said("kind", "price", "reason")[-2:] == [("opened", 1.09, None), ("closed", 1.07, "stop_out")]


# Leverage 50: half a lot at 1.1000 takes 1,100. Of 2,000 the level is half of that, 550, met after 1,450 of the 1,500
# that the way to the low costs: 1.1 − 0.03 · 0.96667 = 1.0710.
@pytest.mark.rule("E-21", "Q-E21")
def test_with_margin_the_level_is_a_share_of_what_is_in_use(backend: str) -> None:
    keys = {"initial_balance": 2_000.0, "margin": {"leverage": 50}}
    trial = Trial(backend, [FLAT, DIP], [half_lot()], **keys)
    assert trial.said("price", "reason")[-1] == (1.071, "stop_out")
    assert trial.metrics["final_cash"] == pytest.approx(550.0)
    patient = Trial(backend, [FLAT, DIP], [half_lot()], initial_balance=2_000.0, margin={"leverage": 50, "stop_out": 0})
    assert patient.metrics["stop_outs"] == 0


# Half a lot takes 1,100, a pending one at 1.0900 1,090: of 2,500 another 1,100 is not free, 220 are, and then no more.
@pytest.mark.rule("E-21", "Q-E21")
def test_an_order_beyond_free_margin_is_rejected(backend: str) -> None:
    keys = {"initial_balance": 2_500.0, "margin": {"leverage": 50}}
    limit = order("limit", 1.09, 0.6, size=0.5)
    signals = [half_lot(), limit, half_lot(), half_lot(size=0.1), half_lot(size=0.1004)]
    trial = Trial(backend, [FLAT], signals, **keys)
    assert trial.said("kind", "size", "reason", "error_code") == [
        ("accepted", 0.5, None, None),
        ("opened", 0.5, None, None),
        ("accepted", 0.5, None, None),
        ("rejected", 0.5, "free_margin", 1006),
        ("accepted", 0.1, None, None),
        ("opened", 0.1, None, None),
        ("rejected", 0.1004, "free_margin", 1006),
    ]
    assert trial.metrics["adjusted_sizes"] == 0


@pytest.mark.rule("E-21")
def test_exactly_what_is_free_may_be_taken(backend: str) -> None:
    # 0.5 · 1.109375 · 131,072 / 64 = 1,136.0 to the bit.
    keys = {"instruments": [EXACT], "margin": {"leverage": 64}, "digits": 6}
    for balance, kind in ((1_136.0, "accepted"), (1_135.999, "rejected")):
        trial = Trial(backend, [(1.109375,) * 4], [half_lot()], initial_balance=balance, **keys)
        assert trial.events[0]["kind"] == kind


# Yen: one lot of USDJPY at 150 is 100,000 USD, 2,000 of margin at 50, whatever the price is now.
@pytest.mark.rule("E-21", "S-1")
def test_margin_is_in_the_accounts_money(backend: str) -> None:
    yen: Ohlc = (150.0, 150.0, 150.0, 150.0)
    entry = order("market", None, 100.0, symbol="USDJPY", size=1.0)
    for balance, kind in ((2_000.0, "accepted"), (1_999.0, "rejected")):
        keys = {"symbol": "USDJPY", "initial_balance": balance, "margin": {"leverage": 50}}
        assert Trial(backend, [yen], [entry], **keys).events[0]["kind"] == kind


# Slippage of one pip and a fee of 5 per fill: bought at 1.1001 for 5. Down 300 pips the account stands at 995 − 1,505,
# it met 0 where 995 − 50,000 · (1.1001 − x) is 0, at 1.0802, and sells a pip lower for 5 more.
@pytest.mark.rule("E-21", "Q-E21", "C-1", "C-2")
def test_a_stop_out_slips_and_pays_as_a_stop_does(backend: str) -> None:
    costs = {"slippage": {"fixed_pips": 1.0}, "fee": {"min_fee": 5.0}}
    trial = Trial(backend, [FLAT, DIP], [half_lot()], costs=costs, **SMALL)
    assert trial.said("price", "fee", "reason")[-1] == (1.0801, 5.0, "stop_out")
    assert trial.metrics["final_cash"] == pytest.approx(-10.0)


@pytest.mark.rule("E-21")
def test_v1_goes_on_whatever_is_left(backend: str) -> None:
    trial = Trial(backend, [FLAT, DIP, FLAT], [half_lot(price=1.1)], variant="v1", **SMALL)
    assert [event["kind"] for event in trial.events] == ["accepted", "opened"]
    assert trial.metrics["max_drawdown_intrabar"] is None


@pytest.mark.rule("E-21", "Q-E21b", "T-10")
@pytest.mark.parametrize(
    ("keys", "code", "column"),
    [
        ({"on_ruin": "continue", "margin": {"leverage": 30}}, ErrorCode.INVALID_ARGUMENT, "on_ruin"),
        ({"margin": {}}, ErrorCode.MISSING_REQUIRED_FIELD, "margin.leverage"),
        ({"margin": {"leverage": 0.99}}, ErrorCode.CONSTRAINT_VIOLATION, "margin.leverage"),
        ({"margin": {"leverage": 2e12}}, ErrorCode.CONSTRAINT_VIOLATION, "margin.leverage"),
        ({"margin": {"leverage": float("nan")}}, ErrorCode.NAN_VALUE, "margin.leverage"),
        ({"margin": {"leverage": 30, "stop_out": 1.5}}, ErrorCode.CONSTRAINT_VIOLATION, "margin.stop_out"),
        ({"margin": {"leverage": 30, "stop_out": -0.5}}, ErrorCode.CONSTRAINT_VIOLATION, "margin.stop_out"),
        ({"on_ruin": "pause"}, ErrorCode.INVALID_ARGUMENT, "on_ruin"),
    ],
)
def test_margin_that_is_none_is_refused(keys: dict[str, Any], code: ErrorCode, column: str) -> None:
    with pytest.raises(OmegaError) as caught:
        load_config({"symbol": "EURUSD", **keys})
    assert (caught.value.code, caught.value.rule, caught.value.column) == (code, "E-21", column)
