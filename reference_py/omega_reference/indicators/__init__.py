"""Indicator series (chapter I): lists of floats as long as their input, NaN where undefined."""
