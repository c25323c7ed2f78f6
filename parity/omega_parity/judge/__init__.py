"""Decide about one case: compare, find where the sides part, name the component that answers for it."""
