use super::*;
use crate::quotes::quote_of;
use crate::test_support::{
    BAR, NAN, config, exit, instruct, level, moves, placed, position, push_signal, rules, run_on,
};
use crate::test_support::{signals, slipping, v1};
use crate::types::{EngineConfig, Reason, RunOutput, SignalType, Signals, StopKind};

const START: [f64; 4] = [1.1; 4];
const LONG: Direction = Direction::Long;
const SHORT: Direction = Direction::Short;

fn old() -> EngineConfig {
    EngineConfig { pip_buffer_factor: 0.0, ..v1() }
}

/// Bought or sold at 1.1 with 100 pips to the stop.
fn order(direction: Direction, at_r: f64, offset: f64) -> Signals {
    placed(|signal| {
        signal.direction[0] = Some(direction);
        signal.price[0] = 1.1;
        signal.stop_loss[0] = if direction == LONG { 1.09 } else { 1.11 };
        signal.break_even_at_r[0] = at_r;
        signal.break_even_offset[0] = offset;
    })
}

/// The flat first bar, then `rows`; bid and ask are equal.
fn played(config: &EngineConfig, table: &Signals, rows: &[[f64; 4]]) -> RunOutput {
    run_on(config, &level(&[&[START], rows].concat()), table)
}

#[test]
fn at_its_multiple_of_the_risk_the_stop_goes_to_the_entry() {
    // E-13: 100 pips are one R; a point less is not.
    for config in [config(), old()] {
        for (table, row, stop) in [
            (order(LONG, 1.0, NAN), [1.1, 1.11, 1.1, 1.105], Some(1.1)),
            (order(LONG, 1.0, NAN), [1.1, 1.10999, 1.1, 1.105], None),
            (order(LONG, 0.5, 0.0), [1.1, 1.1051, 1.1, 1.105], Some(1.1)),
            (order(LONG, 1.0, 0.0002), [1.1, 1.1101, 1.1, 1.105], Some(1.1 + 0.0002)),
            (order(SHORT, 1.0, NAN), [1.1, 1.1, 1.0899, 1.095], Some(1.1)),
            (order(SHORT, 1.0, NAN), [1.1, 1.1, 1.09001, 1.095], None),
            (order(SHORT, 1.0, 0.0002), [1.1, 1.1, 1.0899, 1.095], Some(1.1 - 0.0002)),
        ] {
            let output = played(&config, &table, &[row]);
            let stop = stop.map(|stop| grid_price(&rules(&config).terms.grid, stop));
            let expected: Vec<_> = stop.map(|stop| (stop, Reason::BreakEven)).into_iter().collect();
            assert_eq!(moves(&output), expected, "{:?} {row:?}", config.variant);
            let kind = if stop.is_some() { StopKind::BreakEven } else { StopKind::Initial };
            let positions = &output.positions;
            assert_eq!((positions.stop_kind[0], positions.initial_stop_loss[0]), (kind, table.stop_loss[0]));
        }
    }
}

#[test]
fn no_rounding_error_decides() {
    // Q-E13: 30 of 100 pips; (1.103 − 1.1) / |1.1 − 1.09| is 0.29999999999998916, which v1 compares.
    let (table, row) = (order(LONG, 0.3, NAN), [1.1, 1.103, 1.1, 1.102]);
    assert_eq!(moves(&played(&config(), &table, &[row])), [(1.1, Reason::BreakEven)]);
    assert_eq!(moves(&played(&old(), &table, &[row])), []);
}

#[test]
fn the_moved_stop_counts_from_the_next_bar_and_says_so() {
    // E-10, E-11: 1.1 is the low of the bar that moves it; the next one opens below it, which v1 does not see.
    let rows = [[1.1, 1.111, 1.1, 1.105], [1.0995, 1.102, 1.099, 1.101]];
    let output = played(&config(), &order(LONG, 1.0, NAN), &rows);
    assert_eq!((exit(&output), output.trades.known_at[0]), ((1.0995, Reason::BreakEvenStopLoss), 2 * BAR));
    assert_eq!((output.trades.stop_loss[0], output.trades.initial_stop_loss[0]), (1.1, 1.09));
    assert!((output.trades.r_multiple[0] + 0.05).abs() < 1e-9);
    let output = played(&old(), &order(LONG, 1.0, NAN), &rows);
    assert_eq!((exit(&output), output.trades.result[0]), ((1.1, Reason::BreakEvenStopLoss), 0.0));
}

#[test]
fn the_once_is_used_up() {
    // E-13: a signal brings the stop beyond the entry before it is due, another brings it back.
    let high = [1.105, 1.111, 1.105, 1.108];
    for config in [config(), old()] {
        let mut table = order(LONG, 1.0, NAN);
        for (bar, stop) in [(1, 1.104), (2, 1.095)] {
            let mut change = signals(1);
            instruct(&mut change, 0, SignalType::Modify, bar);
            change.stop_loss[0] = stop;
            push_signal(&mut table, &change, 0);
        }
        let output = played(&config, &table, &[high; 3]);
        assert_eq!(moves(&output), [(1.104, Reason::ModifySignal), (1.095, Reason::ModifySignal)]);
    }
}

#[test]
fn without_a_distance_nothing_is_due() {
    // Q-E13: in at its own stop, as a gap or v1's levels have it.
    let bars = level(&[[1.1, 1.2, 1.1, 1.1]]);
    let quote = quote_of(&bars.view(), 0, BAR);
    let at_risk = Position { break_even_at_r: 0.5, ..position() };
    let riskless = Position { initial_stop_loss: 1.1, ..at_risk };
    for config in [config(), old()] {
        assert!(is_break_even_due(&rules(&config), &quote, &at_risk));
        assert!(!is_break_even_due(&rules(&config), &quote, &riskless));
        let done = Position { is_break_even_done: true, ..at_risk };
        assert!(!is_break_even_due(&rules(&config), &quote, &done));
    }
}

#[test]
fn a_stop_where_nothing_may_fill_is_not_set() {
    // Q-E11: sold at 1.1 less a pip; a pip over 0 is the largest slippage.
    let low = [1.1, 1.1, 1.08, 1.09];
    assert_eq!(moves(&played(&config(), &order(SHORT, 1.0, 1.1), &[low])), []);
    assert_eq!(moves(&played(&slipping(config()), &order(SHORT, 1.0, 1.0998), &[low; 2])), []);
    let output = played(&slipping(config()), &order(SHORT, 1.0, 1.09979), &[low]);
    assert_eq!(moves(&output), [(0.00011, Reason::BreakEven)]);
}
