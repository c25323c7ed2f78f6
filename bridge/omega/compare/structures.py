"""Where two structures part: dictionaries, sequences and objects, walked by DeepDiff with our own idea of equal floats.

:func:`identical` decides, :func:`parting` tells; both by one idea of what a value without parts is.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Any, Final, cast

import numpy as np
import pyarrow as pa

from omega.compare.outcome import ABSENT, Value

Path = list[str | int]
"""Keys, indices and attributes that lead to a value."""

ORDER: Final = "(order)"
"""Stands behind a field in which only the order of keys differs."""

_LEAVES: Final = frozenset({bool, int, float, str, bytes, NoneType})
"""What nearly every value is; the others are looked at more closely."""


def members(value: object) -> dict[str, object] | None:
    """Return the parts of an array, a table, a dataclass, or an object that brings no equality of its own.

    None for whatever is compared as a whole.
    """
    if isinstance(value, np.ndarray):
        return {"dtype": str(value.dtype), "shape": value.shape, "values": value.tolist()}
    if isinstance(value, pa.Table | pa.RecordBatch):
        return {"schema": str(value.schema), "columns": [column.to_pylist() for column in value.columns]}
    if isinstance(value, pa.Array | pa.ChunkedArray):
        return {"type": str(value.type), "values": value.to_pylist()}
    if isinstance(value, type):
        return None
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if type(value).__eq__ is not object.__eq__:
        return None
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    held = {name: getattr(value, name) for name in slots if hasattr(value, name)}
    return {**held, **getattr(value, "__dict__", {})} or None


def identical(reference: object, candidate: object, under: frozenset[tuple[int, int]] = frozenset()) -> bool:
    """Compare two Python values by type and bits; objects without an equality of their own by their members.

    ``under`` are the pairs of objects that this one is a part of: one that leads back to itself differs nowhere new.
    """
    if type(reference) is not type(candidate):
        return False
    if type(reference) in _LEAVES:
        return _same_leaf(reference, candidate)
    if isinstance(reference, list | tuple) and isinstance(candidate, list | tuple):
        pairs = zip(reference, candidate, strict=False)
        return len(reference) == len(candidate) and all(identical(*pair, under) for pair in pairs)
    if isinstance(reference, Mapping) and isinstance(candidate, Mapping):
        return identical(list(reference.items()), list(candidate.items()), under)
    parts = members(reference), members(candidate)
    if parts[0] is None or parts[1] is None:
        return _same_leaf(reference, candidate)
    pair = (id(reference), id(candidate))
    return pair in under or identical(*parts, under | {pair})


def _same_leaf(reference: Any, candidate: Any) -> bool:
    """Compare two values without parts; a NaN is every other of its type (N-3)."""
    if type(reference) is not type(candidate):
        return False
    if isinstance(reference, complex):
        return _same_leaf(reference.real, candidate.real) and _same_leaf(reference.imag, candidate.imag)
    if isinstance(reference, float | np.floating):
        both_nan = reference != reference and candidate != candidate
        return bool(both_nan) or _bytes(reference) == _bytes(candidate)
    return bool(reference == candidate)


def _bytes(value: float | np.floating[Any]) -> bytes:
    return value.tobytes() if isinstance(value, np.floating) else struct.pack("<d", value)


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
    """Decides about values without parts: DeepDiff has its own ideas of equal numbers, sets and times."""

    def match(self, level: Any) -> bool:
        return not any(isinstance(value, Mapping | list | tuple) for value in (level.t1, level.t2))

    def give_up_diffing(self, level: Any, diff_instance: Any) -> bool:
        if not _same_leaf(level.t1, level.t2):
            diff_instance.custom_report_result("exactly", level)
        return True


def _plain(value: object, above: tuple[int, ...] = ()) -> object:
    """Show DeepDiff dictionaries and sequences only; what else they were is one of their parts.

    ``above`` are the objects that this one is a part of; one that leads back to itself is cut off there.
    """
    if isinstance(value, list | tuple):
        parts = [_plain(part, above) for part in value]
        kind = type(value)
        return kind(parts) if kind in (list, tuple) else {"(class)": kind.__qualname__, "(items)": parts}
    is_mapping = isinstance(value, Mapping)
    held = dict(value) if isinstance(value, Mapping) else members(value)
    if held is None:
        return value
    if id(value) in above:
        return f"(part {above.index(id(value))} of what it is in)"
    parted = {name: _plain(part, (*above, id(value))) for name, part in held.items()}
    return parted if is_mapping and type(value) is dict else {"(class)": type(value).__qualname__, **parted}


def _told(value: object) -> Value:
    return ABSENT if repr(value) == "not present" else cast("Value", value)
