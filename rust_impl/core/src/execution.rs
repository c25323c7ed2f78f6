//! The execution simulator (E-1 … E-12, E-18, E-19): from signals and bars to events, trades and money.

use std::collections::BTreeMap;

use crate::checks::{SignalLimits, code_of_reason, level_refusal, signal_refusal};
use crate::costs::{CostModel, ENTRY_LEG, EXIT_LEG};
use crate::error::{ErrorCode, OmegaError, Value};
use crate::fills::{fill_limit, fill_stop, is_buy, slipped};
use crate::hits::{
    Hits, Levels, V1_IDLE_PIP_SIZE, bar_buffer, exit_side_open, find_hits, is_target_passed_at_close, is_triggered,
    open_hits,
};
use crate::orders::{Details, NewOrder, Orders};
use crate::portfolio::{ClosedPosition, Portfolio, trade_result};
use crate::sizing::{SymbolTerms, raw_size};
use crate::state_chain::{DIGEST_LENGTH, StateChain};
use crate::strategy::OpenPosition;
use crate::types::{
    Bar, Bars, Direction, EngineConfig, Event, EventKind, Events, OrderType, Positions, Reason, Signal, Signals,
    Status, StopKind, Trade, Trades, UNSET_TIME, Variant,
};

/// Positions, money, events and state chain of one symbol's run.
///
/// Step by step: the signals of a bar first, then its exits (E-19). A failed call leaves the state as it was.
#[derive(Debug)]
pub struct ExecutionSimulator {
    rules: Rules,
    costs: CostModel,
    ordinals: Ordinals,
    next_order_id: i64,
    next_seq: i64,
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
    limits: SignalLimits,
    terms: SymbolTerms,
    timeframe: i64,
    risk_per_trade: f64,
    risk_fraction: Option<f64>,
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
        rule!("Q-N6", ordinal > 0);
        *count += sabotage!(OrdinalIgnored => 0, else 1);
        ordinal
    }
}

/// An exit that a bar's prices decided.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Exit {
    price: f64,
    reason: Reason,
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
                limits: SignalLimits {
                    variant: config.variant,
                    start: config.start.unwrap_or(i64::MIN),
                    max_positions: config.max_positions.unwrap_or(usize::MAX),
                },
                terms,
                timeframe: config.timeframe,
                risk_per_trade: config.risk_per_trade,
                risk_fraction: config.risk_fraction,
                pip_buffer_factor: config.pip_buffer_factor,
            },
            costs: CostModel::new(config)?,
            ordinals: Ordinals::default(),
            next_order_id: sabotage!(StateKept => crate::probe::kept_order_id(), else 1),
            next_seq: 0,
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
        let stamped = sabotage!(TimesShifted => &Event { timestamp: event.timestamp + 1, ..*event }, else event);
        self.next_seq += 1;
        self.events.push(stamped);
        self.chain.push_event(stamped);
    }

    // ---- signals ----

    /// Accepts or rejects one signal in `bar`.
    pub(crate) fn process_signal(&mut self, bar: &Bar, signal: &Signal) {
        let ordinal = self.ordinals.next(signal);
        rule!("L-1a", signal.timestamp < bar.timestamp);
        let outcome = signal_refusal(signal, &self.rules.limits, self.entry_time(bar, signal), self.orders.len())
            .and_then(|(direction, order_type)| match order_type {
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
            error_code: code_of_reason(reason) as i32,
            ..Event::new(self.next_seq, bar.timestamp, EventKind::Rejected)
        });
    }

    /// L-1a: the bar of hand-over, in v1 the signal's own time.
    fn entry_time(&self, bar: &Bar, signal: &Signal) -> i64 {
        match self.rules.limits.variant {
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
        let variant = self.rules.limits.variant;
        let (close, low, high) = match direction {
            Direction::Long => (bar.ask_close, bar.ask_low, bar.ask_high),
            Direction::Short => (bar.bid_close, bar.bid_low, bar.bid_high),
        };
        let price = if signal.price.is_nan() { close } else { signal.price };
        if variant == Variant::Canonical && !(low <= price && price <= high) {
            rule!("E-1");
            return Err(Reason::PriceOutsideBar);
        }
        rule!("Q-E1", signal.price.is_nan());
        let offset = self.costs.slippage_offset(signal.timestamp, signal.magic_number, ordinal, ENTRY_LEG);
        let fill = slipped(variant, price, offset, direction, true);
        level_refusal(variant, &self.rules.terms, direction, fill, signal.stop_loss, signal.take_profit)?;
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
        let variant = self.rules.limits.variant;
        if variant == Variant::Canonical {
            level_refusal(variant, &self.rules.terms, direction, signal.price, signal.stop_loss, signal.take_profit)?;
        }
        rule!("E-2");
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
        sabotage!(StateKept => crate::probe::keep_order_id(self.next_order_id));
        self.is_chain_stale = true;
        self.record(&Event {
            order_id,
            price,
            size: signal.size,
            stop_loss: signal.stop_loss,
            take_profit: signal.take_profit,
            ..Event::new(self.next_seq, bar.timestamp, EventKind::Accepted)
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
            ..Event::new(self.next_seq, timestamp, EventKind::Opened)
        });
    }

    fn risk_amount(&self) -> f64 {
        match self.rules.risk_fraction {
            Some(fraction) => fraction * self.portfolio.equity,
            None => self.rules.risk_per_trade,
        }
    }

    fn size(&self, requested: f64, risk_amount: f64, fill: f64, stop_loss: f64) -> Result<f64, Reason> {
        let raw = if requested.is_nan() {
            rule!("S-2");
            raw_size(risk_amount, fill, stop_loss, self.rules.terms.value_per_price)
        } else {
            requested
        };
        self.rules.terms.lots_from_raw(raw).ok_or(Reason::BelowMin)
    }

    // ---- the pass over a bar ----

    /// Expiry, trigger and exit of each position entered before this bar, in order_id order (E-5).
    pub(crate) fn evaluate_positions(&mut self, bar: &Bar) {
        let buffer = self.pass_buffer();
        for index in 0..self.orders.len() {
            let entry_time = self.orders.entry_time[index];
            if sabotage!(TriggerBarEarly => entry_time > bar.timestamp, else entry_time >= bar.timestamp) {
                rule!("E-5");
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
        let pip_size = match self.rules.limits.variant {
            Variant::V1 if !has_open() => V1_IDLE_PIP_SIZE,
            _ => self.rules.terms.pip_size,
        };
        bar_buffer(self.rules.pip_buffer_factor, pip_size)
    }

    #[inline]
    fn levels(&self, index: usize) -> Levels {
        Levels {
            direction: self.orders.direction[index],
            stop_loss: self.orders.stop_loss[index],
            take_profit: self.orders.take_profit[index],
        }
    }

    /// Exit of a position that was open before this bar (E-7, E-9).
    #[inline]
    fn exit_of(&mut self, index: usize, bar: &Bar, buffer: f64) -> Option<Exit> {
        let variant = self.rules.limits.variant;
        let levels = self.levels(index);
        let hits = find_hits(variant, &levels, bar, buffer);
        if !hits.stop && !hits.target {
            return None;
        }
        let mut is_target = !hits.stop;
        if hits.stop && hits.target {
            let at_open = self.count_ambiguous(&levels, bar, buffer);
            is_target =
                variant == Variant::Canonical && sabotage!(TieToTarget => true, else at_open.target && !at_open.stop);
        }
        rule!("E-6", crate::hits::is_touch(variant, &levels, bar, buffer, is_target));
        rule!("E-10", is_target);
        rule!("E-10s", !is_target);
        let (side_open, is_buy) = (exit_side_open(levels.direction, bar), is_buy(levels.direction, false));
        Some(if is_target {
            let price = fill_limit(variant, levels.take_profit, side_open, is_buy);
            rule!("E-9", price != levels.take_profit);
            Exit { price, reason: Reason::TakeProfit }
        } else {
            let price = fill_stop(variant, levels.stop_loss, side_open, is_buy);
            rule!("E-9", price != levels.stop_loss);
            Exit { price, reason: Reason::StopLoss }
        })
    }

    /// Counts a bar in which only finer data could order stop and target (Q-E7); returns what the open hits.
    fn count_ambiguous(&mut self, levels: &Levels, bar: &Bar, buffer: f64) -> Hits {
        rule!("E-7");
        let at_open = open_hits(self.rules.limits.variant, levels, bar, buffer);
        if !at_open.stop && !at_open.target {
            rule!("Q-E7");
            self.portfolio.ambiguous_bars += 1;
        }
        at_open
    }

    /// Expiry, else trigger and the exits of the trigger bar (E-3, E-4).
    fn evaluate_pending(&mut self, index: usize, bar: &Bar, buffer: f64) {
        let expires_at = self.orders.details[index].expires_at;
        let is_over = sabotage!(ExpiryLate => expires_at < bar.timestamp, else expires_at <= bar.timestamp);
        if expires_at != UNSET_TIME && is_over {
            rule!("E-4");
            self.drop_pending(index, bar.timestamp, EventKind::Expired, Reason::LimitExpired, 0);
            return;
        }
        let Some(fill) = self.trigger_fill(index, bar) else { return };
        rule!("E-3");
        if let Err(reason) = self.open_triggered(index, bar, fill) {
            let code = code_of_reason(reason) as i32;
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
        let variant = self.rules.limits.variant;
        let details = &self.orders.details[index];
        if !is_triggered(details.order_type, direction, level, bar) {
            return None;
        }
        let side_open = match direction {
            Direction::Long => bar.ask_open,
            Direction::Short => bar.bid_open,
        };
        if details.order_type == OrderType::Limit {
            return Some(fill_limit(variant, level, side_open, is_buy(direction, true)));
        }
        let fill = fill_stop(variant, level, side_open, is_buy(direction, true));
        if variant == Variant::V1 {
            return Some(fill);
        }
        let offset =
            self.costs.slippage_offset(details.signal_timestamp, details.magic_number, details.ordinal, ENTRY_LEG);
        Some(slipped(variant, fill, offset, direction, true))
    }

    /// Checks and sizes at the fill, then opens.
    fn open_triggered(&mut self, index: usize, bar: &Bar, fill: f64) -> Result<(), Reason> {
        let Levels { direction, stop_loss, take_profit } = self.levels(index);
        let variant = self.rules.limits.variant;
        if variant == Variant::Canonical {
            level_refusal(variant, &self.rules.terms, direction, fill, stop_loss, take_profit)?;
        }
        let risk_amount = self.risk_amount();
        let entry = sabotage!(SizedAtOrderPrice => self.orders.entry_price[index], else fill);
        let lots = self.size(self.orders.details[index].requested_size, risk_amount, entry, stop_loss)?;
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
        let levels = self.levels(index);
        let mut hits = find_hits(self.rules.limits.variant, &levels, bar, buffer);
        if self.orders.details[index].order_type == OrderType::Limit {
            let is_passed = is_target_passed_at_close(&levels, bar);
            rule!("E-8", is_passed != hits.target);
            hits.target = sabotage!(TriggerBarTouch => hits.target, else is_passed);
        }
        if hits.stop && hits.target {
            self.count_ambiguous(&levels, bar, buffer);
        }
        rule!(
            "E-6",
            (hits.stop || hits.target)
                && crate::hits::is_touch(self.rules.limits.variant, &levels, bar, buffer, !hits.stop)
        );
        rule!("E-10", hits.target && !hits.stop);
        rule!("E-10s", hits.stop);
        if hits.stop {
            Some(Exit { price: levels.stop_loss, reason: Reason::StopLoss })
        } else if hits.target {
            Some(Exit { price: levels.take_profit, reason: Reason::TakeProfit })
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
            ..Event::new(self.next_seq, timestamp, kind)
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
            let since = match self.rules.limits.variant {
                Variant::Canonical => self.orders.trigger_time[index],
                Variant::V1 => self.orders.entry_time[index],
            };
            // Both ages fit a u64 even where the difference of two i64 does not fit an i64.
            let (age, longest) = (bar.timestamp.wrapping_sub(since) as u64, max_holding as u64);
            if sabotage!(TimeoutLate => age > longest, else age >= longest) {
                rule!("E-12");
                self.close_at_market(index, bar, Reason::Timeout);
            }
        }
        self.remove_closed();
    }

    /// Closes or cancels everything after the last bar's management (E-18).
    pub(crate) fn close_all(&mut self, bar: &Bar) {
        for index in 0..self.orders.len() {
            rule!("E-18");
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
        let (bid, ask) = sabotage!(SidesSwapped => (bar.ask_close, bar.bid_close), else (bar.bid_close, bar.ask_close));
        let close = match self.orders.direction[index] {
            Direction::Long => bid,
            Direction::Short => ask,
        };
        if self.rules.limits.variant == Variant::V1 && reason == Reason::Timeout {
            self.close(index, bar.timestamp, close, 0.0, reason);
        } else {
            self.close_with_costs(index, bar.timestamp, close, true, reason);
        }
    }

    /// Closes at stop or target; only v1 slips a target (C-1).
    fn close_at_level(&mut self, index: usize, timestamp: i64, exit: Exit) {
        let has_slippage = exit.reason == Reason::StopLoss || self.rules.limits.variant == Variant::V1;
        self.close_with_costs(index, timestamp, exit.price, has_slippage, exit.reason);
    }

    fn close_with_costs(&mut self, index: usize, timestamp: i64, price: f64, has_slippage: bool, reason: Reason) {
        let mut fill = price;
        if has_slippage {
            let details = &self.orders.details[index];
            let offset =
                self.costs.slippage_offset(details.signal_timestamp, details.magic_number, details.ordinal, EXIT_LEG);
            fill = slipped(self.rules.limits.variant, price, offset, self.orders.direction[index], false);
        }
        let fee = sabotage!(ExitFeeSkipped => 0.0, else self.costs.fee(self.orders.size[index], fill));
        self.close(index, timestamp, fill, fee, reason);
    }

    fn close(&mut self, index: usize, timestamp: i64, exit_price: f64, fee: f64, reason: Reason) {
        sabotage!(PanicAtExit => panic!("saboteur"));
        let details = self.orders.details[index];
        let closed = ClosedPosition {
            direction: self.orders.direction[index],
            entry_price: self.orders.entry_price[index],
            exit_price,
            initial_stop_loss: details.initial_stop_loss,
            size: self.orders.size[index],
            risk_per_trade: details.risk_per_trade,
        };
        let (result, r_multiple) = trade_result(self.rules.limits.variant, &closed, self.rules.terms.value_per_price);
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
            ..Event::new(self.next_seq, timestamp, EventKind::Closed)
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
        let orders = &self.orders;
        let details = &orders.details[index];
        self.trades.push(&Trade {
            order_id: details.order_id,
            magic_number: details.magic_number,
            direction: orders.direction[index],
            order_type: details.order_type,
            entry_time: orders.entry_time[index],
            trigger_time: orders.trigger_time[index],
            entry_price: orders.entry_price[index],
            initial_stop_loss: details.initial_stop_loss,
            initial_take_profit: details.initial_take_profit,
            stop_loss: orders.stop_loss[index],
            take_profit: orders.take_profit[index],
            size: orders.size[index],
            risk_per_trade: details.risk_per_trade,
            exit_time,
            exit_price,
            result,
            r_multiple,
            entry_fee: details.entry_fee,
            exit_fee,
            stop_kind: details.stop_kind,
            reason,
            signal_row: details.signal_row,
        });
    }

    fn remove_closed(&mut self) {
        if self.orders.remove_closed() {
            self.is_chain_stale = true;
        }
    }

    /// Equity, drawdown and state chain: what ends a bar.
    pub(crate) fn finish_bar(&mut self, bar: &Bar) -> [u8; DIGEST_LENGTH] {
        rule!("L-1", {
            let is_earlier = |&time: &i64| time != bar.timestamp;
            let first = self.events.timestamp.iter().rposition(is_earlier).map_or(0, |row| row + 1);
            let (first, last) = (self.events.kind.get(first), self.events.kind.last());
            matches!(first, Some(EventKind::Accepted | EventKind::Rejected)) && matches!(last, Some(EventKind::Closed))
        });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bars::columns::BarColumns;
    use crate::engine::run;
    use crate::test_support::{BAR, bars, config, signals};
    use crate::types::{RunControl, RunOutput, SignalType};

    const FLAT: [f64; 4] = [1.1, 1.1002, 1.0998, 1.1];
    const NAN: f64 = f64::NAN;

    fn run_on(config: &EngineConfig, bars: &BarColumns, signals: &Signals) -> RunOutput {
        run(&bars.view(), Some(signals), config, &RunControl::default()).unwrap()
    }

    /// One signal handed over in the first, flat bar; then `rows`.
    fn play(config: &EngineConfig, signal: impl FnOnce(&mut Signals), rows: &[[f64; 4]]) -> RunOutput {
        let mut table = signals(1);
        signal(&mut table);
        run_on(config, &bars(&[&[FLAT], rows].concat()), &table)
    }

    fn v1() -> EngineConfig {
        EngineConfig { variant: Variant::V1, ..config() }
    }

    fn slipping(config: EngineConfig) -> EngineConfig {
        EngineConfig { slippage_fixed_pips: 1.0, ..config }
    }

    fn exit(output: &RunOutput) -> (f64, Reason) {
        assert_eq!(output.trades.order_id.len(), 1, "{:?}", output.events.kind);
        (output.trades.exit_price[0], output.trades.reason[0])
    }

    fn market(price: f64, take_profit: f64) -> impl FnOnce(&mut Signals) {
        move |signal| {
            signal.price[0] = price;
            signal.take_profit[0] = take_profit;
        }
    }

    fn pending(
        order_type: OrderType,
        direction: Direction,
        price: f64,
        stop_loss: f64,
        take_profit: f64,
    ) -> impl Fn(&mut Signals) {
        move |signal| {
            signal.order_type[0] = Some(order_type);
            signal.direction[0] = Some(direction);
            signal.price[0] = price;
            signal.stop_loss[0] = stop_loss;
            signal.take_profit[0] = take_profit;
        }
    }

    #[test]
    fn a_market_order_is_accepted_and_opened_in_its_bar() {
        // E-1, Q-T8: a null price is the ask's close; 100 / (21 pips · 10) is 0.476 lots, whole steps 0.47.
        let output = play(&config(), |_| (), &[]);
        let events = &output.events;
        assert_eq!(events.kind, [EventKind::Accepted, EventKind::Opened]);
        assert_eq!(events.price, [1.1001, 1.1001]);
        assert!(events.size[0].is_nan() && events.fee[0].is_nan());
        assert_eq!((events.size[1], events.fee[1], events.order_id[1]), (0.47, 0.0, 1));
        let positions = &output.positions;
        assert_eq!((positions.status[0], positions.entry_time[0], positions.trigger_time[0]), (Status::Open, 0, 0));
        assert_eq!((positions.risk_per_trade[0], positions.signal_row[0]), (100.0, 0));
    }

    #[test]
    fn slippage_is_paid_on_entry_stop_and_timeout_but_not_at_the_target() {
        // C-1, with a stop 20 pips under the ask.
        let config = slipping(config());
        let stopped = play(&config, |_| (), &[[1.1, 1.1, 1.097, 1.0975]]);
        assert_eq!(stopped.trades.entry_price[0], 1.1001 + 0.0001);
        assert_eq!(exit(&stopped), (1.098 - 0.0001, Reason::StopLoss));
        let won = play(&config, market(NAN, 1.102), &[[1.1, 1.103, 1.1, 1.1025]]);
        assert_eq!(exit(&won), (1.102, Reason::TakeProfit));
        let timed = play(&config, |signal| signal.max_holding[0] = BAR, &[[1.1, 1.1001, 1.0999, 1.1]]);
        assert_eq!(exit(&timed), (1.1 - 0.0001, Reason::Timeout));
    }

    #[test]
    fn v1_slips_by_direction_and_not_at_a_timeout() {
        let config = EngineConfig { fee_per_million: 30.0, ..slipping(v1()) };
        let stopped = play(&config, market(1.1001, NAN), &[[1.1, 1.1, 1.097, 1.0975]]);
        assert_eq!(exit(&stopped), (1.098 + 0.0001, Reason::StopLoss));
        let won = play(&config, market(1.1001, 1.102), &[[1.1, 1.103, 1.1, 1.1025]]);
        assert_eq!(exit(&won), (1.102 + 0.0001, Reason::TakeProfit));
        let timeout = |signal: &mut Signals| {
            signal.price[0] = 1.1001;
            signal.max_holding[0] = BAR;
        };
        let timed = play(&config, timeout, &[FLAT]);
        assert_eq!(exit(&timed), (1.1, Reason::Timeout));
        assert_eq!((timed.trades.exit_fee[0], timed.events.fee[2]), (0.0, 0.0));
        assert!(timed.trades.entry_fee[0] > 0.0);
    }

    #[test]
    fn a_stop_fills_at_the_open_that_gapped_through_it() {
        // E-9, Q-E3.
        let gap = [1.097, 1.0975, 1.096, 1.0972];
        assert_eq!(exit(&play(&config(), |_| (), &[gap])), (1.097, Reason::StopLoss));
        assert_eq!(exit(&play(&v1(), market(1.1001, NAN), &[gap])), (1.098, Reason::StopLoss));
        let good_gap = [1.103, 1.104, 1.1025, 1.1035];
        assert_eq!(exit(&play(&config(), market(NAN, 1.102), &[good_gap])), (1.103, Reason::TakeProfit));
    }

    #[test]
    fn the_buffer_brings_the_stop_nearer_and_in_v1_the_target_too() {
        // E-6: half a pip.
        let low = |low| [[1.1, 1.1002, low, 1.1]];
        assert_eq!(play(&config(), |_| (), &low(1.09806)).trades.order_id.len(), 0);
        assert_eq!(exit(&play(&config(), |_| (), &low(1.09804))), (1.098, Reason::StopLoss));
        let high = [[1.1, 1.10197, 1.0999, 1.1]];
        assert_eq!(play(&config(), market(NAN, 1.102), &high).trades.order_id.len(), 0);
        assert_eq!(exit(&play(&v1(), market(1.1001, 1.102), &high)), (1.102, Reason::TakeProfit));
    }

    #[test]
    fn shorts_mirror_longs_on_the_ask() {
        let short = |signal: &mut Signals| {
            signal.direction[0] = Some(Direction::Short);
            signal.stop_loss[0] = 1.102;
            signal.take_profit[0] = 1.098;
        };
        let stopped = play(&config(), short, &[[1.1, 1.10186, 1.0999, 1.1]]);
        assert_eq!(stopped.trades.entry_price[0], 1.1);
        assert_eq!(exit(&stopped), (1.102, Reason::StopLoss));
        assert!(stopped.trades.result[0] < 0.0);
        let won = play(&config(), short, &[[1.1, 1.1001, 1.0978, 1.0985]]);
        assert_eq!(exit(&won), (1.098, Reason::TakeProfit));
        let timed = play(
            &config(),
            |signal| {
                short(signal);
                signal.max_holding[0] = 0;
            },
            &[FLAT],
        );
        assert_eq!(exit(&timed), (1.1 + 0.0001, Reason::Timeout));
        assert_eq!(timed.trades.exit_time[0], BAR);
    }

    #[test]
    fn when_both_are_hit_the_stop_goes_first_unless_the_open_reached_the_target() {
        // E-7.
        let wide = [1.1, 1.103, 1.097, 1.1];
        let both = play(&config(), market(NAN, 1.102), &[wide]);
        assert_eq!((exit(&both), both.metrics.ambiguous_bars), ((1.098, Reason::StopLoss), 1));
        let open_at_target = [1.1025, 1.103, 1.097, 1.1];
        let target = play(&config(), market(NAN, 1.102), &[open_at_target]);
        assert_eq!((exit(&target), target.metrics.ambiguous_bars), ((1.1025, Reason::TakeProfit), 0));
        let old = play(&v1(), market(1.1001, 1.102), &[open_at_target]);
        assert_eq!((exit(&old), old.metrics.ambiguous_bars), ((1.098, Reason::StopLoss), 0));
        let open_at_stop = [1.0975, 1.103, 1.097, 1.1];
        let stop = play(&config(), market(NAN, 1.102), &[open_at_stop]);
        assert_eq!((exit(&stop), stop.metrics.ambiguous_bars), ((1.0975, Reason::StopLoss), 0));
    }

    #[test]
    fn management_sees_open_positions_from_the_bar_after_their_trigger() {
        // E-11: neither a pending order nor one that this bar opened.
        let bars = bars(&[FLAT; 3]);
        let mut table = signals(2);
        table.order_type[1] = Some(OrderType::Limit);
        table.price[1] = 1.0995;
        let mut simulator = ExecutionSimulator::new(&config()).unwrap();
        simulator.process_signals(0, &bars.view(), &table).unwrap();
        assert_eq!(simulator.active_positions(), 2);
        let managed = |index| -> Vec<i64> {
            simulator.managed_positions(&bars.view().bar(index)).map(|position| position.order_id).collect()
        };
        assert_eq!([managed(0), managed(1), managed(2)], [vec![], vec![1], vec![1]]);
    }

    #[test]
    fn the_bar_of_entry_closes_nothing() {
        // E-5.
        let output = run_on(&config(), &bars(&[[1.1, 1.1002, 1.09, 1.1]]), &signals(1));
        assert_eq!((output.trades.order_id.len(), output.positions.order_id.len()), (0, 1));
    }

    #[test]
    fn each_pending_order_has_its_trigger_and_its_fill() {
        // E-3, Q-E3: the bar after the placement opens through some levels.
        use Direction::{Long, Short};
        use OrderType::{Limit, Stop};
        // Bid 1.0980 … 1.1020, ask one pip higher, open 1.1.
        let wide = [1.1, 1.102, 1.098, 1.1];
        for (order_type, direction, price, stop_loss, fill) in [
            (Limit, Long, 1.0985, 1.09, 1.0985),
            (Limit, Long, 1.1005, 1.09, 1.1001),
            (Limit, Short, 1.1015, 1.11, 1.1015),
            (Limit, Short, 1.0995, 1.11, 1.1),
            (Stop, Long, 1.1015, 1.09, 1.1015),
            (Stop, Long, 1.0995, 1.09, 1.1001),
            (Stop, Short, 1.0985, 1.11, 1.0985),
            (Stop, Short, 1.1005, 1.11, 1.1),
        ] {
            let order = pending(order_type, direction, price, stop_loss, NAN);
            let output = play(&config(), &order, &[wide]);
            assert_eq!(output.positions.status, [Status::Open], "{order_type:?} {direction:?} {price}");
            assert_eq!((output.positions.entry_price[0], output.positions.trigger_time[0]), (fill, BAR));
            assert_eq!(output.events.kind, [EventKind::Accepted, EventKind::Opened]);
            let slipped = play(&slipping(config()), &order, &[wide]).positions.entry_price[0];
            let offset = if order_type == Limit { 0.0 } else { 0.0001 };
            assert_eq!(slipped, if direction == Long { fill + offset } else { fill - offset });
            let old = play(&slipping(v1()), &order, &[wide]);
            assert_eq!(old.positions.entry_price, [price]);
        }
    }

    #[test]
    fn an_order_waits_for_its_level() {
        use Direction::{Long, Short};
        use OrderType::{Limit, Stop};
        for (order_type, direction, price, stop_loss) in [
            (Limit, Long, 1.0985, 1.09),
            (Limit, Short, 1.1015, 1.11),
            (Stop, Long, 1.1015, 1.09),
            (Stop, Short, 1.0985, 1.11),
        ] {
            let output = play(&config(), pending(order_type, direction, price, stop_loss, NAN), &[FLAT, FLAT]);
            let positions = &output.positions;
            assert_eq!((positions.status[0], positions.size[0]), (Status::Pending, 0.0));
            assert_eq!((positions.trigger_time[0], positions.entry_price[0]), (UNSET_TIME, price));
            assert!(positions.entry_fee[0].is_nan() && positions.risk_per_trade[0].is_nan());
        }
    }

    #[test]
    fn a_marketable_order_waits_for_the_next_bar() {
        // E-2.
        let order = pending(OrderType::Limit, Direction::Long, 1.101, 1.09, NAN);
        assert_eq!(play(&config(), &order, &[]).positions.status, [Status::Pending]);
    }

    #[test]
    fn in_its_trigger_bar_a_limit_needs_a_close_beyond_the_target() {
        // E-8, Q-E8.
        let limit = pending(OrderType::Limit, Direction::Long, 1.099, 1.09, 1.101);
        let touched = play(&config(), &limit, &[[1.1, 1.102, 1.098, 1.101]]);
        assert_eq!(touched.positions.status, [Status::Open]);
        let beyond = play(&config(), &limit, &[[1.1, 1.102, 1.098, 1.1015]]);
        assert_eq!(exit(&beyond), (1.101, Reason::TakeProfit));
        let stop_order = pending(OrderType::Stop, Direction::Long, 1.1005, 1.09, 1.101);
        let touched = play(&config(), &stop_order, &[[1.1, 1.102, 1.098, 1.1]]);
        assert_eq!(exit(&touched), (1.101, Reason::TakeProfit));
        let short = pending(OrderType::Limit, Direction::Short, 1.101, 1.11, 1.099);
        let beyond = play(&config(), &short, &[[1.1, 1.102, 1.098, 1.0985]]);
        assert_eq!(exit(&beyond), (1.099, Reason::TakeProfit));
    }

    #[test]
    fn in_its_trigger_bar_the_stop_goes_first_and_at_its_level() {
        // E-7, E-9: the open is through the stop, but it came before the entry.
        let limit = pending(OrderType::Limit, Direction::Long, 1.0995, 1.098, 1.101);
        let output = play(&slipping(config()), &limit, &[[1.1, 1.102, 1.097, 1.1015]]);
        assert_eq!((exit(&output), output.metrics.ambiguous_bars), ((1.098 - 0.0001, Reason::StopLoss), 1));
        let times = (output.trades.entry_time[0], output.trades.trigger_time[0], output.trades.exit_time[0]);
        assert_eq!(times, (0, BAR, BAR));
        let stop_order = pending(OrderType::Stop, Direction::Short, 1.0995, 1.101, NAN);
        let output = play(&config(), &stop_order, &[[1.1, 1.102, 1.097, 1.1]]);
        assert_eq!(exit(&output), (1.101, Reason::StopLoss));
    }

    #[test]
    fn an_order_expires_before_it_can_trigger() {
        // E-4.
        let limit = pending(OrderType::Limit, Direction::Long, 1.099, 1.09, NAN);
        let expiring = |expires_at| {
            let order = &limit;
            move |signal: &mut Signals| {
                order(signal);
                signal.expires_at[0] = expires_at;
            }
        };
        let low = [1.1, 1.1, 1.098, 1.1];
        let expired = play(&config(), expiring(BAR), &[low]);
        assert_eq!(expired.events.kind, [EventKind::Accepted, EventKind::Expired]);
        assert_eq!((expired.events.reason[1], expired.events.price[1]), (Some(Reason::LimitExpired), 1.099));
        assert!(expired.positions.order_id.is_empty() && expired.trades.order_id.is_empty());
        assert_eq!(play(&config(), expiring(BAR + 1), &[low]).positions.status, [Status::Open]);
        let late = play(&config(), expiring(0), &[low]);
        assert_eq!(late.events.reason, [Some(Reason::AlreadyExpired)]);
    }

    #[test]
    fn an_order_that_fails_at_its_fill_is_cancelled() {
        // E-3: filled under its own stop; too small a size.
        let limit = pending(OrderType::Limit, Direction::Long, 1.099, 1.098, NAN);
        let gap = [1.0974, 1.0975, 1.097, 1.0974];
        let output = play(&config(), &limit, &[gap]);
        assert_eq!(output.events.kind, [EventKind::Accepted, EventKind::Cancelled]);
        assert_eq!((output.events.reason[1], output.events.error_code[1]), (Some(Reason::StopSide), 1006));
        assert!(output.events.size[1].is_nan() && output.events.fee[1].is_nan());
        // v1 neither checks nor rejects: it opens, and the stop is hit at once.
        assert_eq!(exit(&play(&v1(), &limit, &[gap])), (1.098, Reason::StopLoss));
        let small = |signal: &mut Signals| {
            limit(signal);
            signal.size[0] = 0.001;
        };
        let output = play(&config(), small, &[[1.1, 1.1, 1.0985, 1.1]]);
        assert_eq!(output.events.reason[1], Some(Reason::BelowMin));
    }

    #[test]
    fn every_refusal_has_its_reason_and_code() {
        type Change = fn(&mut Signals);
        let canonical: [(Change, Reason, i32); 17] = [
            (|signal| signal.is_run_symbol[0] = false, Reason::UnknownSymbol, 1001),
            (|signal| signal.signal_type[0] = SignalType::Exit, Reason::NotImplemented, 4001),
            (|signal| signal.signal_type[0] = SignalType::Modify, Reason::NotImplemented, 4001),
            (|signal| signal.trailing_step[0] = 0.0, Reason::NotImplemented, 4001),
            (|signal| signal.break_even_at_r[0] = 1.0, Reason::NotImplemented, 4001),
            (|signal| signal.direction[0] = None, Reason::DirectionMissing, 1008),
            (|signal| signal.order_type[0] = None, Reason::OrderTypeMissing, 1008),
            (|signal| signal.stop_loss[0] = NAN, Reason::StopLossMissing, 1008),
            (|signal| signal.order_type[0] = Some(OrderType::Limit), Reason::PriceMissing, 1008),
            (|signal| signal.size[0] = 0.0, Reason::NotPositive, 1006),
            (|signal| signal.take_profit[0] = -1.0, Reason::NotPositive, 1006),
            (|signal| signal.price[0] = 1.2, Reason::PriceOutsideBar, 1006),
            (|signal| signal.price[0] = 1.0998, Reason::PriceOutsideBar, 1006),
            (|signal| signal.stop_loss[0] = 1.100_095, Reason::StopDistance, 1006),
            (|signal| signal.stop_loss[0] = 1.102, Reason::StopSide, 1006),
            (|signal| signal.take_profit[0] = 1.1, Reason::TargetSide, 1006),
            (|signal| signal.size[0] = 0.009, Reason::BelowMin, 1006),
        ];
        for (change, reason, code) in canonical {
            let output = play(&config(), change, &[FLAT]);
            assert_eq!(output.events.kind, [EventKind::Rejected], "{reason:?}");
            let row = (output.events.reason[0], output.events.error_code[0], output.events.order_id[0]);
            assert_eq!(row, (Some(reason), code, 0));
        }
        let old: [(Change, Reason); 2] = [
            (|_| (), Reason::PriceMissing),
            (|signal| (signal.price[0], signal.stop_loss[0]) = (1.1, 1.100_009), Reason::StopDistance),
        ];
        for (change, reason) in old {
            assert_eq!(play(&v1(), change, &[FLAT]).events.reason, [Some(reason)]);
        }
        // v1 takes a price outside the bar and a stop on the wrong side, which the next bar hits.
        let output = play(&v1(), |signal| (signal.price[0], signal.stop_loss[0]) = (1.2, 1.3), &[FLAT]);
        assert_eq!(exit(&output), (1.3, Reason::StopLoss));
    }

    #[test]
    fn signals_outside_the_run_are_rejected_rows() {
        // L-1a, Q-L1: after the last bar the rows carry that bar's time.
        let mut table = signals(3);
        table.timestamp = vec![0, BAR - 1, 9 * BAR];
        let config = EngineConfig { start: Some(BAR), ..config() };
        let output = run_on(&config, &bars(&[FLAT; 3]), &table);
        assert_eq!(
            output.events.reason,
            [Some(Reason::BeforeStart), Some(Reason::BeforeStart), Some(Reason::AfterEnd)]
        );
        assert_eq!(output.events.timestamp, [BAR, BAR, 2 * BAR]);
        assert_eq!((output.equity.timestamp, output.chain.len()), (vec![BAR, 2 * BAR], 32));
    }

    #[test]
    fn the_limit_of_positions_counts_pending_orders() {
        // Q-L1b.
        let mut table = signals(2);
        table.order_type[0] = Some(OrderType::Limit);
        table.price[0] = 1.0985;
        let output = run_on(&EngineConfig { max_positions: Some(1), ..config() }, &bars(&[FLAT]), &table);
        assert_eq!(output.events.kind, [EventKind::Accepted, EventKind::Rejected]);
        assert_eq!((output.events.reason[1], output.events.error_code[1]), (Some(Reason::MaxPositions), 1007));
    }

    #[test]
    fn a_timeout_counts_from_the_trigger() {
        // E-12; v1 counts from the placement, once the trigger bar is over.
        let order = |signal: &mut Signals| {
            pending(OrderType::Limit, Direction::Long, 1.099, 1.09, NAN)(signal);
            signal.max_holding[0] = 2 * BAR;
        };
        let rows = [FLAT, [1.1, 1.1, 1.0985, 1.1], FLAT, FLAT];
        assert_eq!(play(&config(), order, &rows).trades.exit_time, [4 * BAR]);
        assert_eq!(play(&v1(), order, &rows).trades.exit_time, [3 * BAR]);
    }

    #[test]
    fn the_end_of_data_closes_and_cancels() {
        // E-18: in the last bar, its own entries included.
        let config = EngineConfig { close_at_end: true, fee_per_million: 30.0, ..slipping(config()) };
        let mut table = signals(2);
        table.order_type[1] = Some(OrderType::Limit);
        table.price[1] = 1.0985;
        let output = run_on(&config, &bars(&[FLAT]), &table);
        let kinds =
            [EventKind::Accepted, EventKind::Opened, EventKind::Accepted, EventKind::Closed, EventKind::Cancelled];
        assert_eq!(output.events.kind, kinds);
        assert_eq!(exit(&output), (1.1 - 0.0001, Reason::EndOfData));
        assert_eq!((output.events.reason[4], output.events.error_code[4]), (Some(Reason::EndOfData), 0));
        assert!(output.trades.exit_fee[0] > 0.0 && output.positions.order_id.is_empty());
        assert_eq!(output.metrics.final_cash, output.metrics.final_equity);
    }

    #[test]
    fn v1_enters_at_the_signals_own_time_and_may_leave_in_the_same_bar() {
        // L-1a, Q-E1b, Q-E2.
        let mut table = signals(1);
        table.timestamp[0] = 1;
        table.price[0] = 1.1001;
        table.max_holding[0] = BAR - 1;
        let wide = [1.1, 1.1002, 1.097, 1.1];
        let stopped = run_on(&v1(), &bars(&[FLAT, wide]), &table);
        assert_eq!((stopped.trades.entry_time[0], stopped.trades.trigger_time[0]), (1, BAR));
        assert_eq!(stopped.trades.exit_time, [BAR]);
        // Management waits for the bar after the trigger.
        let timed = run_on(&v1(), &bars(&[FLAT, FLAT, FLAT]), &table);
        assert_eq!((exit(&timed), timed.trades.exit_time[0]), ((1.1, Reason::Timeout), 2 * BAR));
        let canonical = run_on(&config(), &bars(&[FLAT, wide]), &table);
        assert_eq!((canonical.positions.entry_time[0], canonical.trades.order_id.len()), (BAR, 0));
    }

    #[test]
    fn v1_takes_its_buffer_from_what_is_open_when_the_bar_starts() {
        // E-6: with pips of 0.01 the buffer is 0.005, but 0.00005 while nothing is open.
        let mut config = v1();
        config.instrument.as_mut().unwrap().pip_size = 0.01;
        let bars = bars(&[FLAT, [1.1, 1.1, 1.0985, 1.1], [1.1, 1.1, 1.0985, 1.1]]);
        let mut table = signals(1);
        pending(OrderType::Limit, Direction::Long, 1.099, 1.097, NAN)(&mut table);
        let output = run_on(&config, &bars, &table);
        assert_eq!((output.trades.trigger_time[0], output.trades.exit_time[0]), (BAR, 2 * BAR));
    }

    #[test]
    fn risk_can_be_a_fraction_of_the_last_equity() {
        // S-2: 1 % of 10,000; after the loss of the first trade, of what is left.
        let config = EngineConfig { risk_fraction: Some(0.01), ..config() };
        let mut table = signals(2);
        table.timestamp[1] = 2 * BAR;
        table.size[1] = 1.0;
        let output = run_on(&config, &bars(&[FLAT, [1.1, 1.1, 1.097, 1.1], FLAT]), &table);
        assert_eq!(output.trades.risk_per_trade, [100.0]);
        assert_eq!(output.positions.risk_per_trade, [0.01 * output.equity.equity[1]]);
        assert_eq!(output.positions.size, [1.0]);
    }

    #[test]
    fn equity_is_cash_and_open_result_or_in_v1_cash_alone() {
        // P-3, P-4, Q-P4.
        let entry = |signal: &mut Signals| {
            signal.price[0] = 1.1001;
            signal.size[0] = 1.0;
        };
        let output = play(&config(), entry, &[[1.1, 1.102, 1.1, 1.102]]);
        let expected = 10_000.0 + (((1.102 - 1.1001) * 1.0) * 1.0) * (1.0 / 0.00001);
        assert_eq!((output.equity.cash[1], output.equity.equity[1]), (10_000.0, expected));
        let old = play(&v1(), entry, &[FLAT]);
        assert_eq!(old.equity.timestamp, [-BAR, 0, BAR]);
        assert_eq!(old.equity.equity, [10_000.0; 3]);
    }

    #[test]
    fn draws_are_keyed_by_the_order_and_not_by_what_else_is_drawn() {
        // N-6: the second of two equal signals has k = 1, also if the first is rejected.
        let config = EngineConfig { slippage_random_pips: 1.0, ..config() };
        let mut table = signals(3);
        table.size[0] = -1.0;
        table.magic_number[1] = 5;
        let output = run_on(&config, &bars(&[FLAT]), &table);
        let costs = CostModel::new(&config).unwrap();
        let fills = [costs.slippage_offset(0, 5, 0, ENTRY_LEG), costs.slippage_offset(0, 0, 1, ENTRY_LEG)];
        assert_eq!(output.positions.entry_price, fills.map(|offset| 1.1001 + offset));
    }

    #[test]
    fn closed_rows_leave_the_others_in_order() {
        let mut table = signals(5);
        table.stop_loss = vec![1.098, 1.09, 1.098, 1.09, 1.098];
        let output = run_on(&config(), &bars(&[FLAT, [1.1, 1.1, 1.097, 1.1]]), &table);
        assert_eq!((output.trades.order_id, output.positions.order_id), (vec![1, 3, 5], vec![2, 4]));
        assert_eq!(output.positions.stop_loss, [1.09, 1.09]);
    }

    /// 300 bars of the sample and two signals in every third of them.
    fn busy_run() -> (BarColumns, Signals) {
        let bars = crate::sample::sample_bars(300, 3).unwrap();
        let mut table = signals(200);
        for row in 0..200 {
            let bar = row / 2 * 3;
            let is_long = row % 2 == 0;
            table.timestamp[row] = bars.timestamp[bar];
            table.direction[row] = Some(if is_long { Direction::Long } else { Direction::Short });
            table.order_type[row] = Some(OrderType::ALL[row / 2 % 3]);
            let distance = if is_long { -0.0008 } else { 0.0008 };
            if row / 2 % 3 != 0 {
                table.price[row] = bars.bid_close[bar] + distance / 2.0;
            }
            table.stop_loss[row] = bars.bid_close[bar] + 2.0 * distance;
            table.take_profit[row] = bars.bid_close[bar] - distance;
            table.max_holding[row] = 30 * BAR;
            table.expires_at[row] = bars.timestamp[bar] + 10 * BAR;
        }
        (bars, table)
    }

    fn rows(bars: &BarColumns, from: usize, to: usize) -> BarColumns {
        let cut = |column: &[f64]| column[from..to].to_vec();
        BarColumns {
            timestamp: bars.timestamp[from..to].to_vec(),
            bid_open: cut(&bars.bid_open),
            bid_high: cut(&bars.bid_high),
            bid_low: cut(&bars.bid_low),
            bid_close: cut(&bars.bid_close),
            ask_open: cut(&bars.ask_open),
            ask_high: cut(&bars.ask_high),
            ask_low: cut(&bars.ask_low),
            ask_close: cut(&bars.ask_close),
            volume: cut(&bars.volume),
        }
    }

    #[test]
    fn step_by_step_is_the_run() {
        // E-19, in both variants: same digests, positions and money.
        let (bars, table) = busy_run();
        for config in [config(), v1()] {
            let config = EngineConfig { slippage_random_pips: 0.5, fee_per_million: 30.0, ..config };
            let whole = run_on(&config, &bars, &table);
            assert!(whole.trades.order_id.len() > 40, "{}", whole.trades.order_id.len());
            let mut simulator = ExecutionSimulator::new(&config).unwrap();
            let mut next_seq = 0;
            let mut next_signal = 0;
            for bar in 0..300 {
                let mut due = signals(0);
                while next_signal < 200 && table.timestamp[next_signal] <= bars.timestamp[bar] {
                    push_signal(&mut due, &table, next_signal);
                    next_signal += 1;
                }
                for events in [
                    simulator.process_signals(bar, &bars.view(), &due).unwrap(),
                    simulator.evaluate_exits(&rows(&bars, bar, bar + 1).view()).unwrap(),
                ] {
                    assert!(events.seq.iter().copied().eq(next_seq..next_seq + events.len() as i64));
                    next_seq += events.len() as i64;
                }
                assert_eq!(simulator.state_hash(), whole.chain[bar * 16..][..16], "bar {bar}");
            }
            assert_eq!(simulator.cash(), whole.metrics.final_cash);
            assert_eq!(simulator.equity(), whole.metrics.final_equity);
            assert_eq!(simulator.positions().order_id, whole.positions.order_id);
        }
    }

    fn push_signal(to: &mut Signals, from: &Signals, row: usize) {
        let signal = from.signal(row);
        to.timestamp.push(signal.timestamp);
        to.is_run_symbol.push(signal.is_run_symbol);
        to.signal_type.push(signal.signal_type);
        to.direction.push(signal.direction);
        to.order_type.push(signal.order_type);
        to.price.push(signal.price);
        to.size.push(signal.size);
        to.stop_loss.push(signal.stop_loss);
        to.take_profit.push(signal.take_profit);
        to.magic_number.push(signal.magic_number);
        to.expires_at.push(signal.expires_at);
        to.max_holding.push(signal.max_holding);
        for column in
            [&mut to.trailing_distance, &mut to.trailing_step, &mut to.break_even_at_r, &mut to.break_even_offset]
        {
            column.push(NAN);
        }
    }

    #[test]
    fn events_replay_cash_to_the_bit() {
        // E-20.
        let (bars, table) = busy_run();
        let config = EngineConfig { slippage_random_pips: 0.5, fee_per_million: 30.0, close_at_end: true, ..config() };
        let output = run_on(&config, &bars, &table);
        let mut cash = 10_000.0;
        let (mut opened, mut closed) = (0, 0);
        for row in 0..output.events.len() {
            match output.events.kind[row] {
                EventKind::Opened => {
                    cash -= output.events.fee[row];
                    opened += 1;
                }
                EventKind::Closed => {
                    cash = (cash - output.events.fee[row]) + output.events.result[row];
                    closed += 1;
                }
                _ => {}
            }
        }
        assert_eq!(cash, output.metrics.final_cash);
        assert_eq!((opened, closed), (output.trades.order_id.len(), output.trades.order_id.len()));
        for row in 0..opened {
            assert!(output.trades.entry_time[row] <= output.trades.trigger_time[row]);
            assert!(output.trades.trigger_time[row] <= output.trades.exit_time[row]);
            assert!(output.trades.size[row] > 0.0);
        }
    }

    #[test]
    fn no_fill_is_better_for_slippage() {
        // C-1: the same orders with and without, fill by fill at the side's price.
        let (bars, table) = busy_run();
        let plain = run_on(&config(), &bars, &table);
        let slipped = run_on(&EngineConfig { slippage_random_pips: 0.3, ..config() }, &bars, &table);
        for row in 0..slipped.trades.order_id.len() {
            let order_id = slipped.trades.order_id[row];
            let Some(other) = plain.trades.order_id.iter().position(|&id| id == order_id) else { continue };
            let side = crate::portfolio::side(slipped.trades.direction[row]);
            let entries = (slipped.trades.entry_price[row], plain.trades.entry_price[other]);
            assert!((entries.0 - entries.1) * side >= 0.0);
            if slipped.trades.exit_time[row] == plain.trades.exit_time[other] {
                assert!((slipped.trades.exit_price[row] - plain.trades.exit_price[other]) * side <= 0.0);
            }
        }
    }

    #[test]
    fn wrong_use_of_the_simulator_is_refused_and_changes_nothing() {
        // Q-E19.
        let bars = bars(&[FLAT; 4]);
        let mut simulator = ExecutionSimulator::new(&config()).unwrap();
        assert_eq!(simulator.timeframe(), BAR);
        let at = |time: i64| Signals { timestamp: vec![time], ..signals(1) };
        simulator.process_signals(1, &bars.view(), &at(BAR)).unwrap();
        let refuse = |result: Result<Events, OmegaError>| {
            let error = result.unwrap_err();
            (error.code, error.rule.unwrap())
        };
        let out_of_order = (ErrorCode::ConstraintViolation, "L-1a");
        assert_eq!(refuse(simulator.process_signals(2, &bars.view(), &at(0))), out_of_order);
        assert_eq!(refuse(simulator.process_signals(2, &bars.view(), &at(3 * BAR))), out_of_order);
        let wrong_state = (ErrorCode::InvalidState, "E-19");
        assert_eq!(refuse(simulator.process_signals(0, &bars.view(), &at(0))), wrong_state);
        assert_eq!(refuse(simulator.evaluate_exits(&rows(&bars, 0, 1).view())), wrong_state);
        assert_eq!(refuse(simulator.process_signals(9, &bars.view(), &at(0))), (ErrorCode::OutOfBounds, "E-19"));
        let mut unsorted = rows(&bars, 2, 4);
        unsorted.timestamp.swap(0, 1);
        assert_eq!(refuse(simulator.evaluate_exits(&unsorted.view())), (ErrorCode::ConstraintViolation, "T-2"));
        assert_eq!(simulator.state_hash(), [0; 16]);
        simulator.evaluate_exits(&rows(&bars, 1, 3).view()).unwrap();
        assert_eq!(refuse(simulator.evaluate_exits(&rows(&bars, 2, 3).view())), wrong_state);
        assert_eq!(refuse(simulator.process_signals(2, &bars.view(), &at(2 * BAR))), wrong_state);
        assert!(simulator.evaluate_exits(&rows(&bars, 3, 3).view()).unwrap().is_empty());
        assert_eq!(simulator.positions().order_id, [1]);
    }
}
