"""Mutants of what both sides share, `bridge/omega`, and the unit tests as their judge: no comparison sees them."""
