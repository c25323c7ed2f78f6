use super::*;
use crate::portfolio::money::new_portfolio;

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
