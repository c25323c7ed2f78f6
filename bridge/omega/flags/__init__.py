"""Feature flags: which components there are, what the flags say (F-1, F-2, F-3), and the plan made of it (F-6)."""
