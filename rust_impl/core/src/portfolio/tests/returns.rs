use super::*;
use crate::execution::state::new_account;
use crate::portfolio::curve::DAY;
use crate::test_support::config;
use crate::types::Equity;

/// Of an account that began with 100, a bar a day from the Monday before the day 0 on.
fn returns(equity: &[f64]) -> Returns {
    let mut account = new_account(&config());
    (account.portfolio.initial_balance, account.first_time) = (100.0, Some(-3 * DAY));
    account.portfolio.equity = equity.last().copied().unwrap_or(100.0);
    let timestamp = (0..equity.len() as i64).map(|day| (day - 3) * DAY).collect();
    let equity = Equity { timestamp, equity: equity.to_vec(), ..Equity::default() };
    account_returns(&account, &Log { equity, ..Log::default() })
}

fn is_near(found: Option<f64>, expected: f64) -> bool {
    found.is_some_and(|found| (found - expected).abs() < 1e-12 * expected)
}

#[test]
fn days_give_volatility_sharpe_and_sortino() {
    // P-5, Q-P5b: 100 → 110 → 99 → 108.9 is +10, −10, +10 %: mean 1/30, variance 1/75; Sharpe² = 75 / 900 · 252 = 21,
    // Sortino² = 300 / 900 · 252 = 84.
    let returns = returns(&[110.0, 99.0, 108.9]);
    assert!(is_near(Some(returns.total_return), 0.089));
    assert!(is_near(returns.volatility, (252.0_f64 / 75.0).sqrt()));
    assert!(is_near(returns.sharpe, 21.0_f64.sqrt()));
    assert!(is_near(returns.sortino, 84.0_f64.sqrt()));
    // 1.089 to the power of 84.
    assert!(is_near(returns.cagr, 1_288.264_128_888_362_6));
    assert_eq!(returns.calmar, None);
}

#[test]
fn what_cannot_be_measured_is_none() {
    for equity in [&[][..], &[125.0], &[-20.0, -20.0], &[0.0, 50.0]] {
        let returns = returns(equity);
        assert_eq!([returns.volatility, returns.sharpe, returns.sortino], [None; 3], "{equity:?}");
        assert_eq!(returns.total_return, (equity.last().copied().unwrap_or(100.0) - 100.0) / 100.0);
    }
    for equity in [[100.0, 100.0], [100.0, 100.000_000_000_01]] {
        let returns = returns(&equity);
        assert_eq!([returns.volatility, returns.sharpe, returns.sortino], [Some(0.0), None, None], "{equity:?}");
    }
}

#[test]
fn without_a_losing_day_there_is_no_sortino_ratio() {
    // 0 and 10 %: the mean 5 % over √(2 · 0.0025).
    let returns = returns(&[100.0, 110.0]);
    assert!(is_near(returns.sharpe, 126.0_f64.sqrt()));
    assert_eq!(returns.sortino, None);
}

#[test]
fn growth_is_that_of_a_year() {
    for (growth, days, expected) in [(1.1, 252, 0.1), (1.21, 504, 0.1)] {
        assert!(is_near(annual_growth(growth, days), expected));
    }
    assert_eq!(annual_growth(1.0, 2), Some(0.0));
    for growth in [0.0, -1.0, 300.0] {
        assert_eq!(annual_growth(growth, 2), None);
    }
}

#[test]
fn a_run_that_ends_with_nothing_has_a_last_return() {
    assert_eq!(daily_returns(100.0, &[50.0, 0.0]), Some(vec![-0.5, -1.0]));
    assert_eq!(daily_returns(100.0, &[0.0, 0.0]), None);
}
