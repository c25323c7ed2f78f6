use crate::test_support::{busy_run, config, run_on};
use crate::types::{EngineConfig, EventKind};

#[test]
fn events_replay_cash_to_the_bit() {
    // E-20.
    let (bars, table) = busy_run();
    let config = EngineConfig { slippage_random_pips: 0.5, fee_per_million: 30.0, close_at_end: true, ..config() };
    let output = run_on(&config, &bars, &table);
    let mut cash = 10_000.0;
    let (mut opened, mut closed) = (0, 0);
    for row in 0..output.events.len() {
        match output.events.kind[row] {
            EventKind::Opened => {
                cash -= output.events.fee[row];
                opened += 1;
            }
            EventKind::Closed => {
                cash = (cash - output.events.fee[row]) + output.events.result[row];
                closed += 1;
            }
            _ => {}
        }
    }
    assert_eq!(cash, output.metrics.final_cash);
    assert_eq!((opened, closed), (output.trades.order_id.len(), output.trades.order_id.len()));
    for row in 0..opened {
        assert!(output.trades.entry_time[row] <= output.trades.trigger_time[row]);
        assert!(output.trades.trigger_time[row] <= output.trades.exit_time[row]);
        assert!(output.trades.size[row] > 0.0);
    }
}
