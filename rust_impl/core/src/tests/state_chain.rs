use super::*;
use crate::packing::empty_records;
use crate::types::{Direction, EventKind, Reason, Status, StopKind};

#[test]
fn a_bar_is_hashed_in_the_layout_of_the_contract() {
    // Q-H1, byte by byte.
    let position = PositionRecord {
        order_id: 7,
        status: Status::Open,
        direction: Direction::Short,
        entry_price: 1.5,
        stop_loss: 2.0,
        take_profit: -f64::NAN,
        size: 0.25,
        stop_kind: StopKind::Trailing,
    };
    let event = Event {
        order_id: 7,
        price: 1.5,
        reason: Some(Reason::StopLoss),
        error_code: 1006,
        ..Event::new(3, 99, EventKind::Cancelled)
    };
    let mut records = empty_records();
    pack_positions(std::iter::once(position), &mut records);
    let digest = next_digest(&[0; 16], 42, 10.0, -0.0, 1, &mut records, &pack_event(&event));

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
}

#[test]
fn positions_are_hashed_until_they_are_packed_anew_and_events_once() {
    let mut records = empty_records();
    let event = pack_event(&Event::new(0, 1, EventKind::Rejected));
    let first = next_digest(&[0; 16], 1, 1.0, 1.0, 0, &mut records, &event);
    assert_ne!(first, next_digest(&[0; 16], 1, 1.0, 1.0, 0, &mut records, &[]));
    let mut bytes = first.to_vec();
    bytes.extend(2_i64.to_le_bytes());
    bytes.extend(1_f64.to_le_bytes());
    bytes.extend(1_f64.to_le_bytes());
    bytes.extend(0_u32.to_le_bytes());
    let second = next_digest(&first, 2, 1.0, 1.0, 0, &mut records, &[]);
    assert_eq!(second, xxh3_128(&bytes).to_be_bytes());
}
