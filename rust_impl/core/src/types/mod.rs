//! No twin: records and closed sets of the contract (T-1 … T-9), each declared once; their Python is `omega.contract`.
//!
//! A test holds that Python to what stands here, field by field.
//!
//! Times are i64 microseconds since the epoch, UTC. Inside the core an unset float is NaN and an unset time is
//! [`UNSET_TIME`]; the binding turns both into Arrow nulls. Text never enters the core.

#[macro_use]
mod sets;

mod bars;
pub mod columns;
pub mod config;
mod metrics;
pub mod ranges;
mod run;
mod signals;
mod tables;
mod timeframes;

pub use bars::{Bar, BarColumns, Bars, QualityFindings, SideColumns};
pub use config::{EngineConfig, Instrument, MeanReversionParameters, StrategyConfig};
pub use metrics::{Metric, Metrics};
pub use run::{RunControl, RunOutput};
pub use sets::{
    BelowMin, CLOSED_SETS, ClosedSet, Direction, DirectionFilter, EventKind, OrderType, Reason, SignalType, Status,
    StopKind, Variant,
};
pub use signals::{Signal, Signals};
pub use tables::{Equity, Event, Events, Position, Positions, TABLES, Trade, Trades};
pub use timeframes::TIMEFRAMES;

/// "Not set" for times and durations.
pub const UNSET_TIME: i64 = i64::MIN;
