//! Bars that passed T-2 once and are kept for every run, cache and sweep over them.
//!
//! The memory is shared with whoever gave it; that nobody writes to it any more is for `omega.data.memory` to see to.

use omega_core::bars::checks::check_timeframe;
use omega_core::bars::grid::count_off_grid;
use omega_core::bars::quality::quality_findings;
use omega_core::error::{ErrorCode, OmegaError};
use omega_core::numbers::MAX_DIGITS;
use omega_core::types::QualityFindings;
use pyo3::prelude::*;

use crate::bars::{BarInput, other_symbol};
use crate::guard::guard;
use crate::run::interruptible;

/// Bars of one symbol, checked for one timeframe. Nothing in it changes, so that threads share it.
#[pyclass(module = "omega_rust", frozen, name = "Bars")]
pub struct CheckedBars {
    input: BarInput,
    symbol: Option<String>,
    timeframe: i64,
}

/// The counts of `QualityFindings`, in its order.
pub type Counts = (u64, u64, u64, u64, u64, u64);

impl CheckedBars {
    /// The columns for a run of `symbol`, or for any; where the bars name another one, it is reported in its turn.
    pub fn input(&self, symbol: Option<&str>) -> BarInput {
        let fault = match (symbol, self.symbol.as_deref()) {
            (Some(wanted), Some(found)) if wanted != found => Some(other_symbol(wanted, 0, found, "T-2", "bars")),
            _ => None,
        };
        self.input.clone().with_symbol_fault(fault)
    }
}

#[pymethods]
impl CheckedBars {
    #[new]
    fn new(py: Python<'_>, bars: &Bound<'_, PyAny>, timeframe: i64) -> PyResult<Self> {
        guard(py, || {
            check_timeframe(timeframe)?;
            let (input, symbol) = BarInput::read_named(bars)?;
            let rows = input.len();
            let input = interruptible(py, rows, move |_| input.checked(timeframe))?;
            Ok(Self { input, symbol, timeframe })
        })
    }

    fn __len__(&self) -> usize {
        self.input.len()
    }

    /// Count quality findings (Q-T2b).
    fn quality(&self, py: Python<'_>) -> PyResult<Counts> {
        guard(py, || {
            let (input, timeframe) = (self.input.clone(), self.timeframe);
            interruptible(py, input.len(), move |_| Ok(counts(quality_findings(&input.bars(), timeframe))))
        })
    }

    /// Count bars with a price of more than `digits` decimals (Q-T2b).
    fn off_grid(&self, py: Python<'_>, digits: u32) -> PyResult<u64> {
        guard(py, || {
            if digits > MAX_DIGITS {
                let message = format!("digits must be 0 to {MAX_DIGITS}, found {digits}");
                return Err(OmegaError::new(ErrorCode::OutOfBounds, message).rule("N-5").column("digits").into());
            }
            let input = self.input.clone();
            interruptible(py, input.len(), move |_| Ok(count_off_grid(&input.bars(), digits)))
        })
    }

    /// `rows` bars from `first` on: a part of checked bars is checked.
    fn window(&self, py: Python<'_>, first: usize, rows: usize) -> PyResult<Self> {
        guard(py, || {
            let input = self.input.clone().window(first, rows).ok_or_else(|| {
                let message = format!("{rows} bars from {first} on, of {}", self.input.len());
                OmegaError::new(ErrorCode::OutOfBounds, message).rule("T-2").column("window")
            })?;
            Ok(Self { input, symbol: self.symbol.clone(), timeframe: self.timeframe })
        })
    }
}

pub const fn counts(findings: QualityFindings) -> Counts {
    let QualityFindings { crossed_quotes, zero_spread, gaps, spikes, weekend_bars, uneven_steps } = findings;
    (crossed_quotes, zero_spread, gaps, spikes, weekend_bars, uneven_steps)
}
