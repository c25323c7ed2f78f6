//! From signals and quotes to events, trades and money (chapter E): functions over `Book`, `Account`, `Log`, `Rules`
//! and `Quote`.

pub mod bar;
pub mod break_even;
pub mod closing;
pub mod columns;
pub mod entries;
pub mod exits;
pub mod fills;
pub mod hits;
pub mod instructions;
pub mod ledger;
pub mod limits;
pub mod management;
pub mod margin;
pub mod matching;
pub mod opening;
pub mod ordinals;
pub mod pending;
pub mod records;
pub mod refusals;
pub mod rollover;
pub mod state;
pub mod steps;
pub mod stop_out;
pub mod trailing;
pub mod walk;
