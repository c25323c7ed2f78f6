"""Data before a run: imported, looked over, repaired where somebody says so, resampled, kept (T-11 … T-14)."""
