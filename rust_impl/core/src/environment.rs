//! The floating-point environment (Q-N1b): whether this thread computes as N-1 has it, asked by arithmetic alone.

use std::hint::black_box;

use crate::error::{ErrorCode, OmegaError, Value};

/// The smallest number above zero.
const SUBNORMAL: u64 = 0x0000_0000_0000_0001;
/// The smallest number with all its digits.
const NORMAL: u64 = 0x0010_0000_0000_0000;
const HALF: u64 = 0x3FE0_0000_0000_0000;
const ONE: u64 = 0x3FF0_0000_0000_0000;
const MINUS_ONE: u64 = 0xBFF0_0000_0000_0000;
/// 2⁻⁶⁰, far under half a unit in the last place of 1.
const TINY: u64 = 0x3C30_0000_0000_0000;

/// The double of these 64 bits, which the compiler does not know: it would compute in its own environment.
fn from_bits(bits: u64) -> f64 {
    black_box(f64::from_bits(black_box(bits)))
}

/// What is wrong with this thread's arithmetic, if anything.
///
/// Rounding to nearest loses 2⁻⁶⁰ on both sides of ±1; half of the smallest normal number is a subnormal one; and the
/// smallest subnormal number is not lost when it is divided by 2⁻⁶⁰.
#[must_use]
pub fn wrong_environment() -> Option<&'static str> {
    let (one, tiny) = (from_bits(ONE), from_bits(TINY));
    let sums = [one + tiny, one - tiny, -one - tiny];
    diagnosis(sums, from_bits(NORMAL) * from_bits(HALF), from_bits(SUBNORMAL) / tiny)
}

/// What is wrong where these came out; `sums` are 1 + 2⁻⁶⁰, 1 − 2⁻⁶⁰ and −1 − 2⁻⁶⁰.
fn diagnosis(sums: [f64; 3], half_of_normal: f64, grown: f64) -> Option<&'static str> {
    let [above, below, far_below] = sums.map(f64::to_bits);
    if above != ONE {
        return Some("rounds upward");
    }
    if below != ONE {
        return Some(if far_below != MINUS_ONE { "rounds downward" } else { "rounds toward zero" });
    }
    if is_zero(half_of_normal) {
        return Some("flushes subnormal results to zero");
    }
    if is_zero(grown) {
        return Some("takes subnormal operands for zero");
    }
    None
}

/// Refuses to compute, or to have computed, in a wrong environment.
///
/// # Errors
/// INVARIANT_VIOLATED.
pub fn check_environment() -> Result<(), OmegaError> {
    wrong_environment().map_or(Ok(()), |wrong| Err(refusal(wrong)))
}

fn refusal(wrong: &str) -> OmegaError {
    let message = format!(
        "the floating-point unit of this thread {wrong}; another library (-ffast-math) or the host program has set it \
         so: reset it, or run in a process or thread of its own"
    );
    let error = OmegaError::new(ErrorCode::InvariantViolated, message).rule("N-1").column("floating_point");
    error.value(Value::Text(wrong.to_owned()))
}

/// By its bits: a comparison would take a subnormal number for zero where operands are.
fn is_zero(value: f64) -> bool {
    black_box(value).to_bits() == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_thread_computes_as_it_should() {
        assert_eq!(wrong_environment(), None);
        assert!(check_environment().is_ok());
        assert_eq!(std::thread::spawn(wrong_environment).join().ok(), Some(None));
    }

    #[test]
    fn what_came_out_says_what_is_wrong() {
        // Q-N1b: the neighbours of ±1 that other rounding gives; a subnormal number that is there, and one that is lost.
        let (up, down, far) = (1.0 + f64::EPSILON, 1.0 - f64::EPSILON / 2.0, -1.0 - f64::EPSILON);
        let (there, lost) = (f64::from_bits(NORMAL) / 2.0, 0.0);
        for (sums, half_of_normal, grown, wrong) in [
            ([1.0, 1.0, -1.0], there, 1.0, None),
            ([up, 1.0, -1.0], there, 1.0, Some("rounds upward")),
            ([1.0, down, far], there, 1.0, Some("rounds downward")),
            ([1.0, down, -1.0], there, 1.0, Some("rounds toward zero")),
            ([1.0, 1.0, -1.0], lost, 1.0, Some("flushes subnormal results to zero")),
            ([1.0, 1.0, -1.0], there, lost, Some("takes subnormal operands for zero")),
        ] {
            assert_eq!(diagnosis(sums, half_of_normal, grown), wrong);
        }
        let error = refusal("rounds upward");
        assert_eq!((error.code, error.rule), (ErrorCode::InvariantViolated, Some("N-1")));
        assert_eq!(error.value, Some(Value::Text("rounds upward".to_owned())));
    }
}
