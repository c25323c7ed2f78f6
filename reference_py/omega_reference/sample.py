"""The built-in sample: a five-minute EURUSD that needs no file and has the same bits everywhere (Q-D1).

Trading runs from Sunday 22:00 to Friday 22:00 UTC. The mid price is a bounded walk whose size follows the hour
and a four-week regime, with a weak pull to 1.10; weekends and about one bar in 500 open with a gap.
"""

from __future__ import annotations

from typing import Final

from omega.contract.errors import ErrorCode
from omega.contract.schemas import BARS
from omega_reference.bars.columns import BarColumns
from omega_reference.breaches import breach
from omega_reference.environment import check_environment
from omega_reference.numbers import floor, maximum, minimum, quantize, remainder
from omega_reference.rng import Words, philox, unit

ROWS_MAX: Final = 10_000_000

_FIRST_WEEK_US: Final = 1_578_261_600_000_000
"""Sunday 2020-01-05 22:00 UTC."""
_WEEK_US: Final = 604_800_000_000
_HOUR_US: Final = 3_600_000_000
_STEP_US: Final = 300_000_000
_WEEK_SLOTS: Final = 1440
_FIRST_SLOT: Final = 24
"""Slot of row 0, Monday 00:00 UTC."""
_FIRST_HOUR_SLOTS: Final = 12
_REGIME_ROWS: Final = 5760
_SEED_END: Final = 1 << 64
_COUNTER_TAG: Final = 0xFFFF_FFFF_FFFF_FFFF
"""Fourth counter word; no leg of a fill can have it (N-6)."""

_MID_START: Final = 1.10
_ACTIVITY_BY_HOUR: Final = (
    *(0.45, 0.45, 0.4, 0.4, 0.45, 0.55, 0.8, 1.1),
    *(1.3, 1.2, 1.1, 1.0, 1.1, 1.4, 1.6, 1.5),
    *(1.2, 0.9, 0.7, 0.6, 0.5, 0.35, 0.3, 0.35),
)
"""Size of moves by hour of day (UTC): quiet nights, busy London and New York."""

Ohlc = tuple[float, float, float, float]


def sample_bars(n: int, seed: int) -> BarColumns:
    """Return ``n`` five-minute bars of a synthetic EURUSD from Monday 2020-01-06 00:00 UTC (Q-D1).

    Parameters
    ----------
    n : int
        1 … 10,000,000 rows.
    seed : int
        0 … 2⁶⁴ − 1, the first word of the Philox key.

    Returns
    -------
    BarColumns
        Every price has 5 digits, every volume is a whole number > 0.

    Raises
    ------
    OmegaError
        OUT_OF_BOUNDS naming ``n`` or ``seed``.
    """
    _check_range("n", n, 1, ROWS_MAX)
    _check_range("seed", seed, 0, _SEED_END - 1)
    check_environment()
    columns: list[list[float]] = [[] for _ in range(9)]
    mid = _MID_START
    for row in range(n):
        words = philox((seed, 0), (row, 0, 0, _COUNTER_TAG))
        quote = _mid_ohlc(row, mid, words)
        mid = quote[3]
        spread = _spread_of(row, words)
        for side, offset in ((0, 0.0), (4, spread)):
            for i in range(4):
                columns[side + i].append(quantize((quote[i] + offset), 5))
        columns[8].append(_volume_of(row, words))
    times = [_timestamp_of(row) for row in range(n)]
    return BarColumns(timestamp=times, **dict(zip(BARS.names[1:], columns, strict=True)))


def _timestamp_of(row: int) -> int:
    """Return the open time of ``row`` in µs, weekends left out."""
    slot = row + _FIRST_SLOT
    return _FIRST_WEEK_US + slot // _WEEK_SLOTS * _WEEK_US + remainder(slot, _WEEK_SLOTS) * _STEP_US


def _mid_ohlc(row: int, mid_before: float, words: Words) -> Ohlc:
    """Return open, high, low and close of the mid price, given the close before."""
    u0, u1, u2, u3 = (unit(word) for word in words)
    size = (0.0006 * _activity(row)) * _regime(row)
    mid_open = mid_before + _gap(row, words)
    mid_close = mid_open + ((size * ((u0 + u1) - 1.0)) + (0.0001 * (_MID_START - mid_open)))
    high = maximum(mid_open, mid_close) + ((0.4 * size) * u2)
    low = minimum(mid_open, mid_close) - ((0.4 * size) * u3)
    return mid_open, high, low, mid_close


def _spread_of(row: int, words: Words) -> float:
    """Return the bar's spread in price: 0.8 to 1.2 pips, triple in a week's first hour, rarely five times that."""
    spread = 0.00008 + (0.00004 * (_low_bits(words[1]) / 2047.0))
    if _slot_of_week(row) < _FIRST_HOUR_SLOTS:
        spread = spread * 3.0
    if _low_bits(words[2]) < 2:
        spread = spread * 5.0
    return spread


def _volume_of(row: int, words: Words) -> float:
    """Return the bar's volume, a whole number from 100 that follows the hour."""
    return 100.0 + floor(_activity(row) * _low_bits(words[3]))


def _gap(row: int, words: Words) -> float:
    shift = _low_bits(words[3]) - 1023.5
    if row > 0 and _slot_of_week(row) == 0:
        return shift * 0.000002
    if _low_bits(words[0]) < 4:
        return shift * 0.0000005
    return 0.0


def _low_bits(word: int) -> int:
    """Return the 11 bits that :func:`unit` leaves out, independent of its value."""
    return word & 2047


def _slot_of_week(row: int) -> int:
    return remainder(row + _FIRST_SLOT, _WEEK_SLOTS)


def _activity(row: int) -> float:
    return _ACTIVITY_BY_HOUR[remainder(_timestamp_of(row) // _HOUR_US, 24)]


def _regime(row: int) -> float:
    half = _REGIME_ROWS // 2
    return 0.7 + (0.6 * (abs(remainder(row, _REGIME_ROWS) - half) / half))


def _check_range(column: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise breach(ErrorCode.OUT_OF_BOUNDS, "Q-D1", column, f"must be in {low} … {high}", value=value)
