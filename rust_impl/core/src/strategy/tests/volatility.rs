use super::*;
use crate::test_support::scenario_1;

fn parameters() -> MeanReversionParameters {
    MeanReversionParameters { vol_log: false, vol_window: 4, vol_k: 2, vol_min_points: 1, ..scenario_1() }
}

#[test]
fn a_cluster_is_that_of_the_last_value() {
    // Q-A7b: of 1, 2, 9, 10 the centres are 1.5 and 9.5.
    assert_eq!(allowed_cluster(&parameters(), &[50.0, 1.0, 2.0, 9.0, 10.0]), Some(1));
    assert_eq!(allowed_cluster(&parameters(), &[50.0, 9.0, 10.0, 2.0, 1.0]), Some(0));
    let low = MeanReversionParameters { vol_allowed: [0].into(), ..parameters() };
    assert_eq!(allowed_cluster(&low, &[1.0, 2.0, 9.0, 10.0]), None);
}

#[test]
fn missing_values_are_passed_over_but_for_the_last() {
    assert_eq!(allowed_cluster(&parameters(), &[1.0, 2.0, f64::NAN, 9.0, 10.0]), Some(1));
    assert_eq!(allowed_cluster(&parameters(), &[1.0, 2.0, 9.0, f64::NAN]), None);
    assert_eq!(allowed_cluster(&parameters(), &[]), None);
    let many = MeanReversionParameters { vol_min_points: 5, ..parameters() };
    assert_eq!(allowed_cluster(&many, &[1.0, 2.0, 9.0, 10.0]), None);
    assert_eq!(allowed_cluster(&many, &[3.0, 1.0, 2.0, 9.0, 10.0]), Some(1));
    let logarithms = MeanReversionParameters { vol_log: true, ..parameters() };
    assert_eq!(allowed_cluster(&logarithms, &[1.0, 2.0, 9.0, 0.0]), None);
}

#[test]
fn a_cluster_has_to_last() {
    let lasting = |bars| MeanReversionParameters { vol_hysteresis: bars, ..parameters() };
    assert_eq!(allowed_cluster(&lasting(2), &[1.0, 2.0, 9.0, 10.0]), Some(1));
    assert_eq!(allowed_cluster(&lasting(3), &[1.0, 2.0, 9.0, 10.0]), None);
    assert_eq!(allowed_cluster(&lasting(5), &[9.0, 9.0, 9.0, 9.0]), None);
}

#[test]
fn features_are_those_of_the_last_rows() {
    let rows: Vec<f64> = (0..9).map(|row| 1.0 + f64::from(row % 4)).collect();
    let local = MeanReversionParameters { vol_garch_lookback: 5, garch_min_periods: 0, ..parameters() };
    let features = volatility_features(&local, &rows, &[], 1.0, 7);
    assert_eq!(features.len(), 5);
    assert!(features[0].is_nan() && !features[1].is_nan());
    let points = MeanReversionParameters { vol_feature: VolatilityFeature::AtrPoints, ..parameters() };
    assert_eq!(volatility_features(&points, &[], &rows, 10.0, 7), [10.0, 20.0, 30.0, 40.0]);
    assert_eq!(volatility_features(&points, &[], &rows, 10.0, 1), [10.0, 20.0]);
}
