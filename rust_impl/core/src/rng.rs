//! Counter-based random numbers (N-6): the same key and counter give the same draw, whatever else is drawn.

use xxhash_rust::xxh3::xxh3_64;

const MULTIPLIERS: [u64; 2] = [0xD2E7_470E_E14C_6C93, 0xCA5A_8263_9512_1157];
const WEYL: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xBB67_AE85_84CA_A73B];
const ROUNDS: usize = 10;
const UNIT: f64 = 1.0 / 9_007_199_254_740_992.0;

/// One Philox4x64-10 block on exactly this counter.
#[must_use]
pub fn philox4x64(key: [u64; 2], counter: [u64; 4]) -> [u64; 4] {
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
#[must_use]
pub fn uniform(word: u64) -> f64 {
    (word >> 11) as f64 * UNIT
}

/// Low 32 bits of xxh3_64 over the symbol's UTF-8 name (N-6).
#[must_use]
pub fn symbol_id(symbol: &str) -> u64 {
    xxh3_64(symbol.as_bytes()) & 0xFFFF_FFFF
}
