use super::*;
use crate::portfolio::money::{book_exit, new_portfolio};

#[test]
fn metrics_follow_their_table() {
    // Q-P5 for results 30, −10, 0, −20, 10 with fees of 5.
    let trades = Trades {
        result: vec![30.0, -10.0, 0.0, -20.0, 10.0],
        r_multiple: vec![3.0, -1.0, 0.0, -2.0, 1.0],
        ..Trades::default()
    };
    let mut portfolio = new_portfolio(1000.0);
    book_exit(&mut portfolio, 5.0, 10.0);
    let metrics = summary_metrics(&portfolio, &trades, 3);
    assert_eq!((metrics.trades, metrics.wins, metrics.losses, metrics.breakeven), (5, 2, 2, 1));
    assert_eq!((metrics.gross_profit, metrics.gross_loss, metrics.net_profit), (40.0, -30.0, 5.0));
    assert_eq!((metrics.win_rate, metrics.profit_factor), (0.4, 40.0 / 30.0));
    assert_eq!((metrics.expectancy, metrics.avg_r), (2.0, 0.2));
    assert_eq!((metrics.avg_win, metrics.avg_loss), (20.0, -15.0));
    assert_eq!((metrics.largest_win, metrics.largest_loss), (30.0, -20.0));
    assert_eq!((metrics.final_cash, metrics.ambiguous_bars), (1005.0, 3));
}

#[test]
fn without_trades_every_quotient_is_zero() {
    let metrics = summary_metrics(&new_portfolio(1000.0), &Trades::default(), 0);
    let quotients = [metrics.win_rate, metrics.profit_factor, metrics.expectancy, metrics.avg_r, metrics.avg_win];
    assert_eq!(quotients, [0.0; 5]);
}
