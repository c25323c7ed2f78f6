use super::*;
use crate::costs::model::CostModel;
use crate::execution::state::rules_of;
use crate::test_support::{config, v1};
use crate::types::EngineConfig;

fn refusal(config: EngineConfig, bars: &Bars<'_>, signals: Option<&Signals>) -> Option<(Option<usize>, Option<Value>)> {
    let rules = rules_of(&config, CostModel::new(&config).unwrap()).unwrap();
    let error = check_slippage(&rules, bars, signals).err()?;
    assert_eq!((error.code, error.rule), (ErrorCode::ConstraintViolation, Some("C-1")));
    assert_eq!(error.column.as_deref(), Some("costs.slippage"));
    Some((error.row, error.value))
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
