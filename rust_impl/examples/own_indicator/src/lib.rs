//! The linearly weighted mean: the twin of `wma` in runbooks/indicator.md.

use std::collections::VecDeque;

use omega_core::indicators::custom::{CustomIndicator, custom_series};
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Σ k·x / (n(n + 1)/2) over the last n closes, k = 1 the oldest; the sum from the oldest to the newest, from 0.0.
struct Wma {
    period: usize,
    closes: VecDeque<f64>,
}

impl Wma {
    fn new(period: usize) -> PyResult<Self> {
        if period == 0 {
            return Err(PyValueError::new_err("period must be at least 1"));
        }
        Ok(Self { period, closes: VecDeque::new() })
    }
}

impl CustomIndicator for Wma {
    fn step(&mut self, _: f64, _: f64, close: f64) -> f64 {
        if self.closes.len() == self.period {
            self.closes.pop_front();
        }
        self.closes.push_back(close);
        if self.closes.len() < self.period {
            return f64::NAN;
        }
        let mut total = 0.0;
        for (row, close) in self.closes.iter().enumerate() {
            total += close * (row + 1) as f64;
        }
        let n = self.period as f64;
        total / (n * (n + 1.0) / 2.0)
    }
}

/// The module that Python imports.
#[pymodule]
mod own_indicator {
    use super::*;

    /// The series, as the bytes of its float64 values.
    #[pyfunction]
    #[pyo3(signature = (prices, *, period))]
    fn wma<'py>(prices: &Bound<'py, PyAny>, period: usize) -> PyResult<Bound<'py, PyBytes>> {
        let py = prices.py();
        let column = |name: &str| PyBuffer::<f64>::get(&prices.getattr(name)?)?.to_vec(py);
        let (high, low, close) = (column("high")?, column("low")?, column("close")?);
        let series = custom_series(Wma::new(period)?, &high, &low, &close);
        let bytes: Vec<u8> = series.into_iter().flat_map(f64::to_ne_bytes).collect();
        Ok(PyBytes::new(py, &bytes))
    }

    /// The same bar by bar.
    #[pyclass]
    struct WmaStream(Wma);

    #[pymethods]
    impl WmaStream {
        #[new]
        #[pyo3(signature = (*, period))]
        fn new(period: usize) -> PyResult<Self> {
            Wma::new(period).map(Self)
        }

        fn push(&mut self, high: f64, low: f64, close: f64) -> f64 {
            self.0.step(high, low, close)
        }
    }
}
