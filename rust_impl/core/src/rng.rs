//! Counter-based random numbers (N-6): the same key and counter give the same draw, whatever else is drawn.

use xxhash_rust::xxh3::xxh3_64;

const MULTIPLIERS: [u64; 2] = [0xD2E7_470E_E14C_6C93, 0xCA5A_8263_9512_1157];
const WEYL: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xBB67_AE85_84CA_A73B];
const ROUNDS: usize = 10;
const UNIT: f64 = 1.0 / 9_007_199_254_740_992.0;

/// One Philox4x64-10 block on exactly this counter.
///
/// ```
/// use omega_core::rng::philox;
///
/// assert_eq!(philox([7, 0], [1, 2, 3, 4]), philox([7, 0], [1, 2, 3, 4])); // nothing is carried on
/// assert_eq!(philox([0; 2], [0; 4])[0], 0x1655_4d9e_ca36_314c);
/// ```
#[must_use]
pub fn philox(key: [u64; 2], counter: [u64; 4]) -> [u64; 4] {
    let [mut key_0, mut key_1] = key;
    let [mut a, mut b, mut c, mut d] = counter;
    for _ in 0..ROUNDS {
        let product_0 = u128::from(MULTIPLIERS[0]) * u128::from(a);
        let product_1 = u128::from(MULTIPLIERS[1]) * u128::from(c);
        a = ((product_1 >> 64) as u64) ^ b ^ key_0;
        b = product_1 as u64;
        c = ((product_0 >> 64) as u64) ^ d ^ key_1;
        d = product_0 as u64;
        key_0 = key_0.wrapping_add(WEYL[0]);
        key_1 = key_1.wrapping_add(WEYL[1]);
    }
    [a, b, c, d]
}

/// u = (w >> 11) · 2⁻⁵³, in [0, 1) (Q-N6).
#[inline]
#[must_use]
pub fn unit(word: u64) -> f64 {
    (word >> 11) as f64 * UNIT
}

/// Low 32 bits of xxh3_64 over the symbol's UTF-8 name (N-6).
#[must_use]
pub fn symbol_id(symbol: &str) -> u64 {
    xxh3_64(symbol.as_bytes()) & 0xFFFF_FFFF
}

/// The draw u in [0, 1) of one fill (N-6, Q-N6): `symbol` is from [`symbol_id`], `ordinal` is k among the run's equal
/// signals, `leg` 0 for an entry, 1 for an exit, `direction` and `order_type` are the numbers of T-6. Times and magic
/// numbers enter as two's complement.
#[must_use]
pub fn uniform(
    seed: u64,
    timestamp: i64,
    magic_number: i64,
    ordinal: u32,
    symbol: u64,
    leg: u32,
    direction: u32,
    order_type: u32,
) -> f64 {
    let third = u64::from(ordinal) | (symbol << 32);
    let last = u64::from(leg) + ((u64::from(direction) + 2 * u64::from(order_type)) << 32);
    let counter = [timestamp as u64, magic_number as u64, third, last];
    unit(philox([seed, 0], counter)[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_those_of_random123() {
        // Known answers of Random123's kat_vectors, philox-10.
        assert_eq!(
            philox([0; 2], [0; 4]),
            [0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b]
        );
        assert_eq!(
            philox([u64::MAX; 2], [u64::MAX; 4]),
            [0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0]
        );
        assert_eq!(
            philox(
                [0x452821e638d01377, 0xbe5466cf34e90c6c],
                [0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89]
            ),
            [0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6]
        );
    }

    #[test]
    fn unit_takes_the_upper_53_bits() {
        assert_eq!(unit(0), 0.0);
        assert_eq!(unit(2047), 0.0);
        assert_eq!(unit(2048), 1.0 / 9_007_199_254_740_992.0);
        assert_eq!(unit(1 << 63), 0.5);
        assert!(unit(u64::MAX) < 1.0);
    }

    #[test]
    fn a_symbol_id_is_half_of_a_hash() {
        // xxh3_64 of the empty text is 0x2d06800538d394c2.
        assert_eq!(symbol_id(""), 0x38d3_94c2);
        assert_ne!(symbol_id("EURUSD"), symbol_id("USDJPY"));
    }
}
