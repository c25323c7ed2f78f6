//! `omega_rust`: a thin PyO3 layer over `omega-core`.
