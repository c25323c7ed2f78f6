"""Gate: the built-in sample through both sides, in both variants, by the strategy and by random signals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pytest

from omega.contract.schemas import SIGNALS
from omega.contract.types import Variant
from omega_parity.generate.cases import Case, Floors, full_cases, quick_cases, signals_case, strategy_case
from omega_parity.generate.markets import sample_market
from omega_parity.judge.verdict import CaseVerdict

Judge = Callable[[Case], CaseVerdict]

ORDERS = 2**16 + 1

CASES = {case.name: case for case in full_cases(sample_market())}


@pytest.mark.rule(
    "L-1", "L-2", "L-4", "H-1", "H-2", "E-1", "E-2", "E-3", "E-4", "E-5", "E-6", "E-7", "E-8", "E-9", "E-12"
)
@pytest.mark.rule("E-12", "C-1", "C-2", "S-2", "S-4", "P-1", "P-2", "P-3", "P-4", "P-5", "A-4", "A-8")
@pytest.mark.parametrize("name", CASES)
def test_sample(name: str, judge: Judge) -> None:
    judge(CASES[name])


@pytest.mark.rule("T-7", "T-8", "H-1")
def test_more_orders_than_sixteen_bits_count(judge: Judge) -> None:
    """One market order, again and again in the first bar; all are held for two bars."""
    market = sample_market(n=4)
    case = signals_case(market, Variant.CANONICAL, seed=0, floors=Floors(trades=ORDERS), n=1)
    order = {"timestamp": market.bars["timestamp"][0].as_py(), "symbol": market.symbol, "signal_type": "entry"}
    order |= {"direction": "long", "order_type": "market", "stop_loss": 1.0, "magic_number": 0}
    order |= {"size": 0.01, "max_holding": 2 * market.timeframe}
    judge(replace(case, signals=pa.Table.from_pylist([order], SIGNALS).take([0] * ORDERS)))


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_other_samples(seed: int, judge: Judge) -> None:
    for case in quick_cases(sample_market(n=6_000, seed=seed)):
        few = Floors(trades=20) if case.signals is None else Floors(fills=500)
        judge(replace(case, floors=few))


@pytest.mark.rule("G-4", "L-1a", "E-18")
@pytest.mark.parametrize("n", [2, 3, 14, 99, 100, 101, 130, 250])
def test_short_histories(n: int, judge: Judge) -> None:
    market = sample_market(n=n)
    for variant in market.variants:
        judge(strategy_case(market, variant, 1, Floors()))
        judge(signals_case(market, variant, seed=n, floors=Floors(), n=40))
