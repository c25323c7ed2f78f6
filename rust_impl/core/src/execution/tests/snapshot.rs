use crate::error::ErrorCode;
use crate::execution::steps::ExecutionSimulator;
use crate::test_support::{bars, config, placed};
use crate::types::{EngineConfig, OrderType, StateAccount, StateBar};

const FLAT: [f64; 4] = [1.1; 4];

/// A simulator after one bar with a market order and one that waits.
fn played(config: &EngineConfig) -> ExecutionSimulator {
    let mut simulator = ExecutionSimulator::new(config).unwrap();
    let open = placed(|signal| signal.size[0] = 0.1);
    let pending = placed(|signal| {
        (signal.order_type[0], signal.price[0], signal.size[0]) = (Some(OrderType::Limit), 1.0985, 0.1);
    });
    for signals in [open, pending] {
        simulator.process_signals(&bars(&[FLAT]).view(), &signals).unwrap();
    }
    simulator
}

#[test]
fn a_restored_simulator_ends_where_the_other_does() {
    // in the middle of a bar and at its end.
    let mut one = played(&config());
    for last in [false, true] {
        let mut other = ExecutionSimulator::new(&config()).unwrap();
        other.restore(&one.snapshot()).unwrap();
        if !last {
            one.evaluate_exits(&bars(&[FLAT]).view()).unwrap();
            other.evaluate_exits(&bars(&[FLAT]).view()).unwrap();
        }
        one.close_all().unwrap();
        other.close_all().unwrap();
        assert_eq!(one.state_hash(), other.state_hash());
        assert_eq!(one.trades().result, other.trades().result);
        assert_eq!(one.metrics(), other.metrics());
    }
}

#[test]
fn tables_that_no_simulator_gives_are_refused_and_change_nothing() {
    //
    let simulator = played(&config());
    let whole = simulator.snapshot();
    let mut none = whole.clone();
    none.account = StateAccount::default();
    let mut bar = whole.clone();
    bar.bar = StateBar { timestamp: vec![0], ..StateBar::default() };
    let mut digest = whole.clone();
    digest.digests.word.pop();
    for parts in [none, bar, digest] {
        let mut target = ExecutionSimulator::new(&config()).unwrap();
        assert_eq!(target.restore(&parts).unwrap_err().code, ErrorCode::InternalError);
        assert_eq!(target.positions().order_id.len(), 0);
    }
}
