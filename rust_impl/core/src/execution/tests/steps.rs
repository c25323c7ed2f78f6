use super::*;
use crate::test_support::{BAR, FLAT, bars, busy_run, config, push_signal, rows, run_on, signals, v1};
use crate::types::{Rate, Reason};

#[test]
fn step_by_step_is_the_run() {
    // E-19, in both variants: same digests, positions and money.
    let (bars, table) = busy_run();
    for config in [config(), v1()] {
        let config = EngineConfig { slippage_random_pips: 0.5, fee_per_million: 30.0, ..config };
        let whole = run_on(&config, &bars, &table);
        assert!(whole.trades.order_id.len() > 40, "{}", whole.trades.order_id.len());
        let mut simulator = ExecutionSimulator::new(&config).unwrap();
        let mut next_seq = 0;
        let mut next_signal = 0;
        for bar in 0..300 {
            let mut due = signals(0);
            while next_signal < 200 && table.timestamp[next_signal] <= bars.timestamp[bar] {
                push_signal(&mut due, &table, next_signal);
                next_signal += 1;
            }
            let row = rows(&bars, bar, bar + 1);
            for events in
                [simulator.process_signals(&row.view(), &due).unwrap(), simulator.evaluate_exits(&row.view()).unwrap()]
            {
                let expected: Vec<i64> = (next_seq..next_seq + events.len() as i64).collect();
                assert_eq!(events.seq, expected);
                next_seq += events.len() as i64;
            }
            assert_eq!(simulator.state_hash(), whole.chain[bar * 16..][..16], "bar {bar}");
        }
        assert_eq!(simulator.cash(), whole.metrics.final_cash);
        assert_eq!(simulator.equity(), whole.metrics.final_equity);
        assert_eq!(simulator.positions().order_id, whole.positions.order_id);
    }
}

#[test]
fn wrong_use_of_the_simulator_is_refused_and_changes_nothing() {
    // Q-E19.
    let bars = bars(&[FLAT; 4]);
    let mut simulator = ExecutionSimulator::new(&config()).unwrap();
    let bar = |row: usize| rows(&bars, row, row + 1);
    let at = |time: i64| Signals { timestamp: vec![time], ..signals(1) };
    simulator.process_signals(&bar(1).view(), &at(BAR)).unwrap();
    let refuse = |result: Result<Events, OmegaError>| {
        let error = result.unwrap_err();
        (error.code, error.rule.unwrap())
    };
    let out_of_order = (ErrorCode::ConstraintViolation, "L-1a");
    assert_eq!(refuse(simulator.process_signals(&bar(2).view(), &at(0))), out_of_order);
    assert_eq!(refuse(simulator.process_signals(&bar(2).view(), &at(3 * BAR))), out_of_order);
    let wrong_state = (ErrorCode::InvalidState, "E-19");
    assert_eq!(refuse(simulator.process_signals(&bar(0).view(), &at(0))), wrong_state);
    assert_eq!(refuse(simulator.evaluate_exits(&rows(&bars, 0, 1).view())), wrong_state);
    assert_eq!(refuse(simulator.process_signals(&bars.view(), &at(0))), (ErrorCode::SizeMismatch, "E-19"));
    let mut unsorted = rows(&bars, 2, 4);
    unsorted.timestamp.swap(0, 1);
    assert_eq!(refuse(simulator.evaluate_exits(&unsorted.view())), (ErrorCode::ConstraintViolation, "T-2"));
    assert_eq!(simulator.state_hash(), [0; 16]);
    simulator.evaluate_exits(&rows(&bars, 1, 3).view()).unwrap();
    assert_eq!(refuse(simulator.evaluate_exits(&rows(&bars, 2, 3).view())), wrong_state);
    assert_eq!(refuse(simulator.process_signals(&bar(2).view(), &at(2 * BAR))), wrong_state);
    assert!(simulator.evaluate_exits(&rows(&bars, 3, 3).view()).unwrap().is_empty());
    assert_eq!(simulator.positions().order_id, [1]);
}

#[test]
fn a_bar_without_a_rate_is_refused_last_and_changes_nothing() {
    // Q-C6: the rates begin with the second bar.
    let mut config = config();
    let spec = config.instrument.as_mut().unwrap();
    (spec.symbol, spec.quote_currency, spec.tick_value) = ("EURGBP".into(), "GBP".into(), None);
    config.rates = vec![Rate { pair: "GBPUSD".into(), timestamps: [BAR].into(), values: [1.25].into() }];
    let bars = bars(&[FLAT; 3]);
    let mut simulator = ExecutionSimulator::new(&config).unwrap();
    let first = rows(&bars, 0, 1);
    for result in [
        simulator.process_signals(&first.view(), &signals(1)),
        simulator.evaluate_exits(&first.view()),
        simulator.evaluate_exits(&bars.view()),
    ] {
        let error = result.unwrap_err();
        assert_eq!((error.code, error.rule, error.row), (ErrorCode::ConstraintViolation, Some("C-6"), Some(0)));
        assert_eq!((error.column.as_deref(), error.value), (Some("GBPUSD"), Some(Value::Int(0))));
    }
    assert_eq!(simulator.state_hash(), [0; 16]);
    let second = rows(&bars, 1, 2);
    assert_eq!(
        simulator.process_signals(&second.view(), &Signals { timestamp: vec![BAR], ..signals(1) }).unwrap().len(),
        2
    );
    simulator.evaluate_exits(&second.view()).unwrap();
}

#[test]
fn rows_of_signals_go_on_from_call_to_call() {
    // E-19: 0, then 1 and 2, then 3.
    let bars = bars(&[FLAT; 3]);
    let mut simulator = ExecutionSimulator::new(&config()).unwrap();
    assert!(simulator.book.is_empty());
    for (bar, count) in [(0, 1), (1, 2), (2, 1)] {
        let given = Signals { timestamp: vec![bar * BAR; count], ..signals(count) };
        let row = rows(&bars, bar as usize, bar as usize + 1);
        let events = simulator.process_signals(&row.view(), &given).unwrap();
        assert_eq!(events.len(), 2 * count);
        simulator.evaluate_exits(&row.view()).unwrap();
    }
    assert_eq!(simulator.positions().signal_row, [0, 1, 2, 3]);
}

#[test]
fn the_first_bar_given_is_the_first_of_the_run() {
    // L-1a: a signal of before is rejected, whichever call gave the bar.
    let bars = bars(&[FLAT; 3]);
    let at = |time: i64| Signals { timestamp: vec![time], ..signals(1) };
    let mut simulator = ExecutionSimulator::new(&config()).unwrap();
    let events = simulator.process_signals(&rows(&bars, 1, 2).view(), &at(0)).unwrap();
    assert_eq!(events.reason, [Some(Reason::BeforeStart)]);
    let mut simulator = ExecutionSimulator::new(&config()).unwrap();
    simulator.evaluate_exits(&rows(&bars, 0, 1).view()).unwrap();
    let events = simulator.process_signals(&rows(&bars, 1, 2).view(), &at(0)).unwrap();
    assert_eq!(events.reason, [None, None]);
}

#[test]
fn bars_as_records_end_as_the_run_and_close_all_as_one_under_close_at_end() {
    // Q-E19, Q-E18b.
    let (bars, table) = busy_run();
    let config = EngineConfig { slippage_random_pips: 0.5, fee_per_million: 30.0, ..config() };
    let mut simulator = ExecutionSimulator::new(&config).unwrap();
    assert!(simulator.close_all().unwrap().is_empty());
    for bar in 0..300 {
        let mut due = signals(0);
        let here = |row: &usize| table.timestamp[*row] == bars.timestamp[bar];
        (0..200).filter(here).for_each(|row| push_signal(&mut due, &table, row));
        if !due.is_empty() {
            simulator.process_signals(&rows(&bars, bar, bar + 1).view(), &due).unwrap();
            let error = simulator.close_all().unwrap_err();
            assert_eq!((error.code, error.rule, error.row), (ErrorCode::InvalidState, Some("E-19"), None));
        }
        simulator.evaluate_bar(&bars.view().bar(bar)).unwrap();
    }
    for close_at_end in [false, true] {
        let whole = run_on(&EngineConfig { close_at_end, ..config.clone() }, &bars, &table);
        assert_eq!(whole.positions.order_id.is_empty(), close_at_end);
        let left = simulator.positions().order_id.len();
        assert_eq!(if close_at_end { simulator.close_all().unwrap().len() } else { left }, left);
        assert_eq!(simulator.trades().order_id, whole.trades.order_id);
        assert_eq!(simulator.trades().net_result, whole.trades.net_result);
        assert_eq!(simulator.metrics(), whole.metrics);
        assert_eq!(simulator.state_hash(), whole.chain[299 * 16..]);
    }
    let broken = Bar { bid_low: f64::NAN, ..bars.view().bar(299) };
    assert_eq!(simulator.evaluate_bar(&broken).unwrap_err().code, ErrorCode::NanValue);
    assert_eq!(simulator.evaluate_bar(&bars.view().bar(299)).unwrap_err().code, ErrorCode::InvalidState);
}
