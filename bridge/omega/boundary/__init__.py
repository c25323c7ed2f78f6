"""What stands between foreign objects and ours: limits, a look at raw Arrow structures, one guard."""
