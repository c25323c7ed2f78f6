use super::*;
use crate::error::ErrorCode;
use crate::execution::state::new_account;
use crate::test_support::{config, rules};
use crate::types::EngineConfig;

#[test]
fn lots_are_those_of_an_order_by_the_equity_of_the_last_bar() {
    // B-5, S-2: 100 USD over 100 pips of 10 USD a lot, over 50 pips, and an own size.
    let (rules, account) = (rules(&config()), new_account(&config()));
    let lots = |stop_loss, size| lot_size(&account, &rules, 1.1, stop_loss, size, 0);
    assert_eq!(lots(1.09, None), Some(0.1));
    assert_eq!(lots(1.105, None), Some(0.2));
    assert_eq!(lots(1.09, Some(0.37)), Some(0.37));
    assert_eq!(lots(1.09, Some(0.001)), None);
}

#[test]
fn a_fill_is_charged_what_its_price_is_worth() {
    // B-5, C-2: 0.07 lots are 7,700 USD at 1.1, 30 USD a million.
    let rules = rules(&EngineConfig { fee_per_million: 30.0, ..config() });
    assert!((charge(&rules, 0.07, 1.1, 0, 0) - 0.231).abs() < 1e-12);
}

#[test]
fn the_first_breach_in_column_order_is_refused() {
    // Q-B5.
    let rules = rules(&config());
    let refuse = |prices: &[f64], stops: &[f64], sizes: &[Option<f64>], times: &[i64]| {
        let error = check_orders(&rules, prices, stops, sizes, times).unwrap_err();
        (error.code, error.column.unwrap(), error.row)
    };
    let at = |column: &str, row| (column.to_owned(), row);
    let (column, row) = at("stop_loss", None);
    assert_eq!(refuse(&[1.1], &[], &[None], &[0]), (ErrorCode::SizeMismatch, column, row));
    let (column, row) = at("price", Some(1));
    let found = refuse(&[1.1, f64::NAN], &[-1.0, 1.0], &[None, None], &[0, 0]);
    assert_eq!(found, (ErrorCode::NanValue, column, row));
    let (column, row) = at("size", Some(0));
    assert_eq!(refuse(&[1.1], &[1.0], &[Some(0.0)], &[0]), (ErrorCode::ConstraintViolation, column, row));
    let (column, row) = at("timestamp", Some(0));
    assert_eq!(refuse(&[1.1], &[1.0], &[None], &[i64::MAX]), (ErrorCode::OutOfBounds, column, row));
}
