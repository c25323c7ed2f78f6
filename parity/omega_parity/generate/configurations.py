"""Generated configurations and strategy parameters, expanded from blocks of bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from omega.contract.types import (
    BelowMin,
    DirectionFilter,
    EngineConfig,
    MeanReversionParameters,
    StrategyConfig,
    Variant,
)
from omega_parity.generate.blocks import Decisions
from omega_parity.generate.cases import STRATEGY
from omega_parity.generate.signals.aimed import MAGIC_NUMBERS
from omega_parity.generate.worlds import World

CONFIG_BYTES: Final = 40

_Z_OF_SECOND: Final = math.sqrt(2.0)
"""Size of the z-score in row 1 over a window of two: row 0 is no distance from its own EMA. Every other time to the
last bit, else an ulp less."""


def expand_config(world: World, block: bytes, times: Sequence[int] = ()) -> EngineConfig:
    """Make a configuration for ``world``; ``times`` are those of the bars, for a start among them."""
    decisions = Decisions(block)
    variant = decisions.evenly(*((Variant.CANONICAL, Variant.V1) if world.instrument is not None else (Variant.V1,)))
    fixed_pips, random_pips = decisions.choose((96, (0.0, 0.0)), (64, (0.1, 0.3)), (48, (0.7, 0.0)), (48, (0.0, 2.0)))
    per_million, min_fee = decisions.choose((96, (0.0, 0.0)), (96, (35.0, 0.0)), (64, (5.0, 1.5)))
    return EngineConfig(
        variant=variant,
        symbol=world.symbol,
        timeframe=world.timeframe,
        start=_start(decisions, times),
        account_currency="USD",
        initial_balance=decisions.choose((160, 10_000.0), (48, 1_000_000.0), (48, 150.0)),
        risk_per_trade=decisions.choose((128, 100.0), (64, 33.33), (40, 1_000.0), (24, 2.0)),
        risk_fraction=decisions.choose((170, None), (56, 0.01), (30, 0.5)),
        max_positions=decisions.choose((200, None), (24, 3), (20, 2), (12, 1)),
        seed=decisions.choose((128, 0), (64, 7), (64, 2**64 - 1)),
        pip_buffer_factor=decisions.choose((128, 0.5), (56, 0.0), (40, 0.1), (32, 5.0)),
        close_at_end=decisions.choose((150, False), (106, True)),
        below_min=decisions.choose((128, BelowMin.REJECT), (128, BelowMin.CLAMP)),
        slippage_fixed_pips=fixed_pips,
        slippage_random_pips=random_pips,
        fee_per_million=per_million,
        fee_min=min_fee,
        instrument=world.instrument,
        strategy=None,
    )


def _start(decisions: Decisions, times: Sequence[int]) -> int | None:
    is_late = decisions.choose((210, False), (46, True))
    place, before = decisions.byte(), decisions.choose((128, 0), (128, 1))
    return times[place * len(times) >> 10] - before if is_late and times else None


def expand_strategy(world: World, block: bytes) -> StrategyConfig:
    """Make parameters of scenario 1 that let it trade within a few dozen bars, some at the very threshold."""
    decisions = Decisions(block)
    low, high = decisions.byte(), decisions.byte()
    holding: int | None = decisions.choose((64, None), (96, 8), (96, 2))
    parameters = MeanReversionParameters(
        atr_length=1 + decisions.byte() % 6,
        atr_mult=decisions.choose((96, 2.0), (80, 0.7), (80, 1.3)),
        window_length=2 + decisions.byte() % 9,
        ema_length=1 + decisions.byte() % 7,
        z_score_long=-0.2 - low / 200.0,
        z_score_short=0.2 + high / 200.0,
        direction_filter=decisions.choose(
            (200, DirectionFilter.BOTH), (28, DirectionFilter.LONG), (28, DirectionFilter.SHORT)
        ),
        max_holding=None if holding is None else holding * world.timeframe,
    )
    magic_number = decisions.evenly(*MAGIC_NUMBERS)
    if decisions.choose((208, False), (48, True)):
        parameters = replace(
            parameters, atr_length=1, window_length=2, z_score_long=-_Z_OF_SECOND, z_score_short=_Z_OF_SECOND
        )
    return StrategyConfig(name=STRATEGY, magic_number=magic_number, parameters=parameters)
