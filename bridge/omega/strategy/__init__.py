"""Strategies of one's own, in Python: what they are, what they see, and how they are asked (A-1, Q-L3)."""
