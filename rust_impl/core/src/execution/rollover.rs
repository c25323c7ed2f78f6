//! Nights: what a rollover books on the positions that were open before it (C-4, Q-C4b).

use crate::costs::swap::{SwapTerms, swap_amount};
use crate::execution::ledger::emit;
use crate::execution::ordinals::next_seq;
use crate::execution::state::{Account, Book, Log, Rules};
use crate::execution::stop_out::is_older;
use crate::portfolio::money::book_swap;
use crate::quotes::{Quote, side_open};
use crate::types::{Direction, Event, EventKind};
use crate::worth::value_at;

/// The nights of the rollovers since the bar before, of which the bar of a time, µs, is the first after.
#[inline]
pub fn pass_rollovers(book: &mut Book, swap: &SwapTerms, time: i64) -> i64 {
    let (mut nights, mut passed) = (0, book.rollovers_passed);
    while swap.rollovers.get(passed).is_some_and(|&rollover| rollover <= time) {
        nights += swap.nights[passed];
        passed += 1;
    }
    book.rollovers_passed = passed;
    nights
}

/// Books the nights that end with the bar of a time, µs, on what was open before it, in order_id order.
pub fn book_nights(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    time: i64,
    swap: &SwapTerms,
) {
    let nights = pass_rollovers(book, swap, time);
    if nights == 0 {
        return;
    }
    for position in book.rows() {
        if is_older(quote, &book.opening(position)) {
            charge_nights(book, account, log, rules, quote, position, swap, nights);
        }
    }
}

/// Books some nights of one position by what the open of the bar is worth at which it could be left.
pub fn charge_nights(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: usize,
    swap: &SwapTerms,
    nights: i64,
) {
    let (direction, size) = (book.direction[position], book.size[position]);
    let price = side_open(quote, direction == Direction::Short);
    let value = value_at(&rules.terms.worth, price, quote.timestamp);
    let amount = swap_amount(swap, direction, size, value, nights);
    if amount == 0.0 {
        return;
    }
    rule!("C-4");
    book.swap.set(position, book.rows().end, book.swap.get(position) + amount);
    book_swap(&mut account.portfolio, amount);
    let details = &book.details[position];
    emit(
        log,
        &Event {
            order_id: details.order_id,
            direction: Some(direction),
            order_type: Some(details.order_type),
            price,
            size,
            fee: -amount,
            ..Event::new(next_seq(account), quote.timestamp, quote.timestamp, EventKind::Swap)
        },
    );
}

#[cfg(test)]
#[path = "tests/rollover.rs"]
mod tests;
