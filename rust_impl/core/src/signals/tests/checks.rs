use super::*;
use crate::breaches::CALENDAR;
use crate::test_support::signals;

#[test]
fn signals_are_checked_by_column_then_row() {
    // Q-T6, Q-T6b.
    type Change = fn(&mut Signals);
    let cases: [(Change, ErrorCode, &str, usize); 13] = [
        (|signals| signals.timestamp[1] = -1, ErrorCode::ConstraintViolation, "timestamp", 1),
        (|signals| signals.timestamp[1] = 1 + CALENDAR.end(), ErrorCode::OutOfBounds, "timestamp", 1),
        (|signals| signals.timestamp[0] = UNSET_TIME, ErrorCode::OutOfBounds, "timestamp", 0),
        (|signals| signals.expires_at[1] = CALENDAR.start() - 1, ErrorCode::OutOfBounds, "expires_at", 1),
        (|signals| signals.price[0] = f64::INFINITY, ErrorCode::InfiniteValue, "price", 0),
        (|signals| signals.size[1] = f64::NEG_INFINITY, ErrorCode::InfiniteValue, "size", 1),
        (|signals| signals.trailing_step[1] = -0.1, ErrorCode::ConstraintViolation, "trailing_step", 1),
        (|signals| signals.break_even_offset[0] = -0.1, ErrorCode::ConstraintViolation, "break_even_offset", 0),
        (|signals| signals.size[1] = 1.001e12, ErrorCode::ConstraintViolation, "size", 1),
        (|signals| signals.size[0] = 0.999e-12, ErrorCode::ConstraintViolation, "size", 0),
        (|signals| signals.stop_loss[1] = 0.999e-12, ErrorCode::ConstraintViolation, "stop_loss", 1),
        (|signals| signals.trailing_distance[1] = 1.001e12, ErrorCode::ConstraintViolation, "trailing_distance", 1),
        (|signals| signals.max_holding[1] = -1, ErrorCode::ConstraintViolation, "max_holding", 1),
    ];
    for (change, code, column, row) in cases {
        let mut table = signals(2);
        change(&mut table);
        let error = check_signals(&table, Vec::new()).unwrap_err();
        assert_eq!((error.code, error.column.as_deref(), error.row), (code, Some(column), Some(row)));
    }
    // A negative price is a rejected event, not a refused table.
    let mut table = signals(2);
    table.price[0] = -1.0;
    table.size = vec![1e-12, 1e12]; // the ends belong to a range (T-10)
    assert!(check_signals(&table, Vec::new()).is_ok());
    assert!(!table.is_empty() && Signals::default().is_empty());
    assert!(check_signals(&Signals::default(), Vec::new()).is_ok());
}
