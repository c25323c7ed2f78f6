//! The state chain (H-1, Q-H1): one digest per bar over time, money, positions and events.

use xxhash_rust::xxh3::xxh3_128;

use crate::types::{Direction, Event, Status, StopKind};

/// Length of a digest in bytes.
pub const DIGEST_LENGTH: usize = 16;
const HEADER_LENGTH: usize = 28;
const POSITION_LENGTH: usize = 43;
const EVENT_LENGTH: usize = 77;
const POSITIONS_AT: usize = DIGEST_LENGTH + HEADER_LENGTH;
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

/// The running digest and the bytes that the next one covers.
#[derive(Clone, Debug)]
pub struct StateChain {
    /// Last digest, header, position records: kept between bars, because positions seldom change.
    message: Vec<u8>,
    /// Packed events of the bar so far.
    events: Vec<u8>,
}

impl Default for StateChain {
    fn default() -> Self {
        Self { message: vec![0; POSITIONS_AT], events: Vec::new() }
    }
}

impl StateChain {
    /// Last digest; 16 zero bytes before the first bar.
    #[must_use]
    pub fn digest(&self) -> [u8; DIGEST_LENGTH] {
        let mut digest = [0; DIGEST_LENGTH];
        digest.copy_from_slice(&self.message[..DIGEST_LENGTH]);
        digest
    }

    /// Packs an event of the current bar.
    pub fn push_event(&mut self, event: &Event) {
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
        self.events.extend_from_slice(&record.buffer);
    }

    /// Replaces the position records.
    pub fn set_positions(&mut self, positions: impl Iterator<Item = PositionRecord>) {
        self.message.truncate(POSITIONS_AT);
        for position in positions {
            let mut record = Packer::<POSITION_LENGTH>::new();
            record.bytes(&position.order_id.to_le_bytes());
            record.bytes(&[position.status as u8, position.direction as u8]);
            record.float(position.entry_price);
            record.float(position.stop_loss);
            record.float(position.take_profit);
            record.float(position.size);
            record.bytes(&[position.stop_kind as u8]);
            self.message.extend_from_slice(&record.buffer);
        }
    }

    /// Ends a bar: hashes it, forgets its events and returns the new digest.
    pub fn step(&mut self, timestamp: i64, cash: f64, equity: f64) -> [u8; DIGEST_LENGTH] {
        let positions_end = self.message.len();
        let count = ((positions_end - POSITIONS_AT) / POSITION_LENGTH) as u32;
        let mut header = Packer::<HEADER_LENGTH>::new();
        header.bytes(&timestamp.to_le_bytes());
        header.float(cash);
        header.float(equity);
        header.bytes(&count.to_le_bytes());
        self.message[DIGEST_LENGTH..POSITIONS_AT].copy_from_slice(&header.buffer);
        self.message.extend_from_slice(&self.events);
        let digest = xxh3_128(&self.message).to_be_bytes();
        self.events.clear();
        self.message.truncate(positions_end);
        let next = sabotage!(ChainRestarted => [0; DIGEST_LENGTH], else digest);
        self.message[..DIGEST_LENGTH].copy_from_slice(&next);
        digest
    }
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
        let bits = if x.is_nan() { CANONICAL_NAN } else { x.to_bits() };
        self.bytes(&bits.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{EventKind, Reason};

    #[test]
    fn a_bar_is_hashed_in_the_layout_of_the_contract() {
        // Q-H1, byte by byte.
        let mut chain = StateChain::default();
        assert_eq!(chain.digest(), [0; 16]);
        chain.set_positions(std::iter::once(PositionRecord {
            order_id: 7,
            status: Status::Open,
            direction: Direction::Short,
            entry_price: 1.5,
            stop_loss: 2.0,
            take_profit: -f64::NAN,
            size: 0.25,
            stop_kind: StopKind::Trailing,
        }));
        let event = Event {
            order_id: 7,
            price: 1.5,
            reason: Some(Reason::StopLoss),
            error_code: 1006,
            ..Event::new(3, 99, EventKind::Cancelled)
        };
        chain.push_event(&event);
        let digest = chain.step(42, 10.0, -0.0);

        let mut bytes = vec![0; 16];
        bytes.extend(42_i64.to_le_bytes());
        bytes.extend(10_f64.to_le_bytes());
        bytes.extend((-0_f64).to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(7_i64.to_le_bytes());
        bytes.extend([1, 1]);
        for price in [0x3ff8_0000_0000_0000_u64, 0x4000_0000_0000_0000, 0x7ff8_0000_0000_0000, 0x3fd0_0000_0000_0000] {
            bytes.extend(price.to_le_bytes());
        }
        bytes.push(2);
        bytes.extend(3_i64.to_le_bytes());
        bytes.extend(99_i64.to_le_bytes());
        bytes.push(7);
        bytes.extend(7_i64.to_le_bytes());
        bytes.extend(1.5_f64.to_le_bytes());
        for _ in 0..5 {
            bytes.extend(0x7ff8_0000_0000_0000_u64.to_le_bytes());
        }
        bytes.extend(1006_i32.to_le_bytes());
        assert_eq!(bytes.len(), 16 + 28 + 43 + 77);
        assert_eq!(digest, xxh3_128(&bytes).to_be_bytes());
        assert_eq!(chain.digest(), digest);
    }

    #[test]
    fn events_are_hashed_once_and_positions_until_replaced() {
        let mut with_event = StateChain::default();
        with_event.push_event(&Event::new(0, 1, EventKind::Rejected));
        let first = with_event.step(1, 1.0, 1.0);
        let mut without = StateChain::default();
        assert_ne!(first, without.step(1, 1.0, 1.0));
        let mut bytes = first.to_vec();
        bytes.extend(2_i64.to_le_bytes());
        bytes.extend(1_f64.to_le_bytes());
        bytes.extend(1_f64.to_le_bytes());
        bytes.extend(0_u32.to_le_bytes());
        assert_eq!(with_event.step(2, 1.0, 1.0), xxh3_128(&bytes).to_be_bytes());
    }
}
