//! Peak and drawdowns, bar by bar (P-4, P-5).

use crate::portfolio::money::Portfolio;

/// Keeps the largest way from the peak down to a corner of a bar (P-5).
#[inline]
pub fn note_corner(portfolio: &mut Portfolio, equity: f64) {
    let drawdown = portfolio.peak - equity;
    if drawdown > portfolio.max_drawdown_intrabar {
        portfolio.max_drawdown_intrabar = drawdown;
    }
}

/// Takes a bar's cash and equity; updates peak and drawdowns (P-4, Q-P4).
#[inline]
pub fn mark(portfolio: &mut Portfolio, equity: f64) {
    portfolio.cash_before = portfolio.cash;
    portfolio.equity = equity;
    if equity > portfolio.peak {
        portfolio.peak = equity;
    }
    if equity < portfolio.peak {
        update_drawdown(portfolio, equity);
    } else {
        portfolio.drawdown_bars = 0;
    }
}

/// Equity under the initial balance is under the peak too, so that all four are kept here.
fn update_drawdown(portfolio: &mut Portfolio, equity: f64) {
    rule!("P-4");
    let drawdown = portfolio.peak - equity;
    let ratio = if portfolio.peak > 0.0 { drawdown / portfolio.peak } else { 0.0 };
    let from_initial = portfolio.initial_balance - equity;
    portfolio.drawdown_bars += 1;
    if portfolio.drawdown_bars > portfolio.max_drawdown_bars {
        portfolio.max_drawdown_bars = portfolio.drawdown_bars;
    }
    if drawdown > portfolio.max_drawdown_abs {
        portfolio.max_drawdown_abs = drawdown;
    }
    if ratio > portfolio.max_drawdown_ratio {
        portfolio.max_drawdown_ratio = ratio;
    }
    if from_initial > portfolio.max_drawdown_initial {
        portfolio.max_drawdown_initial = from_initial;
    }
}

#[cfg(test)]
#[path = "tests/drawdown.rs"]
mod tests;
