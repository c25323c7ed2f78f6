use super::*;
use crate::engine::run_ticks;
use crate::execution::steps::ExecutionSimulator;
use crate::test_support::{BAR, FLAT, NAN, bars, config, exit, market, pending, placed, rows, rules, v1};
use crate::types::{
    Direction, EngineConfig, OrderType, Reason, RunControl, RunOutput, Signals, StopKind, Ticks, UNSET_TIME,
};

/// Ticks of these times with these bids, each asked for a pip more.
fn play(config: &EngineConfig, signals: &Signals, ticks: &[(i64, f64)]) -> RunOutput {
    let times: Vec<i64> = ticks.iter().map(|&(time, _)| time).collect();
    let bid: Vec<f64> = ticks.iter().map(|&(_, bid)| bid).collect();
    let ask: Vec<f64> = bid.iter().map(|bid| bid + 0.0001).collect();
    let ticks = Ticks { timestamp: &times, bid: &bid, ask: &ask };
    run_ticks(&ticks, signals, config, &RunControl::default()).unwrap()
}

#[test]
fn limits_fill_at_the_tick_or_better_and_stops_at_the_tick() {
    // E-17: a buy limit 1.1000 is asked 1.0995 first; its stop 1.0980 is passed at 1.0970. v1 fills at the levels.
    let signals = placed(pending(OrderType::Limit, Direction::Long, 1.1, 1.098, NAN));
    let ticks = [(0, 1.101), (7, 1.0994), (9, 1.097)];
    let run = play(&config(), &signals, &ticks);
    assert_eq!((run.trades.entry_price[0], exit(&run)), (1.0995, (1.097, Reason::StopLoss)));
    assert_eq!((run.trades.trigger_time[0], run.trades.exit_time[0], run.trades.known_at[0]), (7, 9, 9));
    let run = play(&v1(), &signals, &ticks);
    assert_eq!((run.trades.entry_price[0], exit(&run)), (1.1, (1.098, Reason::StopLoss)));
}

#[test]
fn no_buffer_brings_a_level_nearer() {
    // Q-E17: half a pip would reach 1.09804 from 1.098.
    for config in [EngineConfig { pip_buffer_factor: 0.5, ..config() }, v1()] {
        let run = play(&config, &placed(market(1.1001, NAN)), &[(0, 1.1), (1, 1.09804)]);
        assert!(run.trades.order_id.is_empty());
    }
}

#[test]
fn a_target_that_the_trigger_tick_touches_counts() {
    // E-17 in the place of E-8: a sell limit 1.1000 whose target is asked for at the tick that triggers it.
    let signals = placed(pending(OrderType::Limit, Direction::Short, 1.1, 1.102, 1.1004));
    let run = play(&v1(), &signals, &[(0, 1.099), (1, 1.1003)]);
    assert_eq!(exit(&run), (1.1004, Reason::TakeProfit));
}

#[test]
fn of_two_ticks_of_one_time_the_second_judges_nothing_new_and_has_the_point() {
    // E-5, Q-E17c: opened at 5, under its stop at 5 and at 6.
    let signals = Signals { timestamp: vec![5], ..placed(market(1.1001, NAN)) };
    let run = play(&config(), &signals, &[(5, 1.1), (5, 1.0975), (6, 1.0975)]);
    assert_eq!((run.trades.exit_time[0], run.equity.timestamp.as_slice()), (6, [5, 6].as_slice()));
    assert_eq!((run.chain.len(), run.metrics.max_drawdown_bars), (3 * 16, 3));
    let last_of_5 = 10_000.0 - run.trades.size[0] * (1.1001 - 1.0975) * 100_000.0;
    assert!((run.equity.equity[0] - last_of_5).abs() < 1e-6);
}

#[test]
fn v1_market_orders_have_no_trigger_time_and_moved_stops_keep_their_reason() {
    // E-17, Q-E17b: the trailing stop moves at the tick after the one of entry, not at the entry's own.
    let signals = placed(|signal| {
        market(1.1, NAN)(signal);
        signal.trailing_distance[0] = 0.001;
    });
    let run = play(&v1(), &signals, &[(3, 1.1), (3, 1.104), (4, 1.102), (5, 1.1005)]);
    assert_eq!(run.trades.trigger_time, [UNSET_TIME]);
    assert_eq!((run.trades.entry_time[0], run.trades.stop_kind[0]), (3, StopKind::Trailing));
    assert_eq!(exit(&run), (1.102 - 0.001, Reason::StopLoss));
    // The point before the first tick.
    assert_eq!(run.equity.timestamp, [2, 3, 4, 5]);
    assert_eq!(run.metrics.exposure, Some(1.0));
}

#[test]
fn a_stop_has_its_buffer_in_bars_and_not_at_ticks() {
    // Q-E17d: half a pip over 1.098 the tick leaves the position alone, and the bar closes it.
    let config = EngineConfig { pip_buffer_factor: 1.0, ..config() };
    let bars = bars(&[FLAT, [1.0995, 1.0996, 1.09805, 1.0995]]);
    let mut simulator = ExecutionSimulator::new(&config).unwrap();
    simulator.process_signals(&rows(&bars, 0, 1).view(), &placed(market(1.1001, NAN))).unwrap();
    simulator.evaluate_exits(&rows(&bars, 0, 1).view()).unwrap();
    let times = [BAR, 2 * BAR - 1];
    let ticks = Ticks { timestamp: &times, bid: &[1.09805, 1.099], ask: &[1.0982, 1.0992] };
    assert!(simulator.evaluate_ticks(&ticks).unwrap().is_empty());
    let mut late = rows(&bars, 1, 2);
    late.timestamp[0] = 2 * BAR;
    simulator.evaluate_exits(&late.view()).unwrap();
    assert_eq!(simulator.trades().reason, [Reason::StopLoss]);
}

#[test]
fn the_rules_of_ticks_have_no_length_and_no_buffer() {
    for config in [EngineConfig { pip_buffer_factor: 0.7, ..config() }, v1()] {
        let rules = tick_rules(&rules(&config), config.variant);
        assert_eq!(
            (rules.timeframe, rules.stop_buffer, rules.buffers.stop, rules.idle_buffers.target),
            (0, 0.0, 0.0, 0.0)
        );
    }
}
