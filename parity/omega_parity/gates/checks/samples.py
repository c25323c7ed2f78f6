"""The built-in sample through both sides: other seeds, short histories, and more orders than sixteen bits count."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pyarrow as pa

from omega.contract.schemas import SIGNALS
from omega.contract.types import Variant
from omega_parity.gates.checks.bench import Bench, check
from omega_parity.generate.cases import Floors, quick_cases, signals_case, strategy_case
from omega_parity.generate.markets import sample_market

_BARS: Final = 6_000
_LEAST_BARS: Final = 700
_ORDERS: Final = 2**16 + 1
_FEW_ORDERS: Final = 2**10

SEEDS: Final = (0, 1, 2**64 - 1)
LENGTHS: Final = (2, 3, 14, 99, 100, 101, 130, 250)


@check("samples", "event_engine")
def more_orders_than_sixteen_bits_count(bench: Bench) -> None:
    """One market order, again and again in the first bar; all are held for two bars."""
    orders = _FEW_ORDERS if bench.extent.every > 1 else _ORDERS
    market = sample_market(n=4)
    case = signals_case(market, Variant.CANONICAL, seed=0, floors=Floors(trades=orders), n=1)
    order = {"timestamp": market.bars["timestamp"][0].as_py(), "symbol": market.symbol, "signal_type": "entry"}
    order |= {"direction": "long", "order_type": "market", "stop_loss": 1.0, "magic_number": 0}
    order |= {"size": 0.01, "max_holding": 2 * market.timeframe}
    bench.judge(replace(case, signals=pa.Table.from_pylist([order], SIGNALS).take([0] * orders)))


@check("samples", "event_engine", SEEDS)
def other_seeds(bench: Bench, seed: int) -> None:
    """The quick cases over another sample; those of the whole sample are cases of their own."""
    n = bench.extent.few(_BARS, _LEAST_BARS)
    for case in bench.extent.some(tuple(quick_cases(sample_market(n=n, seed=seed), min(n, 2000))), least=2):
        few = Floors(trades=20) if case.signals is None else Floors(fills=500)
        bench.judge(replace(case, floors=few if n >= _BARS else Floors(fills=1)))


@check("samples", "event_engine", LENGTHS)
def short_histories(bench: Bench, n: int) -> None:
    """Fewer bars than a window, as many, and one more."""
    market = sample_market(n=n)
    for variant in market.variants:
        bench.judge(strategy_case(market, variant, 1, Floors()))
        bench.judge(signals_case(market, variant, seed=n, floors=Floors(), n=40))
