"""How values are shown: in decimal, in hexadecimal, and as a distance in units in the last place."""

from __future__ import annotations

import math
import struct
from typing import Any, Final

from omega.compare.outcome import Absent, Value
from omega.compare.structures import members
from omega.contract.times import EPOCH, MICROSECOND

_OPAQUE: Final = "(has no __eq__ and no attributes to compare: give the class one, or return its parts)"


def ulps_between(reference: Value, candidate: Value) -> int | None:
    """Count the doubles from one value to the other; ``0.0`` and ``-0.0`` are one apart.

    None unless both are floats and neither is NaN.
    """
    if not (isinstance(reference, float) and isinstance(candidate, float)):
        return None
    if math.isnan(reference) or math.isnan(candidate):
        return None
    return abs(_ordinal(reference) - _ordinal(candidate))


def decimal_text(value: Value) -> str:
    """Show a value the way it is read: shortest decimal that gives the float back, ``null``, ``absent``."""
    if isinstance(value, Absent):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    if value is None:
        return "null"
    kind: Any = type(value)
    if kind.__eq__ is not object.__eq__ or isinstance(value, type):
        return str(value)
    # By its name: an address says nothing, and makes two reports of one difference differ.
    shown = f"object of class {kind.__qualname__}" if kind.__repr__ is object.__repr__ else str(value)
    return shown if members(value) is not None else f"{shown} {_OPAQUE}"


def hex_text(value: Value) -> str:
    """Show the exact float in hexadecimal; empty for anything else."""
    return value.hex() if isinstance(value, float) else ""


def time_text(microseconds: int | None) -> str:
    """Show a time (µs since the epoch) in ISO 8601, UTC."""
    return "" if microseconds is None else (EPOCH + microseconds * MICROSECOND).isoformat()


def json_value(value: Value) -> object:
    """Give a value a form that JSON can hold without losing bits or the difference between null and absent."""
    if isinstance(value, Absent):
        return {"absent": True}
    if isinstance(value, float):
        return {"decimal": repr(value), "hex": value.hex()}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _ordinal(value: float) -> int:
    """Map a double to its place on the line of all doubles, -0.0 just below 0.0."""
    bits: int = struct.unpack("<q", struct.pack("<d", value))[0]
    return bits if bits >= 0 else -(bits + (1 << 63)) - 1
