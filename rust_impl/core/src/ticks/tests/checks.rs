use super::*;

fn refused(timestamp: &[i64], bid: &[f64], ask: &[f64]) -> Option<(ErrorCode, String, Option<usize>)> {
    let error = check_ticks(&Ticks { timestamp, bid, ask }, Vec::new()).err()?;
    assert_eq!(error.rule, Some("T-3"));
    Some((error.code, error.column.unwrap(), error.row))
}

#[test]
fn equal_times_keep_their_order_and_crossed_ticks_are_allowed() {
    // T-3.
    assert_eq!(refused(&[0, 5, 5, 6], &[1.0, 1.1, 1.2, 1.3], &[1.1, 1.0, 1.2, 1.4]), None);
}

#[test]
fn the_first_breach_in_column_order_is_refused() {
    // Q-T3.
    let fine = [1.0, 1.1, 1.2];
    let case = |code, column: &str, row| Some((code, column.to_owned(), row));
    assert_eq!(refused(&[], &[], &[]), case(ErrorCode::EmptyInput, "timestamp", None));
    assert_eq!(refused(&[0, 1, 2], &fine, &[1.0]), case(ErrorCode::SizeMismatch, "ask", None));
    let broken = [f64::NAN, 1.0, 1.0];
    assert_eq!(refused(&[0, 3, 2], &broken, &fine), case(ErrorCode::ConstraintViolation, "timestamp", Some(2)));
    assert_eq!(refused(&[0, 3, i64::MAX], &broken, &fine), case(ErrorCode::OutOfBounds, "timestamp", Some(2)));
    assert_eq!(refused(&[0, 1, 2], &broken, &[0.0; 3]), case(ErrorCode::NanValue, "bid", Some(0)));
    assert_eq!(refused(&[0, 1, 2], &fine, &[1.0, 0.0, -1.0]), case(ErrorCode::ConstraintViolation, "ask", Some(1)));
    let infinite = [1.0, 1.0, f64::INFINITY];
    assert_eq!(refused(&[0, 1, 2], &fine, &infinite), case(ErrorCode::InfiniteValue, "ask", Some(2)));
    assert_eq!(refused(&[0, 1, 2], &fine, &[1.0, 1e13, 1.0]), case(ErrorCode::ConstraintViolation, "ask", Some(1)));
}
