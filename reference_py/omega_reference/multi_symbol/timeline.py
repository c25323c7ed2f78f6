"""The times of several symbols as one line of steps (M-1), and which symbols can stand in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from omega.contract.errors import ErrorCode
from omega.contract.types import SliceMode
from omega_reference.breaches import breach

_SYMBOLS_MOST: Final = 65_535
"""Their numbers have 16 bits, of which one stands for a symbol that a run has not (Q-H1)."""


def check_symbols(symbols: Sequence[str], timeframes: Sequence[int], lists: Sequence[tuple[str, int]]) -> None:
    """Refuse symbols that cannot be walked together, before their bars are looked at (Q-M1b).

    Parameters
    ----------
    lists : sequence of (str, int)
        The lengths of the other lists that come with them.

    Raises
    ------
    OmegaError
        1010, 6004, 1011, 1008 or 1006.
    """
    count = len(symbols)
    if count == 0:
        raise breach(ErrorCode.EMPTY_INPUT, "M-1", "symbols", "there is no symbol")
    if count > _SYMBOLS_MOST:
        message = f"at most {_SYMBOLS_MOST} symbols, found {count}"
        raise breach(ErrorCode.LIMIT_EXCEEDED, "M-1", "symbols", message, value=count)
    for name, length in (("timeframes", len(timeframes)), *lists):
        if length != count:
            message = f"{length} entries for {count} symbols"
            raise breach(ErrorCode.SIZE_MISMATCH, "M-1", name, message, value=length)
    known: dict[str, int] = {}
    for row, (symbol, timeframe) in enumerate(zip(symbols, timeframes, strict=True)):
        if not symbol:
            message = "a symbol needs a name"
            raise breach(ErrorCode.MISSING_REQUIRED_FIELD, "M-1", "symbols", message, row)
        if symbol in known:
            message = "another symbol has this name"
            raise breach(ErrorCode.CONSTRAINT_VIOLATION, "M-1", "symbols", message, row, symbol)
        known[symbol] = row
        if timeframe != timeframes[0]:
            message = "must be the first symbol's timeframe"
            raise breach(ErrorCode.CONSTRAINT_VIOLATION, "M-1", "timeframes", message, row, timeframe)


def timeline(times: Sequence[list[int]], mode: SliceMode) -> list[int]:
    """Return the steps: each time of ``times``, which are in order symbol by symbol, that the mode takes."""
    return union(times) if mode is SliceMode.UNION else intersection(times)


def union(times: Sequence[list[int]]) -> list[int]:
    """Return every time that some symbol has, in order."""
    return sorted(set().union(*times))  # N-1: sorted


def intersection(times: Sequence[list[int]]) -> list[int]:
    """Return every time that all symbols have, in order."""
    return sorted(set(times[0]).intersection(*times))  # N-1: sorted
