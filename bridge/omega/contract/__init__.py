"""What both implementations share: types, schemas, error codes, Protocols.

A leaf: it imports nothing of ours, so that either side can be used without the other.
"""

CONTRACT_VERSION = 1
"""Version of ``bridge/CONTRACT.md`` that both implementations must report (F-6)."""

CHAIN_LAYOUT_VERSION = 2
"""Version of the byte layout of the state chain (H-1)."""
