//! No twin: what Python's `struct` does for the state chain, word by word and without an allocation per bar.

use xxhash_rust::xxh3::Xxh3;

use crate::state_chain::{DIGEST_LENGTH, pack_positions};
use crate::types::{Direction, OrderType, Status, StopKind};

/// 64 bits, little-endian.
pub type Word = [u8; 8];

/// Words in front of positions and events: the last digest, and four of the bar (Q-H1).
pub const HEAD_WORDS: usize = DIGEST_LENGTH / size_of::<Word>() + 4;
/// Words of a position.
pub const POSITION_WORDS: usize = 6;
/// Words of an event.
pub const EVENT_WORDS: usize = 12;
/// The word of an event whose first byte is its kind.
pub const EVENT_KIND_AT: usize = 4;

/// Positions whose records are kept packed between bars; more are packed anew in each bar, as many at a time.
pub const KEPT_RECORDS: usize = 1024;
/// Words of events that there is room for between bars.
pub const KEPT_EVENT_WORDS: usize = 16 * EVENT_WORDS;

/// What the chain covers of a pending or open position.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct PositionRecord {
    pub symbol: u16,
    pub order_id: i64,
    pub status: Status,
    pub direction: Direction,
    pub order_type: OrderType,
    pub stop_kind: StopKind,
    pub entry_price: f64,
    pub stop_loss: f64,
    pub take_profit: f64,
    pub size: f64,
}

/// No records, with room in front for what changes with every bar.
#[must_use]
pub fn empty_records() -> Vec<Word> {
    vec![[0; 8]; HEAD_WORDS]
}

/// Makes room for the records of `count` positions, and hardly more.
#[inline]
pub fn reserve_records(records: &mut Vec<Word>, count: usize) {
    const STEP: usize = 64;
    let words = HEAD_WORDS + POSITION_WORDS * count.next_multiple_of(STEP);
    if records.capacity() < words {
        records.reserve_exact(words - records.len());
    }
}

/// The digest of a bar with more positions or events than are put together in one piece; `records` are those of the
/// positions, or the room in which they are packed, block by block.
#[cold]
#[inline(never)]
pub fn digest_in_parts(
    head: &[Word; HEAD_WORDS],
    count: usize,
    records: &mut Vec<Word>,
    mut positions: impl Iterator<Item = PositionRecord>,
    events: &[Word],
) -> u128 {
    let mut hash = Xxh3::new();
    hash.update(head.as_flattened());
    if count > KEPT_RECORDS {
        pack_positions(positions.by_ref().take(KEPT_RECORDS), records);
        while records.len() > HEAD_WORDS {
            hash.update(records[HEAD_WORDS..].as_flattened());
            pack_positions(positions.by_ref().take(KEPT_RECORDS), records);
        }
    } else {
        hash.update(records[HEAD_WORDS..].as_flattened());
    }
    hash.update(events.as_flattened());
    hash.digest128()
}

/// A digest as it is written: XXH's canonical form.
#[inline]
#[must_use]
pub const fn digest_bytes(digest: u128) -> [u8; DIGEST_LENGTH] {
    digest.to_be_bytes()
}

/// The digest that was written so.
#[must_use]
pub const fn digest_of(bytes: [u8; DIGEST_LENGTH]) -> u128 {
    u128::from_be_bytes(bytes)
}

/// [`digest_bytes`] as two words.
#[inline(always)]
pub(crate) const fn digest_words(digest: u128) -> [Word; 2] {
    [((digest >> 64) as u64).to_be_bytes(), (digest as u64).to_be_bytes()]
}

/// Four bytes, the presence bits and the number of a symbol as one word.
#[inline(always)]
pub(crate) const fn packed(bytes: [u8; 4], presence: u16, symbol: u16) -> Word {
    let [a, b, c, d] = bytes;
    let [e, f] = presence.to_le_bytes();
    let [g, h] = symbol.to_le_bytes();
    [a, b, c, d, e, f, g, h]
}

/// The bits of `are_set`, the first one lowest.
#[inline(always)]
pub(crate) fn presence<const N: usize>(are_set: [bool; N]) -> u16 {
    let mut bits = 0;
    for (bit, is_set) in are_set.into_iter().enumerate() {
        bits |= u16::from(is_set) << bit;
    }
    bits
}
