//! Summary metrics (P-5).

use crate::execution::state::{Account, Book, Log};
use crate::numbers::{maximum, minimum, quantize};
use crate::portfolio::curve::{exposed_bars, first_bar, open_since};
use crate::portfolio::money::Portfolio;
use crate::portfolio::returns::{account_returns, known, mean, sample_deviation};
use crate::types::Metrics;
use crate::variants::VariantRules;

/// Decimals of account currency that an amount is known to.
pub const MONEY_DIGITS: u32 = 8;
/// Decimals that the deviation of R is known to.
pub const R_DIGITS: u32 = 8;
/// Microseconds.
pub const MINUTE: f64 = 60_000_000.0;

/// Trades counted by one of their results, in account currency.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "as in Q-P5")]
pub struct Tally {
    pub wins: u64,
    pub losses: u64,
    pub won: f64,
    pub lost: f64,
    pub largest_win: Option<f64>,
    pub largest_loss: Option<f64>,
    /// Losses since a trade was none.
    pub losing_streak: u64,
    pub longest_losing_streak: u64,
}

/// Summary metrics after the last bar, names, units and formulas as in Q-P5.
#[must_use]
pub fn summary_metrics(book: &Book, account: &Account, log: &Log, variant: &VariantRules) -> Metrics {
    let (portfolio, trades) = (&account.portfolio, &log.trades);
    let (mut gross, mut net, multiples, mut held) = (Tally::default(), Tally::default(), &trades.r_multiple, 0.0);
    for row in 0..trades.result.len() {
        count_result(&mut gross, trades.result[row]);
        count_result(&mut net, noticeable(trades.net_result[row]));
        held += (trades.exit_time[row] - open_since(trades.trigger_time[row], trades.entry_time[row])) as f64;
    }
    let (measured, trades) = (if variant.measures_net { &net } else { &gross }, trades.result.len() as u64);
    let count = trades as f64;
    let (avg_r, returns) = (average_r(multiples), account_returns(account, log));
    let bars = log.equity.timestamp.len() - first_bar(account, log);
    let net_profit = ((gross.won + gross.lost) - portfolio.fees) + portfolio.swap;
    Metrics {
        trades,
        wins: measured.wins,
        losses: measured.losses,
        breakeven: (trades - measured.wins) - measured.losses,
        win_rate: quotient(measured.wins as f64, count),
        gross_profit: gross.won,
        gross_loss: gross.lost,
        fees: portfolio.fees,
        swap: portfolio.swap,
        net_profit,
        open_profit: variant.marks_open_profit.then_some(portfolio.open_profit),
        profit_factor: quotient(measured.won, measured.lost.abs()),
        profit_factor_gross: quotient(gross.won, gross.lost.abs()),
        expectancy: quotient(measured.won + measured.lost, count),
        avg_r,
        avg_win: quotient(measured.won, measured.wins as f64),
        avg_loss: quotient(measured.lost, measured.losses as f64),
        largest_win: measured.largest_win,
        largest_loss: measured.largest_loss,
        ambiguous_bars: account.ambiguous_bars,
        stop_outs: account.stop_outs,
        adjusted_sizes: account.adjusted_sizes,
        final_cash: portfolio.cash,
        final_equity: portfolio.equity,
        total_return: returns.total_return,
        volatility: returns.volatility,
        sharpe: returns.sharpe,
        sortino: returns.sortino,
        cagr: returns.cagr,
        calmar: returns.calmar,
        exposure: quotient(exposed_bars(book, account, log) as f64, bars as f64),
        longest_losing_streak: measured.longest_losing_streak,
        sqn: system_quality(multiples, avg_r),
        avg_duration_minutes: quotient(held / MINUTE, count),
        recovery_factor: quotient(net_profit, noticeable(portfolio.max_drawdown_abs)),
        ..drawdown_metrics(portfolio, variant)
    }
}

/// How far the account was down, and nothing else; inside bars at least as far as at their ends (Q-P5).
#[must_use]
pub fn drawdown_metrics(portfolio: &Portfolio, variant: &VariantRules) -> Metrics {
    let intrabar = maximum(portfolio.max_drawdown_intrabar, portfolio.max_drawdown_abs);
    Metrics {
        max_drawdown_abs: portfolio.max_drawdown_abs,
        max_drawdown_ratio: portfolio.max_drawdown_ratio,
        max_drawdown_bars: portfolio.max_drawdown_bars,
        max_drawdown_initial: portfolio.max_drawdown_initial,
        max_drawdown_intrabar: variant.looks_inside_bars.then_some(intrabar),
        ..Metrics::default()
    }
}

/// An amount; 0.0 where it is nothing but the rounding error of a sum (Q-P5).
#[must_use]
pub fn noticeable(amount: f64) -> f64 {
    if quantize(amount, MONEY_DIGITS) == 0.0 { 0.0 } else { amount }
}

/// Counts one trade as won or lost, and its result with them; as neither where it is 0.
pub fn count_result(tally: &mut Tally, result: f64) {
    tally.losing_streak = if result < 0.0 { tally.losing_streak + 1 } else { 0 };
    if result > 0.0 {
        tally.wins += 1;
        tally.won += result;
        tally.largest_win = Some(tally.largest_win.map_or(result, |largest| maximum(largest, result)));
    } else if result < 0.0 {
        tally.losses += 1;
        tally.lost += result;
        tally.largest_loss = Some(tally.largest_loss.map_or(result, |largest| minimum(largest, result)));
        if tally.losing_streak > tally.longest_losing_streak {
            tally.longest_losing_streak = tally.losing_streak;
        }
    }
}

/// The mean R; none without a trade (P-5).
#[must_use]
pub fn average_r(multiples: &[f64]) -> Option<f64> {
    (!multiples.is_empty()).then(|| mean(multiples))
}

/// The system quality number; none for fewer than two trades or where all brought the same R (Q-P5c).
#[must_use]
pub fn system_quality(multiples: &[f64], average: Option<f64>) -> Option<f64> {
    let count = multiples.len();
    let average = average.filter(|_| count > 1)?;
    quotient((count as f64).sqrt() * average, known(sample_deviation(multiples, average), R_DIGITS))
}

/// None where there is nothing to divide by.
#[inline]
#[must_use]
pub fn quotient(numerator: f64, denominator: f64) -> Option<f64> {
    (denominator != 0.0).then(|| numerator / denominator)
}

#[cfg(test)]
#[path = "tests/metrics.rs"]
mod tests;
