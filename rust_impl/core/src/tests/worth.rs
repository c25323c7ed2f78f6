use super::*;
use crate::test_support::{BAR, config};
use crate::types::Variant;
use crate::variants::variant_rules;

fn fixed(pair: &str, value: f64) -> Rate {
    Rate { pair: pair.into(), timestamps: [].into(), values: [value].into() }
}

fn series(pair: &str, timestamps: &[i64], values: &[f64]) -> Rate {
    Rate { pair: pair.into(), timestamps: timestamps.into(), values: values.into() }
}

/// The worth of EURGBP in an account of `account`, with these rates.
fn worth(account: &str, rates: &[Rate]) -> Result<Worth, OmegaError> {
    let config = EngineConfig { account_currency: account.into(), rates: rates.to_vec(), ..config() };
    let spec = Instrument { symbol: "EURGBP".into(), quote_currency: "GBP".into(), tick_value: None, ..spec() };
    new_worth(&config, &spec, &variant_rules(Variant::Canonical))
}

fn spec() -> Instrument {
    config().instrument.unwrap()
}

#[test]
fn a_tick_value_goes_before_all_else() {
    // S-1: what a user writes is taken, whatever the currencies are.
    let canonical = variant_rules(Variant::Canonical);
    let spec = Instrument { tick_size: 0.5, tick_value: Some(25.0), quote_currency: "JPY".into(), ..spec() };
    assert_eq!(new_worth(&config(), &spec, &canonical).unwrap(), Worth::Fixed(50.0));
    let bare = Instrument { tick_value: None, ..spec };
    assert_eq!(new_worth(&config(), &bare, &variant_rules(Variant::V1)).unwrap(), Worth::Fixed(100_000.0));
}

#[test]
fn the_price_is_the_rate_where_the_account_has_the_base_currency() {
    // S-1: USDJPY of a USD account: one lot moved by 1.00 is 100,000 JPY, at 151 that is 662.25 USD.
    let spec = Instrument { symbol: "USDJPY".into(), quote_currency: "JPY".into(), tick_value: None, ..spec() };
    let by_name = Instrument { base_currency: String::new(), ..spec.clone() };
    let by_spec = Instrument { base_currency: "USD".into(), ..spec.clone() };
    for spec in [by_name, by_spec] {
        let worth = new_worth(&config(), &spec, &variant_rules(Variant::Canonical)).unwrap();
        assert_eq!(worth, Worth::ByPrice(100_000.0));
        assert_eq!(value_at(&worth, 151.0, 0), 100_000.0 / 151.0);
        assert_eq!(crate::numbers::quantize(value_at(&worth, 151.0, 0), 2), 662.25);
    }
    // The specification goes before the name, and a name of other length or end says nothing.
    let other = Instrument { base_currency: "EUR".into(), ..spec.clone() };
    assert_eq!(base_currency(&other), "EUR");
    for symbol in ["USDJPY.m", "JPYUSD", "JPY"] {
        assert_eq!(
            base_currency(&Instrument { symbol: symbol.into(), base_currency: String::new(), ..spec.clone() }),
            ""
        );
    }
}

#[test]
fn a_conversion_is_direct_else_inverse_else_through_usd() {
    // C-6; fixed rates are worked out once: each step is rounded before the next.
    let value = |account: &str, rates: &[Rate]| match worth(account, rates).unwrap() {
        Worth::Fixed(value) => value,
        other => panic!("{other:?}"),
    };
    assert_eq!(value("USD", &[fixed("USDGBP", 0.8), fixed("GBPUSD", 1.3)]), 100_000.0 * 1.3);
    assert_eq!(value("USD", &[fixed("USDGBP", 0.8)]), 100_000.0 / 0.8);
    assert_eq!(value("JPY", &[fixed("GBPUSD", 1.3), fixed("USDJPY", 151.7)]), (100_000.0 * 1.3) * 151.7);
    assert_eq!(value("AUD", &[fixed("GBPUSD", 1.3), fixed("AUDUSD", 0.7)]), (100_000.0 * 1.3) / 0.7);
    assert_eq!(value("AUD", &[fixed("USDGBP", 0.8), fixed("USDAUD", 1.5)]), (100_000.0 / 0.8) * 1.5);
    // A way through USD is not taken where there is a shorter one.
    assert_eq!(
        value("JPY", &[fixed("GBPUSD", 1.3), fixed("USDJPY", 151.7), fixed("JPYGBP", 0.005)]),
        100_000.0 / 0.005
    );
    assert_eq!(value("GBP", &[]), 100_000.0);
}

#[test]
fn a_missing_way_names_the_pair() {
    // Q-S1.
    for rates in [vec![], vec![fixed("GBPUSD", 1.3)], vec![fixed("EURJPY", 160.0)]] {
        let error = worth("JPY", &rates).unwrap_err();
        assert_eq!((error.code, error.rule), (ErrorCode::InvalidArgument, Some("S-1")));
        assert_eq!((error.column.as_deref(), error.value), (Some("rates"), Some(Value::Text("GBPJPY".into()))));
    }
}

#[test]
fn a_series_counts_from_its_row_on() {
    // Q-C6c: the last row that is not later.
    let worth = worth("USD", &[series("GBPUSD", &[10, 20, 30], &[1.25, 1.5, 1.75])]).unwrap();
    let values = [9, 10, 19, 20, 29, 30, 1_000].map(|time| value_at(&worth, 0.0, time));
    assert_eq!(values, [1.25e5, 1.25e5, 1.25e5, 1.5e5, 1.5e5, 1.75e5, 1.75e5]);
}

#[test]
fn a_series_and_a_fixed_rate_make_two_steps() {
    let rates = [fixed("USDGBP", 0.8), series("USDJPY", &[0, 10], &[110.0, 151.7])];
    let worth = worth("JPY", &rates).unwrap();
    assert_eq!(value_at(&worth, 1.0, 5), (100_000.0 / 0.8) * 110.0);
    assert_eq!(value_at(&worth, 1.0, 10), (100_000.0 / 0.8) * 151.7);
}

#[test]
fn bars_without_a_row_or_with_an_old_one_are_refused() {
    // Q-C6: older than a week is too old, a week is not.
    const WEEK: i64 = 604_800_000_000;
    let aged = series_of(worth("USD", &[series("GBPUSD", &[0, BAR], &[1.3, 1.4])]).unwrap().steps());
    assert!(check_ages(&aged, WEEK, &[0, BAR, BAR + WEEK], 0).is_ok());
    let error = check_ages(&aged, WEEK, &[0, BAR, BAR + WEEK + 1, BAR + WEEK + 2], 0).unwrap_err();
    assert_eq!((error.code, error.rule), (ErrorCode::ConstraintViolation, Some("C-6")));
    assert_eq!((error.column.as_deref(), error.row), (Some("GBPUSD"), Some(2)));
    assert_eq!(error.value, Some(Value::Int(BAR + WEEK + 1)));
    // Bars before the first that is walked need none.
    let error = check_ages(&aged, WEEK, &[-2, -1, 0], 0).unwrap_err();
    assert_eq!((error.row, error.value), (Some(0), Some(Value::Int(-2))));
    assert!(check_ages(&aged, WEEK, &[-2, -1, 0], 2).is_ok());
    // Of one bar the first step's series goes first, and what no way uses is not looked at.
    let both = [series("USDJPY", &[5], &[150.0]), series("GBPUSD", &[5], &[1.3]), series("EURUSD", &[99], &[1.1])];
    let through = series_of(worth("JPY", &both).unwrap().steps());
    assert_eq!(check_ages(&through, WEEK, &[0], 0).unwrap_err().column.as_deref(), Some("GBPUSD"));
    assert!(check_ages(&through, WEEK, &[5], 0).is_ok());
    assert!(check_ages(&series_of(fixed_worth(1.0).steps()), WEEK, &[0], 0).is_ok());
}
