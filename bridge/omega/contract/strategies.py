"""Strategies and the higher timeframes they see: records and closed sets of the contract (A-2, G-2, G-3, A-10)."""

from __future__ import annotations

from dataclasses import dataclass

from omega.contract.terms import Closed


class DirectionFilter(Closed):
    """Directions a strategy may trade (A-2)."""

    BOTH = 0
    LONG = 1
    SHORT = 2


class Trend(Closed):
    """Where a higher timeframe's close has to be, seen from its average (A-9)."""

    BOTH = 0
    ABOVE = 1
    BELOW = 2
    NONE = 3


class VolatilityFeature(Closed):
    """What is clustered (Q-A7b)."""

    GARCH_FORECAST = 0
    ATR_POINTS = 1


class OverlayMode(Closed):
    """How many of the listed timeframes have to hold (A-7)."""

    ALL = 0
    ANY = 1


class DecisionPoint(Closed):
    """At which end of a bar a strategy decides, for what it sees of higher timeframes (G-3)."""

    CLOSE = 0
    OPEN = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HigherBars:
    """Bars of a higher timeframe that came with the run, checked: times (µs, rising) and closes of the bid (G-2)."""

    timeframe: int
    """Length of a bar, µs."""
    timestamps: tuple[int, ...]
    closes: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """What scenario 6 asks of one timeframe in one direction (Q-A7c)."""

    timeframe: int
    window_length: int
    b_b_length: int
    std_factor: float
    kalman_r: float
    kalman_q: float
    z_score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanReversionParameters:
    """Parameters of ``mean_reversion_z_score`` (A-2), resolved; those from ``b_b_length`` on are of scenarios 2 … 6."""

    atr_length: int
    atr_mult: float
    window_length: int
    ema_length: int
    z_score_long: float
    z_score_short: float
    direction_filter: DirectionFilter
    max_holding: int | None
    """µs; None when the position manager is off."""
    long_scenarios: tuple[int, ...] = (1,)
    """Numbers of the scenarios that are enabled, and whose label ``long_…`` is (Q-A3)."""
    short_scenarios: tuple[int, ...] = (1,)
    b_b_length: int = 20
    std_factor: float = 2.0
    kalman_r: float = 0.01
    kalman_q: float = 1.0
    tp_min_distance: float = 1.0
    htf_tf: int | None = None
    """Length of a bar, µs; None: no filter."""
    htf_ema: int = 100
    htf_filter: Trend = Trend.BOTH
    extra_htf_tf: int | None = None
    extra_htf_ema: int = 50
    extra_htf_filter: Trend = Trend.BOTH
    garch_alpha: float = 0.05
    garch_beta: float = 0.90
    garch_omega: float | None = None
    garch_log_returns: bool = True
    garch_scale: float = 100.0
    garch_min_periods: int = 50
    garch_floor: float = 1e-6
    local_z_lookback: int = 0
    vol_feature: VolatilityFeature = VolatilityFeature.GARCH_FORECAST
    vol_window: int = 200
    vol_k: int = 3
    vol_log: bool = True
    vol_min_points: int = 60
    vol_garch_lookback: int = 500
    vol_allowed: tuple[int, ...] = (0, 1)
    """Numbers of clusters: 0 low … 4 extreme (I-16)."""
    vol_hysteresis: int = 0
    overlay_mode: OverlayMode = OverlayMode.ALL
    long_overlays: tuple[Overlay, ...] = ()
    """In the order listed; the timeframes are those of ``short_overlays``."""
    short_overlays: tuple[Overlay, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyConfig:
    """A registered strategy and its parameters, already validated."""

    name: str
    magic_number: int
    parameters: MeanReversionParameters
