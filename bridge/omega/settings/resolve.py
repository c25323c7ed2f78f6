"""Resolution of a configuration into the record both implementations take."""

from __future__ import annotations

from typing import Final

from omega.contract.errors import ErrorCode, omega_error
from omega.contract.types import (
    BelowMin,
    ChargedSides,
    Commission,
    CommissionBasis,
    DecisionPoint,
    EngineConfig,
    Intrabar,
    MarketFill,
    OnRuin,
    SignalTime,
    SizingMode,
    Swap,
    Timeframe,
    Variant,
)
from omega.data.times import microseconds
from omega.settings.instruments import find_instrument
from omega.settings.model import (
    CommissionConfig,
    Config,
    IntrabarConfig,
    MarginConfig,
    SwapConfig,
)
from omega.settings.rates import resolve_rates
from omega.settings.rollovers import rollovers
from omega.settings.strategies import StrategySection, resolve_strategy

_BUFFER_FACTOR: Final = {Variant.CANONICAL: 0.0, Variant.V1: 0.5}
"""E-6."""
_MAX_AGE_DAYS: Final = 7.0
"""Q-C6."""
_STOP_OUT: Final = MarginConfig.model_fields["stop_out"].default
_INTRABAR: Final = IntrabarConfig()


def resolve(config: Config, *, symbol: str | None = None, timeframe: int | None = None) -> EngineConfig:
    """Turn a configuration into the record both implementations take.

    Parameters
    ----------
    config : Config
    symbol : str, optional
        Of the bars; must agree with the configuration's.
    timeframe : int, optional
        Length of a bar of the data in µs; must agree with the configuration's.

    Returns
    -------
    EngineConfig
        With the strategy, if the configuration has one.

    Raises
    ------
    OmegaError
        1008 when neither side names symbol or timeframe, 1006 when they disagree, 1001 for a symbol without a
        specification (S-5) and an unknown time zone (C-4); what breaks a series of rates (Q-C6).
    """
    found = None if timeframe is None else Timeframe(timeframe).name
    return _engine_config(
        config,
        symbol=_agreed("symbol", config.symbol, symbol, "T-2"),
        timeframe=Timeframe[_agreed("timeframe", config.timeframe, found, "T-4")].value,
    )


def resolve_ticks(config: Config, *, symbol: str | None = None) -> EngineConfig:
    """As :func:`resolve`, of a run over ticks, in which no rule reads a timeframe (Q-E17)."""
    return _engine_config(config, symbol=_agreed("symbol", config.symbol, symbol, "T-3"), timeframe=Timeframe.M1.value)


def _engine_config(config: Config, *, symbol: str, timeframe: int) -> EngineConfig:
    variant = Variant[config.variant.upper()]
    clamps = variant is Variant.V1 or config.sizing.below_min == "clamp"
    intrabar = config.intrabar or _INTRABAR
    margin, factor, named = config.margin, config.pip_buffer_factor, config.strategy
    return EngineConfig(
        variant=variant,
        symbol=symbol,
        timeframe=timeframe,
        start=None if config.start is None else microseconds(config.start),
        account_currency=config.account_currency,
        initial_balance=config.initial_balance,
        risk_per_trade=config.risk_per_trade,
        risk_fraction=config.risk_fraction,
        max_positions=config.max_positions_per_symbol,
        seed=config.seed,
        pip_buffer_factor=_BUFFER_FACTOR[variant] if factor is None else factor,
        close_at_end=config.close_at_end,
        on_ruin=OnRuin[(config.on_ruin or "stop").upper()],
        margin_leverage=None if margin is None else margin.leverage,
        margin_stop_out=_STOP_OUT if margin is None else margin.stop_out,
        market_fill=MarketFill[(config.market_fill or "close").upper()],
        signal_time=SignalTime[(config.signal_time or "bar").upper()],
        intrabar_stop_entry=_intrabar(intrabar.stop_entry),
        intrabar_limit_entry=_intrabar(intrabar.limit_entry),
        intrabar_open_position=_intrabar(intrabar.open_position),
        below_min=BelowMin.CLAMP if clamps else BelowMin.REJECT,
        sizing_mode=SizingMode[config.sizing.mode.upper()],
        sizing_lots=config.sizing.lots,
        slippage_fixed_pips=config.costs.slippage.fixed_pips,
        slippage_random_pips=config.costs.slippage.random_pips,
        fee_per_million=config.costs.fee.per_million,
        fee_min=config.costs.fee.min_fee,
        commission=_commission(config.costs.commission, config.account_currency),
        swap=_swap(config.costs.swap),
        rates=resolve_rates(config.rates or {}),
        rates_max_age=round((config.rates_max_age or _MAX_AGE_DAYS) * Timeframe.D1),
        instrument=find_instrument(config, symbol),
        strategy=resolve_strategy(named, timeframe) if isinstance(named, StrategySection) else None,
        decision_point=DecisionPoint[config.alignment.entry.upper()],
        stale_limit=config.alignment.stale_limit,
    )


def _commission(commission: CommissionConfig | None, account_currency: str) -> Commission | None:
    if commission is None:
        return None
    return Commission(
        basis=CommissionBasis[commission.basis.upper()],
        rate=commission.rate,
        multiplier=commission.multiplier,
        min_fee=commission.min_fee,
        currency=account_currency if commission.currency is None else commission.currency,
        sides=ChargedSides[commission.sides.upper()],
    )


def _swap(swap: SwapConfig | None) -> Swap | None:
    if swap is None:
        return None
    found = rollovers(swap.rollover, swap.zone, swap.triple)
    return Swap(
        long_points=swap.long_points,
        short_points=swap.short_points,
        rollovers=found.instants,
        nights=found.nights,
    )


def _intrabar(name: str | None) -> Intrabar:
    return Intrabar[(name or "path").upper()]


def _agreed(name: str, configured: str | None, found: str | None, rule: str) -> str:
    if configured is not None and found is not None and configured != found:
        raise omega_error(
            ErrorCode.CONSTRAINT_VIOLATION,
            f"the configuration says {name} {configured!r}, the bars are {found!r}",
            rule=rule,
            column=name,
            value=configured,
        )
    agreed = found if configured is None else configured
    if agreed is None:
        raise omega_error(
            ErrorCode.MISSING_REQUIRED_FIELD,
            f"{name} is neither in the configuration nor known from the bars",
            rule=rule,
            column=name,
        )
    return agreed
