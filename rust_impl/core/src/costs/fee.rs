//! Fee of one fill (C-2).

const MILLION: f64 = 1_000_000.0;

/// Fee in account currency (Q-C2); `conversion` is from quote to account currency, 1.0 where nothing is converted.
#[inline]
#[must_use]
pub fn fill_fee(lots: f64, price: f64, contract_size: f64, per_million: f64, conversion: f64, min_fee: f64) -> f64 {
    let mut base = (((lots * contract_size) * price) / MILLION) * per_million;
    base *= conversion;
    rule!("C-2", base != 0.0 || min_fee > 0.0);
    rule!("Q-C2", base < min_fee);
    if min_fee > 0.0 && base < min_fee { min_fee } else { base }
}
