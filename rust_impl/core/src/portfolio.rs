//! Cash, equity, drawdown and summary metrics (P-1 … P-5).

use crate::orders::Orders;
use crate::types::{Bar, Direction, Metrics, Status, Trades, Variant};

/// +1.0 for long, −1.0 for short.
#[must_use]
pub fn side(direction: Direction) -> f64 {
    match direction {
        Direction::Long => 1.0,
        Direction::Short => -1.0,
    }
}

/// What a closed position was, as far as its result depends on it.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct ClosedPosition {
    pub direction: Direction,
    pub entry_price: f64,
    pub exit_price: f64,
    pub initial_stop_loss: f64,
    pub size: f64,
    pub risk_per_trade: f64,
}

/// Result in account currency, gross of fees, and R multiple (Q-P1).
#[must_use]
pub fn trade_result(variant: Variant, position: &ClosedPosition, value_per_price: f64) -> (f64, f64) {
    let moved = favourable_move(position.entry_price, position.exit_price, position.direction);
    let distance = (position.entry_price - position.initial_stop_loss).abs();
    match variant {
        Variant::Canonical => {
            let result = (moved * position.size) * value_per_price;
            let risk = (position.size * distance) * value_per_price;
            rule!("P-1", result != 0.0);
            rule!("Q-P1", risk == 0.0);
            (result, quotient(result, risk))
        }
        Variant::V1 => {
            let r_multiple = quotient(moved, distance);
            rule!("P-1v", r_multiple * position.risk_per_trade != 0.0);
            rule!("Q-P1", distance == 0.0);
            (r_multiple * position.risk_per_trade, r_multiple)
        }
    }
}

/// How far a price went in the position's favour since its entry.
fn favourable_move(entry: f64, price: f64, direction: Direction) -> f64 {
    (price - entry) * side(direction)
}

/// a / b, and 0.0 where b is 0.
fn quotient(a: f64, b: f64) -> f64 {
    if b == 0.0 { 0.0 } else { a / b }
}

/// Money of a run, and what is updated with it bar by bar.
#[derive(Clone, Debug)]
pub struct Portfolio {
    variant: Variant,
    initial_balance: f64,
    value_per_price: f64,
    /// Cash in account currency.
    pub cash: f64,
    /// Equity after the last bar; the initial balance before the first.
    pub equity: f64,
    /// Σ fees booked.
    pub fees: f64,
    /// E-7.
    pub ambiguous_bars: u64,
    peak: f64,
    drawdown_bars: u64,
    max_drawdown_bars: u64,
    max_drawdown_abs: f64,
    max_drawdown_ratio: f64,
    max_drawdown_initial: f64,
}

impl Portfolio {
    /// Starts with the initial balance as cash, equity and peak.
    #[must_use]
    pub fn new(variant: Variant, initial_balance: f64, value_per_price: f64) -> Self {
        Self {
            variant,
            initial_balance,
            value_per_price,
            cash: initial_balance,
            equity: initial_balance,
            fees: 0.0,
            ambiguous_bars: 0,
            peak: initial_balance,
            drawdown_bars: 0,
            max_drawdown_bars: 0,
            max_drawdown_abs: 0.0,
            max_drawdown_ratio: 0.0,
            max_drawdown_initial: 0.0,
        }
    }

    /// Books the fee of an entry (Q-P2).
    pub fn book_entry(&mut self, fee: f64) {
        self.fees += fee;
        self.cash -= fee;
        rule!("P-2", fee != 0.0);
    }

    /// Books the fee and the result of an exit, the fee first (Q-P2).
    pub fn book_exit(&mut self, fee: f64, result: f64) {
        self.fees += fee;
        rule!("Q-P2", (self.cash - fee) + result != (self.cash + result) - fee);
        self.cash = (self.cash - fee) + result;
    }

    /// Marks the open positions at the bar's close and updates equity and drawdown (Q-P3, Q-P4).
    pub(crate) fn mark(&mut self, bar: &Bar, orders: &Orders) {
        self.equity = match self.variant {
            Variant::Canonical => self.cash + self.open_result(bar, orders),
            Variant::V1 => self.cash,
        };
        self.update_drawdown();
    }

    fn open_result(&self, bar: &Bar, orders: &Orders) -> f64 {
        let mut open = 0.0;
        let columns = orders.status.iter().zip(&orders.direction).zip(&orders.entry_price).zip(&orders.size);
        for (((&status, &direction), &entry), &lots) in columns {
            if status == Status::Open {
                rule!("P-3");
                let mark = match direction {
                    Direction::Long => bar.bid_close,
                    Direction::Short => bar.ask_close,
                };
                open += (favourable_move(entry, mark, direction) * lots) * self.value_per_price;
            }
        }
        open
    }

    fn update_drawdown(&mut self) {
        if self.equity > self.peak {
            self.peak = self.equity;
        }
        if self.equity < self.peak {
            rule!("P-4");
            self.drawdown_bars += 1;
            let absolute = self.peak - self.equity;
            let ratio = if self.peak <= 0.0 { 0.0 } else { absolute / self.peak };
            raise(&mut self.max_drawdown_abs, absolute);
            raise(&mut self.max_drawdown_ratio, ratio);
            if self.drawdown_bars > self.max_drawdown_bars {
                self.max_drawdown_bars = self.drawdown_bars;
            }
        } else {
            self.drawdown_bars = 0;
        }
        raise(&mut self.max_drawdown_initial, self.initial_balance - self.equity);
    }

    /// Summary metrics of Q-P5, in closing order with sums from left to right.
    #[must_use]
    pub fn summary_metrics(&self, trades: &Trades) -> Metrics {
        let mut metrics = Metrics {
            trades: trades.result.len() as u64,
            fees: self.fees,
            max_drawdown_abs: self.max_drawdown_abs,
            max_drawdown_ratio: self.max_drawdown_ratio,
            max_drawdown_bars: self.max_drawdown_bars,
            max_drawdown_initial: self.max_drawdown_initial,
            ambiguous_bars: self.ambiguous_bars,
            final_cash: self.cash,
            final_equity: self.equity,
            ..Metrics::default()
        };
        let mut r_total = 0.0;
        for (&result, &r_multiple) in trades.result.iter().zip(&trades.r_multiple) {
            count_result(&mut metrics, result);
            r_total += r_multiple;
        }
        let trades = metrics.trades as f64;
        let gross = metrics.gross_profit + metrics.gross_loss;
        metrics.win_rate = quotient(metrics.wins as f64, trades);
        metrics.net_profit = gross - metrics.fees;
        metrics.profit_factor = quotient(metrics.gross_profit, metrics.gross_loss.abs());
        metrics.expectancy = quotient(gross, trades);
        metrics.avg_r = quotient(r_total, trades);
        metrics.avg_win = quotient(metrics.gross_profit, metrics.wins as f64);
        metrics.avg_loss = quotient(metrics.gross_loss, metrics.losses as f64);
        metrics
    }
}

fn count_result(metrics: &mut Metrics, result: f64) {
    if result > 0.0 {
        metrics.wins += 1;
        metrics.gross_profit += result;
        raise(&mut metrics.largest_win, result);
    } else if result < 0.0 {
        metrics.losses += 1;
        metrics.gross_loss += result;
        lower(&mut metrics.largest_loss, result);
    } else {
        metrics.breakeven += 1;
    }
}

fn raise(maximum: &mut f64, candidate: f64) {
    if candidate > *maximum {
        *maximum = candidate;
    }
}

fn lower(minimum: &mut f64, candidate: f64) {
    if candidate < *minimum {
        *minimum = candidate;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(direction: Direction, entry_price: f64, exit_price: f64, initial_stop_loss: f64) -> ClosedPosition {
        ClosedPosition { direction, entry_price, exit_price, initial_stop_loss, size: 2.0, risk_per_trade: 100.0 }
    }

    #[test]
    fn a_result_is_money_and_a_multiple_of_the_risk() {
        // Q-P1: 0.5 · 2 lots · 10; risk 0.25 · 2 · 10.
        let long = closed(Direction::Long, 1.0, 1.5, 0.75);
        assert_eq!(trade_result(Variant::Canonical, &long, 10.0), (10.0, 2.0));
        assert_eq!(trade_result(Variant::V1, &long, 10.0), (200.0, 2.0));
        let short = closed(Direction::Short, 1.0, 1.5, 1.25);
        assert_eq!(trade_result(Variant::Canonical, &short, 10.0), (-10.0, -2.0));
        let riskless = closed(Direction::Long, 1.0, 1.5, 1.0);
        assert_eq!(trade_result(Variant::Canonical, &riskless, 10.0), (10.0, 0.0));
        assert_eq!(trade_result(Variant::V1, &riskless, 10.0), (0.0, 0.0));
    }

    #[test]
    fn drawdown_is_measured_from_the_peak_and_from_the_start() {
        // Q-P4: 100 → 120 → 90 → 110 → 120 → 80.
        let mut portfolio = Portfolio::new(Variant::V1, 100.0, 1.0);
        for equity in [120.0, 90.0, 110.0, 120.0, 80.0] {
            portfolio.equity = equity;
            portfolio.update_drawdown();
        }
        let metrics = portfolio.summary_metrics(&Trades::default());
        assert_eq!(metrics.max_drawdown_abs, 40.0);
        assert_eq!(metrics.max_drawdown_ratio, 40.0 / 120.0);
        assert_eq!(metrics.max_drawdown_bars, 2);
        assert_eq!(metrics.max_drawdown_initial, 20.0);
    }

    #[test]
    fn a_peak_without_money_has_no_ratio() {
        let mut portfolio = Portfolio::new(Variant::V1, 0.0, 1.0);
        portfolio.equity = -5.0;
        portfolio.update_drawdown();
        let metrics = portfolio.summary_metrics(&Trades::default());
        assert_eq!((metrics.max_drawdown_abs, metrics.max_drawdown_ratio), (5.0, 0.0));
    }

    #[test]
    fn cash_loses_the_fee_before_it_gets_the_result() {
        // Q-P2.
        let mut portfolio = Portfolio::new(Variant::Canonical, 1e16, 1.0);
        portfolio.book_entry(1.0);
        portfolio.book_exit(1.0, 3.0);
        assert_eq!(portfolio.cash, ((1e16 - 1.0) - 1.0) + 3.0);
        assert_eq!(portfolio.fees, 2.0);
    }

    #[test]
    fn metrics_follow_their_table() {
        // Q-P5 for results 30, −10, 0, −20, 10 with fees of 5.
        let trades = Trades {
            result: vec![30.0, -10.0, 0.0, -20.0, 10.0],
            r_multiple: vec![3.0, -1.0, 0.0, -2.0, 1.0],
            ..Trades::default()
        };
        let mut portfolio = Portfolio::new(Variant::Canonical, 1000.0, 1.0);
        portfolio.book_exit(5.0, 10.0);
        let metrics = portfolio.summary_metrics(&trades);
        assert_eq!((metrics.trades, metrics.wins, metrics.losses, metrics.breakeven), (5, 2, 2, 1));
        assert_eq!((metrics.gross_profit, metrics.gross_loss, metrics.net_profit), (40.0, -30.0, 5.0));
        assert_eq!((metrics.win_rate, metrics.profit_factor), (0.4, 40.0 / 30.0));
        assert_eq!((metrics.expectancy, metrics.avg_r), (2.0, 0.2));
        assert_eq!((metrics.avg_win, metrics.avg_loss), (20.0, -15.0));
        assert_eq!((metrics.largest_win, metrics.largest_loss), (30.0, -20.0));
        assert_eq!(metrics.final_cash, 1005.0);
    }

    #[test]
    fn without_trades_every_quotient_is_zero() {
        let metrics = Portfolio::new(Variant::Canonical, 1000.0, 1.0).summary_metrics(&Trades::default());
        let quotients = [metrics.win_rate, metrics.profit_factor, metrics.expectancy, metrics.avg_r, metrics.avg_win];
        assert_eq!(quotients, [0.0; 5]);
    }
}
