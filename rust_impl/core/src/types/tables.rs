//! The tables of a run (T-7, T-8, P-4), each declared once: columns, types, nullability.

use super::columns::{Code, Column, Duration, Float, MagicNumber, OrderId, Row, SymbolNumber, Table, Text, Time};
use super::{
    Bars, Direction, EventKind, OrderType, Reason, SideColumns, Signals, StateAccount, StateBar, StateMoney,
    StateOrdinals, StatePositions, StateWaiting, StateWords, Status, StopKind, Ticks,
};

/// A table by columns, and the record of one row where the table says `of` which.
///
/// A column that is `given` is part of the schema, but the core does not carry it. Fields under `with` are no columns.
macro_rules! table {
    (
        $(#[$meta:meta])* $name:ident $(with $(#[$extra_meta:meta])* $extra:ident: $extra_type:ty)? { $($body:tt)* }
        $($row:tt)*
    ) => {
        table!(@sort { $(#[$meta])* $name [$($(#[$extra_meta])* $extra $extra_type)?] [$($row)*] } [] [] $($body)*);
    };
    (@sort $head:tt $stored:tt [$($all:tt)*] $(#[$meta:meta])* $column:ident: given $cell:ty, $($rest:tt)*) => {
        table!(@sort $head $stored [$($all)* { $column $cell, given }] $($rest)*);
    };
    (@sort $head:tt [$($stored:tt)*] [$($all:tt)*] $(#[$meta:meta])* $column:ident: $cell:ty, $($rest:tt)*) => {
        table!(
            @sort $head [$($stored)* { $(#[$meta])* $column $cell }] [$($all)* { $column $cell, stored }] $($rest)*
        );
    };
    (
        @sort
        { $(#[$meta:meta])* $name:ident [$($(#[$extra_meta:meta])* $extra:ident $extra_type:ty)?] [$($row:tt)*] }
        [$({ $(#[$stored_meta:meta])* $stored:ident $stored_cell:ty })*]
        [$({ $column:ident $cell:ty, $origin:ident })*]
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default)]
        #[allow(missing_docs, reason = "field names are the contract's")]
        pub struct $name {
            $($(#[$extra_meta])* pub $extra: $extra_type,)?
            $($(#[$stored_meta])* pub $stored: Vec<<$stored_cell as $crate::types::columns::Cell>::Stored>,)*
        }

        impl $crate::types::columns::Table for $name {
            const COLUMNS: &'static [$crate::types::columns::Column] =
                &[$($crate::types::columns::Column::of::<$cell>(stringify!($column)),)*];

            fn into_columns(self) -> Vec<($crate::types::columns::Column, $crate::types::columns::Values)> {
                let values = [$(table!(@values self $column $cell, $origin),)*];
                Self::COLUMNS.iter().copied().zip(values).collect()
            }
        }

        table!(@rows $name [$({ $(#[$stored_meta])* $stored $stored_cell })*] $($row)*);
    };
    (@values $table:ident $column:ident $cell:ty, given) => { $crate::types::columns::Values::Given };
    (@values $table:ident $column:ident $cell:ty, stored) => {
        <$cell as $crate::types::columns::Cell>::values($table.$column)
    };
    (@rows $name:ident $stored:tt) => {};
    (
        @rows $name:ident [$({ $(#[$stored_meta:meta])* $stored:ident $cell:ty })*]
        of $(#[$meta:meta])* $row:ident
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[allow(missing_docs, reason = "field names are the contract's")]
        pub struct $row {
            $($(#[$stored_meta])* pub $stored: <$cell as $crate::types::columns::Cell>::Stored,)*
        }

        impl $row {
            /// A row in which nothing is set.
            pub const UNSET: Self = Self { $($stored: <$cell as $crate::types::columns::Cell>::UNSET,)* };
        }

        impl $name {
            /// Number of rows.
            #[must_use]
            pub fn len(&self) -> usize {
                let lengths = [$(self.$stored.len(),)*];
                lengths[0]
            }

            /// Whether there is no row.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// The row of this number.
            ///
            /// # Panics
            /// If there is none.
            #[must_use]
            pub fn row(&self, row: usize) -> $row {
                $row { $($stored: self.$stored[row],)* }
            }

            /// Appends a row.
            #[inline]
            pub fn push(&mut self, row: &$row) {
                let is_full = [$(self.$stored.len() == self.$stored.capacity(),)*];
                if is_full[0] {
                    // All columns at once and never by a few rows: a table has up to two dozen of them.
                    self.reserve(self.len().max(64));
                }
                $(self.$stored.push(row.$stored);)*
            }

            /// Makes room for `rows` more.
            #[cold]
            pub fn reserve(&mut self, rows: usize) {
                $(self.$stored.reserve(rows);)*
            }
        }
    };
    (@rows $name:ident $stored:tt read by columns, $($row:tt)+) => {
        table!(@rows $name $stored read by columns);
        table!(@rows $name $stored $($row)+);
    };
    (
        @rows $name:ident [$({ $(#[$stored_meta:meta])* $stored:ident $cell:ty })*]
        read by columns
    ) => {
        impl $name {
            /// Reads column after column, in the order of the schema.
            ///
            /// # Errors
            /// The reader's.
            pub fn read<R>(reader: &mut R) -> Result<Self, R::Error>
            where
                R: $crate::types::columns::Reader $(+ $crate::types::columns::ReadCells<$cell>)*,
            {
                use $crate::types::columns::{Column, ReadCells};
                #[allow(clippy::needless_update, reason = "some tables have a field that is no column")]
                Ok(Self {
                    $($stored: ReadCells::<$cell>::read_cells(reader, &Column::of::<$cell>(stringify!($stored)))?,)*
                    ..Self::default()
                })
            }
        }
    };
}
pub(crate) use table;

/// Every table by its name in the contract.
pub const TABLES: &[(&str, &[Column])] = &[
    ("BARS", Bars::COLUMNS),
    ("SIDE_BARS", SideColumns::COLUMNS),
    ("TICKS", Ticks::COLUMNS),
    ("SIGNALS", Signals::COLUMNS),
    ("EVENTS", Events::COLUMNS),
    ("TRADES", Trades::COLUMNS),
    ("POSITIONS", Positions::COLUMNS),
    ("DECISIONS", Decisions::COLUMNS),
    ("EQUITY", Equity::COLUMNS),
    ("SLICES", Slices::COLUMNS),
    ("STATE_ACCOUNT", StateAccount::COLUMNS),
    ("STATE_MONEY", StateMoney::COLUMNS),
    ("STATE_ORDINALS", StateOrdinals::COLUMNS),
    ("STATE_POSITIONS", StatePositions::COLUMNS),
    ("STATE_WAITING", StateWaiting::COLUMNS),
    ("STATE_BAR", StateBar::COLUMNS),
    ("STATE_WORDS", StateWords::COLUMNS),
];

/// The number of a symbol that the run has not (Q-H1).
pub const FOREIGN_SYMBOL: u16 = u16::MAX;

table! {
    /// Event rows (T-8) by column.
    Events {
        /// Without gaps, over all batches of a run.
        seq: Row,
        timestamp: Time,
        known_at: Time,
        kind: EventKind,
        order_id: Option<OrderId>,
        /// 0 for the run's, [`FOREIGN_SYMBOL`] for one that the run has not.
        symbol: SymbolNumber,
        direction: Option<Direction>,
        order_type: Option<OrderType>,
        price: Option<Float>,
        size: Option<Float>,
        stop_loss: Option<Float>,
        take_profit: Option<Float>,
        result: Option<Float>,
        fee: Option<Float>,
        reason: Option<Reason>,
        error_code: Option<Code>,
    }
    of
    /// One row of the event log (T-8); which fields are set per kind is Q-T8.
    Event
}

impl Event {
    /// An event of this kind on the run's symbol with every nullable field null.
    #[must_use]
    pub const fn new(seq: i64, timestamp: i64, known_at: i64, kind: EventKind) -> Self {
        Self { seq, timestamp, known_at, kind, ..Self::UNSET }
    }
}

impl Events {
    /// The rows so far, which leave.
    #[must_use]
    pub fn take(&mut self) -> Self {
        std::mem::take(self)
    }
}

table! {
    /// Closed positions by column, in the order of closing.
    Trades {
        order_id: OrderId,
        symbol: given Text,
        magic_number: MagicNumber,
        direction: Direction,
        order_type: OrderType,
        entry_time: Time,
        /// Unset of a market order of v1 at ticks (E-17).
        trigger_time: Option<Time>,
        entry_price: Float,
        order_price: Float,
        signal_price: Option<Float>,
        initial_stop_loss: Float,
        initial_take_profit: Option<Float>,
        stop_loss: Float,
        take_profit: Option<Float>,
        size: Float,
        risk_per_trade: Float,
        exit_time: Time,
        known_at: Time,
        exit_price: Float,
        result: Float,
        net_result: Float,
        r_multiple: Float,
        entry_fee: Float,
        exit_fee: Float,
        swap: Float,
        stop_kind: StopKind,
        reason: Reason,
        scenario: given Option<Text>,
        /// Row in the signal table, or among the decisions of a strategy.
        signal_row: Option<Row>,
    }
    read by columns, of
    /// A closed position.
    Trade
}

table! {
    /// Pending and open positions by column, in order_id order.
    Positions {
        order_id: OrderId,
        symbol: given Text,
        magic_number: MagicNumber,
        direction: Direction,
        order_type: OrderType,
        status: Status,
        entry_time: Time,
        trigger_time: Option<Time>,
        entry_price: Float,
        order_price: Float,
        signal_price: Option<Float>,
        initial_stop_loss: Float,
        initial_take_profit: Option<Float>,
        stop_loss: Float,
        take_profit: Option<Float>,
        size: Float,
        risk_per_trade: Option<Float>,
        entry_fee: Option<Float>,
        swap: Float,
        expires_at: Option<Time>,
        max_holding: Option<Duration>,
        trailing_distance: Option<Float>,
        trailing_step: Option<Float>,
        break_even_at_r: Option<Float>,
        break_even_offset: Option<Float>,
        stop_kind: StopKind,
        scenario: given Option<Text>,
        /// Row in the signal table, or among the decisions of a strategy.
        signal_row: Option<Row>,
    }
}

table! {
    /// Why a strategy gave each of its signals (Q-A10b), by column.
    Decisions {
        timestamp: Time,
        scenario: Row,
        direction: Direction,
        z: Float,
        atr: Float,
        spread: Float,
        upper: Option<Float>,
        mid: Option<Float>,
        lower: Option<Float>,
        ema: Option<Float>,
        htf_bias: Option<Float>,
        extra_htf_bias: Option<Float>,
        cluster: Option<Row>,
        overlays: Option<Row>,
    }
    of
    /// Why one signal was given.
    Decision
}

table! {
    /// One point per bar (P-4); v1 has one more at the front.
    Equity {
        timestamp: Time,
        known_at: Time,
        cash: Float,
        equity: Float,
    }
    read by columns, of
    /// The account at the close of one bar, in its currency.
    EquityPoint
}

table! {
    /// Steps over the bars of several symbols, a row per step and symbol (Q-M3c).
    Slices {
        step: Row,
        timestamp: Time,
        /// The place of the symbol (M-2).
        symbol: SymbolNumber,
        last_seen: Option<Row>,
        bid_open: Option<Float>,
        bid_high: Option<Float>,
        bid_low: Option<Float>,
        bid_close: Option<Float>,
        ask_open: Option<Float>,
        ask_high: Option<Float>,
        ask_low: Option<Float>,
        ask_close: Option<Float>,
        volume: Option<Float>,
    }
    of
    /// One symbol in one step.
    SliceRow
}

#[cfg(test)]
mod tests {
    use super::super::columns::{Column, NO_MEMBER, Time, Values};
    use super::*;

    #[test]
    fn an_incoming_table_may_lack_what_a_row_may_lack() {
        assert!(Column::of::<Option<Time>>("expires_at").is_optional);
        assert!(!Column::of::<Time>("timestamp").is_optional);
    }

    #[test]
    fn taken_events_leave() {
        let mut events = Events::default();
        assert!(events.is_empty());
        events.push(&Event::new(0, 1, 2, EventKind::Accepted));
        events.push(&Event::new(1, 1, 2, EventKind::Opened));
        assert_eq!(events.take().seq, [0, 1]);
        assert!(events.is_empty());
    }

    #[test]
    fn rows_come_back_by_column_in_the_order_of_the_schema() {
        let mut events = Events::default();
        events.push(&Event { reason: Some(Reason::StopLoss), ..Event::new(0, 7, 8, EventKind::Closed) });
        events.push(&Event { order_id: 3, ..Event::new(1, 8, 9, EventKind::Opened) });
        let columns = events.into_columns();
        assert_eq!(columns.len(), Events::COLUMNS.len());
        let values = |name| columns.iter().find(|(column, _)| column.name == name).map(|(_, values)| values);
        assert_eq!(values("seq"), Some(&Values::Ints { values: vec![0, 1], unset: -1 }));
        assert_eq!(values("order_id"), Some(&Values::Ints { values: vec![0, 3], unset: 0 }));
        assert_eq!(values("kind"), Some(&Values::Members(vec![5, 2])));
        assert_eq!(values("reason"), Some(&Values::Members(vec![23, NO_MEMBER])));
    }

    #[test]
    fn rows_are_appended_in_every_column() {
        let mut trades = Trades::default();
        trades.push(&Trade { order_id: 1, ..Trade::UNSET });
        trades.push(&Trade { order_id: 2, ..Trade::UNSET });
        assert_eq!((trades.len(), trades.order_id, trades.signal_row), (2, vec![1, 2], vec![-1, -1]));
    }
}
