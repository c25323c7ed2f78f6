//! Where an account stood worst inside a bar, and what becomes of it where nothing was left (E-21, Q-E21).

use crate::execution::closing::{close_position, drop_order};
use crate::execution::columns::{Opening, Stake};
use crate::execution::margin::margin_in_use;
use crate::execution::state::{Account, Book, Log, Rules};
use crate::portfolio::drawdown::note_corner;
use crate::portfolio::equity::position_profit;
use crate::quotes::{Quote, side_close, side_open};
use crate::types::{Direction, EventKind, Reason, Status, UNSET_TIME};

/// The worse of both ends that a bar's prices reached: all lows, or all highs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Corner {
    /// The account's there.
    pub equity: f64,
    /// Whether it is the lows'.
    pub is_low: bool,
}

/// Looks at the account after the pass of a bar: its drawdown inside it, and whether it is stopped out.
#[inline]
pub fn look_at_account(book: &mut Book, account: &mut Account, log: &mut Log, rules: &Rules, quote: &Quote) {
    if !rules.variant.looks_inside_bars {
        return;
    }
    let corner = worst_corner(book, account, rules, quote);
    note_corner(&mut account.portfolio, corner.equity);
    let level = level_of(rules, margin_in_use(book, rules));
    if rules.stops_out && corner.equity <= level {
        rule!("E-21");
        stop_out(book, account, log, rules, quote, &corner, level);
    }
}

/// Looks at the account in a bar without a position: its equity is the cash all through it.
#[inline]
pub fn look_at_cash(account: &mut Account, rules: &Rules) {
    if rules.stops_out && account.portfolio.cash <= 0.0 {
        account.is_stopped_out = true;
    }
}

/// The corner of the lower equity, the lows' where both are equal.
#[inline]
#[must_use]
pub fn worst_corner(book: &Book, account: &Account, rules: &Rules, quote: &Quote) -> Corner {
    let (bid, ask) = ([quote.bid_low, quote.bid_high], [quote.ask_low, quote.ask_high]);
    let [lows, highs] = equity_at(book, account, rules, quote, bid, ask);
    if lows <= highs { Corner { equity: lows, is_low: true } } else { Corner { equity: highs, is_low: false } }
}

/// The equity with what was open from the bar's open on marked at `bid` and `ask`, of as many points as are asked for.
#[inline]
#[must_use]
pub fn equity_at<const POINTS: usize>(
    book: &Book,
    account: &Account,
    rules: &Rules,
    quote: &Quote,
    bid: [f64; POINTS],
    ask: [f64; POINTS],
) -> [f64; POINTS] {
    let mut totals = [0.0; POINTS];
    // Column by column, and all points at once: done in every bar with a position.
    let openings = book.status.iter().zip(&book.trigger_time).zip(&book.is_opened_at_open);
    let stakes = book.direction.iter().zip(&book.entry_price).zip(&book.size);
    let columns = openings.zip(stakes);
    for (((&status, &trigger_time), &is_opened_at_open), ((&direction, &entry_price), &size)) in columns {
        if !is_moved(quote, &Opening { status, direction, trigger_time, is_opened_at_open }) {
            continue;
        }
        let position = Stake { direction, entry_price, size };
        for (total, (&bid, &ask)) in totals.iter_mut().zip(bid.iter().zip(&ask)) {
            *total += position_profit(rules, &position, bid, ask, quote.timestamp);
        }
    }
    totals.map(|total| account.portfolio.cash + total)
}

/// Whether the bar moves an open position from its open on; one that opened later in it stands still.
#[inline]
#[must_use]
pub fn is_moved(quote: &Quote, position: &Opening) -> bool {
    position.status == Status::Open && (position.is_opened_at_open || position.trigger_time < quote.timestamp)
}

/// Whether a position was open before the bar.
#[must_use]
pub fn is_older(quote: &Quote, position: &Opening) -> bool {
    position.trigger_time != UNSET_TIME && position.trigger_time < quote.timestamp
}

/// Whether the bar began at or below the level, by what was open and owned before it (Q-E21c).
#[must_use]
pub fn began_below(book: &Book, account: &Account, rules: &Rules, quote: &Quote) -> bool {
    let (mut total, mut used) = (0.0, 0.0);
    for row in book.rows() {
        if is_older(quote, &book.opening(row)) {
            let position =
                Stake { direction: book.direction[row], entry_price: book.entry_price[row], size: book.size[row] };
            total += position_profit(rules, &position, quote.bid_open, quote.ask_open, quote.timestamp);
            used += book.margin.get(row);
        }
    }
    account.portfolio.cash_before + total <= level_of(rules, used)
}

/// The equity at which an account with this margin in use is stopped out: a share of it, or nothing.
#[inline]
#[must_use]
pub fn level_of(rules: &Rules, used: f64) -> f64 {
    let level = rules.margin_stop_out * used;
    if level > 0.0 { level } else { 0.0 }
}

/// Closes all where the account met the level (Q-E21c), and cancels what is pending.
#[cold]
pub fn stop_out(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    corner: &Corner,
    level: f64,
) {
    let share = share_of(book, account, rules, quote, corner, level);
    account.is_stopped_out = true;
    for position in book.rows() {
        if book.status[position] == Status::Closed {
            continue;
        }
        if book.status[position] != Status::Open {
            drop_order(book, account, log, quote, position, EventKind::Cancelled, Reason::StopOut);
            continue;
        }
        account.stop_outs += 1;
        let opening = book.opening(position);
        let is_at_open = share == Some(0.0) && is_moved(quote, &opening);
        let price = price_on_the_way(quote, &opening, corner, share);
        close_position(book, account, log, rules, quote, position, price, Reason::StopOut, true, true, is_at_open);
    }
}

/// How far from the open to the corner the account met the level; `None` where nobody knows (Q-E21c).
#[must_use]
pub fn share_of(
    book: &Book,
    account: &Account,
    rules: &Rules,
    quote: &Quote,
    corner: &Corner,
    level: f64,
) -> Option<f64> {
    if began_below(book, account, rules, quote) {
        rule!("Q-E21c");
        return Some(0.0);
    }
    let [opened] = equity_at(book, account, rules, quote, [quote.bid_open], [quote.ask_open]);
    rule!("Q-E21c", opened <= level);
    if opened <= level { None } else { Some((opened - level) / (opened - corner.equity)) }
}

/// The exit side's price a share of the way from the open to the corner; its close for what stood still.
#[must_use]
pub fn price_on_the_way(quote: &Quote, position: &Opening, corner: &Corner, share: Option<f64>) -> f64 {
    let is_buy = position.direction == Direction::Short;
    let Some(share) = share.filter(|_| is_moved(quote, position)) else {
        return side_close(quote, is_buy);
    };
    let opened = side_open(quote, is_buy);
    let end = match (is_buy, corner.is_low) {
        (true, true) => quote.ask_low,
        (true, false) => quote.ask_high,
        (false, true) => quote.bid_low,
        (false, false) => quote.bid_high,
    };
    opened + ((end - opened) * share)
}

#[cfg(test)]
#[path = "tests/stop_out.rs"]
mod tests;
