"""The cases that both sides are given: bars, signals or a strategy, and one configuration each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import pyarrow as pa

from omega.config import load_config, resolve
from omega.contract.protocols import DetailBars
from omega.contract.types import (
    BelowMin,
    ChargedSides,
    Commission,
    CommissionBasis,
    DirectionFilter,
    EngineConfig,
    Instrument,
    MeanReversionParameters,
    OnRuin,
    Rate,
    SizingMode,
    StrategyConfig,
    Swap,
    Timeframe,
    Variant,
)
from omega_parity.generate.signals.drawn import random_signals

STRATEGY = "mean_reversion_z_score"

PLAIN: Final = resolve(load_config({"symbol": "EURUSD", "timeframe": "M5"}))
"""A configuration that says nothing but what has to be said."""


_BARS_OF_A_RATE: Final = 500
_BARS_OF_A_NIGHT: Final = 100
OLDEST_RATE: Final = 36_500 * Timeframe.D1.value
"""The oldest that a rate may be (Q-C6b)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floors:
    """What has to happen in a run, at least, for it to prove anything.

    Attributes
    ----------
    trades : int
        Closed trades.
    fills : int
        Opened orders.
    closed_by : dict
        Closed trades by reason.
    """

    trades: int = 0
    fills: int = 0
    closed_by: dict[str, int] = field(default_factory=dict)


STRATEGY_FLOORS = Floors(trades=100, closed_by={"stop_loss": 5, "take_profit": 5, "timeout": 5})
SIGNAL_FLOORS = Floors(fills=500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One input for both sides; ``signals`` is None in a run of ``config.strategy``, ``detail`` without detail bars."""

    name: str
    bars: pa.Table
    signals: pa.Table | None
    config: EngineConfig
    data_hash: str
    floors: Floors
    detail: DetailBars | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """A set of bars that cases are made of.

    Attributes
    ----------
    timeframe : int
        Length of a bar, µs.
    instrument : Instrument or None
        None runs ``v1`` only (S-5).
    """

    name: str
    bars: pa.Table
    symbol: str
    timeframe: int
    instrument: Instrument | None
    parameters: MeanReversionParameters
    data_hash: str

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The variants that can run on it."""
        return (Variant.V1,) if self.instrument is None else (Variant.CANONICAL, Variant.V1)


def base_config(market: Market, variant: Variant) -> EngineConfig:
    """Configure a run with every cost switched on, so that none is compared at zero only."""
    return replace(
        PLAIN,
        variant=variant,
        symbol=market.symbol,
        timeframe=market.timeframe,
        seed=7,
        pip_buffer_factor=0.5,
        on_ruin=OnRuin.CONTINUE,
        slippage_fixed_pips=0.1,
        slippage_random_pips=0.3,
        fee_per_million=5.0,
        instrument=market.instrument,
        rates=() if variant is Variant.V1 else _rates(market),
        rates_max_age=OLDEST_RATE,
    )


def _rates(market: Market) -> tuple[Rate, ...]:
    """Lead from the currency of the quotes to the account's, by a series that changes along the bars (C-6)."""
    spec, account = market.instrument, PLAIN.account_currency
    if spec is None or account in (spec.base_currency, spec.quote_currency):
        return ()
    times = market.bars.column("timestamp").cast(pa.int64()).to_numpy()[::_BARS_OF_A_RATE].tolist()
    values = tuple(1.25 + row % 7 / 100 for row in range(len(times)))
    return (Rate(pair=spec.quote_currency + account, timestamps=tuple(times), values=values),)


def with_strategy(market: Market, config: EngineConfig) -> EngineConfig:
    """Let ``config`` run the strategy with the parameters of ``market``."""
    return replace(config, strategy=StrategyConfig(name=STRATEGY, magic_number=1, parameters=market.parameters))


def mean_reversion(
    timeframe: int,
    *,
    window: int,
    ema: int,
    z: float,
    atr: int = 14,
    atr_mult: float,
    max_holding_bars: int,
) -> MeanReversionParameters:
    """Parameters of scenario 1 with one threshold for both directions."""
    return MeanReversionParameters(
        atr_length=atr,
        atr_mult=atr_mult,
        window_length=window,
        ema_length=ema,
        z_score_long=-z,
        z_score_short=z,
        direction_filter=DirectionFilter.BOTH,
        max_holding=max_holding_bars * timeframe,
    )


def strategy_case(market: Market, variant: Variant, max_positions: int | None, floors: Floors) -> Case:
    """The strategy over a market, with a limit of open and pending positions or without."""
    limit = (
        "no-limit" if max_positions is None else "one-position" if max_positions == 1 else f"{max_positions}-positions"
    )
    config = replace(with_strategy(market, base_config(market, variant)), max_positions=max_positions)
    return _case(market, variant, f"strategy-{limit}", None, config, floors)


def signals_case(market: Market, variant: Variant, seed: int, floors: Floors, n: int = 2000) -> Case:
    """Seeded random signals over a market."""
    return _case(market, variant, f"signals-{seed}", _signals(market, seed, n), base_config(market, variant), floors)


def market_cases(market: Market, *, strategy_floors: Floors, signal_floors: Floors, seed: int = 1) -> Iterator[Case]:
    """The cases of one market: two strategy runs and one of random signals, per variant."""
    for variant in market.variants:
        yield strategy_case(market, variant, None, strategy_floors)
        yield strategy_case(market, variant, 1, strategy_floors)
        yield signals_case(market, variant, seed, signal_floors)


def quick_cases(market: Market, signals: int = 2000) -> Iterator[Case]:
    """The least that is worth a verdict: strategy and ``signals`` random signals, per variant."""
    drawn = _signals(market, 1, signals)
    for variant in market.variants:
        yield strategy_case(market, variant, 1, STRATEGY_FLOORS)
        yield _case(market, variant, "signals-1", drawn, base_config(market, variant), SIGNAL_FLOORS)


def full_cases(market: Market) -> Iterator[Case]:
    """The quick cases, and the same input under configurations that take other branches."""
    yield from quick_cases(market)
    for variant in market.variants:
        yield strategy_case(market, variant, None, STRATEGY_FLOORS)
        yield signals_case(market, variant, 2, SIGNAL_FLOORS)
        signals = _signals(market, 3, 2000)
        for label, change in _CHANGES.items():
            config = change(market, base_config(market, variant))
            yield _case(market, variant, f"signals-3-{label}", signals, config, Floors(fills=100))
        late = replace(with_strategy(market, base_config(market, variant)), start=_middle(market), close_at_end=True)
        yield _case(market, variant, "strategy-warm-up", None, late, Floors(trades=50))
    if market.instrument is not None:
        unknown = replace(market, instrument=None)
        yield _case(
            unknown,
            Variant.V1,
            "signals-3-no-instrument",
            _signals(unknown, 3, 2000),
            base_config(unknown, Variant.V1),
            SIGNAL_FLOORS,
        )


def _middle(market: Market) -> int:
    times = market.bars.column("timestamp").cast(pa.int64())
    return int(times[len(times) // 2].as_py()) - 1  # between two bars


COMMISSION: Final = Commission(
    basis=CommissionBasis.PER_MILLION_NOTIONAL,
    rate=35.0,
    multiplier=1.5,
    min_fee=0.25,
    currency=PLAIN.account_currency,
    sides=ChargedSides.BOTH,
)
"""A broker's, in the account's currency."""


def _swap(market: Market) -> Swap:
    """Charge nights at some of the bars of a market, one of three nights among five."""
    times = market.bars.column("timestamp").cast(pa.int64()).to_numpy()
    rollovers = (*times[::_BARS_OF_A_NIGHT].tolist(), int(times[-1]) + 1)
    nights = tuple(3 if row % 5 == 0 else 1 for row in range(len(rollovers)))
    return Swap(long_points=-6.5, short_points=2.25, rollovers=rollovers, nights=nights)


_CHANGES: dict[str, Callable[[Market, EngineConfig], EngineConfig]] = {
    "free": lambda _, config: replace(config, slippage_fixed_pips=0.0, slippage_random_pips=0.0, fee_per_million=0.0),
    "min-fee": lambda _, config: replace(config, fee_min=1.5, seed=2**63),
    "fraction-clamp": lambda _, config: replace(config, risk_fraction=0.01, below_min=BelowMin.CLAMP),
    "wide-buffer-closed": lambda _, config: replace(config, pip_buffer_factor=3.0, close_at_end=True, max_positions=3),
    "commission-pips": lambda _, config: replace(config, commission=COMMISSION, sizing_mode=SizingMode.PIP),
    "nights-fixed": lambda market, config: replace(
        config,
        swap=None if config.variant is Variant.V1 else _swap(market),
        sizing_mode=SizingMode.FIXED,
        sizing_lots=0.37,
    ),
    "start": lambda market, config: replace(config, start=_middle(market)),
}
"""Configurations that reach branches the base one does not."""


def _signals(market: Market, seed: int, n: int) -> pa.Table:
    pip_size, digits = (
        (0.0001, 5) if market.instrument is None else (market.instrument.pip_size, market.instrument.digits)
    )
    return random_signals(market.bars, symbol=market.symbol, pip_size=pip_size, digits=digits, seed=seed, n=n)


def _case(
    market: Market, variant: Variant, what: str, signals: pa.Table | None, config: EngineConfig, floors: Floors
) -> Case:
    return Case(
        name=f"{market.name}/{variant.text}/{what}",
        bars=market.bars,
        signals=signals,
        config=config,
        data_hash=market.data_hash,
        floors=floors,
    )
