//! What a run yields, and what it shares with whoever waits for it.

use std::sync::atomic::{AtomicBool, AtomicU64};

use super::{Bars, Decisions, Equity, Events, Metrics, Positions, Trades};

/// Everything a run yields.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "as in `omega.contract.protocols.RunOutput`")]
pub struct RunOutput {
    pub trades: Trades,
    pub events: Events,
    pub equity: Equity,
    pub positions: Positions,
    /// 16 bytes per bar.
    pub chain: Vec<u8>,
    pub metrics: Metrics,
    pub decisions: Decisions,
}

/// Bars of a finer timeframe under those of a run (E-22).
#[derive(Clone, Copy, Debug)]
pub struct DetailBars<'a> {
    /// All of them.
    pub bars: Bars<'a>,
    /// Length of one of them, µs.
    pub timeframe: i64,
}

/// Shared by a run and whoever waits for it: progress one way, cancellation the other (L-2).
#[derive(Debug, Default)]
pub struct RunControl {
    /// Bars finished so far.
    pub bars_done: AtomicU64,
    /// Set to stop the run at the next check.
    pub is_cancelled: AtomicBool,
}
