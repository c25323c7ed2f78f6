use super::stop_reach;
use crate::test_support::{BAR, FLAT, NAN, bars, config, exit, pending, play, rules, run_on, signals, v1};
use crate::types::{Direction, EngineConfig, EventKind, OrderType, Reason, Status};

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

#[test]
fn an_order_has_its_prices_on_the_grid() {
    // N-8; v1 and a rejected signal keep all decimals.
    let order = pending(OrderType::Limit, Direction::Long, 1.090_004, 1.080_006, 1.1);
    let output = play(&config(), &order, &[]);
    assert_eq!((output.events.price[0], output.events.stop_loss[0]), (1.09, 1.08001));
    assert_eq!((output.positions.entry_price[0], output.positions.initial_stop_loss[0]), (1.09, 1.08001));
    assert_eq!(play(&v1(), &order, &[]).events.price, [1.090_004]);
    let wrong = pending(OrderType::Limit, Direction::Long, 1.090_004, 1.1, NAN);
    let refused = play(&config(), wrong, &[]).events;
    assert_eq!((refused.reason[0], refused.price[0]), (Some(Reason::StopSide), 1.090_004));
}

#[test]
fn a_price_that_the_grid_does_not_have_is_not_positive() {
    // N-8: 0.000004 is 0.
    let order = pending(OrderType::Limit, Direction::Long, 0.000_004, 0.000_001, NAN);
    assert_eq!(play(&config(), order, &[]).events.reason, [Some(Reason::NotPositive)]);
}

#[test]
fn a_close_off_the_grid_is_filled_on_it() {
    // Q-E1: the ask is 1.100106 throughout, 1.10011 on the grid; only 1.10012 lies outside.
    let mut table = signals(3);
    (table.price[1], table.price[2]) = (1.100_106, 1.10012);
    let output = run_on(&config(), &bars(&[[1.100_006; 4]]), &table);
    assert_eq!(output.positions.entry_price, [1.10011, 1.10011]);
    assert_eq!(output.events.reason[4], Some(Reason::PriceOutsideBar));
}

#[test]
fn a_stop_is_reached_by_its_own_buffer() {
    // Q-E6: 0.3 pips on both sides; the double of 1.58211 + 0.00003 is 1.5821399999999999.
    let rules = rules(&EngineConfig { pip_buffer_factor: 0.3, ..config() });
    assert_eq!(stop_reach(&rules, Direction::Long, 1.58211), 1.58214);
    assert_eq!(stop_reach(&rules, Direction::Short, 1.58214), 1.58211);
    assert_eq!((rules.buffers.stop, rules.buffers.target), (0.0, 0.0));
}
