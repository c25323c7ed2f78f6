use super::*;

fn refused(symbols: &[&str], timeframes: &[i64], lists: &[(&str, usize)]) -> (ErrorCode, String, Option<usize>) {
    let symbols: Vec<String> = symbols.iter().map(|&symbol| symbol.to_owned()).collect();
    let error = check_symbols(&symbols, timeframes, lists).unwrap_err();
    (error.code, error.column.unwrap(), error.row)
}

#[test]
fn a_union_has_each_time_once_and_an_intersection_what_all_have() {
    // M-1, Q-M1.
    let times: [&[i64]; 4] = [&[1, 2, 5], &[2, 3, 5], &[], &[0, 2, 5, 9]];
    assert_eq!(timeline(&times, SliceMode::Union), [0, 1, 2, 3, 5, 9]);
    assert_eq!(timeline(&times, SliceMode::Intersection), [0_i64; 0]);
    assert_eq!(timeline(&[times[0], times[1], times[3]], SliceMode::Intersection), [2, 5]);
    assert_eq!(timeline(&times[..1], SliceMode::Union), times[0]);
    assert_eq!(timeline(&times[..1], SliceMode::Intersection), times[0]);
    assert_eq!(timeline(&[&[7, 8], &[1, 2]], SliceMode::Union), [1, 2, 7, 8]);
    assert_eq!(timeline(&[&[7, 8], &[1, 2]], SliceMode::Intersection), [0_i64; 0]);
}

#[test]
fn symbols_that_cannot_be_walked_together_are_refused_in_order() {
    // Q-M1b.
    assert_eq!(refused(&[], &[5], &[]), (ErrorCode::EmptyInput, "symbols".into(), None));
    assert_eq!(refused(&["A", "A"], &[5], &[]), (ErrorCode::SizeMismatch, "timeframes".into(), None));
    assert_eq!(refused(&["A", "A"], &[5, 5], &[("bars", 3)]), (ErrorCode::SizeMismatch, "bars".into(), None));
    let two = [("bars", 2)];
    assert_eq!(refused(&["A", ""], &[5, 6], &two), (ErrorCode::MissingRequiredField, "symbols".into(), Some(1)));
    assert_eq!(refused(&["A", "A"], &[5, 6], &two), (ErrorCode::ConstraintViolation, "symbols".into(), Some(1)));
    assert_eq!(refused(&["A", "B"], &[5, 6], &two), (ErrorCode::ConstraintViolation, "timeframes".into(), Some(1)));
    let many = vec!["A"; 65_536];
    assert_eq!(refused(&many, &[5], &[]), (ErrorCode::LimitExceeded, "symbols".into(), None));
    check_symbols(&["A".into(), "B".into()], &[5, 5], &two).unwrap();
}
