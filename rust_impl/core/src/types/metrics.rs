//! The summary metrics (Q-P5), declared once: name, integer or float, order.

/// The value of one metric, in the unit of Q-P5.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// Something counted.
    Count(u64),
    /// Money, a ratio or a multiple.
    Number(f64),
    /// One that has a divisor or a trade, or is null.
    Optional(Option<f64>),
}

impl From<u64> for Metric {
    fn from(value: u64) -> Self {
        Self::Count(value)
    }
}

impl From<f64> for Metric {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<Option<f64>> for Metric {
    fn from(value: Option<f64>) -> Self {
        Self::Optional(value)
    }
}

macro_rules! metrics {
    ($($name:ident: $type:ty,)*) => {
        /// Summary metrics in the order and with the units of Q-P5.
        #[derive(Clone, Debug, Default, PartialEq)]
        #[allow(missing_docs, reason = "names and formulas are the table of Q-P5")]
        pub struct Metrics { $(pub $name: $type,)* }

        impl Metrics {
            /// Every metric with its name, in the order of Q-P5.
            #[must_use]
            pub fn entries(&self) -> Vec<(&'static str, Metric)> {
                vec![$((stringify!($name), Metric::from(self.$name)),)*]
            }
        }
    };
}

metrics! {
    trades: u64,
    wins: u64,
    losses: u64,
    breakeven: u64,
    win_rate: Option<f64>,
    gross_profit: f64,
    gross_loss: f64,
    fees: f64,
    swap: f64,
    net_profit: f64,
    open_profit: Option<f64>,
    profit_factor: Option<f64>,
    profit_factor_gross: Option<f64>,
    expectancy: Option<f64>,
    avg_r: Option<f64>,
    avg_win: Option<f64>,
    avg_loss: Option<f64>,
    largest_win: Option<f64>,
    largest_loss: Option<f64>,
    max_drawdown_abs: f64,
    max_drawdown_ratio: f64,
    max_drawdown_bars: u64,
    max_drawdown_initial: f64,
    max_drawdown_intrabar: Option<f64>,
    ambiguous_bars: u64,
    stop_outs: u64,
    adjusted_sizes: u64,
    final_cash: f64,
    final_equity: f64,
    total_return: f64,
    volatility: Option<f64>,
    sharpe: Option<f64>,
    sortino: Option<f64>,
    cagr: Option<f64>,
    calmar: Option<f64>,
    exposure: Option<f64>,
    longest_losing_streak: u64,
    sqn: Option<f64>,
    avg_duration_minutes: Option<f64>,
    recovery_factor: Option<f64>,
}
