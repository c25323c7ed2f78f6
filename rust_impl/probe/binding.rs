//! What only the module `omega_rust_probe` has: switches for faults and counters of rules.

use omega_core::probe;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::guard::guard;

/// Lets one fault act in this process from now on, or none.
#[pyfunction]
#[pyo3(signature = (saboteur=None))]
fn activate(py: Python<'_>, saboteur: Option<&str>) -> PyResult<()> {
    guard(py, || Ok(probe::activate(saboteur)?))
}

/// Lets runs fail at a bar in this process from now on (`panic`, `wrong_result`, `no_room`), or not at all.
#[pyfunction]
#[pyo3(signature = (failure=None, bar=0))]
fn fail(py: Python<'_>, failure: Option<&str>, bar: usize) -> PyResult<()> {
    guard(py, || Ok(probe::fail(failure, bar)?))
}

/// The names of all faults.
#[pyfunction]
fn saboteurs() -> Vec<&'static str> {
    probe::FAULTS.iter().map(|(name, _)| *name).collect()
}

/// Hits of each rule so far, over all threads.
#[pyfunction]
fn rule_counts(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let counts = PyDict::new(py);
    for (rule, count) in probe::rule_counts() {
        counts.set_item(rule, count)?;
    }
    Ok(counts)
}

/// Starts counting anew.
#[pyfunction]
fn reset_counts() {
    probe::reset_counts();
}

/// Adds the functions above to the module, and the digest of the lists that the copy was made from.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("LISTS_DIGEST", probe::LISTS_DIGEST)?;
    module.add_function(wrap_pyfunction!(activate, module)?)?;
    module.add_function(wrap_pyfunction!(fail, module)?)?;
    module.add_function(wrap_pyfunction!(saboteurs, module)?)?;
    module.add_function(wrap_pyfunction!(rule_counts, module)?)?;
    module.add_function(wrap_pyfunction!(reset_counts, module)?)
}
