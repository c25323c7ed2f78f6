"""Give both sides the same input and record what each did."""
