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

/// `x` rounded to `digits` decimals as CPython's `round` does: the double nearest to the exact decimal value, halves
/// to even (N-5).
///
/// A non-finite `x` is returned unchanged; the sign of `x` is kept, also at zero.
///
/// # Panics
/// If `digits` is above [`MAX_DIGITS`].
#[must_use]
pub fn quantize(x: f64, digits: u32) -> f64 {
    assert!(digits <= MAX_DIGITS, "quantize takes 0 to {MAX_DIGITS} digits, got {digits}");
    let power = POWERS_OF_TEN[digits as usize];
    let y = x * power as f64;
    if y.abs() < FAST_LIMIT {
        let distance_to_half = ((y - y.floor()) - 0.5).abs();
        if distance_to_half > HALF_NEIGHBOURHOOD {
            return ((y + 0.5).floor() / power as f64).copysign(x);
        }
    }
    if x.is_finite() { quantize_exactly(x, power) } else { x }
}

/// Decides by the exact value mantissa · 2^exponent · power, in integers.
fn quantize_exactly(x: f64, power: u64) -> f64 {
    const MANTISSA_BITS: u32 = 52;
    let bits = x.to_bits();
    let exponent_field = ((bits >> MANTISSA_BITS) & 0x7ff) as u32;
    let fraction = bits & ((1 << MANTISSA_BITS) - 1);
    let (mantissa, exponent) = match exponent_field {
        0 => (fraction, -1074),
        field => (fraction | (1 << MANTISSA_BITS), field as i32 - 1075),
    };
    if exponent >= 0 {
        return x;
    }
    let scaled = u128::from(mantissa) * u128::from(power);
    let shift = exponent.unsigned_abs();
    // mantissa · power < 2^103, so that from here on the value is under a half.
    let rounded = if shift > 104 { 0 } else { shift_half_even(scaled, shift) };
    // From 2^53 on the decimals are finer than the spacing of doubles at x: x itself is the nearest.
    if rounded >= 1 << 53 {
        return x;
    }
    (rounded as f64 / power as f64).copysign(x)
}

/// value / 2^shift to the nearest integer, halves to even; 1 ≤ shift ≤ 104.
fn shift_half_even(value: u128, shift: u32) -> u128 {
    let quotient = value >> shift;
    let remainder = value & ((1 << shift) - 1);
    let half = 1 << (shift - 1);
    let is_up = remainder > half || (remainder == half && quotient & 1 == 1);
    quotient + u128::from(is_up)
}
