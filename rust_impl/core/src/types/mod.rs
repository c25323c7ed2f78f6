//! No twin: records and closed sets of the contract (T-1 … T-9), each declared once; their Python is `omega.contract`.
//!
//! A test holds that Python to what stands here, field by field.
//!
//! Times are i64 microseconds since the epoch, UTC. Inside the core an unset float is [`UNSET_FLOAT`], one NaN that no
//! operation makes, and an unset time is [`UNSET_TIME`]; the binding turns both into Arrow nulls. A NaN that was computed
//! stays a NaN there and is told from what was never set. Text never enters the core.

#[macro_use]
mod sets;

mod bars;
pub mod columns;
pub mod config;
pub mod indicators;
mod metrics;
pub mod ranges;
mod run;
mod signals;
mod states;
mod tables;
mod timeframes;

pub use bars::{Bar, BarColumns, BarFinding, Bars, QualityFindings, SideColumns, Tick, Ticks};
pub use config::{
    Commission, EngineConfig, HigherBars, Instrument, MeanReversionParameters, Overlay, Rate, StrategyConfig, Swap,
};
pub use metrics::{Metric, Metrics};
pub use run::{DetailBars, RunControl, RunOutput};
pub use sets::{
    BelowMin, CLOSED_SETS, ChargedSides, ClosedSet, CommissionBasis, DecisionPoint, Direction, DirectionFilter,
    EventKind, Intrabar, MarketFill, OnRuin, OrderType, OverlayMode, Reason, SignalTime, SignalType, SizingMode,
    SliceMode, Status, StopKind, Trend, Variant, VolatilityFeature,
};
pub use signals::{Signal, Signals};
pub use states::{
    BarPrices, Counters, EqualSignals, Portfolio, Position, StateAccount, StateBar, StateMoney, StateOrdinals,
    StatePositions, StateWaiting, StateWords, WaitingSignal,
};
pub use tables::{
    Decision, Decisions, Equity, Event, Events, FOREIGN_SYMBOL, Positions, SliceRow, Slices, TABLES, Trade, Trades,
};
pub use timeframes::TIMEFRAMES;

/// "Not set" for prices, sizes and money: a NaN like any other in comparisons, with bits that arithmetic on numbers does
/// not make (its NaN has an empty payload on every platform of ours). Ask by [`is_unset`].
pub const UNSET_FLOAT: f64 = f64::from_bits(0x7ff8_756e_7365_7400);

/// Whether a float is [`UNSET_FLOAT`]; a computed NaN is not.
#[inline]
#[must_use]
pub const fn is_unset(value: f64) -> bool {
    value.to_bits() == UNSET_FLOAT.to_bits()
}

/// "Not set" for times and durations.
pub const UNSET_TIME: i64 = i64::MIN;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_computed_nan_is_not_what_was_never_set() {
        // T-10: what arithmetic on numbers makes, and what it leaves of the mark itself.
        let infinity = std::hint::black_box(f64::INFINITY);
        let zero = std::hint::black_box(0.0);
        for made in [infinity - infinity, infinity * zero, zero / zero, infinity / infinity, f64::NAN, -f64::NAN] {
            assert!(made.is_nan() && !is_unset(made));
        }
        assert!(UNSET_FLOAT.is_nan() && is_unset(UNSET_FLOAT) && !is_unset(0.0));
    }
}
