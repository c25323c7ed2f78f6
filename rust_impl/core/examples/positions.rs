//! What an open position costs, in bytes and in time, as their number grows; one JSON object a line, which `omega bench`
//! reads: `cargo run --release --package omega-core --example positions`. Ends with a panic where it is too much.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use omega_core::costs::model::CostModel;
use omega_core::execution::bar::evaluate_positions;
use omega_core::execution::entries::process_signal;
use omega_core::execution::management::NO_MANAGEMENT;
use omega_core::execution::state::{Book, Log, new_account, rules_of};
use omega_core::execution::steps::ExecutionSimulator;
use omega_core::portfolio::equity::open_profit;
use omega_core::quotes::quote_of;
use omega_core::types::Signals;
use setting::{columns, config, signals};

mod setting;

const ROUNDS: usize = 15;
const SIZES: [(usize, &str); 3] = [(1_000, "1,000"), (10_000, "10,000"), (100_000, "100,000")];
/// Signals of one call.
const BATCH: usize = 1_000;
/// Most bytes of an open position.
const BYTES: usize = 200;

static HELD: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, counting the bytes that are held.
struct Counting;

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    for (size, name) in SIZES {
        let (mut simulator, bytes) = opened(size);
        assert!(bytes <= BYTES, "{bytes} bytes of each of {size} open positions");
        say(&format!("{name} open positions, bytes each"), size, "bytes", &mut [bytes as f64]);
        say(&format!("{name} open positions, a quiet bar without its digest"), size, "ms", &mut without_digest(size));
        let (mut quiet, mut closing) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS as i64 {
            let (bar, falling) = (columns(2 + 2 * round, 1.0990), columns(3 + 2 * round, 1.0970 - 1e-4 * round as f64));
            quiet.push(time(|| simulator.evaluate_exits(&bar.view())));
            let before = simulator.positions().order_id.len();
            closing.push(time(|| simulator.evaluate_exits(&falling.view())));
            assert_eq!(simulator.positions().order_id.len(), before - 1);
        }
        say(&format!("{name} open positions, a quiet bar"), size, "ms", &mut quiet);
        say(&format!("{name} open positions, a bar that closes one"), size, "ms", &mut closing);
    }
}

/// A simulator with so many positions, and the bytes that each holds after a bar without events.
fn opened(size: usize) -> (ExecutionSimulator, usize) {
    let before = HELD.load(Ordering::Relaxed);
    let mut simulator = ExecutionSimulator::new(&config()).expect("a configuration");
    let entry = columns(0, 1.0990);
    for batch in 0..size / BATCH {
        simulator.process_signals(&entry.view(), &spread_stops(batch)).expect("signals");
    }
    for bar in 0..2 {
        simulator.evaluate_exits(&columns(bar, 1.0990).view()).expect("a bar");
    }
    (simulator, (HELD.load(Ordering::Relaxed) - before) / size)
}

/// Milliseconds of the rules alone: the state chain writes every position, whatever the rules do.
fn without_digest(size: usize) -> Vec<f64> {
    let rules = rules_of(&config(), CostModel::new(&config()).expect("costs")).expect("rules");
    let (mut book, mut account, mut log) = (Book::default(), new_account(&config()), Log::default());
    let entry = quote_of(&columns(0, 1.0990).view(), 0, rules.timeframe);
    let batch = spread_stops(1);
    for row in 0..size {
        process_signal(&mut book, &mut account, &mut log, &rules, &entry, &batch.signal(row % BATCH));
    }
    let quote = quote_of(&columns(1, 1.0990).view(), 0, rules.timeframe);
    let mut bar = || {
        evaluate_positions(&mut book, &mut account, &mut log, &rules, &quote, quote.timestamp, NO_MANAGEMENT)
            .expect("no strategy");
        open_profit(&book, &rules, &quote)
    };
    (0..ROUNDS).map(|_| time(&mut bar)).collect()
}

/// A batch of which the first signals' stops lie a pip apart, in the first batch alone.
fn spread_stops(batch: usize) -> Signals {
    let mut table = signals(BATCH);
    for (row, stop) in table.stop_loss.iter_mut().enumerate() {
        *stop = if batch == 0 && row < ROUNDS { 1.0970 - 1e-4 * row as f64 } else { 1.09 };
    }
    table
}

fn say(name: &str, size: usize, unit: &str, samples: &mut [f64]) {
    samples.sort_by(f64::total_cmp);
    let rounds = samples.len();
    let (median, spread) = (samples[rounds / 2], samples[3 * rounds / 4] - samples[rounds / 4]);
    println!(
        r#"{{"benchmark": "{name}", "size": {size}, "unit": "{unit}", "median": {median:.6}, "iqr": {spread:.6}, "rounds": {rounds}}}"#
    );
}

/// Milliseconds.
fn time<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    let result = std::hint::black_box(work());
    let elapsed = start.elapsed().as_secs_f64() * 1e3;
    drop(result);
    elapsed
}
