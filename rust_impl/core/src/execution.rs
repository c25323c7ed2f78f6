//! The execution simulator (E-1 … E-12, E-18, E-19): from signals and bars to events, trades and money.

use std::collections::BTreeMap;

use crate::costs::{CostModel, ENTRY_LEG, EXIT_LEG};
use crate::error::{ErrorCode, OmegaError, Value};
use crate::fills::{apply_slippage, fill_limit, fill_stop, is_buy};
use crate::orders::{Details, NewOrder, Orders};
use crate::portfolio::{ClosedPosition, Portfolio, result_and_r};
use crate::sizing::{SymbolTerms, raw_size};
use crate::state_chain::{DIGEST_LENGTH, StateChain};
use crate::strategy::OpenPosition;
use crate::types::{
    Bar, Bars, Direction, EngineConfig, Event, EventKind, Events, OrderType, Positions, Reason, Signal, SignalType,
    Signals, Status, StopKind, Trades, UNSET_TIME, Variant,
};

/// Least distance of a stop from its fill in v1, for every symbol.
const V1_MIN_STOP_DISTANCE: f64 = 1e-5;
/// Pip size of v1's buffer in a bar that starts without an open position (E-6).
const V1_DEFAULT_PIP_SIZE: f64 = 0.0001;

/// Positions, money, events and state chain of one symbol's run.
///
/// Step by step: the signals of a bar first, then its exits (E-19). A failed call leaves the state as it was.
#[derive(Debug)]
pub struct ExecutionSimulator {
    rules: Rules,
    costs: CostModel,
    ordinals: Ordinals,
    next_order_id: i64,
    orders: Orders,
    /// Whether positions changed since their records in the chain were written.
    is_chain_stale: bool,
    pub(crate) portfolio: Portfolio,
    pub(crate) trades: Trades,
    pub(crate) events: Events,
    chain: StateChain,
    last_signal_time: i64,
    last_signal_bar: i64,
    last_evaluated_bar: i64,
}

/// The configuration as far as execution reads it.
#[derive(Clone, Copy, Debug)]
struct Rules {
    variant: Variant,
    terms: SymbolTerms,
    timeframe: i64,
    start: i64,
    risk_per_trade: f64,
    risk_fraction: Option<f64>,
    max_positions: usize,
    pip_buffer_factor: f64,
}

/// Counts k of N-6. Signals come in order of time, so only those of the current time can be equal to the next.
#[derive(Debug, Default)]
struct Ordinals {
    timestamp: i64,
    counts: BTreeMap<(bool, i64, u8, u8), u32>,
}

impl Ordinals {
    fn next(&mut self, signal: &Signal) -> u32 {
        if signal.timestamp != self.timestamp {
            self.timestamp = signal.timestamp;
            self.counts.clear();
        }
        const NULL: u8 = u8::MAX;
        let direction = signal.direction.map_or(NULL, |direction| direction as u8);
        let order_type = signal.order_type.map_or(NULL, |order_type| order_type as u8);
        let count = self.counts.entry((signal.is_run_symbol, signal.magic_number, direction, order_type)).or_insert(0);
        let ordinal = *count;
        *count += 1;
        ordinal
    }
}

/// An exit that a bar's prices decided.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Exit {
    price: f64,
    reason: Reason,
}

/// Whether stop and target count as hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hits {
    stop: bool,
    target: bool,
}

impl ExecutionSimulator {
    /// Starts a run without positions.
    ///
    /// # Errors
    /// As [`SymbolTerms::new`].
    pub fn new(config: &EngineConfig) -> Result<Self, OmegaError> {
        let terms = SymbolTerms::new(config)?;
        Ok(Self {
            rules: Rules {
                variant: config.variant,
                terms,
                timeframe: config.timeframe,
                start: config.start.unwrap_or(i64::MIN),
                risk_per_trade: config.risk_per_trade,
                risk_fraction: config.risk_fraction,
                max_positions: config.max_positions.unwrap_or(usize::MAX),
                pip_buffer_factor: config.pip_buffer_factor,
            },
            costs: CostModel::new(config)?,
            ordinals: Ordinals::default(),
            next_order_id: 1,
            orders: Orders::default(),
            is_chain_stale: false,
            portfolio: Portfolio::new(config.variant, config.initial_balance, terms.value_per_price),
            trades: Trades::default(),
            events: Events::default(),
            chain: StateChain::default(),
            last_signal_time: i64::MIN,
            last_signal_bar: i64::MIN,
            last_evaluated_bar: i64::MIN,
        })
    }

    /// Processes all of `signals` in bar `bar_index` and returns the new events.
    ///
    /// # Errors
    /// INVALID_STATE for a bar that is not after the last evaluated one, or before the last one that got signals;
    /// OUT_OF_BOUNDS for a bar that does not exist; CONSTRAINT_VIOLATION for signals out of order (over all calls) or
    /// later than the bar.
    pub fn process_signals(
        &mut self,
        bar_index: usize,
        bars: &Bars<'_>,
        signals: &Signals,
    ) -> Result<Events, OmegaError> {
        if bar_index >= bars.len() {
            let message = format!("bar {bar_index} does not exist, there are {}", bars.len());
            return Err(OmegaError::new(ErrorCode::OutOfBounds, message).rule("E-19"));
        }
        let bar = bars.bar(bar_index);
        self.check_bar_time(bar.timestamp)?;
        self.check_signal_times(&signals.timestamp, bar.timestamp)?;
        self.last_signal_bar = bar.timestamp;
        if let Some(&last) = signals.timestamp.last() {
            self.last_signal_time = last;
        }
        for row in 0..signals.len() {
            self.process_signal(&bar, &signals.signal(row));
        }
        Ok(self.events.take())
    }

    /// Pass, management, equity and state chain for each bar; returns the new events.
    ///
    /// # Errors
    /// INVALID_STATE for bars that are not after the last evaluated one; CONSTRAINT_VIOLATION for bars out of order.
    pub fn evaluate_exits(&mut self, bars: &Bars<'_>) -> Result<Events, OmegaError> {
        if let Some(&first) = bars.timestamp.first() {
            self.check_bar_time(first)?;
        }
        if let Some(row) = (1..bars.len()).find(|&row| bars.timestamp[row] <= bars.timestamp[row - 1]) {
            return Err(OmegaError::new(ErrorCode::ConstraintViolation, "bars must be in strictly increasing time")
                .rule("T-2")
                .column("timestamp")
                .row(row)
                .value(Value::Int(bars.timestamp[row])));
        }
        for index in 0..bars.len() {
            let bar = bars.bar(index);
            self.last_evaluated_bar = bar.timestamp;
            self.evaluate_positions(&bar);
            self.manage_positions(&bar);
            self.finish_bar(&bar);
        }
        Ok(self.events.take())
    }

    /// Length of a bar, µs.
    #[must_use]
    pub fn timeframe(&self) -> i64 {
        self.rules.timeframe
    }

    /// Pending and open positions, in order_id order.
    #[must_use]
    pub fn positions(&self) -> Positions {
        self.orders.positions()
    }

    /// Cash in account currency.
    #[must_use]
    pub fn cash(&self) -> f64 {
        self.portfolio.cash
    }

    /// Equity after the last evaluated bar; the initial balance before the first.
    #[must_use]
    pub fn equity(&self) -> f64 {
        self.portfolio.equity
    }

    /// Last digest of the state chain; zeros before the first bar.
    #[must_use]
    pub fn state_hash(&self) -> [u8; DIGEST_LENGTH] {
        self.chain.digest()
    }

    /// Refuses a bar that lies behind the simulator (Q-E19).
    ///
    /// # Errors
    /// INVALID_STATE for a bar that is not after the last evaluated one, or before the last one that got signals.
    pub fn check_bar_time(&self, timestamp: i64) -> Result<(), OmegaError> {
        if timestamp <= self.last_evaluated_bar && self.last_evaluated_bar != i64::MIN {
            return Err(out_of_state("a bar that is not after the last evaluated one", timestamp, 0));
        }
        if timestamp < self.last_signal_bar {
            return Err(out_of_state("an earlier bar than the last one that got signals", timestamp, 0));
        }
        Ok(())
    }

    fn check_signal_times(&self, timestamps: &[i64], bar_time: i64) -> Result<(), OmegaError> {
        let mut last = self.last_signal_time;
        for (row, &timestamp) in timestamps.iter().enumerate() {
            let problem = if timestamp < last {
                "signals must be sorted by time"
            } else if timestamp > bar_time {
                "signals must not be later than their bar"
            } else {
                last = timestamp;
                continue;
            };
            return Err(OmegaError::new(ErrorCode::ConstraintViolation, problem)
                .rule("L-1a")
                .column("timestamp")
                .row(row)
                .value(Value::Int(timestamp)));
        }
        Ok(())
    }

    /// Pending and open positions together (Q-L1b).
    pub(crate) fn active_positions(&self) -> usize {
        self.orders.len()
    }

    /// Open positions triggered before this bar, in order_id order: those that management sees (E-11).
    pub(crate) fn managed_positions(&self, bar: &Bar) -> impl Iterator<Item = OpenPosition> + '_ {
        let time = bar.timestamp;
        let orders = &self.orders;
        (0..orders.len())
            .filter(move |&index| orders.status[index] == Status::Open && orders.trigger_time[index] < time)
            .map(|index| OpenPosition {
                order_id: orders.details[index].order_id,
                direction: orders.direction[index],
                trigger_time: orders.trigger_time[index],
                entry_price: orders.entry_price[index],
                stop_loss: orders.stop_loss[index],
                take_profit: orders.take_profit[index],
                size: orders.size[index],
            })
    }

    fn record(&mut self, event: &Event) {
        let seq = self.events.push(event);
        self.chain.push_event(seq, event);
    }

    // ---- signals ----

    /// Accepts or rejects one signal in `bar`.
    pub(crate) fn process_signal(&mut self, bar: &Bar, signal: &Signal) {
        let ordinal = self.ordinals.next(signal);
        let outcome = self.check_signal(bar, signal).and_then(|(direction, order_type)| match order_type {
            OrderType::Market => self.open_market_order(bar, signal, direction, ordinal),
            OrderType::Limit | OrderType::Stop => self.place_order(bar, signal, direction, order_type, ordinal),
        });
        if let Err(reason) = outcome {
            self.reject(bar, signal, reason);
        }
    }

    /// Rejects the signal for this reason.
    pub(crate) fn reject(&mut self, bar: &Bar, signal: &Signal, reason: Reason) {
        self.record(&Event {
            price: signal.price,
            size: signal.size,
            stop_loss: signal.stop_loss,
            take_profit: signal.take_profit,
            reason: Some(reason),
            error_code: refusal_code(reason) as i32,
            ..Event::new(bar.timestamp, EventKind::Rejected)
        });
    }

    /// The checks that need no fill, in the order of the table of reasons.
    fn check_signal(&self, bar: &Bar, signal: &Signal) -> Result<(Direction, OrderType), Reason> {
        if signal.timestamp < self.rules.start {
            return Err(Reason::BeforeStart);
        }
        if !signal.is_run_symbol {
            return Err(Reason::UnknownSymbol);
        }
        if signal.signal_type != SignalType::Entry || signal.moves_stop {
            return Err(Reason::NotImplemented);
        }
        let direction = signal.direction.ok_or(Reason::DirectionMissing)?;
        let order_type = signal.order_type.ok_or(Reason::OrderTypeMissing)?;
        if signal.stop_loss.is_nan() {
            return Err(Reason::StopLossMissing);
        }
        let needs_price = order_type != OrderType::Market || self.rules.variant == Variant::V1;
        if signal.price.is_nan() && needs_price {
            return Err(Reason::PriceMissing);
        }
        if [signal.price, signal.stop_loss, signal.take_profit, signal.size].iter().any(|&value| value <= 0.0) {
            return Err(Reason::NotPositive);
        }
        if self.orders.len() >= self.rules.max_positions {
            return Err(Reason::MaxPositions);
        }
        let expires = order_type != OrderType::Market && signal.expires_at != UNSET_TIME;
        if expires && signal.expires_at <= self.entry_time(bar, signal) {
            return Err(Reason::AlreadyExpired);
        }
        Ok((direction, order_type))
    }

    /// L-1a: the bar of hand-over, in v1 the signal's own time.
    fn entry_time(&self, bar: &Bar, signal: &Signal) -> i64 {
        match self.rules.variant {
            Variant::Canonical => bar.timestamp,
            Variant::V1 => signal.timestamp,
        }
    }

    /// Market entry (Q-E1): all checks come before the first change.
    fn open_market_order(
        &mut self,
        bar: &Bar,
        signal: &Signal,
        direction: Direction,
        ordinal: u32,
    ) -> Result<(), Reason> {
        let variant = self.rules.variant;
        let (close, low, high) = match direction {
            Direction::Long => (bar.ask_close, bar.ask_low, bar.ask_high),
            Direction::Short => (bar.bid_close, bar.bid_low, bar.bid_high),
        };
        let price = if signal.price.is_nan() { close } else { signal.price };
        if variant == Variant::Canonical && !(low <= price && price <= high) {
            return Err(Reason::PriceOutsideBar);
        }
        let offset = self.costs.slippage_offset(signal.timestamp, signal.magic_number, ordinal, ENTRY_LEG);
        let fill = apply_slippage(variant, price, offset, direction, true);
        match variant {
            Variant::Canonical => self.check_levels(direction, fill, signal.stop_loss, signal.take_profit)?,
            Variant::V1 => check_distance(fill, signal.stop_loss, V1_MIN_STOP_DISTANCE)?,
        }
        let risk_amount = self.risk_amount();
        let lots = self.size(signal.size, risk_amount, fill, signal.stop_loss)?;
        let fee = self.costs.fee(lots, fill);
        let order_id = self.accept(bar, signal, price);
        self.orders.push(&NewOrder {
            status: Status::Open,
            direction,
            entry_time: self.entry_time(bar, signal),
            trigger_time: bar.timestamp,
            entry_price: fill,
            stop_loss: signal.stop_loss,
            take_profit: signal.take_profit,
            size: lots,
            max_holding: signal.max_holding,
            details: Details { risk_per_trade: risk_amount, entry_fee: fee, ..details(signal, order_id, ordinal) },
        });
        self.report_opened(self.orders.len() - 1, bar.timestamp, fee);
        Ok(())
    }

    /// Limit or stop order (Q-E2).
    fn place_order(
        &mut self,
        bar: &Bar,
        signal: &Signal,
        direction: Direction,
        order_type: OrderType,
        ordinal: u32,
    ) -> Result<(), Reason> {
        if self.rules.variant == Variant::Canonical {
            self.check_levels(direction, signal.price, signal.stop_loss, signal.take_profit)?;
        }
        let order_id = self.accept(bar, signal, signal.price);
        self.orders.push(&NewOrder {
            status: Status::Pending,
            direction,
            entry_time: self.entry_time(bar, signal),
            trigger_time: UNSET_TIME,
            entry_price: signal.price,
            stop_loss: signal.stop_loss,
            take_profit: signal.take_profit,
            size: 0.0,
            max_holding: signal.max_holding,
            details: Details { order_type, ..details(signal, order_id, ordinal) },
        });
        Ok(())
    }

    fn accept(&mut self, bar: &Bar, signal: &Signal, price: f64) -> i64 {
        let order_id = self.next_order_id;
        self.next_order_id += 1;
        self.is_chain_stale = true;
        self.record(&Event {
            order_id,
            price,
            size: signal.size,
            stop_loss: signal.stop_loss,
            take_profit: signal.take_profit,
            ..Event::new(bar.timestamp, EventKind::Accepted)
        });
        order_id
    }

    fn report_opened(&mut self, index: usize, timestamp: i64, fee: f64) {
        self.portfolio.book_entry(fee);
        self.record(&Event {
            order_id: self.orders.details[index].order_id,
            price: self.orders.entry_price[index],
            size: self.orders.size[index],
            stop_loss: self.orders.stop_loss[index],
            take_profit: self.orders.take_profit[index],
            fee,
            ..Event::new(timestamp, EventKind::Opened)
        });
    }

    /// Distance and sides of stop and target from the fill (Q-E1, canonical).
    fn check_levels(&self, direction: Direction, fill: f64, stop_loss: f64, take_profit: f64) -> Result<(), Reason> {
        check_distance(fill, stop_loss, self.rules.terms.min_stop_distance)?;
        let (is_stop_beyond, is_target_beyond) = match direction {
            Direction::Long => (stop_loss < fill, take_profit > fill),
            Direction::Short => (stop_loss > fill, take_profit < fill),
        };
        if !is_stop_beyond {
            return Err(Reason::StopSide);
        }
        if !take_profit.is_nan() && !is_target_beyond {
            return Err(Reason::TargetSide);
        }
        Ok(())
    }

    fn risk_amount(&self) -> f64 {
        match self.rules.risk_fraction {
            Some(fraction) => fraction * self.portfolio.equity,
            None => self.rules.risk_per_trade,
        }
    }

    fn size(&self, requested: f64, risk_amount: f64, fill: f64, stop_loss: f64) -> Result<f64, Reason> {
        let raw = if requested.is_nan() {
            raw_size(risk_amount, fill, stop_loss, self.rules.terms.value_per_price)
        } else {
            requested
        };
        self.rules.terms.lots(raw).ok_or(Reason::BelowMin)
    }

    // ---- the pass over a bar ----

    /// Expiry, trigger and exit of each position entered before this bar, in order_id order (E-5).
    pub(crate) fn evaluate_positions(&mut self, bar: &Bar) {
        let buffer = self.pass_buffer();
        for index in 0..self.orders.len() {
            if self.orders.entry_time[index] >= bar.timestamp {
                continue;
            }
            match self.orders.status[index] {
                Status::Open => {
                    if let Some(exit) = self.exit_of(index, bar, buffer) {
                        self.close_at_level(index, bar.timestamp, exit);
                    }
                }
                Status::Pending => self.evaluate_pending(index, bar, buffer),
                Status::Closed => {}
            }
        }
        self.remove_closed();
    }

    /// The buffer of the whole bar (E-6).
    fn pass_buffer(&self) -> f64 {
        let has_open = || self.orders.status.contains(&Status::Open);
        let pip_size = match self.rules.variant {
            Variant::V1 if !has_open() => V1_DEFAULT_PIP_SIZE,
            _ => self.rules.terms.pip_size,
        };
        self.rules.pip_buffer_factor * pip_size
    }

    /// E-6 with these prices: the one that can hit the stop and the one that can hit the target.
    #[inline]
    fn hits(&self, index: usize, adverse: f64, favourable: f64, buffer: f64) -> Hits {
        let target_buffer = match self.rules.variant {
            Variant::Canonical => 0.0,
            Variant::V1 => buffer,
        };
        let (stop_loss, take_profit) = (self.orders.stop_loss[index], self.orders.take_profit[index]);
        match self.orders.direction[index] {
            Direction::Long => {
                Hits { stop: adverse <= stop_loss + buffer, target: favourable >= take_profit - target_buffer }
            }
            Direction::Short => {
                Hits { stop: adverse >= stop_loss - buffer, target: favourable <= take_profit + target_buffer }
            }
        }
    }

    #[inline]
    fn bar_hits(&self, index: usize, bar: &Bar, buffer: f64) -> Hits {
        match self.orders.direction[index] {
            Direction::Long => self.hits(index, bar.bid_low, bar.bid_high, buffer),
            Direction::Short => self.hits(index, bar.ask_high, bar.ask_low, buffer),
        }
    }

    fn open_hits(&self, index: usize, bar: &Bar, buffer: f64) -> Hits {
        let open = exit_side_open(self.orders.direction[index], bar);
        self.hits(index, open, open, buffer)
    }

    /// Exit of a position that was open before this bar (E-7, E-9).
    #[inline]
    fn exit_of(&mut self, index: usize, bar: &Bar, buffer: f64) -> Option<Exit> {
        let hits = self.bar_hits(index, bar, buffer);
        if !hits.stop && !hits.target {
            return None;
        }
        let mut is_target = !hits.stop;
        if hits.stop && hits.target {
            let at_open = self.count_ambiguous(index, bar, buffer);
            is_target = self.rules.variant == Variant::Canonical && at_open.target && !at_open.stop;
        }
        let direction = self.orders.direction[index];
        let (side_open, is_buy) = (exit_side_open(direction, bar), is_buy(direction, false));
        Some(if is_target {
            let price = fill_limit(self.rules.variant, self.orders.take_profit[index], side_open, is_buy);
            Exit { price, reason: Reason::TakeProfit }
        } else {
            let price = fill_stop(self.rules.variant, self.orders.stop_loss[index], side_open, is_buy);
            Exit { price, reason: Reason::StopLoss }
        })
    }

    /// Counts a bar in which only finer data could order stop and target (Q-E7); returns what the open hits.
    fn count_ambiguous(&mut self, index: usize, bar: &Bar, buffer: f64) -> Hits {
        let at_open = self.open_hits(index, bar, buffer);
        if !at_open.stop && !at_open.target {
            self.portfolio.ambiguous_bars += 1;
        }
        at_open
    }

    /// Expiry, else trigger and the exits of the trigger bar (E-3, E-4).
    fn evaluate_pending(&mut self, index: usize, bar: &Bar, buffer: f64) {
        let expires_at = self.orders.details[index].expires_at;
        if expires_at != UNSET_TIME && expires_at <= bar.timestamp {
            self.drop_pending(index, bar.timestamp, EventKind::Expired, Reason::LimitExpired, 0);
            return;
        }
        let Some(fill) = self.trigger_fill(index, bar) else { return };
        if let Err(reason) = self.open_triggered(index, bar, fill) {
            let code = refusal_code(reason) as i32;
            self.drop_pending(index, bar.timestamp, EventKind::Cancelled, reason, code);
            return;
        }
        if let Some(exit) = self.exit_in_trigger_bar(index, bar, buffer) {
            self.close_at_level(index, bar.timestamp, exit);
        }
    }

    /// Fill price of a pending order that this bar triggers (Q-E3).
    fn trigger_fill(&self, index: usize, bar: &Bar) -> Option<f64> {
        let level = self.orders.entry_price[index];
        let direction = self.orders.direction[index];
        let variant = self.rules.variant;
        let details = &self.orders.details[index];
        let is_stop_order = details.order_type == OrderType::Stop;
        let is_triggered = match (is_stop_order, direction) {
            (false, Direction::Long) => bar.ask_low <= level,
            (false, Direction::Short) => bar.bid_high >= level,
            (true, Direction::Long) => bar.ask_high >= level,
            (true, Direction::Short) => bar.bid_low <= level,
        };
        if !is_triggered {
            return None;
        }
        let side_open = match direction {
            Direction::Long => bar.ask_open,
            Direction::Short => bar.bid_open,
        };
        if !is_stop_order {
            return Some(fill_limit(variant, level, side_open, is_buy(direction, true)));
        }
        let fill = fill_stop(variant, level, side_open, is_buy(direction, true));
        if variant == Variant::V1 {
            return Some(fill);
        }
        let offset =
            self.costs.slippage_offset(details.signal_timestamp, details.magic_number, details.ordinal, ENTRY_LEG);
        Some(apply_slippage(variant, fill, offset, direction, true))
    }

    /// Checks and sizes at the fill, then opens.
    fn open_triggered(&mut self, index: usize, bar: &Bar, fill: f64) -> Result<(), Reason> {
        let stop_loss = self.orders.stop_loss[index];
        if self.rules.variant == Variant::Canonical {
            self.check_levels(self.orders.direction[index], fill, stop_loss, self.orders.take_profit[index])?;
        }
        let risk_amount = self.risk_amount();
        let lots = self.size(self.orders.details[index].requested_size, risk_amount, fill, stop_loss)?;
        let fee = self.costs.fee(lots, fill);
        self.orders.status[index] = Status::Open;
        self.orders.trigger_time[index] = bar.timestamp;
        self.orders.entry_price[index] = fill;
        self.orders.size[index] = lots;
        self.orders.details[index].risk_per_trade = risk_amount;
        self.orders.details[index].entry_fee = fee;
        self.is_chain_stale = true;
        self.report_opened(index, bar.timestamp, fee);
        Ok(())
    }

    /// E-8 and E-9: the open came before the entry, so both exits fill at their level and the stop goes first.
    fn exit_in_trigger_bar(&mut self, index: usize, bar: &Bar, buffer: f64) -> Option<Exit> {
        let mut hits = self.bar_hits(index, bar, buffer);
        let take_profit = self.orders.take_profit[index];
        if self.orders.details[index].order_type == OrderType::Limit {
            hits.target = match self.orders.direction[index] {
                Direction::Long => bar.bid_close > take_profit,
                Direction::Short => bar.ask_close < take_profit,
            };
        }
        if hits.stop && hits.target {
            self.count_ambiguous(index, bar, buffer);
        }
        if hits.stop {
            Some(Exit { price: self.orders.stop_loss[index], reason: Reason::StopLoss })
        } else if hits.target {
            Some(Exit { price: take_profit, reason: Reason::TakeProfit })
        } else {
            None
        }
    }

    /// Ends a pending order without a fill.
    fn drop_pending(&mut self, index: usize, timestamp: i64, kind: EventKind, reason: Reason, error_code: i32) {
        self.record(&Event {
            order_id: self.orders.details[index].order_id,
            price: self.orders.entry_price[index],
            stop_loss: self.orders.stop_loss[index],
            take_profit: self.orders.take_profit[index],
            reason: Some(reason),
            error_code,
            ..Event::new(timestamp, kind)
        });
        self.orders.close(index);
    }

    // ---- management and the end of data ----

    /// Timeouts of positions triggered before this bar (E-11, E-12).
    pub(crate) fn manage_positions(&mut self, bar: &Bar) {
        for index in 0..self.orders.len() {
            let max_holding = self.orders.max_holding[index];
            if max_holding == UNSET_TIME
                || self.orders.status[index] != Status::Open
                || self.orders.trigger_time[index] >= bar.timestamp
            {
                continue;
            }
            let since = match self.rules.variant {
                Variant::Canonical => self.orders.trigger_time[index],
                Variant::V1 => self.orders.entry_time[index],
            };
            // Both ages fit a u64 even where the difference of two i64 does not fit an i64.
            if bar.timestamp.wrapping_sub(since) as u64 >= max_holding as u64 {
                self.close_at_market(index, bar, Reason::Timeout);
            }
        }
        self.remove_closed();
    }

    /// Closes or cancels everything after the last bar's management (E-18).
    pub(crate) fn close_all(&mut self, bar: &Bar) {
        for index in 0..self.orders.len() {
            match self.orders.status[index] {
                Status::Open => self.close_at_market(index, bar, Reason::EndOfData),
                Status::Pending => {
                    self.drop_pending(index, bar.timestamp, EventKind::Cancelled, Reason::EndOfData, 0);
                }
                Status::Closed => {}
            }
        }
        self.remove_closed();
    }

    /// Closes at the bar's close on the exit side; v1's timeout has neither slippage nor fee.
    fn close_at_market(&mut self, index: usize, bar: &Bar, reason: Reason) {
        let close = match self.orders.direction[index] {
            Direction::Long => bar.bid_close,
            Direction::Short => bar.ask_close,
        };
        if self.rules.variant == Variant::V1 && reason == Reason::Timeout {
            self.close(index, bar.timestamp, close, 0.0, reason);
        } else {
            self.close_with_costs(index, bar.timestamp, close, true, reason);
        }
    }

    /// Closes at stop or target; only v1 slips a target (C-1).
    fn close_at_level(&mut self, index: usize, timestamp: i64, exit: Exit) {
        let has_slippage = exit.reason == Reason::StopLoss || self.rules.variant == Variant::V1;
        self.close_with_costs(index, timestamp, exit.price, has_slippage, exit.reason);
    }

    fn close_with_costs(&mut self, index: usize, timestamp: i64, price: f64, has_slippage: bool, reason: Reason) {
        let mut fill = price;
        if has_slippage {
            let details = &self.orders.details[index];
            let offset =
                self.costs.slippage_offset(details.signal_timestamp, details.magic_number, details.ordinal, EXIT_LEG);
            fill = apply_slippage(self.rules.variant, price, offset, self.orders.direction[index], false);
        }
        let fee = self.costs.fee(self.orders.size[index], fill);
        self.close(index, timestamp, fill, fee, reason);
    }

    fn close(&mut self, index: usize, timestamp: i64, exit_price: f64, fee: f64, reason: Reason) {
        let details = self.orders.details[index];
        let closed = ClosedPosition {
            direction: self.orders.direction[index],
            entry_price: self.orders.entry_price[index],
            exit_price,
            initial_stop_loss: details.initial_stop_loss,
            size: self.orders.size[index],
            risk_per_trade: details.risk_per_trade,
        };
        let (result, r_multiple) = result_and_r(self.rules.variant, &closed, self.rules.terms.value_per_price);
        self.portfolio.book_exit(fee, result);
        self.record(&Event {
            order_id: details.order_id,
            price: exit_price,
            size: closed.size,
            stop_loss: self.orders.stop_loss[index],
            take_profit: self.orders.take_profit[index],
            result,
            fee,
            reason: Some(reason),
            ..Event::new(timestamp, EventKind::Closed)
        });
        self.push_trade(index, timestamp, exit_price, result, r_multiple, fee, reason);
        self.orders.close(index);
    }

    #[allow(clippy::too_many_arguments, reason = "the columns of a trade that its order does not have")]
    fn push_trade(
        &mut self,
        index: usize,
        exit_time: i64,
        exit_price: f64,
        result: f64,
        r_multiple: f64,
        exit_fee: f64,
        reason: Reason,
    ) {
        let (orders, trades) = (&self.orders, &mut self.trades);
        let details = &orders.details[index];
        trades.order_id.push(details.order_id);
        trades.magic_number.push(details.magic_number);
        trades.direction.push(orders.direction[index]);
        trades.order_type.push(details.order_type);
        trades.entry_time.push(orders.entry_time[index]);
        trades.trigger_time.push(orders.trigger_time[index]);
        trades.entry_price.push(orders.entry_price[index]);
        trades.initial_stop_loss.push(details.initial_stop_loss);
        trades.initial_take_profit.push(details.initial_take_profit);
        trades.stop_loss.push(orders.stop_loss[index]);
        trades.take_profit.push(orders.take_profit[index]);
        trades.size.push(orders.size[index]);
        trades.risk_per_trade.push(details.risk_per_trade);
        trades.exit_time.push(exit_time);
        trades.exit_price.push(exit_price);
        trades.result.push(result);
        trades.r_multiple.push(r_multiple);
        trades.entry_fee.push(details.entry_fee);
        trades.exit_fee.push(exit_fee);
        trades.stop_kind.push(details.stop_kind);
        trades.reason.push(reason);
        trades.signal_row.push(details.signal_row);
    }

    fn remove_closed(&mut self) {
        if self.orders.remove_closed() {
            self.is_chain_stale = true;
        }
    }

    /// Equity, drawdown and state chain: what ends a bar.
    pub(crate) fn finish_bar(&mut self, bar: &Bar) -> [u8; DIGEST_LENGTH] {
        self.portfolio.mark(bar, &self.orders);
        if self.is_chain_stale {
            self.chain.set_positions(self.orders.records());
            self.is_chain_stale = false;
        }
        self.chain.step(bar.timestamp, self.portfolio.cash, self.portfolio.equity)
    }
}

fn out_of_state(problem: &str, timestamp: i64, row: usize) -> OmegaError {
    OmegaError::new(ErrorCode::InvalidState, format!("expected the next bar, found {problem}"))
        .rule("E-19")
        .column("timestamp")
        .row(row)
        .value(Value::Int(timestamp))
}

fn exit_side_open(direction: Direction, bar: &Bar) -> f64 {
    match direction {
        Direction::Long => bar.bid_open,
        Direction::Short => bar.ask_open,
    }
}

fn check_distance(fill: f64, stop_loss: f64, least: f64) -> Result<(), Reason> {
    if (fill - stop_loss).abs() >= least { Ok(()) } else { Err(Reason::StopDistance) }
}

/// What the details of an order are before it is sized.
fn details(signal: &Signal, order_id: i64, ordinal: u32) -> Details {
    Details {
        order_id,
        magic_number: signal.magic_number,
        order_type: OrderType::Market,
        initial_stop_loss: signal.stop_loss,
        initial_take_profit: signal.take_profit,
        requested_size: signal.size,
        risk_per_trade: f64::NAN,
        entry_fee: f64::NAN,
        expires_at: signal.expires_at,
        signal_timestamp: signal.timestamp,
        ordinal,
        signal_row: signal.row,
        stop_kind: StopKind::Initial,
    }
}

/// Code of a refused signal or order: the table of reasons.
fn refusal_code(reason: Reason) -> ErrorCode {
    match reason {
        Reason::UnknownSymbol => ErrorCode::InvalidArgument,
        Reason::NotImplemented => ErrorCode::NotImplemented,
        Reason::DirectionMissing | Reason::OrderTypeMissing | Reason::StopLossMissing | Reason::PriceMissing => {
            ErrorCode::MissingRequiredField
        }
        Reason::MaxPositions => ErrorCode::InvalidState,
        _ => ErrorCode::ConstraintViolation,
    }
}
