use crate::test_support::{BAR, FLAT, config, play, v1};
use crate::types::Signals;

#[test]
fn equity_is_cash_and_open_result_or_in_v1_cash_alone() {
    // P-3, P-4, Q-P4.
    let entry = |signal: &mut Signals| {
        signal.price[0] = 1.1001;
        signal.size[0] = 1.0;
    };
    let output = play(&config(), entry, &[[1.1, 1.102, 1.1, 1.102]]);
    let expected = 10_000.0 + (((1.102 - 1.1001) * 1.0) * 1.0) * (1.0 / 0.00001);
    assert_eq!((output.equity.cash[1], output.equity.equity[1]), (10_000.0, expected));
    let old = play(&v1(), entry, &[FLAT]);
    assert_eq!(old.equity.timestamp, [-BAR, 0, BAR]);
    assert_eq!(old.equity.equity, [10_000.0; 3]);
}
