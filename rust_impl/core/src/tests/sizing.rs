use super::*;
use crate::test_support::{config, rules, v1};
use crate::types::BelowMin;

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
    let terms = rules(&config()).terms;
    assert_eq!(lots_from_raw(raw_size(100.0, 1.1, 1.0996, 1e5, &terms), &terms), 2.5);
    let old = rules(&v1()).terms;
    assert_eq!(lots_from_raw(raw_size(100.0, 1.1, 1.0996, 1e5, &old), &old), 2.49);
    // What is more than rounding stays lost: 100.0000000001 / 40.0000000001.
    assert_eq!(lots_from_raw(2.5 * (1.0 - 2e-12), &terms), 2.49);
    assert_eq!(lots_from_raw(2.5 * (1.0 - 5e-13), &terms), 2.5);
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
    let terms = rules(&config()).terms;
    assert_eq!(lots_from_raw(0.019, &terms), 0.01);
    assert_eq!(lots_from_raw(0.07, &terms), 0.07);
    assert_eq!(lots_from_raw(1e9, &terms), 100.0);
    assert_eq!(lots_from_raw(0.0, &terms), 0.01);
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
    let terms = rules(&config).terms;
    assert_eq!(lots_from_raw(0.125, &terms), 0.12);
    assert_eq!(lots_from_raw(0.001, &terms), 0.01);
    assert_eq!(lots_from_raw(12_345.678, &terms), 12_345.68);
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
