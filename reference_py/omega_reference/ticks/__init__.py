"""Ticks: their columns and checks (T-3)."""
