use super::*;
use crate::bars::columns::BarColumns;
use crate::execution::columns::Position;
use crate::strategy::base::{Action, BarSlice, Strategy};
use crate::strategy::own::OpenOrder;
use crate::test_support::{BAR, bars, config, rules, sample_bars, signals, strategy_config};
use crate::types::{EventKind, OnRuin, Rate, Reason, Signal, Status, UNSET_FLOAT, Variant};

fn sample() -> BarColumns {
    sample_bars(6000, 7).unwrap()
}

#[test]
fn a_strategy_trades_one_position_at_a_time() {
    // Q-L1b: at the limit it is not asked, so that nothing is rejected.
    let output = run(&sample().view(), None, &strategy_config(), &RunControl::default(), None, None).unwrap();
    assert!(output.metrics.trades > 100);
    assert!(!output.events.kind.contains(&EventKind::Rejected));
    for row in 1..output.trades.order_id.len() {
        assert!(output.trades.entry_time[row] > output.trades.exit_time[row - 1]);
    }
    for reason in [Reason::StopLoss, Reason::TakeProfit, Reason::Timeout] {
        assert!(output.trades.reason.iter().filter(|&&found| found == reason).count() >= 5, "{reason:?}");
    }
    let decided = |row: &i64| output.decisions.timestamp[*row as usize];
    assert_eq!(output.trades.signal_row.iter().map(decided).collect::<Vec<_>>(), output.trades.entry_time);
    assert_eq!((output.chain.len(), output.equity.timestamp.len()), (6000 * 16, 6000));
}

#[test]
fn a_strategys_signals_run_as_a_table_give_the_same_trades() {
    // L-4: without a limit, in both variants.
    let bars = sample();
    for variant in [Variant::Canonical, Variant::V1] {
        let config = EngineConfig {
            max_positions: None,
            on_ruin: OnRuin::Continue,
            variant,
            slippage_random_pips: 0.4,
            ..strategy_config()
        };
        let whole = run(&bars.view(), None, &config, &RunControl::default(), None, None).unwrap();
        let mut strategy = MeanReversionZScore::on_init(&config, &bars.view()).unwrap();
        let found: Vec<_> =
            (0..6000).filter_map(|index| strategy.evaluate(&BarSlice { bars: &bars.view(), row: index })).collect();
        let mut table = signals(found.len());
        for (row, signal) in found.iter().enumerate() {
            table.timestamp[row] = signal.timestamp;
            table.direction[row] = signal.direction;
            table.price[row] = signal.price;
            table.stop_loss[row] = signal.stop_loss;
            table.take_profit[row] = signal.take_profit;
            table.magic_number[row] = signal.magic_number;
            table.max_holding[row] = signal.max_holding;
        }
        let by_table = run(&bars.view(), Some(&table), &config, &RunControl::default(), None, None).unwrap();
        assert_eq!(by_table.chain, whole.chain);
        assert_eq!(by_table.metrics, whole.metrics);
    }
}

#[test]
fn warm_up_bars_feed_the_indicators_only() {
    // G-4: started late, the strategy sees what it would have seen.
    let bars = sample();
    let start = bars.timestamp[3000];
    let config =
        EngineConfig { start: Some(start), max_positions: None, on_ruin: OnRuin::Continue, ..strategy_config() };
    let late = run(&bars.view(), None, &config, &RunControl::default(), None, None).unwrap();
    let config = EngineConfig { start: None, ..config };
    let whole = run(&bars.view(), None, &config, &RunControl::default(), None, None).unwrap();
    let entries = |output: &RunOutput| {
        let mut entries: Vec<_> = output.trades.entry_time.iter().copied().filter(|&time| time >= start).collect();
        entries.sort_unstable();
        entries
    };
    assert_eq!(entries(&late), entries(&whole));
    assert_eq!(late.equity.timestamp[0], start);
}

#[test]
fn a_run_checks_its_configuration_first() {
    // Q-L1c.
    let refuse = |config: &EngineConfig| {
        let error = run(&BarColumns::default().view(), None, config, &RunControl::default(), None, None).unwrap_err();
        (error.code, error.rule.unwrap(), error.column.unwrap())
    };
    assert_eq!(refuse(&config()), (ErrorCode::InvalidArgument, "A-1", "strategy".into()));
    let mut unknown = strategy_config();
    unknown.strategy.as_mut().unwrap().name = "other".into();
    assert_eq!(refuse(&unknown), (ErrorCode::InvalidArgument, "A-1", "strategy".into()));
    let bare = EngineConfig { instrument: None, ..strategy_config() };
    assert_eq!(refuse(&bare), (ErrorCode::InvalidArgument, "S-5", "instrument".into()));
    assert_eq!(refuse(&strategy_config()), (ErrorCode::EmptyInput, "G-4", "start".into()));
    let late = EngineConfig { start: Some(6000 * BAR), ..config() };
    let flat = bars(&[[1.1; 4]; 3]);
    let error = run(&flat.view(), Some(&signals(0)), &late, &RunControl::default(), None, None).unwrap_err();
    assert_eq!((error.code, error.value), (ErrorCode::EmptyInput, Some(Value::Int(6000 * BAR))));
    let mut ragged = flat;
    ragged.ask_low.pop();
    let error = run(&ragged.view(), Some(&signals(0)), &config(), &RunControl::default(), None, None).unwrap_err();
    assert_eq!(error.code, ErrorCode::SizeMismatch);
}

#[test]
fn a_run_reports_progress_and_stops_when_told() {
    // L-2: counted from the first bar ≥ start.
    let bars = sample();
    let config = EngineConfig { start: Some(bars.timestamp[100]), ..config() };
    let control = RunControl::default();
    run(&bars.view(), Some(&signals(0)), &config, &control, None, None).unwrap();
    assert_eq!(control.bars_done.load(Ordering::Relaxed), 5900);
    control.is_cancelled.store(true, Ordering::Relaxed);
    let error = run(&bars.view(), Some(&signals(0)), &config, &control, None, None).unwrap_err();
    assert_eq!((error.code, error.message.as_str()), (ErrorCode::InvalidState, "cancelled"));
    assert_eq!(control.bars_done.load(Ordering::Relaxed), 0);
}

#[test]
fn what_a_strategy_closes_is_closed_at_the_bars_close() {
    struct Closer;
    impl Strategy for Closer {
        fn on_init(_: &EngineConfig, _: &Bars<'_>) -> Result<Self, OmegaError> {
            Ok(Self)
        }
        fn evaluate(&mut self, bar: &BarSlice<'_>) -> Option<Signal> {
            let mut signal = signals(1).signal(0);
            signal.timestamp = bar.row as i64 * BAR;
            Some(signal)
        }
        fn decisions(self) -> Decisions {
            Decisions::default()
        }
        fn manage_position(&self, position: &Position, _: &BarSlice<'_>) -> Action {
            if position.order_id == 1 { Action::Close } else { Action::Hold }
        }
    }
    let flat = bars(&[[1.1; 4]; 3]);
    let view = flat.view();
    let (mut book, mut account, mut log) = (Book::default(), new_account(&config()), Log::default());
    let strategy = Closer::on_init(&config(), &view).unwrap();
    let mut source = StrategyFeed::new(strategy, &view, 9);
    let control = RunControl::default();
    let outcome = run_bars(&mut book, &mut account, &mut log, &rules(&config()), &view, 0, None, &mut source, &control);
    assert!(outcome.is_ok());
    assert_eq!((log.trades.order_id, log.trades.reason), (vec![1], vec![Reason::StrategyExit]));
    assert_eq!((log.trades.exit_time, log.trades.exit_price), (vec![BAR], vec![1.1]));
}

#[test]
fn a_strategy_is_not_asked_again_once_the_account_is_stopped_out() {
    // E-21: 0.5 lots out of 1,000 in each bar; the second bar takes all, so that the third and fourth ask nobody.
    struct Buyer;
    impl Strategy for Buyer {
        fn on_init(_: &EngineConfig, _: &Bars<'_>) -> Result<Self, OmegaError> {
            Ok(Self)
        }
        fn evaluate(&mut self, bar: &BarSlice<'_>) -> Option<Signal> {
            assert!(bar.row < 2, "asked in bar {}", bar.row);
            let mut signal = signals(1).signal(0);
            (signal.timestamp, signal.size, signal.stop_loss) = (bar.row as i64 * BAR, 0.5, 1.0);
            Some(signal)
        }
        fn decisions(self) -> Decisions {
            Decisions::default()
        }
        fn manage_position(&self, _: &Position, _: &BarSlice<'_>) -> Action {
            Action::Hold
        }
    }
    let config = EngineConfig { initial_balance: 1_000.0, ..config() };
    let rows = bars(&[[1.1; 4], [1.1, 1.1, 1.07, 1.1], [1.1; 4], [1.1; 4]]);
    let view = rows.view();
    let (mut book, mut account, mut log) = (Book::default(), new_account(&config), Log::default());
    let mut source = StrategyFeed::new(Buyer, &view, 9);
    run_bars(&mut book, &mut account, &mut log, &rules(&config), &view, 0, None, &mut source, &RunControl::default())
        .unwrap();
    assert!(account.is_stopped_out && book.is_empty());
    assert_eq!((account.stop_outs, log.trades.reason), (2, vec![Reason::StopOut; 2]));
}

#[test]
fn a_strategy_of_ones_own_is_told_what_the_bar_before_left_and_ends_the_run() {
    // Q-L3: half a lot pays 5 for a spread of a pip, and is worth 1,000 more at 1.12; bar 1 is left out, nothing is told twice.
    #[derive(Default)]
    struct Told {
        rows: Vec<(usize, f64, Option<Vec<OpenOrder>>)>,
        pauses: Vec<usize>,
    }
    impl OwnStrategy for Told {
        fn is_asked(&self, row: usize) -> bool {
            row != 1
        }
        fn ask(&mut self, row: usize, equity: f64, told: Option<Vec<OpenOrder>>) -> Result<Vec<Signal>, OmegaError> {
            self.rows.push((row, equity, told));
            let mut signal = signals(1).signal(0);
            (signal.timestamp, signal.size, signal.stop_loss) = (0, 0.5, 1.0);
            match row {
                0 => Ok(vec![signal]),
                4 => Err(OmegaError::new(ErrorCode::ComputationFailed, "enough").rule("L-5")),
                _ => Ok(Vec::new()),
            }
        }
        fn pause(&mut self, done: usize) -> Result<(), OmegaError> {
            self.pauses.push(done);
            Ok(())
        }
    }
    let rows = bars(&[[1.1; 4], [1.1; 4], [1.12; 4], [1.12; 4], [1.12; 4]]);
    let mut own = Told::default();
    let error = run(&rows.view(), None, &config(), &RunControl::default(), None, Some(&mut own)).unwrap_err();
    assert_eq!((error.code, error.message.as_str()), (ErrorCode::ComputationFailed, "enough"));
    let asked: Vec<_> = own
        .rows
        .iter()
        .map(|(row, equity, told)| (*row, crate::numbers::quantize(*equity, 0), told.is_some()))
        .collect();
    assert_eq!(asked, [(0, 10_000.0, true), (2, 9_995.0, true), (3, 10_995.0, false), (4, 10_995.0, false)]);
    let order = own.rows[1].2.as_ref().unwrap()[0];
    assert_eq!((order.order_id, order.status, order.entry_price, order.size), (1, Status::Open, 1.1001, 0.5));
    assert_eq!(own.pauses, [0]);
}

#[test]
fn a_price_is_worth_what_the_rate_of_its_bar_says() {
    // S-1, C-6: EURGBP of a USD account, 0.5 lots. Bought at 1.1001 at GBPUSD 1.25, and
    // sold by its target at 1.1101, two bars later at 1.5: 0.01 · 0.5 · 150,000 = 750.
    let mut config = EngineConfig { fee_per_million: 10.0, ..config() };
    let spec = config.instrument.as_mut().unwrap();
    (spec.symbol, spec.quote_currency, spec.tick_value) = ("EURGBP".into(), "GBP".into(), None);
    config.rates = vec![Rate { pair: "GBPUSD".into(), timestamps: [0, 2 * BAR].into(), values: [1.25, 1.5].into() }];
    let rows = bars(&[[1.1; 4], [1.1, 1.105, 1.1, 1.105], [1.105, 1.112, 1.105, 1.11]]);
    let mut table = signals(1);
    (table.price[0], table.size[0], table.stop_loss[0], table.take_profit[0]) = (UNSET_FLOAT, 0.5, 1.0, 1.1101);
    let output = run(&rows.view(), Some(&table), &config, &RunControl::default(), None, None).unwrap();
    let trades = &output.trades;
    let ask = 1.1 + 0.0001;
    let (entry, exit) = (crate::numbers::quantize(ask, 5), 1.1101);
    assert_eq!(trades.result, [((exit - entry) * 0.5) * (1e5 * 1.5)]);
    assert!((trades.result[0] - 750.0).abs() < 1e-9);
    assert_eq!(trades.r_multiple, [trades.result[0] / ((0.5 * (entry - 1.0_f64).abs()) * (1e5 * 1.25))]);
    // 0.5 · 100,000 · 1.1001 are 0.55 a million at 10, in GBP.
    let fee = |price: f64, rate: f64| ((((0.5 * 1e5) * price) / 1e6) * 10.0) * ((1e5 * rate) / 1e5);
    assert_eq!((trades.entry_fee[0], trades.exit_fee[0]), (fee(entry, 1.25), fee(exit, 1.5)));
    // Marked in between at 1.105 and 1.25.
    assert_eq!(output.equity.equity[1], output.equity.cash[1] + (0.0 + ((1.105 - entry) * 0.5) * (1e5 * 1.25)));
    // The first bar has no row any more.
    config.rates[0].timestamps = [1, 2 * BAR].into();
    let error = run(&rows.view(), Some(&table), &config, &RunControl::default(), None, None).unwrap_err();
    assert_eq!((error.code, error.rule, error.row), (ErrorCode::ConstraintViolation, Some("C-6"), Some(0)));
}

#[test]
fn no_room_for_the_tables_is_an_error_and_no_end_of_the_process() {
    // F-5: more than any machine has.
    let rules = rules_of(&config(), CostModel::new(&config()).unwrap()).unwrap();
    let error = reserve(&mut Log::default(), &rules, usize::MAX / 64).unwrap_err();
    assert_eq!((error.code, error.rule), (ErrorCode::OutOfMemory, Some("F-5")));
    assert!(reserve(&mut Log::default(), &rules, 1_000).is_ok());
}
