use super::*;

fn side<'a>(timestamp: &'a [i64], prices: &'a [f64]) -> SideColumns<'a> {
    SideColumns { timestamp, open: prices, high: prices, low: prices, close: prices, volume: prices }
}

#[test]
fn sides_are_joined_on_equal_times() {
    // Q-G1: 2 of the union's 4 rows have one side only.
    let bid = side(&[1, 2, 3], &[1.0, 2.0, 3.0]);
    let ask = side(&[2, 3, 4], &[20.0, 30.0, 40.0]);
    let joined = join_sides(&bid, &ask, 0.5).unwrap();
    assert_eq!(joined.timestamp, [2, 3]);
    assert_eq!((joined.bid_open, joined.ask_close, joined.volume), (vec![2.0, 3.0], vec![20.0, 30.0], vec![2.0, 3.0]));
    let error = join_sides(&bid, &ask, 0.49).unwrap_err();
    assert_eq!((error.code, error.value), (ErrorCode::ConstraintViolation, Some(Value::Float(0.5))));
    assert!(error.message.contains("1 bid and 1 ask bars of 4"));
}

#[test]
fn bad_joins_are_refused_in_order() {
    // Q-G1b.
    let good = side(&[1, 2], &[1.0, 2.0]);
    let late = side(&[3, 4], &[1.0, 2.0]);
    let unsorted = side(&[2, 1], &[1.0, 2.0]);
    let ragged = SideColumns { low: &[1.0], ..good };
    let none = side(&[], &[]);
    let refuse = |bid, ask, ratio| {
        let error = join_sides(bid, ask, ratio).unwrap_err();
        (error.code, error.column.unwrap())
    };
    assert_eq!(refuse(&unsorted, &good, f64::NAN), (ErrorCode::OutOfBounds, "max_missing_ratio".into()));
    assert_eq!(refuse(&unsorted, &ragged, 0.0), (ErrorCode::ConstraintViolation, "bid_timestamp".into()));
    assert_eq!(refuse(&good, &ragged, 0.0), (ErrorCode::SizeMismatch, "ask_low".into()));
    assert_eq!(refuse(&none, &none, 1.0), (ErrorCode::EmptyInput, "timestamp".into()));
    assert_eq!(refuse(&good, &late, 1.0), (ErrorCode::EmptyInput, "timestamp".into()));
    assert_eq!(refuse(&good, &late, 0.9), (ErrorCode::ConstraintViolation, "timestamp".into()));
}
