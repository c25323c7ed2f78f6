//! Several symbols at once (M-1 … M-4): one line of steps over their times, what a step shows of each, passes, and runs.

pub mod arrivals;
pub mod books;
pub mod iterator;
pub mod run;
pub mod slice;
pub mod timeline;
