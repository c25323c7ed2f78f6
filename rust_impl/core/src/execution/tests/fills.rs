use super::*;
use crate::grid::new_grid;

#[test]
fn a_stop_fills_at_the_worse_of_level_and_open() {
    // Q-E3: buys pay the higher, sells get the lower.
    assert_eq!(fill_stop(1.1, 1.2, true), 1.2);
    assert_eq!(fill_stop(1.1, 1.0, true), 1.1);
    assert_eq!(fill_stop(1.1, 1.0, false), 1.0);
    assert_eq!(fill_stop(1.1, 1.2, false), 1.1);
}

#[test]
fn a_limit_fills_at_the_better_of_level_and_open() {
    assert_eq!(fill_limit(1.1, 1.0, true), 1.0);
    assert_eq!(fill_limit(1.1, 1.2, true), 1.1);
    assert_eq!(fill_limit(1.1, 1.2, false), 1.2);
    assert_eq!(fill_limit(1.1, 1.0, false), 1.1);
}

#[test]
fn slippage_is_against_the_trader_by_whole_points() {
    // Q-C1: of a price between two points the nearer one counts, so that no point of the offset is lost.
    let grid = new_grid(2, true);
    assert_eq!(slipped(&grid, 1.0, 0.25, true), 1.25);
    assert_eq!(slipped(&grid, 1.0, 0.25, false), 0.75);
    assert_eq!(slipped(&grid, 1.004, 0.01, true), 1.01);
    assert_eq!(slipped(&grid, 1.006, 0.01, false), 1.0);
    let free = new_grid(2, false);
    assert_eq!(slipped(&free, 1.004, 0.25, true), 1.254);
}
