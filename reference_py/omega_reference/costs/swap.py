"""What a position costs or brings overnight, and the instants at which it does so (C-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from omega.contract.errors import ErrorCode, omega_error
from omega.contract.types import Direction, EngineConfig
from omega_reference.terms import SymbolTerms
from omega_reference.variants import variant_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapTerms:
    """A run's swap (Q-C4)."""

    long_move: float
    """Price per night: what a long position gains by it, negative where it pays."""
    short_move: float
    rollovers: tuple[int, ...]
    """µs, rising."""
    nights: tuple[int, ...]
    """Of each rollover."""


def swap_terms(config: EngineConfig, terms: SymbolTerms) -> SwapTerms | None:
    """Return the run's swap; None where nights are free, as in v1."""
    swap, spec = config.swap, terms.spec
    if swap is None or spec is None or not variant_rules(config.variant).charges_nights:
        return None
    return SwapTerms(
        long_move=swap.long_points * spec.tick_size,
        short_move=swap.short_points * spec.tick_size,
        rollovers=swap.rollovers,
        nights=swap.nights,
    )


def swap_amount(terms: SwapTerms, direction: Direction, size: float, value: float, nights: int) -> float:
    """Return what some nights bring a position in the account currency, negative where they cost (C-4, Q-C4b).

    ``value`` is what a price is worth, account currency per 1.0 of price and 1 lot (Q-S1).
    """
    move = terms.long_move if direction is Direction.LONG else terms.short_move
    return ((move * value) * size) * nights


def check_rollovers(terms: SwapTerms | None, timestamps: Sequence[int], first: int) -> None:
    """Refuse a bar, from row ``first`` on, for which no rollovers are known (Q-C4).

    Raises
    ------
    OmegaError
        CONSTRAINT_VIOLATION naming the bar's row and its time.
    """
    if terms is None:
        return
    for row in range(first, len(timestamps)):
        time = timestamps[row]
        if not terms.rollovers or time < terms.rollovers[0] or time > terms.rollovers[-1]:
            raise omega_error(
                ErrorCode.CONSTRAINT_VIOLATION,
                f"no rollovers are known for bar {row}: leave costs.swap out, or give bars of the years 1970 … 2099",
                rule="C-4",
                column="costs.swap",
                row=row,
                value=time,
            )
