//! `mean_reversion_z_score`, scenario 1 (A-2 … ).

use crate::error::{ErrorCode, OmegaError};
use crate::indicators::atr::Atr;
use crate::indicators::ema::Ema;
use crate::indicators::true_range::TrueRange;
use crate::indicators::zscore::ResidualZScore;
use crate::numbers::quantize;
use crate::sizing::SymbolTerms;
use crate::strategy::{Action, OpenPosition, Strategy};
use crate::types::{
    Bar, Bars, Direction, DirectionFilter, EngineConfig, MeanReversionParameters, OrderType, Signal, SignalType,
};

/// Least number of rows computed at once: enough to amortise the block's overhead, few enough for the first cache.
const BLOCK_ROWS: usize = 256;

/// Scenario 1 over streamed indicators: memory of O(window), the numbers of the series functions.
#[derive(Debug)]
pub struct MeanReversionZScore {
    parameters: MeanReversionParameters,
    magic_number: i64,
    digits: u32,
    timeframe: i64,
    indicators: IndicatorBlock,
}

impl Strategy for MeanReversionZScore {
    fn on_init(config: &EngineConfig, bars: &Bars<'_>) -> Result<Self, OmegaError> {
        let Some(strategy) = &config.strategy else {
            let message = "expected the parameters of mean_reversion_z_score, found none";
            return Err(OmegaError::new(ErrorCode::InvalidArgument, message).rule("A-2").column("strategy"));
        };
        Ok(Self {
            parameters: strategy.parameters.clone(),
            magic_number: strategy.magic_number,
            digits: SymbolTerms::new(config)?.digits,
            timeframe: config.timeframe,
            indicators: IndicatorBlock::new(&strategy.parameters, bars.len())?,
        })
    }

    fn primary_timeframe(&self) -> i64 {
        self.timeframe
    }

    #[inline]
    fn evaluate(&mut self, bars: &Bars<'_>, index: usize) -> Option<Signal> {
        let row = self.indicators.row_of(bars, index);
        let z = self.indicators.z[row];
        // A NaN is beyond neither threshold.
        if sabotage!(ThresholdStrict => z > self.parameters.z_score_short, else z >= self.parameters.z_score_short)
            && self.trades(Direction::Short)
        {
            let signal = self.signal(Direction::Short, bars, index, row);
            if signal.is_some() {
                return signal;
            }
        }
        if sabotage!(ThresholdStrict => z < self.parameters.z_score_long, else z <= self.parameters.z_score_long)
            && self.trades(Direction::Long)
        {
            return self.signal(Direction::Long, bars, index, row);
        }
        rule!("A-3", z.is_nan() || z <= self.parameters.z_score_long || z >= self.parameters.z_score_short);
        None
    }

    #[inline]
    fn manage_position(&self, _: &OpenPosition, _: &Bar) -> Action {
        Action::Hold
    }
}

impl MeanReversionZScore {
    fn trades(&self, direction: Direction) -> bool {
        match self.parameters.direction_filter {
            DirectionFilter::Both => true,
            DirectionFilter::Long => sabotage!(FilterIgnored => true, else direction == Direction::Long),
            DirectionFilter::Short => direction == Direction::Short,
        }
    }

    /// Market order with stop and target of Q-A4; none while an indicator is missing.
    fn signal(&self, direction: Direction, bars: &Bars<'_>, index: usize, row: usize) -> Option<Signal> {
        let atr_mult = self.parameters.atr_mult;
        let mean = self.indicators.ema[row];
        let (price, stop_loss) = match direction {
            Direction::Long => (bars.ask_close[index], bars.bid_low[index] - (atr_mult * self.indicators.atr_bid[row])),
            Direction::Short => {
                let atr = sabotage!(
                    AtrOfOtherSide => self.indicators.atr_bid[row],
                    else self.indicators.atr_ask[row]
                );
                (bars.bid_close[index], bars.bid_high[index] + (atr_mult * atr))
            }
        };
        if mean.is_nan() || stop_loss.is_nan() {
            rule!("A-3");
            return None;
        }
        rule!("A-4");
        rule!("A-8", quantize(stop_loss, self.digits) != stop_loss || quantize(mean, self.digits) != mean);
        Some(Signal {
            timestamp: bars.timestamp[index],
            is_run_symbol: true,
            signal_type: SignalType::Entry,
            direction: Some(direction),
            order_type: Some(OrderType::Market),
            price,
            size: f64::NAN,
            stop_loss: sabotage!(StopNotQuantized => stop_loss, else quantize(stop_loss, self.digits)),
            take_profit: quantize(mean, self.digits),
            magic_number: self.magic_number,
            expires_at: crate::types::UNSET_TIME,
            max_holding: sabotage!(HoldingDropped => crate::types::UNSET_TIME, else self.parameters.max_holding.unwrap_or(crate::types::UNSET_TIME)),
            moves_stop: false,
            row: -1,
        })
    }
}

/// The indicators of the rows `start .. end`, computed block after block by the kernels of the series functions.
#[derive(Debug)]
struct IndicatorBlock {
    start: usize,
    end: usize,
    ema: Vec<f64>,
    z: Vec<f64>,
    atr_bid: Vec<f64>,
    atr_ask: Vec<f64>,
    ema_kernel: Ema,
    z_kernel: ResidualZScore,
    bid: AtrKernel,
    ask: AtrKernel,
}

impl IndicatorBlock {
    fn new(parameters: &MeanReversionParameters, rows: usize) -> Result<Self, OmegaError> {
        let z_kernel = ResidualZScore::new(parameters.window_length, rows)?;
        // Whole windows, because the blocks of N-7 start at row 0; never more than there are rows.
        let windows = BLOCK_ROWS.div_ceil(z_kernel.block_length());
        let length = (windows * z_kernel.block_length()).min(rows);
        Ok(Self {
            start: 0,
            end: 0,
            ema: vec![f64::NAN; length],
            z: vec![f64::NAN; length],
            atr_bid: vec![f64::NAN; length],
            atr_ask: vec![f64::NAN; length],
            ema_kernel: Ema::new(parameters.ema_length)?,
            z_kernel,
            bid: AtrKernel::new(parameters.atr_length)?,
            ask: AtrKernel::new(parameters.atr_length)?,
        })
    }

    /// Position of row `index` in the block's columns, after computing as far as it.
    #[inline]
    fn row_of(&mut self, bars: &Bars<'_>, index: usize) -> usize {
        while index >= self.end {
            self.compute_next(bars);
        }
        index - self.start
    }

    fn compute_next(&mut self, bars: &Bars<'_>) {
        self.start = self.end;
        self.end = (self.start + self.z.len()).min(bars.len());
        let length = self.end - self.start;
        let rows = self.start..self.end;
        let closes = &bars.bid_close[rows.clone()];
        let bid = (&bars.bid_high[rows.clone()], &bars.bid_low[rows.clone()]);
        let ask = (&bars.ask_high[rows.clone()], &bars.ask_low[rows.clone()], &bars.ask_close[rows]);
        // One loop for three recursions that wait for nothing but themselves.
        for (row, &close) in closes.iter().enumerate() {
            self.ema[row] = self.ema_kernel.step(close);
            self.atr_bid[row] = self.bid.step(bid.0[row], bid.1[row], close);
            self.atr_ask[row] = self.ask.step(ask.0[row], ask.1[row], ask.2[row]);
        }
        self.z_kernel.advance_blocks(closes, &self.ema[..length], &mut self.z[..length]);
    }
}

/// ATR of one side, straight from its bars.
#[derive(Debug)]
struct AtrKernel {
    true_range: TrueRange,
    atr: Atr,
}

impl AtrKernel {
    fn new(period: usize) -> Result<Self, OmegaError> {
        Ok(Self { true_range: TrueRange::default(), atr: Atr::new(period)? })
    }

    #[inline]
    fn step(&mut self, high: f64, low: f64, close: f64) -> f64 {
        let true_range = self.true_range.step(high, low, close);
        self.atr.step(true_range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::atr::atr;
    use crate::indicators::ema::ema;
    use crate::indicators::zscore::{Mean, zscore};
    use crate::sample::sample_bars;
    use crate::test_support::{config, strategy_config};

    fn signals_of(config: &EngineConfig, rows: usize, step: usize) -> Vec<Signal> {
        let bars = sample_bars(rows, 7).unwrap();
        let view = bars.view();
        let mut strategy = MeanReversionZScore::on_init(config, &view).unwrap();
        (0..rows).step_by(step).filter_map(|index| strategy.evaluate(&view, index)).collect()
    }

    #[test]
    fn streamed_indicators_are_the_series() {
        // N-7, I-17: for windows below, at and above a block, whatever bars are asked for.
        for (window, step) in [(2, 1), (3, 7), (100, 1), (256, 3), (300, 501), (5000, 1)] {
            let mut config = strategy_config();
            let parameters = &mut config.strategy.as_mut().unwrap().parameters;
            parameters.window_length = window;
            let parameters = parameters.clone();
            let bars = sample_bars(1500, 7).unwrap();
            let view = bars.view();
            let mut block = IndicatorBlock::new(&parameters, 1500).unwrap();
            let z = zscore(&bars.bid_close, window, Mean::Ema(parameters.ema_length)).unwrap();
            let means = ema(&bars.bid_close, parameters.ema_length).unwrap();
            let atr_ask = atr(&bars.ask_high, &bars.ask_low, &bars.ask_close, parameters.atr_length).unwrap();
            let same = |a: f64, b: f64| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
            for index in (0..1500).step_by(step) {
                let row = block.row_of(&view, index);
                assert!(same(block.z[row], z[index]), "z, window {window}, row {index}");
                assert!(same(block.ema[row], means[index]) && same(block.atr_ask[row], atr_ask[index]));
            }
        }
    }

    #[test]
    fn a_signal_has_the_prices_of_its_bar() {
        // Q-A4, A-8.
        let bars = sample_bars(2000, 7).unwrap();
        let means = ema(&bars.bid_close, 30).unwrap();
        let atr_bid = atr(&bars.bid_high, &bars.bid_low, &bars.bid_close, 14).unwrap();
        let atr_ask = atr(&bars.ask_high, &bars.ask_low, &bars.ask_close, 14).unwrap();
        let signals = signals_of(&strategy_config(), 2000, 1);
        assert!(signals.iter().any(|signal| signal.direction == Some(Direction::Long)));
        assert!(signals.iter().any(|signal| signal.direction == Some(Direction::Short)));
        for signal in signals {
            let row = bars.timestamp.binary_search(&signal.timestamp).unwrap();
            let (price, stop_loss) = match signal.direction.unwrap() {
                Direction::Long => (bars.ask_close[row], bars.bid_low[row] - (2.0 * atr_bid[row])),
                Direction::Short => (bars.bid_close[row], bars.bid_high[row] + (2.0 * atr_ask[row])),
            };
            assert_eq!((signal.price, signal.stop_loss), (price, quantize(stop_loss, 5)));
            assert_eq!(signal.take_profit, quantize(means[row], 5));
            assert_eq!((signal.magic_number, signal.row), (1, -1));
        }
    }

    #[test]
    fn the_direction_filter_and_missing_indicators_hold_signals_back() {
        let mut config = strategy_config();
        for (filter, direction) in
            [(DirectionFilter::Long, Direction::Long), (DirectionFilter::Short, Direction::Short)]
        {
            config.strategy.as_mut().unwrap().parameters.direction_filter = filter;
            let signals = signals_of(&config, 2000, 1);
            assert!(!signals.is_empty() && signals.iter().all(|signal| signal.direction == Some(direction)));
        }
        config.strategy.as_mut().unwrap().parameters.atr_length = 3000;
        assert!(signals_of(&config, 2000, 1).is_empty());
    }

    #[test]
    fn short_is_asked_before_long() {
        let mut config = strategy_config();
        let parameters = &mut config.strategy.as_mut().unwrap().parameters;
        (parameters.z_score_long, parameters.z_score_short) = (100.0, -100.0);
        assert!(signals_of(&config, 500, 1).iter().all(|signal| signal.direction == Some(Direction::Short)));
    }

    #[test]
    fn it_holds_positions_and_knows_its_timeframe() {
        let bars = sample_bars(10, 7).unwrap();
        let strategy = MeanReversionZScore::on_init(&strategy_config(), &bars.view()).unwrap();
        assert_eq!(strategy.primary_timeframe(), 300_000_000);
        assert!(MeanReversionZScore::on_init(&config(), &bars.view()).is_err());
    }

    #[test]
    fn periods_out_of_range_are_refused() {
        let bars = sample_bars(10, 7).unwrap();
        let refuse = |change: fn(&mut MeanReversionParameters)| {
            let mut config = strategy_config();
            change(&mut config.strategy.as_mut().unwrap().parameters);
            MeanReversionZScore::on_init(&config, &bars.view()).unwrap_err().code
        };
        assert_eq!(refuse(|parameters| parameters.window_length = 1), ErrorCode::OutOfBounds);
        assert_eq!(refuse(|parameters| parameters.ema_length = 0), ErrorCode::OutOfBounds);
        assert_eq!(refuse(|parameters| parameters.atr_length = 0), ErrorCode::OutOfBounds);
    }
}
