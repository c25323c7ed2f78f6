//! The state chain (H-1, Q-H1): one digest per bar over time, money, positions and events.

use xxhash_rust::xxh3::xxh3_128;

use crate::packing::{
    EVENT_WORDS, HEAD_WORDS, KEPT_EVENT_WORDS, KEPT_RECORDS, POSITION_WORDS, PositionRecord, Word, digest_in_parts,
    digest_words, packed, presence,
};
use crate::types::{Event, is_unset};

/// Length of a digest in bytes.
pub const DIGEST_LENGTH: usize = 16;
const CANONICAL_NAN: u64 = 0x7ff8_0000_0000_0000;

/// The digest of one bar: h = xxh3_128(h before ‖ head ‖ positions ‖ events) (H-1).
///
/// `records` comes from [`pack_positions`], or is room for it where there are more than [`KEPT_RECORDS`] `positions`;
/// `events` come from [`pack_event`], one after the other.
#[inline]
pub fn next_digest(
    digest: u128,
    timestamp: i64,
    cash: f64,
    equity: f64,
    count: usize,
    records: &mut Vec<Word>,
    positions: impl Iterator<Item = PositionRecord>,
    events: &[Word],
) -> u128 {
    let [first, second] = digest_words(digest);
    let (time, length) = ((timestamp as u64).to_le_bytes(), (count as u64).to_le_bytes());
    let head: [Word; HEAD_WORDS] = [first, second, time, canonical(cash), canonical(equity), length];
    if count == 0 && events.is_empty() {
        // Most bars: hashed out of registers.
        return xxh3_128(head.as_flattened());
    }
    if count > KEPT_RECORDS || events.len() > KEPT_EVENT_WORDS {
        return digest_in_parts(&head, count, records, positions, events);
    }
    records[..HEAD_WORDS].copy_from_slice(&head);
    let end = records.len();
    records.extend_from_slice(events);
    let next = xxh3_128(records.as_flattened());
    records.truncate(end);
    next
}

/// Packs pending and open positions in the order given, six words each (Q-H1), into `records`, which are kept between
/// bars because positions seldom change.
pub fn pack_positions(positions: impl Iterator<Item = PositionRecord>, records: &mut Vec<Word>) {
    records.truncate(HEAD_WORDS);
    for position in positions {
        let numbers =
            [position.status as u8, position.direction as u8, position.order_type as u8, position.stop_kind as u8];
        let record: [Word; POSITION_WORDS] = [
            position.order_id.to_le_bytes(),
            packed(numbers, presence([!is_unset(position.take_profit)]), position.symbol),
            canonical(position.entry_price),
            canonical(position.stop_loss),
            canonical(position.take_profit),
            canonical(position.size),
        ];
        records.extend_from_slice(&record);
    }
}

/// Packs one event row without its free text, twelve words (Q-H1).
#[inline]
#[must_use]
pub fn pack_event(event: &Event) -> [Word; EVENT_WORDS] {
    let are_set = presence([
        event.order_id != 0,
        event.direction.is_some(),
        event.order_type.is_some(),
        event.reason.is_some(),
        event.error_code != 0,
        !is_unset(event.price),
        !is_unset(event.size),
        !is_unset(event.stop_loss),
        !is_unset(event.take_profit),
        !is_unset(event.result),
        !is_unset(event.fee),
    ]);
    let numbers = [
        event.kind as u8,
        event.direction.map_or(0, |direction| direction as u8),
        event.order_type.map_or(0, |order_type| order_type as u8),
        event.reason.map_or(0, |reason| reason as u8),
    ];
    [
        event.seq.to_le_bytes(),
        event.timestamp.to_le_bytes(),
        event.known_at.to_le_bytes(),
        event.order_id.to_le_bytes(),
        packed(numbers, are_set, event.symbol),
        i64::from(event.error_code).to_le_bytes(),
        canonical(event.price),
        canonical(event.size),
        canonical(event.stop_loss),
        canonical(event.take_profit),
        canonical(event.result),
        canonical(event.fee),
    ]
}

/// 0 for what is not set, whose presence bit says so, and the one NaN for any (N-3).
#[inline(always)]
fn canonical(x: f64) -> Word {
    let bits = match x {
        _ if is_unset(x) => 0,
        _ if x.is_nan() => CANONICAL_NAN,
        _ => x.to_bits(),
    };
    bits.to_le_bytes()
}

#[cfg(test)]
#[path = "tests/state_chain.rs"]
mod tests;
