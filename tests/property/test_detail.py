"""A run with detail bars is the run over these bars in which signals come with the last of each bar (E-22, Q-E22)."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import omega
from omega.contract.schemas import BARS, TIMESTAMP

MINUTE = 60_000_000
OF_A_BAR = 5
CONFIG: dict[str, Any] = {
    "symbol": "EURUSD",
    "max_positions_per_symbol": 6,
    "pip_buffer_factor": 0.3,
    "intrabar": {"stop_entry": "adverse", "open_position": "adverse"},
    "costs": {"slippage": {"fixed_pips": 0.2}, "fee": {"per_million": 20.0}},
}
ALIKE = ("ambiguous_bars", "adjusted_sizes", "stop_outs", "final_cash", "net_profit", "avg_duration_minutes")


def minutes(n: int, seed: int) -> pa.Table:
    """Return bars of M1 that follow one another without a gap."""
    made = omega.sample_bars(n, seed, backend="python").table
    return made.set_column(0, BARS.field(0), pa.array(MINUTE * np.arange(n), TIMESTAMP))


def in_fives(detail: pa.Table) -> pa.Table:
    """Return the bars of M5 that they make."""
    made: dict[str, Any] = {"timestamp": pa.array(MINUTE * np.arange(0, len(detail), OF_A_BAR), TIMESTAMP)}
    for name in BARS.names[1:]:
        parts = detail.column(name).to_numpy().reshape(-1, OF_A_BAR)
        kinds = {"open": parts[:, 0], "close": parts[:, -1], "high": parts.max(1), "low": parts.min(1)}
        made[name] = kinds.get(name.rpartition("_")[2], parts.sum(1))
    return pa.table(made, schema=BARS)


def orders(bars: pa.Table, draw: random.Random) -> list[dict[str, Any]]:
    """Draw what is asked for at the closes of bars."""
    rows: list[dict[str, Any]] = []
    closes: list[float] = bars.column("bid_close").to_numpy().tolist()
    for row, close in enumerate(closes[:-1]):
        time = row * OF_A_BAR * MINUTE
        common = {"timestamp": time, "symbol": "EURUSD", "magic_number": draw.choice((1, 2))}
        share, sign = draw.random(), draw.choice((1, -1))
        if share < 0.5:
            order_type = draw.choice(("market", "limit", "stop"))
            away = {"market": 0.0, "limit": -1.0, "stop": 1.0}[order_type] * sign
            price = round(close + away * draw.uniform(0.0, 0.0006), 5)
            rows.append(
                {
                    **common,
                    "signal_type": "entry",
                    "direction": "long" if sign > 0 else "short",
                    "order_type": order_type,
                    "price": price,
                    "stop_loss": round(price - sign * draw.uniform(0.0003, 0.0015), 5),
                    "take_profit": draw.choice((None, round(price + sign * draw.uniform(0.0003, 0.002), 5))),
                    "trailing_distance": draw.choice((None, 0.0004, 0.001)),
                    "break_even_at_r": draw.choice((None, 0.5, 1.0)),
                    "expires_at": draw.choice((None, time + draw.randint(6, 40) * MINUTE)),
                }
            )
        elif share < 0.6:
            rows.append({**common, "signal_type": "exit", "fraction": draw.choice((None, 0.5))})
        elif share < 0.7:
            rows.append({**common, "signal_type": "modify", "stop_loss": round(close - sign * 0.0008, 5)})
    return rows


@pytest.mark.rule("E-22", "Q-E22")
@pytest.mark.parametrize("backend", ["python", "rust"])
@pytest.mark.parametrize("market_fill", ["close", "next_open"])
@pytest.mark.parametrize("seed", range(6))
def test_detail_bars_are_the_bars_of_a_run_of_their_own(seed: int, market_fill: str, backend: str) -> None:
    detail = minutes(3_000, seed)
    bars = in_fives(detail)
    signals = orders(bars, random.Random(seed))
    config = {**CONFIG, "market_fill": market_fill}
    looked = omega.run_signals(bars, signals, {**config, "timeframe": "M5"}, detail=detail, backend=backend)
    later = [{**row, "timestamp": row["timestamp"] + (OF_A_BAR - 1) * MINUTE} for row in signals]
    walked = omega.run_signals(detail, later, {**config, "timeframe": "M1"}, backend=backend)
    assert looked.trades.equals(walked.trades)
    assert looked.events.equals(walked.events)
    assert looked.positions.equals(walked.positions)
    assert [looked.metrics[name] for name in ALIKE] == [walked.metrics[name] for name in ALIKE]
    assert {"modified", "expired", "partially_closed", "closed"} <= set(looked.events.column("kind").to_pylist())
    inside = looked.trades.filter(pc.greater(looked.trades["exit_time"], looked.trades["trigger_time"]))
    assert inside.num_rows > 50
