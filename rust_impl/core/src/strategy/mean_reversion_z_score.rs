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
        if z >= self.parameters.z_score_short && self.trades(Direction::Short) {
            let signal = self.signal(Direction::Short, bars, index, row);
            if signal.is_some() {
                return signal;
            }
        }
        if z <= self.parameters.z_score_long && self.trades(Direction::Long) {
            return self.signal(Direction::Long, bars, index, row);
        }
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
            DirectionFilter::Long => direction == Direction::Long,
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
                (bars.bid_close[index], bars.bid_high[index] + (atr_mult * self.indicators.atr_ask[row]))
            }
        };
        if mean.is_nan() || stop_loss.is_nan() {
            return None;
        }
        Some(Signal {
            timestamp: bars.timestamp[index],
            is_run_symbol: true,
            signal_type: SignalType::Entry,
            direction: Some(direction),
            order_type: Some(OrderType::Market),
            price,
            size: f64::NAN,
            stop_loss: quantize(stop_loss, self.digits),
            take_profit: quantize(mean, self.digits),
            magic_number: self.magic_number,
            expires_at: crate::types::UNSET_TIME,
            max_holding: self.parameters.max_holding,
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
