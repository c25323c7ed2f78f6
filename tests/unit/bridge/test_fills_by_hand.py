"""Fills, sizes, times and metrics of single trades, worked out by hand, on both sides.

EURUSD in hours: one lot is worth 10 USD a pip, the risk is 100 USD, ask and bid are equal where nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

import omega

Ohlc = tuple[float, float, float, float]

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
FLAT: Ohlc = (1.1000, 1.1000, 1.1000, 1.1000)
AT = {"symbol": "EURUSD", "timeframe": "H1"}


class Trial:
    """One run on one side."""

    def __init__(self, backend: str, bars: Sequence[Ohlc], signals: Sequence[dict[str, Any]], **keys: Any) -> None:
        spread, digits = keys.pop("spread", 0.0), keys.pop("digits", 5)
        columns: dict[str, Any] = {"timestamp": [MONDAY + timedelta(hours=row) for row in range(len(bars))]}
        for side, offset in (("bid", 0.0), ("ask", spread)):
            for place, name in enumerate(("open", "high", "low", "close")):
                columns[f"{side}_{name}"] = [round(bar[place] + offset, digits) for bar in bars]
        rows = [{"timestamp": MONDAY, "symbol": "EURUSD", "signal_type": "entry", **signal} for signal in signals]
        times = pa.array(columns.pop("timestamp"), pa.timestamp("us", tz="UTC"))
        table = pa.table({"timestamp": times, **columns})
        read = omega.read_bars(table, timeframe="H1", backend=backend)
        self.result = omega.run_signals(read, rows, {**AT, **keys}, backend=backend)
        # Asked for is not computed: a side that was served by the other one would agree with it.
        assert {self.result.backend, *(choice.backend for choice in self.result.flags)} == {backend}
        assert (self.result.crossings > 0) is (backend == "rust")
        self.events: list[dict[str, Any]] = self.result.events.to_pylist()
        self.trades: list[dict[str, Any]] = self.result.trades.to_pylist()
        self.metrics = self.result.metrics

    def said(self, *fields: str) -> list[tuple[object, ...]]:
        """Return these fields of all events."""
        return [tuple(event[field] for field in fields) for event in self.events]


def order(
    order_type: str, price: float | None, stop: float, target: float | None = None, **more: Any
) -> dict[str, Any]:
    levels = {"price": price, "stop_loss": stop, "take_profit": target}
    return {"direction": "long", "order_type": order_type, **levels, **more}


def hours(count: int) -> datetime:
    return MONDAY + timedelta(hours=count)


# Risk 100 over 10 pips of 10 USD is one lot, whatever the gap: to the stop it loses 2, 0.2 and 60 pips.
@pytest.mark.rule("E-3", "S-2", "Q-S2", "P-1", "Q-P1")
@pytest.mark.parametrize(
    ("entry", "opened", "fill", "result"),
    [
        (order("limit", 1.1000, 1.0990), 1.0992, 1.0992, -20.0),
        (order("limit", 1.1000, 1.0990), 1.09902, 1.09902, -2.0),
        (order("stop", 1.1010, 1.1000), 1.1060, 1.1060, -600.0),
    ],
)
def test_no_gap_changes_a_size(backend: str, entry: dict[str, Any], opened: float, fill: float, result: float) -> None:
    stop = entry["stop_loss"]
    low, high = min(opened, stop), max(opened, stop)
    trial = Trial(backend, [(1.1005, 1.1005, 1.1005, 1.1005), (opened, high, low, stop)], [entry])
    assert trial.said("kind", "price", "size") == [
        ("accepted", entry["price"], 1.0),
        ("opened", fill, 1.0),
        ("closed", stop, 1.0),
    ]
    (trade,) = trial.trades
    assert (trade["order_price"], trade["entry_price"]) == (entry["price"], fill)
    assert trade["result"] == pytest.approx(result)
    # R is by what was risked: 100.
    assert trade["r_multiple"] == pytest.approx(result / 100)


@pytest.mark.rule("E-3")
def test_an_order_gapped_beyond_its_own_stop_fills_and_is_closed_by_it(backend: str) -> None:
    trial = Trial(backend, [FLAT, (1.0970, 1.1000, 1.0970, 1.1000)], [order("limit", 1.0990, 1.0980)])
    assert trial.said("kind", "price", "reason", "known_at") == [
        ("accepted", 1.0990, None, hours(1)),
        ("opened", 1.0970, None, hours(1)),
        ("closed", 1.0970, "stop_loss", hours(1)),
    ]


@pytest.mark.rule("S-4", "Q-T8b")
@pytest.mark.parametrize("kind", ["market", "limit"])
def test_what_is_too_small_is_refused_when_it_is_placed(backend: str, kind: str) -> None:
    # 100 / (1.09 · 100,000) = 0.0009 lots.
    trial = Trial(backend, [FLAT, FLAT], [order(kind, 1.1000, 0.0100)])
    assert trial.said("kind", "order_id", "reason") == [("rejected", None, "below_min")]
    assert trial.result.positions.num_rows == 0


# The open is 1 pip over the low and 22 under the high: the low, then the entry, in the next bar the target.
@pytest.mark.rule("E-7", "Q-E7")
@pytest.mark.parametrize(("setting", "result", "trigger"), [("path", 200.0, 2), ("adverse", -100.0, 1)])
def test_a_low_that_came_before_the_entry_stops_nothing(
    backend: str, setting: str, result: float, trigger: int
) -> None:
    bars = [(1.0990, 1.0990, 1.0990, 1.0990), (1.0990, 1.1012, 1.0989, 1.1011), (1.1011, 1.1040, 1.1010, 1.1035)]
    entry = order("stop", 1.1010, 1.1000, 1.1030)
    trial = Trial(backend, bars, [entry], intrabar={"stop_entry": setting})
    (trade,) = trial.trades
    assert trade["result"] == pytest.approx(result)
    assert trade["exit_time"] == hours(trigger)
    assert trial.metrics["ambiguous_bars"] == 1


# Risk 100 over 30 pips is 0.33 lots; filled at the open, 20 pips under the target: 66 USD.
@pytest.mark.rule("E-8", "E-9", "Q-T8d")
@pytest.mark.parametrize("setting", ["path", "adverse"])
def test_a_fill_at_the_open_has_the_whole_bar_after_it(backend: str, setting: str) -> None:
    bars = [(1.1010, 1.1010, 1.1010, 1.1010), (1.0990, 1.1015, 1.0985, 1.0995)]
    trial = Trial(backend, bars, [order("limit", 1.1000, 1.0970, 1.1010)], intrabar={"limit_entry": setting})
    assert trial.said("kind", "price", "size", "known_at") == [
        ("accepted", 1.1000, 0.33, hours(1)),
        ("opened", 1.0990, 0.33, hours(1)),
        ("closed", 1.1010, 0.33, hours(2)),
    ]
    assert trial.trades[0]["result"] == pytest.approx(66.0)
    assert trial.metrics["ambiguous_bars"] == 0


@pytest.mark.rule("E-1", "Q-E1", "T-7")
@pytest.mark.parametrize("price", [1.0985, 1.1015, 7.0, None])
def test_the_price_of_a_market_order_moves_no_fill(backend: str, price: float | None) -> None:
    bar: Ohlc = (1.0990, 1.1015, 1.0985, 1.1000)
    trial = Trial(backend, [bar, (1.0990, 1.0990, 1.0990, 1.0990)], [order("market", price, 1.0990)])
    assert trial.said("kind", "price", "size") == [
        ("accepted", 1.1000, 1.0),
        ("opened", 1.1000, 1.0),
        ("closed", 1.0990, 1.0),
    ]
    (trade,) = trial.trades
    assert (trade["signal_price"], trade["order_price"], trade["entry_price"]) == (price, 1.1000, 1.1000)


# Sized at the close, 1.1000; opened at 1.1004 and half a pip, stopped in the same bar half a pip under 1.0990.
@pytest.mark.rule("E-1", "E-3", "Q-E1b")
def test_at_the_next_open_its_first_bar_judges_exits_too(backend: str) -> None:
    bars: list[Ohlc] = [FLAT, (1.1004, 1.1005, 1.0985, 1.1000)]
    keys = {"market_fill": "next_open", "costs": {"slippage": {"fixed_pips": 0.5}}}
    trial = Trial(backend, bars, [order("market", None, 1.0990)], **keys)
    assert trial.said("kind", "timestamp", "known_at", "price", "size") == [
        ("accepted", hours(0), hours(1), 1.1000, 1.0),
        ("opened", hours(1), hours(1), 1.10045, 1.0),
        ("closed", hours(1), hours(2), 1.09895, 1.0),
    ]
    (trade,) = trial.trades
    assert (trade["entry_time"], trade["trigger_time"]) == (hours(0), hours(1))


@pytest.mark.rule("E-1", "E-18")
def test_at_the_next_open_of_no_bar(backend: str) -> None:
    entry = order("market", None, 1.0990)
    trial = Trial(backend, [FLAT], [entry], market_fill="next_open", close_at_end=True)
    assert trial.said("kind", "reason") == [("accepted", None), ("cancelled", "end_of_data")]
    waiting = Trial(backend, [FLAT], [entry], market_fill="next_open").result.positions.to_pylist()
    assert [(row["status"], row["size"], row["entry_price"]) for row in waiting] == [("pending", 0.0, 1.1000)]


# Decided at 11:00, when the bar of 10:00 ends: its close is the price at the decision. The bar of 11:00 ends at 12:00.
@pytest.mark.rule("L-1a", "T-8", "Q-T8d")
@pytest.mark.parametrize(("setting", "price", "bar", "known"), [("bar", 1.1020, 11, 12), ("decision", 1.1010, 10, 11)])
def test_when_a_decision_fills(backend: str, setting: str, price: float, bar: int, known: int) -> None:
    bars: list[Ohlc] = [*[FLAT] * 10, (1.1010,) * 4, (1.1020,) * 4]
    entry = order("market", None, 1.0900, timestamp=hours(11))
    trial = Trial(backend, bars, [entry], signal_time=setting)
    assert trial.said("kind", "timestamp", "known_at", "price") == [
        ("accepted", hours(bar), hours(known), price),
        ("opened", hours(bar), hours(known), price),
    ]
    curve = trial.result.equity.to_pylist()
    assert [(row["timestamp"], row["known_at"]) for row in curve] == [(hours(n), hours(n + 1)) for n in range(12)]


# Bid 1.1000, ask 1.1010: a stop between them is passed already, a target between them would be reached at a loss.
@pytest.mark.rule("E-1", "Q-E1")
@pytest.mark.parametrize(
    ("direction", "stop", "target", "reason"),
    [
        ("long", 1.1005, None, "stop_side"),
        ("short", 1.1005, None, "stop_side"),
        ("long", 1.0990, 1.1005, "target_side"),
        ("short", 1.1020, 1.1005, "target_side"),
        ("long", 1.0990, 1.1011, None),
        ("short", 1.1020, 1.0999, None),
    ],
)
def test_a_market_order_is_judged_by_both_sides(
    backend: str, direction: str, stop: float, target: float | None, reason: str | None
) -> None:
    entry = order("market", None, stop, target, direction=direction)
    trial = Trial(backend, [FLAT], [entry], spread=0.0010)
    assert trial.said("kind", "reason")[0] == ("rejected" if reason else "accepted", reason)


# A pending order is judged by its own price, as terminals do: the spread takes its stop at the trigger.
@pytest.mark.rule("E-2", "Q-E2")
def test_a_pending_order_is_judged_by_its_own_price(backend: str) -> None:
    bars: list[Ohlc] = [FLAT, FLAT]
    trial = Trial(backend, bars, [order("stop", 1.1010, 1.1005, 1.1015)], spread=0.0010)
    assert trial.said("kind", "reason") == [("accepted", None), ("opened", None), ("closed", "stop_loss")]


# One lot wins half a pip, 5.00 USD, and pays 3.30 twice: a loss of 1.60.
@pytest.mark.rule("P-1", "P-5", "Q-P5")
def test_a_gain_less_than_its_fees_is_a_loss(backend: str) -> None:
    bars: list[Ohlc] = [FLAT, (1.1000, 1.10005, 1.1000, 1.1000)]
    costs = {"fee": {"min_fee": 3.30}}
    trial = Trial(backend, bars, [order("market", None, 1.0990, 1.10005)], costs=costs)
    (trade,) = trial.trades
    assert trade["result"] == pytest.approx(5.0)
    assert trade["net_result"] == trial.metrics["expectancy"] == trial.metrics["largest_loss"] == pytest.approx(-1.6)
    assert (trial.metrics["wins"], trial.metrics["losses"], trial.metrics["win_rate"]) == (0, 1, 0.0)
    assert (trial.metrics["profit_factor"], trial.metrics["profit_factor_gross"]) == (0.0, None)
    assert (trial.metrics["avg_win"], trial.metrics["largest_win"]) == (None, None)
    assert trial.metrics["avg_r"] == pytest.approx(0.05)
    lines = str(trial.result).splitlines()
    assert lines[5] == "profit factor  0.00, gross – (no loss); expectancy -1.60 USD, average R 0.050"


@pytest.mark.rule("P-5", "Q-P5")
@pytest.mark.parametrize(("variant", "shown"), [("canonical", "0.00 USD"), ("v1", "– (v1: equity is cash)")])
def test_a_run_without_a_trade_has_nothing_to_divide_by(backend: str, variant: str, shown: str) -> None:
    trial = Trial(backend, [FLAT], [], variant=variant)
    names = "win_rate profit_factor profit_factor_gross expectancy avg_r avg_win avg_loss largest_win largest_loss"
    assert [trial.metrics[name] for name in names.split()] == [None] * 9
    assert trial.metrics["open_profit"] == (0.0 if variant == "canonical" else None)
    lines = str(trial.result).splitlines()
    assert lines[2] == "trades         0: 0 won, 0 lost, 0 even; win rate – (no trade)"
    assert lines[3] == "closed by      – (no trade)"
    assert lines[5] == "profit factor  – (no trade)"
    assert lines[7] == f"open profit    {shown}, 0 pending or open"


# One lot bought at 1.1000, marked at 1.1007: 70 USD that no trade has.
@pytest.mark.rule("P-5", "Q-P5")
def test_profit_still_open_is_a_metric(backend: str) -> None:
    trial = Trial(backend, [FLAT, (1.1007,) * 4], [order("market", None, 1.0990)])
    assert (trial.metrics["trades"], trial.metrics["net_profit"]) == (0, 0.0)
    assert trial.metrics["open_profit"] == pytest.approx(70.0)
    assert str(trial.result).splitlines()[7] == "open profit    70.00 USD, 1 pending or open"


# Half a pip over 1.0990 is 1.09905.
@pytest.mark.rule("E-6", "Q-E6")
@pytest.mark.parametrize(
    ("keys", "is_stopped"),
    [({}, False), ({"pip_buffer_factor": 0.5}, True), ({"variant": "v1"}, True)],
)
def test_a_stop_has_no_buffer_unless_it_is_asked_for(backend: str, keys: dict[str, Any], is_stopped: bool) -> None:
    bars: list[Ohlc] = [FLAT, (1.1000, 1.1000, 1.09903, 1.1000)]
    trial = Trial(backend, bars, [order("market", 1.1000, 1.0990)], **keys)
    assert len(trial.trades) == is_stopped


@pytest.mark.rule("S-4", "Q-T8", "P-5")
@pytest.mark.parametrize(
    ("asked", "size", "reason"),
    [(250.0, 100.0, "size_adjusted"), (0.123456, 0.12, "size_adjusted"), (0.12, 0.12, None)],
)
@pytest.mark.parametrize("kind", ["market", "stop"])
def test_a_changed_size_says_so(backend: str, kind: str, asked: float, size: float, reason: str | None) -> None:
    trial = Trial(backend, [FLAT], [order(kind, 1.1010, 1.0990, size=asked)])
    assert trial.said("kind", "size", "reason")[0] == ("accepted", size, reason)
    assert trial.metrics["adjusted_sizes"] == (reason is not None)
    assert f", {int(reason is not None)} sizes adjusted" in str(trial.result)


@pytest.mark.rule("E-4", "T-8")
@pytest.mark.parametrize(
    ("kind", "variant", "reason"),
    [
        *(("limit", "canonical", "limit_expired"), ("stop", "canonical", "expired")),
        *(("limit", "v1", "limit_expired"), ("stop", "v1", "limit_expired")),
    ],
)
def test_an_expired_order_says_what_it_was(backend: str, kind: str, variant: str, reason: str) -> None:
    price = 1.0990 if kind == "limit" else 1.1010
    entry = order(kind, price, price - 0.0010, expires_at=hours(1))
    trial = Trial(backend, [FLAT, FLAT], [entry], variant=variant)
    told = ("EURUSD", "long", kind)
    assert trial.said("kind", "reason", "symbol", "direction", "order_type") == [
        ("accepted", None, *told),
        ("expired", reason, *told),
    ]
