"""What a strategy sees of higher timeframes: the bias of a filter (A-9) and an overlay (Q-A7c)."""

from __future__ import annotations

from omega.contract.types import DecisionPoint, Direction, EngineConfig, Overlay
from omega_reference.bars.checks import check_timeframe
from omega_reference.bars.columns import BarColumns
from omega_reference.bars.resample import HigherCloses, current_counts, given_ends, resampled_ends, visible_counts
from omega_reference.indicators.bollinger import bollinger
from omega_reference.indicators.ema import ema
from omega_reference.indicators.kalman_zscore import kalman_zscore
from omega_reference.indicators.stepwise import held
from omega_reference.numbers import NAN


def higher_closes(config: EngineConfig, bars: BarColumns, timeframe: int) -> HigherCloses:
    """Return the closes of a timeframe, of the given bars or of resampled ones, and who sees them.

    Raises
    ------
    OmegaError
        INVALID_ARGUMENT for a length that is not one of T-4.
    """
    check_timeframe(timeframe)
    given = next((one for one in config.higher_bars if one.timeframe == timeframe), None)
    if given is None:
        ends, closes = resampled_ends(bars.timestamp, bars.bid_close, timeframe)
    else:
        ends, closes = given_ends(given.timestamps, timeframe), list(given.closes)
    length = config.timeframe if config.decision_point is DecisionPoint.CLOSE else 0
    visible = visible_counts(ends, bars.timestamp, length)
    stale_limit = 2 * (timeframe // config.timeframe) if config.stale_limit is None else config.stale_limit
    return HigherCloses(closes, visible, current_counts(visible, stale_limit))


def bias_rows(higher: HigherCloses, period: int) -> list[float]:
    """Return how far the last close is above its average, by row; NaN where it is missing (Q-A9)."""
    means = held(ema(higher.closes, period), higher.visible)
    rows = zip(higher.current, means, strict=True)
    return [(higher.closes[count - 1] - mean) if count else NAN for count, mean in rows]


def overlay_rows(higher: HigherCloses, overlay: Overlay, direction: Direction) -> list[bool]:
    """Return whether a timeframe holds, by row (Q-A7c)."""
    scores = kalman_zscore(higher.closes, overlay.window_length, overlay.kalman_r, overlay.kalman_q)
    bands = bollinger(higher.closes, overlay.b_b_length, overlay.std_factor)
    z = held(scores, higher.visible)
    band = held(bands[2] if direction is Direction.LONG else bands[0], higher.visible)
    rows: list[bool] = []
    for row, count in enumerate(higher.current):
        price = higher.closes[count - 1] if count else NAN
        if direction is Direction.LONG:
            rows.append(z[row] <= overlay.z_score and price <= band[row])
        else:
            rows.append(z[row] >= overlay.z_score and price >= band[row])
    return rows
