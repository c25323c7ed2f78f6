//! The order of one bar (Q-L1): signals, swap, pass, stop-out, instructions, management, E-18, equity, digest.

use crate::bars::detail::Detail;
use crate::error::OmegaError;
use crate::execution::closing::{close_all, forget_closed};
use crate::execution::columns::Position;
use crate::execution::entries::process_signal;
use crate::execution::exits::exit_if_hit;
use crate::execution::hits::bar_buffers;
use crate::execution::instructions::act_on_instructions;
use crate::execution::ledger::mark_bar;
use crate::execution::management::manage_positions;
use crate::execution::opening::reject;
use crate::execution::pending::evaluate_order;
use crate::execution::rollover::{book_nights, pass_rollovers};
use crate::execution::state::{Account, Book, Log, Rules};
use crate::execution::stop_out::{look_at_account, look_at_cash};
use crate::portfolio::equity::open_profit;
use crate::quotes::{Quote, closing_quote, quote_of};
use crate::strategy::base::Action;
use crate::types::{Bars, Reason, Signal, Status};

/// Works through one bar, which is later than any before. Of its detail bars those before the last one were evaluated
/// (E-22).
///
/// `signals` are handed over at this bar; `late` are, in the last bar, those that no bar reaches, which are rejected
/// (L-1a). `manage_position` is the strategy's part of management (E-11); `is_last` says whether `close_at_end` acts.
///
/// # Errors
/// As [`manage_positions`].
#[inline]
pub fn process_bar<M: Fn(&Position) -> Action>(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    bars: &Bars<'_>,
    row: usize,
    detail: Option<&Detail<'_>>,
    signals: impl ExactSizeIterator<Item = Signal>,
    late: impl Iterator<Item = Signal>,
    manage_position: Option<M>,
    is_last: bool,
) -> Result<(), OmegaError> {
    let time = bars.timestamp[row];
    if book.is_empty() && signals.len() == 0 && !is_last {
        // Most bars of most runs: nobody asks for their prices.
        if let Some(swap) = &rules.swap {
            pass_rollovers(book, swap, time);
        }
        look_at_cash(account, rules);
        mark_bar(book, account, log, rules, time, account.portfolio.cash);
        return Ok(());
    }
    let quote = match detail {
        None => quote_of(bars, row, rules.timeframe),
        Some(detail) => closing_quote(bars, row, rules.timeframe, detail),
    };
    for signal in signals {
        process_signal(book, account, log, rules, &quote, &signal);
    }
    for signal in late {
        rule!("L-1a");
        reject(account, log, &quote, &signal, Reason::AfterEnd);
    }
    finish_bar(book, account, log, rules, &quote, time, manage_position, is_last)
}

/// What follows the signals of the bar of a time: swap, pass, stop-out, management, end of data, equity.
///
/// # Errors
/// As [`manage_positions`].
#[inline]
pub fn finish_bar<M: Fn(&Position) -> Action>(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    time: i64,
    manage_position: Option<M>,
    is_last: bool,
) -> Result<(), OmegaError> {
    evaluate_positions(book, account, log, rules, quote, time, manage_position)?;
    if is_last && rules.close_at_end {
        close_all(book, account, log, rules, quote);
    }
    mark_quote(book, account, log, rules, quote, time);
    Ok(())
}

/// What a bar does to the positions there are: swap, pass, stop-out, instructions and management.
///
/// # Errors
/// As [`manage_positions`].
#[inline]
pub fn evaluate_positions<M: Fn(&Position) -> Action>(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    time: i64,
    manage_position: Option<M>,
) -> Result<(), OmegaError> {
    if let Some(swap) = &rules.swap {
        book_nights(book, account, log, rules, quote, time, swap);
    }
    if book.is_empty() {
        look_at_cash(account, rules);
    } else {
        evaluate_pass(book, account, log, rules, quote);
        look_at_account(book, account, log, rules, quote);
        forget_closed(book);
    }
    if !book.waiting.is_empty() {
        act_on_instructions(book, account, log, rules, quote);
    }
    if book.is_empty() { Ok(()) } else { manage_positions(book, account, log, rules, quote, manage_position) }
}

/// Ends the bar of a time: what is open marked at its closes, equity and digest.
#[inline]
pub fn mark_quote(book: &mut Book, account: &mut Account, log: &mut Log, rules: &Rules, quote: &Quote, time: i64) {
    let portfolio = &mut account.portfolio;
    portfolio.open_profit = if rules.variant.marks_open_profit { open_profit(book, rules, quote) } else { 0.0 };
    let equity = portfolio.cash + portfolio.open_profit;
    mark_bar(book, account, log, rules, time, equity);
}

/// Expiry, trigger and exit of one position after the other, in order_id order (E-5).
///
/// What it closes stays in the book until the account was looked at (Q-E21c).
pub fn evaluate_pass(book: &mut Book, account: &mut Account, log: &mut Log, rules: &Rules, quote: &Quote) {
    let buffers = bar_buffers(book, rules);
    for position in book.rows() {
        if book.entry_time[position] >= quote.timestamp {
            rule!("E-5", book.status[position] != Status::Closed);
            continue;
        }
        if book.status[position] == Status::Open {
            exit_if_hit(book, account, log, rules, quote, position, &buffers, false);
        } else {
            evaluate_order(book, account, log, rules, quote, position, &buffers);
        }
    }
}

#[cfg(test)]
#[path = "tests/bar.rs"]
mod tests;
