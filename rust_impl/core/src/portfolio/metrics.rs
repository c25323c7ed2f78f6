//! Summary metrics (P-5).

use crate::portfolio::money::Portfolio;
use crate::types::{Metrics, Trades};

/// Summary metrics of Q-P5, in closing order with sums from left to right; a quotient with denominator 0 is 0.0.
#[must_use]
pub fn summary_metrics(portfolio: &Portfolio, trades: &Trades, ambiguous_bars: u64) -> Metrics {
    let mut metrics = Metrics {
        trades: trades.result.len() as u64,
        fees: portfolio.fees,
        max_drawdown_abs: portfolio.max_drawdown_abs,
        max_drawdown_ratio: portfolio.max_drawdown_ratio,
        max_drawdown_bars: portfolio.max_drawdown_bars,
        max_drawdown_initial: portfolio.max_drawdown_initial,
        ambiguous_bars,
        final_cash: portfolio.cash,
        final_equity: portfolio.equity,
        ..Metrics::default()
    };
    let mut total_r = 0.0;
    for (&result, &r_multiple) in trades.result.iter().zip(&trades.r_multiple) {
        count_result(&mut metrics, result);
        total_r += r_multiple;
    }
    let count = metrics.trades as f64;
    let gross = metrics.gross_profit + metrics.gross_loss;
    metrics.win_rate = quotient(metrics.wins as f64, count);
    metrics.net_profit = gross - metrics.fees;
    metrics.profit_factor = quotient(metrics.gross_profit, metrics.gross_loss.abs());
    metrics.expectancy = quotient(gross, count);
    metrics.avg_r = quotient(total_r, count);
    metrics.avg_win = quotient(metrics.gross_profit, metrics.wins as f64);
    metrics.avg_loss = quotient(metrics.gross_loss, metrics.losses as f64);
    metrics
}

/// Counts a trade as won, lost or neither.
fn count_result(metrics: &mut Metrics, result: f64) {
    if result > 0.0 {
        count_win(metrics, result);
    } else if result < 0.0 {
        count_loss(metrics, result);
    } else {
        metrics.breakeven += 1;
    }
}

fn count_win(metrics: &mut Metrics, result: f64) {
    metrics.wins += 1;
    metrics.gross_profit += result;
    if result > metrics.largest_win {
        metrics.largest_win = result;
    }
}

fn count_loss(metrics: &mut Metrics, result: f64) {
    metrics.losses += 1;
    metrics.gross_loss += result;
    if result < metrics.largest_loss {
        metrics.largest_loss = result;
    }
}

/// 0.0 for a denominator of 0.
#[inline]
fn quotient(numerator: f64, denominator: f64) -> f64 {
    if denominator == 0.0 { 0.0 } else { numerator / denominator }
}

#[cfg(test)]
#[path = "tests/metrics.rs"]
mod tests;
