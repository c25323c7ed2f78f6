//! No twin: the error table of the contract, whose Python is `omega.contract.errors`, with the same numbers.

use std::fmt;

macro_rules! codes {
    ($($name:ident = $value:literal,)*) => {
        /// Error codes shared with Python; a test keeps both tables equal.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each name is its own documentation, as in the contract's table")]
        #[repr(i32)]
        pub enum ErrorCode { $($name = $value,)* }

        impl ErrorCode {
            /// Every code with its name, in the order of the table.
            pub const TABLE: &[(&str, i32)] = &[$((stringify!($name), $value),)*];
        }
    };
}

codes! {
    Ok = 0,
    ValidationFailed = 1000,
    InvalidArgument = 1001,
    NullValue = 1002,
    OutOfBounds = 1003,
    TypeMismatch = 1004,
    SchemaViolation = 1005,
    ConstraintViolation = 1006,
    InvalidState = 1007,
    MissingRequiredField = 1008,
    InvalidFormat = 1009,
    EmptyInput = 1010,
    SizeMismatch = 1011,
    ComputationFailed = 2000,
    DivisionByZero = 2001,
    Overflow = 2002,
    Underflow = 2003,
    NanValue = 2004,
    InfiniteValue = 2005,
    ConvergenceFailed = 2006,
    NumericalInstability = 2007,
    InsufficientData = 2008,
    IoError = 3000,
    NotFound = 3001,
    PermissionDenied = 3002,
    SerializationFailed = 3003,
    DeserializationFailed = 3004,
    NetworkError = 3005,
    Timeout = 3006,
    DiskFull = 3007,
    InternalError = 4000,
    NotImplemented = 4001,
    AssertionFailed = 4002,
    Unreachable = 4003,
    InvariantViolated = 4004,
    FfiError = 5000,
    FfiTypeConversion = 5001,
    FfiBufferOverflow = 5002,
    FfiMemory = 5003,
    FfiSchemaMismatch = 5004,
    FfiPanicCaught = 5005,
    ResourceError = 6000,
    OutOfMemory = 6001,
    ResourceExhausted = 6002,
    ResourceBusy = 6003,
    LimitExceeded = 6004,
}

/// The offending value itself, so that Python sees the number and not its text.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A 64-bit float.
    Float(f64),
    /// An integer or a time in µs.
    Int(i64),
    /// Text.
    Text(String),
    /// A truth value, where a number was expected.
    Bool(bool),
    /// Any other object, by the name of its type; Python sees no value.
    Other(String),
}

impl fmt::Display for Value {
    /// As Python shows it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Float(number) => write!(f, "{number:?}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Bool(truth) => f.write_str(if *truth { "True" } else { "False" }),
            Self::Other(kind) if kind == "NoneType" => f.write_str("nothing"),
            Self::Other(kind) => f.write_str(kind),
        }
    }
}

/// A coded error that names the rule, the column, the row and the value.
#[derive(Clone, Debug)]
pub struct OmegaError {
    /// The code of X-1.
    pub code: ErrorCode,
    /// What was expected and what was found, for a person.
    pub message: String,
    /// The contract's rule.
    pub rule: Option<&'static str>,
    /// The column, argument or configuration key at fault.
    pub column: Option<String>,
    /// Zero-based row of the input table.
    pub row: Option<usize>,
    /// The offending value.
    pub value: Option<Value>,
}

impl OmegaError {
    /// Builds an error without context.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), rule: None, column: None, row: None, value: None }
    }

    /// Names the contract's rule.
    #[must_use]
    pub fn rule(mut self, rule: &'static str) -> Self {
        self.rule = Some(rule);
        self
    }

    /// Names the column at fault.
    #[must_use]
    pub fn column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }

    /// Names the row at fault.
    #[must_use]
    pub fn row(mut self, row: usize) -> Self {
        self.row = Some(row);
        self
    }

    /// Carries the offending value.
    #[must_use]
    pub fn value(mut self, value: Value) -> Self {
        self.value = Some(value);
        self
    }
}

impl fmt::Display for OmegaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.code as i32, self.message)
    }
}

impl std::error::Error for OmegaError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_its_code_and_carries_its_context() {
        let error =
            OmegaError::new(ErrorCode::Overflow, "too much").rule("N-1").column("x").row(3).value(Value::Int(4));
        assert_eq!(error.to_string(), "[2002] too much");
        assert_eq!((error.rule, error.column.as_deref(), error.row), (Some("N-1"), Some("x"), Some(3)));
        assert_eq!(error.value, Some(Value::Int(4)));
    }

    #[test]
    fn the_table_lists_each_code_once_in_order() {
        assert!(ErrorCode::TABLE.windows(2).all(|pair| pair[0].1 < pair[1].1));
        assert_eq!(ErrorCode::TABLE.first(), Some(&("Ok", 0)));
        assert_eq!(ErrorCode::TABLE.last(), Some(&("LimitExceeded", 6004)));
    }
}
