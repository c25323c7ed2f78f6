//! No twin: a Python `Position` has its fields; a column of a `Book` in which all are alike need not hold them all.

use crate::types::Status;

/// A column of which all rows have one value, mostly: as long as they have, it keeps that one alone.
#[derive(Clone, Debug)]
pub struct Uniform<T> {
    common: T,
    values: Vec<T>,
}

/// Values that are compared as they are kept: a float by its bits.
pub trait Same: Copy {
    /// Whether two values are one.
    fn is_same(self, other: Self) -> bool;
}

impl Same for f64 {
    fn is_same(self, other: Self) -> bool {
        self.to_bits() == other.to_bits()
    }
}

impl Same for i64 {
    fn is_same(self, other: Self) -> bool {
        self == other
    }
}

impl Same for u32 {
    fn is_same(self, other: Self) -> bool {
        self == other
    }
}

impl Same for bool {
    fn is_same(self, other: Self) -> bool {
        self == other
    }
}

impl<T: Same> Uniform<T> {
    /// A column without rows.
    #[must_use]
    pub const fn new(common: T) -> Self {
        Self { common, values: Vec::new() }
    }

    /// The value of a row.
    #[inline]
    #[must_use]
    pub fn get(&self, row: usize) -> T {
        if self.values.is_empty() { self.common } else { self.values[row] }
    }

    /// Appends the value of the row behind `rows` others.
    #[inline]
    pub fn push(&mut self, rows: usize, value: T) {
        if rows == 0 {
            self.common = value;
        } else if !self.values.is_empty() {
            self.values.push(value);
        } else if !value.is_same(self.common) {
            self.values.resize(rows, self.common);
            self.values.push(value);
        }
    }

    /// Sets the value of one of `rows` rows.
    pub fn set(&mut self, row: usize, rows: usize, value: T) {
        if rows == 1 && self.values.is_empty() {
            self.common = value;
        } else if !value.is_same(self.get(row)) {
            self.values.resize(rows, self.common);
            self.values[row] = value;
        }
    }

    /// Drops the rows that closed.
    pub fn retain(&mut self, status: &[Status]) {
        if !self.values.is_empty() {
            retain(&mut self.values, status);
        }
    }
}

/// Moves the cells of rows that stay together, in order.
pub fn retain<T: Copy>(column: &mut Vec<T>, status: &[Status]) {
    let mut kept = 0;
    for row in 0..status.len() {
        column[kept] = column[row];
        kept += usize::from(status[row] != Status::Closed);
    }
    column.truncate(kept);
}

#[cfg(test)]
#[path = "tests/uniform.rs"]
mod tests;
