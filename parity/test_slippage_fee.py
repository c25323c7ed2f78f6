"""Gate: slippage and fee on their own, results and refusals alike."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from itertools import product

import pytest

from omega.contract.types import Variant
from omega_parity.drive.components import factories
from omega_parity.gates.plugin import Agree, Refuse
from omega_parity.generate.cases import Market, base_config

BATCHES = 20
"""How often the arguments are repeated in a batch, so that it is longer than any block of work."""


@pytest.mark.rule("C-1", "C-2", "C-5", "N-6")
@pytest.mark.parametrize("variant", list(Variant))
def test_costs(variant: Variant, market: Market, agree: Agree) -> None:
    config = replace(base_config(market, variant), fee_min=2.5, slippage_random_pips=0.7, seed=2**64 - 1)
    models = [make(config) for make in factories("slippage_fee")]
    keys = list(
        product(
            (0, -1, 1_600_000_000_000_000, 2**63 - 1),
            (0, -7, 2**63 - 1),
            (0, 1, 2**32 - 1),
            (0, 1, 9),
            (0, 1),
            (0, 1, 2),
        )
    )
    for key in keys:
        agree(*(partial(model.slippage, *key) for model in models), about=key)
    amounts = list(product((0.01, 1.0, 3.7, 100.0, 1e-300), (1.1, 150.123, 0.65, 1e5)))
    for amount in amounts:
        agree(*(partial(model.fee, *amount) for model in models), about=amount)
    keys, amounts = keys * BATCHES, amounts * BATCHES
    columns, pairs = list(zip(*keys, strict=True)), list(zip(*amounts, strict=True))
    for model in models:
        agree(lambda: [models[0].slippage(*key) for key in keys], partial(model.slippage_batch, *map(list, columns)))
        agree(lambda: [models[0].fee(*amount) for amount in amounts], partial(model.fee_batch, *map(list, pairs)))


@pytest.mark.rule("C-1", "N-3")
def test_slippage_of_negative_zero_pips(market: Market, agree: Agree) -> None:
    """A sum of zeros has the sign that IEEE gives it."""
    config = replace(base_config(market, Variant.CANONICAL), slippage_fixed_pips=-0.0, slippage_random_pips=0.0)
    agree(*(partial(make(config).slippage, 0, 0, 0, 0, 0, 0) for make in factories("slippage_fee")))


@pytest.mark.rule("C-5", "X-1")
@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("fee_batch", ([1.0, math.nan], [1.0, 1.0])),
        ("fee_batch", ([1.0, 1.0], [1.0, math.inf])),
        ("fee_batch", ([-math.inf, math.nan], [math.nan, 1.0])),
        ("fee_batch", ([1.0], [1.0, 1.0])),
        ("fee_batch", ([], [1.0])),
        ("slippage_batch", ([1, 2], [0, 0], [0, 0], [0], [0, 0], [0, 0])),
        ("slippage_batch", ([1, 2], [0], [0, 0], [0], [0, 0], [0, 0])),
        ("slippage_batch", ([1, 2], [0, 0], [0, -1], [0, 0], [0, 0], [0, 0])),
        ("slippage_batch", ([1, 2], [0, 0], [0, 2**32], [0, 0], [0, 0], [0, 0])),
        ("slippage_batch", ([1, 2], [0, 0], [0, 0], [2**32, 0], [0, 0], [0, 0])),
        ("slippage_batch", ([1, 2], [0, 0], [0, 0], [0, 0], [0], [0])),
        ("slippage_batch", ([1, 2], [0, 0], [0, 0], [0, 0], [0, 2], [3, 0])),
        ("slippage_batch", ([1, 2], [0, 0], [0, 0], [0, 0], [0, 1], [0, 3])),
        ("slippage", (1, 0, -1, 0, 0, 0)),
        ("slippage", (1, 0, 2**32, 0, 0, 0)),
        ("slippage", (1, 0, 2**32 + 1, 0, 0, 0)),
        ("slippage", (1, 0, 0, -1, 0, 0)),
        ("slippage", (1, 0, 0, 0, 2, 0)),
        ("slippage", (1, 0, 0, 0, 0, -1)),
    ],
)
def test_costs_refuse_alike(method: str, arguments: tuple[object, ...], market: Market, refuse: Refuse) -> None:
    config = base_config(market, Variant.CANONICAL)
    calls = [partial(getattr(make(config), method), *arguments) for make in factories("slippage_fee")]
    refuse(*calls, about=arguments)
