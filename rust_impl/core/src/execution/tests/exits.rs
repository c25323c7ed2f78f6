use crate::test_support::{BAR, FLAT, NAN, bars, config, exit, market, pending, play, run_on, signals, v1};
use crate::types::{Direction, EngineConfig, Intrabar, OrderType, Reason, Signals};

#[test]
fn a_stop_fills_at_the_open_that_gapped_through_it() {
    // E-9, Q-E3.
    let gap = [1.097, 1.0975, 1.096, 1.0972];
    assert_eq!(exit(&play(&config(), |_| (), &[gap])), (1.097, Reason::StopLoss));
    assert_eq!(exit(&play(&v1(), market(1.1001, NAN), &[gap])), (1.098, Reason::StopLoss));
    let good_gap = [1.103, 1.104, 1.1025, 1.1035];
    assert_eq!(exit(&play(&config(), market(NAN, 1.102), &[good_gap])), (1.103, Reason::TakeProfit));
}

#[test]
fn the_buffer_brings_the_stop_nearer_and_in_v1_the_target_too() {
    // E-6: half a pip.
    let config = EngineConfig { pip_buffer_factor: 0.5, ..config() };
    let low = |low| [[1.1, 1.1002, low, 1.1]];
    assert_eq!(play(&config, |_| (), &low(1.09806)).trades.order_id.len(), 0);
    assert_eq!(exit(&play(&config, |_| (), &low(1.09804))), (1.098, Reason::StopLoss));
    let high = [[1.1, 1.10197, 1.0999, 1.1]];
    assert_eq!(play(&config, market(NAN, 1.102), &high).trades.order_id.len(), 0);
    assert_eq!(exit(&play(&v1(), market(1.1001, 1.102), &high)), (1.102, Reason::TakeProfit));
}

#[test]
fn shorts_mirror_longs_on_the_ask() {
    let short = |signal: &mut Signals| {
        signal.direction[0] = Some(Direction::Short);
        signal.stop_loss[0] = 1.102;
        signal.take_profit[0] = 1.098;
    };
    let stopped = play(&config(), short, &[[1.1, 1.10195, 1.0999, 1.1]]);
    assert_eq!(stopped.trades.entry_price[0], 1.1);
    assert_eq!(exit(&stopped), (1.102, Reason::StopLoss));
    assert!(stopped.trades.result[0] < 0.0);
    let won = play(&config(), short, &[[1.1, 1.1001, 1.0978, 1.0985]]);
    assert_eq!(exit(&won), (1.098, Reason::TakeProfit));
    let timed = play(
        &config(),
        |signal| {
            short(signal);
            signal.max_holding[0] = 0;
        },
        &[FLAT],
    );
    assert_eq!(exit(&timed), (1.1 + 0.0001, Reason::Timeout));
    assert_eq!(timed.trades.exit_time[0], BAR);
}

#[test]
fn when_both_are_hit_the_nearer_extreme_decides_and_in_v1_the_stop() {
    // E-7: 30 pips down and 25 up, so that the high comes first; the other way round the stop.
    let wide = [1.1, 1.1025, 1.097, 1.1];
    let both = play(&config(), market(NAN, 1.102), &[wide]);
    assert_eq!((exit(&both), both.metrics.ambiguous_bars), ((1.102, Reason::TakeProfit), 1));
    let near = play(&config(), market(NAN, 1.102), &[[1.1, 1.103, 1.0975, 1.1]]);
    assert_eq!((exit(&near), near.metrics.ambiguous_bars), ((1.098, Reason::StopLoss), 1));
    let config = EngineConfig { intrabar_open_position: Intrabar::Adverse, ..config() };
    let adverse = play(&config, market(NAN, 1.102), &[wide]);
    assert_eq!((exit(&adverse), adverse.metrics.ambiguous_bars), ((1.098, Reason::StopLoss), 1));
    let old = play(&v1(), market(1.1001, 1.102), &[wide]);
    assert_eq!((exit(&old), old.metrics.ambiguous_bars), ((1.098, Reason::StopLoss), 1));
}

#[test]
fn what_the_open_reaches_is_decided_there() {
    // E-7, Q-T8d: nothing is ambiguous, and it is known at the bar's time.
    let open_at_target = [1.1025, 1.103, 1.097, 1.1];
    let target = play(&config(), market(NAN, 1.102), &[open_at_target]);
    assert_eq!((exit(&target), target.metrics.ambiguous_bars), ((1.1025, Reason::TakeProfit), 0));
    assert_eq!((target.trades.exit_time[0], target.trades.known_at[0]), (BAR, BAR));
    let old = play(&v1(), market(1.1001, 1.102), &[open_at_target]);
    assert_eq!((exit(&old), old.metrics.ambiguous_bars), ((1.098, Reason::StopLoss), 0));
    assert_eq!(old.trades.known_at, [2 * BAR]);
    let open_at_stop = [1.0975, 1.103, 1.097, 1.1];
    let stop = play(&config(), market(NAN, 1.102), &[open_at_stop]);
    assert_eq!((exit(&stop), stop.metrics.ambiguous_bars), ((1.0975, Reason::StopLoss), 0));
}

#[test]
fn v1_takes_its_buffer_from_what_is_open_when_the_bar_starts() {
    // E-6: with pips of 0.01 the buffer is 0.005, but 0.00005 while nothing is open.
    let mut config = v1();
    config.instrument.as_mut().unwrap().pip_size = 0.01;
    let bars = bars(&[FLAT, [1.1, 1.1, 1.0985, 1.1], [1.1, 1.1, 1.0985, 1.1]]);
    let mut table = signals(1);
    pending(OrderType::Limit, Direction::Long, 1.099, 1.097, NAN)(&mut table);
    let output = run_on(&config, &bars, &table);
    assert_eq!((output.trades.trigger_time[0], output.trades.exit_time[0]), (BAR, 2 * BAR));
}
