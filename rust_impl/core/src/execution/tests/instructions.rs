use crate::execution::steps::ExecutionSimulator;
use crate::test_support::{BAR, NAN, config, exit, instruct, level, moves, placed, push_signal, rows, run_on};
use crate::test_support::{signals, v1};
use crate::types::{Direction, EngineConfig, EventKind, MarketFill, OrderType, Reason, RunOutput, SignalType, Signals};

const START: [f64; 4] = [1.1; 4];

fn old() -> EngineConfig {
    EngineConfig { pip_buffer_factor: 0.0, ..v1() }
}

/// A signal of bar `bar`: bought at 1.1, 100 pips to the stop, 0.1 lots.
fn buy(bar: i64) -> Signals {
    placed(|signal| {
        signal.timestamp[0] = bar * BAR;
        signal.price[0] = 1.1;
        signal.stop_loss[0] = 1.09;
        signal.size[0] = 0.1;
    })
}

fn sell(bar: i64) -> Signals {
    let mut table = buy(bar);
    table.direction[0] = Some(Direction::Short);
    table.stop_loss[0] = 1.11;
    table
}

fn limit() -> Signals {
    let mut table = buy(0);
    table.order_type[0] = Some(OrderType::Limit);
    table.price[0] = 1.095;
    table
}

fn instruction(signal_type: SignalType, bar: i64, change: impl FnOnce(&mut Signals)) -> Signals {
    let mut table = signals(1);
    instruct(&mut table, 0, signal_type, bar);
    change(&mut table);
    table
}

fn leave(bar: i64) -> Signals {
    instruction(SignalType::Exit, bar, |_| ())
}

fn modify(bar: i64, stop_loss: f64, take_profit: f64) -> Signals {
    instruction(SignalType::Modify, bar, |signal| {
        signal.stop_loss[0] = stop_loss;
        signal.take_profit[0] = take_profit;
    })
}

fn joined(tables: &[Signals]) -> Signals {
    let mut all = signals(0);
    for table in tables {
        push_signal(&mut all, table, 0);
    }
    all
}

/// The flat first bar, then `rows`; bid and ask are equal.
fn played(config: &EngineConfig, tables: &[Signals], rows: &[[f64; 4]]) -> RunOutput {
    run_on(config, &level(&[&[START], rows].concat()), &joined(tables))
}

type Told = (EventKind, i64, Option<Reason>);

/// Kind, order and reason of the rows from `first` on.
fn told(output: &RunOutput, first: usize) -> Vec<Told> {
    let events = &output.events;
    (first..events.seq.len()).map(|row| (events.kind[row], events.order_id[row], events.reason[row])).collect()
}

const CLOSED: EventKind = EventKind::Closed;
const REJECTED: EventKind = EventKind::Rejected;
const BY_EXIT: Option<Reason> = Some(Reason::SignalExit);

#[test]
fn an_exit_closes_and_cancels_what_it_matches() {
    // E-15: 1, 2 and 4 are of magic number 0, 3 is another's.
    let mut other = buy(0);
    other.magic_number[0] = 7;
    let entries = [buy(0), sell(0), other, limit()];
    let cancelled = (EventKind::Cancelled, 4, BY_EXIT);
    type Change = fn(&mut Signals);
    let cases: [(Change, Vec<Told>); 5] = [
        (|_| (), vec![(CLOSED, 1, BY_EXIT), (CLOSED, 2, BY_EXIT), cancelled]),
        (|signal| signal.direction[0] = Some(Direction::Long), vec![(CLOSED, 1, BY_EXIT), cancelled]),
        (|signal| signal.direction[0] = Some(Direction::Short), vec![(CLOSED, 2, BY_EXIT)]),
        (|signal| signal.magic_number[0] = 7, vec![(CLOSED, 3, BY_EXIT)]),
        (|signal| signal.magic_number[0] = 8, vec![(REJECTED, 0, Some(Reason::NoMatch))]),
    ];
    for config in [config(), old()] {
        for (change, expected) in &cases {
            let exit = instruction(SignalType::Exit, 1, change);
            let output = played(&config, &[&entries[..], &[exit]].concat(), &[[1.101; 4]]);
            assert_eq!(told(&output, 7), *expected);
            let code = if expected[0].0 == REJECTED { 1007 } else { 0 };
            assert!(output.events.error_code[7..].iter().all(|&found| found == code));
            assert_eq!(output.events.known_at[7], 2 * BAR);
        }
    }
}

#[test]
fn an_exit_fills_at_the_close_of_its_side() {
    let short = played(&config(), &[sell(0), leave(1)], &[[1.1, 1.104, 1.098, 1.103]]);
    assert_eq!(exit(&short), (1.103, Reason::SignalExit));
    assert!((short.trades.result[0] + 30.0).abs() < 1e-9);
}

#[test]
fn an_exit_comes_after_the_pass_and_before_management() {
    let dip = [1.1, 1.1, 1.09, 1.1];
    let mut trailing = buy(0);
    trailing.trailing_distance[0] = 0.001;
    trailing.max_holding[0] = BAR;
    for config in [config(), old()] {
        let stopped = played(&config, &[buy(0), leave(1)], &[dip]);
        let expected = [(CLOSED, 1, Some(Reason::StopLoss)), (REJECTED, 0, Some(Reason::NoMatch))];
        assert_eq!(told(&stopped, 2), expected);
        let managed = played(&config, &[trailing.clone(), leave(1)], &[START]);
        assert_eq!(told(&managed, 2), [(CLOSED, 1, BY_EXIT)]);
    }
}

#[test]
fn an_exit_reaches_what_was_asked_for_before_it() {
    for config in [config(), old()] {
        let turned = played(&config, &[buy(0), leave(1), sell(1)], &[START]);
        let expected = [(EventKind::Accepted, 2, None), (EventKind::Opened, 2, None), (CLOSED, 1, BY_EXIT)];
        assert_eq!(told(&turned, 2), expected);
        assert_eq!(turned.positions.order_id, [2]);
        let at_once = played(&config, &[buy(0), leave(0)], &[]);
        assert_eq!(told(&at_once, 2), [(CLOSED, 1, BY_EXIT)]);
    }
    let config = EngineConfig { market_fill: MarketFill::NextOpen, ..config() };
    let waiting = played(&config, &[buy(0), leave(0)], &[START]);
    assert_eq!(told(&waiting, 1), [(EventKind::Cancelled, 1, BY_EXIT)]);
}

#[test]
fn a_fraction_leaves_pending_orders_alone() {
    let half = instruction(SignalType::Exit, 1, |signal| signal.fraction[0] = 0.5);
    for config in [config(), old()] {
        let output = played(&config, &[buy(0), limit(), half.clone()], &[START]);
        assert_eq!(told(&output, 3), [(EventKind::PartiallyClosed, 1, BY_EXIT)]);
        assert_eq!((&output.positions.order_id[..], output.positions.size[0]), (&[1, 2][..], 0.05));
        let nothing = played(&config, &[limit(), half.clone()], &[START]);
        assert_eq!(told(&nothing, 1), [(REJECTED, 0, Some(Reason::NoMatch))]);
    }
}

#[test]
fn a_modify_sets_what_it_gives_from_the_next_bar_on() {
    // The low of 1.094 came before; the next one takes the stop of 1.095.
    let rows = [[1.1, 1.1, 1.094, 1.1], [1.1, 1.1, 1.094, 1.1]];
    for (config, reason) in [(config(), Reason::ModifiedStopLoss), (old(), Reason::BreakEvenStopLoss)] {
        let output = played(&config, &[buy(0), modify(1, 1.095, NAN)], &rows);
        assert_eq!(moves(&output), [(1.095, Reason::ModifySignal)]);
        assert_eq!(exit(&output), (1.095, reason));
        // A target alone moves no stop.
        let output = played(&config, &[buy(0), modify(1, NAN, 1.12)], &[START, [1.1, 1.1, 1.085, 1.09]]);
        assert_eq!(moves(&output), [(1.09, Reason::ModifySignal)]);
        assert_eq!((output.events.take_profit[2], exit(&output)), (1.12, (1.09, Reason::StopLoss)));
    }
}

#[test]
fn a_modify_is_all_or_nothing_by_position() {
    // Q-E15b: seen from the close of 1.1, of the pending order from its 1.095.
    for config in [config(), old()] {
        for (stop_loss, take_profit, reason) in [
            (1.1, NAN, Reason::StopSide),
            (1.095, 1.1, Reason::TargetSide),
            (1.1, 1.1, Reason::StopSide),
            (NAN, 1.1, Reason::TargetSide),
        ] {
            let output = played(&config, &[buy(0), modify(1, stop_loss, take_profit)], &[START]);
            assert_eq!(told(&output, 2), [(REJECTED, 1, Some(reason))]);
            let events = &output.events;
            assert_eq!((events.stop_loss[2].to_bits(), events.error_code[2]), (stop_loss.to_bits(), 1006));
            assert_eq!((events.direction[2], events.price[2].is_nan()), (Some(Direction::Long), true));
            assert_eq!((output.positions.stop_loss[0], output.positions.take_profit[0].is_nan()), (1.09, true));
        }
        let each = played(&config, &[buy(0), sell(0), limit(), modify(1, 1.097, NAN)], &[START]);
        let expected = [
            (EventKind::Modified, 1, Some(Reason::ModifySignal)),
            (REJECTED, 2, Some(Reason::StopSide)),
            (REJECTED, 3, Some(Reason::StopSide)),
        ];
        assert_eq!(told(&each, 5), expected);
    }
}

#[test]
fn a_modified_order_keeps_its_size() {
    // Half of the 100 pips that it was sized by; v1 sizes at the trigger, and names no stop of the trigger bar.
    let mut order = limit();
    (order.size[0], order.stop_loss[0]) = (NAN, 1.085);
    let row = [1.1, 1.1, 1.089, 1.095];
    for (config, reason) in [(config(), Reason::ModifiedStopLoss), (old(), Reason::StopLoss)] {
        let output = played(&config, &[order.clone(), modify(1, 1.09, NAN)], &[START, row]);
        assert_eq!(exit(&output), (1.09, reason));
        assert!((output.trades.size[0] - 0.1).abs() < 0.011);
        assert!((output.trades.r_multiple[0] + 0.5).abs() < 1e-9);
    }
}

#[test]
fn step_by_step_an_exit_waits_for_the_next_bar_evaluated() {
    // Q-E15c: nobody evaluated the bar of the exit; what was asked for after it stays.
    let bars = level(&[START; 4]);
    for config in [config(), old()] {
        let mut simulator = ExecutionSimulator::new(&config).unwrap();
        let bar = |row: usize| rows(&bars, row, row + 1);
        simulator.process_signals(&bar(0).view(), &buy(0)).unwrap();
        simulator.evaluate_exits(&bar(0).view()).unwrap();
        simulator.process_signals(&bar(1).view(), &leave(1)).unwrap();
        simulator.process_signals(&bar(2).view(), &buy(2)).unwrap();
        let events = simulator.evaluate_exits(&bar(2).view()).unwrap();
        assert_eq!((events.kind, events.order_id, events.timestamp), (vec![CLOSED], vec![1], vec![2 * BAR]));
        assert_eq!(simulator.positions().order_id, [2]);
        assert_eq!(simulator.evaluate_exits(&bar(3).view()).unwrap().seq.len(), 0);
    }
}
