//! Wave 2 for a loop in Python (P-2, P-4, P-5): the portfolio is a record of Python's, what changes it is the core's.

use omega_core::portfolio::drawdown;
use omega_core::portfolio::money::{self, Portfolio};
use pyo3::prelude::*;

use crate::error::Failure;
use crate::guard::guard;

/// Book the fee of an entry (Q-P2).
#[pyfunction]
pub fn book_entry(py: Python<'_>, portfolio: &Bound<'_, PyAny>, fee: f64) -> PyResult<()> {
    guard(py, || change(portfolio, |portfolio| money::book_entry(portfolio, fee)))
}

/// Book what nights bring (Q-C4b).
#[pyfunction]
pub fn book_swap(py: Python<'_>, portfolio: &Bound<'_, PyAny>, amount: f64) -> PyResult<()> {
    guard(py, || change(portfolio, |portfolio| money::book_swap(portfolio, amount)))
}

/// Book fee and result of an exit (Q-P2).
#[pyfunction]
pub fn book_exit(py: Python<'_>, portfolio: &Bound<'_, PyAny>, fee: f64, result: f64) -> PyResult<()> {
    guard(py, || change(portfolio, |portfolio| money::book_exit(portfolio, fee, result)))
}

/// Keep the largest way from the peak down to a corner of a bar (P-5).
#[pyfunction]
pub fn note_corner(py: Python<'_>, portfolio: &Bound<'_, PyAny>, equity: f64) -> PyResult<()> {
    guard(py, || change(portfolio, |portfolio| drawdown::note_corner(portfolio, equity)))
}

/// Take over a bar's cash and equity, and update peak and drawdowns (Q-P4).
#[pyfunction]
pub fn mark(py: Python<'_>, portfolio: &Bound<'_, PyAny>, equity: f64) -> PyResult<()> {
    guard(py, || change(portfolio, |portfolio| drawdown::mark(portfolio, equity)))
}

/// Reads the record, changes it, and writes it back whole: nothing of it changes where any field cannot be read.
fn change(record: &Bound<'_, PyAny>, work: impl FnOnce(&mut Portfolio)) -> Result<(), Failure> {
    let mut portfolio = Portfolio {
        initial_balance: record.getattr("initial_balance")?.extract()?,
        cash: record.getattr("cash")?.extract()?,
        cash_before: record.getattr("cash_before")?.extract()?,
        equity: record.getattr("equity")?.extract()?,
        open_profit: record.getattr("open_profit")?.extract()?,
        fees: record.getattr("fees")?.extract()?,
        swap: record.getattr("swap")?.extract()?,
        peak: record.getattr("peak")?.extract()?,
        drawdown_bars: record.getattr("drawdown_bars")?.extract()?,
        max_drawdown_bars: record.getattr("max_drawdown_bars")?.extract()?,
        max_drawdown_abs: record.getattr("max_drawdown_abs")?.extract()?,
        max_drawdown_ratio: record.getattr("max_drawdown_ratio")?.extract()?,
        max_drawdown_initial: record.getattr("max_drawdown_initial")?.extract()?,
        max_drawdown_intrabar: record.getattr("max_drawdown_intrabar")?.extract()?,
    };
    work(&mut portfolio);
    record.setattr("cash", portfolio.cash)?;
    record.setattr("cash_before", portfolio.cash_before)?;
    record.setattr("equity", portfolio.equity)?;
    record.setattr("open_profit", portfolio.open_profit)?;
    record.setattr("fees", portfolio.fees)?;
    record.setattr("swap", portfolio.swap)?;
    record.setattr("peak", portfolio.peak)?;
    record.setattr("drawdown_bars", portfolio.drawdown_bars)?;
    record.setattr("max_drawdown_bars", portfolio.max_drawdown_bars)?;
    record.setattr("max_drawdown_abs", portfolio.max_drawdown_abs)?;
    record.setattr("max_drawdown_ratio", portfolio.max_drawdown_ratio)?;
    record.setattr("max_drawdown_initial", portfolio.max_drawdown_initial)?;
    record.setattr("max_drawdown_intrabar", portfolio.max_drawdown_intrabar)?;
    Ok(())
}
