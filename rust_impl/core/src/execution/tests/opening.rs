use crate::test_support::{BAR, FLAT, bars, config, run_on, signals};
use crate::types::EngineConfig;

#[test]
fn risk_can_be_a_fraction_of_the_last_equity() {
    // S-2: 1 % of 10,000; after the loss of the first trade, of what is left.
    let config = EngineConfig { risk_fraction: Some(0.01), ..config() };
    let mut table = signals(2);
    table.timestamp[1] = 2 * BAR;
    table.size[1] = 1.0;
    let output = run_on(&config, &bars(&[FLAT, [1.1, 1.1, 1.097, 1.1], FLAT]), &table);
    assert_eq!(output.trades.risk_per_trade, [100.0]);
    assert_eq!(output.positions.risk_per_trade, [0.01 * output.equity.equity[1]]);
    assert_eq!(output.positions.size, [1.0]);
}
