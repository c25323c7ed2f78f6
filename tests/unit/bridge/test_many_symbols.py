"""Runs over several symbols against what is worked out by hand, and against runs over one (M-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pytest

import omega
from omega import ErrorCode, OmegaError

MINUTE = 60_000_000


def _bars(closes: Mapping[int, float], spread: float) -> pa.Table:
    """One bar of one price for each minute, the ask ``spread`` above it."""
    prices = list(closes.values())
    asks = [price + spread for price in prices]
    columns: dict[str, Any] = {"timestamp": pa.array([minute * MINUTE for minute in closes], pa.timestamp("us", "UTC"))}
    columns |= {f"bid_{name}": prices for name in ("open", "high", "low", "close")}
    columns |= {f"ask_{name}": asks for name in ("open", "high", "low", "close")}
    return pa.table({**columns, "volume": [1.0] * len(prices)})


def _entry(minute: int, symbol: str, direction: str, stop_loss: float, size: float) -> dict[str, Any]:
    return {
        "timestamp": minute * MINUTE,
        "symbol": symbol,
        "signal_type": "entry",
        "direction": direction,
        "order_type": "market",
        "stop_loss": stop_loss,
        "size": size,
    }


@pytest.mark.rule("M-4", "Q-M4", "Q-M4b", "Q-M4c", "C-6")
@pytest.mark.parametrize("backend", ["python", "rust"])
def test_money_of_two_currencies_by_hand(backend: str) -> None:
    """Long 1 lot of EURUSD, short 0.5 lots of EURGBP on an account in USD, GBPUSD at 1.25.

    EURUSD has bars 0, 1 and 3, EURGBP 0, 2 and 4. In step 4, the last, EURUSD is closed at its close of step 3.
    """
    market = {
        "EURUSD": _bars({0: 1.1, 1: 1.101, 3: 1.103}, 0.0),
        "EURGBP": _bars({0: 0.86, 2: 0.858, 4: 0.857}, 0.0002),
    }
    signals = [_entry(0, "EURUSD", "long", 1.0, 1.0), _entry(1, "EURGBP", "short", 0.95, 0.5)]
    config = {"timeframe": "M1", "rates": {"GBPUSD": 1.25}, "close_at_end": True}
    result = omega.run_signals(market, signals, config, backend=backend)
    assert result.backend == backend
    # The short of minute 1 waits for EURGBP's bar of minute 2, and opens at its bid. By step: 0.001 and 0.003 of
    # 100,000 EUR; −0.0002 of 50,000 EUR in GBP is 12.5 USD; at the end 0.0008 · 50,000 · 1.25 = 50 USD.
    expected = [10_000.0, 10_100.0, 10_087.5, 10_287.5, 10_350.0]
    assert result.equity["equity"].to_pylist() == pytest.approx(expected, abs=1e-9)
    assert result.equity["timestamp"].cast(pa.int64()).to_pylist() == [minute * MINUTE for minute in range(5)]
    trades = result.trades.select(["symbol", "exit_price", "result", "reason"]).to_pylist()
    assert [(one["symbol"], one["exit_price"], one["reason"]) for one in trades] == [
        ("EURUSD", 1.103, "end_of_data"),
        ("EURGBP", 0.8572, "end_of_data"),
    ]
    assert [one["result"] for one in trades] == pytest.approx([300.0, 50.0], abs=1e-9)


@pytest.mark.rule("M-4", "Q-M4")
@pytest.mark.parametrize("backend", ["python", "rust"])
def test_one_symbol_is_the_run_over_it(backend: str) -> None:
    bars = omega.sample_bars(n=600, seed=3)
    table = bars.table
    rows = range(5, 590, 9)
    signals = [
        {
            **_entry(0, "EURUSD", "long", float(table["bid_close"][row].as_py()) - 0.001, 0.1),
            "timestamp": table["timestamp"][row].as_py(),
            "take_profit": float(table["ask_close"][row].as_py()) + 0.001,
        }
        for row in rows
    ]
    config = {"close_at_end": True, "on_ruin": "continue"}
    many = omega.run_signals({"EURUSD": bars}, signals, config, backend=backend)
    one = omega.run_signals(bars, signals, {**config, "symbol": "EURUSD"}, backend=backend)
    assert many.trades.num_rows == len(rows)
    assert (many.state_chain == one.state_chain).all()
    assert many.trades.equals(one.trades)


@pytest.mark.rule("M-4")
def test_symbols_of_fixed_sizes_trade_as_alone() -> None:
    market = {"EURUSD": omega.sample_bars(n=400, seed=3), "GBPUSD": omega.sample_bars(n=300, seed=4)}
    signals = []
    for row in range(3, 290, 7):
        for symbol, bars in market.items():
            close = float(bars.table["bid_close"][row].as_py())
            time = bars.table["timestamp"][row].as_py()
            signals.append({**_entry(0, symbol, "long", close - 0.002, 0.1), "timestamp": time})
    config = {"close_at_end": False, "on_ruin": "continue"}
    together = omega.run_signals(market, signals, config).trades
    for symbol, bars in market.items():
        own = [one for one in signals if one["symbol"] == symbol]
        alone = omega.run_signals(bars.table, own, {**config, "symbol": symbol}).trades
        left_out = ["order_id", "signal_row"]
        rows = [row for row, name in enumerate(together["symbol"].to_pylist()) if name == symbol]
        mine = together.take(pa.array(rows, pa.int64()))
        names = [name for name in mine.column_names if name not in left_out]
        assert mine.num_rows > 0
        assert mine.select(names).to_pylist() == alone.select(names).to_pylist()


@pytest.mark.rule("Q-M4d")
@pytest.mark.parametrize(
    ("config", "code", "column"),
    [
        ({"symbol": "EURUSD"}, ErrorCode.INVALID_ARGUMENT, "symbol"),
        ({"data": "eurusd.parquet"}, ErrorCode.INVALID_ARGUMENT, "data"),
        ({"higher_timeframes": {"D1": "d1.parquet"}}, ErrorCode.INVALID_ARGUMENT, "higher_timeframes"),
        ({"warmup_bars": 20}, ErrorCode.INVALID_ARGUMENT, "warmup_bars"),
        ({"end": "2000-01-01T00:00:00Z"}, ErrorCode.EMPTY_INPUT, "end"),
        ({"variant": "v1"}, ErrorCode.INVALID_ARGUMENT, "variant"),
        ({"account_currency": "CHF"}, ErrorCode.INVALID_ARGUMENT, "rates"),
    ],
)
@pytest.mark.parametrize("backend", ["python", "rust"])
def test_refusals(config: dict[str, Any], code: ErrorCode, column: str, backend: str) -> None:
    market = {"EURUSD": omega.sample_bars(n=30, seed=3), "GBPUSD": omega.sample_bars(n=30, seed=4)}
    with pytest.raises(OmegaError) as caught:
        omega.run_signals(market, [], config, backend=backend)
    assert (caught.value.code, caught.value.column) == (code, column)


@pytest.mark.rule("Q-M4e")
@pytest.mark.parametrize(
    ("symbol", "code"), [(None, ErrorCode.MISSING_REQUIRED_FIELD), ("XAUUSD", ErrorCode.INVALID_ARGUMENT)]
)
def test_an_order_names_a_symbol_of_the_run(symbol: str | None, code: ErrorCode) -> None:
    class Lost(omega.Strategy):
        def evaluate(self, bars: Any, positions: Any, equity: float) -> list[Any]:
            return [omega.orders.market("long", stop_loss=1.0, symbol=symbol)]

    market = {"EURUSD": omega.sample_bars(n=30, seed=3), "GBPUSD": omega.sample_bars(n=30, seed=4)}
    with pytest.raises(OmegaError) as caught:
        omega.run_backtest({}, market, strategy=Lost())
    assert (caught.value.code, caught.value.rule, caught.value.column) == (code, "T-6", "symbol")
