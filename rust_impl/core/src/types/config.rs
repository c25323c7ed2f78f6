//! The configuration of a run, each field declared once: type, whether it may be unset, the key that a user writes
//! for it, and the range in which the user's value lies (the models of the configuration check it, not the core).

use std::sync::Arc;

use super::columns::Reader;
use super::ranges::{CHARGE, FACTOR, FRACTION, MONEY, SIZE, UNIT};
use super::sets::ClosedSet;
use super::{
    BelowMin, ChargedSides, CommissionBasis, DecisionPoint, DirectionFilter, Intrabar, MarketFill, OnRuin, OverlayMode,
    SignalTime, SizingMode, Trend, Variant, VolatilityFeature,
};

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FieldKind {
    /// A finite 64-bit float.
    Float,
    /// An integer.
    Int,
    /// A truth value.
    Flag,
    /// UTF-8.
    Text,
    /// A member of a closed set, by its number.
    Member(ClosedSet),
    /// Another record, by its name.
    Record(&'static str),
    /// Any number of times in µs.
    Times,
    /// Any number of finite 64-bit floats.
    Floats,
    /// Any number of another record, by its name.
    Records(&'static str),
}

/// A field as its record declares it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    /// The name in both languages.
    pub name: &'static str,
    /// Its type.
    pub kind: FieldKind,
    /// Whether it may be unset.
    pub is_optional: bool,
    /// The key of the configuration that it comes from, below that of its record.
    pub key: &'static str,
    /// Bounds of the user's value in the key's own unit: `gt`, `ge`, `lt`, `le`, or the `min_length` of a text.
    pub range: &'static [(&'static str, f64)],
}

/// A type that a field can have.
pub trait FieldType {
    /// What it is.
    const KIND: FieldKind;
    /// Whether it may be unset.
    const IS_OPTIONAL: bool = false;
}

/// A record that another can have any number of.
pub trait RecordType {
    /// Its name.
    const NAME: &'static str;
}

impl<T: RecordType> FieldType for Vec<T> {
    const KIND: FieldKind = FieldKind::Records(T::NAME);
}

impl<T: FieldType> FieldType for Option<T> {
    const KIND: FieldKind = T::KIND;
    const IS_OPTIONAL: bool = true;
}

macro_rules! field_types {
    ($($type:ty => $kind:expr,)*) => {
        $(impl FieldType for $type {
            const KIND: FieldKind = $kind;
        })*
    };
}

field_types! {
    f64 => FieldKind::Float,
    i64 => FieldKind::Int,
    u64 => FieldKind::Int,
    u32 => FieldKind::Int,
    usize => FieldKind::Int,
    bool => FieldKind::Flag,
    String => FieldKind::Text,
    Variant => FieldKind::Member(Variant::SET),
    BelowMin => FieldKind::Member(BelowMin::SET),
    SizingMode => FieldKind::Member(SizingMode::SET),
    CommissionBasis => FieldKind::Member(CommissionBasis::SET),
    ChargedSides => FieldKind::Member(ChargedSides::SET),
    MarketFill => FieldKind::Member(MarketFill::SET),
    SignalTime => FieldKind::Member(SignalTime::SET),
    OnRuin => FieldKind::Member(OnRuin::SET),
    Arc<[i64]> => FieldKind::Times,
    Arc<[f64]> => FieldKind::Floats,
    Intrabar => FieldKind::Member(Intrabar::SET),
    DirectionFilter => FieldKind::Member(DirectionFilter::SET),
    Trend => FieldKind::Member(Trend::SET),
    VolatilityFeature => FieldKind::Member(VolatilityFeature::SET),
    OverlayMode => FieldKind::Member(OverlayMode::SET),
    DecisionPoint => FieldKind::Member(DecisionPoint::SET),
}

/// Whoever can read a field of type `T`.
pub trait ReadField<T>: Reader {
    /// The field's value.
    ///
    /// # Errors
    /// The reader's own.
    fn read_field(&self, field: &Field) -> Result<T, Self::Error>;
}

macro_rules! records {
    ($(
        $(#[$meta:meta])*
        $name:ident {
            $($(#[$field_meta:meta])* $field:ident: $type:ty $(= $key:literal)? $([$($bound:ident $limit:expr),+])?,)*
        }
    )*) => {
        /// Every record with its fields, in the order of the dataclass.
        pub const RECORDS: &[(&str, &[Field])] = &[$((stringify!($name), $name::FIELDS),)*];

        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq)]
            #[allow(missing_docs, reason = "field names are the contract's")]
            pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }

            impl $name {
                /// The fields, in the order of the dataclass.
                pub const FIELDS: &[Field] = &[$(Field {
                    name: stringify!($field),
                    kind: <$type as FieldType>::KIND,
                    is_optional: <$type as FieldType>::IS_OPTIONAL,
                    key: key!(stringify!($field) $(, $key)?),
                    range: &[$($((stringify!($bound), $limit as f64),)+)?],
                },)*];

                /// Reads field after field.
                ///
                /// # Errors
                /// The reader's.
                pub fn read<R>(reader: &R) -> Result<Self, R::Error>
                where
                    R: Reader $(+ ReadField<$type>)*,
                {
                    let mut fields = Self::FIELDS.iter();
                    let mut next = || fields.next().unwrap_or_else(|| unreachable!("one declared field per field"));
                    Ok(Self { $($field: ReadField::<$type>::read_field(reader, next())?,)* })
                }
            }

            impl FieldType for $name {
                const KIND: FieldKind = FieldKind::Record(stringify!($name));
            }

            impl RecordType for $name {
                const NAME: &'static str = stringify!($name);
            }
        )*
    };
}

macro_rules! key {
    ($name:expr) => {
        $name
    };
    ($name:expr, $key:literal) => {
        $key
    };
}

const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
const TWO_TO_64: f64 = 2.0 * TWO_TO_63;
/// Rows of an indicator.
const LONGEST: u32 = 10_000_000;

records! {
    /// One run, resolved: the twin of `omega.contract.types.EngineConfig`.
    EngineConfig {
        variant: Variant,
        symbol: String [min_length 1],
        /// Length of a bar, µs; a user writes its name.
        timeframe: i64,
        /// µs; a user writes a time with an offset.
        start: Option<i64>,
        account_currency: String [min_length 1],
        initial_balance: f64 [ge MONEY.least, le MONEY.most],
        risk_per_trade: f64 [ge MONEY.least, le MONEY.most],
        risk_fraction: Option<f64> [ge FRACTION.least, le FRACTION.most],
        max_positions: Option<usize> = "max_positions_per_symbol" [ge 1, lt TWO_TO_63],
        seed: u64 [ge 0, lt TWO_TO_64],
        pip_buffer_factor: f64 [ge FACTOR.least, le FACTOR.most],
        close_at_end: bool,
        on_ruin: OnRuin,
        /// None in a run without margin (E-21).
        margin_leverage: Option<f64> = "margin.leverage" [ge 1, le UNIT.most],
        /// Share of the margin in use at which the account is stopped out.
        margin_stop_out: f64 = "margin.stop_out" [ge 0, le 1],
        market_fill: MarketFill,
        signal_time: SignalTime,
        intrabar_stop_entry: Intrabar = "intrabar.stop_entry",
        intrabar_limit_entry: Intrabar = "intrabar.limit_entry",
        intrabar_open_position: Intrabar = "intrabar.open_position",
        below_min: BelowMin = "sizing.below_min",
        sizing_mode: SizingMode = "sizing.mode",
        /// Of fixed sizes; none in the other modes (S-3).
        sizing_lots: Option<f64> = "sizing.lots" [ge SIZE.least, le SIZE.most],
        slippage_fixed_pips: f64 = "costs.slippage.fixed_pips" [ge FACTOR.least, le FACTOR.most],
        slippage_random_pips: f64 = "costs.slippage.random_pips" [ge FACTOR.least, le FACTOR.most],
        fee_per_million: f64 = "costs.fee.per_million" [ge CHARGE.least, le CHARGE.most],
        fee_min: f64 = "costs.fee.min_fee" [ge CHARGE.least, le CHARGE.most],
        /// Instead of the fee (C-3).
        commission: Option<Commission> = "costs.commission",
        /// Without it nights are free (C-4).
        swap: Option<Swap> = "costs.swap",
        /// Range of the rates themselves.
        rates: Vec<Rate> [ge UNIT.least, le UNIT.most],
        /// µs; a user writes days.
        rates_max_age: i64 [gt 0, le 36_500],
        /// Of all that are written, the one of `symbol`.
        instrument: Option<Instrument> = "instruments",
        strategy: Option<StrategyConfig>,
        decision_point: DecisionPoint = "alignment.entry",
        /// Primary bars that a higher timeframe's bar is carried forward (G-3); none: twice what fits into it.
        stale_limit: Option<usize> = "alignment.stale_limit" [ge 0, le LONGEST],
        /// The timeframes that are given; any other is resampled (G-2).
        higher_bars: Vec<HigherBars> = "higher_timeframes",
    }

    /// What is charged on fills instead of the fee, in `currency` (C-3).
    Commission {
        basis: CommissionBasis,
        /// Currency per lot or per million of notional, or a share of the notional.
        rate: f64 [ge CHARGE.least, le CHARGE.most],
        multiplier: f64 [ge FACTOR.least, le FACTOR.most],
        min_fee: f64 [ge CHARGE.least, le CHARGE.most],
        /// The account's where a user writes none.
        currency: String [min_length 1],
        sides: ChargedSides,
    }

    /// What a position costs or brings overnight, in ticks per lot (C-4), and the rollovers that it does so at.
    Swap {
        long_points: f64 [ge -FACTOR.most, le FACTOR.most],
        short_points: f64 [ge -FACTOR.most, le FACTOR.most],
        /// µs, rising; a user writes a time of the day and a zone.
        rollovers: Arc<[i64]> = "rollover",
        /// Of each rollover; a user writes the weekday of three.
        nights: Arc<[i64]> = "triple",
    }

    /// The rate of a pair, checked: one value per timestamp, or one and no timestamps (C-6).
    Rate {
        pair: String,
        timestamps: Arc<[i64]>,
        values: Arc<[f64]>,
    }

    /// Symbol specification (T-5); `tick_value` is in the account currency per lot and tick.
    Instrument {
        symbol: String [min_length 1],
        pip_size: f64 [ge UNIT.least, le UNIT.most],
        tick_size: f64 [ge UNIT.least, le UNIT.most],
        tick_value: Option<f64> [ge UNIT.least, le UNIT.most],
        contract_size: f64 [ge UNIT.least, le UNIT.most],
        volume_min: f64 [ge 1e-8, le SIZE.most],
        volume_step: f64 [ge SIZE.least, le SIZE.most],
        volume_max: f64 [ge SIZE.least, le SIZE.most],
        base_currency: String,
        quote_currency: String,
        profit_currency: String,
        digits: u32 [ge 0, le 15],
        min_stop_distance_pips: f64 [ge FACTOR.least, le FACTOR.most],
    }

    /// A registered strategy and its parameters, already validated.
    StrategyConfig {
        name: String,
        magic_number: i64 [ge -TWO_TO_63, lt TWO_TO_63],
        parameters: MeanReversionParameters,
    }

    /// Parameters of `mean_reversion_z_score`, resolved; those from `b_b_length` on are of scenarios 2 … 6.
    MeanReversionParameters {
        atr_length: usize [ge 1, le LONGEST],
        atr_mult: f64 [gt FACTOR.least, le FACTOR.most],
        window_length: usize [ge 2, le LONGEST],
        ema_length: usize [ge 1, le LONGEST],
        z_score_long: f64,
        z_score_short: f64,
        direction_filter: DirectionFilter,
        /// µs; a user writes minutes.
        max_holding: Option<i64> = "max_holding_minutes" [ge 1, le 5_256_000],
        /// Of all that are enabled, those whose label `long_…` is (Q-A3).
        long_scenarios: Arc<[i64]> = "enabled_scenarios" [min_length 1, ge 1, le 6],
        short_scenarios: Arc<[i64]> = "enabled_labels",
        b_b_length: usize [ge 2, le LONGEST],
        std_factor: f64 [gt FACTOR.least, le FACTOR.most],
        kalman_r: f64 [gt FACTOR.least, le FACTOR.most],
        kalman_q: f64 [ge FACTOR.least, le FACTOR.most],
        tp_min_distance: f64 [ge FACTOR.least, le FACTOR.most],
        /// µs; none: no filter.
        htf_tf: Option<i64>,
        htf_ema: usize [ge 1, le LONGEST],
        htf_filter: Trend,
        extra_htf_tf: Option<i64>,
        extra_htf_ema: usize [ge 1, le LONGEST],
        extra_htf_filter: Trend,
        garch_alpha: f64 [ge FACTOR.least, le FACTOR.most],
        garch_beta: f64 [ge FACTOR.least, le FACTOR.most],
        garch_omega: Option<f64> [ge FACTOR.least, le FACTOR.most],
        garch_log_returns: bool = "garch_use_log_returns",
        garch_scale: f64 [gt FACTOR.least, le FACTOR.most],
        garch_min_periods: usize [ge 0, le LONGEST],
        garch_floor: f64 = "garch_sigma_floor" [ge FACTOR.least, le FACTOR.most],
        local_z_lookback: usize [ge 0, le LONGEST],
        vol_feature: VolatilityFeature = "intraday_vol_feature",
        vol_window: usize = "intraday_vol_cluster_window" [ge 1, le LONGEST],
        vol_k: usize = "intraday_vol_cluster_k" [ge 1, le 5],
        vol_log: bool = "intraday_vol_log_transform",
        vol_min_points: usize = "intraday_vol_min_points" [ge 1, le LONGEST],
        vol_garch_lookback: usize = "intraday_vol_garch_lookback" [ge 1, le LONGEST],
        /// Numbers of clusters: 0 low … 4 extreme (I-16).
        vol_allowed: Arc<[i64]> = "intraday_vol_allowed",
        vol_hysteresis: usize = "cluster_hysteresis_bars" [ge 0, le LONGEST],
        overlay_mode: OverlayMode = "scenario6_mode",
        /// In the order listed; the timeframes are those of `short_overlays`.
        long_overlays: Vec<Overlay> = "scenario6_timeframes",
        short_overlays: Vec<Overlay> = "scenario6_params",
    }

    /// What scenario 6 asks of one timeframe in one direction (Q-A7c).
    Overlay {
        timeframe: i64,
        window_length: usize [ge 2, le LONGEST],
        b_b_length: usize [ge 2, le LONGEST],
        std_factor: f64 [gt FACTOR.least, le FACTOR.most],
        kalman_r: f64 [gt FACTOR.least, le FACTOR.most],
        kalman_q: f64 [ge FACTOR.least, le FACTOR.most],
        z_score: f64,
    }

    /// Bars of a higher timeframe that came with the run, checked: times (µs, rising) and closes of the bid (G-2).
    HigherBars {
        /// Length of a bar, µs.
        timeframe: i64,
        timestamps: Arc<[i64]>,
        closes: Arc<[f64]>,
    }
}
