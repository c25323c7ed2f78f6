use crate::test_support::{BAR, NAN, config, exit, level, moves, placed, push_signal, run_on, slipping, v1};
use crate::types::{Direction, EngineConfig, Reason, RunOutput, Signals, StopKind};

const START: [f64; 4] = [1.1; 4];
const LONG: Direction = Direction::Long;
const SHORT: Direction = Direction::Short;

fn old() -> EngineConfig {
    EngineConfig { pip_buffer_factor: 0.0, ..v1() }
}

/// Bought or sold at 1.1 with 50 pips to the stop, 0.2 lots.
fn order(direction: Direction, distance: f64, step: f64) -> Signals {
    placed(|signal| {
        signal.direction[0] = Some(direction);
        signal.price[0] = 1.1;
        signal.stop_loss[0] = if direction == LONG { 1.095 } else { 1.105 };
        signal.size[0] = 0.2;
        signal.trailing_distance[0] = distance;
        signal.trailing_step[0] = step;
    })
}

/// The flat first bar, then `rows`; bid and ask are equal.
fn played(config: &EngineConfig, table: &Signals, rows: &[[f64; 4]]) -> RunOutput {
    run_on(config, &level(&[&[START], rows].concat()), table)
}

#[test]
fn a_stop_beyond_the_close_fills_at_the_next_open() {
    // E-14: 1.11 − 0.002 lies over the close of 1.107; the next bar opens at 1.1072, 72 pips of 2 each.
    let rows = [[1.1062, 1.11, 1.106, 1.107], [1.1072, 1.1075, 1.1065, 1.107]];
    let output = played(&config(), &order(LONG, 0.002, NAN), &rows);
    assert_eq!(moves(&output), [(1.108, Reason::Trailing)]);
    assert_eq!((exit(&output), output.trades.exit_time[0]), ((1.1072, Reason::TrailingStop), 2 * BAR));
    assert!((output.trades.result[0] - 144.0).abs() < 1e-9);
    assert_eq!((output.trades.known_at[0], output.trades.stop_kind[0]), (2 * BAR, StopKind::Trailing));
    // v1: at its level, 1.6 R of 100, under its one name for stops that were moved.
    let output = played(&old(), &order(LONG, 0.002, NAN), &rows);
    assert_eq!(exit(&output), (1.11 - 0.002, Reason::BreakEvenStopLoss));
    assert!((output.trades.result[0] - 160.0).abs() < 1e-9);
}

#[test]
fn the_stop_follows_at_its_distance_step_by_step() {
    // Q-E14: the first candidate is 20 pips beyond the stop, while nothing is won.
    for (table, stop) in [
        (order(LONG, 0.003, NAN), Some(1.097)),
        (order(LONG, 0.003, 0.002), Some(1.097)),
        (order(LONG, 0.003, 0.002_01), None),
        (order(LONG, 0.005, NAN), None),
        (order(LONG, 0.004_99, NAN), Some(1.095_01)),
        (order(LONG, NAN, 0.001), None),
        (order(SHORT, 0.003, NAN), Some(1.103)),
        (order(SHORT, 0.003, 0.002), Some(1.103)),
        (order(SHORT, 0.003, 0.002_01), None),
        (order(SHORT, 0.005, NAN), None),
    ] {
        let output = played(&config(), &table, &[START]);
        let expected: Vec<_> = stop.map(|stop| (stop, Reason::Trailing)).into_iter().collect();
        assert_eq!(moves(&output), expected, "{:?} {}", table.direction, table.trailing_distance[0]);
    }
    // 1.1 − 0.003 − 1.095 is 0.0020000000000000018 in v1, which has no grid.
    assert_eq!(moves(&played(&old(), &order(LONG, 0.003, 0.002), &[START])), [(1.1 - 0.003, Reason::Trailing)]);
    // And 1.1 − 0.005 is 1.0950000000000002, a step of one ulp.
    assert_eq!(moves(&played(&old(), &order(LONG, 0.005, NAN), &[START])), [(1.1 - 0.005, Reason::Trailing)]);
}

#[test]
fn it_never_goes_back_and_waits_for_the_bar_after_the_fill() {
    // E-11, E-14.
    let rows = [1.102, 1.101, 1.102, 1.1021].map(|high| [1.1, high, 1.1, 1.1]);
    let output = played(&config(), &order(LONG, 0.003, NAN), &rows);
    assert_eq!(moves(&output), [(1.099, Reason::Trailing), (1.0991, Reason::Trailing)]);
    let first = run_on(&config(), &level(&[[1.1, 1.2, 1.1, 1.1]]), &order(LONG, 0.003, NAN));
    assert_eq!(moves(&first), []);
}

#[test]
fn trailing_sees_the_stop_that_break_even_set() {
    // E-11: 50 pips bring break-even to 1.1; what trails 40 or 60 behind 1.105 is beyond it or not.
    let row = [1.1, 1.1051, 1.1, 1.103];
    for config in [config(), old()] {
        for (distance, step, count, kind) in [
            (0.0061, NAN, 1, StopKind::BreakEven),
            (0.0041, 0.002, 1, StopKind::BreakEven),
            (0.0041, 0.0009, 2, StopKind::Trailing),
        ] {
            let mut table = order(LONG, distance, step);
            table.break_even_at_r[0] = 1.0;
            let output = played(&config, &table, &[row]);
            let moves = moves(&output);
            assert_eq!((moves[0], moves.len()), ((1.1, Reason::BreakEven), count));
            assert_eq!(output.positions.stop_kind, [kind]);
        }
    }
}

#[test]
fn each_position_trails_by_its_own_fields() {
    let mut table = order(LONG, NAN, NAN);
    push_signal(&mut table, &order(LONG, 0.003, NAN), 0);
    push_signal(&mut table, &order(SHORT, 0.004, NAN), 0);
    let output = played(&config(), &table, &[START]);
    assert_eq!(moves(&output), [(1.097, Reason::Trailing), (1.104, Reason::Trailing)]);
    assert_eq!(output.events.order_id[6..], [2, 3]);
    assert_eq!(output.positions.stop_loss, [1.095, 1.097, 1.104]);
}

#[test]
fn a_stop_where_nothing_may_fill_is_not_set() {
    // Q-E11: the user's stop lies under the largest slippage of a pip, a derived one may not.
    let mut table = order(LONG, 1.0999, NAN);
    table.stop_loss[0] = 0.000_05;
    assert_eq!(moves(&played(&slipping(config()), &table, &[START])), []);
    table.trailing_distance[0] = 1.0998;
    assert_eq!(moves(&played(&slipping(config()), &table, &[START])), [(0.0002, Reason::Trailing)]);
}
