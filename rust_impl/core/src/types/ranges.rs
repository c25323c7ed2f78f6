//! The ranges of what enters money, each declared once (T-10): the products, quotients and sums that a run makes of what
//! lies inside are finite and below 1e290, so that nothing has to be tested while it runs.

use std::fmt::{self, Display, Formatter};

/// Both ends of what a number may be; they belong to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The lower end.
    pub least: f64,
    /// The upper end.
    pub most: f64,
}

impl Range {
    /// Whether a number lies inside; a NaN does not.
    #[inline]
    #[must_use]
    pub const fn contains(&self, value: f64) -> bool {
        self.least <= value && value <= self.most
    }
}

impl Display for Range {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:e} … {:e}", self.least, self.most)
    }
}

macro_rules! ranges {
    ($($(#[$meta:meta])* $name:ident = $least:literal, $most:literal;)*) => {
        $(
            $(#[$meta])*
            pub const $name: Range = Range { least: $least, most: $most };
        )*

        /// Every range by its name.
        pub const RANGES: &[(&str, Range)] = &[$((stringify!($name), $name),)*];
    };
}

ranges! {
    /// A price of bars and signals.
    PRICE = 1e-12, 1e12;
    /// Lots, asked for or traded.
    SIZE = 1e-12, 1e12;
    /// What a symbol's specification measures in: pip, tick, tick value, contract.
    UNIT = 1e-12, 1e12;
    /// Balance and risk, in account currency.
    MONEY = 1e-12, 1e15;
    /// The part of the equity that is at risk.
    FRACTION = 1e-12, 1.0;
    /// Fees.
    CHARGE = 0.0, 1e15;
    /// Pips, multiples and distances.
    FACTOR = 0.0, 1e12;
}
