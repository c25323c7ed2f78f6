use super::*;
use crate::error::ErrorCode;
use crate::execution::steps::ExecutionSimulator;
use crate::test_support::{BAR, bars, config, market, placed, rows};
use crate::types::EngineConfig;

const QUIET: [f64; 4] = [1.1000, 1.1000, 1.1000, 1.1000];
const NONE: Option<f64> = None;

fn opened() -> ExecutionSimulator {
    let bars = bars(&[QUIET; 4]);
    let mut simulator = ExecutionSimulator::new(&EngineConfig { fee_per_million: 30.0, ..config() }).unwrap();
    let signal = placed(|signal| {
        market(1.1000, 1.2000)(signal);
        signal.size[0] = 0.1;
        signal.stop_loss[0] = 1.0900;
        signal.timestamp[0] = 0;
    });
    simulator.process_signals(&rows(&bars, 0, 1).view(), &signal).unwrap();
    simulator.evaluate_exits(&rows(&bars, 0, 1).view()).unwrap();
    assert_eq!(simulator.positions().order_id, [1]);
    simulator
}

#[test]
fn one_call_and_a_call_for_each_row_leave_the_same_chain() {
    // B-4, E-19.
    let (mut batch, mut single) = (opened(), opened());
    batch.apply_updates(&[1, 1], &[Some(1.0950), NONE], &[NONE; 2], &[NONE, Some(0.5)]).unwrap();
    single.apply_updates(&[1], &[Some(1.0950)], &[NONE], &[NONE]).unwrap();
    single.apply_updates(&[1], &[NONE], &[NONE], &[Some(0.5)]).unwrap();
    assert_eq!(batch.state_hash(), single.state_hash());
    assert_eq!((batch.cash(), batch.equity()), (single.cash(), single.equity()));
    assert_eq!(batch.positions().size, [0.05]);
    assert_eq!(batch.positions().stop_loss, [1.0950]);
}

#[test]
fn what_has_ended_is_rejected_and_what_never_was_is_refused() {
    // B-4, Q-B4.
    let mut simulator = opened();
    let before = simulator.state_hash();
    let refuse = |simulator: &mut ExecutionSimulator, ids: &[i64], fraction: Option<f64>| {
        let error = simulator.apply_updates(ids, &[NONE], &[NONE], &[fraction]).unwrap_err();
        (error.code, error.column.unwrap(), error.row)
    };
    let found = refuse(&mut simulator, &[2], Some(1.0));
    assert_eq!(found, (ErrorCode::OutOfBounds, "order_id".to_owned(), Some(0)));
    let found = refuse(&mut simulator, &[1], Some(f64::NAN));
    assert_eq!(found, (ErrorCode::NanValue, "close_fraction".to_owned(), Some(0)));
    let found = refuse(&mut simulator, &[1], Some(0.0));
    assert_eq!(found, (ErrorCode::ConstraintViolation, "close_fraction".to_owned(), Some(0)));
    let found = refuse(&mut simulator, &[1], None);
    assert_eq!(found, (ErrorCode::MissingRequiredField, "stop_loss".to_owned(), Some(0)));
    let found = refuse(&mut simulator, &[1, 1], None);
    assert_eq!(found, (ErrorCode::SizeMismatch, "stop_loss".to_owned(), None));
    assert_eq!(simulator.state_hash(), before);
    simulator.apply_updates(&[1], &[NONE], &[NONE], &[Some(1.0)]).unwrap();
    let events = simulator.apply_updates(&[1], &[NONE], &[NONE], &[Some(1.0)]).unwrap();
    assert_eq!(events.reason, [Some(Reason::NoMatch)]);
    assert_eq!(events.order_id, [1]);
}

#[test]
fn a_bar_that_got_signals_has_to_be_evaluated_first() {
    // E-19.
    let bars = bars(&[QUIET; 4]);
    let mut simulator = opened();
    let late = placed(|signal| signal.timestamp[0] = BAR);
    simulator.process_signals(&rows(&bars, 1, 2).view(), &late).unwrap();
    let error = simulator.apply_updates(&[1], &[NONE], &[NONE], &[Some(1.0)]).unwrap_err();
    assert_eq!((error.code, error.rule), (ErrorCode::InvalidState, Some("E-19")));
}
