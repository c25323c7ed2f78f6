//! Summary metrics (P-5).

use crate::execution::state::Account;
use crate::numbers::{maximum, minimum};
use crate::types::{Metrics, Trades};
use crate::variants::VariantRules;

/// Summary metrics of Q-P5, in closing order with sums from left to right; a quotient with denominator 0 is none.
#[must_use]
pub fn summary_metrics(account: &Account, trades: &Trades, variant: &VariantRules) -> Metrics {
    let portfolio = &account.portfolio;
    let mut metrics = Metrics {
        trades: trades.result.len() as u64,
        fees: portfolio.fees,
        open_profit: variant.marks_open_profit.then_some(portfolio.open_profit),
        max_drawdown_abs: portfolio.max_drawdown_abs,
        max_drawdown_ratio: portfolio.max_drawdown_ratio,
        max_drawdown_bars: portfolio.max_drawdown_bars,
        max_drawdown_initial: portfolio.max_drawdown_initial,
        ambiguous_bars: account.ambiguous_bars,
        adjusted_sizes: account.adjusted_sizes,
        final_cash: portfolio.cash,
        final_equity: portfolio.equity,
        ..Metrics::default()
    };
    count_trades(&mut metrics, if variant.measures_net { &trades.net_result } else { &trades.result });
    let (profit, loss) = sums(&trades.result);
    metrics.gross_profit = profit;
    metrics.gross_loss = loss;
    metrics.net_profit = (profit + loss) - metrics.fees;
    metrics.profit_factor_gross = quotient(profit, loss.abs());
    let mut total_r = 0.0;
    for &r_multiple in &trades.r_multiple {
        total_r += r_multiple;
    }
    metrics.avg_r = quotient(total_r, metrics.trades as f64);
    metrics
}

/// What the results of trades, net or in v1 gross, say of wins and losses.
fn count_trades(metrics: &mut Metrics, results: &[f64]) {
    for &result in results {
        if result > 0.0 {
            metrics.wins += 1;
            metrics.largest_win = Some(metrics.largest_win.map_or(result, |largest| maximum(largest, result)));
        } else if result < 0.0 {
            metrics.losses += 1;
            metrics.largest_loss = Some(metrics.largest_loss.map_or(result, |largest| minimum(largest, result)));
        } else {
            metrics.breakeven += 1;
        }
    }
    let (won, lost) = sums(results);
    let count = metrics.trades as f64;
    metrics.win_rate = quotient(metrics.wins as f64, count);
    metrics.profit_factor = quotient(won, lost.abs());
    metrics.expectancy = quotient(won + lost, count);
    metrics.avg_win = quotient(won, metrics.wins as f64);
    metrics.avg_loss = quotient(lost, metrics.losses as f64);
}

/// Σ of what is above 0, and Σ of what is below.
fn sums(results: &[f64]) -> (f64, f64) {
    let (mut won, mut lost) = (0.0, 0.0);
    for &result in results {
        if result > 0.0 {
            won += result;
        } else if result < 0.0 {
            lost += result;
        }
    }
    (won, lost)
}

/// None for a denominator of 0.
#[inline]
fn quotient(numerator: f64, denominator: f64) -> Option<f64> {
    (denominator != 0.0).then(|| numerator / denominator)
}

#[cfg(test)]
#[path = "tests/metrics.rs"]
mod tests;
