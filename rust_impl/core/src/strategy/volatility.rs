//! The volatility cluster of a bar (Q-A7b), looked for only where the rest of scenario 5 holds.

use crate::indicators::garch_volatility::{GarchTerms, garch_volatility};
use crate::indicators::vol_cluster::{cluster_centres, logarithm, nearest};
use crate::types::{MeanReversionParameters, VolatilityFeature};

/// The terms of GARCH among a strategy's parameters.
#[must_use]
pub fn garch_terms_of(parameters: &MeanReversionParameters) -> GarchTerms {
    GarchTerms {
        alpha: parameters.garch_alpha,
        beta: parameters.garch_beta,
        omega: parameters.garch_omega,
        log_returns: parameters.garch_log_returns,
        scale: parameters.garch_scale,
        min_periods: parameters.garch_min_periods,
        floor: parameters.garch_floor,
    }
}

/// The first of the last `lookback` rows up to `row`, 0 where they are fewer.
#[must_use]
pub fn first_of(row: usize, lookback: usize) -> usize {
    (row + 1).saturating_sub(lookback)
}

/// The features of the rows up to `row`; `points` are those of a price of 1.
#[must_use]
pub fn volatility_features(
    parameters: &MeanReversionParameters,
    close: &[f64],
    atr: &[f64],
    points: f64,
    row: usize,
) -> Vec<f64> {
    if parameters.vol_feature == VolatilityFeature::GarchForecast {
        let first = first_of(row, parameters.vol_garch_lookback);
        return garch_volatility(&close[first..=row], garch_terms_of(parameters));
    }
    atr[first_of(row, parameters.vol_window)..=row].iter().map(|y| y * points).collect()
}

/// The cluster of the last feature; none where there is none, it is not allowed or it is too new.
#[must_use]
pub fn allowed_cluster(parameters: &MeanReversionParameters, features: &[f64]) -> Option<i64> {
    let value = |&feature: &f64| if parameters.vol_log { logarithm(feature) } else { feature };
    let values: Vec<f64> = features.iter().map(value).collect();
    let valid: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
    if !values.last()?.is_finite() || valid.len() < parameters.vol_min_points {
        return None;
    }
    let kept = &valid[first_of(valid.len() - 1, parameters.vol_window)..];
    let centres = cluster_centres(kept, parameters.vol_k);
    let cluster = nearest(&centres, kept[kept.len() - 1]);
    if !parameters.vol_allowed.contains(&(cluster as i64)) {
        return None;
    }
    if parameters.vol_hysteresis > 1 {
        let first = kept.len().checked_sub(parameters.vol_hysteresis)?;
        if kept[first..].iter().any(|&x| nearest(&centres, x) != cluster) {
            return None;
        }
    }
    Some(cluster as i64)
}

#[cfg(test)]
#[path = "tests/volatility.rs"]
mod tests;
