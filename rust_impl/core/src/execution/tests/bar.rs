use crate::test_support::{FLAT, bars, config, run_on, signals};

#[test]
fn the_bar_of_entry_closes_nothing() {
    // E-5.
    let output = run_on(&config(), &bars(&[[1.1, 1.1002, 1.09, 1.1]]), &signals(1));
    assert_eq!((output.trades.order_id.len(), output.positions.order_id.len()), (0, 1));
}

#[test]
fn closed_rows_leave_the_others_in_order() {
    let mut table = signals(5);
    table.stop_loss = vec![1.098, 1.09, 1.098, 1.09, 1.098];
    let output = run_on(&config(), &bars(&[FLAT, [1.1, 1.1, 1.097, 1.1]]), &table);
    assert_eq!((output.trades.order_id, output.positions.order_id), (vec![1, 3, 5], vec![2, 4]));
    assert_eq!(output.positions.stop_loss, [1.09, 1.09]);
}
