//! The recursion of every exponential average (I-2).

/// y = (((1.0 − a) · y) + (a · x)), started at the first value (Q-I2); `weight` is a.
#[derive(Clone, Debug)]
pub struct Smoothing {
    weight: f64,
    rest: f64,
    value: f64,
}

impl Smoothing {
    /// Starts without a value.
    #[must_use]
    pub fn new(weight: f64) -> Self {
        Self { weight, rest: 1.0 - weight, value: f64::NAN }
    }

    /// The average after `x`: a NaN, or a value equal to the average, leaves it as it was.
    #[inline]
    pub fn step(&mut self, x: f64) -> f64 {
        if moves(self.value, x) {
            self.value = self.moved(self.value, x);
        } else {
            self.stay(x);
        }
        self.value
    }

    /// The first value begins; what is missing, or equal to the average, changes nothing.
    #[cold]
    fn stay(&mut self, x: f64) {
        if self.value.is_nan() {
            self.value = x;
        }
    }

    /// What `value` becomes with `x`.
    #[inline]
    pub(super) fn moved(&self, value: f64, x: f64) -> f64 {
        (self.rest * value) + (self.weight * x)
    }

    /// The average as it is.
    #[inline]
    pub(super) fn value(&self) -> f64 {
        self.value
    }

    /// The same with another average.
    pub(super) fn with_value(&self, value: f64) -> Self {
        Self { value, ..*self }
    }
}

/// Whether `x` moves an average of `value`: both are there, and they differ. As a branch, one comparison, it is nothing
/// that the next row waits for.
#[inline]
pub(super) fn moves(value: f64, x: f64) -> bool {
    (x < value) | (x > value)
}
