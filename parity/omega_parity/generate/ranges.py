"""The intended range of every number of a configuration, an instrument, bars and signals, by the core's declarations.

Where a declaration leaves an end open, the range ends at 1e-12 or 1e12: no product of a run, which has at most a size,
a contract, a price, a fee and a value per price in it, leaves 1e-290 … 1e290 then, so that money stays finite. A field
that is new among the declarations is drawn, counted and tried with faults without a line here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

from omega_parity.generate.scales import Number, Scale

LEAST: Final = 1e-12
MOST: Final = 1e12
"""The smallest and the largest number of a field whose declaration leaves an end open."""

FIRST_TIME: Final = -62_135_596_800_000_000
LAST_TIME: Final = 253_402_300_799_999_999
"""Of the calendar, µs (Q-T1)."""

TIMES: Final = Scale(low=FIRST_TIME, high=LAST_TIME, spacing="linear", is_whole=True)

LONGEST_WINDOW: Final = 65_536
"""Rows of an indicator: what a generated run with trades after them still affords; 10⁷ may be asked for."""

_TWO_TO_63: Final = 2**63

_FEW: Final = 1_000
"""Up to here the integers of a range are drawn evenly."""

_MINUTE_US: Final = 60_000_000
_DAY_US: Final = 86_400_000_000

_VOLUMES: Final = Scale(low=5e-324, high=1e308, edges=(0.0, 5e-324, 1e308, 1.7976931348623157e308))
"""Any finite number of at least 0: no money depends on a volume (T-2)."""

_DURATIONS: Final = Scale(low=1, high=_TWO_TO_63 - 1, is_whole=True, edges=(0, 1, _TWO_TO_63 - 1))

_LENGTHS: Final = {"atr_length", "window_length", "ema_length", "b_b_length"}

_NO_RANGE: Final = {"timeframe", "start", "htf_tf", "extra_htf_tf", "stale_limit", "vol_k"}
"""Integers that are one of a list or of a few, a time of the run's, or a number of its bars."""

_DISTANCES: Final = ("trailing_distance", "trailing_step", "break_even_at_r", "break_even_offset")

_BOUNDS: Final = {**{name: {"ge": 0.0} for name in _DISTANCES}, "fraction": {"ge": LEAST, "le": 1.0}}
"""Of the columns of T-6 that are not above 0 and no more (T-10)."""

Declared = Mapping[str, Any]


@cache
def record_scales(record: str) -> Mapping[str, Scale]:
    """Return the range of each number of a declared record, in the order of its fields."""
    fields: Mapping[str, Declared] = declarations()["records"][record]
    scales: dict[str, Scale] = {}
    for name, field in fields.items():
        if field["type"] in ("float", "int") and name not in _NO_RANGE:
            scales[name] = _known(name, _declared(field["range"], is_whole=field["type"] == "int"), scales)
    return scales


@cache
def table_scales(table: str) -> Mapping[str, Scale]:
    """Return the range of each number of a declared table, in the order of its columns."""
    columns: Mapping[str, Declared] = declarations()["tables"][table]
    scales = {}
    for name, column in columns.items():
        kind = column["type"]
        if kind == "timestamp":
            scales[name] = TIMES
        elif name == "volume":
            scales[name] = _VOLUMES
        elif kind == "duration":
            scales[name] = _DURATIONS
        elif kind == "int64":
            scales[name] = _declared({"ge": -float(_TWO_TO_63), "lt": float(_TWO_TO_63)}, is_whole=True)
        elif kind == "float64":
            scales[name] = _declared(_BOUNDS.get(name, {"gt": 0.0}), is_whole=False)
    return scales


@cache
def declarations() -> Declared:
    """Return what the core declares: records, tables and closed sets."""
    # Not at the top: where Rust is missing, a gate says so better than an import.
    import omega_rust

    declared: Declared = omega_rust.declarations()
    return declared


def _declared(bounds: Mapping[str, float], *, is_whole: bool) -> Scale:
    """Return the range between the declared bounds; an open end is cut off."""
    low, high = _lowest(bounds), _highest(bounds, is_whole=is_whole)
    kind: type[Number] = int if is_whole else float
    least = kind(1 if is_whole else LEAST)
    if low is None or low < 0.0:
        lowest = -high if low is None else kind(low)
        return Scale(low=least, high=high, spacing="signed log", is_whole=is_whole, edges=(kind(0), lowest, high))
    if is_whole and high <= _FEW:
        return Scale(low=kind(low), high=high, spacing="linear", is_whole=True, edges=(kind(low), high))
    start = kind(low) if low > 0.0 else least
    zero = (kind(0),) if "ge" in bounds and low == 0.0 else ()
    return Scale(low=start, high=high, is_whole=is_whole, edges=(*zero, start, high))


def _lowest(bounds: Mapping[str, float]) -> float | None:
    if "ge" in bounds:
        return bounds["ge"]
    return bounds.get("gt")


def _highest(bounds: Mapping[str, float], *, is_whole: bool) -> Number:
    if "le" in bounds:
        return int(bounds["le"]) if is_whole else bounds["le"]
    if "lt" in bounds:
        return int(bounds["lt"]) - 1 if is_whole else math.nextafter(bounds["lt"], 0.0)
    return int(MOST) if is_whole else MOST


def _known(name: str, scale: Scale, before: Mapping[str, Scale]) -> Scale:
    """Return a range in the unit of the record, and no longer than a run can be."""
    if name in _LENGTHS:
        return replace(scale, high=LONGEST_WINDOW, edges=(scale.low, LONGEST_WINDOW))
    if name == "volume_max":  # never below the least volume
        least = before["volume_min"].low
        return replace(scale, low=least, edges=(least, scale.high))
    if name == "max_holding":  # declared in the minutes that a user writes
        ends = (int(scale.low) * _MINUTE_US, int(scale.high) * _MINUTE_US)
        return replace(scale, low=ends[0], high=ends[1], edges=ends)
    if name == "rates_max_age":  # declared in the days that a user writes, of which any part above 0 is allowed
        ends = (1, int(scale.high) * _DAY_US)
        return replace(scale, low=ends[0], high=ends[1], edges=ends)
    return scale
