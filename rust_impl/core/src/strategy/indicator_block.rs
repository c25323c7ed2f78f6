//! No twin: the reference computes whole series; here they are streamed, block after block, so that a run needs O(window).

use crate::error::OmegaError;
use crate::indicators::atr::Atr;
use crate::indicators::ema::Ema;
use crate::indicators::true_range::TrueRange;
use crate::indicators::zscore::ResidualZScore;
use crate::types::{Bars, MeanReversionParameters};

/// Least number of rows computed at once: enough to amortise the block's overhead, few enough for the first cache.
const BLOCK_ROWS: usize = 256;

/// The indicators of the rows `start .. end`, computed block after block by the kernels of the series functions.
#[derive(Debug)]
pub(super) struct IndicatorBlock {
    pub start: usize,
    end: usize,
    pub ema: Vec<f64>,
    pub z: Vec<f64>,
    pub atr_bid: Vec<f64>,
    pub atr_ask: Vec<f64>,
    ema_kernel: Ema,
    z_kernel: ResidualZScore,
    bid: AtrKernel,
    ask: AtrKernel,
}

impl IndicatorBlock {
    pub fn new(parameters: &MeanReversionParameters, rows: usize) -> Result<Self, OmegaError> {
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
    pub fn row_of(&mut self, bars: &Bars<'_>, index: usize) -> usize {
        while index >= self.end {
            self.compute_next(bars);
        }
        index - self.start
    }

    fn compute_next<'a>(&mut self, bars: &Bars<'a>) {
        self.start = self.end;
        self.end = (self.start + self.z.len()).min(bars.len());
        let length = self.end - self.start;
        // Of one length that is known: no row is compared with it.
        let column = |values: &'a [f64]| &values[self.start..][..length];
        let (closes, bid) = (column(bars.bid_close), [column(bars.bid_high), column(bars.bid_low)]);
        let ask = [column(bars.ask_high), column(bars.ask_low), column(bars.ask_close)];
        let (means, atr) = (&mut self.ema[..length], [&mut self.atr_bid[..length], &mut self.atr_ask[..length]]);
        // Copies, because steps through `self` would wait for its memory.
        let mut kernels = (self.ema_kernel.clone(), self.bid.clone(), self.ask.clone());
        // One loop for three recursions that wait for nothing but themselves.
        for row in 0..length {
            means[row] = kernels.0.step(closes[row]);
            atr[0][row] = kernels.1.step(bid[0][row], bid[1][row], closes[row]);
            atr[1][row] = kernels.2.step(ask[0][row], ask[1][row], ask[2][row]);
        }
        (self.ema_kernel, self.bid, self.ask) = kernels;
        self.z_kernel.advance_blocks(closes, means, &mut self.z[..length]);
    }
}

/// ATR of one side, straight from its bars.
#[derive(Clone, Debug)]
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
