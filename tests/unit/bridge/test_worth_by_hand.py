"""What a price is worth in another currency, by hand: the price itself, fixed rates and series (S-1, C-6)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from omega.config import load_config, resolve
from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.types import Rate

from .refusals import refused
from .test_fills_by_hand import MONDAY, Ohlc, Trial, hours, order

YEN: list[Ohlc] = [(150.0, 150.0, 150.0, 150.0), (150.0, 151.0, 150.0, 151.0)]
"""A step of 1.00 up, which closes at 151."""
NO_BUFFER = {"close_at_end": True, "pip_buffer_factor": 0.0}


def at(symbol: str) -> dict[str, Any]:
    return {"symbol": symbol, **NO_BUFFER}


def long_lot(symbol: str, price: float, **more: Any) -> dict[str, Any]:
    return order("market", None, round(price * 0.9, 3), symbol=symbol, size=1.0, **more)


# Bought at 150, left at 151: 100,000 yen, which are 100,000 / 151 = 662.25 USD at the price at which they are got.
@pytest.mark.rule("S-1", "Q-S1", "P-1", "Q-P1")
def test_the_price_is_the_rate_where_the_account_is_held_in_the_base_currency(backend: str) -> None:
    trial = Trial(backend, YEN, [long_lot("USDJPY", 150.0)], **at("USDJPY"))
    (trade,) = trial.trades
    assert round(trade["result"], 2) == 662.25
    assert trade["result"] == (1.0 * 1.0) * (100_000.0 / 151.0)
    # Risked at acceptance: 15.00 of price at 150, 10,000 USD.
    assert trade["r_multiple"] == trade["result"] / ((1.0 * 15.0) * (100_000.0 / 150.0))


# Risk 100 over 0.30 at 150: one lot is worth 100,000 / 150 = 666.67 a yen, 200 over 0.30; half of that is half a lot.
@pytest.mark.rule("S-2", "Q-S2")
def test_sizing_takes_the_rate_of_acceptance(backend: str) -> None:
    entry = order("market", None, 149.7, symbol="USDJPY")
    trial = Trial(backend, YEN, [entry], **at("USDJPY"))
    assert trial.trades[0]["size"] == 0.5


# 30 per million of 150 · 100,000 yen is 450 yen, 3 USD at 150; of 151 at 151 again: the turnover is 100,000 USD.
@pytest.mark.rule("C-2", "Q-C2")
def test_a_fee_takes_the_rate_of_its_fill(backend: str) -> None:
    costs = {"fee": {"per_million": 30.0}}
    (trade,) = Trial(backend, YEN, [long_lot("USDJPY", 150.0)], costs=costs, **at("USDJPY")).trades
    assert (trade["entry_fee"], trade["exit_fee"]) == pytest.approx((3.0, 3.0), rel=1e-15)


# Marked at 151 the open lot stands at 662.25 USD.
@pytest.mark.rule("P-3", "Q-P3")
def test_equity_takes_the_rate_of_its_mark(backend: str) -> None:
    trial = Trial(backend, YEN, [long_lot("USDJPY", 150.0)], symbol="USDJPY")
    assert trial.result.equity.column("equity").to_pylist() == [10_000.0, 10_000.0 + (100_000.0 / 151.0)]


# EURGBP from 0.85 to 0.86 is 1,000 GBP a lot: at 1.25 1,250 USD; by the inverse of 0.8 the same; through USD into yen
# at 150 it is 187,500.
POUND: list[Ohlc] = [(0.85, 0.85, 0.85, 0.85), (0.85, 0.86, 0.85, 0.86)]


@pytest.mark.rule("C-6")
@pytest.mark.parametrize(
    ("account", "rates", "expected"),
    [
        ("USD", {"GBPUSD": 1.25}, 1_250.0),
        ("USD", {"USDGBP": 0.8}, 1_250.0),
        ("USD", {"GBPUSD": 1.25, "USDGBP": 0.5}, 1_250.0),
        ("JPY", {"GBPUSD": 1.25, "USDJPY": 150}, 187_500.0),
        ("JPY", {"GBPUSD": 1.25, "USDJPY": 150, "GBPJPY": 200.0}, 200_000.0),
        ("JPY", {"USDGBP": 0.8, "JPYUSD": 0.008}, 156_250.0),
        ("GBP", None, 1_000.0),
    ],
)
def test_rates_are_direct_inverse_or_through_the_dollar(
    backend: str, account: str, rates: dict[str, float] | None, expected: float
) -> None:
    keys = {"account_currency": account, "rates": rates, **at("EURGBP")}
    (trade,) = Trial(backend, POUND, [long_lot("EURGBP", 0.85)], initial_balance=1e6, **keys).trades
    assert trade["result"] == pytest.approx(expected, rel=1e-12)


@pytest.mark.rule("C-6", "Q-C6c")
def test_of_a_series_the_last_row_counts_that_is_not_later_than_the_bar(backend: str) -> None:
    rows = {"timestamp": [hours(-1), hours(0), hours(1), hours(2)], "rate": [9.0, 2.0, 1.25, 9.0]}
    keys = {"rates": {"GBPUSD": rows}, **at("EURGBP")}
    trial = Trial(backend, POUND, [long_lot("EURGBP", 0.85)], **keys)
    (trade,) = trial.trades
    # The exit's bar has the rate 1.25; the risk was taken at 2: 0.085 of price, 17,000 USD.
    assert trade["result"] == pytest.approx(1_250.0)
    assert trade["r_multiple"] == pytest.approx(1_250.0 / 17_000.0)


@pytest.mark.rule("S-1", "Q-S1", "Q-L1c")
def test_without_a_rate_the_pair_that_is_missing_is_named(backend: str) -> None:
    for rates in (None, {"EURUSD": 1.1}):
        error = refused(lambda: Trial(backend, POUND, [], rates=rates, **at("EURGBP")))  # noqa: B023
        assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_ARGUMENT, "S-1", "rates")
        assert error.value == "GBPUSD"
        assert "GBPUSD" in error.message


@pytest.mark.rule("S-1")
def test_a_tick_value_that_the_user_gives_is_taken_and_told(backend: str) -> None:
    spec = resolve(load_config({"symbol": "USDJPY", "timeframe": "H1"})).instrument
    assert spec is not None
    own = {name: getattr(spec, name) for name in spec.__slots__} | {"tick_value": 0.75}
    trial = Trial(backend, YEN, [long_lot("USDJPY", 150.0)], instruments=[own], **at("USDJPY"))
    assert trial.trades[0]["result"] == pytest.approx(750.0)
    assert "\nfixed rate     1.0 of price is 750.00 USD a lot, by its tick_value\n" in str(trial.result)
    plain = Trial(backend, YEN, [long_lot("USDJPY", 150.0)], **at("USDJPY"))
    assert "fixed rate" not in str(plain.result)


@pytest.mark.rule("Q-S1")
def test_a_base_currency_that_is_not_said_is_read_from_the_symbol(backend: str) -> None:
    spec = resolve(load_config({"symbol": "USDJPY", "timeframe": "H1"})).instrument
    assert spec is not None
    own = {name: getattr(spec, name) for name in spec.__slots__} | {"base_currency": ""}
    trial = Trial(backend, YEN, [long_lot("USDJPY", 150.0)], instruments=[own], **at("USDJPY"))
    assert round(trial.trades[0]["result"], 2) == 662.25


@pytest.mark.rule("Q-C6", "Q-L1c")
@pytest.mark.parametrize(
    ("first", "days", "row"),
    [(-24 * 7, 7, None), (-24 * 7 - 1, 7, 0), (-24 * 7 + 1, 7, None), (1, 7, 0), (-12, 0.5, None), (-13, 0.5, 0)],
)
def test_each_bar_needs_a_row_that_is_not_too_old(backend: str, first: int, days: float, row: int | None) -> None:
    """The series' second row stands at bar 1."""
    rows = {"timestamp": [hours(first), *([hours(1)] if first < 1 else [])], "rate": [1.25, 1.25][: 1 + (first < 1)]}
    keys = {"rates": {"GBPUSD": rows, "EURUSD": {**rows}}, "rates_max_age": days, **at("EURGBP")}
    if row is None:
        Trial(backend, POUND, [long_lot("EURGBP", 0.85)], **keys)
        return
    error = refused(lambda: Trial(backend, POUND, [long_lot("EURGBP", 0.85)], **keys))
    assert (error.code, error.rule, error.column) == (ErrorCode.CONSTRAINT_VIOLATION, "C-6", "GBPUSD")
    assert (error.row, error.value) == (row, int(MONDAY.timestamp()) * 1_000_000)
    assert error.shown["value"] == "2024-01-01T00:00:00Z (1704067200000000 µs)"


@pytest.mark.rule("Q-C6", "E-19")
def test_step_by_step_a_bar_is_looked_at_when_it_comes(backend: str) -> None:
    import omega

    rows = {"timestamp": [hours(0)], "rate": [1.25]}
    config = {"symbol": "EURGBP", "timeframe": "H1", "rates": {"GBPUSD": rows}, "rates_max_age": 1}
    simulator = omega.ExecutionSimulator(config, backend=backend)

    def bar(hour: int) -> pa.Table:
        prices = {f"{side}_{name}": [0.85] for side in ("bid", "ask") for name in ("open", "high", "low", "close")}
        return pa.table({"timestamp": pa.array([hours(hour)], pa.timestamp("us", tz="UTC")), **prices})

    simulator.evaluate_exits(bar(24))
    before = simulator.state_hash
    error = refused(lambda: simulator.evaluate_exits(bar(25)))
    assert (error.code, error.column, error.row) == (ErrorCode.CONSTRAINT_VIOLATION, "GBPUSD", 0)
    assert simulator.state_hash == before


def series(rates: object) -> tuple[Rate, ...]:
    return resolve(load_config({"symbol": "EURUSD", "timeframe": "H1", "rates": rates})).rates


HOURS = [hours(0), hours(1), hours(2)]


@pytest.mark.rule("Q-C6", "Q-C6b")
@pytest.mark.parametrize(
    ("given", "code", "row", "value"),
    [
        ({"timestamp": [], "rate": []}, ErrorCode.EMPTY_INPUT, None, None),
        ({"timestamp": HOURS, "rate": [1.0, float("nan"), 1.0]}, ErrorCode.NAN_VALUE, 1, "nan"),
        ({"timestamp": HOURS, "rate": [1.0, 1.0, float("inf")]}, ErrorCode.INFINITE_VALUE, 2, float("inf")),
        ({"timestamp": HOURS, "rate": [0.0, 1.0, 1.0]}, ErrorCode.CONSTRAINT_VIOLATION, 0, 0.0),
        ({"timestamp": HOURS, "rate": [1.0, -1.0, 1.0]}, ErrorCode.CONSTRAINT_VIOLATION, 1, -1.0),
        ({"timestamp": HOURS, "rate": [1.0, 1.0, 1e13]}, ErrorCode.CONSTRAINT_VIOLATION, 2, 1e13),
        ({"timestamp": HOURS[::-1], "rate": [1.0] * 3}, ErrorCode.CONSTRAINT_VIOLATION, 1, "hour 1"),
        ({"timestamp": [HOURS[0]] * 2, "rate": [1.0] * 2}, ErrorCode.CONSTRAINT_VIOLATION, 1, "hour 0"),
        ({"timestamp": [*HOURS[:2], None], "rate": [1.0] * 3}, ErrorCode.NULL_VALUE, 2, None),
        ({"timestamp": HOURS, "rate": [1.0, None, 1.0]}, ErrorCode.NULL_VALUE, 1, None),
        ({"timestamp": HOURS, "rate": [None] * 3}, ErrorCode.NULL_VALUE, 0, None),
        ({"timestamp": [None], "rate": [None]}, ErrorCode.NULL_VALUE, 0, None),
        ({"timestamp": HOURS, "rate": [1.0, "1", 1.0]}, ErrorCode.TYPE_MISMATCH, 1, "1"),
        ({"timestamp": HOURS, "rate": [1.0]}, ErrorCode.SIZE_MISMATCH, None, 1),
        ({"timestamp": [2**62], "rate": [1.0]}, ErrorCode.OUT_OF_BOUNDS, 0, 2**62),
    ],
)
def test_a_series_that_is_none_is_refused_whether_used_or_not(
    given: object, code: ErrorCode, row: int | None, value: object
) -> None:
    error = refused(lambda: series({"AAABBB": given}))
    known = {f"hour {place}": int(time.timestamp()) * 1_000_000 for place, time in enumerate(HOURS)}
    assert (error.code, error.rule, error.column, error.row) == (code, "C-6", "AAABBB", row)
    assert str(error.value) == str(known.get(str(value), value))
    assert error.message.count("rates of AAABBB") == 1


@pytest.mark.rule("Q-C6b", "T-10")
@pytest.mark.parametrize(
    ("rates", "code", "column"),
    [
        ({"eurusd": 1.1}, ErrorCode.INVALID_ARGUMENT, "rates"),
        ({"EURUSDT": 1.1}, ErrorCode.INVALID_ARGUMENT, "rates"),
        ({"EURUSD": 0}, ErrorCode.CONSTRAINT_VIOLATION, "rates.EURUSD"),
        ({"EURUSD": -1.1}, ErrorCode.CONSTRAINT_VIOLATION, "rates.EURUSD"),
        ({"EURUSD": float("nan")}, ErrorCode.NAN_VALUE, "rates.EURUSD"),
        ({"EURUSD": True}, ErrorCode.TYPE_MISMATCH, "rates.EURUSD"),
        ({"EURUSD": None}, ErrorCode.NULL_VALUE, "rates.EURUSD"),
        ({"EURUSD": {"timestamp": HOURS}}, ErrorCode.MISSING_REQUIRED_FIELD, "rates.EURUSD.rate"),
        (1.1, ErrorCode.TYPE_MISMATCH, "rates"),
    ],
)
def test_rates_that_are_none_name_their_key(rates: object, code: ErrorCode, column: str) -> None:
    with pytest.raises(OmegaError) as caught:
        load_config({"symbol": "EURUSD", "timeframe": "H1", "rates": rates})
    assert (caught.value.code, caught.value.rule, caught.value.column) == (code, "C-6", column)


@pytest.mark.rule("Q-C6b")
def test_a_series_comes_from_columns_a_table_or_a_file(tmp_path: Path) -> None:
    times = pa.array(HOURS[:2], pa.timestamp("us", tz="UTC"))
    table = pa.table({"timestamp": times, "rate": [1.5, 2.5]})
    pyarrow.csv.write_csv(table, tmp_path / "rates.csv")
    (tmp_path / "run.yaml").write_text("symbol: EURUSD\ntimeframe: H1\nrates: {AAABBB: rates.csv, CCCDDD: 3}\n")
    start = int(MONDAY.timestamp()) * 1_000_000
    expected = Rate(pair="AAABBB", timestamps=(start, start + 3_600_000_000), values=(1.5, 2.5))
    assert series({"AAABBB": table}) == (expected,)
    assert series({"AAABBB": table.to_pandas()}) == (expected,)
    assert series({"AAABBB": {"timestamp": HOURS[:2], "rate": [1.5, 2.5]}}) == (expected,)
    assert series({"AAABBB": tmp_path / "rates.csv"}) == (expected,)
    both = resolve(load_config(tmp_path / "run.yaml")).rates
    assert both == (expected, Rate(pair="CCCDDD", timestamps=(), values=(3.0,)))
    pyarrow.csv.write_csv(table.rename_columns(["timestamp", "value"]), tmp_path / "values.csv")
    error = refused(lambda: series({"AAABBB": str(tmp_path / "values.csv")}))
    assert (error.code, error.rule, error.column) == (ErrorCode.MISSING_REQUIRED_FIELD, "C-6", "AAABBB")
    error = refused(lambda: series({"AAABBB": str(tmp_path / "none.csv")}))
    assert (error.code, error.column) == (ErrorCode.NOT_FOUND, "path")


@pytest.mark.rule("Q-C6b")
def test_a_file_that_is_no_series_names_its_pair_and_what_it_holds(tmp_path: Path) -> None:
    times = pa.array(HOURS[:2], pa.timestamp("us", tz="UTC"))
    path = tmp_path / "rates.parquet"

    def wrong(**columns: Any) -> OmegaError:
        pyarrow.parquet.write_table(pa.table(columns), path)
        error = refused(lambda: series({"AAABBB": path}))
        assert (error.rule, error.column) == ("C-6", "AAABBB")
        assert error.message.count("rates of AAABBB") == 1
        return error

    error = wrong(timestamp=times, value=[1.0, 2.0])
    assert error.code is ErrorCode.MISSING_REQUIRED_FIELD
    assert error.message.endswith("columns timestamp and rate, here are timestamp, value")
    for rates, row in (([1.0, None], 1), ([None, None], 0)):
        error = wrong(timestamp=times, rate=rates)
        assert (error.code, error.row) == (ErrorCode.NULL_VALUE, row)
    error = wrong(timestamp=[None, None], rate=[1.0, 2.0])
    assert (error.code, error.row) == (ErrorCode.NULL_VALUE, 0)


@pytest.mark.rule("Q-C6b", "Q-S5", "C-6", "S-5")
@pytest.mark.parametrize(
    ("keys", "rule", "column"),
    [
        ({"rates": {"EURUSD": ""}}, "C-6", "rates.EURUSD"),
        ({"instruments": ""}, "S-5", "instruments"),
        ({"instruments": "", "variant": "v1"}, "S-5", "instruments"),
    ],
)
def test_an_empty_path_is_not_the_folder_of_the_configuration(
    tmp_path: Path, keys: dict[str, Any], rule: str, column: str
) -> None:
    written = tmp_path / "run.json"
    written.write_text(json.dumps({"symbol": "EURUSD", "timeframe": "H1", **keys}))
    for source in (json.loads(written.read_text()), written):
        error = refused(lambda: resolve(load_config(source)))  # noqa: B023
        assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_ARGUMENT, rule, column)
        assert (error.value, error.message) == ("", "the path is empty; name a file or a folder")


@pytest.mark.rule("T-8a")
@pytest.mark.parametrize("data", ["", {"path": ""}, {"bid": "", "ask": ""}])
def test_an_empty_path_of_bars_is_refused_in_a_file_too(tmp_path: Path, data: object) -> None:
    import omega

    written = tmp_path / "run.json"
    written.write_text(json.dumps({"symbol": "EURUSD", "timeframe": "H1", "data": data}))
    error = refused(lambda: omega.run_signals(None, [], written))
    assert (error.code, error.rule, error.column) == (ErrorCode.INVALID_ARGUMENT, "T-8a", "path")


@pytest.mark.rule("Q-C6b", "X-6")
def test_a_result_keeps_the_rates_that_it_was_made_with(backend: str, tmp_path: Path) -> None:
    import omega

    table = pa.table({"timestamp": pa.array([hours(0)], pa.timestamp("us", tz="UTC")), "rate": [1.25]})
    trial = Trial(backend, POUND, [long_lot("EURGBP", 0.85)], rates={"GBPUSD": table}, **at("EURGBP"))
    loaded = omega.load_result(trial.result.save(tmp_path / "result"))
    assert loaded.config.rates is not None
    assert loaded.config.rates["GBPUSD"].model_dump()["rate"] == [1.25]  # type: ignore[union-attr]
    assert resolve(loaded.config).rates == series({"GBPUSD": table})


@pytest.mark.rule("Q-C6b")
@pytest.mark.parametrize("days", [0, -1, 36_501, float("nan"), "7"])
def test_an_age_is_a_number_of_days(days: object) -> None:
    with pytest.raises(OmegaError) as caught:
        load_config({"symbol": "EURUSD", "rates_max_age": days})
    assert (caught.value.column, caught.value.rule) == ("rates_max_age", "C-6")
    assert resolve(load_config({"symbol": "EURUSD", "timeframe": "H1"})).rates_max_age == timedelta(
        days=7
    ) // timedelta(microseconds=1)
