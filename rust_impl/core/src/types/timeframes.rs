//! Lengths of a bar (T-4).

const MINUTE: i64 = 60_000_000;

/// Every timeframe by name, with its length in µs.
pub const TIMEFRAMES: &[(&str, i64)] = &[
    ("M1", MINUTE),
    ("M5", 5 * MINUTE),
    ("M15", 15 * MINUTE),
    ("M30", 30 * MINUTE),
    ("H1", 60 * MINUTE),
    ("H4", 240 * MINUTE),
    ("D1", 1440 * MINUTE),
];
