"""Books of more positions than are kept packed: both sides to the byte, whatever closes, in any order (E-5, H-1)."""

from __future__ import annotations

import random
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pytest

import omega
from omega.contract.schemas import TIMESTAMP
from omega.serve.planning import native_status

COUNT: Final = 1_300
STEPS: Final = 12
START: Final = 1_709_715_600_000_000
HOUR: Final = 3_600_000_000
CONFIG: Final[dict[str, Any]] = {
    "symbol": "EURUSD",
    "timeframe": "H1",
    "on_ruin": "continue",
    "costs": {"fee": {"per_million": 30.0}, "swap": {"long_points": -6.5, "short_points": 2.0}},
}

pytestmark = pytest.mark.skipif(not native_status().is_usable, reason=f"native module: {native_status().why}")


def _signals(draw: random.Random) -> pa.Table:
    """Longs and shorts, market and limit, some of which trail, expire, break even or end by time."""
    sides = [draw.choice((1, -1)) for _ in range(COUNT)]
    is_limit = [draw.random() < 0.3 for _ in range(COUNT)]
    columns: dict[str, Any] = {
        "timestamp": pa.array(np.full(COUNT, START), pa.int64()).cast(TIMESTAMP),
        "symbol": ["EURUSD"] * COUNT,
        "signal_type": ["entry"] * COUNT,
        "direction": ["long" if side > 0 else "short" for side in sides],
        "order_type": ["limit" if limit else "market" for limit in is_limit],
        "price": [round(1.1 - 0.002 * side, 5) if limit else None for side, limit in zip(sides, is_limit, strict=True)],
        "size": [draw.choice((0.01, 0.02, 0.05)) for _ in range(COUNT)],
        "stop_loss": [round(1.1 - side * draw.uniform(0.0045, 0.03), 5) for side in sides],
        "take_profit": [draw.choice((None, round(1.1 + side * draw.uniform(0.002, 0.03), 5))) for side in sides],
        "magic_number": [draw.randrange(5) for _ in range(COUNT)],
    }
    rare = {
        "trailing_distance": (0.003, 0.05),
        "break_even_at_r": (0.2, 0.05),
    }
    for name, (value, share) in rare.items():
        columns[name] = pa.array([value if draw.random() < share else None for _ in range(COUNT)], pa.float64())
    hours = [6 * HOUR if draw.random() < 0.1 else None for _ in range(COUNT)]
    return pa.table(columns | {"max_holding": pa.array(hours, pa.int64()).cast(pa.duration("us"))})


def _candle(draw: random.Random, step: int, price: float) -> dict[str, Any]:
    high, low = price + draw.uniform(0.0, 0.002), price - draw.uniform(0.0, 0.002)
    prices = dict(zip(("open", "high", "low", "close"), (price, high, low, price), strict=True))
    names = {f"{side}_{name}": round(value, 5) for name, value in prices.items() for side in ("bid", "ask")}
    return {"timestamp": START + step * HOUR} | names


@pytest.mark.rule("E-5", "H-1", "R-1")
@pytest.mark.parametrize("seed", range(3))
def test_many_positions_end_alike_and_resume_anywhere(seed: int) -> None:
    draw = random.Random(seed)
    signals, price = _signals(draw), 1.1
    sides = [omega.ExecutionSimulator(CONFIG, backend=side) for side in ("python", "rust")]
    for one in sides:
        one.process_signals_batch(signals)
    counts = []
    for step in range(STEPS):
        candle = _candle(draw, step, price)
        said = [one.evaluate_exits(candle) for one in sides]
        assert said[0].equals(said[1])
        if step:
            live = sides[0].positions()["order_id"].to_pylist()
            picked = draw.sample(live, min(5, len(live)))
            updates = {"order_id": picked, "close_fraction": [draw.choice((0.5, 1.0)) for _ in picked]}
            said = [one.apply_updates(pa.table(updates)) for one in sides]
            assert said[0].equals(said[1])
        assert sides[0].state_hash == sides[1].state_hash
        assert sides[0].positions().equals(sides[1].positions())
        counts.append(sides[0].positions().num_rows)
        if step % 4 == 2:
            kept = [one.snapshot() for one in sides]
            assert kept[0] == kept[1]
            for one, other in zip(sides, reversed(kept), strict=True):
                one.restore(other)
        price = round(price + draw.uniform(-0.003, 0.003), 5)
    assert counts[0] > 1_024 > counts[-1], "books of both kinds, and what closes"
    assert sides[0].metrics == sides[1].metrics
