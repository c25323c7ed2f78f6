//! `rule!` and `sabotage!`: the marks in the core that only the probe build turns into code (see `probe.rs`).

/// Counts a hit of a rule, in the branch where it changes the outcome, or where the condition holds.
#[cfg(feature = "probe")]
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

/// Type-checked in every build, and free in this one.
#[cfg(not(feature = "probe"))]
macro_rules! rule {
    ($id:literal) => {};
    ($id:literal, $condition:expr) => {
        if false {
            let _: bool = $condition;
        }
    };
}

/// The healthy expression, or the faulty one while the probe's saboteur of that name is active.
#[cfg(feature = "probe")]
macro_rules! sabotage {
    ($name:ident => $faulty:expr, else $healthy:expr) => {
        if $crate::probe::is_active($crate::probe::Saboteur::$name) { $faulty } else { $healthy }
    };
    ($name:ident => $faulty:expr) => {
        if $crate::probe::is_active($crate::probe::Saboteur::$name) {
            $faulty
        }
    };
}

#[cfg(not(feature = "probe"))]
macro_rules! sabotage {
    ($name:ident => $faulty:expr, else $healthy:expr) => {
        $healthy
    };
    ($name:ident => $faulty:expr) => {};
}
