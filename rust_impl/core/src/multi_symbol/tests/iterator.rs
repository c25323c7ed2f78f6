use super::*;
use crate::bars::columns::BarColumns;
use crate::multi_symbol::timeline::union;
use crate::types::is_unset;

const TIMES: [&[i64]; 2] = [&[10, 20, 40], &[20, 30]];

fn bars(times: &[i64], price: f64) -> BarColumns {
    let column: Vec<f64> = times.iter().map(|&time| price + time as f64).collect();
    BarColumns {
        timestamp: times.to_vec(),
        bid_open: column.clone(),
        bid_high: column.clone(),
        bid_low: column.clone(),
        bid_close: column.clone(),
        ask_open: column.clone(),
        ask_high: column.clone(),
        ask_low: column.clone(),
        ask_close: column.iter().map(|price| price + 0.25).collect(),
        volume: column,
    }
}

#[test]
fn a_pass_shows_every_step_with_what_was_seen() {
    // M-2, Q-M3: the time, then bars not later per symbol.
    let timeline = union(&TIMES);
    let walked = |first, stop| {
        let mut pass = Pass::new(&TIMES, &timeline, first, stop);
        let mut found = Vec::new();
        while pass.advance(&TIMES, &timeline) {
            found.push((pass.step, pass.timestamp, pass.seen.clone()));
        }
        assert!(!pass.advance(&TIMES, &timeline), "a pass that is over stays so");
        found
    };
    let whole = walked(0, 4);
    assert_eq!(whole, [(0, 10, vec![1, 0]), (1, 20, vec![2, 1]), (2, 30, vec![2, 2]), (3, 40, vec![3, 2])]);
    for first in 0..=4 {
        for stop in first..=4 {
            assert_eq!(walked(first, stop), whole[first..stop], "{first} … {stop}");
        }
    }
}

#[test]
fn bars_that_an_intersection_passes_over_are_seen() {
    // Q-M3.
    let times: [&[i64]; 2] = [&[10, 20, 30, 40], &[30]];
    let mut pass = Pass::new(&times, &[30], 0, 1);
    assert_eq!(pass.seen, [2, 0]);
    assert!(pass.advance(&times, &[30]));
    assert_eq!(pass.seen, [3, 1]);
}

#[test]
fn a_part_lies_inside() {
    // Q-M2.
    assert_eq!(check_part(0, 3, 3).unwrap(), (0, 3));
    assert_eq!(check_part(3, 3, 3).unwrap(), (3, 3));
    for (first, stop, column, value) in
        [(-1, 9, "first", -1), (4, 9, "first", 4), (0, 4, "stop", 4), (2, 1, "stop", 1), (0, -1, "stop", -1)]
    {
        let error = check_part(first, stop, 3).unwrap_err();
        assert_eq!((error.code, error.column.as_deref()), (ErrorCode::OutOfBounds, Some(column)));
        assert_eq!(error.value, Some(Value::Int(value)));
    }
}

#[test]
fn a_block_has_a_row_per_step_and_symbol() {
    // Q-M3c.
    let columns = [bars(TIMES[0], 1.0), bars(TIMES[1], 2.0)];
    let views: Vec<Bars<'_>> = columns.iter().map(BarColumns::view).collect();
    let rows = block(&views, &union(&TIMES), 1, 3);
    assert_eq!(rows.step, [1, 1, 2, 2]);
    assert_eq!(rows.timestamp, [20, 20, 30, 30]);
    assert_eq!(rows.symbol, [0, 1, 0, 1]);
    assert_eq!(rows.last_seen, [1, 0, 1, 1]);
    assert_eq!([rows.bid_open[0], rows.bid_open[1], rows.bid_open[3]], [21.0, 22.0, 32.0]);
    assert_eq!([rows.ask_close[0], rows.volume[3]], [21.25, 32.0]);
    assert!([rows.bid_open[2], rows.ask_close[2], rows.volume[2]].into_iter().all(is_unset));
    assert_eq!(block(&views, &union(&TIMES), 0, 1).last_seen, [0, -1]);
}
