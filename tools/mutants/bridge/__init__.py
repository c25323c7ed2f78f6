"""Mutants of what both sides share, `bridge/omega`, with the unit tests as judge: no comparison of sides can see them."""
