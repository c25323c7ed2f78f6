use super::*;
use crate::test_support::{sample_bars, scenario_1, strategy_config};
use crate::types::BarColumns;

const ROWS: usize = 1_500;
const HOUR: i64 = 3_600_000_000;

fn sample() -> BarColumns {
    sample_bars(ROWS, 7).unwrap()
}

fn with(change: impl FnOnce(&mut MeanReversionParameters)) -> MeanReversionParameters {
    let mut parameters = MeanReversionParameters { z_score_long: -1.0, z_score_short: 1.0, ..scenario_1() };
    change(&mut parameters);
    parameters
}

fn only(scenario: i64) -> MeanReversionParameters {
    with(|given| (given.long_scenarios, given.short_scenarios) = ([scenario].into(), [scenario].into()))
}

fn decisions(parameters: &MeanReversionParameters) -> Vec<(usize, Decision)> {
    let (config, bars) = (strategy_config(), sample());
    let view = bars.view();
    let bands = BandScenarios::new(&config, parameters, 5, &view).unwrap();
    (0..ROWS).filter_map(|row| bands.decide(&view, row).map(|decision| (row, decision))).collect()
}

#[test]
fn scenario_2_trades_beyond_band_and_threshold() {
    // Q-A5.
    let found = decisions(&only(2));
    let bars = sample();
    let z = kalman_zscore(&bars.bid_close, 100, 0.01, 0.001).unwrap();
    let [upper, mid, lower] = bollinger(&bars.bid_close, 20, 1.0).unwrap();
    let (mut longs, mut shorts) = (0, 0);
    for row in 0..ROWS {
        let decision = found.iter().find(|(place, _)| *place == row).map(|(_, decision)| decision);
        let is_long = z[row] <= -1.0 && bars.bid_close[row] <= lower[row];
        let is_short = z[row] >= 1.0 && bars.bid_close[row] >= upper[row];
        assert_eq!(decision.is_some(), is_long || is_short, "row {row}");
        let Some(decision) = decision else { continue };
        assert_eq!(decision.direction, if is_long { Direction::Long } else { Direction::Short });
        assert_eq!((decision.z, decision.mid, decision.scenario), (z[row], mid[row], 2));
        (longs, shorts) = (longs + usize::from(is_long), shorts + usize::from(is_short));
    }
    assert!(longs > 10 && shorts > 10);
}

#[test]
fn each_scenario_asks_for_more_than_the_second() {
    let second = decisions(&only(2)).len();
    let third = decisions(&only(3));
    assert!(!third.is_empty() && third.len() < second && third.iter().all(|(_, one)| !one.ema.is_nan()));
    let fourth = with(|given| {
        (given.long_scenarios, given.short_scenarios) = ([4].into(), [4].into());
        (given.z_score_long, given.z_score_short) = (-0.05, 0.05);
    });
    let local = MeanReversionParameters { local_z_lookback: 80, ..fourth.clone() };
    let scores = |found: &[(usize, Decision)]| found.iter().map(|(_, one)| one.z.to_bits()).collect::<Vec<_>>();
    assert!(!decisions(&fourth).is_empty() && scores(&decisions(&fourth)) != scores(&decisions(&local)));
    let fifth = decisions(&only(5));
    assert!(!fifth.is_empty() && fifth.len() < second && fifth.iter().all(|(_, one)| matches!(one.cluster, 0 | 1)));
    assert!(decisions(&only(6)).is_empty(), "no timeframe is listed");
}

#[test]
fn overlays_have_to_hold_all_or_any() {
    let overlay = |timeframe, z_score| Overlay {
        timeframe,
        window_length: 5,
        b_b_length: 4,
        std_factor: 0.1,
        kalman_r: 0.01,
        kalman_q: 0.01,
        z_score,
    };
    let mut given = only(6);
    given.long_overlays = vec![overlay(HOUR, 0.0), overlay(HOUR / 4, -1e9)];
    given.short_overlays = vec![overlay(HOUR, 0.0), overlay(HOUR / 4, 1e9)];
    assert!(decisions(&given).is_empty());
    given.overlay_mode = OverlayMode::Any;
    let found = decisions(&given);
    assert!(!found.is_empty() && found.iter().all(|(_, one)| one.overlays == 1));
}

#[test]
fn filters_let_one_side_of_the_average_through() {
    let all = decisions(&only(2)).len();
    let filtered = |trend, extra| {
        let mut given = only(2);
        (given.htf_tf, given.htf_filter) = (Some(HOUR), trend);
        (given.extra_htf_tf, given.extra_htf_filter) = (Some(HOUR), extra);
        decisions(&given)
    };
    let above = filtered(Trend::Above, Trend::Both);
    let below = filtered(Trend::Below, Trend::None);
    assert!(above.iter().all(|(_, one)| one.htf_bias > 0.0) && below.iter().all(|(_, one)| one.htf_bias < 0.0));
    assert!(!above.is_empty() && !below.is_empty() && above.len() + below.len() <= all);
    assert_eq!(filtered(Trend::Both, Trend::None).len(), all);
    let both = filtered(Trend::Above, Trend::Below);
    assert!(both.iter().all(|(_, one)| one.htf_bias > 0.0 && one.extra_htf_bias < 0.0));
    assert!(both.len() < above.len() && !passes(f64::NAN, Trend::Above) && !passes(0.0, Trend::Below));
}

#[test]
fn checks_are_enabled_by_number_label_and_direction() {
    // Q-A3.
    let given = with(|given| {
        (given.long_scenarios, given.short_scenarios) = ([2, 5].into(), [5].into());
    });
    assert_eq!(enabled_checks(&given), [(2, Direction::Long), (5, Direction::Long), (5, Direction::Short)]);
    let sells = MeanReversionParameters { direction_filter: DirectionFilter::Short, ..given };
    assert_eq!(enabled_checks(&sells), [(5, Direction::Short)]);
}
