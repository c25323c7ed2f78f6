//! What detail bars show of the inside of a bar, up to the last one, which stands in for the bar (E-22, Q-E22).

use crate::bars::detail::Detail;
use crate::execution::bar::evaluate_pass;
use crate::execution::closing::forget_closed;
use crate::execution::management::follow_prices;
use crate::execution::rollover::book_nights;
use crate::execution::state::{Account, Book, Log, Rules};
use crate::execution::stop_out::look_at_account;
use crate::quotes::quote_of;
use crate::types::Bars;

/// Evaluates the detail bars of a bar but for its last one.
pub fn evaluate_detail(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    bars: &Bars<'_>,
    row: usize,
    detail: &Detail<'_>,
) {
    let (start, end) = (detail.starts[row], detail.starts[row + 1]);
    for place in start..end.saturating_sub(1) {
        if book.is_empty() {
            return;
        }
        rule!("E-22");
        let quote = quote_of(&detail.bars, place, detail.timeframe);
        if let Some(swap) = &rules.swap {
            book_nights(book, account, log, rules, &quote, bars.timestamp[row], swap);
        }
        evaluate_pass(book, account, log, rules, &quote);
        look_at_account(book, account, log, rules, &quote);
        forget_closed(book);
        follow_prices(book, account, log, rules, &quote);
        account.portfolio.cash_before = account.portfolio.cash;
        // That of the bar before: a bar that ends without a position does not work it out anew.
        account.portfolio.open_profit = 0.0;
    }
}

#[cfg(test)]
#[path = "tests/detail.rs"]
mod tests;
