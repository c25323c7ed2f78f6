//! Tick mode: the rules of execution where a bar has no length (E-17, Q-E17).

use crate::execution::hits::stop_reach;
use crate::execution::state::{Book, Buffers, Log, Rules};
use crate::types::Variant;
use crate::variants::tick_variant_rules;

/// The rules of a run at its ticks: no length, no buffer, and the variant's clauses (E-17).
#[must_use]
pub fn tick_rules(rules: &Rules, variant: Variant) -> Rules {
    let none = Buffers { stop: 0.0, target: 0.0 };
    Rules {
        timeframe: 0,
        stop_buffer: 0.0,
        buffers: none,
        idle_buffers: none,
        variant: tick_variant_rules(variant),
        ..rules.clone()
    }
}

/// Gives each stop the buffer that it has by these rules, where ticks and bars follow one another (Q-E17d).
pub fn set_reaches(book: &mut Book, rules: &Rules) {
    for position in book.rows() {
        book.stop_reach[position] = stop_reach(rules, book.direction[position], book.stop_loss[position]);
    }
}

/// Keeps of the points of one time, from `first` on, the last (P-4, Q-E17c).
pub fn keep_last_points(log: &mut Log, first: usize) {
    let curve = &mut log.equity;
    let mut kept = first;
    for row in first..curve.timestamp.len() {
        let is_replaced = curve.timestamp.get(row + 1) == Some(&curve.timestamp[row]);
        rule!("Q-E17c", is_replaced);
        if is_replaced {
            continue;
        }
        curve.timestamp[kept] = curve.timestamp[row];
        curve.known_at[kept] = curve.known_at[row];
        curve.cash[kept] = curve.cash[row];
        curve.equity[kept] = curve.equity[row];
        kept += 1;
    }
    curve.timestamp.truncate(kept);
    curve.known_at.truncate(kept);
    curve.cash.truncate(kept);
    curve.equity.truncate(kept);
}

#[cfg(test)]
#[path = "tests/ticks.rs"]
mod tests;
