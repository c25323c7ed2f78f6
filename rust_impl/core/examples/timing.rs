//! Times the execution simulator without the binding, one JSON object a line; `omega bench` reads it:
//! `cargo run --release --package omega-core --example timing`.

use std::time::Instant;

use omega_core::execution::steps::ExecutionSimulator;

use setting::{columns, config, signals};

mod setting;

/// As in the module: the system's gives memory back between two rounds and is handed it anew, page by page.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 51;
const COUNT: usize = 1_000;

/// 1,000 market signals in one bar; then a bar that closes none of them, and one that closes half.
fn main() {
    let [entry, quiet, falling] = [(0, 1.0990), (1, 1.0990), (2, 1.0940)].map(|(bar, low)| columns(bar, low));
    let signals = signals(COUNT);
    let mut samples: [Vec<f64>; 3] = Default::default();
    for _ in 0..ROUNDS {
        let mut simulator = ExecutionSimulator::new(&config()).expect("a configuration");
        samples[0].push(time(|| simulator.process_signals(&entry.view(), &signals).expect("signals")));
        simulator.evaluate_exits(&entry.view()).expect("a bar");
        samples[1].push(time(|| simulator.evaluate_exits(&quiet.view()).expect("a bar")));
        samples[2].push(time(|| simulator.evaluate_exits(&falling.view()).expect("a bar")));
        assert_eq!(simulator.positions().order_id.len(), COUNT / 2);
    }
    let names = ["1,000 signals processed", "1,000 open positions, none closing", "1,000 open positions, half closing"];
    for (name, mut times) in names.into_iter().zip(samples) {
        times.sort_by(f64::total_cmp);
        let (median, spread) = (times[ROUNDS / 2], times[3 * ROUNDS / 4] - times[ROUNDS / 4]);
        println!(
            r#"{{"benchmark": "{name}", "size": {COUNT}, "median_ms": {median:.6}, "iqr_ms": {spread:.6}, "rounds": {ROUNDS}}}"#
        );
    }
}

/// Milliseconds.
fn time<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    let result = std::hint::black_box(work());
    let elapsed = start.elapsed().as_secs_f64() * 1e3;
    drop(result);
    elapsed
}
