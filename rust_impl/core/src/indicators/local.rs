//! Indicators that see only the last bars (I-14).

use crate::error::OmegaError;
use crate::indicators::parameters::Parameters;
use crate::indicators::series::{Outputs, Prices, compute_series};

/// The outputs of `name` at row `index` from the `lookback` rows that end there; none where they are too few.
///
/// # Errors
/// As `compute_series`.
pub fn local_values(
    name: &str,
    prices: &Prices<'_>,
    index: usize,
    lookback: usize,
    given: &Parameters,
) -> Result<Option<Vec<f64>>, OmegaError> {
    if index + 1 < lookback {
        return Ok(None);
    }
    let part = prices.part(index + 1 - lookback, index + 1);
    let last = |series: Vec<f64>| series.last().copied().unwrap_or(f64::NAN);
    Ok(Some(compute_series(name, &part, given)?.into_iter().map(last).collect()))
}

/// [`local_values`] of every row, NaN where the rows are too few (Q-I14).
///
/// # Errors
/// As `compute_series`.
pub fn local_series(
    name: &str,
    prices: &Prices<'_>,
    given: &Parameters,
    outputs: usize,
) -> Result<Outputs, OmegaError> {
    let lookback = given.length("lookback");
    let mut series = vec![Vec::with_capacity(prices.close.len()); outputs];
    for index in 0..prices.close.len() {
        let values = local_values(name, prices, index, lookback, given)?;
        for (output, kept) in series.iter_mut().enumerate() {
            kept.push(values.as_ref().map_or(f64::NAN, |values| values[output]));
        }
    }
    Ok(series)
}
