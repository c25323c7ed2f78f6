//! Slippage, fees and commission of one run's configuration (C-1, C-2, C-3, C-5).

use crate::costs::commission::{CommissionTerms, commission_terms, fill_commission};
use crate::costs::fee::fill_fee;
use crate::costs::slippage::slippage_offset;
use crate::error::{ErrorCode, OmegaError, Value};
use crate::grid::Grid;
use crate::rng;
use crate::terms::symbol_terms;
use crate::types::{Direction, EngineConfig, OrderType};
use crate::variants::variant_rules;

const WORD_END: i64 = 1 << 32;
const DIRECTION_END: i64 = Direction::ALL.len() as i64;
const ORDER_TYPE_END: i64 = OrderType::ALL.len() as i64;

/// Slippage, fees and commission of one run's configuration.
#[derive(Clone, Debug)]
pub struct CostModel {
    seed: u64,
    symbol_id: u64,
    fixed_pips: f64,
    random_pips: f64,
    pip_size: f64,
    grid: Grid,
    contract_size: f64,
    per_million: f64,
    min_fee: f64,
    /// From quote to account currency; v1 does not.
    converts: bool,
    /// Instead of the fee.
    commission: Option<CommissionTerms>,
}

impl CostModel {
    /// Resolves the configuration.
    ///
    /// # Errors
    /// As [`symbol_terms`] and [`commission_terms`].
    pub fn new(config: &EngineConfig) -> Result<Self, OmegaError> {
        let terms = symbol_terms(config)?;
        Ok(Self {
            seed: config.seed,
            symbol_id: rng::symbol_id(&config.symbol),
            fixed_pips: config.slippage_fixed_pips,
            random_pips: config.slippage_random_pips,
            pip_size: terms.pip_size,
            grid: terms.grid,
            contract_size: terms.contract_size,
            per_million: config.fee_per_million,
            min_fee: config.fee_min,
            converts: variant_rules(config.variant).converts_fees,
            commission: commission_terms(config, &terms)?,
        })
    }

    /// Unsigned offset in price of one fill (Q-C1, N-6); `ordinal` is k of N-6, `leg` 0 for an entry, 1 for an exit;
    /// `direction` and `order_type` are the order's, as the numbers of T-6.
    ///
    /// # Errors
    /// OUT_OF_BOUNDS for an `ordinal` or `leg` outside 0 … 2³²−1, and for no direction or order type (Q-C5b).
    pub fn slippage(
        &self,
        timestamp: i64,
        magic_number: i64,
        ordinal: i64,
        leg: i64,
        direction: i64,
        order_type: i64,
    ) -> Result<f64, OmegaError> {
        let ordinal = check_word("ordinal", ordinal, WORD_END, None)?;
        let leg = check_word("leg", leg, WORD_END, None)?;
        let direction = check_word("direction", direction, DIRECTION_END, None)?;
        let order_type = check_word("order_type", order_type, ORDER_TYPE_END, None)?;
        Ok(self.fill_slippage(timestamp, magic_number, ordinal, leg, direction, order_type))
    }

    /// [`Self::slippage`] of words that are checked by their type.
    #[must_use]
    pub fn fill_slippage(
        &self,
        timestamp: i64,
        magic_number: i64,
        ordinal: u32,
        leg: u32,
        direction: u32,
        order_type: u32,
    ) -> f64 {
        let mut u = 0.0;
        if self.random_pips != 0.0 {
            u = rng::uniform(self.seed, timestamp, magic_number, ordinal, self.symbol_id, leg, direction, order_type);
        }
        slippage_offset(self.fixed_pips, self.random_pips, u, self.pip_size, &self.grid)
    }

    /// Fee of one fill in account currency, or its commission (C-2, C-3): `value` is what its price is worth (Q-S1),
    /// `time` its bar's, µs, at which rates count, and `leg` 0 for the entry, any other for an exit (N-6).
    #[must_use]
    pub fn fee(&self, lots: f64, price: f64, value: f64, time: i64, leg: i64) -> f64 {
        if let Some(commission) = &self.commission {
            return fill_commission(commission, lots, price, value, time, leg);
        }
        let conversion = if self.converts { value / self.contract_size } else { 1.0 };
        fill_fee(lots, price, self.contract_size, self.per_million, conversion, self.min_fee)
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
        directions: &[i64],
        order_types: &[i64],
    ) -> Result<Vec<f64>, OmegaError> {
        let rows = timestamps.len();
        check_length("magic_numbers", magic_numbers.len(), rows)?;
        check_length("ordinals", ordinals.len(), rows)?;
        check_length("legs", legs.len(), rows)?;
        check_length("directions", directions.len(), rows)?;
        check_length("order_types", order_types.len(), rows)?;
        let ordinals = check_words("ordinals", ordinals, WORD_END)?;
        let legs = check_words("legs", legs, WORD_END)?;
        let directions = check_words("directions", directions, DIRECTION_END)?;
        let order_types = check_words("order_types", order_types, ORDER_TYPE_END)?;
        let slippage = |row: usize| {
            let (ordinal, leg, direction, order_type) = (ordinals[row], legs[row], directions[row], order_types[row]);
            self.fill_slippage(timestamps[row], magic_numbers[row], ordinal, leg, direction, order_type)
        };
        Ok((0..rows).map(slippage).collect())
    }

    /// [`Self::fee`] over arrays of one length (C-5).
    ///
    /// # Errors
    /// SIZE_MISMATCH; NAN_VALUE, INFINITE_VALUE or OUT_OF_BOUNDS naming argument and row (Q-C5).
    pub fn fee_batch(
        &self,
        lots: &[f64],
        prices: &[f64],
        values: &[f64],
        times: &[i64],
        legs: &[i64],
    ) -> Result<Vec<f64>, OmegaError> {
        check_length("prices", prices.len(), lots.len())?;
        check_length("values", values.len(), lots.len())?;
        check_length("times", times.len(), lots.len())?;
        check_length("legs", legs.len(), lots.len())?;
        check_finite("lots", lots)?;
        check_finite("prices", prices)?;
        check_finite("values", values)?;
        check_words("legs", legs, WORD_END)?;
        let fee = |row: usize| self.fee(lots[row], prices[row], values[row], times[row], legs[row]);
        Ok((0..lots.len()).map(fee).collect())
    }
}

fn check_length(argument: &str, length: usize, rows: usize) -> Result<(), OmegaError> {
    if length == rows {
        return Ok(());
    }
    let message = format!("{argument} has {length} elements, expected {rows} as in the first argument");
    Err(OmegaError::new(ErrorCode::SizeMismatch, message).rule("C-5").column(argument).value(Value::Int(length as i64)))
}

fn check_words(argument: &str, values: &[i64], end: i64) -> Result<Vec<u32>, OmegaError> {
    values.iter().enumerate().map(|(row, &value)| check_word(argument, value, end, Some(row))).collect()
}

fn check_word(argument: &str, value: i64, end: i64, row: Option<usize>) -> Result<u32, OmegaError> {
    if (0..end).contains(&value) {
        return Ok(value as u32);
    }
    let message = format!("{argument} must be 0 to {}, found {value}", end - 1);
    let error = OmegaError::new(ErrorCode::OutOfBounds, message);
    Err(OmegaError { row, ..error.rule("C-5").column(argument).value(Value::Int(value)) })
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
#[path = "tests/model.rs"]
mod tests;
