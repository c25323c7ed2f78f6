//! No twin: the whole state of a simulator as declared tables and back (R-1, Q-R1); a Python record is a row as it is.

use crate::breaches::breach;
use crate::error::{ErrorCode, OmegaError};
use crate::execution::state::{Account, Book, Instruction, Log, Ordinals, Progress, UnmarkedBar};
use crate::packing::{Word, digest_bytes, digest_of};
use crate::quotes::Quote;
use crate::state_chain::DIGEST_LENGTH;
use crate::types::{
    BarPrices, Counters, Direction, EqualSignals, Equity, OrderType, Signal, StateAccount, StateBar, StateMoney,
    StateOrdinals, StatePositions, StateWaiting, StateWords, Status, Trades, UNSET_FLOAT, UNSET_TIME, WaitingSignal,
};

/// The tables of a snapshot.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct State {
    pub account: StateAccount,
    pub money: StateMoney,
    pub ordinals: StateOrdinals,
    pub positions: StatePositions,
    pub waiting: StateWaiting,
    pub trades: Trades,
    pub equity: Equity,
    pub bar: StateBar,
    pub digests: StateWords,
    pub events: StateWords,
    pub bar_events: StateWords,
}

const WORDS_OF_DIGEST: usize = DIGEST_LENGTH / size_of::<Word>();

/// The whole state as the tables of Q-R1.
#[must_use]
pub fn state_parts(book: &Book, account: &Account, log: &Log, progress: &Progress) -> State {
    let last = progress.last_bar.as_ref();
    let mut digests = digest_bytes(account.digest).to_vec();
    digests.extend(last.iter().flat_map(|last| digest_bytes(last.digest)));
    State {
        account: account_part(book, account, progress),
        money: money_part(account, progress),
        ordinals: ordinals_part(&account.ordinals),
        positions: positions_part(book),
        waiting: waiting_part(book),
        trades: log.trades.clone(),
        equity: log.equity.clone(),
        bar: bar_part(progress),
        digests: words_part(digests.as_chunks().0),
        events: words_part(&log.bar_events),
        bar_events: words_part(last.map_or(&[], |last| &last.events)),
    }
}

/// The counters as one row.
fn account_part(book: &Book, account: &Account, progress: &Progress) -> StateAccount {
    let mut part = StateAccount::default();
    let has_ordinals = account.ordinals.counts.keys().any(|&(symbol, ..)| symbol == 0);
    part.push(&Counters {
        next_order_id: account.next_order_id,
        next_seq: account.next_seq,
        first_time: account.first_time.unwrap_or(UNSET_TIME),
        ordinal_time: if has_ordinals { account.ordinals.timestamp } else { UNSET_TIME },
        ambiguous_bars: account.ambiguous_bars,
        is_stopped_out: account.is_stopped_out,
        stop_outs: account.stop_outs,
        rollovers_passed: book.rollovers_passed as u64,
        adjusted_sizes: account.adjusted_sizes,
        signals_taken: progress.signals_taken,
        last_signal_bar: progress.last_signal_bar.unwrap_or(UNSET_TIME),
        last_signal_time: progress.last_signal_time.unwrap_or(UNSET_TIME),
    });
    part
}

/// The portfolio, and after a bar what it was before that bar's end.
fn money_part(account: &Account, progress: &Progress) -> StateMoney {
    let mut part = StateMoney::default();
    part.push(&account.portfolio);
    if let Some(last) = &progress.last_bar {
        part.push(&last.portfolio);
    }
    part
}

/// The counts of the run's symbol; of no other one an order is ever drawn for.
fn ordinals_part(ordinals: &Ordinals) -> StateOrdinals {
    let mut part = StateOrdinals::default();
    for (&(symbol, magic_number, direction, order_type), &count) in &ordinals.counts {
        if symbol == 0 {
            let (direction, order_type) = (Direction::from_number(direction), OrderType::from_number(order_type));
            part.push(&EqualSignals { magic_number, direction, order_type, count });
        }
    }
    part
}

/// Pending and open positions; an order has no fee before it opens, whatever number is kept there.
fn positions_part(book: &Book) -> StatePositions {
    let mut part = StatePositions::default();
    for row in book.kept_rows() {
        let mut position = book.position(row);
        if position.status == Status::Pending {
            position.entry_fee = UNSET_FLOAT;
        }
        part.push(&position);
    }
    part
}

/// What exit and modify signals ask for, in the order given.
fn waiting_part(book: &Book) -> StateWaiting {
    let mut part = StateWaiting::default();
    for Instruction { signal, stop_loss, take_profit, before_order_id } in &book.waiting {
        part.push(&WaitingSignal {
            timestamp: signal.timestamp,
            signal_type: signal.signal_type,
            direction: signal.direction,
            order_type: signal.order_type,
            price: signal.price,
            size: signal.size,
            stop_loss: signal.stop_loss,
            take_profit: signal.take_profit,
            magic_number: signal.magic_number,
            fraction: signal.fraction,
            new_stop_loss: *stop_loss,
            new_take_profit: *take_profit,
            before_order_id: *before_order_id,
        });
    }
    part
}

fn bar_part(progress: &Progress) -> StateBar {
    let mut part = StateBar::default();
    if let Some(UnmarkedBar { quote, .. }) = &progress.last_bar {
        part.push(&BarPrices {
            timestamp: quote.timestamp,
            end: quote.end,
            bid_open: quote.bid_open,
            bid_high: quote.bid_high,
            bid_low: quote.bid_low,
            bid_close: quote.bid_close,
            ask_open: quote.ask_open,
            ask_high: quote.ask_high,
            ask_low: quote.ask_low,
            ask_close: quote.ask_close,
        });
    }
    part
}

/// Words of the state chain as numbers.
fn words_part(packed: &[Word]) -> StateWords {
    StateWords { word: packed.iter().copied().map(i64::from_le_bytes).collect() }
}

/// The state that [`state_parts`] made tables of.
///
/// # Errors
/// INTERNAL_ERROR for tables that no simulator gives.
pub fn state_of(parts: &State) -> Result<(Book, Account, Log, Progress), OmegaError> {
    let digests = packed_words(&parts.digests);
    let has_bar = !parts.bar.is_empty();
    let rows = 1 + usize::from(has_bar);
    let are_whole = parts.account.len() == 1
        && parts.bar.len() < 2
        && (parts.money.len(), digests.len()) == (rows, rows * WORDS_OF_DIGEST);
    if !are_whole {
        let message = "no simulator gives tables of these lengths";
        return Err(breach(ErrorCode::InternalError, "R-3", "snapshot", message, None, None));
    }
    let counters = parts.account.row(0);
    let last_bar = has_bar.then(|| UnmarkedBar {
        quote: quote_of_row(&parts.bar.row(0)),
        portfolio: parts.money.row(1),
        digest: digest_of_words(&digests[WORDS_OF_DIGEST..]),
        events: packed_words(&parts.bar_events),
    });
    let progress = Progress {
        last_bar,
        last_signal_bar: set_time(counters.last_signal_bar),
        last_signal_time: set_time(counters.last_signal_time),
        signals_taken: counters.signals_taken,
    };
    let account = Account {
        portfolio: parts.money.row(0),
        next_order_id: counters.next_order_id,
        next_seq: counters.next_seq,
        first_time: set_time(counters.first_time),
        ordinals: ordinals_of(&parts.ordinals, counters.ordinal_time),
        ambiguous_bars: counters.ambiguous_bars,
        margin_elsewhere: 0.0,
        adjusted_sizes: counters.adjusted_sizes,
        is_stopped_out: counters.is_stopped_out,
        stop_outs: counters.stop_outs,
        digest: digest_of_words(&digests[..WORDS_OF_DIGEST]),
    };
    let book = Book { rollovers_passed: counters.rollovers_passed as usize, ..book_of(parts) };
    Ok((book, account, log_of(parts), progress))
}

/// Orders, positions and what waits.
fn book_of(parts: &State) -> Book {
    let mut book = Book { is_stale: true, ..Book::default() };
    for row in 0..parts.positions.len() {
        book.push(&parts.positions.row(row));
    }
    book.waiting = (0..parts.waiting.len()).map(|row| waiting_of(&parts.waiting.row(row))).collect();
    book
}

/// What waits; of its signal what is read from then on.
fn waiting_of(row: &WaitingSignal) -> Instruction {
    let signal = Signal {
        timestamp: row.timestamp,
        symbol: 0,
        signal_type: row.signal_type,
        direction: row.direction,
        order_type: row.order_type,
        price: row.price,
        size: row.size,
        stop_loss: row.stop_loss,
        take_profit: row.take_profit,
        magic_number: row.magic_number,
        expires_at: UNSET_TIME,
        trailing_distance: UNSET_FLOAT,
        trailing_step: UNSET_FLOAT,
        break_even_at_r: UNSET_FLOAT,
        break_even_offset: UNSET_FLOAT,
        max_holding: UNSET_TIME,
        fraction: row.fraction,
        row: 0,
    };
    Instruction {
        signal,
        stop_loss: row.new_stop_loss,
        take_profit: row.new_take_profit,
        before_order_id: row.before_order_id,
    }
}

/// What is written down and not yet handed out.
fn log_of(parts: &State) -> Log {
    Log {
        bar_events: packed_words(&parts.events),
        trades: parts.trades.clone(),
        equity: parts.equity.clone(),
        ..Log::default()
    }
}

/// The counts of the run's symbol at `timestamp`.
fn ordinals_of(part: &StateOrdinals, timestamp: i64) -> Ordinals {
    const NULL: u8 = u8::MAX;
    let mut ordinals = Ordinals { timestamp, ..Ordinals::default() };
    for EqualSignals { magic_number, direction, order_type, count } in (0..part.len()).map(|row| part.row(row)) {
        let direction = direction.map_or(NULL, |direction| direction as u8);
        let order_type = order_type.map_or(NULL, |order_type| order_type as u8);
        ordinals.counts.insert((0, magic_number, direction, order_type), count);
    }
    ordinals
}

/// A bar as a quote.
fn quote_of_row(row: &BarPrices) -> Quote {
    Quote {
        timestamp: row.timestamp,
        end: row.end,
        bid_open: row.bid_open,
        bid_high: row.bid_high,
        bid_low: row.bid_low,
        bid_close: row.bid_close,
        ask_open: row.ask_open,
        ask_high: row.ask_high,
        ask_low: row.ask_low,
        ask_close: row.ask_close,
    }
}

/// Words as the state chain has them.
fn packed_words(part: &StateWords) -> Vec<Word> {
    part.word.iter().map(|word| word.to_le_bytes()).collect()
}

fn digest_of_words(words: &[Word]) -> u128 {
    let mut bytes = [0; DIGEST_LENGTH];
    for (place, byte) in bytes.iter_mut().zip(words.as_flattened()) {
        *place = *byte;
    }
    digest_of(bytes)
}

fn set_time(time: i64) -> Option<i64> {
    (time != UNSET_TIME).then_some(time)
}

#[cfg(test)]
#[path = "tests/snapshot.rs"]
mod tests;
