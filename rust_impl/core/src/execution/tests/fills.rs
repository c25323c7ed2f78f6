use super::*;
use crate::test_support::{config, rules, v1};

#[test]
fn a_stop_fills_at_the_worse_of_level_and_open() {
    // Q-E3: buys pay the higher, sells get the lower; v1 ignores the open.
    let canonical = rules(&config());
    assert_eq!(fill_stop(&canonical, 1.1, 1.2, true), 1.2);
    assert_eq!(fill_stop(&canonical, 1.1, 1.0, true), 1.1);
    assert_eq!(fill_stop(&canonical, 1.1, 1.0, false), 1.0);
    assert_eq!(fill_stop(&canonical, 1.1, 1.2, false), 1.1);
    let old = rules(&v1());
    assert_eq!(fill_stop(&old, 1.1, 1.2, true), 1.1);
    assert_eq!(fill_stop(&old, 1.1, 1.0, false), 1.1);
}

#[test]
fn a_limit_fills_at_the_better_of_level_and_open() {
    let canonical = rules(&config());
    assert_eq!(fill_limit(&canonical, 1.1, 1.0, true), 1.0);
    assert_eq!(fill_limit(&canonical, 1.1, 1.2, true), 1.1);
    assert_eq!(fill_limit(&canonical, 1.1, 1.2, false), 1.2);
    assert_eq!(fill_limit(&canonical, 1.1, 1.0, false), 1.1);
    let old = rules(&v1());
    assert_eq!(fill_limit(&old, 1.1, 1.0, true), 1.1);
    assert_eq!(fill_limit(&old, 1.1, 1.2, false), 1.1);
}

#[test]
fn slippage_is_against_the_trader() {
    // Q-C1.
    assert_eq!(slipped(1.0, 0.25, true), 1.25);
    assert_eq!(slipped(1.0, 0.25, false), 0.75);
}
