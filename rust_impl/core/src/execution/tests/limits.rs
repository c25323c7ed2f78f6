use super::*;
use crate::costs::model::CostModel;
use crate::execution::state::rules_of;
use crate::signals::columns::SignalRows;
use crate::test_support::{config, v1};
use crate::types::{EngineConfig, UNSET_FLOAT};

fn refusal(config: EngineConfig, bars: &Bars<'_>, signals: Option<&Signals>) -> Option<(Option<usize>, Option<Value>)> {
    let rules = rules_of(&config, CostModel::new(&config).unwrap()).unwrap();
    let error = check_fills(&rules, bars, signals).err()?;
    assert_eq!((error.code, error.rule), (ErrorCode::ConstraintViolation, Some("C-1")));
    assert_eq!(error.column.as_deref(), Some("costs.slippage"));
    Some((error.row, error.value))
}

#[test]
fn a_grid_on_which_a_price_is_nothing_is_refused() {
    // Q-C1b: 0.004 is 0 with two digits and 0.006 is 0.01; v1 has no grid.
    let low = |low| crate::test_support::bars(&[[1.1; 4], [1.1, 1.1, low, 1.1], [1.1, 1.1, low, 1.1]]);
    let mut config = config();
    config.instrument.as_mut().unwrap().digits = 2;
    let error = check_fills(&rules_of(&config, CostModel::new(&config).unwrap()).unwrap(), &low(0.004).view(), None);
    let error = error.unwrap_err();
    assert_eq!((error.code, error.rule), (ErrorCode::ConstraintViolation, Some("C-1")));
    let place = (error.column.as_deref(), error.row, error.value);
    assert_eq!(place, (Some("instruments.digits"), Some(1), Some(Value::Float(0.004))));
    assert_eq!(refusal(config.clone(), &low(0.006).view(), None), None);
    let old = EngineConfig { variant: crate::types::Variant::V1, ..config };
    assert_eq!(refusal(old, &low(0.004).view(), None), None);
}

#[test]
fn slippage_is_held_against_the_lowest_price_of_the_grid() {
    // Q-C1b: 0.014 fills at 0.01, which is what a slippage of 0.01 takes.
    let table = crate::test_support::bars(&[[1.1, 1.1, 0.014, 1.1]]);
    let mut config = EngineConfig { slippage_fixed_pips: 100.0, ..config() };
    assert_eq!(refusal(config.clone(), &table.view(), None), None);
    config.instrument.as_mut().unwrap().digits = 2;
    assert_eq!(refusal(config, &table.view(), None), Some((Some(0), Some(Value::Float(0.01)))));
}

#[test]
fn slippage_that_reaches_the_lowest_price_is_refused() {
    // C-1, Q-C1b: the lowest price is 1.0 in bar 1, a pip 0.0001, the buffer half a pip.
    let table = crate::test_support::bars(&[[1.1, 1.1, 1.1, 1.1], [1.1, 1.1, 1.0, 1.1], [1.1, 1.1, 1.0, 1.1]]);
    let bars = table.view();
    for base in [config(), v1()] {
        let with = |fixed_pips, random_pips| EngineConfig {
            slippage_fixed_pips: fixed_pips,
            slippage_random_pips: random_pips,
            ..base.clone()
        };
        assert_eq!(refusal(with(0.0, 0.0), &bars, None), None);
        assert_eq!(refusal(with(9_999.0, 0.0), &bars, None), None);
        assert_eq!(refusal(with(10_000.0, 0.0), &bars, None), Some((Some(1), Some(Value::Float(1.0)))));
        assert_eq!(refusal(with(0.0, 20_000.0), &bars, None), Some((Some(1), Some(Value::Float(2.0)))));
    }
}

#[test]
fn the_buffer_of_a_stop_counts_with_slippage() {
    // Q-C1b: half of the lowest price, 1.0, is the buffer's.
    let table = crate::test_support::bars(&[[1.1, 1.1, 1.0, 1.1]]);
    let with = |slippage_fixed_pips| EngineConfig { slippage_fixed_pips, pip_buffer_factor: 5_000.0, ..config() };
    assert_eq!(refusal(with(4_999.0), &table.view(), None), None);
    assert_eq!(refusal(with(5_000.0), &table.view(), None), Some((Some(0), Some(Value::Float(0.5)))));
}

#[test]
fn v1_looks_at_the_levels_of_short_signals() {
    let table = crate::test_support::bars(&[[1.1, 1.1, 1.1, 1.1]]);
    let slipping = |base| EngineConfig { slippage_fixed_pips: 1_000.0, ..base };
    let mut signals = crate::test_support::signals(2);
    signals.direction = vec![Some(Direction::Long), Some(Direction::Short)];
    signals.price = vec![0.05, -1.0];
    signals.stop_loss = vec![0.05, crate::test_support::NAN];
    assert_eq!(refusal(slipping(v1()), &table.view(), Some(&signals)), None);
    signals.stop_loss[1] = 0.1;
    assert_eq!(refusal(slipping(v1()), &table.view(), Some(&signals)), Some((None, Some(Value::Float(0.1)))));
    assert_eq!(refusal(slipping(config()), &table.view(), Some(&signals)), None);
}

#[test]
fn a_level_of_nothing_is_no_lowest_level() {
    // Q-C1b: such a signal is rejected, and fills nowhere.
    let mut table = crate::test_support::signals(3);
    table.direction.fill(Some(Direction::Short));
    (table.price, table.stop_loss) = (vec![0.0, 1.5, -1.0], vec![1.2, 1.1, UNSET_FLOAT]);
    assert_eq!(lowest_level(SignalRows::all(&table)), 1.1);
    // What an exit or modify signal has is held against the market.
    table.signal_type[1] = SignalType::Modify;
    assert_eq!(lowest_level(SignalRows::all(&table)), 1.2);
    table.direction.fill(Some(Direction::Long));
    assert_eq!(lowest_level(SignalRows::all(&table)), f64::INFINITY);
}
