use super::*;
use crate::packing::{EVENT_WORDS, HEAD_WORDS, KEPT_RECORDS, POSITION_WORDS};
use crate::state_chain::{next_digest, pack_positions};
use crate::test_support::position;
use crate::types::Direction;

fn book(count: i64) -> Book {
    let mut book = Book::default();
    for order_id in 1..=count {
        book.push(&Position { order_id, margin: order_id as f64, direction: Direction::Long, ..position() });
    }
    book
}

fn close(book: &mut Book, rows: &[usize]) {
    rows.iter().for_each(|&row| book.close(row));
    book.forget_closed();
}

#[test]
fn what_is_forgotten_is_nowhere_although_its_row_stays() {
    let mut forgetful = book(9);
    close(&mut forgetful, &[1, 4]);
    assert_eq!((forgetful.len(), forgetful.rows().len(), forgetful.forgotten), (7, 9, 2));
    let left = [1, 3, 4, 6, 7, 8, 9];
    assert_eq!(forgetful.positions().order_id, left);
    assert_eq!(forgetful.chain_records().map(|record| record.order_id).collect::<Vec<_>>(), left);
    assert_eq!((forgetful.entry_time[1], forgetful.trigger_time[4]), (i64::MAX, UNSET_TIME));
    assert_eq!((forgetful.margin.get(1), forgetful.margin.get(2)), (0.0, 3.0));
    // The third of nine is more than a quarter.
    close(&mut forgetful, &[8]);
    assert_eq!((forgetful.len(), forgetful.rows().len(), forgetful.forgotten), (6, 6, 0));
    assert_eq!(forgetful.positions().order_id, left[..6]);
    assert_eq!(forgetful.margin.get(1), 3.0);
    close(&mut forgetful, &[0, 1, 2, 3, 4, 5]);
    assert!(forgetful.is_empty() && forgetful.rows().is_empty());
}

#[test]
fn closing_one_of_many_moves_few() {
    // Each removal moves what stays; counted over a book that loses one after the other.
    let (mut shrinking, mut moved) = (book(10_000), 0);
    for row in 0..5_000 {
        let before = shrinking.rows().len();
        let place = shrinking.kept_rows().next().unwrap();
        assert!(place <= row);
        close(&mut shrinking, &[place]);
        moved += if shrinking.rows().len() < before { shrinking.len() } else { 0 };
    }
    assert_eq!(shrinking.len(), 5_000);
    assert!(moved < 4 * 5_000, "{moved} rows moved by 5,000 closings");
}

#[test]
fn many_positions_are_hashed_as_few_are() {
    // Q-H1 says nothing of blocks: the digest is that of all bytes, whatever is kept packed.
    let kept = KEPT_RECORDS as i64;
    for (extra, count) in [(0, 2), (0, 100), (1, 2), (1, 100), (kept, 2), (kept + 1, 100)] {
        let many = book(kept + extra);
        let mut records = empty_records();
        pack_positions(many.chain_records(), &mut records);
        let events = vec![[7; 8]; count * EVENT_WORDS];
        let mut whole = records.clone();
        whole[0] = [0; 8];
        let mut room = if extra == 0 { records } else { empty_records() };
        let digest = next_digest(0, 42, 10.0, 11.0, many.len(), &mut room, many.chain_records(), &events);
        let head = [[0; 8], [0; 8], 42_i64.to_le_bytes(), 10.0_f64.to_le_bytes(), 11.0_f64.to_le_bytes()];
        whole[..HEAD_WORDS - 1].copy_from_slice(&head);
        whole[HEAD_WORDS - 1] = (many.len() as u64).to_le_bytes();
        assert_eq!(whole.len(), HEAD_WORDS + POSITION_WORDS * many.len());
        whole.extend_from_slice(&events);
        assert_eq!(digest, xxhash_rust::xxh3::xxh3_128(whole.as_flattened()));
    }
}
