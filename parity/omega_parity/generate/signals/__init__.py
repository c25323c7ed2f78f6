"""Signals over given bars: drawn at random, or aimed at the levels of later bars."""
