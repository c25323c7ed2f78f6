//! Records and closed sets of the contract (T-1 … T-9), the twins of `omega.contract.types`.
//!
//! Times are i64 microseconds since the epoch, UTC. Inside the core an unset float is NaN and an unset time is
//! [`UNSET_TIME`]; the binding turns both into Arrow nulls. Text never enters the core.

use std::sync::atomic::{AtomicBool, AtomicU64};

/// "Not set" for times and durations.
pub const UNSET_TIME: i64 = i64::MIN;

macro_rules! closed_set {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $number:literal => $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "the names are the contract's own")]
        #[repr(u8)]
        pub enum $name { $($variant = $number,)* }

        impl $name {
            /// Every member, in the contract's order.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The text used at the Arrow boundary.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The member with this text.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }

            /// The member with this number.
            #[must_use]
            pub const fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

closed_set!(/// Execution variant.
    Variant { Canonical = 0 => "canonical", V1 = 1 => "v1", });
closed_set!(/// What a signal asks for (T-6).
    SignalType { Entry = 0 => "entry", Exit = 1 => "exit", Modify = 2 => "modify", });
closed_set!(/// Side of a position.
    Direction { Long = 0 => "long", Short = 1 => "short", });
closed_set!(/// How an entry is made.
    OrderType { Market = 0 => "market", Limit = 1 => "limit", Stop = 2 => "stop", });
closed_set!(/// Life of a position (T-7).
    Status { Pending = 0 => "pending", Open = 1 => "open", Closed = 2 => "closed", });
closed_set!(/// What moved the stop last (T-7).
    StopKind { Initial = 0 => "initial", BreakEven = 1 => "break_even", Trailing = 2 => "trailing", Modified = 3 => "modified", });
closed_set!(/// Kind of an event row (T-8).
EventKind {
    Accepted = 0 => "accepted", Rejected = 1 => "rejected", Opened = 2 => "opened", Modified = 3 => "modified",
    PartiallyClosed = 4 => "partially_closed", Closed = 5 => "closed", Expired = 6 => "expired", Cancelled = 7 => "cancelled",
});
closed_set!(/// What happens to a size under the minimum (S-4).
    BelowMin { Reject = 0 => "reject", Clamp = 1 => "clamp", });
closed_set!(/// Directions a strategy may trade.
    DirectionFilter { Both = 0 => "both", Long = 1 => "long", Short = 2 => "short", });
closed_set!(/// Why a row of the event log is there; the table of reasons in the contract.
Reason {
    BeforeStart = 0 => "before_start", AfterEnd = 1 => "after_end", UnknownSymbol = 2 => "unknown_symbol",
    NotImplemented = 3 => "not_implemented", DirectionMissing = 4 => "direction_missing",
    OrderTypeMissing = 5 => "order_type_missing", StopLossMissing = 6 => "stop_loss_missing",
    PriceMissing = 7 => "price_missing", NotPositive = 8 => "not_positive", MaxPositions = 9 => "max_positions",
    AlreadyExpired = 10 => "already_expired", PriceOutsideBar = 11 => "price_outside_bar",
    StopDistance = 12 => "stop_distance", StopSide = 13 => "stop_side", TargetSide = 14 => "target_side",
    BelowMin = 15 => "below_min", LimitExpired = 16 => "limit_expired", EndOfData = 17 => "end_of_data",
    TakeProfit = 18 => "take_profit", StopLoss = 19 => "stop_loss", Timeout = 20 => "timeout",
});

/// Symbol specification (T-5); `tick_value` is in the account currency per lot and tick.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Instrument {
    pub symbol: String,
    pub pip_size: f64,
    pub tick_size: f64,
    pub tick_value: Option<f64>,
    pub contract_size: f64,
    pub volume_min: f64,
    pub volume_step: f64,
    pub volume_max: f64,
    pub base_currency: String,
    pub quote_currency: String,
    pub profit_currency: String,
    pub digits: u32,
    pub min_stop_distance_pips: f64,
}

/// The part of `mean_reversion_z_score` that scenario 1 reads.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct MeanReversionParameters {
    pub atr_length: usize,
    pub atr_mult: f64,
    pub window_length: usize,
    pub ema_length: usize,
    pub z_score_long: f64,
    pub z_score_short: f64,
    pub direction_filter: DirectionFilter,
    /// µs, or [`UNSET_TIME`].
    pub max_holding: i64,
}

/// A registered strategy and its parameters, already validated.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct StrategyConfig {
    pub name: String,
    pub magic_number: i64,
    pub parameters: MeanReversionParameters,
}

/// One run, resolved: the twin of `omega.contract.types.EngineConfig`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct EngineConfig {
    pub variant: Variant,
    pub symbol: String,
    /// Length of a bar, µs.
    pub timeframe: i64,
    pub start: Option<i64>,
    pub account_currency: String,
    pub initial_balance: f64,
    pub risk_per_trade: f64,
    pub risk_fraction: Option<f64>,
    pub max_positions: Option<usize>,
    pub seed: u64,
    pub pip_buffer_factor: f64,
    pub close_at_end: bool,
    pub below_min: BelowMin,
    pub slippage_fixed_pips: f64,
    pub slippage_random_pips: f64,
    pub fee_per_million: f64,
    pub fee_min: f64,
    pub instrument: Option<Instrument>,
    pub strategy: Option<StrategyConfig>,
}

/// Columns of one symbol's bars (T-2), all of one length, already checked by `bars::checks::check_bars`.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Bars<'a> {
    pub timestamp: &'a [i64],
    pub bid_open: &'a [f64],
    pub bid_high: &'a [f64],
    pub bid_low: &'a [f64],
    pub bid_close: &'a [f64],
    pub ask_open: &'a [f64],
    pub ask_high: &'a [f64],
    pub ask_low: &'a [f64],
    pub ask_close: &'a [f64],
    pub volume: &'a [f64],
}

/// One bar of one symbol (T-2), stamped by its open time.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Bar {
    pub timestamp: i64,
    pub bid_open: f64,
    pub bid_high: f64,
    pub bid_low: f64,
    pub bid_close: f64,
    pub ask_open: f64,
    pub ask_high: f64,
    pub ask_low: f64,
    pub ask_close: f64,
    pub volume: f64,
}

impl<'a> Bars<'a> {
    /// Number of bars.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.timestamp.len()
    }

    /// Whether there is no bar.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.timestamp.is_empty()
    }

    /// The price columns and the volume with their names, in T-2 order.
    #[must_use]
    pub const fn value_columns(&self) -> [(&'static str, &'a [f64]); 9] {
        [
            ("bid_open", self.bid_open),
            ("bid_high", self.bid_high),
            ("bid_low", self.bid_low),
            ("bid_close", self.bid_close),
            ("ask_open", self.ask_open),
            ("ask_high", self.ask_high),
            ("ask_low", self.ask_low),
            ("ask_close", self.ask_close),
            ("volume", self.volume),
        ]
    }

    /// Row `index` as a record.
    ///
    /// # Panics
    /// If a column is shorter.
    #[inline]
    #[must_use]
    pub fn bar(&self, index: usize) -> Bar {
        Bar {
            timestamp: self.timestamp[index],
            bid_open: self.bid_open[index],
            bid_high: self.bid_high[index],
            bid_low: self.bid_low[index],
            bid_close: self.bid_close[index],
            ask_open: self.ask_open[index],
            ask_high: self.ask_high[index],
            ask_low: self.ask_low[index],
            ask_close: self.ask_close[index],
            volume: self.volume[index],
        }
    }
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
}

/// One instruction to the execution simulator (T-6).
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Signal {
    pub timestamp: i64,
    pub is_run_symbol: bool,
    pub signal_type: SignalType,
    pub direction: Option<Direction>,
    pub order_type: Option<OrderType>,
    pub price: f64,
    pub size: f64,
    pub stop_loss: f64,
    pub take_profit: f64,
    pub magic_number: i64,
    pub expires_at: i64,
    pub max_holding: i64,
    /// Whether a break-even or trailing field is set (E-13, E-14).
    pub moves_stop: bool,
    /// Row in the signal table, −1 from a strategy.
    pub row: i64,
}

/// Columns of a signal table (T-6), all of one length. Unset floats are NaN, unset times [`UNSET_TIME`].
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Signals {
    pub timestamp: Vec<i64>,
    /// Whether the signal's symbol is the run's.
    pub is_run_symbol: Vec<bool>,
    pub signal_type: Vec<SignalType>,
    pub direction: Vec<Option<Direction>>,
    pub order_type: Vec<Option<OrderType>>,
    pub price: Vec<f64>,
    pub size: Vec<f64>,
    pub stop_loss: Vec<f64>,
    pub take_profit: Vec<f64>,
    pub magic_number: Vec<i64>,
    pub expires_at: Vec<i64>,
    pub trailing_distance: Vec<f64>,
    pub trailing_step: Vec<f64>,
    pub break_even_at_r: Vec<f64>,
    pub break_even_offset: Vec<f64>,
    pub max_holding: Vec<i64>,
}

/// Event rows (T-8) by column. `order_id` 0 is null, `error_code` 0 is null, unset floats are NaN.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Events {
    /// `seq` of the first row; the others follow without gaps.
    pub first_seq: i64,
    pub timestamp: Vec<i64>,
    pub kind: Vec<EventKind>,
    pub order_id: Vec<i64>,
    pub price: Vec<f64>,
    pub size: Vec<f64>,
    pub stop_loss: Vec<f64>,
    pub take_profit: Vec<f64>,
    pub result: Vec<f64>,
    pub fee: Vec<f64>,
    pub reason: Vec<Option<Reason>>,
    pub error_code: Vec<i32>,
}

/// One row of the event log (T-8); which fields are set per kind is Q-T8.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Event {
    pub seq: i64,
    pub timestamp: i64,
    pub kind: EventKind,
    pub order_id: i64,
    pub price: f64,
    pub size: f64,
    pub stop_loss: f64,
    pub take_profit: f64,
    pub result: f64,
    pub fee: f64,
    pub reason: Option<Reason>,
    pub error_code: i32,
}

impl Event {
    /// An event of this kind with every nullable field null.
    #[must_use]
    pub const fn new(seq: i64, timestamp: i64, kind: EventKind) -> Self {
        Self {
            seq,
            timestamp,
            kind,
            order_id: 0,
            price: f64::NAN,
            size: f64::NAN,
            stop_loss: f64::NAN,
            take_profit: f64::NAN,
            result: f64::NAN,
            fee: f64::NAN,
            reason: None,
            error_code: 0,
        }
    }
}

impl Events {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.timestamp.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.timestamp.is_empty()
    }

    /// Appends a row and returns its `seq`.
    pub fn push(&mut self, event: &Event) -> i64 {
        let seq = self.first_seq + self.timestamp.len() as i64;
        self.timestamp.push(event.timestamp);
        self.kind.push(event.kind);
        self.order_id.push(event.order_id);
        self.price.push(event.price);
        self.size.push(event.size);
        self.stop_loss.push(event.stop_loss);
        self.take_profit.push(event.take_profit);
        self.result.push(event.result);
        self.fee.push(event.fee);
        self.reason.push(event.reason);
        self.error_code.push(event.error_code);
        seq
    }

    /// The rows so far; what follows continues their numbering.
    #[must_use]
    pub fn take(&mut self) -> Self {
        let first_seq = self.first_seq + self.timestamp.len() as i64;
        std::mem::replace(self, Self { first_seq, ..Self::default() })
    }
}

/// Closed positions by column, in the order of closing.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Trades {
    pub order_id: Vec<i64>,
    pub magic_number: Vec<i64>,
    pub direction: Vec<Direction>,
    pub order_type: Vec<OrderType>,
    pub entry_time: Vec<i64>,
    pub trigger_time: Vec<i64>,
    pub entry_price: Vec<f64>,
    pub initial_stop_loss: Vec<f64>,
    pub initial_take_profit: Vec<f64>,
    pub stop_loss: Vec<f64>,
    pub take_profit: Vec<f64>,
    pub size: Vec<f64>,
    pub risk_per_trade: Vec<f64>,
    pub exit_time: Vec<i64>,
    pub exit_price: Vec<f64>,
    pub result: Vec<f64>,
    pub r_multiple: Vec<f64>,
    pub entry_fee: Vec<f64>,
    pub exit_fee: Vec<f64>,
    pub stop_kind: Vec<StopKind>,
    pub reason: Vec<Reason>,
    /// Row in the signal table, −1 from a strategy.
    pub signal_row: Vec<i64>,
}

/// Pending and open positions by column, in order_id order.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Positions {
    pub order_id: Vec<i64>,
    pub magic_number: Vec<i64>,
    pub direction: Vec<Direction>,
    pub order_type: Vec<OrderType>,
    pub status: Vec<Status>,
    pub entry_time: Vec<i64>,
    pub trigger_time: Vec<i64>,
    pub entry_price: Vec<f64>,
    pub initial_stop_loss: Vec<f64>,
    pub initial_take_profit: Vec<f64>,
    pub stop_loss: Vec<f64>,
    pub take_profit: Vec<f64>,
    pub size: Vec<f64>,
    pub risk_per_trade: Vec<f64>,
    pub entry_fee: Vec<f64>,
    pub expires_at: Vec<i64>,
    pub max_holding: Vec<i64>,
    pub stop_kind: Vec<StopKind>,
    /// Row in the signal table, −1 from a strategy.
    pub signal_row: Vec<i64>,
}

/// One point per bar (P-4); v1 has one more at the front.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Equity {
    pub timestamp: Vec<i64>,
    pub cash: Vec<f64>,
    pub equity: Vec<f64>,
}

/// Summary metrics in the order and with the units of Q-P5.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "names and formulas are the table of Q-P5")]
pub struct Metrics {
    pub trades: u64,
    pub wins: u64,
    pub losses: u64,
    pub breakeven: u64,
    pub win_rate: f64,
    pub gross_profit: f64,
    pub gross_loss: f64,
    pub fees: f64,
    pub net_profit: f64,
    pub profit_factor: f64,
    pub expectancy: f64,
    pub avg_r: f64,
    pub avg_win: f64,
    pub avg_loss: f64,
    pub largest_win: f64,
    pub largest_loss: f64,
    pub max_drawdown_abs: f64,
    pub max_drawdown_ratio: f64,
    pub max_drawdown_bars: u64,
    pub max_drawdown_initial: f64,
    pub ambiguous_bars: u64,
    pub final_cash: f64,
    pub final_equity: f64,
}

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
}

/// Shared by a run and whoever waits for it: progress one way, cancellation the other (L-2).
#[derive(Debug, Default)]
pub struct RunControl {
    /// Bars finished so far.
    pub bars_done: AtomicU64,
    /// Set to stop the run at the next check.
    pub is_cancelled: AtomicBool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_have_a_text_and_a_number_that_lead_back() {
        for (number, &reason) in Reason::ALL.iter().enumerate() {
            assert_eq!(Reason::from_text(reason.text()), Some(reason));
            assert_eq!(Reason::from_number(number as u8), Some(reason));
        }
        assert_eq!(Direction::from_text("up"), None);
        assert_eq!(OrderType::from_number(9), None);
    }

    #[test]
    fn taken_events_leave_their_numbering_behind() {
        let mut events = Events::default();
        assert!(events.is_empty());
        assert_eq!(events.push(&Event::new(0, 1, EventKind::Accepted)), 0);
        assert_eq!(events.push(&Event::new(1, 1, EventKind::Opened)), 1);
        let taken = events.take();
        assert_eq!((taken.first_seq, taken.len()), (0, 2));
        assert_eq!((events.first_seq, events.len()), (2, 0));
        assert!(!taken.is_empty() && events.is_empty());
        assert_eq!(events.push(&Event::new(2, 2, EventKind::Closed)), 2);
    }
}
