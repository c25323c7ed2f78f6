//! Scenarios 2 … 6 of `mean_reversion_z_score`: back into the bands, where higher timeframes agree.

use crate::error::OmegaError;
use crate::indicators::atr::atr;
use crate::indicators::bollinger::bollinger;
use crate::indicators::ema::ema;
use crate::indicators::kalman_garch_zscore::kalman_garch_zscore;
use crate::indicators::kalman_zscore::kalman_zscore;
use crate::numbers::power_of_ten;
use crate::strategy::higher::{bias_rows, higher_closes, overlay_rows};
use crate::strategy::volatility::{allowed_cluster, garch_terms_of, volatility_features};
use crate::types::{
    Bars, Decision, Direction, DirectionFilter, EngineConfig, MeanReversionParameters, Overlay, OverlayMode, Trend,
    UNSET_FLOAT,
};

/// In the order of A-3.
pub const CHECKS: [(i64, Direction); 10] = [
    (2, Direction::Short),
    (2, Direction::Long),
    (3, Direction::Short),
    (3, Direction::Long),
    (4, Direction::Short),
    (4, Direction::Long),
    (5, Direction::Long),
    (5, Direction::Short),
    (6, Direction::Long),
    (6, Direction::Short),
];

/// The enabled ones of them, over the series of one set of bars; a series that none of them needs is empty.
#[derive(Debug)]
pub struct BandScenarios {
    parameters: MeanReversionParameters,
    points: f64,
    checks: Vec<(i64, Direction)>,
    upper: Vec<f64>,
    mid: Vec<f64>,
    lower: Vec<f64>,
    atr: Vec<f64>,
    z: Vec<f64>,
    ema: Vec<f64>,
    garch_z: Vec<f64>,
    bias: Option<Vec<f64>>,
    extra_bias: Option<Vec<f64>>,
    long_overlays: Vec<Vec<bool>>,
    short_overlays: Vec<Vec<bool>>,
}

impl BandScenarios {
    /// Computes what the enabled checks need.
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for a window that is too short; as [`higher_closes`].
    pub fn new(
        config: &EngineConfig,
        parameters: &MeanReversionParameters,
        digits: u32,
        bars: &Bars<'_>,
    ) -> Result<Self, OmegaError> {
        let given = parameters;
        let close = bars.bid_close;
        let checks = enabled_checks(given);
        let has = |wanted: i64| checks.iter().any(|&(scenario, _)| scenario == wanted);
        let has_kalman = checks.iter().any(|&(scenario, _)| scenario != 4);
        let (kalman_r, kalman_q) = (given.kalman_r, given.kalman_q);
        let [upper, mid, lower] = bollinger(close, given.b_b_length, given.std_factor)?;
        let (mut z, mut mean, mut garch_z) = (Vec::new(), Vec::new(), Vec::new());
        if has_kalman {
            z = kalman_zscore(close, given.window_length, kalman_r, kalman_q)?;
        }
        if has(3) {
            mean = ema(close, given.ema_length)?;
        }
        if has(4) && given.local_z_lookback == 0 {
            garch_z = kalman_garch_zscore(close, kalman_r, kalman_q, garch_terms_of(given));
        }
        let (mut long_overlays, mut short_overlays) = (Vec::new(), Vec::new());
        if has(6) {
            long_overlays = overlays_of(config, bars, &given.long_overlays, Direction::Long)?;
            short_overlays = overlays_of(config, bars, &given.short_overlays, Direction::Short)?;
        }
        Ok(Self {
            points: power_of_ten(digits),
            atr: atr(bars.bid_high, bars.bid_low, close, given.atr_length)?,
            bias: filter_rows(config, bars, given.htf_tf, given.htf_ema, given.htf_filter)?,
            extra_bias: filter_rows(config, bars, given.extra_htf_tf, given.extra_htf_ema, given.extra_htf_filter)?,
            parameters: given.clone(),
            checks,
            upper,
            mid,
            lower,
            z,
            ema: mean,
            garch_z,
            long_overlays,
            short_overlays,
        })
    }

    /// The first of the enabled checks that holds in a row; a NaN fails every comparison.
    #[inline]
    pub fn decide(&self, bars: &Bars<'_>, row: usize) -> Option<Decision> {
        let price = bars.bid_close[row];
        let (is_low, is_high) = (price <= self.lower[row], price >= self.upper[row]);
        if !(is_low || is_high) {
            return None;
        }
        if !self.passes_filters(row) {
            rule!("A-9");
            return None;
        }
        self.checks.iter().find_map(|&(scenario, direction)| {
            let is_beyond = if direction == Direction::Long { is_low } else { is_high };
            if is_beyond { self.check(bars, scenario, direction, row) } else { None }
        })
    }

    /// Whether both filters pass (Q-A9).
    fn passes_filters(&self, row: usize) -> bool {
        let given = &self.parameters;
        self.bias.as_ref().is_none_or(|bias| passes(bias[row], given.htf_filter))
            && self.extra_bias.as_ref().is_none_or(|bias| passes(bias[row], given.extra_htf_filter))
    }

    /// Why a check holds in a row in which the price is beyond the band and the filters pass.
    fn check(&self, bars: &Bars<'_>, scenario: i64, direction: Direction, row: usize) -> Option<Decision> {
        let given = &self.parameters;
        let z = if scenario == 4 { self.local_z(bars, row) } else { self.z[row] };
        let is_long = direction == Direction::Long;
        if !(if is_long { z <= given.z_score_long } else { z >= given.z_score_short }) {
            return None;
        }
        if scenario == 3 && !self.is_far(bars, direction, row) {
            rule!("A-6");
            return None;
        }
        let (mut cluster, mut overlays) = (-1, -1);
        if scenario == 5 {
            let features = volatility_features(given, bars.bid_close, &self.atr, self.points, row);
            cluster = allowed_cluster(given, &features)?;
        }
        if scenario == 6 {
            overlays = self.held_overlays(direction, row)?;
        }
        let bias_of = |rows: &Option<Vec<f64>>| rows.as_ref().map_or(UNSET_FLOAT, |rows| rows[row]);
        Some(Decision {
            timestamp: bars.timestamp[row],
            scenario,
            direction,
            z,
            atr: self.atr[row],
            spread: bars.ask_close[row] - bars.bid_close[row],
            upper: self.upper[row],
            mid: self.mid[row],
            lower: self.lower[row],
            ema: if scenario == 3 { self.ema[row] } else { UNSET_FLOAT },
            htf_bias: bias_of(&self.bias),
            extra_htf_bias: bias_of(&self.extra_bias),
            cluster,
            overlays,
        })
    }

    /// The score of scenario 4, of the last bars alone where there is a lookback (Q-A7).
    fn local_z(&self, bars: &Bars<'_>, row: usize) -> f64 {
        let given = &self.parameters;
        let lookback = given.local_z_lookback;
        if lookback == 0 {
            return self.garch_z[row];
        }
        if row + 1 < lookback {
            return f64::NAN;
        }
        let close = &bars.bid_close[row + 1 - lookback..=row];
        let scores = kalman_garch_zscore(close, given.kalman_r, given.kalman_q, garch_terms_of(given));
        scores[lookback - 1]
    }

    /// Whether the average is far enough away to be a target (Q-A6).
    fn is_far(&self, bars: &Bars<'_>, direction: Direction, row: usize) -> bool {
        let distance = self.parameters.tp_min_distance;
        if direction == Direction::Long {
            return self.ema[row] > (bars.ask_close[row] + distance);
        }
        self.ema[row] < (bars.bid_close[row] - distance)
    }

    /// Which timeframes hold, as bits; none where too few do (Q-A7c).
    fn held_overlays(&self, direction: Direction, row: usize) -> Option<i64> {
        let (mut bits, mut count) = (0, 0);
        let overlays = if direction == Direction::Long { &self.long_overlays } else { &self.short_overlays };
        for (place, rows) in overlays.iter().enumerate() {
            if rows[row] {
                (bits, count) = (bits + (1 << place), count + 1);
            }
        }
        let needed = if self.parameters.overlay_mode == OverlayMode::All { overlays.len() } else { 1 };
        if count > 0 && count >= needed { Some(bits) } else { None }
    }
}

/// Whether a check is enabled (Q-A3).
#[must_use]
pub fn is_enabled(parameters: &MeanReversionParameters, scenario: i64, direction: Direction) -> bool {
    if direction == Direction::Long {
        return parameters.direction_filter != DirectionFilter::Short && parameters.long_scenarios.contains(&scenario);
    }
    parameters.direction_filter != DirectionFilter::Long && parameters.short_scenarios.contains(&scenario)
}

/// The checks of scenarios 2 … 6 that are enabled, in their order.
#[must_use]
pub fn enabled_checks(parameters: &MeanReversionParameters) -> Vec<(i64, Direction)> {
    CHECKS.into_iter().filter(|&(scenario, direction)| is_enabled(parameters, scenario, direction)).collect()
}

/// For each overlay whether it holds, by row.
///
/// # Errors
/// As [`higher_closes`] and [`overlay_rows`].
pub fn overlays_of(
    config: &EngineConfig,
    bars: &Bars<'_>,
    overlays: &[Overlay],
    direction: Direction,
) -> Result<Vec<Vec<bool>>, OmegaError> {
    overlays.iter().map(|one| overlay_rows(&higher_closes(config, bars, one.timeframe)?, one, direction)).collect()
}

/// The bias of a filter by row, none where it passes anyway (Q-A9).
///
/// # Errors
/// As [`higher_closes`] and [`bias_rows`].
pub fn filter_rows(
    config: &EngineConfig,
    bars: &Bars<'_>,
    timeframe: Option<i64>,
    period: usize,
    trend: Trend,
) -> Result<Option<Vec<f64>>, OmegaError> {
    match timeframe {
        Some(timeframe) if !matches!(trend, Trend::Both | Trend::None) => {
            bias_rows(&higher_closes(config, bars, timeframe)?, period).map(Some)
        }
        _ => Ok(None),
    }
}

/// Whether a bias is on the side that a filter asks for; a missing one is on neither.
#[must_use]
pub fn passes(bias: f64, trend: Trend) -> bool {
    if trend == Trend::Above { bias > 0.0 } else { bias < 0.0 }
}

#[cfg(test)]
#[path = "tests/bands.rs"]
mod tests;
