//! Slippage and fees (C-1, C-2, C-5).

use crate::error::{ErrorCode, OmegaError, Value};
use crate::rng;
use crate::sizing::SymbolTerms;
use crate::types::{EngineConfig, Variant};

/// Leg of an entry fill in the counter of N-6.
pub const ENTRY_LEG: u32 = 0;
/// Leg of an exit fill in the counter of N-6.
pub const EXIT_LEG: u32 = 1;

const MILLION: f64 = 1_000_000.0;

/// Slippage and fees of one run's configuration.
#[derive(Clone, Debug)]
pub struct CostModel {
    seed: u64,
    symbol_id: u64,
    fixed_pips: f64,
    random_pips: f64,
    pip_size: f64,
    contract_size: f64,
    fee_per_million: f64,
    fee_min: f64,
    /// Quote to account currency; none in v1, which does not convert.
    account_factor: Option<f64>,
}

impl CostModel {
    /// Resolves the configuration.
    ///
    /// # Errors
    /// As [`SymbolTerms::new`].
    pub fn new(config: &EngineConfig) -> Result<Self, OmegaError> {
        let terms = SymbolTerms::new(config)?;
        Ok(Self {
            seed: config.seed,
            symbol_id: rng::symbol_id(&config.symbol),
            fixed_pips: config.slippage_fixed_pips,
            random_pips: config.slippage_random_pips,
            pip_size: terms.pip_size,
            contract_size: terms.contract_size,
            fee_per_million: config.fee_per_million,
            fee_min: config.fee_min,
            account_factor: match config.variant {
                Variant::Canonical => Some(terms.value_per_price / terms.contract_size),
                Variant::V1 => None,
            },
        })
    }

    /// Unsigned slippage offset in price (Q-C1); `ordinal` is k of N-6.
    #[must_use]
    pub fn slippage_offset(&self, timestamp: i64, magic_number: i64, ordinal: u32, leg: u32) -> f64 {
        // u · 0.0 adds nothing, whatever u is.
        let random = if self.random_pips != 0.0 {
            let third = u64::from(ordinal) | (self.symbol_id << 32);
            let counter = [timestamp as u64, magic_number as u64, third, u64::from(leg)];
            rng::uniform(rng::philox([self.seed, 0], counter)[0]) * self.random_pips
        } else {
            0.0
        };
        (self.fixed_pips + random) * self.pip_size
    }

    /// [`Self::slippage_offset`] for a caller whose numbers are not checked yet.
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for an `ordinal` or `leg` outside 0 … 2³²−1 (Q-C5b).
    pub fn slippage(&self, timestamp: i64, magic_number: i64, ordinal: i64, leg: i64) -> Result<f64, OmegaError> {
        let ordinal = draw_number("ordinal", ordinal, None)?;
        let leg = draw_number("leg", leg, None)?;
        Ok(self.slippage_offset(timestamp, magic_number, ordinal, leg))
    }

    /// Fee of one fill in account currency (Q-C2).
    #[must_use]
    pub fn fee(&self, lots: f64, price: f64) -> f64 {
        let mut base = (((lots * self.contract_size) * price) / MILLION) * self.fee_per_million;
        if let Some(factor) = self.account_factor {
            base *= factor;
        }
        let fee = if self.fee_min > 0.0 && base < self.fee_min { self.fee_min } else { base };
        rule!("C-2", fee != 0.0);
        rule!("Q-C2", base < fee);
        fee
    }

    /// [`Self::slippage`] over arrays of one length (C-5).
    ///
    /// # Errors
    /// SIZE_MISMATCH; OUT_OF_BOUNDS naming argument and row.
    pub fn slippage_batch(
        &self,
        timestamps: &[i64],
        magic_numbers: &[i64],
        ordinals: &[i64],
        legs: &[i64],
    ) -> Result<Vec<f64>, OmegaError> {
        let rows = timestamps.len();
        check_length("magic_numbers", magic_numbers.len(), rows)?;
        check_length("ordinals", ordinals.len(), rows)?;
        check_length("legs", legs.len(), rows)?;
        let ordinals = draw_numbers("ordinals", ordinals)?;
        let legs = draw_numbers("legs", legs)?;
        let offset = |row: usize| self.slippage_offset(timestamps[row], magic_numbers[row], ordinals[row], legs[row]);
        Ok((0..rows).map(offset).collect())
    }

    /// [`Self::fee`] over arrays of one length (C-5).
    ///
    /// # Errors
    /// SIZE_MISMATCH; NAN_VALUE or INFINITE_VALUE naming argument and row (Q-C5).
    pub fn fee_batch(&self, lots: &[f64], prices: &[f64]) -> Result<Vec<f64>, OmegaError> {
        check_length("prices", prices.len(), lots.len())?;
        check_finite("lots", lots)?;
        check_finite("prices", prices)?;
        Ok(lots.iter().zip(prices).map(|(&lots, &price)| self.fee(lots, price)).collect())
    }
}

fn draw_numbers(argument: &str, numbers: &[i64]) -> Result<Vec<u32>, OmegaError> {
    numbers.iter().enumerate().map(|(row, &number)| draw_number(argument, number, Some(row))).collect()
}

fn draw_number(argument: &str, number: i64, row: Option<usize>) -> Result<u32, OmegaError> {
    u32::try_from(number).map_err(|_| {
        let message = format!("{argument} must be 0 to 4294967295, found {number}");
        let error = OmegaError::new(ErrorCode::OutOfBounds, message);
        OmegaError { row, ..error.rule("C-5").column(argument).value(Value::Int(number)) }
    })
}

fn check_length(argument: &str, found: usize, expected: usize) -> Result<(), OmegaError> {
    if found == expected {
        return Ok(());
    }
    let message = format!("{argument} has {found} elements, expected {expected} as in the first argument");
    Err(OmegaError::new(ErrorCode::SizeMismatch, message).rule("C-5").column(argument).value(Value::Int(found as i64)))
}

fn check_finite(argument: &str, values: &[f64]) -> Result<(), OmegaError> {
    let Some(row) = values.iter().position(|value| !value.is_finite()) else { return Ok(()) };
    let (code, found) = if values[row].is_nan() {
        (ErrorCode::NanValue, "NaN")
    } else {
        (ErrorCode::InfiniteValue, "an infinite value")
    };
    let message = format!("{argument} must be finite, found {found}");
    Err(OmegaError::new(code, message).rule("C-5").column(argument).row(row).value(Value::Float(values[row])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::config;

    #[test]
    fn a_fee_is_a_product_from_left_to_right_in_account_currency() {
        // Q-C2: 2 lots at 1.25 are 250,000 of quote currency, 30 per million is 7.5; value_per_price / contract_size 1.
        let mut config = config();
        config.fee_per_million = 30.0;
        config.instrument.as_mut().unwrap().tick_value = None;
        assert_eq!(CostModel::new(&config).unwrap().fee(2.0, 1.25), 7.5);
        let instrument = config.instrument.as_mut().unwrap();
        (instrument.tick_value, instrument.tick_size) = (Some(25_000.0), 0.5);
        assert_eq!(CostModel::new(&config).unwrap().fee(2.0, 1.25), 3.75);
        config.variant = Variant::V1;
        assert_eq!(CostModel::new(&config).unwrap().fee(2.0, 1.25), 7.5);
        config.fee_min = 8.0;
        assert_eq!(CostModel::new(&config).unwrap().fee(2.0, 1.25), 8.0);
        assert_eq!(CostModel::new(&config).unwrap().fee(4.0, 1.25), 15.0);
    }

    #[test]
    fn slippage_is_fixed_plus_a_keyed_draw() {
        // Q-C1, N-6.
        let mut config = config();
        config.slippage_fixed_pips = 0.5;
        let fixed = CostModel::new(&config).unwrap();
        assert_eq!(fixed.slippage_offset(1, 2, 3, ENTRY_LEG), 0.5 * 0.0001);
        config.slippage_random_pips = 2.0;
        config.seed = 9;
        let random = CostModel::new(&config).unwrap();
        let counter = [1, (-2_i64) as u64, 3 + (rng::symbol_id("EURUSD") << 32), 1];
        let u = rng::uniform(rng::philox([9, 0], counter)[0]);
        assert_eq!(random.slippage(1, -2, 3, 1).unwrap(), (0.5 + (u * 2.0)) * 0.0001);
        assert_ne!(random.slippage_offset(1, -2, 3, ENTRY_LEG), random.slippage_offset(1, -2, 3, EXIT_LEG));
    }

    #[test]
    fn batches_equal_their_rows() {
        // C-5.
        let mut config = config();
        config.slippage_random_pips = 1.0;
        config.fee_per_million = 30.0;
        let costs = CostModel::new(&config).unwrap();
        let offsets = costs.slippage_batch(&[5, 6], &[0, 1], &[0, 7], &[0, 1]).unwrap();
        assert_eq!(offsets, [costs.slippage_offset(5, 0, 0, 0), costs.slippage_offset(6, 1, 7, 1)]);
        assert_eq!(costs.fee_batch(&[1.0, 2.0], &[1.1, 1.2]).unwrap(), [costs.fee(1.0, 1.1), costs.fee(2.0, 1.2)]);
    }

    #[test]
    fn bad_batches_name_argument_and_row() {
        // Q-C5, Q-C5b.
        let costs = CostModel::new(&config()).unwrap();
        let context = |error: OmegaError| (error.code, error.column.unwrap(), error.row);
        let length = costs.slippage_batch(&[1], &[1], &[1, 2], &[]).unwrap_err();
        assert_eq!(length.value, Some(Value::Int(2)));
        assert_eq!(context(length), (ErrorCode::SizeMismatch, "ordinals".into(), None));
        let leg = costs.slippage_batch(&[1, 1], &[1, 1], &[1, 2], &[0, -1]).unwrap_err();
        assert_eq!(context(leg), (ErrorCode::OutOfBounds, "legs".into(), Some(1)));
        let ordinal = costs.slippage(1, 1, 1 << 32, 0).unwrap_err();
        assert_eq!(context(ordinal), (ErrorCode::OutOfBounds, "ordinal".into(), None));
        let nan = costs.fee_batch(&[1.0, f64::NAN], &[f64::INFINITY, 1.0]).unwrap_err();
        assert_eq!(context(nan), (ErrorCode::NanValue, "lots".into(), Some(1)));
        let infinite = costs.fee_batch(&[1.0], &[f64::NEG_INFINITY]).unwrap_err();
        assert_eq!(context(infinite), (ErrorCode::InfiniteValue, "prices".into(), Some(0)));
    }
}
