//! A run over several symbols: its checks, its books, and its steps one after the other (M-4).

use std::sync::atomic::Ordering;

use crate::costs::model::CostModel;
use crate::costs::swap::check_rollovers;
use crate::error::{ErrorCode, OmegaError, Value};
use crate::execution::limits::check_fills;
use crate::execution::state::{Account, Book, Log, Rules, rules_of};
use crate::multi_symbol::arrivals::StepSource;
use crate::multi_symbol::books::{Place, hand_over, process_step};
use crate::multi_symbol::iterator::Pass;
use crate::multi_symbol::slice::current_row;
use crate::multi_symbol::timeline::check_symbols;
use crate::types::{Bars, EngineConfig, RunControl};
use crate::variants::variant_rules;
use crate::worth::check_ages;

/// Steps between two looks at the run's control.
const CONTROL_INTERVAL: usize = 1024;

/// What a run over several symbols checks first of all (Q-M4d); `bars` is the number of its tables.
///
/// # Errors
/// As [`check_symbols`]; INVALID_ARGUMENT for a variant other than canonical, and without signals and strategy of one's
/// own.
pub fn check_many(configs: &[EngineConfig], bars: usize, has_orders: bool) -> Result<(), OmegaError> {
    let symbols: Vec<String> = configs.iter().map(|config| config.symbol.clone()).collect();
    let timeframes: Vec<i64> = configs.iter().map(|config| config.timeframe).collect();
    check_symbols(&symbols, &timeframes, &[("bars", bars)])?;
    let variant = configs[0].variant;
    if !variant_rules(variant).walks_bars {
        let text = variant.text();
        let message = format!("the variant {text} has one symbol: run each by itself, or take variant: canonical");
        let error = OmegaError::new(ErrorCode::InvalidArgument, message).rule("M-4").column("variant");
        return Err(error.value(Value::Text(text.to_owned())));
    }
    if !has_orders {
        let message =
            "a run over several symbols needs signals, or a strategy of your own: the built-in one has one symbol";
        return Err(OmegaError::new(ErrorCode::InvalidArgument, message).rule("M-4").column("strategy"));
    }
    Ok(())
}

/// The symbols of a run whose first step is that of a time, µs.
///
/// # Errors
/// As [`rules_of`] and [`CostModel::new`].
pub fn new_places<'a>(configs: &[EngineConfig], bars: &[Bars<'a>], start: i64) -> Result<Vec<Place<'a>>, OmegaError> {
    let mut places = Vec::with_capacity(configs.len());
    for (number, (config, columns)) in (0_u16..).zip(configs.iter().zip(bars)) {
        let rules = Rules { number, ..rules_of(config, CostModel::new(config)?)? };
        let row = columns.timestamp.partition_point(|&time| time < start);
        let first_time = columns.timestamp.get(row).copied();
        places.push(Place { book: Book::default(), rules, bars: *columns, first_time, seen: 0, is_here: false });
    }
    Ok(places)
}

/// What prices and times have to hold for costs and rates, symbol by symbol (Q-M4d).
///
/// # Errors
/// As [`check_fills`], [`check_ages`], with the row of the step, and [`check_rollovers`].
pub fn check_steps(places: &[Place<'_>], times: &[i64]) -> Result<(), OmegaError> {
    for place in places {
        let (rules, bars) = (&place.rules, &place.bars);
        check_fills(rules, bars, None)?;
        if let Some(first) = place.first_time {
            let row_of = |times: &[i64]| times.partition_point(|&time| time < first);
            check_ages(&rules.rate_series, rules.rates_max_age, times, row_of(times))?;
            check_rollovers(rules.swap.as_ref(), bars.timestamp, row_of(bars.timestamp))?;
        }
    }
    Ok(())
}

/// Works through the steps from `first` on, one after the other (Q-M4).
///
/// # Errors
/// INVALID_STATE when cancelled; as [`StepSource::arrived`], [`StepSource::pause`] and [`process_step`].
pub fn run_steps<S: StepSource>(
    places: &mut [Place<'_>],
    account: &mut Account,
    log: &mut Log,
    times: &[i64],
    first: usize,
    source: &mut S,
    control: &RunControl,
) -> Result<(), OmegaError> {
    account.first_time = Some(times[first]);
    let columns: Vec<&[i64]> = places.iter().map(|place| place.bars.timestamp).collect();
    let mut walk = Pass::new(&columns, times, first, times.len());
    let mut waiting = Vec::new();
    while walk.advance(&columns, times) {
        let done = walk.step - first;
        if done.is_multiple_of(CONTROL_INTERVAL) {
            control.bars_done.store(done as u64, Ordering::Relaxed);
            if control.is_cancelled.load(Ordering::Relaxed) {
                return Err(OmegaError::new(ErrorCode::InvalidState, "cancelled").rule("L-2"));
            }
            source.pause(done)?;
        }
        for ((place, &seen), column) in places.iter_mut().zip(&walk.seen).zip(&columns) {
            place.seen = seen;
            place.is_here = current_row(column, seen, walk.timestamp).is_some();
        }
        let is_last = walk.step == times.len() - 1;
        let arrived = source.arrived(walk.step, walk.timestamp, places, account)?;
        let late = if is_last { source.late() } else { Vec::new() };
        let handed = hand_over(places, &mut waiting, arrived, late, times[first]);
        process_step(places, account, log, walk.timestamp, &handed, is_last)?;
    }
    control.bars_done.store((times.len() - first) as u64, Ordering::Relaxed);
    Ok(())
}
