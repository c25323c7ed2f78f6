//! What an indicator is asked for with (Q-I17).

use crate::error::{ErrorCode, OmegaError, Value};
use crate::types::indicators::{Fallback, INDICATORS, Indicator, Parameter, ParameterKind, find_indicator};

/// Checked parameters in the order of their indicator, each in its one type.
#[derive(Clone, Debug)]
pub struct Parameters {
    values: Vec<(&'static Parameter, Value)>,
}

impl Parameters {
    fn new(values: Vec<(&'static Parameter, Value)>) -> Self {
        Self { values }
    }

    fn find(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(parameter, _)| parameter.name == name).map(|(_, value)| value)
    }

    /// A parameter of kind length.
    #[must_use]
    pub fn length(&self, name: &str) -> usize {
        if let Some(&Value::Int(length)) = self.find(name) { usize::try_from(length).unwrap_or(0) } else { 0 }
    }

    /// A parameter that is a number.
    #[must_use]
    pub fn number(&self, name: &str) -> f64 {
        self.optional(name).unwrap_or(f64::NAN)
    }

    /// A number that may not have been given.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<f64> {
        if let Some(&Value::Float(number)) = self.find(name) { Some(number) } else { None }
    }

    /// A parameter of kind flag.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.find(name), Some(Value::Bool(true)))
    }

    /// A parameter of kind choice.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        if let Some(Value::Text(text)) = self.find(name) { text } else { "" }
    }

    /// What tells these parameters from others of the same indicator.
    #[must_use]
    pub fn key(&self) -> Vec<(&'static str, u64)> {
        self.values.iter().map(|(parameter, value)| (parameter.name, bits(parameter, value))).collect()
    }
}

/// A checked parameter as part of a key.
fn bits(parameter: &Parameter, value: &Value) -> u64 {
    match (value, parameter.kind) {
        (Value::Float(number), _) => number.to_bits(),
        (Value::Int(length), _) => *length as u64,
        (Value::Bool(flag), _) => u64::from(*flag),
        (Value::Text(text), ParameterKind::Choice(choices)) => {
            choices.iter().position(|choice| choice == text).unwrap_or(usize::MAX) as u64
        }
        _ => u64::MAX,
    }
}

/// The parameters in the order of Q-I17, numbers in their one type, or the first that is wrong.
///
/// # Errors
/// INVALID_ARGUMENT for an unknown name, side or parameter, or a missing parameter; TYPE_MISMATCH;
/// OUT_OF_BOUNDS; NAN_VALUE or INFINITE_VALUE.
pub fn check_parameters(name: &str, side: &str, given: &[(String, Value)]) -> Result<Parameters, OmegaError> {
    let Some(indicator) = find_indicator(name) else {
        let names: Vec<&str> = INDICATORS.iter().map(|declared| declared.name).collect();
        let found = Value::Text(name.to_owned());
        return Err(refuse(ErrorCode::InvalidArgument, "name", Some(&found), &format!("one of {}", names.join(", "))));
    };
    if side != "bid" && side != "ask" {
        return Err(refuse(ErrorCode::InvalidArgument, "side", Some(&Value::Text(side.to_owned())), "bid or ask"));
    }
    let taken = taken_by(&indicator, given);
    let names: Vec<&str> = taken.iter().map(|parameter| parameter.name).collect();
    let mut sorted: Vec<&(String, Value)> = given.iter().collect();
    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
    if let Some((unknown, value)) = sorted.iter().find(|(parameter, _)| !names.contains(&parameter.as_str())) {
        let listed = if names.is_empty() { "no parameter".to_owned() } else { names.join(", ") };
        let expected = format!("{name} to be asked for with {listed}");
        return Err(refuse(ErrorCode::InvalidArgument, unknown, Some(value), &expected));
    }
    let is_missing = |parameter: &&&Parameter| {
        parameter.fallback == Fallback::Required && find_given(given, parameter.name).is_none()
    };
    if let Some(missing) = taken.iter().find(is_missing) {
        return Err(refuse(ErrorCode::InvalidArgument, missing.name, None, "a value"));
    }
    let mut checked = Vec::with_capacity(taken.len());
    for parameter in taken {
        let value = find_given(given, parameter.name);
        let value = value.map_or(Ok(default_of(parameter)), |value| check_value(parameter, value).map(Some))?;
        checked.extend(value.map(|value| (parameter, value)));
    }
    Ok(Parameters::new(checked))
}

fn find_given<'a>(given: &'a [(String, Value)], name: &str) -> Option<&'a Value> {
    given.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

fn default_of(parameter: &Parameter) -> Option<Value> {
    match parameter.fallback {
        Fallback::Required | Fallback::Absent => None,
        Fallback::Length(length) => Some(Value::Int(length)),
        Fallback::Number(number) => Some(Value::Float(number)),
        Fallback::Flag(flag) => Some(Value::Bool(flag)),
    }
}

/// What the indicator takes; some parameters belong to a value of another one.
fn taken_by(indicator: &Indicator, given: &[(String, Value)]) -> Vec<&'static Parameter> {
    let is_taken = |parameter: &&'static Parameter| {
        parameter.only_with.is_none_or(
            |(other, wanted)| matches!(find_given(given, other), Some(Value::Text(value)) if value == wanted),
        )
    };
    indicator.parameters.iter().copied().filter(is_taken).collect()
}

/// The value in the one type of its kind.
fn check_value(parameter: &Parameter, value: &Value) -> Result<Value, OmegaError> {
    let name = parameter.name;
    match parameter.kind {
        ParameterKind::Choice(_) => checked_choice(parameter, value),
        ParameterKind::Flag => match value {
            Value::Bool(_) => Ok(value.clone()),
            _ => Err(refuse(ErrorCode::TypeMismatch, name, Some(value), "true or false")),
        },
        ParameterKind::Length(least, most) => {
            let &Value::Int(length) = value else {
                return Err(refuse(ErrorCode::TypeMismatch, name, Some(value), "an integer"));
            };
            if !(least..=most).contains(&length) {
                return Err(refuse(ErrorCode::OutOfBounds, name, Some(value), &format!("{least} … {most}")));
            }
            Ok(value.clone())
        }
        _ => checked_number(parameter, value),
    }
}

fn checked_choice(parameter: &Parameter, value: &Value) -> Result<Value, OmegaError> {
    let name = parameter.name;
    let choices = if let ParameterKind::Choice(choices) = parameter.kind { choices } else { &[] };
    let Value::Text(text) = value else {
        return Err(refuse(ErrorCode::TypeMismatch, name, Some(value), "text"));
    };
    if !choices.contains(&text.as_str()) {
        return Err(refuse(ErrorCode::InvalidArgument, name, Some(value), &choices.join(" or ")));
    }
    Ok(value.clone())
}

fn checked_number(parameter: &Parameter, value: &Value) -> Result<Value, OmegaError> {
    let name = parameter.name;
    let number = match *value {
        Value::Float(number) => number,
        Value::Int(number) => number as f64,
        _ => return Err(refuse(ErrorCode::TypeMismatch, name, Some(value), "a number")),
    };
    if number.is_nan() {
        return Err(refuse(ErrorCode::NanValue, name, Some(value), "a number"));
    }
    if number.is_infinite() {
        return Err(refuse(ErrorCode::InfiniteValue, name, Some(value), "a finite number"));
    }
    if parameter.kind == ParameterKind::Positive && number <= 0.0 {
        return Err(refuse(ErrorCode::OutOfBounds, name, Some(value), "a number above 0"));
    }
    if parameter.kind == ParameterKind::NotNegative && number < 0.0 {
        return Err(refuse(ErrorCode::OutOfBounds, name, Some(value), "a number that is not negative"));
    }
    Ok(Value::Float(number))
}

/// The error of one argument (Q-I17).
pub(super) fn refuse(code: ErrorCode, column: &str, value: Option<&Value>, expected: &str) -> OmegaError {
    let found = value.map_or("nothing".to_owned(), Value::to_string);
    let error = OmegaError::new(code, format!("{column}: expected {expected}, got {found}"));
    let error = error.rule("I-17").column(column);
    value.map_or(error.clone(), |value| error.value(value.clone()))
}
