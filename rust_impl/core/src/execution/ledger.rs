//! What a run writes down: events, and at the end of each bar equity, drawdown and digest (P-3, P-4, H-1).

use crate::execution::state::{Account, Book, Log, Rules};
use crate::packing::{
    EVENT_KIND_AT, EVENT_WORDS, KEPT_EVENT_WORDS, KEPT_RECORDS, PositionRecord, Word, digest_bytes, reserve_records,
};
use crate::portfolio::drawdown::mark;
use crate::quotes::bar_end;
use crate::state_chain::{next_digest, pack_event, pack_positions};
use crate::types::{Event, EventKind, FOREIGN_SYMBOL};

/// Adds an event to the log and to what the bar's digest covers.
pub fn emit(log: &mut Log, event: &Event) {
    let symbol = if event.symbol == FOREIGN_SYMBOL { FOREIGN_SYMBOL } else { log.symbol };
    let event = Event { symbol, ..*event };
    log.events.push(&event);
    log.bar_events.extend_from_slice(&pack_event(&event));
}

/// The point in front of the equity curve (P-4, v1).
pub fn add_initial_point(account: &Account, log: &mut Log, rules: &Rules, timestamp: i64) {
    log.equity.timestamp.push(timestamp);
    log.equity.known_at.push(bar_end(timestamp, rules.timeframe));
    log.equity.cash.push(account.portfolio.initial_balance);
    log.equity.equity.push(account.portfolio.initial_balance);
}

/// Takes back the last point of the curve, whose bar is marked again (Q-E18b).
pub fn drop_point(log: &mut Log) {
    log.equity.timestamp.pop();
    log.equity.known_at.pop();
    log.equity.cash.pop();
    log.equity.equity.pop();
}

/// Ends a bar: its point of the equity curve, drawdown and digest (P-3, P-4, H-1).
#[inline]
pub fn mark_bar(book: &mut Book, account: &mut Account, log: &mut Log, rules: &Rules, timestamp: i64, equity: f64) {
    let (count, mut records) = (book.len(), std::mem::take(&mut book.records));
    if book.is_stale && count <= KEPT_RECORDS {
        reserve_records(&mut records, count);
        pack_positions(book.chain_records(), &mut records);
        book.is_stale = false;
    }
    add_point(account, log, rules, timestamp, equity, count, &mut records, book.chain_records());
    book.records = records;
}

/// Adds a point of the curve and its digest, over so many positions; `records` has them packed, or is room for them.
#[inline]
pub fn add_point(
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    timestamp: i64,
    equity: f64,
    count: usize,
    records: &mut Vec<Word>,
    positions: impl Iterator<Item = PositionRecord>,
) {
    let cash = account.portfolio.cash;
    mark(&mut account.portfolio, equity);
    log.equity.timestamp.push(timestamp);
    log.equity.known_at.push(bar_end(timestamp, rules.timeframe));
    log.equity.cash.push(cash);
    log.equity.equity.push(equity);
    account.digest = next_digest(account.digest, timestamp, cash, equity, count, records, positions, &log.bar_events);
    log.chain.extend_from_slice(&digest_bytes(account.digest));
    rule!("L-1", {
        let kind = |event: &[Word]| EventKind::from_number(event[EVENT_KIND_AT][0]);
        let mut kinds = log.bar_events.chunks_exact(EVENT_WORDS).map(kind);
        matches!(kinds.next(), Some(Some(EventKind::Accepted | EventKind::Rejected)))
            && kinds.next_back() == Some(Some(EventKind::Closed))
    });
    log.bar_events.clear();
    log.bar_events.shrink_to(KEPT_EVENT_WORDS);
}

#[cfg(test)]
#[path = "tests/ledger.rs"]
mod tests;
