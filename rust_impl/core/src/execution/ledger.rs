//! What a run writes down: events, and at the end of each bar equity, drawdown and digest (P-3, P-4, H-1).

use crate::execution::state::{Account, Book, Log};
use crate::portfolio::equity::mark;
use crate::state_chain::{EVENT_LENGTH, next_digest, pack_event, pack_positions};
use crate::types::{Event, EventKind};

/// Adds an event to the log and to what the bar's digest covers.
pub fn emit(log: &mut Log, event: &Event) {
    log.events.push(event);
    log.bar_events.extend_from_slice(&pack_event(event));
}

/// The point in front of the equity curve (P-4, v1).
pub fn add_initial_point(account: &Account, log: &mut Log, timestamp: i64) {
    log.equity.timestamp.push(timestamp);
    log.equity.cash.push(account.portfolio.initial_balance);
    log.equity.equity.push(account.portfolio.initial_balance);
}

/// Ends a bar: its point of the equity curve, drawdown and digest (P-3, P-4, H-1).
#[inline]
pub fn mark_bar(book: &mut Book, account: &mut Account, log: &mut Log, timestamp: i64, equity: f64) {
    rule!("L-1", is_entry_to_exit(&log.bar_events));
    let cash = account.portfolio.cash;
    mark(&mut account.portfolio, equity);
    log.equity.timestamp.push(timestamp);
    log.equity.cash.push(cash);
    log.equity.equity.push(equity);
    if book.is_stale {
        let mut records = std::mem::take(&mut book.records);
        pack_positions(book.chain_records(), &mut records);
        book.records = records;
        book.is_stale = false;
    }
    let count = book.len();
    account.digest = next_digest(&account.digest, timestamp, cash, equity, count, &mut book.records, &log.bar_events);
    log.chain.extend_from_slice(&account.digest);
    log.bar_events.clear();
}

/// Whether a bar's packed events begin with what became of a signal and end with an exit.
fn is_entry_to_exit(bar_events: &[u8]) -> bool {
    const KIND_AT: usize = 16;
    let kind = |row: usize| bar_events.get(row * EVENT_LENGTH + KIND_AT).and_then(|&kind| EventKind::from_number(kind));
    let last = (bar_events.len() / EVENT_LENGTH).saturating_sub(1);
    matches!(kind(0), Some(EventKind::Accepted | EventKind::Rejected)) && kind(last) == Some(EventKind::Closed)
}

#[cfg(test)]
#[path = "tests/ledger.rs"]
mod tests;
