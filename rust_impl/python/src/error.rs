//! Errors of the core and of the boundary as `omega.contract.errors.OmegaError`.

use omega_core::error::{ErrorCode, OmegaError, Value};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyString};

/// Why an entry point did not return a value.
#[derive(Debug)]
pub enum Failure {
    /// A coded error; the object that raised it may be used on unless `is_recoverable` is false.
    Omega { error: OmegaError, is_recoverable: bool },
    /// A coded error about a Python value, which the exception carries as it is, whatever its type and size.
    Argument { error: Box<OmegaError>, value: Py<PyAny> },
    /// A contained panic.
    Panic { text: String, is_recoverable: bool },
    /// An exception that is not ours and surfaces as itself: Ctrl-C, or one raised by a callback.
    Python(PyErr),
}

impl From<OmegaError> for Failure {
    fn from(error: OmegaError) -> Self {
        Self::Omega { error, is_recoverable: true }
    }
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

impl Failure {
    /// A coded error about an argument of Python; only a number or a text is worth carrying.
    pub fn argument(error: OmegaError, value: &Bound<'_, PyAny>) -> Self {
        let is_plain =
            value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyString>();
        if is_plain { Self::Argument { error: Box::new(error), value: value.clone().unbind() } } else { error.into() }
    }

    /// The exception to raise; if building it fails, that failure.
    pub fn into_py_err(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Omega { error, is_recoverable } => omega_error(py, &error, None, is_recoverable),
            Self::Argument { error, value } => omega_error(py, &error, Some(value), true),
            Self::Panic { text, is_recoverable } => {
                let error =
                    OmegaError::new(ErrorCode::FfiPanicCaught, format!("a panic in Rust was contained: {text}"));
                omega_error(py, &error.rule("X-3"), None, is_recoverable)
            }
            Self::Python(error) => error,
        }
    }
}

fn omega_error(py: Python<'_>, error: &OmegaError, argument: Option<Py<PyAny>>, is_recoverable: bool) -> PyErr {
    let build = || -> PyResult<Bound<'_, PyAny>> {
        let context = PyDict::new(py);
        context.set_item("rule", error.rule)?;
        context.set_item("column", error.column.as_deref())?;
        context.set_item("row", error.row)?;
        match (argument, &error.value) {
            (Some(value), _) => context.set_item("value", value)?,
            (None, Some(Value::Float(value))) => context.set_item("value", value)?,
            (None, Some(Value::Int(value))) => context.set_item("value", value)?,
            (None, Some(Value::Text(value))) => context.set_item("value", value)?,
            (None, Some(Value::Bool(value))) => context.set_item("value", value)?,
            (None, Some(Value::Other(_)) | None) => {}
        }
        context.set_item("recoverable", is_recoverable)?;
        let constructor = py.import("omega.contract.errors")?.getattr("omega_error")?;
        constructor.call((error.code as i32, error.message.as_str()), Some(&context))
    };
    build().map_or_else(|failure| failure, PyErr::from_value)
}
