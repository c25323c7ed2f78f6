"""Gate: indicators on their own, results and refusals alike."""

from __future__ import annotations

import math
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from omega.contract import schemas
from omega_parity.drive.answers import answers, compare_answers
from omega_parity.drive.components import factories, native_factory, reference_factory
from omega_parity.gates.ledger import RECORD
from omega_parity.gates.plugin import Agree, Refuse
from omega_parity.gates.search import Search
from omega_parity.generate.calls import sample_calls
from omega_parity.generate.cases import Market
from omega_parity.generate.markets import market_set_names, real_market

CALLS = 300
"""Generated cases of calls per 1,000 sequences."""

SERIES: dict[str, tuple[str, dict[str, Any]]] = {
    **{f"sma-{n}": ("sma", {"period": n}) for n in (1, 2, 20, 100)},
    **{f"ema-{n}": ("ema", {"period": n}) for n in (1, 2, 30, 200)},
    **{f"atr-{n}": ("atr", {"period": n}) for n in (1, 14, 100)},
    "true_range": ("true_range", {}),
    **{f"bollinger-{n}": ("bollinger", {"period": n, "std_factor": k}) for n, k in ((2, 1.0), (20, 2.0), (97, 2.5))},
    **{f"zscore-{w}": ("zscore", {"window": w, "mean": "rolling"}) for w in (2, 20, 100)},
    **{f"zscore-ema-{n}": ("zscore", {"window": w, "mean": "ema", "ema_period": n}) for w, n in ((2, 1), (100, 30))},
}


def _agree_on_series(bars: pa.Table, agree: Agree, about: str) -> None:
    caches = [make(bars) for make in factories("indicator_cache")]
    for (label, (name, parameters)), side in product(SERIES.items(), ("bid", "ask")):
        agree(*(partial(cache.get, name, side, **parameters) for cache in caches), about=f"{about} {label} {side}")


@pytest.mark.rule("I-1", "I-2", "I-6", "I-8", "I-11", "N-7")
def test_indicators_on_the_sample(market: Market, agree: Agree) -> None:
    _agree_on_series(market.bars, agree, "sample")


@pytest.mark.market
@pytest.mark.rule("I-1", "I-2", "I-6", "I-8", "I-11", "N-7")
@pytest.mark.parametrize("name", market_set_names())
def test_indicators_on_real_bars(name: str, market_folder: Path, agree: Agree) -> None:
    _agree_on_series(real_market(market_folder, name).bars, agree, name)


@pytest.mark.rule("I-1", "I-2", "I-6", "I-8", "I-11", "N-7")
@pytest.mark.parametrize("n", [1, 2, 3, 13, 14, 15, 19, 20, 21, 99, 100, 101, 199, 200, 201])
def test_indicators_on_short_series(n: int, market: Market, agree: Agree) -> None:
    _agree_on_series(market.bars.slice(0, n), agree, f"{n} rows")


@pytest.mark.rule("I-1", "I-2", "I-6", "I-8", "I-11", "N-7", "T-9")
@pytest.mark.parametrize("holes", [(0,), (0, 1, 2), (50,), (99, 100), tuple(range(0, 600, 7)), tuple(range(600))])
def test_indicators_with_missing_rows(holes: tuple[int, ...], market: Market, agree: Agree) -> None:
    columns = {name: market.bars[name].to_numpy()[:600].copy() for name in schemas.PRICE_COLUMNS}
    for shift, column in enumerate(columns.values()):
        column[[(hole + shift) % 600 for hole in holes]] = math.nan
    bars = market.bars.slice(0, 600)
    for name, column in columns.items():
        index = bars.schema.get_field_index(name)
        bars = bars.set_column(index, bars.schema.field(name), pa.array(column, from_pandas=False))
    _agree_on_series(bars, agree, f"{len(holes)} holes")


@pytest.mark.rule("N-7", "I-2")
def test_indicators_on_constant_and_huge_series(market: Market, agree: Agree) -> None:
    for scale, offset in ((0.0, 1.1), (1e-5, 1e9), (1e300, 0.0), (5e-324, 0.0)):
        bars = market.bars.slice(0, 700)
        for name in schemas.PRICE_COLUMNS:
            values = bars[name].to_numpy() * scale + offset
            bars = bars.set_column(bars.schema.get_field_index(name), bars.schema.field(name), pa.array(values))
        _agree_on_series(bars, agree, f"scale {scale}")


@pytest.mark.rule("I-1", "I-2", "I-6", "I-8", "I-11", "N-7", "T-2", "T-4", "G-1")
def test_generated_calls(search: Search, request: pytest.FixtureRequest) -> None:
    """Indicators over bars that stand still or miss prices, broken bars, joins of sides with gaps."""
    compared = 0
    for case in sample_calls(max(10, CALLS * search.plan.examples // 1_000), search.plan.seed or 0):
        found = compare_answers(answers(case.calls, reference_factory), answers(case.calls, native_factory))
        assert found.is_identical, f"{case.name}: {found.differences[:1]}"
        compared += found.comparisons
    request.node.user_properties.append((RECORD, {"comparisons": compared}))


@pytest.mark.rule("I-17", "X-1")
@pytest.mark.parametrize(
    ("name", "side", "parameters"),
    [
        ("smma", "bid", {"period": 3}),
        ("", "bid", {}),
        ("sma", "mid", {"period": 3}),
        ("sma", "bid", {}),
        ("sma", "bid", {"period": 3, "window": 3}),
        ("sma", "bid", {"period": 0}),
        ("sma", "bid", {"period": -1}),
        ("sma", "bid", {"period": 2**31}),
        ("sma", "bid", {"period": 2**70}),
        ("sma", "bid", {"period": 3.0}),
        ("sma", "bid", {"period": "3"}),
        ("sma", "bid", {"period": True}),
        ("atr", "ask", {"period": 0}),
        ("true_range", "ask", {"period": 1}),
        ("bollinger", "bid", {"period": 1, "std_factor": 2.0}),
        ("bollinger", "bid", {"period": 20}),
        ("bollinger", "bid", {"period": 20, "std_factor": math.nan}),
        ("bollinger", "bid", {"period": 20, "std_factor": math.inf}),
        ("bollinger", "bid", {"period": 20, "std_factor": "2"}),
        ("zscore", "bid", {"window": 1, "mean": "rolling"}),
        ("zscore", "bid", {"window": 20}),
        ("zscore", "bid", {"window": 20, "mean": "median"}),
        ("zscore", "bid", {"window": 20, "mean": 3}),
        ("zscore", "bid", {"window": 20, "mean": "rolling", "ema_period": 3}),
        ("zscore", "bid", {"window": 20, "mean": "ema"}),
        ("zscore", "bid", {"window": 20, "mean": "ema", "ema_period": 0}),
        ("zscore", "bid", {"b": 1, "a": 1}),
    ],
)
def test_indicators_refuse_alike(
    name: str, side: str, parameters: dict[str, Any], market: Market, refuse: Refuse
) -> None:
    caches = [make(market.bars.slice(0, 50)) for make in factories("indicator_cache")]
    refuse(*(partial(cache.get, name, side, **parameters) for cache in caches), about=(name, side, parameters))
