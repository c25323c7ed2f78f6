//! Times the bare recurrences of chapter I, one JSON object a line; `make peers` reads it:
//! `cargo run --release --package omega-core --example recurrences`.
//!
//! Each is what a row costs at least: the contract's operations in their order (N-1, N-2), numbers in registers, into
//! memory that is there; nothing is missing, checked, allocated or handed over.

use std::hint::black_box;
use std::time::Instant;

use omega_core::rng::unit;

const ROUNDS: usize = 61;

/// Highs, lows and closes.
type Prices<'a> = [&'a [f64]; 3];

/// A name and what fills a series of so many rows.
type Recurrence = (&'static str, fn(Prices<'_>, &mut [f64]));

const RECURRENCES: [Recurrence; 6] =
    [("sma", sma), ("ema", ema), ("rsi", rsi), ("roc", roc), ("true_range", true_range), ("atr", atr)];

fn main() {
    for rows in [100_000, 1_000_000] {
        let close = walk(rows);
        let [high, low] = [1e-4, -1.2e-4].map(|by| close.iter().map(|x| x + by).collect::<Vec<f64>>());
        let mut out = vec![0.0; rows];
        for (name, fill) in RECURRENCES {
            let mut least = f64::INFINITY;
            for _ in 0..ROUNDS {
                let begin = Instant::now();
                fill(black_box([&high, &low, &close]), black_box(&mut out));
                let spent = begin.elapsed().as_secs_f64() * 1e3;
                least = if spent < least { spent } else { least };
            }
            println!(r#"{{"benchmark": "{name}", "size": {rows}, "least_ms": {least:.6}}}"#);
        }
    }
}

fn walk(rows: usize) -> Vec<f64> {
    let mut price = 1.1;
    let step = |row: usize| {
        price += (unit((row as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)) - 0.5) * 2e-4;
        price
    };
    (0..rows).map(step).collect()
}

/// Prefix and suffix of each block, their sum over n (Q-N7).
fn sma([_, _, close]: Prices<'_>, out: &mut [f64]) {
    let mut suffixes = [0.0; 20];
    for (block, out) in close.chunks_exact(20).zip(out.chunks_exact_mut(20)) {
        let (mut prefix, mut suffix) = (0.0, 0.0);
        for row in 0..20 {
            prefix += block[row];
            out[row] = suffixes[row] + prefix;
        }
        for row in (0..20).rev() {
            suffixes[row] = suffix;
            suffix += block[row];
        }
        out.iter_mut().for_each(|sum| *sum /= 20.0);
    }
}

/// Q-I2.
fn ema([_, _, close]: Prices<'_>, out: &mut [f64]) {
    let (rest, weight, mut y) = (1.0 - 2.0 / 31.0, 2.0 / 31.0, close[0]);
    for (&x, out) in close.iter().zip(out) {
        y = (rest * y) + (weight * x);
        *out = y;
    }
}

/// Q-I3.
fn rsi([_, _, close]: Prices<'_>, out: &mut [f64]) {
    let (rest, weight, mut gain, mut loss, mut before) = (1.0 - 1.0 / 14.0, 1.0 / 14.0, 1e-4, 1e-4, close[0]);
    for (&x, out) in close.iter().zip(out) {
        let d = x - before;
        before = x;
        gain = (rest * gain) + (weight * if d > 0.0 { d } else { 0.0 });
        loss = (rest * loss) + (weight * if d < 0.0 { -d } else { 0.0 });
        *out = 100.0 - (100.0 / (1.0 + (gain / loss)));
    }
}

/// Q-I5, no recurrence.
fn roc([_, _, close]: Prices<'_>, out: &mut [f64]) {
    for ((&x, &before), out) in close[14..].iter().zip(close).zip(&mut out[14..]) {
        *out = ((x - before) / before) * 100.0;
    }
}

/// Q-I6, no recurrence.
fn true_range([high, low, close]: Prices<'_>, out: &mut [f64]) {
    for (((&h, &l), &before), out) in high[1..].iter().zip(&low[1..]).zip(close).zip(&mut out[1..]) {
        *out = widest(h, l, before);
    }
}

/// Q-I6.
fn atr([high, low, close]: Prices<'_>, out: &mut [f64]) {
    let mut y = high[0] - low[0];
    for (((&h, &l), &before), out) in high[1..].iter().zip(&low[1..]).zip(close).zip(&mut out[1..]) {
        y = ((y * 13.0) + widest(h, l, before)) / 14.0;
        *out = y;
    }
}

fn widest(high: f64, low: f64, before: f64) -> f64 {
    let (range, above, below) = (high - low, (high - before).abs(), (low - before).abs());
    let range = if above > range { above } else { range };
    if below > range { below } else { range }
}
