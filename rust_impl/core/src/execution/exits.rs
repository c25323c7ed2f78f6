//! Exits at the stop and the target (E-6 … E-10).

use crate::execution::closing::close_position;
use crate::execution::fills::{fill_limit, fill_stop};
use crate::execution::hits::{Hits, find_hits, judge_hits};
use crate::execution::state::{Account, Book, Buffers, Log, Rules};
use crate::execution::walk::walk_bar;
use crate::quotes::{Quote, side_open};
use crate::types::{Direction, Reason};

/// Closes a position whose stop or target the bar reaches; in its trigger bar its entry comes first.
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
    let hits = find_hits(quote, &book.levels(position), buffers);
    if hits.stop || hits.target {
        exit_by_hits(book, account, log, rules, quote, position, buffers, is_trigger_bar, hits);
    }
}

/// Closes a position of which the bar's extremes reach something, if one of its points does (E-7, E-9).
#[inline(never)]
fn exit_by_hits(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: usize,
    buffers: &Buffers,
    is_trigger_bar: bool,
    hits: Hits,
) {
    let levels = book.levels(position);
    let order = is_trigger_bar.then(|| book.order(position));
    let (touch, is_ambiguous) = if rules.variant.walks_bars {
        walk_bar(rules, quote, order.as_ref(), &levels)
    } else {
        judge_hits(quote, order.as_ref(), &levels, buffers, hits)
    };
    rule!("Q-E7", is_ambiguous);
    account.ambiguous_bars += u64::from(is_ambiguous);
    let Some(touch) = touch else { return };
    let is_target = touch.is_target;
    let level = if is_target { levels.take_profit } else { book.stop_loss[position] };
    let is_buy = levels.direction == Direction::Short;
    rule!("E-6", is_buy && is_target && quote.ask_low == level + buffers.target);
    rule!("E-6", is_buy && !is_target && quote.ask_high == levels.stop_reach - buffers.stop);
    rule!("E-6", !is_buy && is_target && quote.bid_high == level - buffers.target);
    rule!("E-6", !is_buy && !is_target && quote.bid_low == levels.stop_reach + buffers.stop);
    rule!("Q-E6", is_buy && hits.stop && quote.ask_high < book.stop_loss[position]);
    rule!("Q-E6", !is_buy && hits.stop && quote.bid_low > book.stop_loss[position]);
    let mut fill = level;
    if touch.is_at_open {
        let open = side_open(quote, is_buy);
        fill = if is_target { fill_limit(rules, level, open, is_buy) } else { fill_stop(rules, level, open, is_buy) };
    }
    rule!("E-9", fill != level);
    rule!("E-10", is_target);
    rule!("E-10s", !is_target);
    let reason = if is_target { Reason::TakeProfit } else { Reason::StopLoss };
    let is_slipped = rules.variant.slips_targets || !is_target;
    close_position(book, account, log, rules, quote, position, fill, reason, is_slipped, true, touch.is_at_open);
}

#[cfg(test)]
#[path = "tests/exits.rs"]
mod tests;
