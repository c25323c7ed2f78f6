use super::stop_reach;
use crate::test_support::{
    BAR, FLAT, NAN, bars, config, exit, market, pending, play, rules, run_on, signals, slipping, v1, with_spread,
};
use crate::types::{Direction, EngineConfig, EventKind, MarketFill, OrderType, Reason, SignalTime, Signals, Status};

#[test]
fn a_market_order_is_accepted_and_opened_in_its_bar() {
    // E-1, Q-T8: a null price is the ask's close; 100 / (21 pips · 10) is 0.476 lots, whole steps 0.47.
    let output = play(&config(), |_| (), &[]);
    let events = &output.events;
    assert_eq!(events.kind, [EventKind::Accepted, EventKind::Opened]);
    assert_eq!(events.price, [1.1001, 1.1001]);
    assert!(events.fee[0].is_nan() && events.reason[0].is_none());
    assert_eq!((&events.size[..], events.fee[1], events.order_id[1]), (&[0.47, 0.47][..], 0.0, 1));
    assert_eq!((&events.known_at[..], &events.symbol[..]), (&[BAR; 2][..], &[0; 2][..]));
    assert_eq!(events.direction, [Some(Direction::Long); 2]);
    assert_eq!(events.order_type, [Some(OrderType::Market); 2]);
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
    // Q-E1: the ask is 1.100106 throughout, 1.10011 on the grid.
    let output = run_on(&config(), &bars(&[[1.100_006; 4]]), &signals(1));
    assert_eq!(output.positions.entry_price, [1.10011]);
}

#[test]
fn a_signals_price_is_kept_and_moves_no_fill() {
    // E-1: bought at a price that the bar never had; v1 takes it.
    let output = play(&config(), market(1.123_456_7, NAN), &[]);
    let positions = &output.positions;
    assert_eq!((positions.order_price[0], positions.entry_price[0]), (1.1001, 1.1001));
    assert_eq!(positions.signal_price, [1.123_456_7]);
    let old = play(&v1(), market(1.1234, NAN), &[]).positions;
    assert_eq!((old.order_price[0], old.entry_price[0], old.signal_price[0]), (1.1234, 1.1234, 1.1234));
}

#[test]
fn a_market_order_can_wait_for_the_next_open() {
    // E-1, Q-E1b: sized by 21 pips under the ask's close of 1.1001 and judged there, filled at 1.1005 a bar later.
    let config = EngineConfig { market_fill: MarketFill::NextOpen, ..config() };
    let order = |signal: &mut Signals| signal.expires_at[0] = 1;
    let waiting = play(&config, order, &[]);
    assert_eq!((waiting.events.kind.len(), waiting.events.size[0]), (1, 0.47));
    assert_eq!((waiting.positions.status[0], waiting.positions.size[0]), (Status::Pending, 0.0));
    let output = play(&config, order, &[[1.1004, 1.1005, 1.1, 1.1001]]);
    let (events, positions) = (&output.events, &output.positions);
    assert_eq!((events.kind[1], events.price[1], events.size[1]), (EventKind::Opened, 1.1005, 0.47));
    assert_eq!((events.timestamp[1], events.known_at[1]), (BAR, BAR));
    assert_eq!((positions.entry_time[0], positions.trigger_time[0]), (0, BAR));
    assert_eq!((positions.order_price[0], positions.entry_price[0]), (1.1001, 1.1005));
    let slipped = play(&slipping(config), order, &[[1.1004, 1.1005, 1.1, 1.1001]]);
    assert_eq!(slipped.positions.entry_price, [1.1006]);
}

#[test]
fn the_bar_of_an_open_is_judged_from_it_on() {
    // E-1, Q-T8d: a gap to 1.0974 goes beyond the stop of 1.098, in the same bar and at its open.
    let config = EngineConfig { market_fill: MarketFill::NextOpen, ..config() };
    let gapped = play(&config, |_| (), &[[1.0974, 1.0975, 1.097, 1.0972]]);
    assert_eq!(exit(&gapped), (1.0974, Reason::StopLoss));
    assert_eq!(gapped.trades.entry_price, [1.0974 + 0.0001]);
    assert_eq!((gapped.trades.exit_time[0], gapped.trades.known_at[0]), (BAR, BAR));
    let later = play(&config, |_| (), &[[1.1, 1.1002, 1.097, 1.0972]]);
    assert_eq!((exit(&later), later.trades.known_at[0]), ((1.098, Reason::StopLoss), 2 * BAR));
    // In the last bar it is cancelled.
    let last = play(&EngineConfig { close_at_end: true, ..config }, |_| (), &[]).events;
    assert_eq!((last.kind[1], last.reason[1]), (EventKind::Cancelled, Some(Reason::EndOfData)));
}

#[test]
fn a_decisions_time_is_the_end_of_its_bar() {
    // L-1a: decided at the end of the first bar; a time later than the last end is too late.
    let mut table = signals(2);
    table.timestamp = vec![BAR, 3 * BAR + 1];
    let bars = bars(&[FLAT; 3]);
    let by_bar = run_on(&config(), &bars, &table);
    assert_eq!(by_bar.events.timestamp, [BAR, BAR, 2 * BAR]);
    let config = EngineConfig { signal_time: SignalTime::Decision, ..config() };
    let output = run_on(&config, &bars, &table);
    assert_eq!(output.events.timestamp, [0, 0, 2 * BAR]);
    assert_eq!((output.positions.entry_time[0], output.events.reason[2]), (0, Some(Reason::AfterEnd)));
    table.timestamp[1] = 3 * BAR;
    assert_eq!(run_on(&config, &bars, &table).positions.entry_time, [0, 2 * BAR]);
}

#[test]
fn a_stop_between_bid_and_ask_is_on_the_wrong_side() {
    // E-1: bid 1.1000, ask 1.1010; a long could be left at 1.1000 at once.
    let mut table = signals(1);
    table.stop_loss[0] = 1.1005;
    let bars = with_spread(&[[1.1; 4]], 0.001);
    assert_eq!(run_on(&config(), &bars, &table).events.reason, [Some(Reason::StopSide)]);
    table.stop_loss[0] = 1.0995;
    let output = run_on(&config(), &bars, &table);
    // 100 / (15 pips · 10).
    assert_eq!((output.positions.entry_price[0], output.positions.size[0]), (1.101, 0.66));
}

#[test]
fn a_size_that_is_not_what_was_asked_for_says_so() {
    // Q-T8, Q-S4: at most 100 lots, in whole steps of 0.01; P-5 counts both.
    let mut table = signals(3);
    table.size = vec![250.0, 0.123_456, 0.12];
    let output = run_on(&config(), &bars(&[FLAT]), &table);
    let adjusted = Some(Reason::SizeAdjusted);
    assert_eq!(output.events.reason, [adjusted, None, adjusted, None, None, None]);
    assert_eq!(output.events.size, [100.0, 100.0, 0.12, 0.12, 0.12, 0.12]);
    assert_eq!((output.events.error_code[0], output.metrics.adjusted_sizes), (0, 2));
    // v1 shows what was asked for, and counts the same.
    table.price = vec![1.1001; 3];
    let old = run_on(&v1(), &bars(&[FLAT]), &table);
    assert_eq!(old.events.size, [250.0, 100.0, 0.123_456, 0.12, 0.12, 0.12]);
    assert_eq!((old.events.reason, old.metrics.adjusted_sizes), (vec![None; 6], 2));
}

#[test]
fn a_stop_is_reached_by_its_own_buffer() {
    // Q-E6: 0.3 pips on both sides; the double of 1.58211 + 0.00003 is 1.5821399999999999.
    let rules = rules(&EngineConfig { pip_buffer_factor: 0.3, ..config() });
    assert_eq!(stop_reach(&rules, Direction::Long, 1.58211), 1.58214);
    assert_eq!(stop_reach(&rules, Direction::Short, 1.58214), 1.58211);
    assert_eq!((rules.buffers.stop, rules.buffers.target), (0.0, 0.0));
}
