use super::*;
use crate::test_support::config;
use crate::types::Variant;

#[test]
fn value_per_price_comes_from_the_tick_or_the_contract() {
    // Q-S1.
    let mut config = config();
    assert_eq!(symbol_terms(&config).unwrap().worth, Worth::Fixed(1.0 / 0.00001));
    config.instrument.as_mut().unwrap().tick_value = None;
    assert_eq!(symbol_terms(&config).unwrap().worth, Worth::Fixed(100_000.0));
    config.account_currency = "CHF".into();
    let error = symbol_terms(&config).unwrap_err();
    assert_eq!(
        (error.code, error.rule, error.column.as_deref()),
        (ErrorCode::InvalidArgument, Some("S-1"), Some("rates"))
    );
    assert_eq!(error.value, Some(Value::Text("USDCHF".into())));
    config.variant = Variant::V1;
    config.instrument.as_mut().unwrap().contract_size = 10.0;
    assert_eq!(symbol_terms(&config).unwrap().worth, Worth::Fixed(100_000.0));
}

#[test]
fn a_symbol_without_specification_is_refused_but_in_v1() {
    // S-5.
    let mut config = config();
    config.instrument = None;
    let error = symbol_terms(&config).unwrap_err();
    assert_eq!((error.code, error.rule), (ErrorCode::InvalidArgument, Some("S-5")));
    assert_eq!(error.value, Some(Value::Text("EURUSD".into())));
    config.variant = Variant::V1;
    let terms = symbol_terms(&config).unwrap();
    assert_eq!((terms.pip_size, terms.contract_size, terms.worth), (0.0001, 100_000.0, Worth::Fixed(100_000.0)));
    assert_eq!((terms.digits, terms.spec), (5, None));
}

#[test]
fn more_decimals_than_quantize_takes_are_refused() {
    let mut config = config();
    config.instrument.as_mut().unwrap().digits = 16;
    assert_eq!(symbol_terms(&config).unwrap_err().code, ErrorCode::OutOfBounds);
}
