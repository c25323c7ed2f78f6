"""The reference: the contract as plain typed Python, which says what the right bits are.

Every module has a twin of the same name in the Rust core. It depends on :mod:`omega.contract`, on pyarrow for
containers and on xxhash for hashes; it knows nothing of the Rust side.
"""
