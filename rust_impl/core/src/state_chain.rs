//! The state chain (H-1, Q-H1): one digest per bar over time, money, positions and events.

use xxhash_rust::xxh3::xxh3_128;

use crate::types::{Direction, Event, Status, StopKind};

/// Length of a digest in bytes.
pub const DIGEST_LENGTH: usize = 16;
/// Length of a packed event in bytes.
pub const EVENT_LENGTH: usize = 77;
const HEAD_LENGTH: usize = 28;
const POSITION_LENGTH: usize = 43;
/// Where the packed positions begin: behind the last digest and the head, so that a bar is hashed without a copy.
const RECORDS_AT: usize = DIGEST_LENGTH + HEAD_LENGTH;
const CANONICAL_NAN: u64 = 0x7ff8_0000_0000_0000;

/// What the chain hashes of a pending or open position.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct PositionRecord {
    pub order_id: i64,
    pub status: Status,
    pub direction: Direction,
    pub entry_price: f64,
    pub stop_loss: f64,
    pub take_profit: f64,
    pub size: f64,
    pub stop_kind: StopKind,
}

/// No records, with room in front for what changes with every bar.
#[must_use]
pub fn empty_records() -> Vec<u8> {
    vec![0; RECORDS_AT]
}

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
fn canonical(x: f64) -> u64 {
    if x.is_nan() { CANONICAL_NAN } else { x.to_bits() }
}

/// Little-endian fields one after the other.
struct Packer<const LENGTH: usize> {
    buffer: [u8; LENGTH],
    used: usize,
}

impl<const LENGTH: usize> Packer<LENGTH> {
    fn new() -> Self {
        Self { buffer: [0; LENGTH], used: 0 }
    }

    #[inline(always)]
    fn bytes(&mut self, bytes: &[u8]) {
        self.buffer[self.used..self.used + bytes.len()].copy_from_slice(bytes);
        self.used += bytes.len();
    }

    #[inline(always)]
    fn float(&mut self, x: f64) {
        self.bytes(&canonical(x).to_le_bytes());
    }
}

#[cfg(test)]
#[path = "tests/state_chain.rs"]
mod tests;
