use super::*;
use crate::execution::state::new_account;
use crate::portfolio::money::book_exit;
use crate::test_support::config;
use crate::types::Variant;
use crate::variants::variant_rules;

/// Results 30, −10, 0, −20, 3 with 1 of fees each but 5 of the last, and what is open at the end.
fn metrics(variant: Variant) -> Metrics {
    let trades = Trades {
        result: vec![30.0, -10.0, 0.0, -20.0, 3.0],
        net_result: vec![29.0, -11.0, -1.0, -21.0, -2.0],
        r_multiple: vec![3.0, -1.0, 0.0, -2.0, 0.5],
        ..Trades::default()
    };
    let mut account = new_account(&config());
    book_exit(&mut account.portfolio, 9.0, 3.0);
    account.portfolio.open_profit = 7.0;
    (account.ambiguous_bars, account.adjusted_sizes) = (3, 2);
    summary_metrics(&account, &trades, &variant_rules(variant))
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
}

#[test]
fn v1_measures_them_gross() {
    let metrics = metrics(Variant::V1);
    assert_eq!((metrics.trades, metrics.wins, metrics.losses, metrics.breakeven), (5, 2, 2, 1));
    assert_eq!((metrics.profit_factor, metrics.profit_factor_gross), (Some(1.1), Some(1.1)));
    assert_eq!((metrics.expectancy, metrics.avg_win, metrics.avg_loss), (Some(0.6), Some(16.5), Some(-15.0)));
    assert_eq!((metrics.largest_win, metrics.largest_loss), (Some(30.0), Some(-20.0)));
    assert_eq!((metrics.open_profit, metrics.net_profit), (None, -6.0));
}

#[test]
fn what_has_no_divisor_or_no_trade_is_none() {
    // P-5: never 0.0, which would read as the worst profit factor there is.
    let account = new_account(&config());
    let rules = variant_rules(Variant::Canonical);
    let empty = summary_metrics(&account, &Trades::default(), &rules);
    let found = [empty.win_rate, empty.profit_factor, empty.profit_factor_gross, empty.expectancy, empty.avg_r];
    assert_eq!(found, [None; 5]);
    assert_eq!([empty.avg_win, empty.avg_loss, empty.largest_win, empty.largest_loss], [None; 4]);
    let won = Trades { result: vec![2.0], net_result: vec![1.0], r_multiple: vec![0.5], ..Trades::default() };
    let won = summary_metrics(&account, &won, &rules);
    assert_eq!((won.profit_factor, won.avg_loss, won.largest_loss), (None, None, None));
    assert_eq!((won.win_rate, won.largest_win), (Some(1.0), Some(1.0)));
}

#[test]
fn inside_bars_an_account_was_down_as_far_as_at_their_ends_at_least() {
    // Q-P5; v1 looks at their ends alone.
    let mut account = new_account(&config());
    account.stop_outs = 3;
    for (corner, expected) in [(40.0, 50.0), (60.0, 60.0)] {
        (account.portfolio.max_drawdown_abs, account.portfolio.max_drawdown_intrabar) = (50.0, corner);
        let of = |variant| summary_metrics(&account, &Trades::default(), &variant_rules(variant));
        assert_eq!(of(Variant::Canonical).max_drawdown_intrabar, Some(expected));
        assert_eq!(of(Variant::V1).max_drawdown_intrabar, None);
        assert_eq!((of(Variant::Canonical).max_drawdown_abs, of(Variant::Canonical).stop_outs), (50.0, 3));
    }
}
