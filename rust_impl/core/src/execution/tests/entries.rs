use crate::test_support::{BAR, FLAT, NAN, bars, config, exit, pending, play, run_on, signals, v1};
use crate::types::{Direction, EventKind, OrderType, Reason, Status};

#[test]
fn a_market_order_is_accepted_and_opened_in_its_bar() {
    // E-1, Q-T8: a null price is the ask's close; 100 / (21 pips · 10) is 0.476 lots, whole steps 0.47.
    let output = play(&config(), |_| (), &[]);
    let events = &output.events;
    assert_eq!(events.kind, [EventKind::Accepted, EventKind::Opened]);
    assert_eq!(events.price, [1.1001, 1.1001]);
    assert!(events.size[0].is_nan() && events.fee[0].is_nan());
    assert_eq!((events.size[1], events.fee[1], events.order_id[1]), (0.47, 0.0, 1));
    let positions = &output.positions;
    assert_eq!((positions.status[0], positions.entry_time[0], positions.trigger_time[0]), (Status::Open, 0, 0));
    assert_eq!((positions.risk_per_trade[0], positions.signal_row[0]), (100.0, 0));
}

#[test]
fn a_marketable_order_waits_for_the_next_bar() {
    // E-2.
    let order = pending(OrderType::Limit, Direction::Long, 1.101, 1.09, NAN);
    assert_eq!(play(&config(), &order, &[]).positions.status, [Status::Pending]);
}

#[test]
fn v1_enters_at_the_signals_own_time_and_may_leave_in_the_same_bar() {
    // L-1a, Q-E1b, Q-E2.
    let mut table = signals(1);
    table.timestamp[0] = 1;
    table.price[0] = 1.1001;
    table.max_holding[0] = BAR - 1;
    let wide = [1.1, 1.1002, 1.097, 1.1];
    let stopped = run_on(&v1(), &bars(&[FLAT, wide]), &table);
    assert_eq!((stopped.trades.entry_time[0], stopped.trades.trigger_time[0]), (1, BAR));
    assert_eq!(stopped.trades.exit_time, [BAR]);
    // Management waits for the bar after the trigger.
    let timed = run_on(&v1(), &bars(&[FLAT, FLAT, FLAT]), &table);
    assert_eq!((exit(&timed), timed.trades.exit_time[0]), ((1.1, Reason::Timeout), 2 * BAR));
    let canonical = run_on(&config(), &bars(&[FLAT, wide]), &table);
    assert_eq!((canonical.positions.entry_time[0], canonical.trades.order_id.len()), (BAR, 0));
}
