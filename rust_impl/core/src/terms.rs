//! What a run needs to know of its symbol (S-1, S-5).

use crate::error::{ErrorCode, OmegaError, Value};
use crate::numbers::MAX_DIGITS;
use crate::types::{EngineConfig, Instrument};
use crate::variants::{VariantRules, variant_rules};

const PIP_SIZE_WITHOUT_SPEC: f64 = 0.0001;
const CONTRACT_SIZE_WITHOUT_SPEC: f64 = 100_000.0;
const VALUE_PER_PRICE_WITHOUT_SPEC: f64 = 100_000.0;
const DIGITS_WITHOUT_SPEC: u32 = 5;

/// The symbol's terms, the defaults of an unspecified one included (Q-S1, Q-S5).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SymbolTerms {
    /// Price of one pip.
    pub pip_size: f64,
    /// Units of base currency per lot.
    pub contract_size: f64,
    /// Account currency per 1.0 of price and 1 lot.
    pub value_per_price: f64,
    /// Decimals of a price.
    pub digits: u32,
    /// Least distance of a stop from its fill, in price.
    pub min_stop_distance: f64,
    /// Sizes the symbol is traded in; none without a specification.
    pub volume: Option<VolumeTerms>,
}

/// Sizes a symbol is traded in, in lots (S-4).
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct VolumeTerms {
    pub min: f64,
    pub step: f64,
    pub max: f64,
}

/// The terms of the run's symbol.
///
/// # Errors
/// INVALID_ARGUMENT in the canonical variant without a specification, or without a tick value where quote and account
/// currency differ; OUT_OF_BOUNDS for more decimals than `quantize` takes.
pub fn symbol_terms(config: &EngineConfig) -> Result<SymbolTerms, OmegaError> {
    let Some(spec) = &config.instrument else { return terms_without_spec(config) };
    if spec.digits > MAX_DIGITS {
        let message = format!("digits must be 0 to 15, found {}", spec.digits);
        return Err(OmegaError::new(ErrorCode::OutOfBounds, message)
            .rule("N-5")
            .column("digits")
            .value(Value::Int(i64::from(spec.digits))));
    }
    Ok(SymbolTerms {
        pip_size: spec.pip_size,
        contract_size: spec.contract_size,
        value_per_price: value_per_price(spec, &variant_rules(config.variant), &config.account_currency)?,
        digits: spec.digits,
        min_stop_distance: spec.min_stop_distance_pips * spec.pip_size,
        volume: Some(VolumeTerms { min: spec.volume_min, step: spec.volume_step, max: spec.volume_max }),
    })
}

fn terms_without_spec(config: &EngineConfig) -> Result<SymbolTerms, OmegaError> {
    if variant_rules(config.variant).needs_specification {
        rule!("S-5");
        let message = format!("symbol {} has no specification; add it to instruments", config.symbol);
        return Err(OmegaError::new(ErrorCode::InvalidArgument, message)
            .rule("S-5")
            .column("instrument")
            .value(Value::Text(config.symbol.clone())));
    }
    Ok(SymbolTerms {
        pip_size: PIP_SIZE_WITHOUT_SPEC,
        contract_size: CONTRACT_SIZE_WITHOUT_SPEC,
        value_per_price: VALUE_PER_PRICE_WITHOUT_SPEC,
        digits: DIGITS_WITHOUT_SPEC,
        min_stop_distance: 0.0,
        volume: None,
    })
}

/// Account currency per 1.0 of price and 1 lot (Q-S1).
fn value_per_price(spec: &Instrument, variant: &VariantRules, account_currency: &str) -> Result<f64, OmegaError> {
    if let Some(tick_value) = spec.tick_value {
        return Ok(tick_value / spec.tick_size);
    }
    rule!("S-1");
    if let Some(value) = variant.value_without_tick_value {
        return Ok(value);
    }
    if spec.quote_currency == account_currency {
        return Ok(spec.contract_size);
    }
    let message = format!(
        "{} needs a tick_value: no conversion from {} to {}",
        spec.symbol, spec.quote_currency, account_currency
    );
    Err(OmegaError::new(ErrorCode::InvalidArgument, message)
        .rule("S-1")
        .column("quote_currency")
        .value(Value::Text(spec.quote_currency.clone())))
}

#[cfg(test)]
#[path = "tests/terms.rs"]
mod tests;
