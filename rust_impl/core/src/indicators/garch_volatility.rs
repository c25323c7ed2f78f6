//! Volatility of returns by GARCH(1, 1) with given weights (I-12).

use crate::numbers::{maximum, ratio};
use crate::transcendental::ln;

const LEAST_VARIANCE: f64 = 1e-6;

/// Parameters of [`garch_volatility`], within their ranges (Q-I17).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GarchTerms {
    /// Weight of the last squared shock.
    pub alpha: f64,
    /// Weight of the last variance; nothing is defined where both add up to 1.
    pub beta: f64,
    /// Constant term in squared scaled returns; none: 1e-6 · max(1e-6, 1 − α − β).
    pub omega: Option<f64>,
    /// ln(x / x₁) instead of x / x₁ − 1.
    pub log_returns: bool,
    /// What returns are multiplied by, and volatility is divided by.
    pub scale: f64,
    /// Rows after the first return that are still NaN.
    pub min_periods: usize,
    /// Least scaled volatility.
    pub floor: f64,
}

/// One row of [`garch_volatility`] after the other.
#[derive(Clone, Debug)]
pub struct GarchVolatility {
    terms: GarchTerms,
    is_defined: bool,
    omega: f64,
    least: f64,
    before: f64,
    mean: f64,
    shock: f64,
    variance: f64,
    waited: usize,
}

impl GarchVolatility {
    /// Starts without a value.
    #[must_use]
    pub fn new(terms: GarchTerms) -> Self {
        Self {
            terms,
            is_defined: (terms.alpha + terms.beta) < 1.0,
            omega: constant_term(terms),
            least: terms.floor * terms.floor,
            before: f64::NAN,
            mean: f64::NAN,
            shock: f64::NAN,
            variance: f64::NAN,
            waited: 0,
        }
    }

    /// The volatility after `x`; a return from or to a NaN leaves it as it was.
    #[inline]
    pub fn step(&mut self, x: f64) -> f64 {
        let change = self.terms.scale * simple_return(self.before, x, self.terms.log_returns);
        self.before = x;
        if !self.mean.is_nan() {
            self.waited += 1;
        }
        if !change.is_nan() {
            self.advance(change);
        }
        if !self.is_defined || self.waited < self.terms.min_periods || self.mean.is_nan() {
            return f64::NAN;
        }
        self.variance.sqrt() / self.terms.scale
    }

    #[inline]
    fn advance(&mut self, change: f64) {
        if self.mean.is_nan() {
            self.mean = change;
            self.variance = maximum(LEAST_VARIANCE, self.least);
        } else {
            let e = self.shock;
            let news = self.omega + (self.terms.alpha * (e * e));
            self.variance = maximum(news + (self.terms.beta * self.variance), self.least);
        }
        self.shock = change - self.mean;
    }
}

/// ω, or what it is where it is not given (Q-I12).
fn constant_term(terms: GarchTerms) -> f64 {
    terms.omega.unwrap_or_else(|| 1e-6 * maximum(1e-6, (1.0 - terms.alpha) - terms.beta))
}

/// The logarithm of x / before, or x / before − 1 (Q-I12).
#[inline]
fn simple_return(before: f64, x: f64, log_returns: bool) -> f64 {
    let change = ratio(x, before);
    if log_returns { ln(change) } else { change - 1.0 }
}

/// Volatility of each value as a share of the price, NaN before the first return and `min_periods` rows more.
#[must_use]
pub fn garch_volatility(values: &[f64], terms: GarchTerms) -> Vec<f64> {
    let mut kernel = GarchVolatility::new(terms);
    values.iter().map(|&x| kernel.step(x)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: GarchTerms = GarchTerms {
        alpha: 0.25,
        beta: 0.5,
        omega: Some(4.0),
        log_returns: false,
        scale: 8.0,
        min_periods: 0,
        floor: 0.0,
    };

    #[test]
    fn the_variance_follows_the_last_shock() {
        // Q-I12: returns 8, −4, 8; μ = 8; v = 1e-6, 4 + 0 + 5e-7, 4 + 0.25·144 + 0.5·v.
        let values = garch_volatility(&[1.0, 2.0, 1.0, 2.0], TERMS);
        let second: f64 = 4.0 + 0.5 * 1e-6;
        assert!(values[0].is_nan());
        assert_eq!(values[1..3], [1e-6_f64.sqrt() / 8.0, second.sqrt() / 8.0]);
        assert_eq!(values[3], ((4.0 + 0.25 * 144.0) + 0.5 * second).sqrt() / 8.0);
    }

    #[test]
    fn rows_wait_and_sums_of_one_are_undefined() {
        let values = garch_volatility(&[1.0, 2.0, f64::NAN, 2.0, 3.0], GarchTerms { min_periods: 2, ..TERMS });
        assert!(values[..3].iter().all(|value| value.is_nan()));
        assert_eq!(values[3], 1e-6_f64.sqrt() / 8.0);
        let explosive = garch_volatility(&[1.0, 2.0, 1.0], GarchTerms { alpha: 0.5, ..TERMS });
        assert!(explosive.iter().all(|value| value.is_nan()));
        assert_eq!(constant_term(GarchTerms { omega: None, ..TERMS }), 1e-6 * 0.25);
        assert_eq!(garch_volatility(&[1.0, 2.0], GarchTerms { floor: 16.0, ..TERMS })[1], 2.0);
    }
}
