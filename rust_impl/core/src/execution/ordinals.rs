//! Order ids, event numbers and the counters of random draws (N-6, T-8).

use crate::execution::state::Account;
use crate::types::Signal;

/// Id of an order that is accepted; a rejected signal consumes none (T-8).
#[inline]
pub fn next_order_id(account: &mut Account) -> i64 {
    let order_id = account.next_order_id;
    account.next_order_id += 1;
    order_id
}

/// Number of an event (T-8).
#[inline]
pub fn next_seq(account: &mut Account) -> i64 {
    let seq = account.next_seq;
    account.next_seq += 1;
    seq
}

/// k of N-6: how many equal signals came before.
pub fn next_ordinal(account: &mut Account, signal: &Signal) -> u32 {
    const NULL: u8 = u8::MAX;
    let ordinals = &mut account.ordinals;
    if signal.timestamp != ordinals.timestamp {
        ordinals.timestamp = signal.timestamp;
        ordinals.counts.clear();
    }
    let direction = signal.direction.map_or(NULL, |direction| direction as u8);
    let order_type = signal.order_type.map_or(NULL, |order_type| order_type as u8);
    let key = (signal.symbol, signal.magic_number, direction, order_type);
    let count = ordinals.counts.entry(key).or_insert(0);
    let ordinal = *count;
    rule!("Q-N6", ordinal > 0);
    *count += 1;
    ordinal
}

#[cfg(test)]
#[path = "tests/ordinals.rs"]
mod tests;
