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
        if self.value.is_nan() {
            self.value = x;
        } else if !x.is_nan() && x != self.value {
            self.value = (self.rest * self.value) + (self.weight * x);
        }
        self.value
    }
}
