//! What there is: the Book of a symbol, the Account and the Log of a run, and the Rules it keeps to.

use std::collections::BTreeMap;

use crate::costs::commission::commission_terms;
use crate::costs::model::CostModel;
use crate::costs::slippage::slippage_offset;
use crate::costs::swap::{SwapTerms, swap_terms};
use crate::error::OmegaError;
use crate::execution::columns::Details;
use crate::execution::uniform::Uniform;
use crate::grid::grid_distance;
use crate::packing::Word;
use crate::portfolio::money::{Portfolio, new_portfolio};
use crate::quotes::Quote;
use crate::terms::{SymbolTerms, symbol_terms};
use crate::types::{
    BelowMin, Direction, EngineConfig, Equity, Events, Intrabar, MarketFill, OnRuin, Rate, Signal, SignalTime,
    SizingMode, Status, Trades, UNSET_FLOAT,
};
use crate::variants::{VariantRules, variant_rules};
use crate::worth::series_of;

/// How much nearer a level counts as reached in one bar, in price; 0 where each stop has its buffer (E-6).
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the levels themselves")]
pub struct Buffers {
    pub stop: f64,
    pub target: f64,
}

/// What execution reads of the configuration.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Of the run's symbol among its symbols (M-2).
    pub number: u16,
    /// First time a signal may have, µs.
    pub start: i64,
    /// Pending and open positions the symbol may have.
    pub max_positions: usize,
    /// Length of a bar, µs.
    pub timeframe: i64,
    /// Money at risk of one trade, in account currency.
    pub risk_per_trade: f64,
    /// The same as a fraction of equity; goes before `risk_per_trade`.
    pub risk_fraction: Option<f64>,
    /// E-18: what is open after the last bar is closed.
    pub close_at_end: bool,
    /// E-21: an account that has nothing left is stopped out.
    pub stops_out: bool,
    /// None in a run without margin (E-21).
    pub margin_leverage: Option<f64>,
    /// Share of the margin in use at which the account is stopped out.
    pub margin_stop_out: f64,
    /// E-1: market orders fill at the open of the next bar.
    pub fills_at_next_open: bool,
    /// L-1a: a signal's time is compared with the ends of bars.
    pub takes_decisions: bool,
    /// E-7: of the bar in which a stop order triggers.
    pub intrabar_stop_entry: Intrabar,
    /// E-7: of the bar in which a limit order triggers.
    pub intrabar_limit_entry: Intrabar,
    /// E-7: of every other position and bar.
    pub intrabar_open_position: Intrabar,
    /// S-4: a size under the minimum is refused and not raised.
    pub refuses_below_min: bool,
    /// S-3: by what orders are sized.
    pub sizing_mode: SizingMode,
    /// Of fixed sizes; unset in the other modes.
    pub sizing_lots: f64,
    /// How much nearer than its price each stop counts as reached, in price; 0 where the bar says so (E-6).
    pub stop_buffer: f64,
    /// Of a bar's pass (E-6).
    pub buffers: Buffers,
    /// Of the pass over a bar at whose start nothing is open (E-6).
    pub idle_buffers: Buffers,
    /// Of the run's symbol.
    pub terms: SymbolTerms,
    /// Of the run's variant.
    pub variant: VariantRules,
    /// Slippage and fees.
    pub costs: CostModel,
    /// None where nights are free (C-4).
    pub swap: Option<SwapTerms>,
    /// The series of rates that a run looks at, in the order in which they are checked (Q-C6).
    pub rate_series: Vec<Rate>,
    /// Of the row of a series at a bar, µs.
    pub rates_max_age: i64,
    /// More than any draw of slippage gives, in price (C-1); 0.0 where there is none.
    pub largest_slippage: f64,
}

/// An exit or modify signal that waits for the end of the pass (E-15).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Instruction {
    /// As it was given.
    pub signal: Signal,
    /// On the grid (N-8).
    pub stop_loss: f64,
    /// On the grid (N-8).
    pub take_profit: f64,
    /// It reaches what signals before it asked for: orders with a smaller id.
    pub before_order_id: i64,
}

/// Pending and open positions of one symbol in order_id order, by column: what every bar reads lies apart.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "field names are the contract's")]
pub struct Book {
    pub status: Vec<Status>,
    pub direction: Vec<Direction>,
    pub entry_time: Vec<i64>,
    pub trigger_time: Vec<i64>,
    pub entry_price: Vec<f64>,
    pub stop_loss: Vec<f64>,
    pub stop_reach: Vec<f64>,
    pub take_profit: Vec<f64>,
    pub size: Vec<f64>,
    pub max_holding: Uniform<i64>,
    pub is_opened_at_open: Vec<bool>,
    /// Whether break-even or trailing may move the stop.
    pub moves_stop: Vec<bool>,
    pub details: Vec<Details>,
    pub signal_price: Uniform<f64>,
    pub risk_per_trade: Uniform<f64>,
    pub value_at_entry: Uniform<f64>,
    pub expires_at: Uniform<i64>,
    pub requested_size: Uniform<f64>,
    pub swap: Uniform<f64>,
    pub margin: Uniform<f64>,
    pub trailing_distance: Uniform<f64>,
    pub trailing_step: Uniform<f64>,
    pub break_even_at_r: Uniform<f64>,
    pub break_even_offset: Uniform<f64>,
    pub parts: Uniform<u32>,
    pub is_break_even_done: Uniform<bool>,
    /// What exit and modify signals ask for, in the order given; empty after the pass.
    pub waiting: Vec<Instruction>,
    /// Rows that closed and wait to be forgotten, so that a pass keeps its rows.
    pub closed: Vec<usize>,
    /// Rows that are forgotten and still there: taken out one by one each would cost a move of all behind it.
    pub forgotten: usize,
    /// Rollovers up to the last bar (C-4).
    pub rollovers_passed: usize,
    /// The positions as the state chain covers them; of many none is kept.
    pub records: Vec<Word>,
    /// Whether positions changed since `records` was packed.
    pub is_stale: bool,
}

/// Counts k of N-6. Signals come in order of time, so only those of the current time can be equal to the next.
#[derive(Clone, Debug, Default)]
pub struct Ordinals {
    /// Time of the signals counted, µs.
    pub timestamp: i64,
    /// Signals so far by symbol, magic number, direction and order type.
    pub counts: BTreeMap<(u16, i64, u8, u8), u32>,
}

/// What is one per run: money, counters, last digest.
#[derive(Clone, Debug)]
pub struct Account {
    /// Money.
    pub portfolio: Portfolio,
    /// Id of the next accepted order (T-8).
    pub next_order_id: i64,
    /// Number of the next event (T-8).
    pub next_seq: i64,
    /// Time of the run's first bar, µs (L-1a); none before it.
    pub first_time: Option<i64>,
    /// Equal signals counted so far (N-6).
    pub ordinals: Ordinals,
    /// Bars in which only finer data could order stop and target (Q-E7).
    pub ambiguous_bars: u64,
    /// What other symbols than that of an order take of the equity (Q-M4c).
    pub margin_elsewhere: f64,
    /// Explicit sizes that S-4 changed (P-5).
    pub adjusted_sizes: u64,
    /// Whether all that comes is rejected (E-21).
    pub is_stopped_out: bool,
    /// Positions that were closed by it.
    pub stop_outs: u64,
    /// Last digest of the state chain (H-1); zeros before the first bar.
    pub digest: u128,
}

/// What a run tells: written by the rules, read by none of them.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// The number of the symbol whose events are written (M-2).
    pub symbol: u16,
    /// T-8.
    pub events: Events,
    /// In the order of closing.
    pub trades: Trades,
    /// One point per bar (P-4).
    pub equity: Equity,
    /// One digest per bar (H-1).
    pub chain: Vec<u8>,
    /// The events since the last digest, packed.
    pub bar_events: Vec<Word>,
}

/// The last evaluated bar as it was before its end, which E-18 would precede (Q-E18b).
#[derive(Clone, Debug)]
pub struct UnmarkedBar {
    /// The bar.
    pub quote: Quote,
    /// Money before its end.
    pub portfolio: Portfolio,
    /// Digest of the bar before.
    pub digest: u128,
    /// The events that its digest covers, packed.
    pub events: Vec<Word>,
}

/// How far signals and bars have come.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// None before the first.
    pub last_bar: Option<UnmarkedBar>,
    /// Time of the last bar that got signals, µs.
    pub last_signal_bar: Option<i64>,
    /// Time of the last signal taken, µs.
    pub last_signal_time: Option<i64>,
    /// Signals taken so far.
    pub signals_taken: i64,
}

/// What execution reads of the configuration, derived once.
///
/// # Errors
/// As [`symbol_terms`] and [`commission_terms`].
pub fn rules_of(config: &EngineConfig, costs: CostModel) -> Result<Rules, OmegaError> {
    let terms = symbol_terms(config)?;
    let commission = commission_terms(config, &terms)?;
    let ways = commission.iter().flat_map(|terms| terms.from_quote.iter().chain(&terms.to_account));
    let rate_series = series_of(terms.worth.steps().iter().chain(ways));
    let variant = variant_rules(config.variant);
    let idle_pip_size = variant.idle_pip_size.unwrap_or(terms.pip_size);
    let (fixed_pips, random_pips) = (config.slippage_fixed_pips, config.slippage_random_pips);
    Ok(Rules {
        number: 0,
        start: config.start.unwrap_or(i64::MIN),
        max_positions: config.max_positions.unwrap_or(usize::MAX),
        timeframe: config.timeframe,
        risk_per_trade: config.risk_per_trade,
        risk_fraction: config.risk_fraction,
        close_at_end: config.close_at_end,
        stops_out: variant.looks_inside_bars && config.on_ruin == OnRuin::Stop,
        margin_leverage: config.margin_leverage.filter(|_| variant.looks_inside_bars),
        margin_stop_out: config.margin_stop_out,
        fills_at_next_open: config.market_fill == MarketFill::NextOpen,
        takes_decisions: config.signal_time == SignalTime::Decision,
        intrabar_stop_entry: config.intrabar_stop_entry,
        intrabar_limit_entry: config.intrabar_limit_entry,
        intrabar_open_position: config.intrabar_open_position,
        refuses_below_min: variant.refuses_below_min && config.below_min == BelowMin::Reject,
        sizing_mode: config.sizing_mode,
        sizing_lots: config.sizing_lots.unwrap_or(UNSET_FLOAT),
        stop_buffer: new_stop_buffer(config.pip_buffer_factor, &terms, &variant),
        buffers: new_buffers(config.pip_buffer_factor, terms.pip_size, &variant),
        idle_buffers: new_buffers(config.pip_buffer_factor, idle_pip_size, &variant),
        largest_slippage: slippage_offset(fixed_pips, random_pips, 1.0, terms.pip_size, &terms.grid),
        swap: swap_terms(config, &terms),
        rate_series,
        rates_max_age: config.rates_max_age,
        terms,
        variant,
        costs,
    })
}

/// The buffer that each stop has of its own (E-6, Q-E6).
fn new_stop_buffer(pip_buffer_factor: f64, terms: &SymbolTerms, variant: &VariantRules) -> f64 {
    if variant.buffers_by_bar { 0.0 } else { grid_distance(&terms.grid, pip_buffer_factor * terms.pip_size) }
}

/// The buffers of a pass (E-6, Q-E6); `pip_size` is the symbol's, or v1's while nothing is open.
fn new_buffers(pip_buffer_factor: f64, pip_size: f64, variant: &VariantRules) -> Buffers {
    let buffer = if variant.buffers_by_bar { pip_buffer_factor * pip_size } else { 0.0 };
    Buffers { stop: buffer, target: buffer }
}

/// The account a run starts with.
#[must_use]
pub fn new_account(config: &EngineConfig) -> Account {
    Account {
        portfolio: new_portfolio(config.initial_balance),
        next_order_id: 1,
        next_seq: 0,
        first_time: None,
        ordinals: Ordinals::default(),
        ambiguous_bars: 0,
        margin_elsewhere: 0.0,
        adjusted_sizes: 0,
        is_stopped_out: false,
        stop_outs: 0,
        digest: 0,
    }
}
