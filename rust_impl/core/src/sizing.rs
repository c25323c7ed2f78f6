//! From money at risk to lots (S-2, S-3, S-4, S-5).

use crate::execution::state::Rules;
use crate::grid::grid_distance;
use crate::numbers::{floor, maximum, minimum, quantize};
use crate::terms::SymbolTerms;
use crate::types::ranges::MONEY;
use crate::types::{Instrument, SizingMode};

const LOT_DIGITS: u32 = 8;
/// Share by which rounding errors may have made a size too small (Q-S4).
const SIZE_TOLERANCE: f64 = 1e-12;
/// The most of that, in steps: no step is gained, however large the size.
const STEP_TOLERANCE: f64 = 1e-3;
/// The same in lots, whatever the size.
const V1_STEP_TOLERANCE: f64 = 1e-12;

/// Least lots and their step where there is no specification.
const UNKNOWN_LOTS_MIN: f64 = 0.01;
const UNKNOWN_LOT_DIGITS: u32 = 2;

/// Money at risk of one trade, in account currency (S-2, Q-S2).
#[inline]
#[must_use]
pub fn risk_amount(rules: &Rules, equity: f64) -> f64 {
    match rules.risk_fraction {
        Some(fraction) => within(fraction * equity, MONEY.most),
        None => rules.risk_per_trade,
    }
}

/// `amount`, or ±`most` where it is further from 0: no more than a user may risk (T-10).
fn within(amount: f64, most: f64) -> f64 {
    if amount > most {
        return most;
    }
    if amount < -most { -most } else { amount }
}

/// Unrounded lots of an order without a size of its own, by the mode of the run (S-2, S-3); a price is worth `value` at
/// the entry.
#[inline]
#[must_use]
pub fn raw_lots(rules: &Rules, risk: f64, entry: f64, stop_loss: f64, value: f64) -> f64 {
    match rules.sizing_mode {
        SizingMode::Risk => {
            rule!("S-2");
            raw_size(risk, entry, stop_loss, value, &rules.terms)
        }
        SizingMode::Pip => {
            rule!("S-3");
            raw_size_by_pips(risk, entry, stop_loss, value, &rules.terms)
        }
        SizingMode::Fixed => {
            rule!("S-3");
            rules.sizing_lots
        }
    }
}

/// Unrounded lots that lose `risk` at the stop (Q-S2), a price being worth `value` at the entry; 0 when the denominator
/// is not above 0.
#[must_use]
pub fn raw_size(risk: f64, entry: f64, stop_loss: f64, value: f64, terms: &SymbolTerms) -> f64 {
    let denominator = grid_distance(&terms.grid, (entry - stop_loss).abs()) * value;
    if denominator > 0.0 { risk / denominator } else { 0.0 }
}

/// Unrounded lots that lose `risk` at the stop, counted in pips (Q-S3), a price being worth `value` at the entry.
#[must_use]
pub fn raw_size_by_pips(risk: f64, entry: f64, stop_loss: f64, value: f64, terms: &SymbolTerms) -> f64 {
    let pip_value = terms.pip_value.unwrap_or(value * terms.pip_size);
    let denominator = (grid_distance(&terms.grid, (entry - stop_loss).abs()) / terms.pip_size) * pip_value;
    if denominator > 0.0 { risk / denominator } else { 0.0 }
}

/// Lots on the symbol's grid, within its limits (Q-S4; Q-S5 without a specification).
#[must_use]
pub fn lots_from_raw(raw: f64, rules: &Rules) -> f64 {
    let terms = &rules.terms;
    let Some(spec) = &terms.spec else {
        rule!("S-5");
        return maximum(UNKNOWN_LOTS_MIN, quantize(raw, UNKNOWN_LOT_DIGITS));
    };
    let lots = stepped_lots(raw, terms, spec);
    rule!("S-4", lots != raw);
    if rules.sizing_mode == SizingMode::Pip && !rules.variant.quantizes_pip_sizes {
        rule!("Q-S4", lots != quantize(lots, LOT_DIGITS));
        return lots;
    }
    quantize(lots, LOT_DIGITS)
}

/// The lots of a market order at a tick, its raw size once more and quantized in every mode (Q-E17b, v1).
#[must_use]
pub fn lots_again(lots: f64, rules: &Rules) -> f64 {
    let Some(spec) = &rules.terms.spec else {
        return maximum(UNKNOWN_LOTS_MIN, quantize(lots, UNKNOWN_LOT_DIGITS));
    };
    rule!("Q-E17b", lots != quantize(stepped_lots(lots, &rules.terms, spec), LOT_DIGITS));
    quantize(stepped_lots(lots, &rules.terms, spec), LOT_DIGITS)
}

/// Lots of whole steps within a symbol's limits, rounding errors of the steps included (Q-S4).
#[must_use]
pub fn stepped_lots(raw: f64, terms: &SymbolTerms, spec: &Instrument) -> f64 {
    if raw <= spec.volume_min {
        return spec.volume_min;
    }
    let steps = if terms.grid.is_kept {
        floor((forgiven(raw, spec) - spec.volume_min) / spec.volume_step)
    } else {
        floor(((raw - spec.volume_min) + V1_STEP_TOLERANCE) / spec.volume_step)
    };
    let lots = spec.volume_min + (steps * spec.volume_step);
    if lots > spec.volume_max { spec.volume_max } else { lots }
}

/// The lots that a fraction of a position is, whole steps of the symbol (E-16, Q-E16).
#[must_use]
pub fn part_lots(fraction: f64, size: f64, terms: &SymbolTerms) -> f64 {
    let raw = fraction * size;
    if let Some(spec) = terms.spec.as_ref().filter(|_| terms.grid.is_kept) {
        rule!("Q-E16", floor(forgiven(raw, spec) / spec.volume_step) != floor(raw / spec.volume_step));
        return quantize(floor(forgiven(raw, spec) / spec.volume_step) * spec.volume_step, LOT_DIGITS);
    }
    let step = terms.spec.as_ref().map_or(UNKNOWN_LOTS_MIN, |spec| spec.volume_step);
    quantize(floor((raw + V1_STEP_TOLERANCE) / step) * step, LOT_DIGITS)
}

/// What is left of a position without a part of it (Q-E16).
#[must_use]
pub fn rest_lots(size: f64, part: f64) -> f64 {
    quantize(size - part, LOT_DIGITS)
}

/// The smallest position there may be (T-5, Q-E16).
#[must_use]
pub fn least_lots(terms: &SymbolTerms) -> f64 {
    terms.spec.as_ref().map_or(UNKNOWN_LOTS_MIN, |spec| spec.volume_min)
}

/// Whether a raw size is too small to be traded instead of over-risked (S-4, `below_min: reject`).
#[inline]
#[must_use]
pub fn is_refused(raw: f64, rules: &Rules) -> bool {
    let Some(spec) = rules.terms.spec.as_ref().filter(|_| rules.refuses_below_min) else { return false };
    rule!("S-4", forgiven(raw, spec) < spec.volume_min);
    forgiven(raw, spec) < spec.volume_min
}

/// A raw size without what rounding errors may have taken from it (t of Q-S4).
#[inline]
#[must_use]
pub fn forgiven(raw: f64, spec: &Instrument) -> f64 {
    raw + minimum(raw * SIZE_TOLERANCE, spec.volume_step * STEP_TOLERANCE)
}

#[cfg(test)]
#[path = "tests/sizing.rs"]
mod tests;
