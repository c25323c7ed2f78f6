//! The one door between Python and Rust: counts crossings (L-2) and lets no panic through.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, Once, PoisonError};

use omega_core::error::{ErrorCode, OmegaError};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;

use crate::error::Failure;

thread_local! {
    static CROSSINGS: Cell<u64> = const { Cell::new(0) };
    static CONTAINED: Cell<u32> = const { Cell::new(0) };
    static PANIC_TEXT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Boundary crossings of this thread so far.
pub fn crossings() -> u64 {
    CROSSINGS.get()
}

/// Counts the way into Python that a strategy is asked by (L-3).
pub fn count_way_back() {
    CROSSINGS.set(CROSSINGS.get().wrapping_add(1));
}

/// Runs an entry point: counts one crossing in and one out, turns every failure into a Python exception.
pub fn guard<R>(py: Python<'_>, work: impl FnOnce() -> Result<R, Failure>) -> PyResult<R> {
    CROSSINGS.set(CROSSINGS.get().wrapping_add(1));
    let outcome = contain(work).unwrap_or_else(|text| Err(Failure::Panic { text, is_recoverable: true }));
    CROSSINGS.set(CROSSINGS.get().wrapping_add(1));
    outcome.map_err(|failure| failure.into_py_err(py))
}

/// Runs `work`; a panic comes back as its message and place instead of unwinding or being printed.
pub fn contain<R>(work: impl FnOnce() -> R) -> Result<R, String> {
    install_hook();
    CONTAINED.set(CONTAINED.get() + 1);
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    CONTAINED.set(CONTAINED.get() - 1);
    outcome.map_err(|payload| PANIC_TEXT.take().unwrap_or_else(|| text_of(payload.as_ref())))
}

/// Panics that [`contain`] catches are kept for their error text; all others are reported as before.
fn install_hook() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if CONTAINED.get() == 0 {
                previous(info);
            } else {
                PANIC_TEXT.set(Some(info.to_string()));
            }
        }));
    });
}

fn text_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic without a message".to_owned())
}

/// State of a Python object: calls from several threads follow one another, and none follows a panic.
pub struct Guarded<T> {
    slot: Mutex<Slot<T>>,
}

struct Slot<T> {
    value: T,
    has_panicked: bool,
}

impl<T: Send> Guarded<T> {
    pub const fn new(value: T) -> Self {
        Self { slot: Mutex::new(Slot { value, has_panicked: false }) }
    }

    /// Works on the state without the GIL.
    pub fn with<R: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut T) -> Result<R, OmegaError> + Send,
    ) -> Result<R, Failure> {
        self.with_attached(py, |value| Ok(py.detach(|| work(value))?))
    }

    /// Works on the state with the GIL, where little is done and Python's objects are.
    pub fn with_attached<R>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut T) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let mut slot = self.slot.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        let slot = &mut *slot;
        if slot.has_panicked {
            let message = "the object panicked in an earlier call and cannot be used any more; build a new one";
            let error = OmegaError::new(ErrorCode::InvalidState, message).rule("X-3");
            return Err(Failure::Omega { error, is_recoverable: false });
        }
        contain(|| work(&mut slot.value)).unwrap_or_else(|text| {
            slot.has_panicked = true;
            Err(Failure::Panic { text, is_recoverable: false })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message_and_place() {
        let text = contain(|| -> u8 { panic!("tick {} is wrong", 7) }).unwrap_err();
        assert!(text.contains("tick 7 is wrong"), "{text}");
        assert!(text.contains("guard.rs:"), "{text}");
    }

    #[test]
    fn containing_nests_and_later_work_is_unharmed() {
        let outer = contain(|| {
            let inner = contain(|| -> u8 { panic!("inner") }).unwrap_err();
            assert!(inner.contains("inner"));
            5
        });
        assert_eq!(outer, Ok(5));
        assert_eq!(CONTAINED.get(), 0);
    }

    #[test]
    fn a_panic_with_a_foreign_payload_has_a_text_too() {
        assert_eq!(text_of(&3_u8), "panic without a message");
        assert_eq!(text_of(&"word"), "word");
        assert_eq!(text_of(&String::from("words")), "words");
    }

    #[test]
    fn every_call_is_two_crossings() {
        Python::initialize();
        Python::attach(|py| {
            let before = crossings();
            assert_eq!(guard(py, || Ok(1)).unwrap(), 1);
            assert_eq!(crossings() - before, 2);
            assert!(guard::<()>(py, || panic!("caught")).is_err());
            assert_eq!(crossings() - before, 4);
        });
    }

    #[test]
    fn an_object_that_panicked_refuses_further_calls() {
        Python::initialize();
        Python::attach(|py| {
            let object = Guarded::new(1_u8);
            let failure = object.with(py, |_| -> Result<(), OmegaError> { panic!("broken state") }).unwrap_err();
            assert!(matches!(failure, Failure::Panic { is_recoverable: false, .. }));
            let failure = object.with(py, |value| Ok(*value)).unwrap_err();
            let Failure::Omega { error, is_recoverable } = failure else { panic!("not an error of ours") };
            assert_eq!(error.code, ErrorCode::InvalidState);
            assert!(!is_recoverable);
        });
    }

    #[test]
    fn an_error_leaves_the_object_usable() {
        Python::initialize();
        Python::attach(|py| {
            let object = Guarded::new(1_u8);
            let refuse = |_: &mut u8| -> Result<(), OmegaError> { Err(OmegaError::new(ErrorCode::NanValue, "no")) };
            assert!(object.with(py, refuse).is_err());
            assert_eq!(object.with(py, |value| Ok(*value)).ok(), Some(1));
        });
    }
}
