//! Which orders and positions an exit or modify signal reaches (Q-E15), and the places that it frees (Q-L1b).

use crate::execution::columns::Position;
use crate::execution::state::{Book, Instruction};
use crate::types::{Signal, SignalType, Status};

/// Whether an instruction reaches an order or position; closing a part of a pending order means nothing (Q-E15).
#[must_use]
pub fn is_match(instruction: &Instruction, position: &Position) -> bool {
    let signal = &instruction.signal;
    if position.magic_number != signal.magic_number || position.order_id >= instruction.before_order_id {
        return false;
    }
    if signal.direction.is_some_and(|direction| position.direction != direction) {
        return false;
    }
    position.status == Status::Open || !is_partial(signal)
}

/// Whether a signal closes a part of what it matches (E-16).
#[must_use]
pub fn is_partial(signal: &Signal) -> bool {
    signal.signal_type == SignalType::Exit && signal.fraction < 1.0
}

/// Orders and positions, but for those that a waiting exit closes whole (Q-L1b).
#[must_use]
pub fn taken_places(book: &Book) -> usize {
    if book.waiting.is_empty() {
        return book.len();
    }
    let is_freed = |position: &Position| {
        book.waiting.iter().any(|instruction| {
            let signal = &instruction.signal;
            signal.signal_type == SignalType::Exit && !is_partial(signal) && is_match(instruction, position)
        })
    };
    book.kept_rows().filter(|&position| !is_freed(&book.position(position))).count()
}

#[cfg(test)]
#[path = "tests/matching.rs"]
mod tests;
