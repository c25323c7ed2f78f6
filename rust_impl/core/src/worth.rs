//! What a price is worth in the account currency: fixed, by the price itself, or by rates of currencies (S-1, C-6).

use crate::error::{ErrorCode, OmegaError, Value};
use crate::types::{EngineConfig, Instrument, Rate};
use crate::variants::VariantRules;

/// The currency by which two others are converted where there is no rate between them (C-6).
const THROUGH: &str = "USD";

/// One step of a conversion: by the rate of a pair or, where it is the pair's inverse, by dividing.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Of the pair.
    pub rate: Rate,
    /// Whether it divides.
    pub is_inverse: bool,
}

/// What says how much the account gains per 1.0 of price and 1 lot (Q-S1).
#[derive(Clone, Debug, PartialEq)]
pub enum Worth {
    /// The same at every price and time: most runs, which pay nothing for the others.
    Fixed(f64),
    /// This over the price: the account is held in the base currency.
    ByPrice(f64),
    /// By rates, of which at least one is a series.
    BySteps {
        /// Before the steps.
        amount: f64,
        /// One, or two through USD.
        steps: Vec<Step>,
    },
}

impl Worth {
    /// The steps that change with time.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        if let Self::BySteps { steps, .. } = self { steps } else { &[] }
    }
}

/// What a price of the run's symbol is worth (S-1, Q-S1).
///
/// # Errors
/// INVALID_ARGUMENT with the pair of currencies that has no rate.
pub fn new_worth(config: &EngineConfig, spec: &Instrument, variant: &VariantRules) -> Result<Worth, OmegaError> {
    let account = &config.account_currency;
    if let Some(tick_value) = spec.tick_value {
        return Ok(fixed_worth(tick_value / spec.tick_size));
    }
    rule!("S-1");
    if let Some(value) = variant.value_without_tick_value {
        return Ok(fixed_worth(value));
    }
    let amount = spec.contract_size;
    if spec.quote_currency == *account {
        return Ok(fixed_worth(amount));
    }
    if base_currency(spec) == account {
        return Ok(Worth::ByPrice(amount));
    }
    let Some(steps) = conversion(&config.rates, &spec.quote_currency, account) else {
        return Err(no_rate(spec, account));
    };
    let is_fixed = steps.iter().all(|step| step.rate.timestamps.is_empty());
    Ok(if is_fixed { fixed_worth(converted(amount, &steps, 0)) } else { Worth::BySteps { amount, steps } })
}

/// The worth of a price where it is the same at every price and time.
#[must_use]
pub const fn fixed_worth(amount: f64) -> Worth {
    Worth::Fixed(amount)
}

/// A symbol's base currency, of a symbol that is a pair by its name if need be (Q-S1).
#[must_use]
pub fn base_currency(spec: &Instrument) -> &str {
    let is_pair = spec.symbol.chars().count() == 6 && spec.base_currency.is_empty();
    match spec.symbol.char_indices().nth(3) {
        Some((middle, _)) if is_pair && spec.symbol[middle..] == spec.quote_currency => &spec.symbol[..middle],
        _ => &spec.base_currency,
    }
}

/// The steps from one currency to the other, directly or through USD; none if there is no way (C-6).
#[must_use]
pub fn conversion(rates: &[Rate], from_currency: &str, to_currency: &str) -> Option<Vec<Step>> {
    if let Some(direct) = find_step(rates, from_currency, to_currency) {
        return Some(vec![direct]);
    }
    let first = find_step(rates, from_currency, THROUGH)?;
    let second = find_step(rates, THROUGH, to_currency)?;
    Some(vec![first, second])
}

/// The step by a pair, else by its inverse (C-6).
#[must_use]
pub fn find_step(rates: &[Rate], from_currency: &str, to_currency: &str) -> Option<Step> {
    let pairs = [(from_currency, to_currency, false), (to_currency, from_currency, true)];
    pairs.into_iter().find_map(|(base, quote, is_inverse)| {
        let is_pair = |rate: &&Rate| rate.pair.strip_prefix(base) == Some(quote);
        rates.iter().find(is_pair).map(|rate| Step { rate: rate.clone(), is_inverse })
    })
}

/// The account's money per 1.0 of price and 1 lot, at a price in the bar of a time, µs (Q-S1).
#[inline(always)]
#[must_use]
pub fn value_at(worth: &Worth, price: f64, time: i64) -> f64 {
    if let Worth::Fixed(amount) = worth { *amount } else { moving_value(worth, price, time) }
}

/// [`value_at`] where it is not fixed, out of the way of the loops of the many runs in which it is.
#[cold]
#[inline(never)]
fn moving_value(worth: &Worth, price: f64, time: i64) -> f64 {
    match worth {
        Worth::Fixed(amount) => *amount,
        Worth::ByPrice(amount) => {
            rule!("S-1");
            amount / price
        }
        Worth::BySteps { amount, steps } => converted(*amount, steps, time),
    }
}

/// An amount of one currency in another, by the rates at a time, µs (Q-C6c).
#[must_use]
pub fn converted(mut amount: f64, steps: &[Step], time: i64) -> f64 {
    for step in steps {
        rule!("C-6");
        let rate = rate_at(&step.rate, time);
        amount = if step.is_inverse { amount / rate } else { amount * rate };
    }
    amount
}

/// The rate of the last row that is not later than a time, else of the first (Q-C6c).
///
/// # Panics
/// For a rate without a value, which is refused where it is made.
#[must_use]
pub fn rate_at(rate: &Rate, time: i64) -> f64 {
    let known = rate.timestamps.partition_point(|&timestamp| timestamp <= time);
    rate.values[known.saturating_sub(1)]
}

/// The rates of some steps that change with time, in their order.
#[must_use]
pub fn series_of<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Vec<Rate> {
    let rates = steps.into_iter().map(|step| &step.rate);
    rates.filter(|rate| !rate.timestamps.is_empty()).cloned().collect()
}

/// Refuses a bar, from row `first` on, at which a series that is used has no row, or too old a one (Q-C6).
///
/// # Errors
/// CONSTRAINT_VIOLATION naming the pair, the bar's row and its time.
pub fn check_ages(series: &[Rate], max_age: i64, timestamps: &[i64], first: usize) -> Result<(), OmegaError> {
    let breach = |rate: &Rate| {
        // Bars and rates both rise: the series is walked once beside the bars.
        let mut known = rate.timestamps.partition_point(|timestamp| Some(timestamp) <= timestamps.get(first));
        (first..timestamps.len()).find(|&row| {
            while rate.timestamps.get(known).is_some_and(|&timestamp| timestamp <= timestamps[row]) {
                known += 1;
            }
            known == 0 || timestamps[row].saturating_sub(rate.timestamps[known - 1]) > max_age
        })
    };
    // Of two series in one bar the first step's: the first of equal minima.
    let earliest = series.iter().filter_map(|rate| Some((breach(rate)?, rate))).min_by_key(|&(row, _)| row);
    let Some((row, rate)) = earliest else { return Ok(()) };
    Err(too_old(&rate.pair, row, timestamps[row]))
}

fn no_rate(spec: &Instrument, account_currency: &str) -> OmegaError {
    let Instrument { symbol, quote_currency, .. } = spec;
    let pair = format!("{quote_currency}{account_currency}");
    let message = format!(
        "{symbol} is quoted in {quote_currency} and the account is held in {account_currency}: give the rate of {pair} \
         under `rates` (or of {account_currency}{quote_currency}, or of both against {THROUGH})"
    );
    OmegaError::new(ErrorCode::InvalidArgument, message).rule("S-1").column("rates").value(Value::Text(pair))
}

fn too_old(pair: &str, row: usize, time: i64) -> OmegaError {
    let message = format!(
        "the rates of {pair} have no row for bar {row}, or one older than rates_max_age: give rates that reach from the \
         first bar to the last, or raise rates_max_age"
    );
    let error = OmegaError::new(ErrorCode::ConstraintViolation, message).rule("C-6").column(pair);
    error.row(row).value(Value::Int(time))
}

#[cfg(test)]
#[path = "tests/worth.rs"]
mod tests;
