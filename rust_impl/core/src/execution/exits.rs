//! Exits at the stop and the target (E-6 … E-10).

use crate::execution::closing::close_position;
use crate::execution::columns::Position;
use crate::execution::fills::{fill_limit, fill_stop};
use crate::execution::hits::find_hits;
use crate::execution::state::{Account, Book, Buffers, Log, Rules};
use crate::execution::walk::walk_bar;
use crate::quotes::{Quote, side_open};
use crate::types::{Direction, Reason, StopKind};

/// Closes an open position whose stop or target the bar reaches; where it reaches both the stop goes first (v1).
// Called for every open position in every bar: a call would cost half of what it does.
#[inline(always)]
pub fn exit_if_hit(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: usize,
    buffers: &Buffers,
    is_trigger_bar: bool,
) {
    let levels = book.levels(position, is_trigger_bar);
    let Some(hits) = find_hits(quote, &levels, buffers, is_trigger_bar) else { return };
    rule!("E-6", hits.stop && quote.bid_low == levels.stop_reach + buffers.stop);
    rule!("E-6", hits.stop && quote.ask_high == levels.stop_reach - buffers.stop);
    rule!("E-6", hits.target && quote.bid_high == levels.take_profit - buffers.target);
    rule!("E-6", hits.target && quote.ask_low == levels.take_profit + buffers.target);
    rule!(
        "Q-E6",
        hits.stop && book.stop_loss[position] < quote.bid_low && { quote.bid_low <= levels.stop_reach + buffers.stop }
    );
    rule!(
        "Q-E6",
        hits.stop && book.stop_loss[position] > quote.ask_high && {
            quote.ask_high >= levels.stop_reach - buffers.stop
        }
    );
    if rules.variant.walks_bars {
        let walked = walk_bar(account, rules, quote, &book.position(position), rules.intrabar_open_position);
        close_hit(book, account, log, rules, quote, position, walked.has_target, walked.is_exit_at_open);
        return;
    }
    rule!("Q-E7b", hits.is_ambiguous);
    account.ambiguous_bars += u64::from(hits.is_ambiguous);
    close_hit(book, account, log, rules, quote, position, !hits.stop, false);
}

/// Closes a position by its target or its stop, at the open or at the level (E-9, E-10).
#[inline(never)]
pub fn close_hit(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: usize,
    is_target: bool,
    is_at_open: bool,
) {
    let level = if is_target { book.take_profit[position] } else { book.stop_loss[position] };
    let is_buy = book.direction[position] == Direction::Short;
    let mut fill = level;
    if is_at_open {
        let open = side_open(quote, is_buy);
        fill = if is_target { fill_limit(level, open, is_buy) } else { fill_stop(level, open, is_buy) };
    }
    rule!("E-9", fill != level);
    rule!("E-10", is_target);
    rule!("E-10s", !is_target);
    let reason = if is_target { Reason::TakeProfit } else { stop_reason(rules, quote, &book.position(position)) };
    let is_slipped = rules.variant.slips_targets || !is_target;
    close_position(book, account, log, rules, quote, position, fill, reason, is_slipped, true, is_at_open);
}

/// Why a stop closes: what moved it last, as far as the variant tells (Q-E10).
#[must_use]
pub fn stop_reason(rules: &Rules, quote: &Quote, position: &Position) -> Reason {
    rule!("E-17", position.stop_kind != StopKind::Initial && !rules.variant.tells_moved_stops);
    if position.stop_kind == StopKind::Initial || !rules.variant.tells_moved_stops {
        return Reason::StopLoss;
    }
    rule!("Q-E10");
    if rules.variant.names_moved_stops {
        return match position.stop_kind {
            StopKind::Initial => Reason::StopLoss,
            StopKind::BreakEven => Reason::BreakEvenStopLoss,
            StopKind::Trailing => Reason::TrailingStop,
            StopKind::Modified => Reason::ModifiedStopLoss,
        };
    }
    let is_trigger_bar = position.trigger_time == quote.timestamp;
    if is_trigger_bar { Reason::StopLoss } else { Reason::BreakEvenStopLoss }
}

#[cfg(test)]
#[path = "tests/exits.rs"]
mod tests;
