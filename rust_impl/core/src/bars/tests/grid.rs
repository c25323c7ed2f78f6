use super::*;
use crate::bars::columns::BarColumns;

fn flat(price: f64, rows: usize) -> BarColumns {
    let column = || vec![price; rows];
    BarColumns {
        timestamp: (0..rows as i64).collect(),
        bid_open: column(),
        bid_high: column(),
        bid_low: column(),
        bid_close: column(),
        ask_open: column(),
        ask_high: column(),
        ask_low: column(),
        ask_close: column(),
        volume: column(),
    }
}

#[test]
fn a_bar_counts_once_however_many_of_its_prices_have_too_many_decimals() {
    // Q-T2b.
    let mut bars = flat(1.07222, 4);
    bars.ask_low[1] = 1.072_220_000_000_000_2;
    (bars.bid_open[3], bars.bid_close[3], bars.ask_close[3]) = (1.072_225, 1.072_225, 1.072_225);
    assert_eq!(count_off_grid(&bars.view(), 5), 2);
    assert_eq!(count_off_grid(&bars.view(), 6), 1);
    assert_eq!(count_off_grid(&bars.view(), 4), 4);
}
