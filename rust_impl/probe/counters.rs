//! Rule counters and the active fault: how a gate proves that it reaches every rule and can fail.
//!
//! A module of the copy that the probe is built from, never of the product. Counters and the active fault belong to the
//! process, because a run works on a thread of its own. `RULES`, `FAULTS` and `Fault` are written below when the copy is
//! made, from the lists of the parity package.

use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, AtomicUsize, Ordering};

use crate::error::{ErrorCode, OmegaError, Value};
use crate::execution::state::Account;
use crate::types::Events;

const NONE: u8 = u8::MAX;

static ACTIVE: AtomicU8 = AtomicU8::new(NONE);
static COUNTS: [AtomicU64; RULES.len()] = [const { AtomicU64::new(0) }; RULES.len()];
static KEPT: AtomicI64 = AtomicI64::new(FIRST_KEPT);
/// What a run finds that none came before.
const FIRST_KEPT: i64 = 1;

/// Lets one fault act from now on, or none.
///
/// # Errors
/// INVALID_ARGUMENT for an unknown name.
pub fn activate(name: Option<&str>) -> Result<(), OmegaError> {
    let number = match name {
        None => NONE,
        Some(name) => find(name)? as u8,
    };
    keep(FIRST_KEPT);
    ACTIVE.store(number, Ordering::Relaxed);
    Ok(())
}

fn find(name: &str) -> Result<Fault, OmegaError> {
    FAULTS.iter().find(|(known, _)| *known == name).map(|&(_, fault)| fault).ok_or_else(|| {
        OmegaError::new(ErrorCode::InvalidArgument, format!("there is no saboteur {name:?}"))
            .column("saboteur")
            .value(Value::Text(name.to_owned()))
    })
}

/// Whether this fault acts.
#[must_use]
pub fn is_active(fault: Fault) -> bool {
    ACTIVE.load(Ordering::Relaxed) == fault as u8
}

/// Hits so far, by rule, in the order of [`RULES`].
#[must_use]
pub fn rule_counts() -> [(&'static str, u64); RULES.len()] {
    std::array::from_fn(|index| (RULES[index], COUNTS[index].load(Ordering::Relaxed)))
}

/// Starts counting anew.
pub fn reset_counts() {
    for count in &COUNTS {
        count.store(0, Ordering::Relaxed);
    }
}

/// Counts a hit of the rule at `index`.
pub fn hit(index: usize) {
    COUNTS[index].fetch_add(1, Ordering::Relaxed);
}

/// Index of a rule; an unknown one does not compile.
#[must_use]
pub const fn index_of(rule: &str) -> usize {
    let mut index = 0;
    while index < RULES.len() {
        if is_equal(RULES[index].as_bytes(), rule.as_bytes()) {
            return index;
        }
        index += 1;
    }
    panic!("rule! names a rule that is not counted");
}

const fn is_equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// How a run fails at a bar, for those who have to go on without it (F-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Failure {
    /// The bar panics.
    Panic,
    /// From the bar on, cash is one ulp too high.
    WrongResult,
    /// Room for the tables is refused, before the first bar.
    NoRoom,
}

/// Every failure by name.
const FAILURES: [(&str, Failure); 3] =
    [("panic", Failure::Panic), ("wrong_result", Failure::WrongResult), ("no_room", Failure::NoRoom)];

static FAILURE: AtomicU8 = AtomicU8::new(NONE);
static FAILS_AT: AtomicUsize = AtomicUsize::new(0);

/// Lets runs fail at a bar from now on, or not at all.
///
/// # Errors
/// INVALID_ARGUMENT for an unknown name.
pub fn fail(name: Option<&str>, bar: usize) -> Result<(), OmegaError> {
    let number = match name {
        None => NONE,
        Some(name) => {
            FAILURES.iter().find(|(known, _)| *known == name).map(|&(_, failure)| failure as u8).ok_or_else(|| {
                OmegaError::new(ErrorCode::InvalidArgument, format!("there is no failure {name:?}")).column("failure")
            })?
        }
    };
    FAILS_AT.store(bar, Ordering::Relaxed);
    FAILURE.store(number, Ordering::Relaxed);
    Ok(())
}

fn fails(failure: Failure) -> bool {
    FAILURE.load(Ordering::Relaxed) == failure as u8
}

/// Called before each bar of a run: the failure that is due at it.
pub(crate) fn at_bar(row: usize, account: &mut Account) {
    if row != FAILS_AT.load(Ordering::Relaxed) {
        return;
    }
    assert!(!fails(Failure::Panic), "a failure of bar {row}, as asked");
    if fails(Failure::WrongResult) {
        account.portfolio.cash = account.portfolio.cash.next_up();
    }
}

/// The rows that room is asked for: more than any machine has where it is to be refused.
pub(crate) fn rows_asked(rows: usize) -> usize {
    if fails(Failure::NoRoom) { usize::MAX / 64 } else { rows }
}

/// For faults: what a run before has left behind.
pub(crate) fn kept() -> i64 {
    KEPT.load(Ordering::Relaxed)
}

/// For faults: leaves a number behind for the next run.
pub(crate) fn keep(number: i64) {
    KEPT.store(number, Ordering::Relaxed);
}

/// For faults: all rows but the last.
pub(crate) fn without_last(mut events: Events) -> Events {
    events.seq.pop();
    events.timestamp.pop();
    events.kind.pop();
    events.order_id.pop();
    events.price.pop();
    events.size.pop();
    events.stop_loss.pop();
    events.take_profit.pop();
    events.result.pop();
    events.fee.pop();
    events.reason.pop();
    events.error_code.pop();
    events
}
