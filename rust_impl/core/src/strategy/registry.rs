//! Names of the built-in strategies.

use crate::error::{ErrorCode, OmegaError, Value};

/// A built-in strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StrategyKind {
    ///
    MeanReversionZScore,
}

const STRATEGIES: [(&str, StrategyKind); 1] = [("mean_reversion_z_score", StrategyKind::MeanReversionZScore)];

/// The names of all registered strategies.
pub fn strategy_names() -> impl Iterator<Item = &'static str> {
    STRATEGIES.iter().map(|&(name, _)| name)
}

/// The strategy registered under `name`.
///
/// # Errors
/// INVALID_ARGUMENT naming it and the choices.
pub fn find(name: &str) -> Result<StrategyKind, OmegaError> {
    if let Some(&(_, kind)) = STRATEGIES.iter().find(|(known, _)| *known == name) {
        return Ok(kind);
    }
    let choices: Vec<&str> = strategy_names().collect();
    let message = format!("unknown strategy {name:?}, expected one of {}", choices.join(", "));
    Err(OmegaError::new(ErrorCode::InvalidArgument, message)
        .rule("A-1")
        .column("strategy")
        .value(Value::Text(name.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_or_answered_with_the_choices() {
        assert_eq!(find("mean_reversion_z_score").unwrap(), StrategyKind::MeanReversionZScore);
        let error = find("momentum").unwrap_err();
        assert_eq!((error.code, error.rule), (ErrorCode::InvalidArgument, Some("A-1")));
        assert_eq!(error.value, Some(Value::Text("momentum".into())));
        assert!(error.message.contains("mean_reversion_z_score"));
    }
}
