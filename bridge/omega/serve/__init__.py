"""Who serves a run: the plan against the native module as it is, the factories of both sides, the adapter of Rust."""
