//! What a run needs to know of its symbol (S-1, S-5).

use crate::error::{ErrorCode, OmegaError, Value};
use crate::grid::{Grid, grid_distance, new_grid};
use crate::numbers::MAX_DIGITS;
use crate::types::{EngineConfig, Instrument};
use crate::variants::{VariantRules, variant_rules};
use crate::worth::{Worth, fixed_worth, new_worth};

const UNKNOWN_PIP_SIZE: f64 = 0.0001;
const UNKNOWN_CONTRACT_SIZE: f64 = 100_000.0;
const UNKNOWN_VALUE_PER_PRICE: f64 = 100_000.0;
const UNKNOWN_DIGITS: u32 = 5;

/// The symbol's terms, the defaults of an unspecified one included (Q-S1, Q-S5).
#[derive(Clone, Debug, PartialEq)]
pub struct SymbolTerms {
    /// Price of one pip.
    pub pip_size: f64,
    /// Units of base currency per lot.
    pub contract_size: f64,
    /// Of a price, in the account currency.
    pub worth: Worth,
    /// Decimals of a price.
    pub digits: u32,
    /// Where prices lie (N-8).
    pub grid: Grid,
    /// Least distance of a stop from its fill, in price.
    pub min_stop_distance: f64,
    /// What a pip of one lot is worth, in the account currency, where no price says it (Q-S3, v1).
    pub pip_value: Option<f64>,
    /// The specification (T-5) itself.
    pub spec: Option<Instrument>,
}

/// The terms of the run's symbol.
///
/// # Errors
/// INVALID_ARGUMENT in the canonical variant without a specification; as [`new_worth`]; OUT_OF_BOUNDS for more decimals
/// than `quantize` takes.
pub fn symbol_terms(config: &EngineConfig) -> Result<SymbolTerms, OmegaError> {
    let variant = variant_rules(config.variant);
    let Some(spec) = &config.instrument else { return terms_without_spec(config, &variant) };
    if spec.digits > MAX_DIGITS {
        let message = format!("digits must be 0 to 15, found {}", spec.digits);
        return Err(OmegaError::new(ErrorCode::OutOfBounds, message)
            .rule("N-5")
            .column("digits")
            .value(Value::Int(i64::from(spec.digits))));
    }
    let grid = new_grid(spec.digits, variant.keeps_to_grid);
    Ok(SymbolTerms {
        pip_size: spec.pip_size,
        contract_size: spec.contract_size,
        worth: new_worth(config, spec, &variant)?,
        digits: spec.digits,
        grid,
        min_stop_distance: grid_distance(&grid, spec.min_stop_distance_pips * spec.pip_size),
        pip_value: fixed_pip_value(config, spec, &variant),
        spec: Some(spec.clone()),
    })
}

/// What a pip of one lot is worth by the contract alone; none where it follows from the price (Q-S3).
fn fixed_pip_value(config: &EngineConfig, spec: &Instrument, variant: &VariantRules) -> Option<f64> {
    let is_fixed = variant.values_pips_by_contract && spec.quote_currency == config.account_currency;
    is_fixed.then_some(spec.contract_size * spec.pip_size)
}

fn terms_without_spec(config: &EngineConfig, variant: &VariantRules) -> Result<SymbolTerms, OmegaError> {
    if variant.needs_specification {
        rule!("S-5");
        let message = format!("symbol {} has no specification; add it to instruments", config.symbol);
        return Err(OmegaError::new(ErrorCode::InvalidArgument, message)
            .rule("S-5")
            .column("instrument")
            .value(Value::Text(config.symbol.clone())));
    }
    Ok(SymbolTerms {
        pip_size: UNKNOWN_PIP_SIZE,
        contract_size: UNKNOWN_CONTRACT_SIZE,
        worth: fixed_worth(UNKNOWN_VALUE_PER_PRICE),
        digits: UNKNOWN_DIGITS,
        grid: new_grid(UNKNOWN_DIGITS, variant.keeps_to_grid),
        min_stop_distance: 0.0,
        pip_value: None,
        spec: None,
    })
}

#[cfg(test)]
#[path = "tests/terms.rs"]
mod tests;
