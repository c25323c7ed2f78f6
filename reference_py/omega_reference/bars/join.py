"""Two sides of the market joined to bars (G-1, Q-G1)."""

from __future__ import annotations

from omega.contract.errors import ErrorCode
from omega_reference.bars.checks import time_breach
from omega_reference.bars.columns import BarColumns, SideColumns
from omega_reference.breaches import breach


def join_sides(bid: SideColumns, ask: SideColumns, max_missing_ratio: float) -> BarColumns:
    """Join bid and ask bars on equal timestamps; the volume is the bid side's (G-1, Q-G1).

    Parameters
    ----------
    bid, ask : SideColumns
    max_missing_ratio : float
        0 … 1, the largest share of unmatched rows in the union.

    Raises
    ------
    OmegaError
        As :func:`check_missing_ratio` and :func:`check_side`; CONSTRAINT_VIOLATION with both counts when too many rows
        are unmatched; EMPTY_INPUT when nothing is left.
    """
    check_missing_ratio(max_missing_ratio)
    check_side(bid, "bid_")
    check_side(ask, "ask_")
    bid_rows, ask_rows = _matching_rows(bid.timestamp, ask.timestamp)
    matched = len(bid_rows)
    _check_unmatched(len(bid.timestamp) - matched, len(ask.timestamp) - matched, matched, max_missing_ratio)
    if matched == 0:
        raise breach(ErrorCode.EMPTY_INPUT, "G-1", "timestamp", "bid and ask have no time in common")
    return _joined(bid, ask, bid_rows, ask_rows)


def check_missing_ratio(max_missing_ratio: float) -> None:
    """Refuse a ratio outside 0 … 1, before any table is looked at (Q-G1b).

    Raises
    ------
    OmegaError
        OUT_OF_BOUNDS.
    """
    if not 0.0 <= max_missing_ratio <= 1.0:
        message = "must be in 0 … 1"
        raise breach(ErrorCode.OUT_OF_BOUNDS, "G-1", "max_missing_ratio", message, value=max_missing_ratio)


def check_side(side: SideColumns, prefix: str) -> None:
    """Refuse a side with columns of unequal length or times that do not increase (Q-G1b).

    Parameters
    ----------
    side : SideColumns
    prefix : str
        Goes before the names of its columns in errors.

    Raises
    ------
    OmegaError
        SIZE_MISMATCH, CONSTRAINT_VIOLATION.
    """
    for name in ("open", "high", "low", "close", "volume"):
        rows = len(getattr(side, name))
        if rows != len(side.timestamp):
            message = f"{rows} rows, timestamp has {len(side.timestamp)}"
            raise breach(ErrorCode.SIZE_MISMATCH, "G-1", prefix + name, message)
    found = time_breach("G-1", f"{prefix}timestamp", side.timestamp)
    if found is not None:
        raise found


def _matching_rows(bid_times: list[int], ask_times: list[int]) -> tuple[list[int], list[int]]:
    """Return the rows of both sides that have equal times."""
    bid_rows: list[int] = []
    ask_rows: list[int] = []
    ask_row = 0
    for bid_row, time in enumerate(bid_times):
        while ask_row < len(ask_times) and ask_times[ask_row] < time:
            ask_row += 1
        if ask_row < len(ask_times) and ask_times[ask_row] == time:
            bid_rows.append(bid_row)
            ask_rows.append(ask_row)
    return bid_rows, ask_rows


def _check_unmatched(bid_only: int, ask_only: int, matched: int, max_missing_ratio: float) -> None:
    """Refuse two sides without a row, or with too many that have no partner."""
    union = (bid_only + ask_only) + matched
    if union == 0:
        raise breach(ErrorCode.EMPTY_INPUT, "G-1", "timestamp", "neither bid nor ask has a bar")
    ratio = (bid_only + ask_only) / union
    if ratio > max_missing_ratio:
        message = (
            f"{bid_only} bid and {ask_only} ask bars of {union} have no partner,"
            f" more than max_missing_ratio {max_missing_ratio} allows; the ratio must not exceed it"
        )
        raise breach(ErrorCode.CONSTRAINT_VIOLATION, "G-1", "timestamp", message, value=ratio)


def _joined(bid: SideColumns, ask: SideColumns, bid_rows: list[int], ask_rows: list[int]) -> BarColumns:
    """Return the bars of pairs of rows."""
    return BarColumns(
        timestamp=[bid.timestamp[row] for row in bid_rows],
        bid_open=_taken(bid.open, bid_rows),
        bid_high=_taken(bid.high, bid_rows),
        bid_low=_taken(bid.low, bid_rows),
        bid_close=_taken(bid.close, bid_rows),
        ask_open=_taken(ask.open, ask_rows),
        ask_high=_taken(ask.high, ask_rows),
        ask_low=_taken(ask.low, ask_rows),
        ask_close=_taken(ask.close, ask_rows),
        volume=_taken(bid.volume, bid_rows),
    )


def _taken(values: list[float], rows: list[int]) -> list[float]:
    return [values[row] for row in rows]
