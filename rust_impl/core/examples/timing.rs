//! Times the workloads of the design on this machine: `cargo run --release -p omega-core --example timing`.

use std::time::Instant;

use omega_core::data::validate_bars;
use omega_core::engine::run;
use omega_core::execution::ExecutionSimulator;
use omega_core::sample::sample_bars;
use omega_core::types::{
    BelowMin, Direction, DirectionFilter, EngineConfig, Instrument, MeanReversionParameters, OrderType, RunControl,
    SignalType, Signals, StrategyConfig, UNSET_TIME, Variant,
};

fn main() {
    for (rows, repeats) in [(30_000, 50), (1_000_000, 5)] {
        let bars = sample_bars(rows, 7).expect("rows in range");
        let view = bars.view();
        let check = best(repeats, || validate_bars(&view, 300_000_000, Vec::new()).expect("sound bars"));
        let whole = best(repeats, || {
            run(&view, None, &config(true, Some(1)), &RunControl::default()).expect("a run").trades.result.len()
        });
        let idle = best(repeats, || {
            run(&view, Some(&Signals::default()), &config(false, None), &RunControl::default()).expect("a run")
        });
        println!(
            "{rows} bars: check {check:.3} ms, no signals {idle:.3} ms, strategy {whole:.3} ms, {:.1} M bars/s",
            rows as f64 / whole / 1000.0
        );
    }
    let out = run(&sample_bars(30_000, 7).expect("rows").view(), None, &config(true, Some(1)), &RunControl::default())
        .expect("a run");
    println!("{:?}", out.metrics);
    time_positions();
}

/// 1,000 market signals in one bar; then one bar that closes none of them, and one that closes half.
fn time_positions() {
    let signals = signals(1_000);
    let at = |time: i64, low: f64| columns(time, low);
    let mut process = f64::MAX;
    let mut hold = f64::MAX;
    let mut close_half = f64::MAX;
    for _ in 0..50 {
        let mut simulator = ExecutionSimulator::new(&config(false, None)).expect("a configuration");
        let entry = at(0, 1.0990);
        process = lower(process, time(|| simulator.process_signals(0, &entry.view(), &signals).expect("signals")));
        simulator.evaluate_exits(&entry.view()).expect("a bar");
        for bar in 1..20 {
            let quiet = at(bar, 1.0990);
            hold = lower(hold, time(|| simulator.evaluate_exits(&quiet.view()).expect("a bar")));
        }
        let falling = at(20, 1.0940);
        close_half = lower(close_half, time(|| simulator.evaluate_exits(&falling.view()).expect("a bar")));
        assert_eq!(simulator.positions().order_id.len(), 500);
    }
    println!(
        "1,000 signals {process:.4} ms; 1,000 positions: none closing {hold:.4} ms, half closing {close_half:.4} ms"
    );
}

fn columns(time: i64, low: f64) -> omega_core::data::BarColumns {
    omega_core::data::BarColumns {
        timestamp: vec![time * 300_000_000],
        bid_open: vec![1.1],
        bid_high: vec![1.101],
        bid_low: vec![low],
        bid_close: vec![1.1],
        ask_open: vec![1.1001],
        ask_high: vec![1.1011],
        ask_low: vec![low + 0.0001],
        ask_close: vec![1.1001],
        volume: vec![1.0],
    }
}

fn signals(rows: usize) -> Signals {
    Signals {
        timestamp: vec![0; rows],
        is_run_symbol: vec![true; rows],
        signal_type: vec![SignalType::Entry; rows],
        direction: vec![Some(Direction::Long); rows],
        order_type: vec![Some(OrderType::Market); rows],
        price: vec![1.1001; rows],
        size: vec![f64::NAN; rows],
        stop_loss: (0..rows).map(|row| if row % 2 == 0 { 1.095 } else { 1.09 }).collect(),
        take_profit: vec![1.12; rows],
        magic_number: vec![0; rows],
        expires_at: vec![UNSET_TIME; rows],
        trailing_distance: vec![f64::NAN; rows],
        trailing_step: vec![f64::NAN; rows],
        break_even_at_r: vec![f64::NAN; rows],
        break_even_offset: vec![f64::NAN; rows],
        max_holding: vec![UNSET_TIME; rows],
    }
}

fn config(has_strategy: bool, max_positions: Option<usize>) -> EngineConfig {
    EngineConfig {
        variant: Variant::Canonical,
        symbol: "EURUSD".into(),
        timeframe: 300_000_000,
        start: None,
        account_currency: "USD".into(),
        initial_balance: 10_000.0,
        risk_per_trade: 100.0,
        risk_fraction: None,
        max_positions,
        seed: 0,
        pip_buffer_factor: 0.5,
        close_at_end: false,
        below_min: BelowMin::Reject,
        slippage_fixed_pips: 0.0,
        slippage_random_pips: 0.0,
        fee_per_million: 30.0,
        fee_min: 0.0,
        instrument: Some(Instrument {
            symbol: "EURUSD".into(),
            pip_size: 0.0001,
            tick_size: 0.00001,
            tick_value: Some(1.0),
            contract_size: 100_000.0,
            volume_min: 0.01,
            volume_step: 0.01,
            volume_max: 100.0,
            base_currency: "EUR".into(),
            quote_currency: "USD".into(),
            profit_currency: "USD".into(),
            digits: 5,
            min_stop_distance_pips: 0.1,
        }),
        strategy: has_strategy.then(|| StrategyConfig {
            name: "mean_reversion_z_score".into(),
            magic_number: 1,
            parameters: MeanReversionParameters {
                atr_length: 14,
                atr_mult: 2.0,
                window_length: 100,
                ema_length: 30,
                z_score_long: -2.0,
                z_score_short: 2.0,
                direction_filter: DirectionFilter::Both,
                max_holding: 60 * 300_000_000,
            },
        }),
    }
}

fn best<T>(repeats: usize, mut work: impl FnMut() -> T) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..repeats {
        best = lower(best, time(&mut work));
    }
    best
}

/// Milliseconds.
fn time<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    let result = std::hint::black_box(work());
    let elapsed = start.elapsed().as_secs_f64() * 1e3;
    drop(result);
    elapsed
}

fn lower(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}
