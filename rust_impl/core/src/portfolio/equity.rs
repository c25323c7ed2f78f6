//! Equity and drawdown, bar by bar (P-3, P-4).

use crate::execution::columns::Stake;
use crate::execution::state::{Book, Rules};
use crate::portfolio::money::{Portfolio, price_move};
use crate::quotes::Quote;
use crate::types::{Direction, Status};
use crate::worth::value_at;

/// Profit of open positions marked at the closes, in order_id order (P-3, Q-P3).
#[must_use]
pub fn open_profit(book: &Book, rules: &Rules, quote: &Quote) -> f64 {
    let mut total = 0.0;
    let columns = book.status.iter().zip(&book.direction).zip(&book.entry_price).zip(&book.size);
    for (((&status, &direction), &entry_price), &size) in columns {
        if status != Status::Open {
            continue;
        }
        rule!("P-3");
        let position = Stake { direction, entry_price, size };
        total += position_profit(rules, &position, quote.bid_close, quote.ask_close, quote.timestamp);
    }
    total
}

/// Profit of an open position marked at its exit side, in the bar of a time, µs (Q-P3).
#[inline]
#[must_use]
pub fn position_profit(rules: &Rules, position: &Stake, bid: f64, ask: f64, time: i64) -> f64 {
    let price = if position.direction == Direction::Long { bid } else { ask };
    let moved = price_move(position.direction, position.entry_price, price);
    (moved * position.size) * value_at(&rules.terms.worth, price, time)
}

/// Keeps the largest way from the peak down to a corner of a bar (P-5).
#[inline]
pub fn note_corner(portfolio: &mut Portfolio, equity: f64) {
    let drawdown = portfolio.peak - equity;
    if drawdown > portfolio.max_drawdown_intrabar {
        portfolio.max_drawdown_intrabar = drawdown;
    }
}

/// Takes a bar's cash and equity; updates peak and drawdowns (P-4, Q-P4).
#[inline]
pub fn mark(portfolio: &mut Portfolio, equity: f64) {
    portfolio.cash_before = portfolio.cash;
    portfolio.equity = equity;
    if equity > portfolio.peak {
        portfolio.peak = equity;
    }
    if equity < portfolio.peak {
        update_drawdown(portfolio, equity);
    } else {
        portfolio.drawdown_bars = 0;
    }
}

/// Equity under the initial balance is under the peak too, so that all four are kept here.
fn update_drawdown(portfolio: &mut Portfolio, equity: f64) {
    rule!("P-4");
    let drawdown = portfolio.peak - equity;
    let ratio = if portfolio.peak > 0.0 { drawdown / portfolio.peak } else { 0.0 };
    let from_initial = portfolio.initial_balance - equity;
    portfolio.drawdown_bars += 1;
    if portfolio.drawdown_bars > portfolio.max_drawdown_bars {
        portfolio.max_drawdown_bars = portfolio.drawdown_bars;
    }
    if drawdown > portfolio.max_drawdown_abs {
        portfolio.max_drawdown_abs = drawdown;
    }
    if ratio > portfolio.max_drawdown_ratio {
        portfolio.max_drawdown_ratio = ratio;
    }
    if from_initial > portfolio.max_drawdown_initial {
        portfolio.max_drawdown_initial = from_initial;
    }
}

#[cfg(test)]
#[path = "tests/equity.rs"]
mod tests;
