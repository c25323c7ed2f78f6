//! `rule!`: where a rule changes the outcome. The probe counts these places (`../../probe`), the product does nothing.

/// Marks the branch in which a rule changes the outcome, or a place where it does if the condition holds.
///
/// Never evaluated, always compiled: a condition that no longer fits its surroundings is an error in every build.
macro_rules! rule {
    ($id:literal) => {};
    ($id:literal, $condition:expr) => {
        if false {
            let _: bool = $condition;
        }
    };
}
