//! Exits at the stop and the target (E-6 … E-10).

use crate::execution::closing::close_position;
use crate::execution::fills::{fill_limit, fill_stop};
use crate::execution::hits::find_hits;
use crate::execution::state::{Account, Book, Buffers, Log, Rules};
use crate::quotes::{Quote, side_open};
use crate::types::{Direction, Reason};

/// Closes a position whose stop or target the bar reaches.
///
/// In the trigger bar the open came before the entry: both fill at their level and the stop goes first (E-8, E-9).
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
    rule!("Q-E7", hits.is_ambiguous);
    account.ambiguous_bars += u64::from(hits.is_ambiguous);
    let may_prefer_target = rules.variant.prefers_target_at_open && !is_trigger_bar;
    let is_target = hits.target && (!hits.stop || (may_prefer_target && hits.is_target_first));
    let level = if is_target { levels.take_profit } else { book.stop_loss[position] };
    let is_buy = levels.direction == Direction::Short;
    rule!("E-6", is_buy && is_target && quote.ask_low == level + buffers.target);
    rule!("E-6", is_buy && !is_target && quote.ask_high == levels.stop_reach - buffers.stop);
    rule!("E-6", !is_buy && is_target && quote.bid_high == level - buffers.target);
    rule!("E-6", !is_buy && !is_target && quote.bid_low == levels.stop_reach + buffers.stop);
    rule!("Q-E6", is_buy && hits.stop && quote.ask_high < book.stop_loss[position]);
    rule!("Q-E6", !is_buy && hits.stop && quote.bid_low > book.stop_loss[position]);
    let mut fill = level;
    if !is_trigger_bar {
        let open = side_open(quote, is_buy);
        fill = if is_target { fill_limit(rules, level, open, is_buy) } else { fill_stop(rules, level, open, is_buy) };
    }
    rule!("E-9", fill != level);
    rule!("E-10", is_target);
    rule!("E-10s", !is_target);
    let reason = if is_target { Reason::TakeProfit } else { Reason::StopLoss };
    let is_slipped = rules.variant.slips_targets || !is_target;
    close_position(book, account, log, rules, quote, position, fill, reason, is_slipped, true);
}

#[cfg(test)]
#[path = "tests/exits.rs"]
mod tests;
