use super::*;
use crate::bars::checks::check_bars;
use crate::test_support::{BAR, bars};

#[test]
fn findings_are_counted_and_not_refused() {
    // Q-T2b; day 2 of the epoch is a Saturday.
    let mut columns = bars(&[[1.1, 1.1, 1.1, 1.1]; 20]);
    columns.bid_high[3] = 1.2;
    columns.ask_open[4] = 1.05;
    columns.ask_low[4] = 1.05;
    columns.bid_high[5] = 1.1001;
    for row in 10..20 {
        columns.timestamp[row] += 2 * DAY;
    }
    columns.ask_close[6] = columns.bid_close[6];
    columns.ask_low[6] = columns.bid_close[6];
    check_bars(&columns.view(), BAR, Vec::new()).unwrap();
    let findings = quality_findings(&columns.view(), BAR);
    let expected =
        QualityFindings { crossed_quotes: 2, zero_spread: 1, gaps: 1, spikes: 1, weekend_bars: 10, uneven_steps: 0 };
    assert_eq!(findings, expected);
    assert_eq!(count(weekend_rows(&[-5 * DAY - 1, -5 * DAY, -1])), 1);
}
