use super::*;

#[test]
fn prices_and_distances_have_their_digits() {
    // Q-N8: 5 digits, and one more for a distance.
    let grid = new_grid(5, true);
    assert_eq!((grid.distance_digits, grid.point), (6, 0.00001));
    assert_eq!(grid_price(&grid, 1.582_450_000_000_000_1), 1.58245);
    assert_eq!(grid_price(&grid, 1.072_226), 1.07223);
    assert_eq!(grid_distance(&grid, 1.1 - 1.0996), 0.0004);
    assert_eq!(grid_distance(&grid, 0.000_012_6), 0.000_013);
    assert!(grid_price(&grid, f64::NAN).is_nan());
}

#[test]
fn the_finest_grid_has_no_finer_distances() {
    assert_eq!(new_grid(14, true).distance_digits, 15);
    assert_eq!(new_grid(15, true).distance_digits, 15);
    assert_eq!(new_grid(0, true).point, 1.0);
}

#[test]
fn slippage_is_a_whole_number_of_points() {
    // Q-C1: 0.3 pips are 3 points and no ulp more; what is left over counts as a point.
    let grid = new_grid(5, true);
    assert_eq!(grid_offset(&grid, 0.3 * 0.0001), 0.00003);
    assert_eq!(grid_offset(&grid, 0.000_030_1), 0.00004);
    assert_eq!(grid_offset(&grid, 0.000_000_1), 0.00001);
    assert_eq!(grid_offset(&grid, 0.0).to_bits(), 0.0_f64.to_bits());
}

#[test]
fn v1_has_no_grid() {
    let grid = new_grid(5, false);
    assert_eq!(grid_price(&grid, 1.072_226), 1.072_226);
    assert_eq!(grid_distance(&grid, 1.1 - 1.0996), 1.1 - 1.0996);
    assert_eq!(grid_offset(&grid, 0.3 * 0.0001), 0.3 * 0.0001);
}
