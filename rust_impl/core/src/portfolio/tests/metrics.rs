use super::*;
use crate::execution::state::new_account;
use crate::portfolio::money::book_exit;
use crate::test_support::config;
use crate::types::{Equity, Trades, Variant};
use crate::variants::variant_rules;

const MINUTES: i64 = 60_000_000;

/// The summary of a run over bars of the minutes 0, 10 … 90, all of the day 0.
fn summary(account: &Account, trades: Trades, variant: Variant) -> Metrics {
    let timestamp: Vec<i64> = (0..10).map(|row| row * 10 * MINUTES).collect();
    let equity = Equity { known_at: timestamp.clone(), timestamp, equity: vec![100.0; 10], ..Equity::default() };
    let log = Log { trades, equity, ..Log::default() };
    summary_metrics(&Book::default(), account, &log, &variant_rules(variant))
}

/// Trades of which each brought one result, as R too, before and after fees.
fn even(results: &[f64]) -> Trades {
    Trades {
        result: results.to_vec(),
        net_result: results.to_vec(),
        r_multiple: results.to_vec(),
        entry_time: vec![0; results.len()],
        trigger_time: vec![0; results.len()],
        exit_time: vec![0; results.len()],
        ..Trades::default()
    }
}

/// Results 30, −10, 0, −20, 3 with 1 of fees each but 5 of the last, and what is open at the end.
fn metrics(variant: Variant) -> Metrics {
    let trades = Trades {
        result: vec![30.0, -10.0, 0.0, -20.0, 3.0],
        net_result: vec![29.0, -11.0, -1.0, -21.0, -2.0],
        r_multiple: vec![3.0, -1.0, 0.0, -2.0, 0.5],
        entry_time: vec![0; 5],
        trigger_time: vec![0, 0, 20 * MINUTES, 20 * MINUTES, 60 * MINUTES],
        exit_time: vec![0, 10 * MINUTES, 20 * MINUTES, 40 * MINUTES, 75 * MINUTES],
        ..Trades::default()
    };
    let mut account = new_account(&config());
    book_exit(&mut account.portfolio, 9.0, 3.0);
    account.portfolio.open_profit = 7.0;
    (account.ambiguous_bars, account.adjusted_sizes, account.portfolio.max_drawdown_abs) = (3, 2, 12.0);
    summary(&account, trades, variant)
}

#[test]
fn trades_are_measured_by_what_they_bring_after_fees() {
    // P-5, Q-P5: a result of 3 that paid 5 is a loss, and so is one of 0 that paid 1.
    let metrics = metrics(Variant::Canonical);
    assert_eq!((metrics.trades, metrics.wins, metrics.losses, metrics.breakeven), (5, 1, 4, 0));
    assert_eq!((metrics.gross_profit, metrics.gross_loss, metrics.fees, metrics.net_profit), (33.0, -30.0, 9.0, -6.0));
    assert_eq!((metrics.win_rate, metrics.profit_factor), (Some(0.2), Some(29.0 / 35.0)));
    assert_eq!(metrics.profit_factor_gross, Some(33.0 / 30.0));
    assert_eq!((metrics.expectancy, metrics.avg_r), (Some(-1.2), Some(0.1)));
    assert_eq!((metrics.avg_win, metrics.avg_loss), (Some(29.0), Some(-8.75)));
    assert_eq!((metrics.largest_win, metrics.largest_loss), (Some(29.0), Some(-21.0)));
    assert_eq!((metrics.open_profit, metrics.ambiguous_bars, metrics.adjusted_sizes), (Some(7.0), 3, 2));
    assert_eq!(metrics.final_cash, 9_994.0);
    assert_eq!((metrics.longest_losing_streak, metrics.recovery_factor), (4, Some(-0.5)));
}

#[test]
fn v1_measures_them_gross() {
    let metrics = metrics(Variant::V1);
    assert_eq!((metrics.trades, metrics.wins, metrics.losses, metrics.breakeven), (5, 2, 2, 1));
    assert_eq!((metrics.profit_factor, metrics.profit_factor_gross), (Some(1.1), Some(1.1)));
    assert_eq!((metrics.expectancy, metrics.avg_win, metrics.avg_loss), (Some(0.6), Some(16.5), Some(-15.0)));
    assert_eq!((metrics.largest_win, metrics.largest_loss), (Some(30.0), Some(-20.0)));
    assert_eq!((metrics.open_profit, metrics.net_profit), (None, -6.0));
    assert_eq!((metrics.longest_losing_streak, metrics.recovery_factor), (1, Some(-0.5)));
}

#[test]
fn what_is_measured_of_time_and_r_is_so_in_both_variants() {
    // P-5, Q-P5c. Minutes 0, 10, 0, 20 and 15: 45 in all. Open in the bars 0 … 4, 6 and 7. R: mean 0.1, deviations
    // 2.9, −1.1, −0.1, −2.1 and 0.4, squared 8.41 + 1.21 + 0.01 + 4.41 + 0.16 = 14.2, variance 3.55.
    for variant in [Variant::Canonical, Variant::V1] {
        let metrics = metrics(variant);
        assert_eq!((metrics.avg_duration_minutes, metrics.exposure), (Some(9.0), Some(0.7)));
        assert!((metrics.sqn.unwrap() - (5.0_f64.sqrt() * 0.1) / 3.55_f64.sqrt()).abs() < 1e-15);
    }
}

#[test]
fn a_streak_ends_with_a_trade_that_is_no_loss() {
    // Q-P5c; 1e-12 of the account currency is nothing.
    let account = new_account(&config());
    let streaks: [(&[f64], u64); 5] = [
        (&[], 0),
        (&[1.0, 1.0], 0),
        (&[-1.0, 1.0, -1.0, -1.0, -1.0], 3),
        (&[-1.0, 0.0, -1.0], 1),
        (&[-1.0, -1e-12, -1.0], 1),
    ];
    for (results, streak) in streaks {
        assert_eq!(summary(&account, even(results), Variant::Canonical).longest_losing_streak, streak);
    }
}

#[test]
fn equal_trades_have_no_quality_number() {
    // Q-P5c: nor have those that differ by the rounding error of a distance.
    assert_eq!([system_quality(&[], None), system_quality(&[2.0], Some(2.0))], [None; 2]);
    assert_eq!(system_quality(&[2.0, 2.0 + 4e-13], Some(2.0)), None);
    assert!((system_quality(&[1.0, 3.0], Some(2.0)).unwrap() - 2.0).abs() < 1e-15);
    assert_eq!(system_quality(&[-1.0, 1.0], Some(0.0)), Some(0.0));
}

#[test]
fn what_has_no_divisor_or_no_trade_is_none() {
    // P-5: never 0.0, which would read as the worst profit factor there is.
    let account = new_account(&config());
    let empty = summary(&account, Trades::default(), Variant::Canonical);
    let found = [empty.win_rate, empty.profit_factor, empty.profit_factor_gross, empty.expectancy, empty.avg_r];
    assert_eq!(found, [None; 5]);
    assert_eq!([empty.avg_win, empty.avg_loss, empty.largest_win, empty.largest_loss], [None; 4]);
    assert_eq!([empty.volatility, empty.sharpe, empty.sortino, empty.sqn], [None; 4]);
    assert_eq!([empty.avg_duration_minutes, empty.recovery_factor], [None; 2]);
    assert_eq!((empty.total_return, empty.exposure, empty.longest_losing_streak), (0.0, Some(0.0), 0));
    let won = summary(&account, Trades { net_result: vec![1.0], ..even(&[2.0]) }, Variant::Canonical);
    assert_eq!((won.profit_factor, won.avg_loss, won.largest_loss), (None, None, None));
    assert_eq!((won.win_rate, won.largest_win), (Some(1.0), Some(1.0)));
    assert_eq!((won.sqn, won.recovery_factor), (None, None));
    let nothing = summary_metrics(&Book::default(), &account, &Log::default(), &variant_rules(Variant::Canonical));
    assert_eq!(nothing.exposure, None);
}

#[test]
fn a_drawdown_that_is_a_rounding_error_is_recovered_from_by_no_factor() {
    let mut account = new_account(&config());
    account.portfolio.max_drawdown_abs = 1.8e-12;
    assert_eq!(summary(&account, even(&[2.0]), Variant::Canonical).recovery_factor, None);
}

#[test]
fn inside_bars_an_account_was_down_as_far_as_at_their_ends_at_least() {
    // Q-P5; v1 looks at their ends alone.
    let mut account = new_account(&config());
    account.stop_outs = 3;
    for (corner, expected) in [(40.0, 50.0), (60.0, 60.0)] {
        (account.portfolio.max_drawdown_abs, account.portfolio.max_drawdown_intrabar) = (50.0, corner);
        let of = |variant| summary(&account, Trades::default(), variant);
        assert_eq!(of(Variant::Canonical).max_drawdown_intrabar, Some(expected));
        assert_eq!(of(Variant::V1).max_drawdown_intrabar, None);
        assert_eq!((of(Variant::Canonical).max_drawdown_abs, of(Variant::Canonical).stop_outs), (50.0, 3));
    }
}
