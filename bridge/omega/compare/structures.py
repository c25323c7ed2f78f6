"""Where two structures part: dictionaries, sequences and objects, walked by DeepDiff with our own idea of equal floats.

:func:`omega.compare.compare.identical` decides; this module tells.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

import numpy as np

from omega.compare.outcome import ABSENT, Value

Path = list[str | int]
"""Keys, indices and attributes that lead to a value."""

ORDER: Final = "(order)"
"""Stands behind a field in which only the order of keys differs."""


def members(value: object) -> dict[str, object] | None:
    """Return the parts of an object that brings no equality of its own, of a dataclass or an array; None for others."""
    if isinstance(value, np.ndarray):
        return {"dtype": str(value.dtype), "shape": value.shape, "values": value.tolist()}
    if isinstance(value, type):
        return None
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if type(value).__eq__ is not object.__eq__:
        return None
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    held = {name: getattr(value, name) for name in slots if hasattr(value, name)}
    return {**held, **getattr(value, "__dict__", {})} or None


def same_float(reference: float, candidate: float) -> bool:
    """Whether two floats have the same bits, or are both NaN (N-3)."""
    both_nan = reference != reference and candidate != candidate
    return both_nan or struct.pack("<d", reference) == struct.pack("<d", candidate)


def parting(reference: object, candidate: object) -> Iterator[tuple[Path, Value, Value]]:
    """Yield every place at which two structures differ: its path and both values, ``ABSENT`` where one has none.

    Types count, and so does the order of sequences. Nothing is yielded where only the order of keys differs.
    """
    import deepdiff

    found = deepdiff.DeepDiff(
        _plain(reference),
        _plain(candidate),
        custom_operators=[_Exactly()],
        view="tree",
        zip_ordered_iterables=True,
        threshold_to_diff_deeper=0,
        ignore_private_variables=False,
    )
    levels = [level for group in found.values() for level in group]
    for level in levels:
        yield level.path(output_format="list"), _told(level.t1), _told(level.t2)


def path_text(path: Path) -> str:
    """Write a path as it is written in Python: ``config.seed``, ``rows[3]``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


class _Exactly:
    """DeepDiff holds 0.0 for -0.0 and no NaN for another, and takes sets apart by hashes of its own."""

    def match(self, level: Any) -> bool:
        return all(isinstance(value, float | set | frozenset) for value in (level.t1, level.t2))

    def give_up_diffing(self, level: Any, diff_instance: Any) -> bool:
        left, right = level.t1, level.t2
        is_equal = same_float(left, right) if isinstance(left, float) and isinstance(right, float) else left == right
        if type(left) is not type(right) or not is_equal:
            diff_instance.custom_report_result("exactly", level)
        return True


def _plain(value: object) -> object:
    """Show DeepDiff the parts of objects; the name of the class is one of them, so that another class differs."""
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return type(value)(_plain(part) for part in value)
    parts = members(value)
    if parts is None:
        return value
    return {**{name: _plain(part) for name, part in parts.items()}, "(class)": type(value).__qualname__}


def _told(value: object) -> Value:
    return ABSENT if repr(value) == "not present" else cast("Value", value)
