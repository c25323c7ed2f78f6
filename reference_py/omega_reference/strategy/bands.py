"""Scenarios 2 … 6 of ``mean_reversion_z_score`` (A-5, A-6, A-7): back into the bands, where higher timeframes agree."""

from __future__ import annotations

from collections.abc import Sequence

from omega.contract.protocols import IndicatorCache
from omega.contract.types import (
    Decision,
    Direction,
    DirectionFilter,
    EngineConfig,
    MeanReversionParameters,
    Overlay,
    OverlayMode,
    Trend,
)
from omega_reference.bars.columns import BarColumns
from omega_reference.indicators.kalman_garch_zscore import kalman_garch_zscore
from omega_reference.numbers import NAN, power_of_ten
from omega_reference.strategy.higher import bias_rows, higher_closes, overlay_rows
from omega_reference.strategy.series import series
from omega_reference.strategy.volatility import allowed_cluster, garch_terms_of, volatility_features

CHECKS = (
    *((2, Direction.SHORT), (2, Direction.LONG), (3, Direction.SHORT), (3, Direction.LONG)),
    *((4, Direction.SHORT), (4, Direction.LONG), (5, Direction.LONG), (5, Direction.SHORT)),
    *((6, Direction.LONG), (6, Direction.SHORT)),
)
"""In the order of A-3."""


class BandScenarios:
    """The enabled ones of them, over the series of one set of bars.

    Raises
    ------
    OmegaError
        As the indicator cache and :func:`omega_reference.strategy.higher.higher_closes`.
    """

    def __init__(
        self,
        config: EngineConfig,
        parameters: MeanReversionParameters,
        digits: int,
        bars: BarColumns,
        indicators: IndicatorCache,
    ) -> None:
        given = self._parameters = parameters
        self._points = power_of_ten(digits)
        self._checks = enabled_checks(parameters)
        scenarios = [scenario for scenario, _ in self._checks]
        self._upper, self._mid, self._lower = (
            series(one)
            for one in indicators.get("bollinger", "bid", period=given.b_b_length, std_factor=given.std_factor)
        )
        self._atr = series(indicators.get("atr", "bid", period=given.atr_length)[0])
        self._z: Sequence[float] = ()
        if any(scenario != 4 for scenario in scenarios):
            kalman = {"window": given.window_length, "r": given.kalman_r, "q": given.kalman_q}
            self._z = series(indicators.get("kalman_zscore", "bid", **kalman)[0])
        self._ema = series(indicators.get("ema", "bid", period=given.ema_length)[0]) if 3 in scenarios else ()
        self._garch_z: Sequence[float] = ()
        if 4 in scenarios and given.local_z_lookback == 0:
            self._garch_z = garch_scores(given, indicators)
        self._bias = filter_rows(config, bars, given.htf_tf, given.htf_ema, given.htf_filter)
        self._extra_bias = filter_rows(config, bars, given.extra_htf_tf, given.extra_htf_ema, given.extra_htf_filter)
        self._long_overlays = self._short_overlays = list[list[bool]]()
        if 6 in scenarios:
            self._long_overlays = overlays_of(config, bars, given.long_overlays, Direction.LONG)
            self._short_overlays = overlays_of(config, bars, given.short_overlays, Direction.SHORT)

    def decide(self, bars: BarColumns, row: int) -> Decision | None:
        """Return the first of the enabled checks that holds in a row (A-3); a NaN fails every comparison."""
        price = bars.bid_close[row]
        is_low, is_high = price <= self._lower[row], price >= self._upper[row]
        if not (is_low or is_high):
            return None
        if not self._passes_filters(row):
            # hit A-9
            return None
        for scenario, direction in self._checks:
            if is_low if direction is Direction.LONG else is_high:
                decision = self._check(bars, scenario, direction, row)
                if decision is not None:
                    return decision
        return None

    def _passes_filters(self, row: int) -> bool:
        """Whether both filters pass (Q-A9)."""
        given = self._parameters
        if self._bias is not None and not passes(self._bias[row], given.htf_filter):
            return False
        return self._extra_bias is None or passes(self._extra_bias[row], given.extra_htf_filter)

    def _check(self, bars: BarColumns, scenario: int, direction: Direction, row: int) -> Decision | None:
        """Return why a check holds in a row in which the price is beyond the band and the filters pass."""
        given = self._parameters
        z = self._local_z(bars, row) if scenario == 4 else self._z[row]
        if not (z <= given.z_score_long if direction is Direction.LONG else z >= given.z_score_short):
            return None
        if scenario == 3 and not self._is_far(bars, direction, row):
            # hit A-6
            return None
        cluster = overlays = None
        if scenario == 5:
            features = volatility_features(given, bars.bid_close, self._atr, self._points, row)
            cluster = allowed_cluster(given, features)
            if cluster is None:
                return None
        if scenario == 6:
            overlays = self._held_overlays(direction, row)
            if overlays is None:
                return None
        return Decision(
            timestamp=bars.timestamp[row],
            scenario=scenario,
            direction=direction,
            z=z,
            atr=self._atr[row],
            spread=(bars.ask_close[row] - bars.bid_close[row]),
            upper=self._upper[row],
            mid=self._mid[row],
            lower=self._lower[row],
            ema=self._ema[row] if scenario == 3 else None,
            htf_bias=None if self._bias is None else self._bias[row],
            extra_htf_bias=None if self._extra_bias is None else self._extra_bias[row],
            cluster=cluster,
            overlays=overlays,
        )

    def _local_z(self, bars: BarColumns, row: int) -> float:
        """Return the score of scenario 4, of the last bars alone where there is a lookback (Q-A7)."""
        given = self._parameters
        lookback = given.local_z_lookback
        if lookback == 0:
            return self._garch_z[row]
        if row + 1 < lookback:
            return NAN
        close = bars.bid_close[row + 1 - lookback : row + 1]
        return kalman_garch_zscore(close, given.kalman_r, given.kalman_q, garch_terms_of(given))[-1]

    def _is_far(self, bars: BarColumns, direction: Direction, row: int) -> bool:
        """Whether the average is far enough away to be a target (Q-A6)."""
        distance = self._parameters.tp_min_distance
        if direction is Direction.LONG:
            return self._ema[row] > (bars.ask_close[row] + distance)
        return self._ema[row] < (bars.bid_close[row] - distance)

    def _held_overlays(self, direction: Direction, row: int) -> int | None:
        """Return which timeframes hold, as bits; None where too few do (Q-A7c)."""
        bits = count = 0
        overlays = self._long_overlays if direction is Direction.LONG else self._short_overlays
        for place, rows in enumerate(overlays):
            if rows[row]:
                bits, count = bits + (1 << place), count + 1
        needed = len(overlays) if self._parameters.overlay_mode is OverlayMode.ALL else 1
        return bits if count > 0 and count >= needed else None


def is_enabled(parameters: MeanReversionParameters, scenario: int, direction: Direction) -> bool:
    """Whether a check is (Q-A3)."""
    if direction is Direction.LONG:
        return parameters.direction_filter is not DirectionFilter.SHORT and scenario in parameters.long_scenarios
    return parameters.direction_filter is not DirectionFilter.LONG and scenario in parameters.short_scenarios


def enabled_checks(parameters: MeanReversionParameters) -> list[tuple[int, Direction]]:
    """Return the checks of scenarios 2 … 6 that are enabled, in their order (A-3)."""
    return [(scenario, direction) for scenario, direction in CHECKS if is_enabled(parameters, scenario, direction)]


def overlays_of(
    config: EngineConfig, bars: BarColumns, overlays: Sequence[Overlay], direction: Direction
) -> list[list[bool]]:
    """Return for each overlay whether it holds, by row."""
    return [overlay_rows(higher_closes(config, bars, one.timeframe), one, direction) for one in overlays]


def filter_rows(
    config: EngineConfig, bars: BarColumns, timeframe: int | None, period: int, trend: Trend
) -> list[float] | None:
    """Return the bias of a filter by row, None where it passes anyway (Q-A9)."""
    if timeframe is None or trend in (Trend.BOTH, Trend.NONE):
        return None
    return bias_rows(higher_closes(config, bars, timeframe), period)


def passes(bias: float, trend: Trend) -> bool:
    """Whether a bias is on the side that a filter asks for; a missing one is on neither (A-9)."""
    return bias > 0.0 if trend is Trend.ABOVE else bias < 0.0


def garch_scores(parameters: MeanReversionParameters, indicators: IndicatorCache) -> Sequence[float]:
    """Return the series of scenario 4 (Q-A7)."""
    optional = {} if parameters.garch_omega is None else {"omega": parameters.garch_omega}
    found = indicators.get(
        "kalman_garch_zscore",
        "bid",
        r=parameters.kalman_r,
        q=parameters.kalman_q,
        alpha=parameters.garch_alpha,
        beta=parameters.garch_beta,
        log_returns=parameters.garch_log_returns,
        scale=parameters.garch_scale,
        min_periods=parameters.garch_min_periods,
        floor=parameters.garch_floor,
        **optional,
    )
    return series(found[0])
