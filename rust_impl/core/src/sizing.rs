//! Position sizing (S-1, S-2, S-4, S-5).

use crate::error::{ErrorCode, OmegaError, Value};
use crate::numbers::quantize;
use crate::types::{BelowMin, EngineConfig, Instrument, Variant};

const LOT_DIGITS: u32 = 8;
/// Forgives the last bits of a division that should have been a whole number of steps (S-4).
const STEP_TOLERANCE: f64 = 1e-12;

const V1_PIP_SIZE: f64 = 0.0001;
const V1_CONTRACT_SIZE: f64 = 100_000.0;
const V1_VALUE_PER_PRICE: f64 = 100_000.0;
const V1_DIGITS: u32 = 5;
const V1_MINIMUM_LOTS: f64 = 0.01;
const V1_LOT_DIGITS: u32 = 2;

/// What the other modules need to know of the symbol, resolved by variant (S-1, S-5).
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
    /// Least distance of a stop from its fill, in price (canonical).
    pub min_stop_distance: f64,
    volume: Option<VolumeTerms>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct VolumeTerms {
    min: f64,
    step: f64,
    max: f64,
    refuses_below_min: bool,
}

impl SymbolTerms {
    /// Resolves the run's symbol.
    ///
    /// # Errors
    /// INVALID_ARGUMENT in the canonical variant without a specification, or without a tick value where quote and
    /// account currency differ; OUT_OF_BOUNDS for more decimals than [`quantize`] takes.
    pub fn new(config: &EngineConfig) -> Result<Self, OmegaError> {
        let Some(instrument) = &config.instrument else { return Self::without_specification(config) };
        if instrument.digits > crate::numbers::MAX_DIGITS {
            let message = format!("digits must be 0 to 15, found {}", instrument.digits);
            return Err(OmegaError::new(ErrorCode::OutOfBounds, message)
                .rule("N-5")
                .column("digits")
                .value(Value::Int(i64::from(instrument.digits))));
        }
        Ok(Self {
            pip_size: instrument.pip_size,
            contract_size: instrument.contract_size,
            value_per_price: value_per_price(instrument, config)?,
            digits: instrument.digits,
            min_stop_distance: instrument.min_stop_distance_pips * instrument.pip_size,
            volume: Some(VolumeTerms {
                min: instrument.volume_min,
                step: instrument.volume_step,
                max: instrument.volume_max,
                refuses_below_min: config.variant == Variant::Canonical && config.below_min == BelowMin::Reject,
            }),
        })
    }

    fn without_specification(config: &EngineConfig) -> Result<Self, OmegaError> {
        if config.variant == Variant::Canonical {
            rule!("S-5");
            let message = format!("symbol {} has no specification; add it to instruments", config.symbol);
            return Err(OmegaError::new(ErrorCode::InvalidArgument, message)
                .rule("S-5")
                .column("instrument")
                .value(Value::Text(config.symbol.clone())));
        }
        Ok(Self {
            pip_size: V1_PIP_SIZE,
            contract_size: V1_CONTRACT_SIZE,
            value_per_price: V1_VALUE_PER_PRICE,
            digits: V1_DIGITS,
            min_stop_distance: 0.0,
            volume: None,
        })
    }

    /// Lots for a raw size (Q-S4, Q-S5); none when it is under the minimum and refused.
    #[must_use]
    pub fn lots_from_raw(&self, raw: f64) -> Option<f64> {
        let Some(volume) = self.volume else {
            rule!("S-5");
            let lots = quantize(raw, V1_LOT_DIGITS);
            return Some(if lots > V1_MINIMUM_LOTS { lots } else { V1_MINIMUM_LOTS });
        };
        if volume.refuses_below_min && raw < volume.min {
            rule!("S-4");
            return None;
        }
        let mut lots = volume.min;
        if raw > volume.min {
            let steps = ((raw - volume.min) + STEP_TOLERANCE) / volume.step;
            lots = volume.min + (steps.floor() * volume.step);
        }
        if lots > volume.max {
            lots = volume.max;
        }
        rule!("S-4", lots != raw);
        Some(quantize(lots, LOT_DIGITS))
    }
}

/// Account currency per 1.0 of price and 1 lot (Q-S1).
fn value_per_price(instrument: &Instrument, config: &EngineConfig) -> Result<f64, OmegaError> {
    if let Some(tick_value) = instrument.tick_value {
        return Ok(tick_value / instrument.tick_size);
    }
    rule!("S-1");
    if config.variant == Variant::V1 {
        return Ok(V1_VALUE_PER_PRICE);
    }
    if instrument.quote_currency == config.account_currency {
        return Ok(instrument.contract_size);
    }
    let message = format!(
        "{} needs a tick_value: no conversion from {} to {}",
        instrument.symbol, instrument.quote_currency, config.account_currency
    );
    Err(OmegaError::new(ErrorCode::InvalidArgument, message)
        .rule("S-1")
        .column("quote_currency")
        .value(Value::Text(instrument.quote_currency.clone())))
}

/// Raw size by risk (Q-S2); 0 when the denominator is not above 0.
#[must_use]
pub fn raw_size(risk_amount: f64, entry: f64, stop_loss: f64, value_per_price: f64) -> f64 {
    let denominator = (entry - stop_loss).abs() * value_per_price;
    if denominator > 0.0 { risk_amount / denominator } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::config;

    #[test]
    fn value_per_price_comes_from_the_tick_or_the_contract() {
        // Q-S1.
        let mut config = config();
        assert_eq!(SymbolTerms::new(&config).unwrap().value_per_price, 1.0 / 0.00001);
        config.instrument.as_mut().unwrap().tick_value = None;
        assert_eq!(SymbolTerms::new(&config).unwrap().value_per_price, 100_000.0);
        config.account_currency = "EUR".into();
        let error = SymbolTerms::new(&config).unwrap_err();
        assert_eq!((error.code, error.rule), (ErrorCode::InvalidArgument, Some("S-1")));
        assert!(error.message.contains("USD") && error.message.contains("EUR"));
        config.variant = Variant::V1;
        config.instrument.as_mut().unwrap().contract_size = 10.0;
        assert_eq!(SymbolTerms::new(&config).unwrap().value_per_price, 100_000.0);
    }

    #[test]
    fn a_raw_size_is_risk_over_distance() {
        // Q-S2: 100 of risk over 20 pips of 10 each.
        assert_eq!(raw_size(100.0, 1.25, 1.0, 100.0), 4.0);
        assert_eq!(raw_size(100.0, 1.0, 1.25, 100.0), 4.0);
        assert_eq!(raw_size(100.0, 1.0, 1.0, 100.0), 0.0);
    }

    #[test]
    fn lots_are_whole_steps_within_the_limits() {
        // Q-S4.
        let mut config = config();
        let terms = SymbolTerms::new(&config).unwrap();
        assert_eq!(terms.lots_from_raw(0.019), Some(0.01));
        assert_eq!(terms.lots_from_raw(0.07), Some(0.07));
        assert_eq!(terms.lots_from_raw(1e9), Some(100.0));
        assert_eq!(terms.lots_from_raw(0.0099), None);
        assert_eq!(terms.lots_from_raw(0.01), Some(0.01));
        config.below_min = BelowMin::Clamp;
        assert_eq!(SymbolTerms::new(&config).unwrap().lots_from_raw(0.0), Some(0.01));
        config.below_min = BelowMin::Reject;
        config.variant = Variant::V1;
        assert_eq!(SymbolTerms::new(&config).unwrap().lots_from_raw(0.0), Some(0.01));
    }

    #[test]
    fn a_symbol_without_specification_is_refused_but_in_v1() {
        // Q-S5: the size is rounded half to even, at least 0.01, without an upper limit.
        let mut config = config();
        config.instrument = None;
        let error = SymbolTerms::new(&config).unwrap_err();
        assert_eq!((error.code, error.rule), (ErrorCode::InvalidArgument, Some("S-5")));
        assert_eq!(error.value, Some(Value::Text("EURUSD".into())));
        config.variant = Variant::V1;
        let terms = SymbolTerms::new(&config).unwrap();
        assert_eq!((terms.pip_size, terms.contract_size, terms.value_per_price), (0.0001, 100_000.0, 100_000.0));
        assert_eq!(terms.lots_from_raw(0.125), Some(0.12));
        assert_eq!(terms.lots_from_raw(0.001), Some(0.01));
        assert_eq!(terms.lots_from_raw(12_345.678), Some(12_345.68));
    }

    #[test]
    fn more_decimals_than_quantize_takes_are_refused() {
        let mut config = config();
        config.instrument.as_mut().unwrap().digits = 16;
        assert_eq!(SymbolTerms::new(&config).unwrap_err().code, ErrorCode::OutOfBounds);
    }
}
