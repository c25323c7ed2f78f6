//! What an account returned: in all, and by day as a year of such days would have it (P-5, Q-P5b).

use crate::execution::state::{Account, Log};
use crate::numbers::quantize;
use crate::portfolio::curve::day_closes;
use crate::transcendental::{exp, ln};

/// Days of trading in a year.
pub const DAYS_A_YEAR: f64 = 252.0;
/// Decimals that the deviation of a return is known to: equity is a sum, and has the rounding error of one.
pub const RETURN_DIGITS: u32 = 12;

/// Ratios; none where there is nothing to measure or to divide by.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "as in P-5")]
pub struct Returns {
    pub total_return: f64,
    pub volatility: Option<f64>,
    pub sharpe: Option<f64>,
    pub sortino: Option<f64>,
    pub cagr: Option<f64>,
    pub calmar: Option<f64>,
}

/// What the account returned, the daily figures without interest and for a target of 0 (Q-P5b).
#[must_use]
pub fn account_returns(account: &Account, log: &Log) -> Returns {
    let portfolio = &account.portfolio;
    let initial = portfolio.initial_balance;
    let mut returns = Returns { total_return: (portfolio.equity - initial) / initial, ..Returns::default() };
    let closes = day_closes(account, log);
    let Some(daily) = daily_returns(initial, &closes) else { return returns };
    let (a_year, average) = (DAYS_A_YEAR.sqrt(), mean(&daily));
    let deviation = known(sample_deviation(&daily, average), RETURN_DIGITS);
    let below = known(downside_deviation(&daily), RETURN_DIGITS);
    returns.volatility = Some(deviation * a_year);
    if deviation != 0.0 {
        returns.sharpe = Some((average / deviation) * a_year);
    }
    if below != 0.0 {
        returns.sortino = Some((average / below) * a_year);
    }
    returns.cagr = annual_growth(closes[closes.len() - 1] / initial, closes.len());
    let fallen = known(portfolio.max_drawdown_ratio, RETURN_DIGITS);
    if fallen != 0.0 {
        returns.calmar = returns.cagr.map(|cagr| cagr / fallen);
    }
    returns
}

/// Each day's return; none for fewer than two days or where one began with nothing left (Q-P5b).
#[must_use]
pub fn daily_returns(initial: f64, closes: &[f64]) -> Option<Vec<f64>> {
    let (mut returns, mut before) = (Vec::with_capacity(closes.len()), initial);
    for &close in closes {
        if before <= 0.0 {
            return None;
        }
        returns.push((close - before) / before);
        before = close;
    }
    (returns.len() > 1).then_some(returns)
}

/// What a growth in `days` days is in a year of such days: the compound annual growth rate, with a year of trading days
/// as in the ratios beside it; none where nothing is left, or it is no double (Q-P5b).
#[must_use]
pub fn annual_growth(growth: f64, days: usize) -> Option<f64> {
    if growth <= 0.0 {
        return None;
    }
    let annual = exp(ln(growth) * (DAYS_A_YEAR / days as f64)) - 1.0;
    annual.is_finite().then_some(annual)
}

/// The mean, summed from left to right.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    let mut total = 0.0;
    for &value in values {
        total += value;
    }
    total / values.len() as f64
}

/// The sample standard deviation of at least two values around their mean.
#[must_use]
pub fn sample_deviation(values: &[f64], average: f64) -> f64 {
    let mut total = 0.0;
    for &value in values {
        total += (value - average) * (value - average);
    }
    (total / (values.len() - 1) as f64).sqrt()
}

/// The root of the mean square of the values, those above 0 taken as 0.
#[must_use]
pub fn downside_deviation(values: &[f64]) -> f64 {
    let mut total = 0.0;
    for &value in values {
        if value < 0.0 {
            total += value * value;
        }
    }
    (total / values.len() as f64).sqrt()
}

/// A deviation; 0.0 where it is nothing but rounding error (Q-P5b, Q-P5c).
#[must_use]
pub fn known(deviation: f64, digits: u32) -> f64 {
    if quantize(deviation, digits) == 0.0 { 0.0 } else { deviation }
}

#[cfg(test)]
#[path = "tests/returns.rs"]
mod tests;
