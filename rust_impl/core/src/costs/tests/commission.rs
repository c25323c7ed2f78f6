use super::*;
use crate::costs::model::CostModel;
use crate::test_support::{config, v1};
use crate::types::Rate;

fn commission(basis: CommissionBasis, rate: f64, currency: &str) -> Commission {
    let currency = currency.into();
    Commission { basis, rate, multiplier: 1.0, min_fee: 0.0, currency, sides: ChargedSides::Both }
}

fn charged(commission: Commission) -> EngineConfig {
    EngineConfig { commission: Some(commission), ..config() }
}

fn fixed(pair: &str, value: f64) -> Rate {
    Rate { pair: pair.into(), timestamps: [].into(), values: [value].into() }
}

/// The commission of an entry of these lots at 1.25, which is worth `value`.
fn fee(config: &EngineConfig, lots: f64, value: f64) -> f64 {
    CostModel::new(config).unwrap().fee(lots, 1.25, value, 0, 0)
}

#[test]
fn each_basis_charges_in_the_account_currency() {
    // Q-C3: two lots at 1.25 are 250,000 of the quote currency, half as much in the account's at a value of 50,000.
    let per_lot = charged(commission(CommissionBasis::PerLot, 3.5, "USD"));
    assert_eq!((fee(&per_lot, 2.0, 1e5), fee(&per_lot, 2.0, 5e4)), (7.0, 7.0));
    let per_million = charged(commission(CommissionBasis::PerMillionNotional, 30.0, "USD"));
    assert_eq!((fee(&per_million, 2.0, 1e5), fee(&per_million, 2.0, 5e4)), (7.5, 3.75));
    let percent = charged(commission(CommissionBasis::PercentOfNotional, 0.0001, "USD"));
    assert_eq!((fee(&percent, 2.0, 1e5), fee(&percent, 2.0, 5e4)), (25.0, 12.5));
    // It replaces the fee, and in v1 it is the same.
    let both = EngineConfig { fee_per_million: 1e6, fee_min: 1e6, ..percent.clone() };
    assert_eq!(fee(&both, 2.0, 1e5), 25.0);
    let old = EngineConfig { variant: v1().variant, ..percent };
    assert_eq!(fee(&old, 2.0, 5e4), 12.5);
}

#[test]
fn cents_are_rounded_half_to_even() {
    // Q-C3: 0.125 and 0.375 are halves of a cent to the bit.
    let eighth = charged(commission(CommissionBasis::PerLot, 0.125, "USD"));
    assert_eq!((fee(&eighth, 1.0, 1e5), fee(&eighth, 3.0, 1e5)), (0.12, 0.38));
}

#[test]
fn the_minimum_is_multiplied_too() {
    // C-3: max(3.5 · 2, 5 · 2).
    let least = Commission { multiplier: 2.0, min_fee: 5.0, ..commission(CommissionBasis::PerLot, 3.5, "USD") };
    let config = charged(least);
    assert_eq!((fee(&config, 1.0, 1e5), fee(&config, 2.0, 1e5)), (10.0, 14.0));
}

#[test]
fn a_side_that_is_not_charged_is_free() {
    for (sides, fees) in [
        (ChargedSides::Both, [3.5, 3.5, 3.5]),
        (ChargedSides::Entry, [3.5, 0.0, 0.0]),
        (ChargedSides::Exit, [0.0, 3.5, 3.5]),
    ] {
        let config = charged(Commission { sides, ..commission(CommissionBasis::PerLot, 3.5, "USD") });
        let model = CostModel::new(&config).unwrap();
        assert_eq!([0, 1, 2].map(|leg| model.fee(1.0, 1.25, 1e5, 0, leg)), fees);
    }
}

#[test]
fn a_currency_of_the_symbol_needs_no_rate() {
    // Q-C3: EURUSD in an account in CHF, where 1.25 is worth 100,000 · 0.875 CHF.
    let rates = vec![fixed("USDCHF", 0.875)];
    let mut account = EngineConfig { account_currency: "CHF".into(), rates, ..config() };
    account.instrument.as_mut().unwrap().tick_value = None;
    let fee_in = |basis, rate, currency| {
        fee(&EngineConfig { commission: Some(commission(basis, rate, currency)), ..account.clone() }, 2.0, 87_500.0)
    };
    // Quote: 250,000 USD, 30 per million are 7.5 USD, 6.5625 CHF. Base: 200,000 EUR, 6 EUR, 7.5 USD again.
    assert_eq!(fee_in(CommissionBasis::PerMillionNotional, 30.0, "USD"), 6.56);
    assert_eq!(fee_in(CommissionBasis::PerMillionNotional, 30.0, "EUR"), 6.56);
    assert_eq!(fee_in(CommissionBasis::PerLot, 2.0, "USD"), 3.5);
    assert_eq!(fee_in(CommissionBasis::PerLot, 2.0, "EUR"), 4.38);
    // Account: 218,750 CHF.
    assert_eq!(fee_in(CommissionBasis::PerMillionNotional, 30.0, "CHF"), 6.56);
    assert_eq!(fee_in(CommissionBasis::PercentOfNotional, 0.0001, "CHF"), 21.88);
}

#[test]
fn another_currency_goes_there_and_back_by_rates() {
    // Q-C3: 250,000 USD are 200,000 GBP at 1.25, 30 per million 6 GBP, at the rate of its time 7.5 or 9 USD.
    let series = Rate { pair: "GBPUSD".into(), timestamps: [0, 10].into(), values: [1.25, 1.5].into() };
    let per_million = commission(CommissionBasis::PerMillionNotional, 30.0, "GBP");
    let config = EngineConfig { rates: vec![series.clone()], ..charged(per_million) };
    let model = CostModel::new(&config).unwrap();
    assert_eq!(model.fee(2.0, 1.25, 1e5, 9, 0), 7.5);
    assert_eq!(model.fee(2.0, 1.25, 1e5, 10, 0), 7.5);
    let per_lot = commission(CommissionBasis::PerLot, 3.0, "GBP");
    let model = CostModel::new(&EngineConfig { rates: vec![series], ..charged(per_lot) }).unwrap();
    assert_eq!((model.fee(2.0, 1.25, 1e5, 9, 0), model.fee(2.0, 1.25, 1e5, 10, 0)), (7.5, 9.0));
}

#[test]
fn a_missing_rate_names_the_pair() {
    // Q-C3b: the way there before the way back; lots alone need none there.
    let pair_of = |config: &EngineConfig| {
        let error = CostModel::new(config).unwrap_err();
        assert_eq!((error.code, error.rule), (ErrorCode::InvalidArgument, Some("C-3")));
        assert_eq!(error.column.as_deref(), Some("rates"));
        error.value
    };
    let text = |pair: &str| Some(Value::Text(pair.into()));
    let per_million = charged(commission(CommissionBasis::PerMillionNotional, 30.0, "GBP"));
    assert_eq!(pair_of(&per_million), text("USDGBP"));
    assert_eq!(pair_of(&charged(commission(CommissionBasis::PerLot, 3.0, "GBP"))), text("GBPUSD"));
    let old = EngineConfig { variant: v1().variant, instrument: None, ..per_million };
    assert_eq!(pair_of(&old), text("GBPUSD"));
}

#[test]
fn its_series_are_looked_at_after_those_of_the_value() {
    // Q-C3b.
    let series = |pair: &str| Rate { pair: pair.into(), timestamps: [0].into(), values: [1.5].into() };
    let mut config = charged(commission(CommissionBasis::PerMillionNotional, 30.0, "GBP"));
    config.account_currency = "CHF".into();
    config.instrument.as_mut().unwrap().tick_value = None;
    config.rates = ["GBPCHF", "USDGBP", "USDCHF"].map(series).into();
    let pairs: Vec<_> = crate::test_support::rules(&config).rate_series.into_iter().map(|rate| rate.pair).collect();
    assert_eq!(pairs, ["USDCHF", "USDGBP", "GBPCHF"]);
}
