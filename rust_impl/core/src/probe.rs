//! Rule counters and saboteurs (feature `probe`): how a gate proves that it reaches every rule and can fail.
//!
//! The macros `rule!` and `sabotage!` expand to nothing, or to the healthy expression alone, without the feature, so
//! that a release build contains none of this. Counters and the active saboteur belong to the process, because a run
//! works on a thread of its own.

use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering};

use crate::error::{ErrorCode, OmegaError, Value};

/// Ids of the rules that are counted; `rules.toml` of the parity package says what a hit of each is.
pub const RULES: [&str; 38] = [
    "C-1", "C-2", "Q-C2", "S-1", "S-2", "S-4", "S-5", "E-1", "Q-E1", "E-2", "E-3", "Q-E3", "E-4", "E-5", "E-6", "Q-E6",
    "E-7", "Q-E7", "E-8", "E-9", "E-10", "E-10s", "E-12", "E-18", "P-1", "P-1v", "Q-P1", "P-2", "Q-P2", "P-3", "P-4",
    "A-3", "A-4", "A-8", "L-1", "L-1a", "Q-L1b", "Q-N6",
];

macro_rules! saboteurs {
    ($($(#[$meta:meta])* $variant:ident => $name:literal,)*) => {
        /// A built-in fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Saboteur { $($(#[$meta])* $variant,)* }

        impl Saboteur {
            /// Every fault with its name.
            pub const ALL: &[(&str, Self)] = &[$(($name, Self::$variant),)*];
        }
    };
}

saboteurs! {
    /// A fill with slippage is one ulp too high.
    FillOneUlp => "fill_one_ulp",
    /// A long's stop that is only touched is not hit.
    StopStrict => "stop_strict",
    /// No buffer.
    BufferDropped => "buffer_dropped",
    /// Bid and ask are swapped where a position is closed at the close.
    SidesSwapped => "sides_swapped",
    /// The factors of a result are multiplied in another order.
    ProfitOrder => "profit_order",
    /// An order can trigger or close in the bar it came in.
    TriggerBarEarly => "trigger_bar_early",
    /// Rounding is floor(x · 10^digits + 0.5).
    QuantizeHalfUp => "quantize_half_up",
    /// Slippage of exits favours the trader in the canonical variant too.
    SlippageFavourable => "slippage_favourable",
    /// Exits cost no fee.
    ExitFeeSkipped => "exit_fee_skipped",
    /// Where stop and target are hit in one bar, the target wins.
    TieToTarget => "tie_to_target",
    /// A run goes on with the order ids of the run before.
    StateKept => "state_kept",
    /// The last event of a run is missing.
    LastEventDropped => "last_event_dropped",
    /// A fee of zero is −0.0.
    NegativeZeroFee => "negative_zero_fee",
    /// A stop on the wrong side is refused with OUT_OF_BOUNDS.
    WrongEventCode => "wrong_event_code",
    /// Bars out of order raise the right class with the code INVALID_FORMAT.
    WrongErrorCode => "wrong_error_code",
    /// A negative volume is accepted.
    ErrorSwallowed => "error_swallowed",
    /// A stop on the wrong side is accepted.
    RefusalSwallowed => "refusal_swallowed",
    /// An exit panics.
    PanicAtExit => "panic_at_exit",
    /// Draws are keyed (seed, 1).
    WrongRandomKey => "wrong_random_key",
    /// Equal signals share a draw.
    OrdinalIgnored => "ordinal_ignored",
    /// A triggered order is sized at its own price instead of its fill.
    SizedAtOrderPrice => "sized_at_order_price",
    /// The risk of a trade is measured from its exit.
    RiskFromExit => "risk_from_exit",
    /// Sizes are stepped up instead of down.
    SizeCeiling => "size_ceiling",
    /// Events are stamped one microsecond late.
    TimesShifted => "times_shifted",
    /// An order that expires at the bar's time may still trigger.
    ExpiryLate => "expiry_late",
    /// A stop that the bar opened through fills at its level.
    GapIgnored => "gap_ignored",
    /// A target that is touched counts in the bar in which its limit order triggered.
    TriggerBarTouch => "trigger_bar_touch",
    /// A position may be held for exactly its longest time.
    TimeoutLate => "timeout_late",
    /// A signal at a bar's very time waits for the next bar.
    SignalLate => "signal_late",
    /// The strategy's stop keeps all its decimals.
    StopNotQuantized => "stop_not_quantized",
    /// The largest relative drawdown is measured against the initial balance.
    DrawdownFromStart => "drawdown_from_start",
    /// A result is booked before the exit's fee.
    ResultBeforeFee => "result_before_fee",
    /// Open longs are marked at the ask.
    MarkedAtAsk => "marked_at_ask",
    /// A trade without profit or loss counts as won.
    BreakevenWon => "breakeven_won",
    /// Signals later than the last bar vanish.
    LateSignalsForgotten => "late_signals_forgotten",
    /// One position more than the limit is taken.
    LimitExceeded => "limit_exceeded",
    /// The pass over a bar comes before the bar's signals.
    PassFirst => "pass_first",
    /// A digest does not cover the one before.
    ChainRestarted => "chain_restarted",
    /// A strategy that may only buy sells too.
    FilterIgnored => "filter_ignored",
    /// A z-score at its very threshold gives no signal.
    ThresholdStrict => "threshold_strict",
    /// A short's stop is measured by the bid's ATR.
    AtrOfOtherSide => "atr_of_other_side",
    /// The strategy's positions are held without end.
    HoldingDropped => "holding_dropped",
    /// The EMA's factor is 2/(n + 2).
    EmaFactor => "ema_factor",
    /// The EMA of a constant series drifts.
    EmaDrifts => "ema_drifts",
    /// Deviations are divided by w instead of w − 1.
    PopulationDeviation => "population_deviation",
    /// Welford's steps work on the values themselves.
    DeviationUncentred => "deviation_uncentred",
    /// The ATR begins a bar early.
    AtrEarly => "atr_early",
    /// The z-score in a flat window is 0.
    FlatZscoreZero => "flat_zscore_zero",
    /// An upper band is one ulp too high.
    BandOneUlp => "band_one_ulp",
    /// A simple average's window ends one row late.
    WindowLate => "window_late",
    /// A missing value counts as 0 in a simple average.
    MissingIsZero => "missing_is_zero",
    /// A true range after a missing close is measured from the close before that.
    CloseRemembered => "close_remembered",
    /// A time that stands there twice is accepted.
    DuplicateAccepted => "duplicate_accepted",
    /// A close outside its bar's range is accepted.
    CloseUnchecked => "close_unchecked",
    /// A step of one bar counts as a gap.
    GapAtTimeframe => "gap_at_timeframe",
    /// Joined bars have the ask's volume.
    VolumeOfAsk => "volume_of_ask",
    /// A join is refused at the very ratio that is allowed.
    RatioStrict => "ratio_strict",
}

const NONE: u8 = u8::MAX;

static ACTIVE: AtomicU8 = AtomicU8::new(NONE);
static COUNTS: [AtomicU64; RULES.len()] = [const { AtomicU64::new(0) }; RULES.len()];
/// What [`Saboteur::StateKept`] carries from run to run.
static KEPT_ORDER_ID: AtomicI64 = AtomicI64::new(1);

/// Lets one fault act from now on, or none.
///
/// # Errors
/// INVALID_ARGUMENT for an unknown name.
pub fn activate(name: Option<&str>) -> Result<(), OmegaError> {
    let number = match name {
        None => NONE,
        Some(name) => find(name)? as u8,
    };
    KEPT_ORDER_ID.store(1, Ordering::Relaxed);
    ACTIVE.store(number, Ordering::Relaxed);
    Ok(())
}

fn find(name: &str) -> Result<Saboteur, OmegaError> {
    Saboteur::ALL.iter().find(|(known, _)| *known == name).map(|&(_, saboteur)| saboteur).ok_or_else(|| {
        OmegaError::new(ErrorCode::InvalidArgument, format!("there is no saboteur {name:?}"))
            .column("saboteur")
            .value(Value::Text(name.to_owned()))
    })
}

/// Whether this fault acts.
#[must_use]
pub fn is_active(saboteur: Saboteur) -> bool {
    ACTIVE.load(Ordering::Relaxed) == saboteur as u8
}

/// Hits so far, by rule, in the order of [`RULES`].
#[must_use]
pub fn rule_counts() -> [(&'static str, u64); RULES.len()] {
    std::array::from_fn(|index| (RULES[index], COUNTS[index].load(Ordering::Relaxed)))
}

/// Starts counting anew.
pub fn reset_counts() {
    for count in &COUNTS {
        count.store(0, Ordering::Relaxed);
    }
}

/// Counts a hit of the rule at `index`.
pub fn hit(index: usize) {
    COUNTS[index].fetch_add(1, Ordering::Relaxed);
}

/// Index of a rule; an unknown one does not compile.
#[must_use]
pub const fn index_of(rule: &str) -> usize {
    let mut index = 0;
    while index < RULES.len() {
        if is_equal(RULES[index].as_bytes(), rule.as_bytes()) {
            return index;
        }
        index += 1;
    }
    panic!("rule! names a rule that is not counted");
}

const fn is_equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// The order id a run starts with under [`Saboteur::StateKept`].
pub(crate) fn kept_order_id() -> i64 {
    KEPT_ORDER_ID.load(Ordering::Relaxed)
}

/// Remembers the next order id for the next run.
pub(crate) fn keep_order_id(next: i64) {
    KEPT_ORDER_ID.store(next, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_own_counter() {
        for (index, rule) in RULES.iter().enumerate() {
            assert_eq!(index_of(rule), index, "{rule}");
        }
    }

    #[test]
    fn saboteurs_are_found_by_name_and_others_are_refused() {
        for &(name, saboteur) in Saboteur::ALL {
            assert_eq!(find(name).unwrap(), saboteur);
        }
        let error = activate(Some("nobody")).unwrap_err();
        assert_eq!((error.code, error.column.as_deref()), (ErrorCode::InvalidArgument, Some("saboteur")));
        assert!(!is_active(Saboteur::PanicAtExit));
    }
}
