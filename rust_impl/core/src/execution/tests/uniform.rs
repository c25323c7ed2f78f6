use super::*;
use crate::types::UNSET_FLOAT;

fn column(values: &[f64]) -> Uniform<f64> {
    let mut column = Uniform::new(UNSET_FLOAT);
    values.iter().enumerate().for_each(|(rows, &value)| column.push(rows, value));
    column
}

fn bits(column: &Uniform<f64>, rows: usize) -> Vec<u64> {
    (0..rows).map(|row| column.get(row).to_bits()).collect()
}

#[test]
fn every_row_keeps_its_value() {
    for values in [[UNSET_FLOAT; 4], [1.0; 4], [0.0, -0.0, 0.0, 0.0], [UNSET_FLOAT, 1.0, UNSET_FLOAT, 2.0]] {
        assert_eq!(bits(&column(&values), 4), values.map(f64::to_bits));
    }
}

#[test]
fn alike_rows_have_no_cells() {
    let mut alike = column(&[7.0; 1000]);
    alike.set(500, 1000, 7.0);
    assert_eq!(alike.values.capacity(), 0);
    alike.set(500, 1000, 8.0);
    assert_eq!((alike.get(499), alike.get(500), alike.get(999), alike.values.len()), (7.0, 8.0, 7.0, 1000));
    let mut single = column(&[7.0]);
    single.set(0, 1, 8.0);
    assert_eq!((single.get(0), single.values.capacity()), (8.0, 0));
}

#[test]
fn what_stays_keeps_its_value_and_an_empty_column_forgets_it() {
    use Status::{Closed, Open};
    let mut mixed = column(&[1.0, 2.0, 3.0]);
    mixed.retain(&[Open, Closed, Open]);
    assert_eq!((mixed.get(0), mixed.get(1)), (1.0, 3.0));
    mixed.retain(&[Closed, Closed]);
    mixed.push(0, 9.0);
    assert_eq!((mixed.get(0), mixed.values.is_empty()), (9.0, true));
}
