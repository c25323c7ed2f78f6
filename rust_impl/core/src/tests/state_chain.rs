use super::*;
use crate::packing::{digest_bytes, empty_records};
use crate::types::{Direction, EventKind, FOREIGN_SYMBOL, OrderType, Reason, Status, StopKind, UNSET_FLOAT};

fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

#[test]
fn a_bar_is_hashed_in_the_layout_of_the_contract() {
    // Q-H1, word by word: the lowest byte of a word comes first.
    let position = PositionRecord {
        symbol: 0,
        order_id: 7,
        status: Status::Open,
        direction: Direction::Short,
        order_type: OrderType::Stop,
        stop_kind: StopKind::Trailing,
        entry_price: 1.5,
        stop_loss: 2.0,
        take_profit: -f64::NAN,
        size: 0.25,
    };
    let event = Event {
        order_id: 7,
        symbol: FOREIGN_SYMBOL,
        direction: Some(Direction::Short),
        order_type: Some(OrderType::Limit),
        price: 1.5,
        fee: 0.25,
        reason: Some(Reason::StopLoss),
        error_code: 1006,
        ..Event::new(3, 99, 100, EventKind::Cancelled)
    };
    let mut records = empty_records();
    pack_positions(std::iter::once(position), &mut records);
    let digest = next_digest(0, 42, 10.0, -0.0, 1, &mut records, std::iter::empty(), &pack_event(&event));

    let mut bytes = vec![0; 16];
    bytes.extend(words(&[42, 0x4024_0000_0000_0000, 0x8000_0000_0000_0000, 1]));
    // A NaN that was computed is set; what it is made of is not told.
    bytes.extend(words(&[7, 0x0000_0001_0202_0101, 0x3ff8_0000_0000_0000, 0x4000_0000_0000_0000]));
    bytes.extend(words(&[0x7ff8_0000_0000_0000, 0x3fd0_0000_0000_0000]));
    // Bits 0 to 5 and 10: order_id, direction, order_type, reason, error_code, price, fee.
    bytes.extend(words(&[3, 99, 100, 7, 0xffff_043f_1701_0107, 1006, 0x3ff8_0000_0000_0000]));
    bytes.extend(words(&[0, 0, 0, 0, 0x3fd0_0000_0000_0000]));
    assert_eq!(bytes.len(), 8 * (2 + 4 + 6 + 12));
    assert_eq!(digest, xxh3_128(&bytes));
}

#[test]
fn what_is_not_set_is_nothing_with_a_bit_of_nothing() {
    // Q-H1.
    let event = pack_event(&Event::new(0, 1, 2, EventKind::Accepted));
    assert_eq!(event.as_flattened(), words(&[0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    let set = Event { size: 0.0, take_profit: f64::NAN, ..Event::new(0, 1, 2, EventKind::Accepted) };
    let event = pack_event(&set);
    assert_eq!(event[4], 0x0000_0140_0000_0000_u64.to_le_bytes());
    assert_eq!([event[7], event[9]], [[0; 8], 0x7ff8_0000_0000_0000_u64.to_le_bytes()]);
    let position = PositionRecord {
        symbol: 0,
        order_id: 1,
        status: Status::Pending,
        direction: Direction::Long,
        order_type: OrderType::Market,
        stop_kind: StopKind::Initial,
        entry_price: 1.0,
        stop_loss: 1.0,
        take_profit: UNSET_FLOAT,
        size: 0.0,
    };
    let mut records = empty_records();
    pack_positions(std::iter::once(position), &mut records);
    let one = 0x3ff0_0000_0000_0000;
    assert_eq!(records[HEAD_WORDS..].as_flattened(), words(&[1, 0, one, one, 0, 0]));
}

#[test]
fn a_bar_without_positions_and_events_is_hashed_like_every_other() {
    // The digest before goes in as it is written, most significant byte first.
    let before = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff_u128;
    let mut bytes = before.to_be_bytes().to_vec();
    bytes.extend(words(&[2, 0x3ff0_0000_0000_0000, 0x3ff0_0000_0000_0000, 0]));
    assert_eq!(next_digest(before, 2, 1.0, 1.0, 0, &mut empty_records(), std::iter::empty(), &[]), xxh3_128(&bytes));
    assert_eq!(digest_bytes(before), bytes[..16]);
}

#[test]
fn events_are_hashed_once() {
    let mut records = empty_records();
    let event = pack_event(&Event::new(0, 1, 2, EventKind::Rejected));
    let first = next_digest(0, 1, 1.0, 1.0, 0, &mut records, std::iter::empty(), &event);
    let again = next_digest(0, 1, 1.0, 1.0, 0, &mut records, std::iter::empty(), &[]);
    assert_ne!(first, again);
    assert_eq!(again, next_digest(0, 1, 1.0, 1.0, 0, &mut empty_records(), std::iter::empty(), &[]));
}
