//! Every indicator with its parameters and outputs (chapter I).

use crate::types::timeframes::TIMEFRAMES;

/// Longest period or window (Q-I17).
pub const LENGTH_MAX: i64 = i32::MAX as i64;
/// Ending of the form that sees only the last `lookback` bars (I-14).
pub const LOCAL: &str = "_local";
/// Ending of the forms over a higher timeframe (I-15).
pub const STEPWISE: &str = "_stepwise";

/// What a parameter may be (Q-I17).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParameterKind {
    /// An integer between the two.
    Length(i64, i64),
    /// A finite number.
    Number,
    /// A finite number above 0.
    Positive,
    /// A finite number of at least 0.
    NotNegative,
    /// True or false.
    Flag,
    /// One of some texts.
    Choice(&'static [&'static str]),
}

impl ParameterKind {
    /// Its name in the contract's Python.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Length(..) => "length",
            Self::Number => "number",
            Self::Positive => "positive",
            Self::NotNegative => "not_negative",
            Self::Flag => "flag",
            Self::Choice(_) => "choice",
        }
    }
}

/// What a parameter is where it is not given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fallback {
    /// It must be given.
    Required,
    /// It has no value then.
    Absent,
    /// A length.
    Length(i64),
    /// A number.
    Number(f64),
    /// A flag.
    Flag(bool),
}

/// A parameter of an indicator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Name, the same everywhere.
    pub name: &'static str,
    /// What it may be.
    pub kind: ParameterKind,
    /// What it is where it is not given.
    pub fallback: Fallback,
    /// It is taken only where that parameter has that value.
    pub only_with: Option<(&'static str, &'static str)>,
}

/// An indicator: name, parameters in the order in which they are checked, names of its outputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Declared {
    /// Name.
    pub name: &'static str,
    /// Runs of parameters, one after the other.
    pub parameters: &'static [&'static [Parameter]],
    /// Names of the series.
    pub outputs: &'static [&'static str],
}

/// An indicator that was asked for by its name, or by that and the ending of I-14.
#[derive(Clone, Debug, PartialEq)]
pub struct Indicator {
    /// What it is computed by.
    pub declared: &'static Declared,
    /// All that it may take, in the order of the checks.
    pub parameters: Vec<&'static Parameter>,
    /// Whether it sees only the last bars.
    pub is_local: bool,
}

const fn plain(name: &'static str, kind: ParameterKind) -> Parameter {
    Parameter { name, kind, fallback: Fallback::Required, only_with: None }
}

const fn length(name: &'static str, least: i64) -> Parameter {
    plain(name, ParameterKind::Length(least, LENGTH_MAX))
}

const fn with(parameter: Parameter, fallback: Fallback) -> Parameter {
    Parameter { fallback, ..parameter }
}

const fn only(parameter: Parameter, other: &'static str, value: &'static str) -> Parameter {
    Parameter { only_with: Some((other, value)), ..parameter }
}

const fn timeframe_names() -> [&'static str; TIMEFRAMES.len()] {
    let mut names = [""; TIMEFRAMES.len()];
    let mut row = 0;
    while row < names.len() {
        names[row] = TIMEFRAMES[row].0;
        row += 1;
    }
    names
}

const PERIOD: Parameter = length("period", 1);
const PERIOD_2: Parameter = length("period", 2);
const WINDOW_2: Parameter = length("window", 2);
const FACTOR: Parameter = plain("std_factor", ParameterKind::Number);
const LOOKBACK: Parameter = length("lookback", 1);
const TIMEFRAME: Parameter = plain("timeframe", ParameterKind::Choice(&timeframe_names()));
const MEAN: Parameter = plain("mean", ParameterKind::Choice(&["rolling", "ema"]));
const KALMAN: &[Parameter] = &[plain("r", ParameterKind::Positive), plain("q", ParameterKind::NotNegative)];
const GARCH: [Parameter; 7] = [
    with(plain("alpha", ParameterKind::NotNegative), Fallback::Number(0.05)),
    with(plain("beta", ParameterKind::NotNegative), Fallback::Number(0.9)),
    with(plain("omega", ParameterKind::NotNegative), Fallback::Absent),
    with(plain("log_returns", ParameterKind::Flag), Fallback::Flag(true)),
    with(plain("scale", ParameterKind::Positive), Fallback::Number(100.0)),
    with(length("min_periods", 0), Fallback::Length(50)),
    with(plain("floor", ParameterKind::NotNegative), Fallback::Number(1e-6)),
];
const CLUSTER: [Parameter; 4] = [
    plain("feature", ParameterKind::Choice(&["garch_forecast", "atr_points"])),
    length("window", 1),
    with(plain("k", ParameterKind::Length(1, 5)), Fallback::Length(3)),
    with(plain("log", ParameterKind::Flag), Fallback::Flag(true)),
];
const POINTS: [Parameter; 2] =
    [only(PERIOD, "feature", "atr_points"), only(plain("point", ParameterKind::Positive), "feature", "atr_points")];

const fn garch_features() -> [Parameter; GARCH.len()] {
    let mut parameters = GARCH;
    let mut row = 0;
    while row < parameters.len() {
        parameters[row] = only(GARCH[row], "feature", "garch_forecast");
        row += 1;
    }
    parameters
}

const BANDS: &[&str] = &["upper", "mid", "lower"];

/// In the order in which an unknown name is told what there is.
pub const INDICATORS: &[Declared] = &[
    Declared { name: "sma", parameters: &[&[PERIOD]], outputs: &["sma"] },
    Declared { name: "ema", parameters: &[&[PERIOD]], outputs: &["ema"] },
    Declared { name: "atr", parameters: &[&[PERIOD]], outputs: &["atr"] },
    Declared { name: "true_range", parameters: &[], outputs: &["true_range"] },
    Declared { name: "bollinger", parameters: &[&[PERIOD_2, FACTOR]], outputs: BANDS },
    Declared {
        name: "zscore",
        parameters: &[&[WINDOW_2, MEAN, only(length("ema_period", 1), "mean", "ema")]],
        outputs: &["zscore"],
    },
    Declared { name: "rsi", parameters: &[&[PERIOD]], outputs: &["rsi"] },
    Declared {
        name: "macd",
        parameters: &[&[length("fast_period", 1), length("slow_period", 1), length("signal_period", 1)]],
        outputs: &["line", "signal", "histogram"],
    },
    Declared { name: "roc", parameters: &[&[PERIOD]], outputs: &["roc"] },
    Declared { name: "dmi", parameters: &[&[PERIOD]], outputs: &["plus_di", "minus_di", "adx"] },
    Declared { name: "choppiness", parameters: &[&[PERIOD_2]], outputs: &["choppiness"] },
    Declared { name: "kalman_mean", parameters: &[KALMAN], outputs: &["kalman_mean"] },
    Declared { name: "kalman_zscore", parameters: &[&[WINDOW_2], KALMAN], outputs: &["kalman_zscore"] },
    Declared { name: "garch_volatility", parameters: &[&GARCH], outputs: &["garch_volatility"] },
    Declared { name: "kalman_garch_zscore", parameters: &[KALMAN, &GARCH], outputs: &["kalman_garch_zscore"] },
    Declared { name: "vol_cluster", parameters: &[&CLUSTER, &garch_features(), &POINTS], outputs: &["vol_cluster"] },
    Declared { name: "ema_stepwise", parameters: &[&[TIMEFRAME, PERIOD]], outputs: &["ema"] },
    Declared { name: "bollinger_stepwise", parameters: &[&[TIMEFRAME, PERIOD_2, FACTOR]], outputs: BANDS },
    Declared {
        name: "kalman_zscore_stepwise",
        parameters: &[&[TIMEFRAME, WINDOW_2], KALMAN],
        outputs: &["kalman_zscore"],
    },
];

/// An indicator by name; with the ending of I-14 it takes `lookback` before everything else.
#[must_use]
pub fn find_indicator(name: &str) -> Option<Indicator> {
    let known = |name: &str| INDICATORS.iter().find(|declared| declared.name == name);
    if let Some(declared) = known(name) {
        let parameters = declared.parameters.iter().copied().flatten().collect();
        return Some(Indicator { declared, parameters, is_local: false });
    }
    let declared = known(name.strip_suffix(LOCAL)?).filter(|declared| !declared.name.ends_with(STEPWISE))?;
    let parameters = std::iter::once(&LOOKBACK).chain(declared.parameters.iter().copied().flatten()).collect();
    Some(Indicator { declared, parameters, is_local: true })
}

/// Whether a parameter of that name is a number in whatever indicator takes it.
#[must_use]
pub fn is_number(name: &str) -> bool {
    let mut parameters = INDICATORS.iter().flat_map(|declared| declared.parameters.iter().copied().flatten());
    parameters.any(|parameter| {
        let kind = parameter.kind;
        let is_number = matches!(kind, ParameterKind::Number | ParameterKind::Positive | ParameterKind::NotNegative);
        parameter.name == name && is_number
    })
}
