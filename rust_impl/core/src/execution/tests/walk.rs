use super::*;
use crate::grid::new_grid;
use crate::quotes::quote_of;
use crate::test_support::{BAR, NAN, config, exit, level, pending, placed, position, run_on, with_spread};
use crate::types::{EngineConfig, EventKind, Reason};

fn quote(row: [f64; 4]) -> Quote {
    quote_of(&level(&[row]).view(), 0, BAR)
}

#[test]
fn the_nearer_extreme_comes_first_and_on_a_tie_the_close_decides() {
    // Q-E7: in doubles 1.1 − 1.098 is more than 1.102 − 1.1 by one bit of 16.
    let grid = new_grid(5, true);
    for (row, expected) in [
        ([1.1, 1.102, 1.099, 1.1], true),
        ([1.1, 1.101, 1.098, 1.1], false),
        ([1.1, 1.102, 1.098, 1.1], true),
        ([1.1, 1.102, 1.098, 1.1001], true),
        ([1.1, 1.102, 1.098, 1.0999], false),
        ([1.1; 4], true),
    ] {
        assert_eq!(low_first(&grid, &quote(row)), expected, "{row:?}");
    }
}

#[test]
fn a_bar_has_four_points_of_both_sides() {
    let bars = with_spread(&[[1.0, 4.0, 0.5, 2.0]], 0.25);
    let quote = quote_of(&bars.view(), 0, BAR);
    let (open, low, high, close) = ((1.0, 1.25), (0.5, 0.75), (4.0, 4.25), (2.0, 2.25));
    assert_eq!(bar_points(&quote, true), [open, low, high, close]);
    assert_eq!(bar_points(&quote, false), [open, high, low, close]);
}

const KEPT: Walk = Walk { is_entry_at_open: true, is_exit_at_open: false, has_stop: false, has_target: false };

#[test]
fn the_first_point_that_touches_something_decides() {
    let open = Position { stop_reach: 1.098, take_profit: 1.102, ..position() };
    let [calm, low, high] = [(1.1, 1.1001), (1.098, 1.0981), (1.102, 1.1021)];
    assert_eq!(walk(&[calm, calm, calm, calm], &open), KEPT);
    assert_eq!(walk(&[calm, low, high, calm], &open), Walk { has_stop: true, ..KEPT });
    assert_eq!(walk(&[calm, high, low, calm], &open), Walk { has_target: true, ..KEPT });
    assert_eq!(walk(&[low, high, low, calm], &open), Walk { has_stop: true, is_exit_at_open: true, ..KEPT });
    // With a buffer of 50 pips the stop is reached where the target is too.
    let near = Position { stop_reach: 1.103, ..open };
    assert_eq!(walk(&[high, high, high, high], &near), Walk { has_stop: true, is_exit_at_open: true, ..KEPT });
    // A short is judged on the ask.
    let short = Position { direction: Direction::Short, stop_reach: 1.102, take_profit: 1.098, ..position() };
    assert_eq!(walk(&[calm, low, high, calm], &short), Walk { has_stop: true, ..KEPT });
    assert_eq!(walk(&[calm, (1.0979, 1.098), high, calm], &short), Walk { has_target: true, ..KEPT });
}

#[test]
fn an_order_is_judged_from_the_point_that_enters_it() {
    let calm = (1.1, 1.1);
    for (order_type, direction, enters, waits) in [
        (OrderType::Limit, Direction::Long, (1.0, 1.09), (1.09, 1.091)),
        (OrderType::Limit, Direction::Short, (1.11, 1.2), (1.109, 1.11)),
        (OrderType::Stop, Direction::Long, (1.0, 1.11), (1.11, 1.109)),
        (OrderType::Stop, Direction::Short, (1.09, 1.2), (1.091, 1.09)),
    ] {
        let is_below = (order_type == OrderType::Limit) == (direction == Direction::Long);
        let order_price = if is_below { 1.09 } else { 1.11 };
        let order = Position { status: Status::Pending, order_type, direction, order_price, ..position() };
        let order = Position { stop_reach: NAN, take_profit: NAN, ..order };
        assert!(is_entered(&order, enters.0, enters.1), "{order_type:?} {direction:?}");
        assert!(!is_entered(&order, waits.0, waits.1), "{order_type:?} {direction:?}");
        assert!(walk(&[enters, calm, calm, calm], &order).is_entry_at_open);
        assert!(!walk(&[waits, enters, calm, calm], &order).is_entry_at_open);
    }
    // The stop before the entry is none; the one at it is.
    let order = Position { status: Status::Pending, order_type: OrderType::Stop, order_price: 1.101, ..position() };
    let order = Position { stop_reach: 1.1, ..order };
    let later = Walk { is_entry_at_open: false, ..KEPT };
    assert_eq!(walk(&[(1.099, 1.099), (1.098, 1.098), (1.102, 1.102), (1.101, 1.101)], &order), later);
    let wide = [(1.099, 1.099), (1.098, 1.098), (1.1, 1.102), (1.1, 1.1)];
    assert_eq!(walk(&wide, &order), Walk { has_stop: true, ..later });
}

#[test]
fn a_stop_is_worse_than_nothing_and_nothing_than_a_target() {
    let [stop, target] = [Walk { has_stop: true, ..KEPT }, Walk { has_target: true, ..KEPT }];
    for (path, other, expected) in [
        (stop, target, stop),
        (target, stop, stop),
        (stop, KEPT, stop),
        (KEPT, stop, stop),
        (KEPT, target, KEPT),
        (target, KEPT, KEPT),
    ] {
        assert_eq!(worse(path, other), expected, "{path:?} {other:?}");
    }
}

#[test]
fn a_low_before_the_entry_stops_no_stop_entry() {
    // E-7: open 1.0990, 1 pip down and 22 up, so that the low comes first; the next bar reaches the target.
    let order = pending(OrderType::Stop, Direction::Long, 1.101, 1.1, 1.103);
    let bars = level(&[[1.1; 4], [1.099, 1.1012, 1.0989, 1.1011], [1.1011, 1.104, 1.101, 1.1035]]);
    let path = run_on(&config(), &bars, &placed(&order));
    assert_eq!((exit(&path), path.trades.exit_time[0]), ((1.103, Reason::TakeProfit), 2 * BAR));
    assert_eq!((path.trades.size[0], path.trades.result[0]), (1.0, (1.103 - 1.101) * (1.0 / 0.00001)));
    assert_eq!(path.metrics.ambiguous_bars, 1);
    let config = EngineConfig { intrabar_stop_entry: Intrabar::Adverse, ..config() };
    let adverse = run_on(&config, &bars, &placed(&order));
    assert_eq!((exit(&adverse), adverse.trades.exit_time[0]), ((1.1, Reason::StopLoss), BAR));
    assert_eq!(adverse.metrics.ambiguous_bars, 1);
}

#[test]
fn a_fill_at_the_open_has_the_whole_bar_after_it() {
    // E-8: opened beyond the limit at 1.0990, the target of 1.1010 comes afterwards for certain: 20 pips.
    let order = pending(OrderType::Limit, Direction::Long, 1.1, 1.097, 1.101);
    let output = run_on(&config(), &level(&[[1.1005; 4], [1.099, 1.1015, 1.0985, 1.0995]]), &placed(&order));
    assert_eq!((output.trades.entry_price[0], exit(&output)), (1.099, (1.101, Reason::TakeProfit)));
    assert_eq!((output.trades.trigger_time[0], output.trades.exit_time[0]), (BAR, BAR));
    assert_eq!(output.metrics.ambiguous_bars, 0);
    // The entry is known at the open, the exit at the end.
    assert_eq!(output.events.kind[1..], [EventKind::Opened, EventKind::Closed]);
    assert_eq!(output.events.known_at, [BAR, BAR, 2 * BAR]);
}

#[test]
fn a_target_that_may_have_come_before_the_entry_is_left_to_the_setting() {
    // E-7: 15 pips down to the entry and 20 up to the target; the other way round it stays open.
    let order = pending(OrderType::Limit, Direction::Long, 1.099, 1.09, 1.101);
    let bars = level(&[[1.1; 4], [1.1, 1.102, 1.0985, 1.1005]]);
    let path = run_on(&config(), &bars, &placed(&order));
    assert_eq!((exit(&path), path.metrics.ambiguous_bars), ((1.101, Reason::TakeProfit), 1));
    let config = EngineConfig { intrabar_limit_entry: Intrabar::Adverse, ..config() };
    let adverse = run_on(&config, &bars, &placed(&order));
    assert_eq!((adverse.positions.status[0], adverse.metrics.ambiguous_bars), (Status::Open, 1));
}
