//! `mean_reversion_z_score` (A-2 … A-10): trade back to the mean when the price is far from it.

use crate::error::{ErrorCode, OmegaError};
use crate::execution::columns::Position;
use crate::numbers::quantize;
use crate::strategy::bands::{BandScenarios, enabled_checks, is_enabled};
use crate::strategy::base::{Action, BarSlice, Strategy};
use crate::strategy::indicator_block::IndicatorBlock;
use crate::terms::symbol_terms;
use crate::types::{
    Bars, Decision, Decisions, Direction, EngineConfig, MeanReversionParameters, OrderType, Signal, SignalType,
    UNSET_FLOAT, UNSET_TIME, is_unset,
};

/// Scenario 1 here, over streamed indicators: memory of O(window), the numbers of the series functions. The others
/// are in `bands`.
#[derive(Debug)]
pub struct MeanReversionZScore {
    parameters: MeanReversionParameters,
    magic_number: i64,
    has_long: bool,
    has_short: bool,
    digits: u32,
    /// None unless scenario 1 is enabled.
    indicators: Option<IndicatorBlock>,
    bands: Option<BandScenarios>,
    decisions: Decisions,
}

impl Strategy for MeanReversionZScore {
    fn on_init(config: &EngineConfig, bars: &Bars<'_>) -> Result<Self, OmegaError> {
        let Some(strategy) = &config.strategy else {
            let message = "expected the parameters of mean_reversion_z_score, found none";
            return Err(OmegaError::new(ErrorCode::InvalidArgument, message).rule("A-2").column("strategy"));
        };
        let given = &strategy.parameters;
        let digits = symbol_terms(config)?.digits;
        let (has_long, has_short) = (is_enabled(given, 1, Direction::Long), is_enabled(given, 1, Direction::Short));
        let has_bands = !enabled_checks(given).is_empty();
        Ok(Self {
            indicators: (has_long || has_short).then(|| IndicatorBlock::new(given, bars.len())).transpose()?,
            bands: has_bands.then(|| BandScenarios::new(config, given, digits, bars)).transpose()?,
            parameters: given.clone(),
            magic_number: strategy.magic_number,
            has_long,
            has_short,
            digits,
            decisions: Decisions::default(),
        })
    }

    #[inline]
    fn evaluate(&mut self, bar: &BarSlice<'_>) -> Option<Signal> {
        // A NaN fails both comparisons: a missing value means no signal.
        let mut z = f64::NAN;
        if let Some(indicators) = &mut self.indicators {
            let row = indicators.row_of(bar.bars, bar.row);
            z = indicators.z[row];
        }
        if z >= self.parameters.z_score_short && self.has_short {
            let signal = self.first(bar, Direction::Short, z);
            if signal.is_some() {
                return signal;
            }
        }
        if z <= self.parameters.z_score_long && self.has_long {
            let signal = self.first(bar, Direction::Long, z);
            if signal.is_some() {
                return signal;
            }
        }
        rule!("A-3", z.is_nan() || z <= self.parameters.z_score_long || z >= self.parameters.z_score_short);
        let decision = self.bands.as_ref()?.decide(bar.bars, bar.row)?;
        self.signal(bar, &decision)
    }

    fn decisions(self) -> Decisions {
        self.decisions
    }

    #[inline]
    fn manage_position(&self, _: &Position, _: &BarSlice<'_>) -> Action {
        Action::Hold
    }
}

impl MeanReversionZScore {
    /// The signal of scenario 1.
    fn first(&mut self, bar: &BarSlice<'_>, direction: Direction, z: f64) -> Option<Signal> {
        let indicators = self.indicators.as_ref()?;
        let row = bar.row - indicators.start;
        let decision = Decision {
            timestamp: bar.bars.timestamp[bar.row],
            scenario: 1,
            direction,
            z,
            atr: if direction == Direction::Short { indicators.atr_ask[row] } else { indicators.atr_bid[row] },
            spread: bar.bars.ask_close[bar.row] - bar.bars.bid_close[bar.row],
            ema: indicators.ema[row],
            ..Decision::UNSET
        };
        self.signal(bar, &decision)
    }

    /// Market order (A-8, Q-A4, Q-A5); none if its stop or target is undefined.
    fn signal(&mut self, bar: &BarSlice<'_>, decision: &Decision) -> Option<Signal> {
        let (bars, row, direction) = (bar.bars, bar.row, decision.direction);
        let distance = self.parameters.atr_mult * decision.atr;
        let is_long = direction == Direction::Long;
        let stop_loss = if is_long { bars.bid_low[row] - distance } else { bars.bid_high[row] + distance };
        let target = if is_unset(decision.ema) { decision.mid } else { decision.ema };
        if target.is_nan() || stop_loss.is_nan() {
            rule!("A-3");
            return None;
        }
        self.decisions.push(decision);
        rule!("A-4", decision.scenario == 1);
        rule!("A-5", decision.scenario == 2);
        rule!("A-6", decision.scenario == 3);
        rule!("A-7", decision.scenario > 3);
        rule!("Q-A7", decision.scenario == 4);
        rule!("Q-A7b", decision.scenario == 5);
        rule!("Q-A7c", decision.scenario == 6);
        rule!("A-8", quantize(stop_loss, self.digits) != stop_loss || quantize(target, self.digits) != target);
        Some(Signal {
            timestamp: decision.timestamp,
            symbol: 0,
            signal_type: SignalType::Entry,
            direction: Some(direction),
            order_type: Some(OrderType::Market),
            price: if is_long { bars.ask_close[row] } else { bars.bid_close[row] },
            size: UNSET_FLOAT,
            stop_loss: quantize(stop_loss, self.digits),
            take_profit: quantize(target, self.digits),
            magic_number: self.magic_number,
            expires_at: UNSET_TIME,
            max_holding: self.parameters.max_holding.unwrap_or(UNSET_TIME),
            trailing_distance: UNSET_FLOAT,
            trailing_step: UNSET_FLOAT,
            break_even_at_r: UNSET_FLOAT,
            break_even_offset: UNSET_FLOAT,
            fraction: UNSET_FLOAT,
            row: self.decisions.len() as i64 - 1,
        })
    }
}

#[cfg(test)]
#[path = "tests/mean_reversion_z_score.rs"]
mod tests;
