"""Slippage and fees (chapter C)."""
