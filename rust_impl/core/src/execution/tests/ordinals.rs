use crate::costs::model::CostModel;
use crate::costs::slippage::ENTRY_LEG;
use crate::numbers::quantize;
use crate::test_support::{FLAT, bars, config, run_on, signals};
use crate::types::EngineConfig;

#[test]
fn draws_are_keyed_by_the_order_and_not_by_what_else_is_drawn() {
    // N-6: the second of two equal signals has k = 1, also if the first is rejected.
    let config = EngineConfig { slippage_random_pips: 1.0, ..config() };
    let mut table = signals(3);
    table.size[0] = -1.0;
    table.magic_number[1] = 5;
    let output = run_on(&config, &bars(&[FLAT]), &table);
    let costs = CostModel::new(&config).unwrap();
    let fills = [costs.fill_slippage(0, 5, 0, ENTRY_LEG, 0, 0), costs.fill_slippage(0, 0, 1, ENTRY_LEG, 0, 0)];
    assert_eq!(output.positions.entry_price, fills.map(|offset| quantize(1.1001 + offset, 5)));
}
