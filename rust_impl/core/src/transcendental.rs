//! ln, log10 and exp of N-1 operations and bits alone (N-4, Q-N4): no platform's libm, whose last bit differs.
//!
//! The polynomials and the order of operations are those of FreeBSD's msun (e_log.c, e_log10.c, e_exp.c).

const ONE: u64 = 0x3FF0_0000_0000_0000;
/// √½, cut after the high word: what reduced arguments begin at.
const ROOT_HALF: u64 = 0x3FE6_A09E_0000_0000;
const MANTISSA: u64 = 0x000F_FFFF_FFFF_FFFF;
const HIGH_WORD: u64 = 0xFFFF_FFFF_0000_0000;

const LN2_HI: f64 = f64::from_bits(0x3FE6_2E42_FEE0_0000);
const LN2_LO: f64 = f64::from_bits(0x3DEA_39EF_3579_3C76);
const INV_LN2: f64 = f64::from_bits(0x3FF7_1547_652B_82FE);
const INV_LN10_HI: f64 = f64::from_bits(0x3FDB_CB7B_1520_0000);
const INV_LN10_LO: f64 = f64::from_bits(0x3DBB_9438_CA9A_ADD5);
const LOG10_2_HI: f64 = f64::from_bits(0x3FD3_4413_509F_6000);
const LOG10_2_LO: f64 = f64::from_bits(0x3D59_FEF3_11F1_2B36);

const L1: f64 = f64::from_bits(0x3FE5_5555_5555_5593);
const L2: f64 = f64::from_bits(0x3FD9_9999_9997_FA04);
const L3: f64 = f64::from_bits(0x3FD2_4924_9422_9359);
const L4: f64 = f64::from_bits(0x3FCC_71C5_1D8E_78AF);
const L5: f64 = f64::from_bits(0x3FC7_4664_96CB_03DE);
const L6: f64 = f64::from_bits(0x3FC3_9A09_D078_C69F);
const L7: f64 = f64::from_bits(0x3FC2_F112_DF3E_5244);

const P1: f64 = f64::from_bits(0x3FC5_5555_5555_553E);
const P2: f64 = f64::from_bits(0xBF66_C16C_16BE_BD93);
const P3: f64 = f64::from_bits(0x3F11_566A_AF25_DE2C);
const P4: f64 = f64::from_bits(0xBEBB_BD41_C5D2_6BF1);
const P5: f64 = f64::from_bits(0x3E66_3769_72BE_A4D0);

const EXP_MOST: f64 = f64::from_bits(0x4086_2E42_FEFA_39EF);
const EXP_LEAST: f64 = f64::from_bits(0xC087_4910_D52D_3051);

/// The natural logarithm, within 1 ulp (N-4): −∞ of 0, NaN below.
#[must_use]
pub fn ln(x: f64) -> f64 {
    if !(0.0 < x && x < f64::INFINITY) {
        return logarithm_beyond(x);
    }
    let (k, f) = reduce_logarithm(x);
    let half_square = (0.5 * f) * f;
    let s = f / (2.0 + f);
    let product = s * (half_square + log_polynomial(s));
    (((product + (k * LN2_LO)) - half_square) + f) + (k * LN2_HI)
}

/// The decimal logarithm, within 1 ulp (N-4): −∞ of 0, NaN below.
#[must_use]
pub fn log10(x: f64) -> f64 {
    if !(0.0 < x && x < f64::INFINITY) {
        return logarithm_beyond(x);
    }
    let (k, f) = reduce_logarithm(x);
    let half_square = (0.5 * f) * f;
    let s = f / (2.0 + f);
    let product = s * (half_square + log_polynomial(s));
    let hi = from_bits(to_bits(f - half_square) & HIGH_WORD);
    let lo = ((f - hi) - half_square) + product;
    let high = hi * INV_LN10_HI;
    let y = k * LOG10_2_HI;
    let low = ((k * LOG10_2_LO) + ((lo + hi) * INV_LN10_LO)) + (lo * INV_LN10_HI);
    let w = y + high;
    (low + ((y - w) + high)) + w
}

/// e to the power of `x`, within 1 ulp (N-4); ∞ beyond the largest double, 0 below the smallest.
#[must_use]
pub fn exp(x: f64) -> f64 {
    if x.is_nan() {
        return f64::NAN;
    }
    if x > EXP_MOST {
        return f64::INFINITY;
    }
    if x < EXP_LEAST {
        return 0.0;
    }
    let k = ((INV_LN2 * x) + if x > 0.0 { 0.5 } else { -0.5 }) as i64;
    let hi = x - (k as f64 * LN2_HI);
    let lo = k as f64 * LN2_LO;
    let r = hi - lo;
    let z = r * r;
    let c = r - (z * (P1 + (z * (P2 + (z * (P3 + (z * (P4 + (z * P5)))))))));
    scale(1.0 + ((((r * c) / (2.0 - c)) - lo) + hi), k)
}

/// k and f of x = 2ᵏ · (1 + f), 1 + f in √½ … √2, for a finite `x` > 0.
fn reduce_logarithm(x: f64) -> (f64, f64) {
    let (x, k) = if x < f64::MIN_POSITIVE { (x * 18_014_398_509_481_984.0, -54) } else { (x, 0) };
    let bits = to_bits(x) + (ONE - ROOT_HALF);
    let k = k + ((bits >> 52) as i64 - 1023);
    (k as f64, from_bits((bits & MANTISSA) + ROOT_HALF) - 1.0)
}

/// R of ln(1 + f) = f − f²/2 + s · (f²/2 + R), s = f / (2 + f).
fn log_polynomial(s: f64) -> f64 {
    let z = s * s;
    let w = z * z;
    let even = w * (L2 + (w * (L4 + (w * L6))));
    let odd = z * (L1 + (w * (L3 + (w * (L5 + (w * L7))))));
    odd + even
}

fn logarithm_beyond(x: f64) -> f64 {
    if x == 0.0 {
        -f64::INFINITY
    } else if x > 0.0 {
        x
    } else {
        f64::NAN
    }
}

/// `y` · 2ᵏ for `y` near 1 and k in −1075 … 1024, rounded once.
fn scale(y: f64, k: i64) -> f64 {
    if k > 1023 {
        return (y * power_of_two(k - 1)) * 2.0;
    }
    if k < -1022 {
        return (y * power_of_two(k + 1000)) * power_of_two(-1000);
    }
    y * power_of_two(k)
}

/// 2ᵏ, k in −1022 … 1023.
fn power_of_two(k: i64) -> f64 {
    from_bits(((k + 1023) as u64) << 52)
}

/// The 64 bits of a double.
fn to_bits(x: f64) -> u64 {
    x.to_bits()
}

/// The double of 64 bits.
fn from_bits(bits: u64) -> f64 {
    f64::from_bits(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_known_to_every_digit() {
        // N-4.
        assert_eq!((ln(1.0), log10(1.0), exp(0.0)), (0.0, 0.0, 1.0));
        assert_eq!((log10(1000.0), log10(1e-300)), (3.0, -300.0));
        assert_eq!(ln(2.0), std::f64::consts::LN_2);
        assert_eq!(ln(10.0), std::f64::consts::LN_10);
        assert!((exp(1.0).to_bits() as i64 - std::f64::consts::E.to_bits() as i64).abs() <= 1);
        assert_eq!(log10(2.0), std::f64::consts::LOG10_2);
    }

    #[test]
    fn the_ends_of_what_a_double_holds() {
        // Q-N4.
        assert_eq!((ln(0.0), ln(f64::INFINITY)), (f64::NEG_INFINITY, f64::INFINITY));
        assert!(ln(-1.0).is_nan() && log10(-0.5).is_nan() && ln(f64::NAN).is_nan() && exp(f64::NAN).is_nan());
        assert_eq!(log10(-0.0), f64::NEG_INFINITY);
        assert_eq!((exp(710.0), exp(-746.0)), (f64::INFINITY, 0.0));
        assert_eq!(exp(-745.13), f64::from_bits(1));
        assert!(exp(EXP_MOST) < f64::INFINITY && exp(EXP_LEAST) > 0.0);
        assert!((ln(5e-324) + 744.440_071_921_381_2).abs() < 1e-12);
    }
}
