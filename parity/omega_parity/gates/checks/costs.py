"""Slippage and fee on their own, results and refusals alike."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any, Final

from omega.contract.types import Variant
from omega_parity.drive.components import factories
from omega_parity.gates.checks.bench import Bench, check
from omega_parity.generate.cases import base_config
from omega_parity.generate.markets import sample_market

_BARS: Final = 100

_BATCHES: Final = 20
"""How often the arguments are repeated in a batch, so that it is longer than any block of work."""

_KEYS: Final = tuple(
    product(
        (0, -1, 1_600_000_000_000_000, 2**63 - 1),
        (0, -7, 2**63 - 1),
        (0, 1, 2**32 - 1),
        (0, 1, 9),
        (0, 1),
        (0, 1, 2),
    )
)
_AMOUNTS: Final = tuple(product((0.01, 1.0, 3.7, 100.0, 1e-300), (1.1, 150.123, 0.65, 1e5), (1e5, 662.25)))

REFUSED: Final[tuple[tuple[str, tuple[object, ...]], ...]] = (
    ("fee_batch", ([1.0, math.nan], [1.0, 1.0], [1.0, 1.0])),
    ("fee_batch", ([1.0, 1.0], [1.0, math.inf], [math.nan, 1.0])),
    ("fee_batch", ([-math.inf, math.nan], [math.nan, 1.0], [1.0, 1.0])),
    ("fee_batch", ([1.0, 1.0], [1.0, 1.0], [1.0, math.nan])),
    ("fee_batch", ([1.0], [1.0, 1.0], [1.0])),
    ("fee_batch", ([1.0], [1.0], [1.0, 1.0])),
    ("fee_batch", ([], [1.0], [])),
    ("slippage_batch", ([1, 2], [0, 0], [0, 0], [0], [0, 0], [0, 0])),
    ("slippage_batch", ([1, 2], [0], [0, 0], [0], [0, 0], [0, 0])),
    ("slippage_batch", ([1, 2], [0, 0], [0], [0], [0, 0], [0, 0])),
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
)


@check("costs", "slippage_fee", tuple(Variant))
def one_by_one_and_in_batches(bench: Bench, variant: Variant) -> None:
    """Slippage and fee of every key, each alone and all in a batch."""
    config = replace(
        base_config(sample_market(n=_BARS), variant), fee_min=2.5, slippage_random_pips=0.7, seed=2**64 - 1
    )
    models: list[Any] = [make(config) for make in factories("slippage_fee")]
    for key in _KEYS:
        bench.agree(*(partial(model.slippage, *key) for model in models), about=key)
    for amount in (*_AMOUNTS, (1.0, math.nan, 1.0), (1.0, 1.0, math.nan)):
        bench.agree(*(partial(model.fee, *amount) for model in models), about=amount)
    keys, amounts = _KEYS * _BATCHES, _AMOUNTS * _BATCHES
    columns, pairs = list(zip(*keys, strict=True)), list(zip(*amounts, strict=True))
    slippages = [models[0].slippage(*key) for key in keys]
    fees = [models[0].fee(*amount) for amount in amounts]
    for model in models:
        bench.agree(lambda: slippages, partial(model.slippage_batch, *map(list, columns)), about="slippage_batch")
        bench.agree(lambda: fees, partial(model.fee_batch, *map(list, pairs)), about="fee_batch")


@check("costs", "slippage_fee")
def negative_zero_pips(bench: Bench) -> None:
    """A sum of zeros has the sign that IEEE gives it."""
    plain = base_config(sample_market(n=_BARS), Variant.CANONICAL)
    config = replace(plain, slippage_fixed_pips=-0.0, slippage_random_pips=0.0)
    bench.agree(*(partial(make(config).slippage, 0, 0, 0, 0, 0, 0) for make in factories("slippage_fee")))


@check("costs", "slippage_fee", REFUSED)
def refused_arguments(bench: Bench, given: tuple[str, tuple[object, ...]]) -> None:
    """Arguments of other lengths, beyond their range, or no numbers."""
    method, arguments = given
    config = base_config(sample_market(n=_BARS), Variant.CANONICAL)
    calls = [partial(getattr(make(config), method), *arguments) for make in factories("slippage_fee")]
    bench.refuse(*calls, about=given)
