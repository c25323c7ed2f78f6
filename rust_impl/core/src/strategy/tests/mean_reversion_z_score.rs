use super::*;
use crate::indicators::atr::atr;
use crate::indicators::ema::ema;
use crate::indicators::zscore::zscore;
use crate::test_support::{config, sample_bars, strategy_config};
use crate::types::DirectionFilter;

fn signals_of(config: &EngineConfig, rows: usize, step: usize) -> Vec<Signal> {
    let bars = sample_bars(rows, 7).unwrap();
    let view = bars.view();
    let mut strategy = MeanReversionZScore::on_init(config, &view).unwrap();
    (0..rows).step_by(step).filter_map(|index| strategy.evaluate(&BarSlice { bars: &view, row: index })).collect()
}

#[test]
fn streamed_indicators_are_the_series() {
    // N-7, I-17: for windows below, at and above a block, whatever bars are asked for.
    for (window, step) in [(2, 1), (3, 7), (100, 1), (256, 3), (300, 501), (5000, 1)] {
        let mut config = strategy_config();
        let parameters = &mut config.strategy.as_mut().unwrap().parameters;
        parameters.window_length = window;
        let parameters = parameters.clone();
        let bars = sample_bars(1500, 7).unwrap();
        let view = bars.view();
        let mut block = IndicatorBlock::new(&parameters, 1500).unwrap();
        let means = ema(&bars.bid_close, parameters.ema_length).unwrap();
        let z = zscore(&bars.bid_close, &means, window).unwrap();
        let atr_ask = atr(&bars.ask_high, &bars.ask_low, &bars.ask_close, parameters.atr_length).unwrap();
        let same = |a: f64, b: f64| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
        for index in (0..1500).step_by(step) {
            let row = block.row_of(&view, index);
            assert!(same(block.z[row], z[index]), "z, window {window}, row {index}");
            assert!(same(block.ema[row], means[index]) && same(block.atr_ask[row], atr_ask[index]));
        }
    }
}

#[test]
fn a_signal_has_the_prices_of_its_bar() {
    // Q-A4, A-8.
    let bars = sample_bars(2000, 7).unwrap();
    let means = ema(&bars.bid_close, 30).unwrap();
    let atr_bid = atr(&bars.bid_high, &bars.bid_low, &bars.bid_close, 14).unwrap();
    let atr_ask = atr(&bars.ask_high, &bars.ask_low, &bars.ask_close, 14).unwrap();
    let signals = signals_of(&strategy_config(), 2000, 1);
    assert!(signals.iter().any(|signal| signal.direction == Some(Direction::Long)));
    assert!(signals.iter().any(|signal| signal.direction == Some(Direction::Short)));
    for signal in signals {
        let row = bars.timestamp.binary_search(&signal.timestamp).unwrap();
        let (price, stop_loss) = match signal.direction.unwrap() {
            Direction::Long => (bars.ask_close[row], bars.bid_low[row] - (2.0 * atr_bid[row])),
            Direction::Short => (bars.bid_close[row], bars.bid_high[row] + (2.0 * atr_ask[row])),
        };
        assert_eq!((signal.price, signal.stop_loss), (price, quantize(stop_loss, 5)));
        assert_eq!(signal.take_profit, quantize(means[row], 5));
        assert_eq!(signal.magic_number, 1);
    }
}

#[test]
fn the_direction_filter_and_missing_indicators_hold_signals_back() {
    let mut config = strategy_config();
    for (filter, direction) in [(DirectionFilter::Long, Direction::Long), (DirectionFilter::Short, Direction::Short)] {
        config.strategy.as_mut().unwrap().parameters.direction_filter = filter;
        let signals = signals_of(&config, 2000, 1);
        assert!(!signals.is_empty() && signals.iter().all(|signal| signal.direction == Some(direction)));
    }
    config.strategy.as_mut().unwrap().parameters.atr_length = 3000;
    assert!(signals_of(&config, 2000, 1).is_empty());
}

#[test]
fn short_is_asked_before_long() {
    let mut config = strategy_config();
    let parameters = &mut config.strategy.as_mut().unwrap().parameters;
    (parameters.z_score_long, parameters.z_score_short) = (100.0, -100.0);
    assert!(signals_of(&config, 500, 1).iter().all(|signal| signal.direction == Some(Direction::Short)));
}

#[test]
fn it_needs_its_parameters() {
    let bars = sample_bars(10, 7).unwrap();
    assert!(MeanReversionZScore::on_init(&config(), &bars.view()).is_err());
}

#[test]
fn periods_out_of_range_are_refused() {
    let bars = sample_bars(10, 7).unwrap();
    let refuse = |change: fn(&mut MeanReversionParameters)| {
        let mut config = strategy_config();
        change(&mut config.strategy.as_mut().unwrap().parameters);
        MeanReversionZScore::on_init(&config, &bars.view()).unwrap_err().code
    };
    assert_eq!(refuse(|parameters| parameters.window_length = 1), ErrorCode::OutOfBounds);
    assert_eq!(refuse(|parameters| parameters.ema_length = 0), ErrorCode::OutOfBounds);
    assert_eq!(refuse(|parameters| parameters.atr_length = 0), ErrorCode::OutOfBounds);
}

#[test]
fn scenario_1_goes_before_the_others_and_each_signal_has_its_decision() {
    // A-3, Q-A10b.
    let mut config = strategy_config();
    let first = signals_of(&config, 2000, 1).len();
    let parameters = &mut config.strategy.as_mut().unwrap().parameters;
    (parameters.long_scenarios, parameters.short_scenarios) = ([1, 2].into(), [1, 2].into());
    (parameters.z_score_long, parameters.z_score_short) = (-1.0, 1.0);
    let bars = sample_bars(2000, 7).unwrap();
    let view = bars.view();
    let mut strategy = MeanReversionZScore::on_init(&config, &view).unwrap();
    let given: Vec<_> = (0..2000)
        .filter_map(|row| strategy.evaluate(&BarSlice { bars: &view, row }).map(|signal| (row, signal)))
        .collect();
    let decisions = strategy.decisions();
    assert!(given.len() > first && decisions.len() == given.len());
    for (place, (row, signal)) in given.iter().enumerate() {
        let decision = decisions.row(place);
        assert_eq!((signal.row, decision.timestamp), (place as i64, bars.timestamp[*row]));
        assert_eq!(is_unset(decision.mid), decision.scenario == 1);
        let target = if decision.scenario == 1 { decision.ema } else { decision.mid };
        assert_eq!(signal.take_profit, quantize(target, 5));
    }
    assert!(decisions.scenario.contains(&1) && decisions.scenario.contains(&2));
}

#[test]
fn without_scenario_1_its_indicators_are_not_there() {
    let mut config = strategy_config();
    let parameters = &mut config.strategy.as_mut().unwrap().parameters;
    (parameters.long_scenarios, parameters.short_scenarios) = ([2].into(), [].into());
    let bars = sample_bars(2000, 7).unwrap();
    let strategy = MeanReversionZScore::on_init(&config, &bars.view()).unwrap();
    assert!(strategy.indicators.is_none() && strategy.bands.is_some());
    assert!(MeanReversionZScore::on_init(&strategy_config(), &bars.view()).unwrap().bands.is_none());
    let signals = signals_of(&config, 2000, 1);
    assert!(!signals.is_empty() && signals.iter().all(|signal| signal.direction == Some(Direction::Long)));
}
