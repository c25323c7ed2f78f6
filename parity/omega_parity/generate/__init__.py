"""Inputs: bars, signals, configurations and calls, made or read, the same on every machine."""
