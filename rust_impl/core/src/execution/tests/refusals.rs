use crate::test_support::{BAR, FLAT, NAN, bars, config, exit, instruct, play, run_on, signals, v1};
use crate::types::{EngineConfig, EventKind, FOREIGN_SYMBOL, OrderType, Reason, SignalType, Signals};

#[test]
fn every_refusal_has_its_reason_and_code() {
    type Change = fn(&mut Signals);
    let canonical: [(Change, Reason, i32); 13] = [
        (|signal| signal.symbol[0] = FOREIGN_SYMBOL, Reason::UnknownSymbol, 1001),
        (|signal| signal.direction[0] = None, Reason::DirectionMissing, 1008),
        (|signal| signal.order_type[0] = None, Reason::OrderTypeMissing, 1008),
        (|signal| signal.stop_loss[0] = NAN, Reason::StopLossMissing, 1008),
        (|signal| signal.order_type[0] = Some(OrderType::Limit), Reason::PriceMissing, 1008),
        (|signal| signal.size[0] = 0.0, Reason::NotPositive, 1006),
        (|signal| signal.take_profit[0] = -1.0, Reason::NotPositive, 1006),
        // The bid closes at 1.1, the ask at 1.1001: the stop is seen from the bid, the target from both.
        (|signal| signal.stop_loss[0] = 1.099_995, Reason::StopDistance, 1006),
        (|signal| signal.stop_loss[0] = 1.100_05, Reason::StopSide, 1006),
        (|signal| signal.stop_loss[0] = 1.102, Reason::StopSide, 1006),
        (|signal| signal.take_profit[0] = 1.1, Reason::TargetSide, 1006),
        (|signal| signal.take_profit[0] = 1.1001, Reason::TargetSide, 1006),
        (|signal| signal.size[0] = 0.009, Reason::BelowMin, 1006),
    ];
    for (change, reason, code) in canonical {
        let output = play(&config(), change, &[FLAT]);
        assert_eq!(output.events.kind, [EventKind::Rejected], "{reason:?}");
        let row = (output.events.reason[0], output.events.error_code[0], output.events.order_id[0]);
        assert_eq!(row, (Some(reason), code, 0));
    }
}

#[test]
fn v1_runs_only_its_own_checks() {
    type Change = fn(&mut Signals);
    let old: [(Change, Reason); 2] = [
        (|_| (), Reason::PriceMissing),
        (|signal| (signal.price[0], signal.stop_loss[0]) = (1.1, 1.100_009), Reason::StopDistance),
    ];
    for (change, reason) in old {
        assert_eq!(play(&v1(), change, &[FLAT]).events.reason, [Some(reason)]);
    }
    // v1 takes a price outside the bar and a stop on the wrong side, which the next bar hits.
    let output = play(&v1(), |signal| (signal.price[0], signal.stop_loss[0]) = (1.2, 1.3), &[FLAT]);
    assert_eq!(exit(&output), (1.3, Reason::StopLoss));
}

#[test]
fn every_refusal_of_an_instruction_has_its_reason_and_code() {
    // Q-E15, in both variants: what no position is asked for comes first.
    use SignalType::{Exit, Modify};
    for config in [config(), v1()] {
        for (signal_type, stop_loss, take_profit, reason, code) in [
            (Exit, NAN, NAN, Reason::NoMatch, 1007),
            (Exit, -1.0, -1.0, Reason::NoMatch, 1007),
            (Modify, 1.09, NAN, Reason::NoMatch, 1007),
            (Modify, NAN, NAN, Reason::ChangeMissing, 1008),
            (Modify, 1.09, 0.0, Reason::NotPositive, 1006),
            (Modify, -1.0, 1.2, Reason::NotPositive, 1006),
        ] {
            let mut table = signals(1);
            instruct(&mut table, 0, signal_type, 0);
            (table.stop_loss[0], table.take_profit[0]) = (stop_loss, take_profit);
            let events = run_on(&config, &bars(&[FLAT]), &table).events;
            let row = (events.kind[0], events.reason[0], events.error_code[0], events.order_id[0]);
            assert_eq!(row, (EventKind::Rejected, Some(reason), code, 0));
        }
    }
}

#[test]
fn signals_outside_the_run_are_rejected_rows() {
    // L-1a, Q-L1: after the last bar the rows carry that bar's time.
    let mut table = signals(3);
    table.timestamp = vec![0, BAR - 1, 9 * BAR];
    let config = EngineConfig { start: Some(BAR), ..config() };
    let output = run_on(&config, &bars(&[FLAT; 3]), &table);
    assert_eq!(output.events.reason, [Some(Reason::BeforeStart), Some(Reason::BeforeStart), Some(Reason::AfterEnd)]);
    assert_eq!(output.events.timestamp, [BAR, BAR, 2 * BAR]);
    assert_eq!((output.equity.timestamp, output.chain.len()), (vec![BAR, 2 * BAR], 32));
}

#[test]
fn a_signal_before_the_first_bar_is_rejected_or_in_v1_filled_there() {
    // L-1a: the first bar is at 0.
    let early = |signal: &mut Signals| (signal.timestamp[0], signal.price[0]) = (-1, 1.1001);
    let output = play(&config(), early, &[FLAT]);
    assert_eq!((&output.events.reason[..], &output.events.timestamp[..]), (&[Some(Reason::BeforeStart)][..], &[0][..]));
    assert_eq!(play(&v1(), early, &[FLAT]).positions.entry_time, [-1]);
}

#[test]
fn the_limit_of_positions_counts_pending_orders() {
    // Q-L1b.
    let mut table = signals(2);
    table.order_type[0] = Some(OrderType::Limit);
    table.price[0] = 1.0985;
    let output = run_on(&EngineConfig { max_positions: Some(1), ..config() }, &bars(&[FLAT]), &table);
    assert_eq!(output.events.kind, [EventKind::Accepted, EventKind::Rejected]);
    assert_eq!((output.events.reason[1], output.events.error_code[1]), (Some(Reason::MaxPositions), 1007));
}
