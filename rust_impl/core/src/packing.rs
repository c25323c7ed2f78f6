//! No twin: what Python's `struct` does for the state chain, without a copy and without an allocation per bar.

use crate::state_chain::{DIGEST_LENGTH, canonical};
use crate::types::{Direction, Status, StopKind};

/// Length of what is packed of a bar besides positions and events.
pub const HEAD_LENGTH: usize = 28;
/// Length of a packed position in bytes.
pub const POSITION_LENGTH: usize = 43;
/// Length of a packed event in bytes.
pub const EVENT_LENGTH: usize = 77;
/// Where an event's kind stands in it.
pub const EVENT_KIND_AT: usize = 16;
/// Where packed positions begin: behind the last digest and the head, so that a bar is hashed without a copy.
pub const RECORDS_AT: usize = DIGEST_LENGTH + HEAD_LENGTH;

/// What the chain covers of a pending or open position.
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

/// Little-endian fields one after the other.
pub(crate) struct Packer<const LENGTH: usize> {
    pub buffer: [u8; LENGTH],
    used: usize,
}

impl<const LENGTH: usize> Packer<LENGTH> {
    pub fn new() -> Self {
        Self { buffer: [0; LENGTH], used: 0 }
    }

    #[inline(always)]
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.buffer[self.used..self.used + bytes.len()].copy_from_slice(bytes);
        self.used += bytes.len();
    }

    #[inline(always)]
    pub fn float(&mut self, x: f64) {
        self.bytes(&canonical(x).to_le_bytes());
    }
}
