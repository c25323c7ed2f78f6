//! No twin: memory of long series, used again. Fresh pages, which the system clears, take longer than most indicators.

use std::ops::Deref;
use std::sync::Mutex;

/// Bytes from which an allocator asks the system for pages and gives them back.
const LEAST_BYTES: usize = 1 << 17;
/// Bytes of series that nobody holds any more, kept for the next ones.
const MOST_BYTES: usize = 1 << 25;

static KEPT: Mutex<Vec<Vec<f64>>> = Mutex::new(Vec::new());

/// A series that was computed; its memory is used again when nobody holds it any more.
#[derive(Debug)]
pub struct Kept(Vec<f64>);

impl From<Vec<f64>> for Kept {
    fn from(values: Vec<f64>) -> Self {
        Self(values)
    }
}

impl Deref for Kept {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.0
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let values = std::mem::take(&mut self.0);
        if bytes(&values) < LEAST_BYTES {
            return;
        }
        // Nobody waits for another thread; where one is at it, the allocator serves.
        if let Ok(mut kept) = KEPT.try_lock() {
            kept.push(values);
            while total(&kept) > MOST_BYTES {
                kept.remove(0);
            }
        }
    }
}

/// An empty vector with room for a series of `rows`, at most an eighth more.
#[must_use]
pub(super) fn room(rows: usize) -> Vec<f64> {
    let fits = |values: &Vec<f64>| (rows..=rows + rows / 8).contains(&values.capacity());
    let found = KEPT.try_lock().ok().and_then(|mut kept| {
        let place = kept.iter().rposition(fits)?;
        Some(kept.swap_remove(place))
    });
    let mut values = found.unwrap_or_else(|| Vec::with_capacity(rows));
    values.clear();
    values
}

fn total(kept: &[Vec<f64>]) -> usize {
    kept.iter().map(bytes).sum() // N-1: bytes are no floats
}

fn bytes(values: &Vec<f64>) -> usize {
    values.capacity() * size_of::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_nobody_holds_is_used_again() {
        let rows = 1 << 15;
        // Odd lengths, which no other test asks for at the same time; one that is at it may send memory past the shelf.
        let was_used_again = (0..100).any(|_| {
            let values = vec![1.0; rows + 77];
            let address = values.as_ptr();
            drop(Kept::from(values));
            let again = room(rows + 70);
            assert!(again.is_empty() && again.capacity() >= rows + 70);
            again.as_ptr() == address
        });
        assert!(was_used_again);
        assert_eq!(room(3).capacity(), 3);
    }

    #[test]
    fn what_is_kept_is_limited() {
        for _ in 0..5 {
            drop(Kept::from(Vec::with_capacity(1 << 20)));
        }
        assert!(total(&KEPT.lock().unwrap()) <= MOST_BYTES);
    }
}
