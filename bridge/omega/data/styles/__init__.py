"""Files of other programs: which program wrote a CSV, and its rows as bars and ticks of the contract (T-11)."""
