use super::*;
use crate::test_support::{BAR, bars};

/// Code, column, count and rows of each.
fn shown(found: &[BarFinding]) -> Vec<(i32, &str, u64, &[u64])> {
    found.iter().map(|one| (one.code, one.column.as_str(), one.count, one.rows.as_slice())).collect()
}

#[test]
fn every_breach_is_listed_with_its_count_and_first_rows() {
    // Q-T2e.
    let mut columns = bars(&[[1.1, 1.1, 1.1, 1.1]; 12]);
    columns.timestamp[2] = columns.timestamp[1];
    columns.timestamp[5] = columns.timestamp[3];
    columns.bid_open[7] = f64::NAN;
    columns.bid_open[8] = 1.2;
    columns.bid_low[9] = f64::NAN;
    columns.volume[0..6].fill(-1.0);
    let nulls = [("bid_low".to_owned(), vec![9])];
    let found = examine_bars(&columns.view(), Some(BAR), None, &nulls, &["ask_open"]);
    let expected: [(i32, &str, u64, &[u64]); 6] = [
        (1006, "timestamp", 1, &[2]),
        (1006, "timestamp", 1, &[5]),
        (2004, "bid_open", 1, &[7]),
        (1006, "bid_open", 1, &[8]),
        (1002, "bid_low", 1, &[9]),
        (1006, "volume", 6, &[0, 1, 2, 3, 4]),
    ];
    assert_eq!(shown(&found), expected);
}

#[test]
fn bars_without_a_breach_have_findings() {
    let mut columns = bars(&[[1.1, 1.1, 1.1, 1.1]; 6]);
    columns.ask_open[4] = 1.05;
    columns.ask_low[4] = 1.05;
    columns.timestamp[5] += 1;
    let found = examine_bars(&columns.view(), None, None, &[], &[]);
    assert_eq!(shown(&found), [(0, "crossed_quotes", 1, &[4][..]), (0, "gaps", 1, &[5]), (0, "uneven_steps", 1, &[5])]);
    assert!(found.iter().all(|one| one.column == one.message));
}

#[test]
fn prices_of_more_digits_are_a_finding_where_the_digits_are_known() {
    // Q-T2b, Q-T2e: of seven bars six have a price of five decimals.
    let mut columns = bars(&[[1.1, 1.1, 1.1, 1.1]; 7]);
    for row in (0..7).filter(|&row| row != 2) {
        columns.ask_high[row] = 1.100_11;
    }
    let found = |digits| examine_bars(&columns.view(), None, digits, &[], &[]);
    assert!(found(None).is_empty());
    assert!(found(Some(5)).is_empty());
    assert_eq!(shown(&found(Some(4))), [(0, "off_grid", 6, &[0, 1, 3, 4, 5][..])]);
}

#[test]
fn a_null_time_is_passed_over_and_steps_count_once() {
    let mut columns = bars(&[[1.1, 1.1, 1.1, 1.1]; 5]);
    columns.timestamp[1] = 0;
    let nulls = [("timestamp".to_owned(), vec![1])];
    assert_eq!(shown(&examine_bars(&columns.view(), None, None, &nulls, &[])), [(1002, "timestamp", 1, &[1][..])]);
    let found = examine_bars(&columns.view(), Some(24 * 60 * 60_000_000), None, &nulls, &[]);
    assert_eq!(shown(&found), [(1002, "timestamp", 1, &[1][..]), (1006, "timestamp", 1, &[2])]);
    assert_eq!(found[1].rule, "T-4");
}

#[test]
fn no_bar_at_all_is_a_breach() {
    assert_eq!(shown(&examine_bars(&bars(&[]).view(), None, None, &[], &[])), [(1010, "timestamp", 1, &[][..])]);
}

#[test]
fn faults_of_times_beside_a_null_name_their_own_rows() {
    // Q-T2e: row 1 is null, row 3 repeats row 2, row 5 is beyond the year 9999.
    let mut columns = bars(&[[1.1, 1.1, 1.1, 1.1]; 6]);
    columns.timestamp[1] = 0;
    columns.timestamp[3] = columns.timestamp[2];
    columns.timestamp[5] = 253_402_300_800_000_000;
    let nulls = [("timestamp".to_owned(), vec![1])];
    let found = examine_bars(&columns.view(), Some(BAR), None, &nulls, &[]);
    let places: Vec<_> = shown(&found).into_iter().map(|(code, _, _, rows)| (code, rows)).collect();
    assert_eq!(places, [(1002, &[1][..]), (1003, &[5]), (1006, &[3])]);
}
