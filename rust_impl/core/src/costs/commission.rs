//! The commission of one fill, in a currency of its own (C-3).

use crate::costs::slippage::ENTRY_LEG;
use crate::error::{ErrorCode, OmegaError, Value};
use crate::numbers::{maximum, quantize};
use crate::terms::SymbolTerms;
use crate::types::{ChargedSides, Commission, CommissionBasis, EngineConfig, Instrument};
use crate::worth::{Step, base_currency, conversion, converted};

const MILLION: f64 = 1_000_000.0;
const MONEY_DIGITS: u32 = 2;

/// Which of a symbol's currencies a commission is charged in (Q-C3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in Q-C3")]
pub enum ChargedIn {
    Account,
    Quote,
    Base,
    Other,
}

/// A commission and the way between its currency, the quote's and the account's.
#[derive(Clone, Debug, PartialEq)]
pub struct CommissionTerms {
    /// As configured.
    pub commission: Commission,
    /// Units of one lot.
    pub contract_size: f64,
    /// Its currency.
    pub charged_in: ChargedIn,
    /// From the quote currency to the commission's.
    pub from_quote: Vec<Step>,
    /// From the commission's currency to the account's.
    pub to_account: Vec<Step>,
}

/// The run's commission; none where the fee is charged (C-2).
///
/// # Errors
/// INVALID_ARGUMENT with the pair of currencies that has no rate (Q-C3b).
pub fn commission_terms(config: &EngineConfig, terms: &SymbolTerms) -> Result<Option<CommissionTerms>, OmegaError> {
    let Some(commission) = &config.commission else { return Ok(None) };
    let charged_in = charged_currency(config, commission, terms.spec.as_ref());
    let (mut from_quote, mut to_account) = (Vec::new(), Vec::new());
    if charged_in == ChargedIn::Other {
        // Lots alone are charged in no currency of the symbol.
        if let Some(spec) = terms.spec.as_ref().filter(|_| commission.basis != CommissionBasis::PerLot) {
            from_quote = way(config, commission, &spec.quote_currency, &commission.currency)?;
        }
        to_account = way(config, commission, &commission.currency, &config.account_currency)?;
    }
    let contract_size = terms.contract_size;
    Ok(Some(CommissionTerms { commission: commission.clone(), contract_size, charged_in, from_quote, to_account }))
}

/// Which currency a commission is charged in, the account's before all others.
#[must_use]
pub fn charged_currency(config: &EngineConfig, commission: &Commission, spec: Option<&Instrument>) -> ChargedIn {
    let currency = &commission.currency;
    match spec {
        _ if *currency == config.account_currency => ChargedIn::Account,
        Some(spec) if *currency == spec.quote_currency => ChargedIn::Quote,
        Some(spec) if *currency == base_currency(spec) => ChargedIn::Base,
        _ => ChargedIn::Other,
    }
}

/// The steps between two currencies (C-6); none where both are the same.
///
/// # Errors
/// INVALID_ARGUMENT with the pair that has no rate.
pub fn way(
    config: &EngineConfig,
    commission: &Commission,
    from_currency: &str,
    to_currency: &str,
) -> Result<Vec<Step>, OmegaError> {
    if from_currency == to_currency {
        return Ok(Vec::new());
    }
    let steps = conversion(&config.rates, from_currency, to_currency);
    steps.ok_or_else(|| no_rate(commission, format!("{from_currency}{to_currency}")))
}

/// Commission of one fill in account currency, whole cents of it (C-3, Q-C3): `value` is what the price is worth (Q-S1),
/// `time` the bar's, µs, and `leg` 0 for the entry, any other for an exit (N-6).
#[must_use]
pub fn fill_commission(terms: &CommissionTerms, lots: f64, price: f64, value: f64, time: i64, leg: i64) -> f64 {
    let commission = &terms.commission;
    let free = if leg == i64::from(ENTRY_LEG) { ChargedSides::Exit } else { ChargedSides::Entry };
    if commission.sides == free {
        rule!("Q-C3");
        return 0.0;
    }
    let base = charged_base(terms, lots, price, value, time);
    let amount = maximum(base * commission.multiplier, commission.min_fee * commission.multiplier);
    rule!("C-3", amount != 0.0);
    quantize(in_account_currency(terms, amount, price, value, time), MONEY_DIGITS)
}

/// What a fill is charged before multiplier and minimum, in the commission's currency.
#[must_use]
pub fn charged_base(terms: &CommissionTerms, lots: f64, price: f64, value: f64, time: i64) -> f64 {
    let rate = terms.commission.rate;
    if terms.commission.basis == CommissionBasis::PerLot {
        return rate * lots;
    }
    let mut notional = (price * terms.contract_size) * lots;
    notional = match terms.charged_in {
        ChargedIn::Account => notional * (value / terms.contract_size),
        ChargedIn::Base => notional / price,
        ChargedIn::Quote | ChargedIn::Other => converted(notional, &terms.from_quote, time),
    };
    if terms.commission.basis == CommissionBasis::PerMillionNotional {
        return rate * (notional / MILLION);
    }
    rate * notional
}

/// An amount of the commission's currency in the account's.
#[must_use]
pub fn in_account_currency(terms: &CommissionTerms, amount: f64, price: f64, value: f64, time: i64) -> f64 {
    match terms.charged_in {
        ChargedIn::Quote => amount * (value / terms.contract_size),
        ChargedIn::Base => (amount * price) * (value / terms.contract_size),
        ChargedIn::Account | ChargedIn::Other => converted(amount, &terms.to_account, time),
    }
}

fn no_rate(commission: &Commission, pair: String) -> OmegaError {
    let message = format!(
        "costs.commission is charged in {}: give the rate of {pair} under `rates`, or a currency of the account or the \
         symbol",
        commission.currency
    );
    OmegaError::new(ErrorCode::InvalidArgument, message).rule("C-3").column("rates").value(Value::Text(pair))
}

#[cfg(test)]
#[path = "tests/commission.rs"]
mod tests;
