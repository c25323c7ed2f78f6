"""The random signals reach what they are for, and are the same for the same seed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from omega.compare.compare import compare_tables
from omega.contract import schemas
from omega.contract.types import Variant
from omega_parity.generate.cases import (
    SIGNAL_FLOORS,
    STRATEGY_FLOORS,
    full_cases,
    market_cases,
    quick_cases,
    signals_case,
)
from omega_parity.generate.markets import sample_market
from omega_parity.generate.signals.drawn import random_signals

if TYPE_CHECKING:
    from tests.unit.parity.conftest import Toys


@pytest.fixture(scope="module")
def bars() -> pa.Table:
    return sample_market(n=3_000).bars


def _draw(bars: pa.Table, seed: int = 1, n: int = 2_000) -> pa.Table:
    return random_signals(bars, symbol="EURUSD", pip_size=0.0001, digits=5, seed=seed, n=n)


@pytest.mark.rule("T-6")
def test_signals_have_the_schema_and_the_order(bars: pa.Table) -> None:
    signals = _draw(bars)
    times: list[Any] = signals["timestamp"].cast(pa.int64()).to_pylist()
    assert signals.schema.equals(schemas.SIGNALS)
    assert (signals.num_rows, times) == (2_000, sorted(times))


def test_signals_of_one_seed_are_the_same(bars: pa.Table) -> None:
    assert compare_tables("signals", _draw(bars), _draw(bars)).is_identical
    assert compare_tables("signals", _draw(bars), _draw(bars, seed=2)).values_differing > 10_000


def test_signals_hold_every_kind_of_trouble(bars: pa.Table) -> None:
    signals = _draw(bars)
    rows = signals.to_pylist()
    last = bars["timestamp"][-1].as_py()
    on_bar = set(bars["timestamp"].to_pylist())
    entries = [row for row in rows if row["signal_type"] == "entry"]
    assert set(Counter(row["order_type"] for row in rows)) == {"market", "limit", "stop", None}
    assert min(Counter(row["direction"] for row in entries).get(side, 0) for side in ("long", "short")) > 800
    assert {row["signal_type"] for row in rows} == {"entry", "exit", "modify"}
    assert sum(row["timestamp"] > last for row in rows) == 3
    assert sum(row["timestamp"] not in on_bar for row in rows) > 300
    assert any(row["stop_loss"] is None for row in entries)
    assert any(row["price"] is None and row["order_type"] != "market" for row in entries)
    assert any(row["take_profit"] is None for row in entries)
    assert {row["size"] for row in rows} >= {None, 1e6, 1e-9, 0.0, -1.0}
    assert any(row["symbol"] != "EURUSD" for row in rows)
    assert any(row["trailing_distance"] for row in rows)
    assert sum(_is_wrong_sided(row) for row in entries) > 30
    tiny = [abs(row["price"] - row["stop_loss"]) for row in entries if row["price"] and row["stop_loss"]]
    assert sum(distance < 1e-5 for distance in tiny) > 20
    assert any(row["expires_at"] is not None and row["expires_at"] <= row["timestamp"] for row in entries)


def _is_wrong_sided(row: dict[str, float | str | None]) -> bool:
    price, stop = row["price"], row["stop_loss"]
    if not isinstance(price, float) or not isinstance(stop, float):
        return False
    return stop > price if row["direction"] == "long" else stop < price


def test_more_signals_than_bars(toys: Toys) -> None:
    assert _draw(toys.bars(5), n=50).num_rows == 50


def test_cases_cover_both_variants_and_are_named_apart() -> None:
    market = sample_market(n=300)
    names = [case.name for case in full_cases(market)]
    assert len(names) == len(set(names)) > 15
    assert {name.split("/")[1] for name in names} == {"canonical", "v1"}
    assert len(list(quick_cases(market))) == 4
    limits = [
        case.config.max_positions
        for case in market_cases(market, strategy_floors=STRATEGY_FLOORS, signal_floors=SIGNAL_FLOORS)
    ]
    assert limits == [None, 1, None] * 2


def test_case_has_every_cost_switched_on() -> None:
    config = signals_case(sample_market(n=100), Variant.V1, seed=1, floors=SIGNAL_FLOORS, n=5).config
    assert min(config.slippage_fixed_pips, config.slippage_random_pips, config.fee_per_million) > 0.0
