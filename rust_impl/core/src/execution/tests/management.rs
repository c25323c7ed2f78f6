use std::cell::RefCell;

use super::*;
use crate::execution::entries::process_signal;
use crate::execution::state::new_account;
use crate::quotes::quote_of;
use crate::test_support::{BAR, FLAT, NAN, bars, config, instruct, level, moves, pending, placed, play, push_signal};
use crate::test_support::{rules, run_on, signals, v1};
use crate::types::{EngineConfig, OrderType, SignalType, Signals};

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

fn old() -> EngineConfig {
    EngineConfig { pip_buffer_factor: 0.0, ..v1() }
}

/// Bought at 1.1, 100 pips to the stop, with break-even after one R and a stop 50 pips behind.
fn moving() -> Signals {
    placed(|signal| {
        (signal.price[0], signal.stop_loss[0], signal.size[0]) = (1.1, 1.09, 1.0);
        (signal.break_even_at_r[0], signal.trailing_distance[0]) = (1.0, 0.005);
    })
}

#[test]
fn a_timeout_comes_before_what_moves_a_stop() {
    // E-11: both positions would move; the first is too old for that.
    let mut table = moving();
    table.max_holding[0] = BAR;
    push_signal(&mut table, &moving(), 0);
    for config in [config(), old()] {
        let output = run_on(&config, &level(&[[1.1; 4], [1.1, 1.112, 1.1, 1.11]]), &table);
        let rows = 4..output.events.seq.len();
        let told: Vec<_> = rows.map(|row| (output.events.order_id[row], output.events.reason[row].unwrap())).collect();
        assert_eq!(told, [(1, Reason::Timeout), (2, Reason::BreakEven), (2, Reason::Trailing)]);
    }
}

#[test]
fn trailing_sees_the_stop_of_a_modify_signal() {
    // E-15: 1.095 trails; it is a step of 20 pips from 1.093 and none from 1.094.
    for (stop, count) in [(1.093, 2), (1.094, 1)] {
        let mut table = moving();
        table.trailing_step[0] = 0.002;
        let mut change = signals(1);
        instruct(&mut change, 0, SignalType::Modify, 1);
        change.stop_loss[0] = stop;
        push_signal(&mut table, &change, 0);
        let output = run_on(&config(), &level(&[[1.1; 4]; 2]), &table);
        let moves = moves(&output);
        assert_eq!((moves[0], moves.len()), ((stop, Reason::ModifySignal), count));
    }
}

/// What one position is after a strategy did `action` with it at a close of 1.1, and the log of that.
fn acted(config: &EngineConfig, action: Action) -> (Book, Log) {
    let (bars, rules) = (level(&[[1.1; 4]; 2]), rules(config));
    let (mut book, mut account, mut log) = (Book::default(), new_account(config), Log::default());
    let mut table = moving();
    (table.break_even_at_r[0], table.trailing_distance[0]) = (NAN, NAN);
    process_signal(&mut book, &mut account, &mut log, &rules, &quote_of(&bars.view(), 0, BAR), &table.signal(0));
    let quote = quote_of(&bars.view(), 1, BAR);
    manage_positions(&mut book, &mut account, &mut log, &rules, &quote, Some(|_: &Position| action)).unwrap();
    (book, log)
}

#[test]
fn a_strategy_closes_all_or_a_part() {
    // Q-E11b: of one lot.
    for config in [config(), old()] {
        for (action, sizes) in [(Action::Close, vec![]), (Action::PartialClose(1.0), vec![])] {
            let (book, log) = acted(&config, action);
            assert_eq!((book.size, log.trades.size), (sizes, vec![1.0]));
            assert_eq!((log.trades.reason, log.trades.exit_time), (vec![Reason::StrategyExit], vec![BAR]));
        }
        let (book, log) = acted(&config, Action::PartialClose(0.25));
        assert_eq!(
            (book.size, log.trades.size, log.trades.reason),
            (vec![0.75], vec![0.25], vec![Reason::StrategyExit])
        );
        let (book, log) = acted(&config, Action::PartialClose(0.001));
        assert_eq!((book.size, log.trades.size.len()), (vec![1.0], 0));
        let events = &log.events;
        let row = (events.kind[2], events.order_id[2], events.reason[2], events.error_code[2]);
        assert_eq!(row, (EventKind::Rejected, 1, Some(Reason::PartBelowMin), 1006));
    }
}

#[test]
fn a_strategy_moves_stop_and_target() {
    // Q-E11b: on the right side of 1.1, or not at all.
    for config in [config(), old()] {
        for (action, kind, reason) in [
            (Action::ModifyStop(1.095), EventKind::Modified, Reason::StrategyModify),
            (Action::ModifyTarget(1.105), EventKind::Modified, Reason::StrategyModify),
            (Action::ModifyStop(1.1), EventKind::Rejected, Reason::StopSide),
            (Action::ModifyTarget(1.1), EventKind::Rejected, Reason::TargetSide),
        ] {
            let (book, log) = acted(&config, action);
            let row = (log.events.kind[2], log.events.order_id[2], log.events.reason[2]);
            assert_eq!(row, (kind, 1, Some(reason)));
            let is_moved = action == Action::ModifyStop(1.095);
            assert_eq!(book.stop_loss, [if is_moved { 1.095 } else { 1.09 }]);
            let moved_by = if is_moved { StopKind::Modified } else { StopKind::Initial };
            assert_eq!(book.details[0].stop_kind, moved_by);
            assert_eq!(book.take_profit[0] == 1.105, action == Action::ModifyTarget(1.105));
        }
    }
}

#[test]
fn a_level_that_the_grid_makes_nothing_of_is_refused() {
    // N-8: v1 has no grid.
    for action in [Action::ModifyStop(0.000_004), Action::ModifyTarget(0.000_004)] {
        let (_, log) = acted(&config(), action);
        assert_eq!((log.events.kind[2], log.events.reason[2]), (EventKind::Rejected, Some(Reason::NotPositive)));
    }
    let (book, _) = acted(&old(), Action::ModifyStop(0.000_004));
    assert_eq!(book.stop_loss, [0.000_004]);
}
