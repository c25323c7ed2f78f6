//! What a strategy sees of higher timeframes: the bias of a filter and an overlay (Q-A7c).

use std::borrow::Cow;

use crate::bars::checks::check_timeframe;
use crate::bars::resample::{HigherCloses, current_counts, given_ends, resampled_ends, visible_counts};
use crate::error::OmegaError;
use crate::indicators::bollinger::bollinger;
use crate::indicators::ema::ema;
use crate::indicators::kalman_zscore::kalman_zscore;
use crate::indicators::stepwise::held;
use crate::types::{Bars, DecisionPoint, Direction, EngineConfig, Overlay};

/// The closes of a timeframe, of the given bars or of resampled ones, and who sees them.
///
/// # Errors
/// INVALID_ARGUMENT for a length that is not one of T-4.
pub fn higher_closes<'a>(
    config: &'a EngineConfig,
    bars: &Bars<'_>,
    timeframe: i64,
) -> Result<HigherCloses<'a>, OmegaError> {
    check_timeframe(timeframe)?;
    let (ends, closes) = match config.higher_bars.iter().find(|given| given.timeframe == timeframe) {
        Some(given) => (given_ends(&given.timestamps, timeframe), Cow::Borrowed(&given.closes[..])),
        None => {
            let (ends, closes) = resampled_ends(bars.timestamp, bars.bid_close, timeframe);
            (ends, Cow::Owned(closes))
        }
    };
    let length = if config.decision_point == DecisionPoint::Close { config.timeframe } else { 0 };
    let visible = visible_counts(&ends, bars.timestamp, length);
    let stale_limit = config.stale_limit.unwrap_or((2 * (timeframe / config.timeframe)) as usize);
    let current = current_counts(&visible, stale_limit);
    Ok(HigherCloses { closes, visible, current })
}

/// How far the last close is above its average, by row; NaN where it is missing (Q-A9).
///
/// # Errors
/// OUT_OF_BOUNDS for a period under 1.
pub fn bias_rows(higher: &HigherCloses<'_>, period: usize) -> Result<Vec<f64>, OmegaError> {
    let means = held(&ema(&higher.closes, period)?, &higher.visible);
    let rows = higher.current.iter().zip(means);
    Ok(rows.map(|(&count, mean)| if count > 0 { higher.closes[count - 1] - mean } else { f64::NAN }).collect())
}

/// Whether a timeframe holds, by row (Q-A7c).
///
/// # Errors
/// OUT_OF_BOUNDS for a window that is too short.
pub fn overlay_rows(
    higher: &HigherCloses<'_>,
    overlay: &Overlay,
    direction: Direction,
) -> Result<Vec<bool>, OmegaError> {
    let scores = kalman_zscore(&higher.closes, overlay.window_length, overlay.kalman_r, overlay.kalman_q)?;
    let bands = bollinger(&higher.closes, overlay.b_b_length, overlay.std_factor)?;
    let z = held(&scores, &higher.visible);
    let band = held(if direction == Direction::Long { &bands[2] } else { &bands[0] }, &higher.visible);
    let holds = |(row, &count): (usize, &usize)| {
        let price = if count > 0 { higher.closes[count - 1] } else { f64::NAN };
        if direction == Direction::Long {
            z[row] <= overlay.z_score && price <= band[row]
        } else {
            z[row] >= overlay.z_score && price >= band[row]
        }
    };
    Ok(higher.current.iter().enumerate().map(holds).collect())
}
