"""The comparator: what two sides did with one input, by type and 64-bit pattern; it needs the contract only."""
