use super::*;
use crate::bars::columns::BarColumns;

#[test]
fn the_current_bar_is_the_last_seen_one_of_exactly_that_time() {
    // Q-M3.
    let times = [10, 20, 40];
    assert_eq!((last_seen(0), current_row(&times, 0, 5)), (None, None));
    assert_eq!((last_seen(1), current_row(&times, 1, 10)), (Some(0), Some(0)));
    assert_eq!((last_seen(2), current_row(&times, 2, 30)), (Some(1), None));
    assert_eq!((last_seen(3), current_row(&times, 3, 40)), (Some(2), Some(2)));
}

#[test]
fn a_candle_is_one_side_with_the_volume_of_the_bar() {
    // Q-M1.
    let column = |first: f64| vec![first, first + 0.5];
    let bars = BarColumns {
        timestamp: vec![1, 2],
        bid_open: column(1.0),
        bid_high: column(2.0),
        bid_low: column(3.0),
        bid_close: column(4.0),
        ask_open: column(5.0),
        ask_high: column(6.0),
        ask_low: column(7.0),
        ask_close: column(8.0),
        volume: column(9.0),
    };
    let bid = Candle { open: 1.5, high: 2.5, low: 3.5, close: 4.5, volume: 9.5 };
    let ask = Candle { open: 5.5, high: 6.5, low: 7.5, close: 8.5, volume: 9.5 };
    assert_eq!((bid_candle(&bars.view(), 1), ask_candle(&bars.view(), 1)), (bid, ask));
}
