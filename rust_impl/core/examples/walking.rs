//! Times steps over several symbols without the binding, one JSON object a line; `omega bench` reads it:
//! `cargo run --release --package omega-core --example walking`.

use std::hint::black_box;
use std::time::Instant;

use omega_core::multi_symbol::iterator::Pass;
use omega_core::multi_symbol::timeline::union;

const ROUNDS: usize = 21;
const STEPS: usize = 10_000;
const MINUTE: i64 = 60_000_000;

/// Every symbol has columns of its own, and a bar in every step.
fn main() {
    for (symbols, name) in [(10, "10"), (50, "50"), (100, "100"), (1_000, "1,000")] {
        let times: Vec<Vec<i64>> =
            (0..symbols).map(|_| (0..STEPS).map(|step| step as i64 * MINUTE).collect()).collect();
        let views: Vec<&[i64]> = times.iter().map(Vec::as_slice).collect();
        let timeline = union(&views);
        let mut samples: Vec<f64> = (0..ROUNDS).map(|_| walk(&times, &timeline)).collect();
        samples.sort_by(f64::total_cmp);
        let (median, spread) = (samples[ROUNDS / 2], samples[3 * ROUNDS / 4] - samples[ROUNDS / 4]);
        println!(
            r#"{{"benchmark": "10,000 steps of {name} symbols", "size": {STEPS}, "median_ms": {median:.6}, "iqr_ms": {spread:.6}, "rounds": {ROUNDS}}}"#
        );
    }
}

/// Milliseconds of one pass.
fn walk(times: &[Vec<i64>], timeline: &[i64]) -> f64 {
    let start = Instant::now();
    let mut pass = Pass::new(times, timeline, 0, timeline.len());
    while pass.advance(times, timeline) {
        black_box(&pass.seen);
    }
    let elapsed = start.elapsed().as_secs_f64() * 1e3;
    assert_eq!(pass.seen, vec![STEPS; times.len()]);
    elapsed
}
