"""Generated markets and orders, small enough to shrink to something readable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from omega.contract.schemas import BARS, SIGNALS
from omega.contract.types import BelowMin, EngineConfig, Variant

settings.register_profile("default", derandomize=True, deadline=None, max_examples=150)
settings.load_profile("default")

START_US = 1_704_067_200_000_000
MINUTE_US = 60_000_000
BARS_MAX = 25


@dataclass(frozen=True)
class Case:
    """One generated run."""

    bars: pa.Table
    signals: pa.Table
    config: EngineConfig


@st.composite
def bars(draw: st.DrawFn) -> pa.Table:
    """Valid bars around 100 in quarter points: gaps in time and price, wide and crossed spreads."""
    time, price = START_US, 100.0
    rows: list[list[float]] = []
    moves = st.integers(-12, 12).map(lambda move: move / 4)
    for _ in range(draw(st.sampled_from([12, BARS_MAX, 1, 5]))):
        price = max(20.0, price + draw(moves))
        close = max(20.0, price + draw(moves))
        up, down = abs(draw(moves)), abs(draw(moves))
        spread = draw(st.sampled_from([0.0, 0.25, 1.0, 3.0, -0.25]))
        bid = [price, max(price, close) + up, min(price, close) - down, close]
        rows.append([time, *bid, *(x + spread for x in bid), draw(st.sampled_from([0.0, 7.0]))])
        time += MINUTE_US * draw(st.sampled_from([1, 1, 1, 5]))
        price = close
    return pa.table([list(column) for column in zip(*rows, strict=True)], schema=BARS)


@st.composite
def signals(draw: st.DrawFn) -> pa.Table:
    """Sorted signals, good and bad, some between bars and after the last."""
    times = sorted(draw(st.lists(st.integers(0, BARS_MAX), max_size=8)))
    return pa.Table.from_pylist([_signal(draw, START_US + half * MINUTE_US // 2) for half in times], schema=SIGNALS)


def _signal(draw: st.DrawFn, time: int) -> dict[str, Any]:
    direction = draw(st.sampled_from(["long", "short"]))
    order_type = draw(st.sampled_from(["market", "limit", "stop"]))
    price = 100.0 + draw(st.integers(-24, 24)) / 4
    side = 1.0 if direction == "long" else -1.0
    distance = draw(st.sampled_from([8.0, 10.0, 4.0, 3.0, 2.0, 0.5, -5.0, 60.0]))
    has_price = order_type != "market" or draw(st.booleans())
    return dict.fromkeys(SIGNALS.names) | {
        "timestamp": time,
        "symbol": "INDEX",
        "signal_type": "entry",
        "direction": direction,
        "order_type": order_type,
        "price": price if has_price else None,
        "stop_loss": price - side * distance,
        "take_profit": draw(st.sampled_from([None, price + side * 2.5, price + side * 6.0])),
        "magic_number": draw(st.integers(0, 1)),
        "size": draw(st.sampled_from([None, None, 0.1, 3.3])),
        "expires_at": draw(st.sampled_from([None, time + 2 * MINUTE_US])),
        "max_holding": draw(st.sampled_from([None, 0, 3 * MINUTE_US])),
    }


@pytest.fixture(scope="session")
def cases(make_config: Callable[..., EngineConfig]) -> st.SearchStrategy[Case]:
    """Whole runs in both variants; a property that needs special settings changes the config."""
    configs = st.builds(
        make_config,
        variant=st.sampled_from(Variant),
        seed=st.integers(0, 2**64 - 1),
        close_at_end=st.booleans(),
        below_min=st.sampled_from(BelowMin),
        risk_fraction=st.sampled_from([None, 0.01]),
        max_positions=st.sampled_from([None, 1, 3]),
        slippage_fixed_pips=st.sampled_from([0.0, 0.5]),
        slippage_random_pips=st.sampled_from([0.0, 1.0]),
        fee_per_million=st.sampled_from([0.0, 300.0]),
        fee_min=st.sampled_from([0.0, 0.5]),
    )
    return st.builds(Case, bars=bars(), signals=signals(), config=configs)
