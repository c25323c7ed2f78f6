use super::*;
use crate::terms::symbol_terms;
use crate::test_support::{config, v1};
use crate::types::Swap;

fn swap() -> Swap {
    Swap { long_points: -6.5, short_points: 2.0, rollovers: [10, 20, 30].into(), nights: [1, 3, 1].into() }
}

fn terms(config: &EngineConfig) -> Option<SwapTerms> {
    swap_terms(config, &symbol_terms(config).unwrap())
}

#[test]
fn a_night_is_points_times_ticks_times_value_times_lots() {
    // Q-C4b: 6.5 ticks of 0.00001 on half a lot that is worth 100,000 are 3.25 a night.
    let terms = terms(&EngineConfig { swap: Some(swap()), ..config() }).unwrap();
    assert_eq!(swap_amount(&terms, Direction::Long, 0.5, 1e5, 1), ((-6.5 * 0.00001) * 1e5) * 0.5);
    assert_eq!(crate::numbers::quantize(swap_amount(&terms, Direction::Long, 0.5, 1e5, 3), 8), -9.75);
    assert_eq!(crate::numbers::quantize(swap_amount(&terms, Direction::Short, 0.5, 1e5, 3), 8), 3.0);
}

#[test]
fn nights_are_free_in_v1_and_where_none_are_configured() {
    assert_eq!(terms(&EngineConfig { swap: Some(swap()), ..v1() }), None);
    assert_eq!(terms(&config()), None);
}

#[test]
fn a_bar_that_no_rollovers_are_known_for_is_refused() {
    // Q-C4: both ends belong to what is known.
    let mut known = terms(&EngineConfig { swap: Some(swap()), ..config() }).unwrap();
    assert!(check_rollovers(Some(&known), &[10, 15, 30], 0).is_ok());
    assert!(check_rollovers(Some(&known), &[9, 10], 1).is_ok());
    assert!(check_rollovers(None, &[9], 0).is_ok());
    for (times, row) in [([9, 10, 11], 0), ([10, 11, 31], 2)] {
        let error = check_rollovers(Some(&known), &times, 0).unwrap_err();
        assert_eq!((error.code, error.rule), (ErrorCode::ConstraintViolation, Some("C-4")));
        assert_eq!((error.column.as_deref(), error.row), (Some("costs.swap"), Some(row)));
        assert_eq!(error.value, Some(Value::Int(times[row])));
    }
    known.rollovers = [10].into();
    assert!(check_rollovers(Some(&known), &[10], 0).is_ok());
    assert!(check_rollovers(Some(&known), &[11], 0).is_err());
    known.rollovers = [].into();
    assert!(check_rollovers(Some(&known), &[10], 0).is_err());
}
