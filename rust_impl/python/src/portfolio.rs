//! Wave 2 for a loop in Python (P-2, P-4, P-5): the portfolio is a record of Python's, what changes it is the core's.
//!
//! What a change reads comes in, what it writes goes out: that is a tenth of what reading the whole record would take.

use omega_core::portfolio::drawdown;
use omega_core::portfolio::money::{self, Portfolio, new_portfolio};
use pyo3::prelude::*;

use crate::guard::guard;

/// Book the fee of an entry (Q-P2): cash and fees.
#[pyfunction]
pub fn book_entry(py: Python<'_>, cash: f64, fees: f64, fee: f64) -> PyResult<(f64, f64)> {
    guard(py, || {
        let mut portfolio = Portfolio { cash, fees, ..new_portfolio(0.0) };
        money::book_entry(&mut portfolio, fee);
        Ok((portfolio.cash, portfolio.fees))
    })
}

/// Book what nights bring (Q-C4b): cash, cash before and swap.
#[pyfunction]
pub fn book_swap(py: Python<'_>, cash: f64, cash_before: f64, swap: f64, amount: f64) -> PyResult<(f64, f64, f64)> {
    guard(py, || {
        let mut portfolio = Portfolio { cash, cash_before, swap, ..new_portfolio(0.0) };
        money::book_swap(&mut portfolio, amount);
        Ok((portfolio.cash, portfolio.cash_before, portfolio.swap))
    })
}

/// Book fee and result of an exit (Q-P2): cash and fees.
#[pyfunction]
pub fn book_exit(py: Python<'_>, cash: f64, fees: f64, fee: f64, result: f64) -> PyResult<(f64, f64)> {
    guard(py, || {
        let mut portfolio = Portfolio { cash, fees, ..new_portfolio(0.0) };
        money::book_exit(&mut portfolio, fee, result);
        Ok((portfolio.cash, portfolio.fees))
    })
}

/// Keep the largest way from the peak down to a corner of a bar (P-5).
#[pyfunction]
pub fn note_corner(py: Python<'_>, peak: f64, max_drawdown_intrabar: f64, equity: f64) -> PyResult<f64> {
    guard(py, || {
        let mut portfolio = Portfolio { peak, max_drawdown_intrabar, ..new_portfolio(0.0) };
        drawdown::note_corner(&mut portfolio, equity);
        Ok(portfolio.max_drawdown_intrabar)
    })
}

/// Bars under the peak, now and at most, and how far: absolute, as a fraction, and under the initial balance.
type Drawdowns = (u64, u64, f64, f64, f64);

/// Take over a bar's cash and equity, and update peak and drawdowns (Q-P4): cash before, equity, peak and drawdowns.
#[pyfunction]
pub fn mark(
    py: Python<'_>,
    initial_balance: f64,
    cash: f64,
    peak: f64,
    drawdowns: Drawdowns,
    equity: f64,
) -> PyResult<(f64, f64, f64, Drawdowns)> {
    guard(py, || {
        let (drawdown_bars, max_drawdown_bars, max_drawdown_abs, max_drawdown_ratio, max_drawdown_initial) = drawdowns;
        let mut portfolio = Portfolio {
            cash,
            peak,
            drawdown_bars,
            max_drawdown_bars,
            max_drawdown_abs,
            max_drawdown_ratio,
            max_drawdown_initial,
            ..new_portfolio(initial_balance)
        };
        drawdown::mark(&mut portfolio, equity);
        let drawdowns = (
            portfolio.drawdown_bars,
            portfolio.max_drawdown_bars,
            portfolio.max_drawdown_abs,
            portfolio.max_drawdown_ratio,
            portfolio.max_drawdown_initial,
        );
        Ok((portfolio.cash_before, portfolio.equity, portfolio.peak, drawdowns))
    })
}
