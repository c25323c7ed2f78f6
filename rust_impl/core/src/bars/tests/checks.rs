use super::*;
use crate::bars::columns::{BarColumns, window};
use crate::test_support::bars;

const M5: i64 = 300_000_000;

fn three_bars() -> BarColumns {
    bars(&[[1.1, 1.2, 1.0, 1.1], [1.1, 1.2, 1.0, 1.1], [1.1, 1.2, 1.0, 1.1]])
}

/// Code, column and row of what a changed set of three bars is refused with.
fn refuse(change: impl FnOnce(&mut BarColumns)) -> (ErrorCode, String, Option<usize>) {
    let mut columns = three_bars();
    change(&mut columns);
    let error = check_bars(&columns.view(), M5, Vec::new()).unwrap_err();
    assert!(matches!(error.rule, Some("T-2" | "T-4")));
    (error.code, error.column.unwrap(), error.row)
}

#[test]
fn each_breach_is_named_by_column_and_row() {
    // Q-T2.
    use ErrorCode::{ConstraintViolation, EmptyInput, InfiniteValue, NanValue, OutOfBounds, SizeMismatch};
    assert_eq!(
        refuse(|bars| bars.timestamp[2] = bars.timestamp[1]),
        (ConstraintViolation, "timestamp".into(), Some(2))
    );
    assert_eq!(refuse(|bars| bars.timestamp[1] = -1), (ConstraintViolation, "timestamp".into(), Some(1)));
    assert_eq!(refuse(|bars| bars.timestamp[1] += 1), (ConstraintViolation, "timestamp".into(), Some(1)));
    assert_eq!(refuse(|bars| bars.timestamp[0] = i64::MIN), (OutOfBounds, "timestamp".into(), Some(0)));
    assert_eq!(refuse(|bars| bars.bid_high[1] = f64::NAN), (NanValue, "bid_high".into(), Some(1)));
    assert_eq!(refuse(|bars| bars.ask_low[0] = f64::NEG_INFINITY), (InfiniteValue, "ask_low".into(), Some(0)));
    assert_eq!(refuse(|bars| bars.bid_low[1] = 0.0), (ConstraintViolation, "bid_low".into(), Some(1)));
    assert_eq!(refuse(|bars| bars.bid_open[1] = 1.3), (ConstraintViolation, "bid_open".into(), Some(1)));
    assert_eq!(refuse(|bars| bars.ask_close[2] = 0.9), (ConstraintViolation, "ask_close".into(), Some(2)));
    assert_eq!(refuse(|bars| bars.volume[2] = -1.0), (ConstraintViolation, "volume".into(), Some(2)));
    assert_eq!(refuse(|bars| bars.volume[0] = f64::INFINITY), (InfiniteValue, "volume".into(), Some(0)));
    assert_eq!(refuse(|bars| bars.volume.truncate(1)), (SizeMismatch, "volume".into(), None));
    assert_eq!(refuse(|bars| *bars = BarColumns::default()), (EmptyInput, "timestamp".into(), None));
}

#[test]
fn the_first_column_wins_then_the_first_row() {
    let first = refuse(|bars| {
        bars.ask_open[0] = f64::NAN;
        bars.bid_close[2] = -1.0;
        bars.bid_close[1] = f64::INFINITY;
    });
    assert_eq!(first, (ErrorCode::InfiniteValue, "bid_close".into(), Some(1)));
}

#[test]
fn an_off_step_before_a_step_back_is_the_first_breach() {
    // Q-T4: both are breaches of the times, the row decides.
    let mut columns = three_bars();
    columns.timestamp = vec![0, M5 + 1, 0];
    let error = check_bars(&columns.view(), M5, Vec::new()).unwrap_err();
    assert_eq!((error.rule, error.row, error.value), (Some("T-4"), Some(1), Some(Value::Int(M5 + 1))));
    columns.timestamp = vec![M5, 0, M5 + 1];
    let error = check_bars(&columns.view(), M5, Vec::new()).unwrap_err();
    assert_eq!((error.rule, error.row), (Some("T-2"), Some(1)));
}

#[test]
fn a_duplicate_time_says_so() {
    // Q-T2; at row 2, where the one before it is not the first.
    for (offset, problem) in [(0, DUPLICATE), (-M5, "times must increase strictly: sort the rows by time")] {
        let mut columns = three_bars();
        columns.timestamp[2] = columns.timestamp[1] + offset;
        let message = check_bars(&columns.view(), M5, Vec::new()).unwrap_err().message;
        assert!(message.ends_with(problem), "{message}");
    }
}

#[test]
fn nulls_of_the_boundary_take_their_turn() {
    let null = |column: &str, row| OmegaError::new(ErrorCode::NullValue, "null").column(column).row(row);
    let mut columns = three_bars();
    columns.bid_high[1] = f64::NAN;
    let at = |columns: &BarColumns, row| check_bars(&columns.view(), M5, vec![null("bid_high", row)]).unwrap_err();
    assert_eq!(at(&columns, 1).code, ErrorCode::NullValue);
    assert_eq!(at(&columns, 2).code, ErrorCode::NanValue);
    columns.timestamp[2] = 0;
    assert_eq!(at(&columns, 0).column.as_deref(), Some("timestamp"));
    assert_eq!(check_bars(&three_bars().view(), M5, vec![null("volume", 0)]).unwrap_err().code, ErrorCode::NullValue);
}

#[test]
fn only_listed_timeframes_are_known() {
    for &(_, timeframe) in TIMEFRAMES {
        assert!(check_timeframe(timeframe).is_ok());
    }
    for timeframe in [0, -60_000_000, 1, 60_000_001, 120_000_000] {
        assert_eq!(check_timeframe(timeframe).unwrap_err().code, ErrorCode::InvalidArgument);
    }
}

#[test]
fn a_window_of_checked_bars_passes_the_check() {
    let mut columns = three_bars();
    columns.volume = vec![1.0, 2.0, 3.0];
    let part = columns.view();
    let part = window(&part, 1, 2);
    assert_eq!((part.timestamp, part.volume), (&[M5, 2 * M5][..], &[2.0, 3.0][..]));
    assert!(check_bars(&part, M5, Vec::new()).is_ok());
}

#[test]
fn a_price_lies_in_its_range() {
    // T-10, Q-T10: the ends belong to it.
    for (price, is_refused) in [(1e-12, false), (0.999e-12, true), (1e12, false), (1.001e12, true)] {
        let mut columns = three_bars();
        for values in [&mut columns.bid_open, &mut columns.bid_high, &mut columns.bid_low, &mut columns.bid_close] {
            values[2] = price;
        }
        let found = check_bars(&columns.view(), M5, Vec::new()).err();
        let found = found.map(|error| (error.code, error.column, error.row, error.value));
        let column = Some("bid_open".to_owned());
        let expected = (ErrorCode::ConstraintViolation, column, Some(2), Some(Value::Float(price)));
        assert_eq!(found, is_refused.then_some(expected));
    }
}

#[test]
fn the_message_says_the_declared_range() {
    assert_eq!(BEYOND, format!("a price must be in {PRICE}"));
}
