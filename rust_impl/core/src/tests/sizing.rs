use super::*;
use crate::test_support::{config, rules, v1};
use crate::types::{BelowMin, EngineConfig, SizingMode};

#[test]
fn a_raw_size_is_risk_over_distance() {
    // Q-S2: 100 of risk over a distance of 0.25 that is worth 25 a lot.
    let mut config = config();
    (config.instrument.as_mut().unwrap().tick_size, config.instrument.as_mut().unwrap().tick_value) = (0.5, Some(50.0));
    let terms = rules(&config).terms;
    assert_eq!(raw_size(100.0, 1.25, 1.0, 100.0, &terms), 4.0);
    assert_eq!(raw_size(100.0, 1.0, 1.25, 100.0, &terms), 4.0);
    assert_eq!(raw_size(100.0, 1.0, 1.0, 100.0, &terms), 0.0);
}

#[test]
fn no_step_is_lost_to_rounding() {
    // S-4: 100 over 4 pips of 10 a lot is 2.5; the double distance is 0.000400000000000178. v1 loses the step.
    let new = rules(&config());
    assert_eq!(lots_from_raw(raw_size(100.0, 1.1, 1.0996, 1e5, &new.terms), &new), 2.5);
    let old = rules(&v1());
    assert_eq!(lots_from_raw(raw_size(100.0, 1.1, 1.0996, 1e5, &old.terms), &old), 2.49);
    // What is more than rounding stays lost: 100.0000000001 / 40.0000000001.
    assert_eq!(lots_from_raw(2.5 * (1.0 - 2e-12), &new), 2.49);
    assert_eq!(lots_from_raw(2.5 * (1.0 - 5e-13), &new), 2.5);
}

#[test]
fn a_large_size_gains_no_step_from_what_rounding_may_have_lost() {
    // Q-S4: 1e-12 of 1e12 lots were a hundred steps of 0.01; no more than a thousandth of one is forgiven.
    let mut spec = config().instrument.unwrap();
    assert_eq!(forgiven(1e12, &spec), 1e12);
    spec.volume_step = 1e6;
    assert_eq!(forgiven(1e12, &spec), 1e12 + 1.0);
    assert_eq!(forgiven(2.5, &spec), 2.5 + 2.5e-12);
}

#[test]
fn a_size_that_rounding_took_under_the_minimum_is_not_refused() {
    // Q-S4.
    let rules = rules(&config());
    assert!(!is_refused(0.01 * (1.0 - 5e-13), &rules));
    assert!(is_refused(0.01 * (1.0 - 2e-12), &rules));
}

#[test]
fn lots_are_whole_steps_within_the_limits() {
    // Q-S4.
    let rules = rules(&config());
    assert_eq!(lots_from_raw(0.019, &rules), 0.01);
    assert_eq!(lots_from_raw(0.07, &rules), 0.07);
    assert_eq!(lots_from_raw(1e9, &rules), 100.0);
    assert_eq!(lots_from_raw(0.0, &rules), 0.01);
}

#[test]
fn a_size_under_the_minimum_is_refused_if_the_configuration_says_so() {
    // S-4; never in v1, nor where there is no minimum.
    let mut config = config();
    assert!(is_refused(0.0099, &rules(&config)));
    assert!(!is_refused(0.01, &rules(&config)));
    config.below_min = BelowMin::Clamp;
    assert!(!is_refused(0.0, &rules(&config)));
    let mut old = v1();
    assert!(!is_refused(0.0, &rules(&old)));
    old.instrument = None;
    assert!(!is_refused(0.0, &rules(&old)));
}

#[test]
fn without_a_specification_lots_have_two_decimals_and_no_upper_limit() {
    // Q-S5: rounded half to even, at least 0.01.
    let mut config = v1();
    config.instrument = None;
    let rules = rules(&config);
    assert_eq!(lots_from_raw(0.125, &rules), 0.12);
    assert_eq!(lots_from_raw(0.001, &rules), 0.01);
    assert_eq!(lots_from_raw(12_345.678, &rules), 12_345.68);
}

#[test]
fn no_equity_risks_more_than_a_user_may() {
    // T-10, Q-S2: v1 has no largest lot, and compounding would reach infinity.
    let mut config = v1();
    config.risk_fraction = Some(0.5);
    let rules = rules(&config);
    assert_eq!([2e15, 2.1e15, 1e300].map(|equity| risk_amount(&rules, equity)), [1e15; 3]);
    assert_eq!([-2e15, -1e300, -4.0].map(|equity| risk_amount(&rules, equity)), [-1e15, -1e15, -2.0]);
}

#[test]
fn a_size_that_is_the_minimum_to_the_last_bit_is_not_refused() {
    // Q-S4: below the minimum, and not at it.
    let rules = rules(&config());
    let least = config().instrument.unwrap().volume_min;
    let start = (least * (1.0 - 1e-12)).to_bits() - 50;
    let at =
        (start..start + 100).map(f64::from_bits).find(|&raw| forgiven(raw, &config().instrument.unwrap()) == least);
    assert!(!is_refused(at.unwrap(), &rules));
}

#[test]
fn a_raw_size_by_pips_is_risk_over_pips_times_what_one_is_worth() {
    // Q-S3: 100 of risk over 20 pips; canonical a pip is worth 1e5 · 0.0001 = 10 by the value at the price, 5 at half.
    let canonical = EngineConfig { sizing_mode: SizingMode::Pip, ..config() };
    let terms = rules(&canonical).terms;
    assert_eq!(terms.pip_value, None);
    assert_eq!(raw_size_by_pips(100.0, 1.1, 1.098, 1e5, &terms), 0.5);
    assert_eq!(raw_size_by_pips(100.0, 1.098, 1.1, 5e4, &terms), 1.0);
    assert_eq!(raw_size_by_pips(100.0, 1.1, 1.1, 1e5, &terms), 0.0);
    assert_eq!(raw_lots(&rules(&canonical), 100.0, 1.1, 1.098, 1e5), 0.5);
    // v1: by the contract where quotes are in the account's currency, whatever the value is.
    let old = rules(&EngineConfig { sizing_mode: SizingMode::Pip, ..v1() });
    assert_eq!(old.terms.pip_value, Some(100_000.0 * 0.0001));
    assert_eq!(raw_size_by_pips(100.0, 1.5, 1.25, 1.0, &old.terms), 100.0 / ((0.25 / 0.0001) * (100_000.0 * 0.0001)));
    let foreign = rules(&EngineConfig { account_currency: "EUR".into(), ..v1() });
    assert_eq!(foreign.terms.pip_value, None);
}

#[test]
fn fixed_lots_are_taken_whatever_the_risk() {
    // S-3; they pass S-4 as every raw size.
    let fixed = rules(&EngineConfig { sizing_mode: SizingMode::Fixed, sizing_lots: Some(0.127), ..config() });
    assert_eq!(raw_lots(&fixed, 1e9, 1.1, 1.0999, 1e5), 0.127);
    assert_eq!(lots_from_raw(0.127, &fixed), 0.12);
    assert!(is_refused(0.009, &fixed));
}

#[test]
fn sizes_of_pip_mode_keep_their_rounding_errors_in_v1() {
    // Q-S4: 0.01 + 5 · 0.01 is 0.060000000000000005.
    let pips = rules(&EngineConfig { sizing_mode: SizingMode::Pip, ..v1() });
    assert_eq!(lots_from_raw(0.0601, &pips), 0.01 + (5.0 * 0.01));
    assert_eq!(lots_from_raw(0.0601, &rules(&v1())), 0.06);
    assert_eq!(lots_from_raw(0.0601, &rules(&EngineConfig { sizing_mode: SizingMode::Pip, ..config() })), 0.06);
    // Q-S5 rounds without a specification all the same.
    let bare = EngineConfig { sizing_mode: SizingMode::Pip, instrument: None, ..v1() };
    assert_eq!(lots_from_raw(0.125, &rules(&bare)), 0.12);
}
