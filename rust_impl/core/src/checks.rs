//! Why a signal or an order is refused (E-1, E-2 and the table of reasons); the first check that fails decides.

use crate::error::ErrorCode;
use crate::sizing::SymbolTerms;
use crate::types::{Direction, OrderType, Reason, Signal, SignalType, UNSET_TIME, Variant};

/// Least distance of a stop from its fill in v1, for every symbol.
const V1_STOP_DISTANCE: f64 = 1e-5;

/// What the configuration allows a signal.
#[derive(Clone, Copy, Debug)]
pub struct SignalLimits {
    /// Execution variant.
    pub variant: Variant,
    /// First time a signal may have, µs.
    pub start: i64,
    /// Pending and open positions the symbol may have.
    pub max_positions: usize,
}

/// Code of a refused signal or order: the table of reasons.
#[must_use]
pub fn code_of_reason(reason: Reason) -> ErrorCode {
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

/// The checks that need no price of the bar; direction and order type of a signal that passes them.
///
/// # Errors
/// The first reason against it.
pub fn signal_refusal(
    signal: &Signal,
    limits: &SignalLimits,
    entry_time: i64,
    position_count: usize,
) -> Result<(Direction, OrderType), Reason> {
    if signal.timestamp < limits.start {
        return Err(Reason::BeforeStart);
    }
    if !signal.is_run_symbol {
        return Err(Reason::UnknownSymbol);
    }
    if signal.signal_type != SignalType::Entry || signal.moves_stop {
        return Err(Reason::NotImplemented);
    }
    let (direction, order_type) = field_refusal(signal, limits.variant)?;
    if position_count >= limits.max_positions {
        rule!("Q-L1b");
        return Err(Reason::MaxPositions);
    }
    let expires = order_type != OrderType::Market && signal.expires_at != UNSET_TIME;
    if expires && signal.expires_at <= entry_time {
        rule!("E-2");
        return Err(Reason::AlreadyExpired);
    }
    Ok((direction, order_type))
}

fn field_refusal(signal: &Signal, variant: Variant) -> Result<(Direction, OrderType), Reason> {
    let direction = signal.direction.ok_or(Reason::DirectionMissing)?;
    let order_type = signal.order_type.ok_or(Reason::OrderTypeMissing)?;
    if signal.stop_loss.is_nan() {
        return Err(Reason::StopLossMissing);
    }
    if signal.price.is_nan() && (order_type != OrderType::Market || variant == Variant::V1) {
        return Err(Reason::PriceMissing);
    }
    if [signal.price, signal.stop_loss, signal.take_profit, signal.size].iter().any(|&amount| amount <= 0.0) {
        return Err(Reason::NotPositive);
    }
    Ok((direction, order_type))
}

/// Distance, side of the stop, side of the target of an entry at `fill` (E-1, Q-E1); v1: the distance alone.
///
/// # Errors
/// The first reason against it.
pub fn level_refusal(
    variant: Variant,
    terms: &SymbolTerms,
    direction: Direction,
    fill: f64,
    stop_loss: f64,
    take_profit: f64,
) -> Result<(), Reason> {
    let least = match variant {
        Variant::Canonical => terms.min_stop_distance,
        Variant::V1 => V1_STOP_DISTANCE,
    };
    let is_far_enough = (fill - stop_loss).abs() >= least;
    if !is_far_enough {
        rule!("E-1");
        return Err(Reason::StopDistance);
    }
    if variant == Variant::V1 {
        return Ok(());
    }
    let (is_stop_beyond, is_target_beyond) = match direction {
        Direction::Long => (stop_loss < fill, take_profit > fill),
        Direction::Short => (stop_loss > fill, take_profit < fill),
    };
    if !is_stop_beyond {
        rule!("E-1");
        return Err(Reason::StopSide);
    }
    if !take_profit.is_nan() && !is_target_beyond {
        rule!("E-1");
        return Err(Reason::TargetSide);
    }
    Ok(())
}
