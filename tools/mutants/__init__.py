"""Mutation testing: small faults by the hundred in either implementation, and whether the comparison notices them."""
