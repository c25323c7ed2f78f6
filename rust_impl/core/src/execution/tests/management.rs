use std::cell::RefCell;

use super::*;
use crate::execution::entries::process_signal;
use crate::execution::state::new_account;
use crate::quotes::quote_of;
use crate::test_support::{BAR, FLAT, NAN, bars, config, pending, play, rules, signals, v1};
use crate::types::{OrderType, Signals};

/// What the strategy is asked about in each of three bars, when it answers `action`.
fn asked(table: &Signals, action: Action) -> (Vec<Vec<i64>>, Result<(), OmegaError>) {
    let (bars, rules) = (bars(&[FLAT; 3]), rules(&config()));
    let (mut book, mut account, mut log) = (Book::default(), new_account(&config()), Log::default());
    let first = quote_of(&bars.view(), 0, BAR);
    for row in 0..table.len() {
        process_signal(&mut book, &mut account, &mut log, &rules, &first, &table.signal(row));
    }
    let mut seen = Vec::new();
    for row in 0..3 {
        let order_ids = RefCell::new(Vec::new());
        let manage = |position: &Position| {
            order_ids.borrow_mut().push(position.order_id);
            action
        };
        let quote = quote_of(&bars.view(), row, BAR);
        let outcome = manage_positions(&mut book, &mut account, &mut log, &rules, &quote, Some(manage));
        seen.push(order_ids.into_inner());
        if outcome.is_err() {
            return (seen, outcome);
        }
    }
    (seen, Ok(()))
}

#[test]
fn management_sees_open_positions_from_the_bar_after_their_trigger() {
    // E-11: neither a pending order nor one that this bar opened.
    let mut table = signals(2);
    table.order_type[1] = Some(OrderType::Limit);
    table.price[1] = 1.0995;
    let (seen, outcome) = asked(&table, Action::Hold);
    assert_eq!(seen, [vec![], vec![1], vec![1]]);
    assert!(outcome.is_ok());
}

#[test]
fn a_timeout_goes_before_the_strategy_position_by_position() {
    // E-11: in the third bar the first position times out and is not asked about.
    let mut table = signals(3);
    table.max_holding[0] = 2 * BAR;
    let (seen, outcome) = asked(&table, Action::Hold);
    assert_eq!(seen, [vec![], vec![1, 2, 3], vec![2, 3]]);
    assert!(outcome.is_ok());
}

#[test]
fn a_number_of_an_action_that_is_none_ends_the_run() {
    // Q-E11b: asked about the first position, nothing is done to the second.
    for (action, code) in [
        (Action::PartialClose(NAN), ErrorCode::NanValue),
        (Action::ModifyStop(f64::INFINITY), ErrorCode::InfiniteValue),
        (Action::ModifyTarget(-1.0), ErrorCode::ConstraintViolation),
        (Action::PartialClose(1.5), ErrorCode::ConstraintViolation),
    ] {
        let (seen, outcome) = asked(&signals(2), action);
        assert_eq!(seen, [vec![], vec![1]]);
        let error = outcome.unwrap_err();
        assert_eq!((error.code, error.rule, error.column.as_deref()), (code, Some("A-1"), Some("manage_position")));
    }
}

#[test]
fn a_timeout_counts_from_the_trigger() {
    // E-12; v1 counts from the placement, once the trigger bar is over.
    let order = |signal: &mut Signals| {
        pending(OrderType::Limit, Direction::Long, 1.099, 1.09, NAN)(signal);
        signal.max_holding[0] = 2 * BAR;
    };
    let rows = [FLAT, [1.1, 1.1, 1.0985, 1.1], FLAT, FLAT];
    assert_eq!(play(&config(), order, &rows).trades.exit_time, [4 * BAR]);
    assert_eq!(play(&v1(), order, &rows).trades.exit_time, [3 * BAR]);
}
