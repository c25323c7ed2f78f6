//! The books of several symbols under one account: the order of one step (M-4, Q-M4).

use crate::error::OmegaError;
use crate::execution::bar::evaluate_pass;
use crate::execution::closing::{close_all, close_position, drop_order, forget_closed};
use crate::execution::columns::{Position, Stake};
use crate::execution::entries::process_signal;
use crate::execution::instructions::act_on_instructions;
use crate::execution::ledger::add_point;
use crate::execution::management::manage_positions;
use crate::execution::opening::reject;
use crate::execution::rollover::book_nights;
use crate::execution::state::{Account, Book, Log, Rules};
use crate::execution::stop_out::{level_of, look_at_cash};
use crate::packing::{KEPT_RECORDS, empty_records};
use crate::portfolio::drawdown::note_corner;
use crate::portfolio::equity::position_profit;
use crate::quotes::{Quote, bar_end, carried_quote, quote_of, side_close};
use crate::state_chain::pack_positions;
use crate::strategy::base::Action;
use crate::types::{Bars, Direction, EventKind, Reason, Signal, Status};

/// One symbol of a run, at the place that is its number (M-2).
#[derive(Clone, Debug)]
pub struct Place<'a> {
    /// Its orders and positions.
    pub book: Book,
    /// Its own.
    pub rules: Rules,
    /// Its bars.
    pub bars: Bars<'a>,
    /// Of its first bar that the run covers, µs; none without one.
    pub first_time: Option<i64>,
    /// How many of its bars are not later than the step (Q-M3).
    pub seen: usize,
    /// Whether the last of these is a bar of the step.
    pub is_here: bool,
}

/// A signal that a step has to deal with: of the symbol at a place, or rejected (Q-M4b).
#[derive(Clone, Copy, Debug)]
pub struct Handed {
    /// As it was given.
    pub signal: Signal,
    /// Means nothing where it is rejected.
    pub place: usize,
    /// Why it is rejected.
    pub reason: Option<Reason>,
}

/// What a step deals with, in the order given; what waits on is left in `waiting` (Q-M4b).
///
/// `waiting` are from the steps before, `arrived` of this one, `late` in the last step those that no step reaches;
/// `start` is the time of the run's first step, µs.
pub fn hand_over(
    places: &[Place<'_>],
    waiting: &mut Vec<Signal>,
    arrived: Vec<Signal>,
    late: Vec<Signal>,
    start: i64,
) -> Vec<Handed> {
    let mut handed = Vec::new();
    for signal in std::mem::take(waiting).into_iter().chain(arrived) {
        let number = usize::from(signal.symbol);
        let first_time = places.get(number).and_then(|place| place.first_time);
        let Some(first_time) = first_time else {
            rule!("M-4");
            let reason = if signal.timestamp < start { Reason::BeforeStart } else { Reason::UnknownSymbol };
            handed.push(Handed { signal, place: 0, reason: Some(reason) });
            continue;
        };
        let place = &places[number];
        if place.is_here {
            let reason = (signal.timestamp < first_time).then_some(Reason::BeforeStart);
            handed.push(Handed { signal, place: number, reason });
        } else if place.seen == place.bars.len() {
            rule!("Q-M4b");
            handed.push(Handed { signal, place: number, reason: Some(Reason::AfterEnd) });
        } else {
            rule!("Q-M4b");
            waiting.push(signal);
        }
    }
    handed.extend(late.into_iter().map(|signal| Handed { signal, place: 0, reason: Some(Reason::AfterEnd) }));
    handed
}

/// Works through one step of a time, µs, phase by phase over the symbols that have a bar in it (Q-M4).
///
/// # Errors
/// As [`manage_positions`].
pub fn process_step(
    places: &mut [Place<'_>],
    account: &mut Account,
    log: &mut Log,
    time: i64,
    handed: &[Handed],
    is_last: bool,
) -> Result<(), OmegaError> {
    for one in handed {
        hand_to_book(places, account, log, time, one);
    }
    for place in here(places) {
        if let Some(swap) = &place.rules.swap {
            let quote = quote_in(place, time);
            log.symbol = place.rules.number;
            book_nights(&mut place.book, account, log, &place.rules, &quote, time, swap);
        }
    }
    for place in here(places) {
        if !place.book.is_empty() {
            let quote = quote_in(place, time);
            log.symbol = place.rules.number;
            evaluate_pass(&mut place.book, account, log, &place.rules, &quote);
            forget_closed(&mut place.book);
        }
    }
    look_at_books(places, account, log, time);
    for place in here(places) {
        if !place.book.waiting.is_empty() {
            rule!("M-4");
            let quote = quote_in(place, time);
            log.symbol = place.rules.number;
            act_on_instructions(&mut place.book, account, log, &place.rules, &quote);
        }
    }
    for place in here(places) {
        if !place.book.is_empty() {
            let quote = quote_in(place, time);
            log.symbol = place.rules.number;
            let nobody = None::<fn(&Position) -> Action>;
            manage_positions(&mut place.book, account, log, &place.rules, &quote, nobody)?;
        }
    }
    if is_last && places[0].rules.close_at_end {
        close_books(places, account, log, time);
    }
    mark_step(places, account, log, time);
    Ok(())
}

/// The symbols that have a bar in the step.
fn here<'a, 'b>(places: &'a mut [Place<'b>]) -> impl Iterator<Item = &'a mut Place<'b>> {
    places.iter_mut().filter(|place| place.is_here)
}

/// Lets one signal act on its symbol's book, or rejects it.
pub fn hand_to_book(places: &mut [Place<'_>], account: &mut Account, log: &mut Log, time: i64, handed: &Handed) {
    if let Some(reason) = handed.reason {
        log.symbol = handed.signal.symbol;
        reject(account, log, &bare_quote(time, places[0].rules.timeframe), &handed.signal, reason);
        return;
    }
    if places[handed.place].rules.margin_leverage.is_some() {
        account.margin_elsewhere = margin_elsewhere(places, handed.place);
    }
    let place = &mut places[handed.place];
    let quote = quote_in(place, time);
    log.symbol = place.rules.number;
    process_signal(&mut place.book, account, log, &place.rules, &quote, &handed.signal);
}

/// The begin and the end of a step, without prices.
#[must_use]
pub fn bare_quote(time: i64, timeframe: i64) -> Quote {
    Quote {
        timestamp: time,
        end: bar_end(time, timeframe),
        bid_open: 0.0,
        bid_high: 0.0,
        bid_low: 0.0,
        bid_close: 0.0,
        ask_open: 0.0,
        ask_high: 0.0,
        ask_low: 0.0,
        ask_close: 0.0,
    }
}

/// A symbol's bar in the step of a time, µs; the closes of its last seen bar where it has none.
#[inline]
#[must_use]
pub fn quote_in(place: &Place<'_>, time: i64) -> Quote {
    if place.is_here {
        return quote_of(&place.bars, place.seen - 1, place.rules.timeframe);
    }
    carried_quote(&place.bars, place.seen - 1, time, place.rules.timeframe)
}

/// What the orders of the other symbols take of the equity (Q-M4c).
#[must_use]
pub fn margin_elsewhere(places: &[Place<'_>], number: usize) -> f64 {
    let mut taken = 0.0;
    for (other, place) in places.iter().enumerate() {
        if other == number {
            continue;
        }
        rule!("Q-M4c", !place.book.is_empty());
        let mut own = 0.0;
        for position in place.book.rows() {
            own += place.book.margin.get(position);
        }
        taken += own;
    }
    taken
}

/// What is pending or open, as places and rows of their books, of all symbols in order_id order.
#[must_use]
pub fn in_order(places: &[Place<'_>]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (number, place) in places.iter().enumerate() {
        if !place.book.is_empty() {
            found.extend(place.book.kept_rows().map(|row| (number, row)));
        }
    }
    found.sort_unstable_by_key(|&(place, row)| places[place].book.details[row].order_id);
    found
}

/// The profit of what is open in all symbols, each at its last seen closes and the step's rates (Q-M4c).
#[must_use]
pub fn total_open_profit(places: &[Place<'_>], time: i64) -> f64 {
    let mut total = 0.0;
    for (number, position) in in_order(places) {
        let place = &places[number];
        if place.book.status[position] == Status::Open {
            rule!("Q-M4c", !place.is_here);
            let (book, bars, row) = (&place.book, &place.bars, place.seen - 1);
            let (direction, entry_price) = (book.direction[position], book.entry_price[position]);
            let stake = Stake { direction, entry_price, size: book.size[position] };
            total += position_profit(&place.rules, &stake, bars.bid_close[row], bars.ask_close[row], time);
        }
    }
    total
}

/// Looks at the account after the pass of the last symbol, by closes alone (Q-M4c).
pub fn look_at_books(places: &mut [Place<'_>], account: &mut Account, log: &mut Log, time: i64) {
    if places.iter().all(|place| place.book.is_empty()) {
        look_at_cash(account, &places[0].rules);
        return;
    }
    let equity = account.portfolio.cash + total_open_profit(places, time);
    note_corner(&mut account.portfolio, equity);
    let rules = &places[0].rules;
    if rules.stops_out && equity <= level_of(rules, total_margin(places, rules)) {
        rule!("Q-M4c");
        stop_out_books(places, account, log, time);
    }
}

/// The margin of what is open in all symbols; 0.0 in a run without margin.
#[must_use]
pub fn total_margin(places: &[Place<'_>], rules: &Rules) -> f64 {
    let mut used = 0.0;
    if rules.margin_leverage.is_none() {
        return used;
    }
    for (place, position) in in_order(places) {
        let book = &places[place].book;
        if book.status[position] == Status::Open {
            used += book.margin.get(position);
        }
    }
    used
}

/// Closes all at the closes, in order_id order over all symbols, and cancels what is pending (Q-M4c).
pub fn stop_out_books(places: &mut [Place<'_>], account: &mut Account, log: &mut Log, time: i64) {
    account.is_stopped_out = true;
    for (place, position) in in_order(places) {
        let quote = quote_in(&places[place], time);
        let Place { book, rules, .. } = &mut places[place];
        log.symbol = rules.number;
        if book.status[position] != Status::Open {
            drop_order(book, account, log, &quote, position, EventKind::Cancelled, Reason::StopOut);
            continue;
        }
        account.stop_outs += 1;
        let price = side_close(&quote, book.direction[position] == Direction::Short);
        close_position(book, account, log, rules, &quote, position, price, Reason::StopOut, true, true, false);
    }
    for place in places {
        forget_closed(&mut place.book);
    }
}

/// Closes what is open in any symbol after the last step's management (E-18, Q-M4).
pub fn close_books(places: &mut [Place<'_>], account: &mut Account, log: &mut Log, time: i64) {
    for place in places {
        if !place.book.is_empty() {
            rule!("Q-M4", !place.is_here);
            let quote = quote_in(place, time);
            log.symbol = place.rules.number;
            close_all(&mut place.book, account, log, &place.rules, &quote);
        }
    }
}

/// Ends a step: what is open marked, one point of the curve and one digest over all books (Q-M4).
pub fn mark_step(places: &mut [Place<'_>], account: &mut Account, log: &mut Log, time: i64) {
    let portfolio = &mut account.portfolio;
    portfolio.open_profit = total_open_profit(places, time);
    let equity = portfolio.cash + portfolio.open_profit;
    let kept = in_order(places);
    let mut records = empty_records();
    let positions =
        || kept.iter().map(|&(place, row)| places[place].book.chain_record(row, places[place].rules.number));
    if kept.len() <= KEPT_RECORDS {
        pack_positions(positions(), &mut records);
    }
    add_point(account, log, &places[0].rules, time, equity, kept.len(), &mut records, positions());
}
