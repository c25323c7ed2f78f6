use super::*;
use crate::bars::columns::BarColumns;
use crate::test_support::{BAR, bars};

const M1: i64 = BAR / 5;
const HOUR: i64 = 12 * BAR;

/// Two bars of M5, and three detail bars of M1 for the first and one for the second.
fn pair() -> (BarColumns, BarColumns) {
    let whole = bars(&[[1.1, 1.102, 1.098, 1.101], [1.101, 1.103, 1.1, 1.102]]);
    let mut detail = bars(&[
        [1.1, 1.1005, 1.098, 1.0995],
        [1.0995, 1.102, 1.099, 1.1],
        [1.1, 1.1015, 1.0995, 1.101],
        [1.101, 1.103, 1.1, 1.102],
    ]);
    detail.timestamp = vec![0, M1, 4 * M1, BAR + 2 * M1];
    (whole, detail)
}

fn refused(whole: &BarColumns, detail: &BarColumns) -> (ErrorCode, String, Option<usize>) {
    let error = match_detail(&whole.view(), 0, BAR, &detail.view(), M1).unwrap_err();
    assert_eq!(error.rule, Some("E-22"));
    (error.code, error.column.unwrap(), error.row)
}

#[test]
fn detail_bars_belong_to_the_last_bar_that_is_not_later() {
    let (whole, detail) = pair();
    let matched = match_detail(&whole.view(), 0, BAR, &detail.view(), M1).unwrap();
    assert_eq!((matched.starts, matched.timeframe, matched.bars.len()), (vec![0, 3, 4], M1, 4));
    // A run that starts at the second bar leaves the first one's alone.
    assert_eq!(match_detail(&whole.view(), 1, BAR, &detail.view(), M1).unwrap().starts, [0, 3, 4]);
}

#[test]
fn what_lies_around_the_run_is_left_alone() {
    let (whole, mut detail) = pair();
    detail.timestamp = vec![-M1, -M1 / 2, 2 * BAR, 2 * BAR + M1];
    let error = match_detail(&whole.view(), 0, BAR, &detail.view(), M1).unwrap_err();
    assert_eq!((error.code, error.column.as_deref(), error.row), (ErrorCode::EmptyInput, Some("detail"), None));
    detail.timestamp = vec![-3 * M1, -2 * M1, -M1, BAR + 4 * M1];
    assert_eq!(match_detail(&whole.view(), 0, BAR, &detail.view(), M1).unwrap().starts, [3, 3, 4]);
}

#[test]
fn a_detail_bar_beyond_its_bar_is_refused() {
    let beyond = (ErrorCode::ConstraintViolation, "detail.timestamp".to_owned(), Some(2));
    let (mut whole, mut detail) = pair();
    // Over the end of the first bar by a µs; over that of the last one; in a gap.
    detail.timestamp[2] = 4 * M1 + 1;
    assert_eq!(refused(&whole, &detail), beyond);
    detail.timestamp = vec![0, M1, BAR + 4 * M1 + 1, BAR + 5 * M1];
    assert_eq!(refused(&rows_of(&whole, 1), &rows_of(&detail, 2)).2, Some(0));
    whole.timestamp[1] = 3 * BAR;
    detail.timestamp = vec![0, M1, BAR, 3 * BAR];
    assert_eq!(refused(&whole, &detail), beyond);
}

fn rows_of(bars: &BarColumns, from: usize) -> BarColumns {
    crate::test_support::rows(bars, from, bars.timestamp.len())
}

#[test]
fn the_next_bar_ends_a_bar_and_a_brokers_day_may_be_an_hour_longer() {
    let (mut whole, mut detail) = pair();
    whole.timestamp = vec![0, 5 * HOUR];
    detail.timestamp = vec![0, HOUR, 4 * HOUR, 5 * HOUR];
    let matched = match_detail(&whole.view(), 0, 4 * HOUR, &detail.view(), HOUR).unwrap();
    assert_eq!(matched.starts, [0, 3, 4]);
    // In H1 the same hour would lie in a gap; the last bar has no next one that could make it longer.
    assert!(match_detail(&whole.view(), 0, HOUR, &detail.view(), HOUR / 2).is_err());
    let last = match_detail(&whole.view(), 1, 4 * HOUR, &detail.view(), HOUR).unwrap();
    assert_eq!(last.starts, [0, 3, 4]);
}

#[test]
fn detail_bars_have_to_make_their_bar() {
    type Change = fn(&mut BarColumns);
    let changes: [(&str, Change); 8] = [
        ("bid_open", |detail| detail.bid_open[0] = 1.0999),
        ("bid_high", |detail| detail.bid_high[1] = 1.1021),
        ("bid_low", |detail| detail.bid_low[0] = 1.0981),
        ("bid_close", |detail| detail.bid_close[2] = 1.1011),
        ("ask_open", |detail| detail.ask_open[0] = 1.1),
        ("ask_high", |detail| detail.ask_high[1] = 1.1019),
        ("ask_low", |detail| detail.ask_low[2] = 1.0979),
        ("ask_close", |detail| detail.ask_close[2] = 1.101),
    ];
    for (column, change) in changes {
        let (whole, mut detail) = pair();
        change(&mut detail);
        let wanted = (ErrorCode::ConstraintViolation, format!("detail.{column}"), Some(0));
        assert_eq!(refused(&whole, &detail), wanted);
    }
    let (whole, mut detail) = pair();
    detail.bid_low[3] = 1.1001;
    let error = match_detail(&whole.view(), 0, BAR, &detail.view(), M1).unwrap_err();
    assert_eq!((error.row, error.value), (Some(3), Some(Value::Float(1.1001))));
}

#[test]
fn only_a_finer_timeframe_of_ours_will_do() {
    assert!(check_detail_timeframe(BAR, M1).is_ok() && check_detail_timeframe(4 * HOUR, HOUR).is_ok());
    for (timeframe, detail) in [(M1, M1), (BAR, BAR), (BAR, HOUR), (HOUR, 2 * M1), (BAR, 0), (BAR, -M1)] {
        let error = check_detail_timeframe(timeframe, detail).unwrap_err();
        assert_eq!((error.code, error.value), (ErrorCode::InvalidArgument, Some(Value::Int(detail))));
    }
}

#[test]
fn a_refusal_says_that_it_is_about_detail_bars() {
    let error = of_detail(breach(ErrorCode::NanValue, "T-2", "bid_low", "is NaN", Some(3), None));
    assert_eq!(
        (error.message.as_str(), error.column.as_deref()),
        ("detail.bid_low[3]: is NaN", Some("detail.bid_low"))
    );
    assert_eq!(of_detail(OmegaError::new(ErrorCode::TypeMismatch, "no table")).column, None);
}
