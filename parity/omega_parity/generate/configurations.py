"""Generated configurations and strategy parameters, expanded from blocks of bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pyarrow as pa

from omega.contract.types import (
    BelowMin,
    DirectionFilter,
    EngineConfig,
    Instrument,
    Intrabar,
    MarketFill,
    MeanReversionParameters,
    OnRuin,
    SignalTime,
    StrategyConfig,
    Variant,
)
from omega_parity.generate.accounts import ACCOUNT_BYTES, with_account
from omega_parity.generate.bands import BANDS_BYTES, with_bands
from omega_parity.generate.blocks import Decisions
from omega_parity.generate.cases import PLAIN, STRATEGY
from omega_parity.generate.costs import COST_BYTES, with_costs
from omega_parity.generate.ranges import record_scales
from omega_parity.generate.signals.aimed import MAGIC_NUMBERS
from omega_parity.generate.wide import CURRENCIES, RECORD_BYTES, widened
from omega_parity.generate.worlds import World

STRATEGY_BYTES: Final = 16 + 3 * RECORD_BYTES + BANDS_BYTES
"""Block of the strategy's parameters, at the end of the configuration's."""

CONFIG_BYTES: Final = 33 + RECORD_BYTES + ACCOUNT_BYTES + COST_BYTES + STRATEGY_BYTES

_Z_OF_SECOND: Final = math.sqrt(2.0)
"""Size of the z-score in row 1 over a window of two: row 0 is no distance from its own EMA. Every other time to the
last bit, else an ulp less."""

_SHARE_OF_PRICE: Final = 0.02
"""How far a usual stop is away."""

_SHARE_SLIPPED: Final = 0.5
"""How much of the lowest price slippage and buffer may take; points rounded up are the rest."""

_USUAL_PIPS: Final = 10.0
"""More than this was drawn to be wide."""

_V1_PIP: Final = 1e-4
"""Of a symbol without a specification (S-5), and of the buffer in bars without a position (E-6)."""

_MOST_DIGITS: Final = 15

_AMPLE: Final = 1e12
"""A balance that has margin for every order at any leverage."""

_V1_REACH: Final = 1e-4
"""Stops nearer than a tenth of this are refused by v1 whatever the symbol (E-1)."""


def poor(config: EngineConfig) -> EngineConfig:
    """Leave so little money that an account is soon stopped out, where its variant knows that."""
    if config.variant is not Variant.CANONICAL:
        return config
    balance = min(max(3.0 * config.risk_per_trade, 1e-3), 1e9)
    return replace(config, initial_balance=balance, risk_fraction=None, on_ruin=OnRuin.STOP)


def expand_config(world: World, block: bytes, times: Sequence[int] = ()) -> EngineConfig:
    """Make a configuration for ``world``; ``times`` are those of the bars, for a start among them."""
    decisions = Decisions(block)
    variant = decisions.evenly(*((Variant.CANONICAL, Variant.V1) if world.instrument is not None else (Variant.V1,)))
    fixed_pips, random_pips = decisions.choose((96, (0.0, 0.0)), (64, (0.1, 0.3)), (48, (0.7, 0.0)), (48, (0.0, 2.0)))
    per_million, min_fee = decisions.choose((96, (0.0, 0.0)), (96, (35.0, 0.0)), (64, (5.0, 1.5)))
    config = replace(
        PLAIN,
        variant=variant,
        symbol=world.symbol,
        timeframe=world.timeframe,
        start=_start(decisions, times),
        account_currency=_account_currency(world, variant, decisions),
        initial_balance=decisions.choose((160, 10_000.0), (48, 1_000_000.0), (48, 150.0)),
        risk_per_trade=decisions.choose((128, 100.0), (64, 33.33), (40, 1_000.0), (24, 2.0)),
        risk_fraction=decisions.choose((170, None), (56, 0.01), (30, 0.5)),
        max_positions=decisions.choose((200, None), (24, 3), (20, 2), (12, 1)),
        seed=decisions.choose((128, 0), (64, 7), (64, 2**64 - 1)),
        pip_buffer_factor=decisions.choose((96, 0.0), (88, 0.5), (40, 0.1), (32, 5.0)),
        close_at_end=decisions.choose((150, False), (106, True)),
        on_ruin=OnRuin.CONTINUE,
        market_fill=decisions.choose((160, MarketFill.CLOSE), (96, MarketFill.NEXT_OPEN)),
        signal_time=decisions.choose((176, SignalTime.BAR), (80, SignalTime.DECISION)),
        intrabar_stop_entry=decisions.choose((160, Intrabar.PATH), (96, Intrabar.ADVERSE)),
        intrabar_limit_entry=decisions.choose((160, Intrabar.PATH), (96, Intrabar.ADVERSE)),
        intrabar_open_position=decisions.choose((160, Intrabar.PATH), (96, Intrabar.ADVERSE)),
        below_min=decisions.choose((128, BelowMin.REJECT), (128, BelowMin.CLAMP)),
        slippage_fixed_pips=fixed_pips,
        slippage_random_pips=random_pips,
        fee_per_million=per_million,
        fee_min=min_fee,
        instrument=world.instrument,
    )
    config = as_variant(widened(config, decisions, share=128), variant)
    config = config if decisions.choose((208, False), (48, True)) else tradable(config, world)
    return with_costs(with_account(config, decisions, times), decisions, times)


def tradable(config: EngineConfig, world: World) -> EngineConfig:
    """Change variant and limit where a wide number would keep every order from filling."""
    spec, price = config.instrument, world.price_of(world.price)
    if spec is None or price <= 0.0:
        return config
    reach = _SHARE_OF_PRICE * price
    if config.margin_leverage is not None:
        config = replace(config, on_ruin=OnRuin.STOP, initial_balance=max(config.initial_balance, _AMPLE))
    if _lots(config, spec, reach) < spec.volume_min:
        config = replace(config, below_min=BelowMin.CLAMP)
    if spec.min_stop_distance_pips * spec.pip_size > reach:
        return as_variant(config, Variant.V1)  # asks neither for sides nor for the symbol's distance (E-1)
    if config.variant is Variant.V1 and reach < _V1_REACH and _has_value(spec, config.account_currency):
        return replace(config, variant=Variant.CANONICAL)
    return config


def as_variant(config: EngineConfig, variant: Variant) -> EngineConfig:
    """Return the configuration in a variant; v1 has none of canonical's keys."""
    if variant is Variant.CANONICAL:
        return replace(config, variant=variant)
    return replace(
        config,
        variant=variant,
        market_fill=MarketFill.CLOSE,
        signal_time=SignalTime.BAR,
        intrabar_stop_entry=Intrabar.PATH,
        intrabar_limit_entry=Intrabar.PATH,
        intrabar_open_position=Intrabar.PATH,
        on_ruin=OnRuin.CONTINUE,
        margin_leverage=None,
        swap=None,
        rates=(),
    )


def unslipped(config: EngineConfig, bars: pa.Table, signals: pa.Table | None) -> EngineConfig:
    """Keep slippage from reaching the lowest price of a run (Q-C1b)."""
    return unslipped_above(config, _lowest(config, bars, signals))


def unslipped_above(config: EngineConfig, lowest: float) -> EngineConfig:
    """Keep digits and slippage from reaching a price, which no run is made for (Q-C1b): by more digits, then by a
    smaller pip, or by none.
    """
    config = fine_enough(config, lowest)
    pips = config.slippage_fixed_pips + config.slippage_random_pips
    spec = config.instrument
    if spec is not None and config.variant is Variant.CANONICAL:  # prices lie on the grid, offsets are whole points
        lowest = min(lowest, round(lowest, spec.digits)) - 10.0**-spec.digits
    lowest = _SHARE_SLIPPED * lowest
    pip_size = _V1_PIP if spec is None else spec.pip_size
    buffer_pip = max(pip_size, _V1_PIP) if config.variant is Variant.V1 else pip_size
    if pips == 0.0 or (pips * pip_size) + (config.pip_buffer_factor * buffer_pip) < lowest:
        return config
    if config.pip_buffer_factor * buffer_pip >= lowest / 2.0:
        return replace(config, slippage_fixed_pips=0.0, slippage_random_pips=0.0)
    needed = lowest / (2.0 * (pips + config.pip_buffer_factor))
    if spec is not None and pips > _USUAL_PIPS and needed >= record_scales("Instrument")["pip_size"].low:
        return replace(config, instrument=replace(spec, pip_size=needed))
    return replace(config, slippage_fixed_pips=0.0, slippage_random_pips=0.0)


def fine_enough(config: EngineConfig, lowest: float) -> EngineConfig:
    """Give the instrument of a canonical run the digits that the lowest price needs (Q-C1b)."""
    spec = config.instrument
    if spec is None or config.variant is Variant.V1 or round(lowest, spec.digits) > 0.0:
        return config
    digits = next((digits for digits in range(_MOST_DIGITS) if round(lowest, digits) > 0.0), _MOST_DIGITS)
    return replace(config, instrument=replace(spec, digits=digits))


def _lowest(config: EngineConfig, bars: pa.Table, signals: pa.Table | None) -> float:
    """Return the lowest price at which anything may fill; v1 fills at levels wherever the market is."""
    columns = [bars.column("bid_low"), bars.column("ask_low")]
    if config.variant is Variant.V1 and signals is not None:
        columns += [signals.column(name) for name in ("price", "stop_loss") if name in signals.column_names]
    prices = [price for column in columns for price in column.to_pylist()]
    return float(min(price for price in prices if price is not None and price > 0.0))


def _lots(config: EngineConfig, spec: Instrument, reach: float) -> float:
    """Return about the lots of an order whose stop is so far away (S-2)."""
    risk = config.risk_per_trade if config.risk_fraction is None else config.risk_fraction * config.initial_balance
    value = spec.contract_size if spec.tick_value is None else spec.tick_value / spec.tick_size
    return risk / (reach * value)


def _has_value(spec: Instrument, account_currency: str) -> bool:
    """Whether a canonical run knows what a price is worth (S-1)."""
    return spec.tick_value is not None or spec.quote_currency == account_currency


def _account_currency(world: World, variant: Variant, decisions: Decisions) -> str:
    """Return a currency; that of the quotes where nothing else says what a price is worth (S-1)."""
    spec = world.instrument
    drawn = decisions.choose((160, "USD"), (96, CURRENCIES[decisions.byte() % len(CURRENCIES)]))
    needs_quote = spec is not None and spec.tick_value is None and variant is Variant.CANONICAL
    return spec.quote_currency if spec is not None and needs_quote else drawn


def _start(decisions: Decisions, times: Sequence[int]) -> int | None:
    is_late = decisions.choose((210, False), (46, True))
    place, before = decisions.byte(), decisions.choose((128, 0), (128, 1))
    return times[place * len(times) >> 10] - before if is_late and times else None


def expand_strategy(world: World, block: bytes, bars: int) -> StrategyConfig:
    """Make parameters that let the strategy trade within so many bars, some of scenario 1 at the very threshold."""
    decisions, bands = Decisions(block), Decisions(block[-BANDS_BYTES:])
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
    parameters = with_bands(parameters, bands, world.timeframe)
    parameters = _within(widened(parameters, decisions, share=216), bars)
    return widened(
        StrategyConfig(name=STRATEGY, magic_number=magic_number, parameters=parameters), decisions, share=216
    )


def _within(parameters: MeanReversionParameters, bars: int) -> MeanReversionParameters:
    """Bring lengths that leave no bar to trade in down to what so many bars afford."""
    half = max(2, bars // 2)
    return replace(
        parameters,
        atr_length=_brought_down(parameters.atr_length, half),
        window_length=max(2, _brought_down(parameters.window_length, half)),
        ema_length=_brought_down(parameters.ema_length, half),
        b_b_length=max(2, _brought_down(parameters.b_b_length, half)),
    )


def _brought_down(length: int, most: int) -> int:
    while length > most:
        length //= 2
    return length
