"""The volatility cluster of a bar (Q-A7b), looked for only where the rest of scenario 5 holds."""

from __future__ import annotations

from collections.abc import Sequence

from omega.contract.types import MeanReversionParameters, VolatilityFeature
from omega_reference.indicators.garch_volatility import GarchTerms, garch_volatility
from omega_reference.indicators.vol_cluster import cluster_centres, logarithm, nearest


def garch_terms_of(parameters: MeanReversionParameters) -> GarchTerms:
    """Return the terms of GARCH among a strategy's parameters."""
    return GarchTerms(
        alpha=parameters.garch_alpha,
        beta=parameters.garch_beta,
        omega=parameters.garch_omega,
        log_returns=parameters.garch_log_returns,
        scale=parameters.garch_scale,
        min_periods=parameters.garch_min_periods,
        floor=parameters.garch_floor,
    )


def first_of(row: int, lookback: int) -> int:
    """Return the first of the last ``lookback`` rows up to ``row``, 0 where they are fewer."""
    return row + 1 - lookback if row + 1 > lookback else 0


def volatility_features(
    parameters: MeanReversionParameters, close: Sequence[float], atr: Sequence[float], points: float, row: int
) -> list[float]:
    """Return the features of the rows up to ``row``; ``points`` are those of a price of 1."""
    if parameters.vol_feature is VolatilityFeature.GARCH_FORECAST:
        first = first_of(row, parameters.vol_garch_lookback)
        return garch_volatility(close[first : row + 1], garch_terms_of(parameters))
    return [(y * points) for y in atr[first_of(row, parameters.vol_window) : row + 1]]


def allowed_cluster(parameters: MeanReversionParameters, features: Sequence[float]) -> int | None:
    """Return the cluster of the last feature; None where there is none, it is not allowed or it is too new."""
    values = [logarithm(feature) if parameters.vol_log else feature for feature in features]
    valid = [x for x in values if x - x == 0.0]
    if not valid or values[-1] - values[-1] != 0.0 or len(valid) < parameters.vol_min_points:
        return None
    kept = valid[first_of(len(valid) - 1, parameters.vol_window) :]
    centres = cluster_centres(kept, parameters.vol_k)
    cluster = nearest(centres, kept[-1])
    if cluster not in parameters.vol_allowed:
        return None
    if parameters.vol_hysteresis > 1:
        if len(kept) < parameters.vol_hysteresis:
            return None
        for x in kept[len(kept) - parameters.vol_hysteresis :]:
            if nearest(centres, x) != cluster:
                return None
    return cluster
