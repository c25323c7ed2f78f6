//! The state chain (H-1, Q-H1): one digest per bar over time, money, positions and events.

use xxhash_rust::xxh3::xxh3_128;

use crate::packing::{EVENT_LENGTH, HEAD_LENGTH, POSITION_LENGTH, Packer, PositionRecord, RECORDS_AT};
use crate::types::Event;

/// Length of a digest in bytes.
pub const DIGEST_LENGTH: usize = 16;
const CANONICAL_NAN: u64 = 0x7ff8_0000_0000_0000;

/// The digest of one bar: h = xxh3_128(h before ‖ head ‖ positions ‖ events) (H-1).
///
/// `records` comes from [`pack_positions`], `events` from [`pack_event`], one after the other.
#[inline]
pub fn next_digest(
    digest: &[u8; DIGEST_LENGTH],
    timestamp: i64,
    cash: f64,
    equity: f64,
    count: usize,
    records: &mut Vec<u8>,
    events: &[u8],
) -> [u8; DIGEST_LENGTH] {
    let mut head = Packer::<HEAD_LENGTH>::new();
    head.bytes(&timestamp.to_le_bytes());
    head.float(cash);
    head.float(equity);
    head.bytes(&(count as u32).to_le_bytes());
    records[..DIGEST_LENGTH].copy_from_slice(digest);
    records[DIGEST_LENGTH..RECORDS_AT].copy_from_slice(&head.buffer);
    let end = records.len();
    records.extend_from_slice(events);
    let next = xxh3_128(records).to_be_bytes();
    records.truncate(end);
    next
}

/// Packs pending and open positions in the order given, 43 bytes each (Q-H1), into `records`, which are kept between
/// bars because positions seldom change.
pub fn pack_positions(positions: impl Iterator<Item = PositionRecord>, records: &mut Vec<u8>) {
    records.truncate(RECORDS_AT);
    for position in positions {
        let mut record = Packer::<POSITION_LENGTH>::new();
        record.bytes(&position.order_id.to_le_bytes());
        record.bytes(&[position.status as u8, position.direction as u8]);
        record.float(position.entry_price);
        record.float(position.stop_loss);
        record.float(position.take_profit);
        record.float(position.size);
        record.bytes(&[position.stop_kind as u8]);
        records.extend_from_slice(&record.buffer);
    }
}

/// Packs one event row without its text, 77 bytes (Q-H1).
#[must_use]
pub fn pack_event(event: &Event) -> [u8; EVENT_LENGTH] {
    let mut record = Packer::<EVENT_LENGTH>::new();
    record.bytes(&event.seq.to_le_bytes());
    record.bytes(&event.timestamp.to_le_bytes());
    record.bytes(&[event.kind as u8]);
    record.bytes(&event.order_id.to_le_bytes());
    record.float(event.price);
    record.float(event.size);
    record.float(event.stop_loss);
    record.float(event.take_profit);
    record.float(event.result);
    record.float(event.fee);
    record.bytes(&event.error_code.to_le_bytes());
    record.buffer
}

/// The one NaN for an unset or undefined number; sign and payload of a NaN carry no meaning (N-3).
#[inline(always)]
pub(crate) fn canonical(x: f64) -> u64 {
    if x.is_nan() { CANONICAL_NAN } else { x.to_bits() }
}

#[cfg(test)]
#[path = "tests/state_chain.rs"]
mod tests;
