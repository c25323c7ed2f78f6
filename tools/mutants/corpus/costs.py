"""Calls of costs and of rounding (C-1, C-2, C-5, N-5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from mutants.corpus.answers import INFINITY, NAN, call, reference
from mutants.corpus.lines import config_lines, listed
from omega.contract.types import ChargedSides, Commission, CommissionBasis, EngineConfig, Rate, Variant
from omega_parity.generate.cases import base_config
from omega_parity.generate.markets import sample_market

# ---- costs (C-1, C-2, C-5) ----


def cost_blocks() -> Iterator[tuple[str, list[str]]]:
    """Yield a block of calls for each variant and kind of costs."""
    market = sample_market(n=2)
    for variant in Variant:
        base = base_config(market, variant)
        assert base.instrument is not None
        quoted = replace(base.instrument, tick_value=0.7)
        for name, config in {
            "all": replace(base, seed=2**64 - 1, instrument=quoted),
            "fixed": replace(base, slippage_random_pips=0.0, fee_min=0.5, instrument=quoted),
            "lots": replace(base, commission=_commission(CommissionBasis.PER_LOT, "USD", ChargedSides.ENTRY)),
            "millions": replace(
                base,
                rates=(Rate(pair="GBPUSD", timestamps=(0, 10), values=(1.25, 1.3)),),
                commission=_commission(CommissionBasis.PER_MILLION_NOTIONAL, "GBP", ChargedSides.BOTH),
            ),
            "shares": replace(
                base, commission=_commission(CommissionBasis.PERCENT_OF_NOTIONAL, "EUR", ChargedSides.EXIT)
            ),
            "free": replace(base, slippage_fixed_pips=0.0, slippage_random_pips=0.0, fee_per_million=0.0),
        }.items():
            yield f"calls/costs-{variant.text}-{name}", list(_cost_calls(config))


def _commission(basis: CommissionBasis, currency: str, sides: ChargedSides) -> Commission:
    return Commission(basis=basis, rate=0.7, multiplier=1.5, min_fee=0.3, currency=currency, sides=sides)


def _cost_calls(config: EngineConfig) -> Iterator[str]:
    yield from config_lines(config)
    costs = reference("slippage_fee")(config)
    keys = [
        *((0, 0, 0, 0, 0, 0), (1, -2, 3, 1, 1, 0)),
        *((2**63 - 1, 0, 2**32 - 1, 2, 0, 2), (-7, 2**63 - 1, 1, 2**32 - 1, 1, 1)),
    ]
    for key in [*keys, (0, 0, 2**32, 0, 0, 0), (0, 0, 0, -1, 0, 0), (0, 0, 0, 0, 2, 0), (0, 0, 0, 0, 0, 3)]:
        yield from call(("slippage", *key), partial(costs.slippage, *key))
    for amounts in product((0.01, 3.7, -1.0), (1.1, 150.123), (1e5, 662.25), (0, 10), (0, 1, 2)):
        yield from call(("fee", *amounts), partial(costs.fee, *amounts))
    columns = [list(column) for column in zip(*keys, strict=True)]
    batches = [columns, [[]] * 6, *([*columns[:index], [0] * 5, *columns[index + 1 :]] for index in range(6))]
    batches += [[*columns[:2], [0, 1, -1, 2], *columns[3:]], [*columns[:3], [0, 0, 2**32, -1], *columns[4:]]]
    batches += [[*columns[:4], [0, 1, 2, -1], columns[5]], [*columns[:5], [0, 2, -1, 3]]]
    for batch in batches:
        yield from call(("slippage_batch", *map(listed, batch)), partial(costs.slippage_batch, *batch))
    refused_and_not: list[tuple[list[Any], ...]] = [
        ([0.5, 1.0, 2.5], [1.1, 1.2, 1.3], [1e5, 1e5, 662.25], [0, 10, 11], [0, 1, 2]),
        ([1.0], [1.0, 2.0], [1.0], [0], [0]),
        ([1.0], [1.0], [1.0, 2.0], [0], [0]),
        ([1.0], [1.0], [1.0], [0, 1], [0]),
        ([1.0], [1.0], [1.0], [0], [0, 1]),
        ([1.0, NAN], [NAN, 1.0], [1.0, 1.0], [0, 0], [0, 0]),
        ([1.0, 2.0], [1.0, -INFINITY], [NAN, 1.0], [0, 0], [0, 0]),
        ([INFINITY, 1.0], [1.0, 1.0], [1.0, 1.0], [0, 0], [0, 0]),
        ([1.0, 1.0], [1.0, 1.0], [1.0, NAN], [0, 0], [0, -1]),
        ([1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [0, 0], [0, -1]),
        ([1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [0, 0], [2**32, 0]),
    ]
    for amounts_by_row in refused_and_not:
        yield from call(("fee_batch", *map(listed, amounts_by_row)), partial(costs.fee_batch, *amounts_by_row))


# ---- rounding (N-5) ----


def quantize_calls() -> Iterator[str]:
    """Halves, what lies beside them, and the ends of the range; Python's own `round` is what N-5 names."""
    halves = [(k + 0.5) / 10**digits for k in (0, 1, 2, 7, 123_456) for digits in (0, 2, 5, 8, 15)]
    ends = [2.0**51, 2.0**51 - 0.5, 2.0**52 - 0.5, 2.0**53 - 1.0, 2.0**53, 1e22, 5e-324, 2.0**-1022, 1e-40, 1e308]
    beside = [neighbour for x in halves for neighbour in (np.nextafter(x, 0.0), np.nextafter(x, 1e9))]
    scaled = [(2.0**power + offset) / 10**digits for power in (51, 52) for offset in (-0.5, 0.5) for digits in (2, 8)]
    for x in map(float, (*halves, *beside, *ends, *scaled, 0.0, 1e-7, 9.9e-7, 1.1e-6, 1.005, 2.675)):
        for signed, digits in ((x, 0), (-x, 2), (x, 5), (-x, 8), (x, 15)):
            yield from call(("quantize", signed, digits), partial(round, signed, digits))
