"""Prove that the gates can fail: rules that must fire, and faults that must be noticed."""
