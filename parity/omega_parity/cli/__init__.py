"""The commands that the judge adds to ``omega``."""
