use super::*;
use crate::portfolio::money::new_portfolio;
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

#[test]
fn drawdown_is_measured_from_the_peak_and_from_the_start() {
    // Q-P4: 100 → 120 → 90 → 110 → 120 → 80.
    let mut portfolio = new_portfolio(100.0);
    for equity in [120.0, 90.0, 110.0, 120.0, 80.0] {
        mark(&mut portfolio, equity);
    }
    assert_eq!((portfolio.equity, portfolio.peak, portfolio.drawdown_bars), (80.0, 120.0, 1));
    assert_eq!(portfolio.max_drawdown_abs, 40.0);
    assert_eq!(portfolio.max_drawdown_ratio, 40.0 / 120.0);
    assert_eq!(portfolio.max_drawdown_bars, 2);
    assert_eq!(portfolio.max_drawdown_initial, 20.0);
}

#[test]
fn a_peak_without_money_has_no_ratio() {
    let mut portfolio = new_portfolio(0.0);
    mark(&mut portfolio, -5.0);
    assert_eq!((portfolio.max_drawdown_abs, portfolio.max_drawdown_ratio), (5.0, 0.0));
}
