//! Indicators of a higher timeframe, seen from the bars that it is made of (I-15).

use crate::error::OmegaError;
use crate::indicators::parameters::Parameters;
use crate::indicators::series::{Outputs, Prices, compute_from_closes};
use crate::types::TIMEFRAMES;

/// Closes of a higher timeframe's bars, and for each row how many of them are visible.
type Steps = (Vec<f64>, Vec<usize>);

/// The outputs of `name` over the closes of `timeframe`, each held until the next is visible (Q-I15).
///
/// # Errors
/// As `compute_from_closes`.
pub fn stepwise_series(name: &str, prices: &Prices<'_>, given: &Parameters) -> Result<Outputs, OmegaError> {
    let wanted = given.text("timeframe");
    let timeframe = TIMEFRAMES.iter().find(|(name, _)| *name == wanted).map_or(1, |&(_, length)| length);
    let (closes, visible) = higher_closes(prices, timeframe);
    let outputs = compute_from_closes(name, &closes, given)?;
    Ok(outputs.iter().map(|values| held(values, &visible)).collect())
}

/// The closes of UTC-aligned buckets and how many buckets have ended when each row ends (G-2, G-3).
fn higher_closes(prices: &Prices<'_>, timeframe: i64) -> Steps {
    // Times are not checked here, and sums of them may pass the ends of 64 bits.
    let timeframe = i128::from(timeframe);
    let length = shortest_step(prices.timestamp);
    let (mut closes, mut ends) = (Vec::new(), Vec::new());
    for (&time, &close) in prices.timestamp.iter().zip(prices.close) {
        let end = (i128::from(time).div_euclid(timeframe) + 1) * timeframe;
        if ends.last() == Some(&end) {
            closes.pop();
        } else {
            ends.push(end);
        }
        closes.push(close);
    }
    let mut seen = 0;
    let visible = prices.timestamp.iter().map(|&time| {
        while seen < ends.len() && ends[seen] <= i128::from(time) + length {
            seen += 1;
        }
        seen
    });
    (closes, visible.collect())
}

/// The least time between two rows, µs; 0 where no row is later than the one before.
fn shortest_step(timestamp: &[i64]) -> i128 {
    let mut shortest = 0;
    for pair in timestamp.windows(2) {
        let step = i128::from(pair[1]) - i128::from(pair[0]);
        if step > 0 && (shortest == 0 || step < shortest) {
            shortest = step;
        }
    }
    shortest
}

/// For each row the last of the visible values that is not NaN.
#[must_use]
pub fn held(values: &[f64], visible: &[usize]) -> Vec<f64> {
    let (mut value, mut seen) = (f64::NAN, 0);
    let row = |&count: &usize| {
        while seen < count {
            if !values[seen].is_nan() {
                value = values[seen];
            }
            seen += 1;
        }
        value
    };
    visible.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_seen_when_its_last_row_ends() {
        // Q-I15: M5 bars from 0:00 in buckets of fifteen minutes, 0:10 missing.
        let minute = 60_000_000;
        let times = [0, 5, 15, 20, 25, 30].map(|time| time * minute);
        let close = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let prices = Prices { timestamp: &times, high: &close, low: &close, close: &close };
        let (closes, visible) = higher_closes(&prices, 15 * minute);
        assert_eq!(closes, [2.0, 5.0, 6.0]);
        assert_eq!(visible, [0, 0, 1, 1, 2, 2]);
    }

    #[test]
    fn a_value_is_held_until_the_next_that_is_there() {
        let rows = held(&[1.0, f64::NAN, 3.0], &[0, 1, 2, 2, 3]);
        assert!(rows[0].is_nan());
        assert_eq!(rows[1..], [1.0, 1.0, 1.0, 3.0]);
        assert_eq!(shortest_step(&[5, 5, 3, 10, 14]), 4);
    }
}
