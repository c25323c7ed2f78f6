//! Exit and modify signals: they wait for the end of their bar's pass, then act on what they match (E-15).

use crate::execution::closing::{close_fraction, drop_order, forget_closed};
use crate::execution::management::modify_position;
use crate::execution::matching::is_match;
use crate::execution::opening::reject;
use crate::execution::state::{Account, Book, Instruction, Log, Rules};
use crate::quotes::Quote;
use crate::types::{EventKind, Reason, Signal, SignalType, Status, is_unset};

/// Lets an exit or modify signal wait; it reaches the orders that there are by now (Q-E15).
pub fn hand_over_instruction(book: &mut Book, account: &Account, signal: &Signal, on_grid: &Signal) {
    book.waiting.push(Instruction {
        signal: *signal,
        stop_loss: on_grid.stop_loss,
        take_profit: on_grid.take_profit,
        before_order_id: account.next_order_id,
    });
}

/// Lets what waits act, in the order given, each position by position in order_id order (Q-E15).
#[cold]
pub fn act_on_instructions(book: &mut Book, account: &mut Account, log: &mut Log, rules: &Rules, quote: &Quote) {
    let mut waiting = std::mem::take(&mut book.waiting);
    for instruction in &waiting {
        let mut has_match = false;
        for position in book.rows() {
            if book.status[position] != Status::Closed && is_match(instruction, &book.position(position)) {
                rule!("E-15");
                has_match = true;
                act_on_instruction(book, account, log, rules, quote, position, instruction);
            }
        }
        if !has_match {
            rule!("E-15");
            reject(account, log, quote, &instruction.signal, Reason::NoMatch);
        }
        forget_closed(book);
    }
    waiting.clear();
    book.waiting = waiting;
}

/// Closes, cancels or changes what an instruction matches.
pub fn act_on_instruction(
    book: &mut Book,
    account: &mut Account,
    log: &mut Log,
    rules: &Rules,
    quote: &Quote,
    position: usize,
    instruction: &Instruction,
) {
    let signal = &instruction.signal;
    if signal.signal_type == SignalType::Modify {
        let (stop_loss, take_profit) = (instruction.stop_loss, instruction.take_profit);
        let reason = Reason::ModifySignal;
        modify_position(book, account, log, rules, quote, position, stop_loss, take_profit, reason);
    } else if book.status[position] == Status::Open {
        let fraction = if is_unset(signal.fraction) { 1.0 } else { signal.fraction };
        close_fraction(book, account, log, rules, quote, position, fraction, Reason::SignalExit);
    } else {
        drop_order(book, account, log, quote, position, EventKind::Cancelled, Reason::SignalExit);
    }
}

#[cfg(test)]
#[path = "tests/instructions.rs"]
mod tests;
