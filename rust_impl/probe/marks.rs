//! The probe's marks: `rule!` counts, `fault!` chooses. Takes the place of the core's `marks.rs` in the copy.

/// Counts a hit of a rule, in the branch where it changes the outcome, or where the condition holds.
macro_rules! rule {
    ($id:literal) => {
        $crate::probe::hit(const { $crate::probe::index_of($id) })
    };
    ($id:literal, $condition:expr) => {
        if $condition {
            rule!($id);
        }
    };
}

/// The product's expression, or the faulty one while that fault acts; or a statement that runs while it acts.
macro_rules! fault {
    ($name:ident => $faulty:expr, else $original:expr) => {
        if $crate::probe::is_active($crate::probe::Fault::$name) { $faulty } else { $original }
    };
    ($name:ident => $faulty:expr) => {
        if $crate::probe::is_active($crate::probe::Fault::$name) {
            $faulty
        }
    };
}
