"""Slippage and fee on their own, results and refusals alike."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any, Final

from omega.contract.types import ChargedSides, Commission, CommissionBasis, EngineConfig, Rate, Variant
from omega_parity.drive.components import factories
from omega_parity.gates.checks.bench import Bench, check
from omega_parity.generate.cases import COMMISSION, base_config
from omega_parity.generate.markets import sample_market

_BARS: Final = 100

_FOREIGN: Final = "NOK"

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
_AMOUNTS: Final = tuple(
    product((0.01, 1.0, 3.7, 100.0, 1e-300), (1.1, 150.123, 0.65, 1e5), (1e5, 662.25), (0, 10), (0, 1, 2))
)

REFUSED: Final[tuple[tuple[str, tuple[object, ...]], ...]] = (
    ("fee_batch", ([1.0, math.nan], [1.0, 1.0], [1.0, 1.0], [0, 0], [0, 0])),
    ("fee_batch", ([1.0, 1.0], [1.0, math.inf], [math.nan, 1.0], [0, 0], [0, 0])),
    ("fee_batch", ([-math.inf, math.nan], [math.nan, 1.0], [1.0, 1.0], [0, 0], [0, 0])),
    ("fee_batch", ([1.0, 1.0], [1.0, 1.0], [1.0, math.nan], [0, 0], [0, 0])),
    ("fee_batch", ([1.0], [1.0, 1.0], [1.0], [0], [0])),
    ("fee_batch", ([1.0], [1.0], [1.0, 1.0], [0], [0])),
    ("fee_batch", ([], [1.0], [], [], [])),
    ("fee_batch", ([1.0], [1.0], [1.0], [0, 1], [0])),
    ("fee_batch", ([1.0], [1.0], [1.0], [0], [])),
    ("fee_batch", ([1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [0, 0], [0, -1])),
    ("fee_batch", ([1.0, 1.0], [1.0, 1.0], [1.0, math.inf], [0, 0], [2**32, 0])),
    ("fee_batch", ([1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [0, 0], [2**32, 0])),
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
    for amount in (*_AMOUNTS, (1.0, math.nan, 1.0, 0, 0), (1.0, 1.0, math.nan, 0, 0), (1.0, 1.0, 1.0, -1, -1)):
        bench.agree(*(partial(model.fee, *amount) for model in models), about=amount)
    keys, amounts = _KEYS * _BATCHES, _AMOUNTS * _BATCHES
    columns, pairs = list(zip(*keys, strict=True)), list(zip(*amounts, strict=True))
    slippages = [models[0].slippage(*key) for key in keys]
    fees = [models[0].fee(*amount) for amount in amounts]
    for model in models:
        bench.agree(lambda: slippages, partial(model.slippage_batch, *map(list, columns)), about="slippage_batch")
        bench.agree(lambda: fees, partial(model.fee_batch, *map(list, pairs)), about="fee_batch")


@check("costs", "slippage_fee", tuple(CommissionBasis))
def commissions_one_by_one_and_in_batches(bench: Bench, basis: CommissionBasis) -> None:
    """Every amount in each currency and on each side, at the rates of two times, each alone and all in a batch."""
    columns = [list(column) for column in zip(*_AMOUNTS, strict=True)]
    for config in _commission_configs(basis):
        models: list[Any] = [make(config) for make in factories("slippage_fee")]
        for amount in (*_AMOUNTS, (1.0, math.nan, 1.0, 0, 0), (-1.0, 1.0, 1e5, -1, -1)):
            bench.agree(*(partial(model.fee, *amount) for model in models), about=amount)
        bench.agree(*(partial(model.fee_batch, *columns) for model in models), about="fee_batch")


@check("costs", "slippage_fee", tuple(CommissionBasis))
def commissions_without_a_rate(bench: Bench, basis: CommissionBasis) -> None:
    """A currency that no rate leads to or from."""
    for config in _commission_configs(basis):
        rates = [rate for rate in config.rates if _FOREIGN not in rate.pair]
        changed = replace(config, rates=tuple(rates), commission=_charged(config, currency=_FOREIGN))
        bench.refuse(*(partial(make, changed) for make in factories("slippage_fee")), about=basis)


def _commission_configs(basis: CommissionBasis) -> Iterator[EngineConfig]:
    """Yield both variants, each side and the account's, the quotes', the base and another currency."""
    for variant, sides in product(Variant, ChargedSides):
        plain = base_config(sample_market(n=_BARS), variant)
        config = replace(plain, commission=replace(COMMISSION, basis=basis, sides=sides))
        yield config
        yield replace(config, commission=_charged(config, currency="EUR"))
        yield replace(config, account_currency="CHF", rates=(Rate(pair="USDCHF", timestamps=(), values=(0.9,)),))
        there_and_back = (
            Rate(pair=f"USD{_FOREIGN}", timestamps=(0, 10), values=(9.5, 10.25)),
            Rate(pair=f"{_FOREIGN}USD", timestamps=(5,), values=(0.1,)),
        )
        if variant is Variant.CANONICAL:
            yield replace(config, rates=there_and_back, commission=_charged(config, currency=_FOREIGN))


def _charged(config: EngineConfig, currency: str) -> Commission:
    assert config.commission is not None
    return replace(config.commission, currency=currency)


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
