"""Execution (chapter E): what signals and bars do to orders, positions and money, as functions over data.

``state`` holds the data; of the other rooms each imports only those that come before it in this list: ordinals,
ledger, fills, hits, limits, refusals, opening, closing, entries, exits, pending, management, bar, steps.
"""
