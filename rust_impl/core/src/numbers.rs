//! Rounding and its exact slow path (N-5, Q-N1).

/// Powers of ten that a float holds exactly, by exponent.
const POWERS_OF_TEN: [u64; 16] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
    10_000_000_000,
    100_000_000_000,
    1_000_000_000_000,
    10_000_000_000_000,
    100_000_000_000_000,
    1_000_000_000_000_000,
];

/// Most decimals that [`quantize`] takes.
pub const MAX_DIGITS: u32 = 15;

/// Beyond this a product with a power of ten no longer shows which side of a half it is on.
const FAST_LIMIT: f64 = 2_251_799_813_685_248.0;
/// So close to a half the rounding error of the product could decide.
const HALF_NEIGHBOURHOOD: f64 = 1e-6;

/// The largest integer not above `x` as a float (Q-N1); ±0 and |x| ≥ 2⁵² come back unchanged.
#[inline]
#[must_use]
pub fn floor(x: f64) -> f64 {
    x.floor()
}

/// `x` rounded to `digits` decimals as CPython's `round` does: the double nearest to the exact decimal value, halves
/// to even (N-5).
///
/// A non-finite `x` is returned unchanged; the sign of `x` is kept, also at zero.
///
/// ```
/// use omega_core::numbers::quantize;
///
/// assert_eq!(quantize(0.125, 2), 0.12); // a tie goes to the even digit
/// assert_eq!(quantize(2.675, 2), 2.67); // 2.675 is stored as a little less
/// ```
///
/// # Panics
/// If `digits` is above [`MAX_DIGITS`].
#[inline]
#[must_use]
pub fn quantize(x: f64, digits: u32) -> f64 {
    assert!(digits <= MAX_DIGITS, "quantize takes 0 to {MAX_DIGITS} digits, got {digits}");
    let power = POWERS_OF_TEN[digits as usize];
    let y = x * power as f64;
    let size = y.abs();
    if size < FAST_LIMIT {
        // An integer conversion costs less than a floor, which is a call on older machines.
        let whole = size as i64;
        let rest = size - whole as f64;
        if (rest - 0.5).abs() > HALF_NEIGHBOURHOOD {
            let rounded = whole + i64::from(rest > 0.5);
            return (rounded as f64 / power as f64).copysign(x);
        }
    }
    if x.is_finite() { quantize_exactly(x, power) } else { x }
}

/// 10 to the power of `digits`, which a float holds exactly.
///
/// # Panics
/// If `digits` is above [`MAX_DIGITS`].
#[inline]
#[must_use]
pub fn power_of_ten(digits: u32) -> f64 {
    POWERS_OF_TEN[digits as usize] as f64
}

/// `b` if it is greater than `a`, else `a` (the `max` of chapter Q).
#[inline]
#[must_use]
pub fn maximum(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

/// `b` if it is less than `a`, else `a` (the `min` of chapter Q).
#[inline]
#[must_use]
pub fn minimum(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

/// `dividend` / `divisor`, NaN where the divisor is 0 (Q-I).
#[inline]
#[must_use]
pub fn ratio(dividend: f64, divisor: f64) -> f64 {
    if divisor == 0.0 { f64::NAN } else { dividend / divisor }
}

/// The non-negative remainder of an integer division by `divisor` > 0.
#[inline]
#[must_use]
pub fn remainder(dividend: i64, divisor: i64) -> i64 {
    dividend.rem_euclid(divisor)
}

/// Decides by the exact value mantissa · 2^exponent · power, in integers; |x · power| is close to a half or above it.
#[cold]
fn quantize_exactly(x: f64, power: u64) -> f64 {
    const MANTISSA_BITS: u32 = 52;
    let bits = x.to_bits();
    // 2⁻⁵¹ < |x|, because power ≤ 10¹⁵: no subnormal, and an exponent from −103 on.
    let mantissa = (bits & ((1 << MANTISSA_BITS) - 1)) + (1 << MANTISSA_BITS);
    let exponent = ((bits >> MANTISSA_BITS) & 0x7ff) as i32 - 1075;
    if exponent >= 0 {
        return x;
    }
    let rounded = shift_half_even(u128::from(mantissa) * u128::from(power), exponent.unsigned_abs());
    // From 2^53 on the decimals are finer than the spacing of doubles at x: x itself is the nearest.
    if rounded >= 1 << 53 {
        return x;
    }
    (rounded as f64 / power as f64).copysign(x)
}

/// value / 2^shift to the nearest integer, halves to even; 1 ≤ shift ≤ 103.
fn shift_half_even(value: u128, shift: u32) -> u128 {
    let quotient = value >> shift;
    let remainder = value & ((1 << shift) - 1);
    let half = 1 << (shift - 1);
    let is_up = remainder > half || (remainder == half && quotient & 1 == 1);
    quotient + u128::from(is_up)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_bits(x: f64, digits: u32, expected: f64) {
        let found = quantize(x, digits);
        assert_eq!(found.to_bits(), expected.to_bits(), "round({x:e}, {digits}) = {found:e}, expected {expected:e}");
    }

    #[test]
    fn ties_go_to_even_and_decimals_that_only_look_like_ties_do_not() {
        // N-5: expected values are CPython's.
        for (x, digits, expected) in [
            (0.5, 0, 0.0),
            (1.5, 0, 2.0),
            (2.5, 0, 2.0),
            (0.125, 2, 0.12),
            (0.375, 2, 0.38),
            (2.675, 2, 2.67),
            (1.005, 2, 1.0),
            (1.115, 2, 1.11),
            (0.285, 2, 0.28),
            (5.015, 2, 5.01),
            (1.000005, 5, 1.00001),
            (1.123455, 5, 1.12346),
            (8.345, 2, 8.35),
            (5e-07, 6, 0.0),
            (1.5e-06, 6, 2e-06),
            (1.000015, 5, 1.00002),
            (0.045, 2, 0.04),
        ] {
            assert_bits(x, digits, expected);
            assert_bits(-x, digits, -expected);
        }
    }

    #[test]
    fn of_two_zeros_the_first_is_kept() {
        // The max and min of chapter Q: the second only where it is greater or less.
        assert_eq!(maximum(0.0, -0.0).to_bits(), 0.0_f64.to_bits());
        assert_eq!(minimum(0.0, -0.0).to_bits(), 0.0_f64.to_bits());
        assert_eq!((maximum(1.0, 2.0), minimum(1.0, 2.0)), (2.0, 1.0));
        assert_eq!((maximum(2.0, 1.0), minimum(2.0, 1.0)), (2.0, 1.0));
    }

    #[test]
    fn values_beside_a_half_fall_on_their_own_side() {
        let half = 0.5;
        assert_bits(f64::from_bits(f64::to_bits(half) - 1), 0, 0.0);
        assert_bits(f64::from_bits(f64::to_bits(half) + 1), 0, 1.0);
        for distance in [1e-7, 9e-7, 1.1e-6] {
            assert_bits(3.5 - distance, 0, 3.0);
            assert_bits(3.5 + distance, 0, 4.0);
        }
    }

    #[test]
    fn signs_of_zero_are_kept() {
        assert_bits(-0.001, 2, -0.0);
        assert_bits(-0.0, 3, -0.0);
        assert_bits(0.0, 3, 0.0);
        assert_bits(-0.5, 0, -0.0);
    }

    #[test]
    fn extremes_are_returned_or_vanish() {
        for x in [f64::MAX, -f64::MAX, 1e300, 4_503_599_627_370_497.5, 9_007_199_254_740_993.0, 1e22] {
            assert_bits(x, 15, x);
            assert_bits(x, 0, if x == 4_503_599_627_370_497.5 { 4_503_599_627_370_498.0 } else { x });
        }
        assert_bits(f64::from_bits(1), 15, 0.0);
        assert_bits(-f64::MIN_POSITIVE, 15, -0.0);
        assert!(quantize(f64::NAN, 2).is_nan());
        assert_bits(f64::INFINITY, 2, f64::INFINITY);
        assert_bits(f64::NEG_INFINITY, 2, f64::NEG_INFINITY);
    }

    #[test]
    fn decimals_finer_than_the_spacing_of_doubles_change_nothing() {
        assert_bits(123_456.789_012_345_67, 15, 123_456.789_012_345_67);
        assert_bits(1_000_000_000.000_000_1, 15, 1_000_000_000.000_000_1);
        assert_bits(2_251_799_813_685_248.5, 1, 2_251_799_813_685_248.5);
        assert_bits(1.1, 15, 1.1);
    }

    #[test]
    fn fast_and_exact_path_agree_away_from_halves() {
        let mut words = (0..20_000_u64).map(|row| crate::rng::philox([1, 0], [row, 0, 0, 0]));
        for digits in [0, 2, 5, 8] {
            for word in words.by_ref().take(5_000) {
                let x = (crate::rng::unit(word[0]) - 0.5) * 1000.0;
                let exact = quantize_exactly(x, POWERS_OF_TEN[digits]);
                assert_eq!(quantize(x, digits as u32).to_bits(), exact.to_bits(), "{x:e} to {digits}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "0 to 15 digits")]
    fn more_digits_than_an_exact_power_of_ten_are_a_programming_error() {
        let _ = quantize(1.0, 16);
    }
}
