"""Commission, swap and sizing modes by hand, on both sides (C-3, C-4, S-3).

EURUSD in hours where nothing else is said: one lot is worth 10 USD a pip, the risk is 100 USD.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

import omega
from omega.contract.errors import ErrorCode

from .refusals import refused
from .test_fills_by_hand import FLAT, Ohlc, Trial, order
from .test_worth_by_hand import YEN, at, long_lot

ENTRY = order("market", None, 1.0900, 1.1010, size=2.0)
TO_TARGET: list[Ohlc] = [FLAT, (1.1000, 1.1010, 1.1000, 1.1010)]


def fees_of(backend: str, commission: dict[str, Any], **keys: Any) -> tuple[float, float]:
    """Return the charges of two lots bought at 1.1000 and sold at 1.1010."""
    (trade,) = Trial(backend, TO_TARGET, [ENTRY], costs={"commission": commission}, **keys).trades
    return trade["entry_fee"], trade["exit_fee"]


# 220,000 and 220,200 USD: 35 per million are 7.70 and 7.707 USD, a share of 0.00003 is 6.60 and 6.606.
@pytest.mark.rule("C-3", "Q-C3")
@pytest.mark.parametrize("variant", ["canonical", "v1"])
@pytest.mark.parametrize(
    ("commission", "expected"),
    [
        ({"basis": "per_lot", "rate": 3.5}, (7.0, 7.0)),
        ({"basis": "per_lot", "rate": 7.0, "sides": "exit"}, (0.0, 14.0)),
        ({"basis": "per_lot", "rate": 7.0, "sides": "entry"}, (14.0, 0.0)),
        ({"basis": "per_million_notional", "rate": 35.0}, (7.7, 7.71)),
        ({"basis": "percent_of_notional", "rate": 0.00003}, (6.6, 6.61)),
        ({"basis": "per_lot", "rate": 3.5, "multiplier": 1.5, "min_fee": 8.0}, (12.0, 12.0)),
    ],
)
def test_a_commission_is_charged_at_each_fill(
    backend: str, variant: str, commission: dict[str, Any], expected: tuple[float, float]
) -> None:
    trial = Trial(backend, TO_TARGET, [{**ENTRY, "price": 1.1}], variant=variant, costs={"commission": commission})
    (trade,) = trial.trades
    assert (trade["entry_fee"], trade["exit_fee"]) == expected
    assert trial.metrics["fees"] == sum(expected)
    booked = [fee for fee in expected if fee]
    assert trial.result.fees.column("amount").to_pylist() == booked


# 200,000 units: 35 per million of them are 7.00 EUR, 7.70 and 7.707 USD at the price itself; 35 of the 220,000 USD in
# francs at 0.9 are 6.93 CHF, which are 7.70 USD again.
@pytest.mark.rule("C-3", "Q-C3", "C-6")
def test_a_commission_has_a_currency_of_its_own(backend: str) -> None:
    per_million = {"basis": "per_million_notional", "rate": 35.0}
    assert fees_of(backend, {**per_million, "currency": "EUR"}) == (7.7, 7.71)
    assert fees_of(backend, {**per_million, "currency": "CHF"}, rates={"USDCHF": 0.9}) == (7.7, 7.71)
    assert fees_of(backend, {"basis": "per_lot", "rate": 3.5, "currency": "EUR"}) == (7.7, 7.71)
    assert fees_of(backend, {"basis": "per_lot", "rate": 3.5, "currency": "CHF"}, rates={"CHFUSD": 1.1}) == (7.7, 7.7)


# One lot of 150 · 100,000 yen: 30 per million are 450 yen, 3 USD at 150; 3,000 yen a lot are 20 USD, at 151 19.87.
@pytest.mark.rule("C-3", "Q-C3")
def test_a_commission_in_yen_is_worth_what_the_price_says(backend: str) -> None:
    for commission, expected in (
        ({"basis": "per_million_notional", "rate": 30.0}, (3.0, 3.0)),
        ({"basis": "per_million_notional", "rate": 30.0, "currency": "JPY"}, (3.0, 3.0)),
        ({"basis": "per_lot", "rate": 3_000.0, "currency": "JPY"}, (20.0, 19.87)),
    ):
        (trade,) = Trial(
            backend, YEN, [long_lot("USDJPY", 150.0)], costs={"commission": commission}, **at("USDJPY")
        ).trades
        assert (trade["entry_fee"], trade["exit_fee"]) == expected


@pytest.mark.rule("Q-C3b", "Q-L1c")
@pytest.mark.parametrize("variant", ["canonical", "v1"])
def test_a_currency_without_a_rate_names_the_pair(backend: str, variant: str) -> None:
    for basis, pair in (("per_lot", "CHFUSD"), ("percent_of_notional", "USDCHF")):
        commission = {"basis": basis, "rate": 1.0, "currency": "CHF"}
        error = refused(lambda: Trial(backend, [FLAT], [], variant=variant, costs={"commission": commission}))  # noqa: B023
        assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_ARGUMENT, "C-3", "rates")
        assert error.value == pair


# Risk 100: over 20 pips of 10 a lot it is half a lot; without the pips it is the same size.
@pytest.mark.rule("S-3", "Q-S3")
@pytest.mark.parametrize("variant", ["canonical", "v1"])
def test_pips_size_an_order(backend: str, variant: str) -> None:
    entry = order("market", 1.1000, 1.0980)
    for mode in ("pip", "risk"):
        trial = Trial(backend, [FLAT, FLAT], [entry], variant=variant, sizing={"mode": mode}, close_at_end=True)
        assert round(trial.trades[0]["size"], 8) == 0.5
    # A fraction of the balance: 1,000 over 20 pips.
    (trade,) = Trial(
        backend, [FLAT, FLAT], [entry], variant=variant, sizing={"mode": "pip"}, risk_fraction=0.1, close_at_end=True
    ).trades
    assert (round(trade["size"], 8), trade["risk_per_trade"]) == (5.0, 1_000.0)


# A yen pip of a lot is 1,000 yen, 6.67 USD at 150: 100 over 30 of them is half a lot. In v1 it is 9.09091 by the tick
# value: 0.36 lots, of which the rounding errors of the steps stay.
@pytest.mark.rule("S-3", "Q-S3", "S-4")
def test_a_pip_of_yen_is_worth_what_the_price_says(backend: str) -> None:
    entry = order("market", 150.0, 149.7, symbol="USDJPY")
    keys = {"sizing": {"mode": "pip"}, **at("USDJPY")}
    assert Trial(backend, YEN, [entry], **keys).trades[0]["size"] == 0.5
    assert Trial(backend, YEN, [entry], variant="v1", **keys).trades[0]["size"] == 0.01 + (35.0 * 0.01)


@pytest.mark.rule("S-3", "S-4")
def test_fixed_lots_pass_the_steps_and_are_no_size_of_the_signal(backend: str) -> None:
    fixed = {"mode": "fixed", "lots": 0.127}
    entries = [order("market", None, 1.0900), order("limit", 1.0990, 1.0900), order("market", None, 1.0900, size=3.0)]
    trial = Trial(backend, [FLAT, (1.0990, 1.0990, 1.0990, 1.0990)], entries, sizing=fixed)
    assert [event["size"] for event in trial.events if event["kind"] == "opened"] == [0.12, 3.0, 0.12]
    assert {event["reason"] for event in trial.events} == {None}
    assert trial.metrics["adjusted_sizes"] == 0


@pytest.mark.rule("S-3", "S-4")
def test_fixed_lots_under_the_minimum(backend: str) -> None:
    entry = order("market", 1.1000, 1.0900)
    small = {"mode": "fixed", "lots": 0.009}
    assert Trial(backend, [FLAT], [entry], sizing=small).said("kind", "reason") == [("rejected", "below_min")]
    for keys in ({"sizing": {**small, "below_min": "clamp"}}, {"sizing": small, "variant": "v1"}):
        assert Trial(backend, [FLAT], [entry], **keys).events[-1]["size"] == 0.01


# --- swap: half a lot of EURUSD at −6.5 points a night, in five-minute bars of the weeks of March 2024 ---

WEEK_ENDS = datetime(2024, 3, 8, 22, tzinfo=UTC)
WEEK_BEGINS = datetime(2024, 3, 10, 21, tzinfo=UTC)
"""New York puts its clocks forward on that Sunday."""
NIGHTS = {"long_points": -6.5, "short_points": 2.0, "rollover": "17:00", "zone": "America/New_York"}


def weeks(backend: str) -> omega.Bars:
    five, start = timedelta(minutes=5), datetime(2024, 3, 6, 12, tzinfo=UTC)
    times = [start + row * five for row in range(12 * 24 * 8)]
    times = [time for time in times if not WEEK_ENDS <= time < WEEK_BEGINS]
    columns: dict[str, Any] = {"timestamp": pa.array(times, pa.timestamp("us", tz="UTC"))}
    columns |= {
        f"{side}_{name}": [1.1] * len(times) for side in ("bid", "ask") for name in ("open", "high", "low", "close")
    }
    return omega.read_bars(pa.table(columns), timeframe="M5", backend=backend)


def over_weeks(backend: str, swap: dict[str, Any], direction: str = "long", **keys: Any) -> omega.Result:
    stop = {"long": 1.0, "short": 1.2}[direction]
    entry = {"timestamp": datetime(2024, 3, 6, 12, tzinfo=UTC), "symbol": "EURUSD", "signal_type": "entry"}
    entry |= order("market", None, stop, size=0.5, direction=direction)
    config = {"symbol": "EURUSD", "timeframe": "M5", "costs": {"swap": swap}, **keys}
    return omega.run_signals(weeks(backend), [entry], config, backend=backend)


def amounts_of(result: omega.Result) -> list[float]:
    amounts: list[Any] = result.fees.column("amount").to_pylist()
    return [round(amount, 8) for amount in amounts]


@pytest.mark.rule("C-4", "Q-C4", "Q-C4b", "P-2", "Q-P2")
def test_nights_of_two_weeks_over_a_change_of_the_clocks(backend: str) -> None:
    result = over_weeks(backend, NIGHTS)
    log = result.fees.to_pylist()
    assert [row["timestamp"] for row in log] == [
        datetime(2024, 3, 6, 22, tzinfo=UTC),
        datetime(2024, 3, 7, 22, tzinfo=UTC),
        datetime(2024, 3, 10, 21, tzinfo=UTC),
        datetime(2024, 3, 11, 21, tzinfo=UTC),
        datetime(2024, 3, 12, 21, tzinfo=UTC),
        datetime(2024, 3, 13, 21, tzinfo=UTC),
    ]
    assert [round(row["amount"], 8) for row in log] == [9.75, 3.25, 3.25, 3.25, 3.25, 9.75]
    assert {(row["kind"], row["order_id"]) for row in log} == {("swap", 1)}
    assert round(result.metrics["swap"] or 0.0, 8) == -32.5
    assert round(result.positions["swap"][0].as_py(), 8) == -32.5
    assert ", fees 0.00, swap -32.50\n" in str(result)


@pytest.mark.rule("C-4", "P-1")
def test_a_short_one_is_paid_for_its_nights(backend: str) -> None:
    result = over_weeks(backend, NIGHTS, "short", close_at_end=True)
    (trade,) = result.trades.to_pylist()
    assert round(trade["swap"], 8) == 10.0
    assert (trade["result"], trade["net_result"]) == (0.0, trade["swap"])
    assert (result.metrics["wins"], result.metrics["net_profit"]) == (1, trade["swap"])


@pytest.mark.rule("Q-C4")
@pytest.mark.parametrize(
    ("changes", "amounts"),
    [
        ({"triple": "none"}, [3.25] * 6),
        ({"triple": "friday"}, [3.25, 3.25, 9.75, 3.25, 3.25, 3.25]),
        ({"zone": "UTC", "rollover": "12:00"}, [3.25, 3.25, 3.25, 3.25, 9.75]),
        # Half past four in the night of Tokyo is 19:30 UTC of the day before: three nights end on a Tuesday in UTC.
        ({"zone": "Asia/Tokyo", "rollover": "04:30"}, [3.25, 3.25, 3.25, 3.25, 9.75, 3.25]),
    ],
)
def test_weekdays_are_those_of_the_zone(backend: str, changes: dict[str, str], amounts: list[float]) -> None:
    # The position is opened on Wednesday at 12:00 UTC, after the rollover of that time.
    assert amounts_of(over_weeks(backend, {**NIGHTS, **changes})) == amounts


@pytest.mark.rule("C-4")
def test_nights_in_another_currency_take_the_value_of_their_bar(backend: str) -> None:
    rates = {"USDCHF": {"timestamp": ["2024-03-06T00:00:00Z", "2024-03-11T00:00:00Z"], "rate": [0.8, 1.6]}}
    result = over_weeks(backend, NIGHTS, account_currency="CHF", rates=rates, rates_max_age=30)
    assert amounts_of(result) == [7.8, 2.6, 2.6, 5.2, 5.2, 15.6]


@pytest.mark.rule("Q-C4", "Q-L1c")
def test_bars_of_other_centuries_are_refused(backend: str) -> None:
    flat = {f"{side}_{name}": [1.1] for side in ("bid", "ask") for name in ("open", "high", "low", "close")}
    for year in (1969, 2100):
        time = datetime(year, 6, 1, tzinfo=UTC)
        table = pa.table({"timestamp": pa.array([time], pa.timestamp("us", tz="UTC")), **flat})
        bars = omega.read_bars(table, timeframe="M5", backend=backend)
        config = {"symbol": "EURUSD", "costs": {"swap": NIGHTS}}
        error = refused(lambda: omega.run_signals(bars, [], config, backend=backend))  # noqa: B023
        assert (error.code, error.rule, error.column) == (ErrorCode.CONSTRAINT_VIOLATION, "C-4", "costs.swap")
        assert (error.row, error.value) == (0, int(time.timestamp()) * 1_000_000)


@pytest.mark.rule("Q-C4b", "Q-E19")
def test_step_by_step_the_nights_are_those_of_a_run(backend: str) -> None:
    config = {"symbol": "EURUSD", "timeframe": "M5", "costs": {"swap": NIGHTS}}
    entry = {"timestamp": datetime(2024, 3, 6, 12, tzinfo=UTC), "symbol": "EURUSD", "signal_type": "entry"}
    entry |= order("market", None, 1.0, size=0.5)
    table = weeks(backend).table.slice(0, 300)
    with omega.ExecutionSimulator(config, backend=backend) as simulator:
        simulator.process_signals(table.slice(0, 1), [entry])
        simulator.evaluate_exits(table.slice(0, 120))
        simulator.evaluate_exits(table.slice(120))
        assert simulator.metrics["swap"] == simulator.positions()["swap"][0].as_py()
        assert round(simulator.metrics["swap"] or 0.0, 8) == -9.75
