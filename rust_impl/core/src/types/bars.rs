//! Bars of one symbol (T-2): borrowed and owned columns, and one bar, from one declaration.

use crate::error::ErrorCode;

use super::columns::{Cell, Column, Float, Table, Time, Values};

/// Borrowed columns: times and what goes with each.
macro_rules! series {
    ($(#[$meta:meta])* $name:ident { $timestamp:ident, $($value:ident,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        #[allow(missing_docs, reason = "field names are the contract's")]
        pub struct $name<'a> {
            pub $timestamp: &'a [i64],
            $(pub $value: &'a [f64],)*
        }

        impl $name<'_> {
            /// The columns, in the order of the schema.
            pub const COLUMNS: &'static [Column] =
                &[Column::of::<Time>(stringify!($timestamp)), $(Column::of::<Float>(stringify!($value)),)*];
        }
    };
}

series! {
    /// One side of the market before the join (G-1): columns of one length.
    SideColumns { timestamp, open, high, low, close, volume, }
}

series! {
    /// Ticks of one symbol (T-3): columns of one length.
    Ticks { timestamp, bid, ask, }
}

/// One tick of one symbol (T-3).
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Tick {
    pub timestamp: i64,
    pub bid: f64,
    pub ask: f64,
}

/// Bars: borrowed and owned columns, and one of them.
macro_rules! bars {
    ($timestamp:ident, $($value:ident,)*) => {
        series! {
            /// Columns of one symbol's bars (T-2), all of one length.
            Bars { $timestamp, $($value,)* }
        }

        /// Bars that own their columns.
        #[derive(Clone, Debug, Default, PartialEq)]
        #[allow(missing_docs, reason = "field names are the contract's")]
        pub struct BarColumns {
            pub $timestamp: Vec<i64>,
            $(pub $value: Vec<f64>,)*
        }

        /// One bar of one symbol (T-2), stamped by its open time.
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[allow(missing_docs, reason = "field names are the contract's")]
        pub struct Bar {
            pub $timestamp: i64,
            $(pub $value: f64,)*
        }

        impl<'a> Bars<'a> {
            /// Number of bars.
            #[must_use]
            pub const fn len(&self) -> usize {
                self.$timestamp.len()
            }

            /// Whether there is no bar.
            #[must_use]
            pub const fn is_empty(&self) -> bool {
                self.$timestamp.is_empty()
            }

            /// The price columns and the volume with their names, in T-2 order.
            #[must_use]
            pub const fn value_columns(&self) -> [(&'static str, &'a [f64]); Bars::COLUMNS.len() - 1] {
                [$((stringify!($value), self.$value),)*]
            }

            /// Row `index` as a record.
            ///
            /// # Panics
            /// If a column is shorter.
            #[inline]
            #[must_use]
            pub fn bar(&self, index: usize) -> Bar {
                Bar { $timestamp: self.$timestamp[index], $($value: self.$value[index],)* }
            }
        }

        impl BarColumns {
            /// Columns with room for `rows`.
            #[must_use]
            pub fn with_capacity(rows: usize) -> Self {
                Self { $timestamp: Vec::with_capacity(rows), $($value: Vec::with_capacity(rows),)* }
            }

            /// The columns as a run takes them.
            #[must_use]
            pub fn view(&self) -> Bars<'_> {
                Bars { $timestamp: &self.$timestamp, $($value: &self.$value,)* }
            }
        }

        impl Table for BarColumns {
            const COLUMNS: &'static [Column] = Bars::COLUMNS;

            fn into_columns(self) -> Vec<(Column, Values)> {
                let values = [Time::values(self.$timestamp), $(Float::values(self.$value),)*];
                Self::COLUMNS.iter().copied().zip(values).collect()
            }
        }
    };
}

bars! {
    timestamp,
    bid_open,
    bid_high,
    bid_low,
    bid_close,
    ask_open,
    ask_high,
    ask_low,
    ask_close,
    volume,
}

/// Counts of Q-T2b, in the order of the Protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "names are the contract's")]
pub struct QualityFindings {
    pub crossed_quotes: u64,
    pub zero_spread: u64,
    pub gaps: u64,
    pub spikes: u64,
    pub weekend_bars: u64,
    pub uneven_steps: u64,
}

/// One breach or finding of all bars (Q-T2e).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarFinding {
    /// The contract's rule.
    pub rule: &'static str,
    /// Code of X-1, 0 for a finding.
    pub code: i32,
    /// The column at fault, or the finding's name.
    pub column: String,
    /// What must be so, or the finding's name.
    pub message: String,
    /// How often it was found.
    pub count: u64,
    /// The first rows, at most five.
    pub rows: Vec<u64>,
}

impl BarFinding {
    /// One that was found once.
    #[must_use]
    pub fn new(rule: &'static str, code: ErrorCode, column: &str, message: &str, rows: Vec<u64>) -> Self {
        Self { rule, code: code as i32, column: column.to_owned(), message: message.to_owned(), count: 1, rows }
    }
}
