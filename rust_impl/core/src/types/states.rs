//! What a snapshot holds (Q-R1), table by table; the rows of some are what the rules work on.

use super::columns::{Bits, Count, Duration, Flag, Float, MagicNumber, OrderId, Row, SmallCount, Time};
use super::tables::table;
use super::{Direction, OrderType, SignalType, Status, StopKind};

table! {
    /// Counters, and how far signals and bars have come.
    StateAccount {
        next_order_id: OrderId,
        next_seq: Row,
        first_time: Option<Time>,
        ordinal_time: Option<Time>,
        ambiguous_bars: Count,
        is_stopped_out: Flag,
        stop_outs: Count,
        rollovers_passed: Count,
        adjusted_sizes: Count,
        signals_taken: Row,
        last_signal_bar: Option<Time>,
        last_signal_time: Option<Time>,
    }
    read by columns, of
    /// The counters of one run.
    Counters
}

table! {
    /// The portfolio; after a bar a second row, as it was before that bar's end (Q-E18b).
    StateMoney {
        /// Cash the run starts with, in account currency, as all amounts here.
        initial_balance: Float,
        /// Cash after the fees and results booked so far.
        cash: Float,
        /// Cash at the end of the last bar.
        cash_before: Float,
        /// Equity after the last bar; the initial balance before the first.
        equity: Float,
        /// Profit of what is open after the last bar (Q-P3); 0.0 where equity does not include it.
        open_profit: Float,
        /// Σ fees booked.
        fees: Float,
        /// Σ swaps booked, negative where they cost.
        swap: Float,
        /// Highest equity so far.
        peak: Float,
        /// Bars since equity was last at its peak.
        drawdown_bars: Count,
        /// Longest drawdown so far, in bars.
        max_drawdown_bars: Count,
        /// Deepest fall under the peak.
        max_drawdown_abs: Float,
        /// Deepest fall as a fraction of its peak.
        max_drawdown_ratio: Float,
        /// Deepest fall under the initial balance.
        max_drawdown_initial: Float,
        /// Deepest fall from the peak to the worse corner of a later bar (P-5).
        max_drawdown_intrabar: Float,
    }
    read by columns, of
    /// Money of a run, and what is updated with it bar by bar.
    Portfolio
}

table! {
    /// How many equal signals of one time there were (N-6), sorted by the numbers of the first three columns.
    StateOrdinals {
        magic_number: MagicNumber,
        direction: Option<Direction>,
        order_type: Option<OrderType>,
        count: SmallCount,
    }
    read by columns, of
    /// The signals counted under one key.
    EqualSignals
}

table! {
    /// Pending and open positions in order_id order, with all that decides what becomes of them.
    StatePositions {
        /// 0 until the order is accepted.
        order_id: OrderId,
        magic_number: MagicNumber,
        direction: Direction,
        order_type: OrderType,
        status: Status,
        entry_time: Time,
        /// Unset while pending.
        trigger_time: Option<Time>,
        /// `order_price` until the order opens, then its fill.
        entry_price: Float,
        /// By what the order is sized and judged (T-7).
        order_price: Float,
        /// As the signal has it.
        signal_price: Option<Float>,
        initial_stop_loss: Float,
        initial_take_profit: Option<Float>,
        stop_loss: Float,
        /// From where on the stop counts as reached, by the buffer that it has of its own (E-6).
        stop_reach: Float,
        /// Unset, which nothing reaches, without a target.
        take_profit: Option<Float>,
        size: Float,
        risk_per_trade: Option<Float>,
        entry_fee: Option<Float>,
        /// The sum of its swaps so far as money (C-4).
        swap: Float,
        expires_at: Option<Time>,
        max_holding: Option<Duration>,
        /// Unset without trailing, as the next three.
        trailing_distance: Option<Float>,
        trailing_step: Option<Float>,
        break_even_at_r: Option<Float>,
        break_even_offset: Option<Float>,
        /// Explicit size of the signal, the raw of S-4; unset without one.
        requested_size: Option<Float>,
        /// What `size` becomes when the order opens; 0.0 before it is sized (S-2).
        lots: Float,
        signal_timestamp: Time,
        /// k of N-6.
        ordinal: SmallCount,
        stop_kind: StopKind,
        /// Row in the signal table, −1 from a strategy.
        signal_row: Option<Row>,
        /// What a price was worth when the order was accepted (Q-S1), by which its risk is measured.
        value_at_entry: Float,
        /// What it takes of the equity (E-21).
        margin: Float,
        /// Whether its fill came at the open of its bar, so that all of the bar came after it (E-21).
        is_opened_at_open: Flag,
        /// Partial closes so far, by which their draws differ (N-6).
        parts: SmallCount,
        /// Whether the one chance of E-13 is used up.
        is_break_even_done: Flag,
    }
    read by columns, of
    /// A pending, open or closed position (T-7) and what is kept of its signal.
    Position
}

impl Position {
    /// An order that is neither accepted nor sized, at no price.
    pub const NEW: Self = Self { size: 0.0, swap: 0.0, lots: 0.0, margin: 0.0, signal_row: 0, ..Self::UNSET };
}

table! {
    /// Exit and modify signals that wait for the end of their bar's pass (Q-E15); the new levels are on the grid.
    StateWaiting {
        timestamp: Time,
        signal_type: SignalType,
        direction: Option<Direction>,
        order_type: Option<OrderType>,
        price: Option<Float>,
        size: Option<Float>,
        stop_loss: Option<Float>,
        take_profit: Option<Float>,
        magic_number: MagicNumber,
        fraction: Option<Float>,
        new_stop_loss: Option<Float>,
        new_take_profit: Option<Float>,
        before_order_id: OrderId,
    }
    read by columns, of
    /// What one signal asks for.
    WaitingSignal
}

table! {
    /// The last bar or tick evaluated, which has no length; no row before the first.
    StateBar {
        timestamp: Time,
        end: Time,
        bid_open: Float,
        bid_high: Float,
        bid_low: Float,
        bid_close: Float,
        ask_open: Float,
        ask_high: Float,
        ask_low: Float,
        ask_close: Float,
    }
    read by columns, of
    /// Time and prices of one bar.
    BarPrices
}

table! {
    /// 64 bits each of what the state chain covers (Q-H1).
    StateWords {
        word: Bits,
    }
    read by columns
}
