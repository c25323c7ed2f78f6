"""Several symbols at once (M-1 … M-3): one line of steps over their times, what a step shows of each, and passes."""
