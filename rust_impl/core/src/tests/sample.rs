use super::*;
use crate::bars::checks::check_bars;
use crate::bars::quality::quality_findings;
use crate::test_support::sample_bars;

#[test]
fn the_sample_is_sound_and_its_own_prefix() {
    let bars = sample_bars(20_000, 7).unwrap();
    check_bars(&bars.view(), STEP, Vec::new()).unwrap();
    let findings = quality_findings(&bars.view(), STEP);
    // 13 weekends of two days each.
    assert_eq!((findings.gaps, findings.crossed_quotes, findings.weekend_bars), (13, 0, 0));
    let short = sample_bars(100, 7).unwrap();
    assert_eq!(short.bid_close[..], bars.bid_close[..100]);
    assert_ne!(short.bid_close, sample_bars(100, 8).unwrap().bid_close);
}

#[test]
fn the_first_row_follows_the_recipe() {
    // Q-D1 by hand for row 0: no gap before it, Monday 00:00, so that activity is 0.45 and regime 1.3.
    let bars = sample_bars(1, 7).unwrap();
    let u = philox([7, 0], [0, 0, 0, u64::MAX]).map(unit);
    let close = 1.10 + (((0.0006 * 0.45) * 1.2999999999999998) * ((u[0] + u[1]) - 1.0));
    assert_eq!(bars.timestamp, [1_578_268_800_000_000]);
    assert_eq!(bars.bid_open, [1.10]);
    assert!((bars.bid_close[0] - close).abs() < 0.5001e-5);
}

#[test]
fn weekends_open_with_a_gap_and_a_wide_spread() {
    let bars = sample_bars(WEEK_SLOTS as usize + 20, 7).unwrap();
    let sunday = (WEEK_SLOTS - FIRST_SLOT) as usize;
    assert_eq!(bars.timestamp[sunday] - bars.timestamp[sunday - 1], 49 * HOUR - HOUR + STEP);
    let spread = bars.ask_close[sunday] - bars.bid_close[sunday];
    assert!(spread > 0.00023 && spread < 0.00037, "{spread}");
}

#[test]
fn a_row_count_out_of_range_is_refused() {
    assert!(check_range("n", 1, 1, ROWS_MAX as u64).is_ok());
    assert!(check_range("n", ROWS_MAX as u64, 1, ROWS_MAX as u64).is_ok());
    for n in [0, ROWS_MAX + 1, usize::MAX] {
        let error = sample_bars(n, 7).unwrap_err();
        assert_eq!(
            (error.code, error.rule, error.column.as_deref()),
            (ErrorCode::OutOfBounds, Some("Q-D1"), Some("n"))
        );
    }
}

#[test]
fn a_sample_that_is_cancelled_before_it_began_is_refused() {
    // L-2, Q-L2: looked at in the first row, then every so many.
    let control = RunControl::default();
    control.is_cancelled.store(true, Ordering::Relaxed);
    assert_eq!(super::sample_bars(1, 7, &control).unwrap_err().code, ErrorCode::InvalidState);
}
