"""Values, objects and bytes that no honest caller would hand over; all of them follow from a seed."""

from __future__ import annotations

import ctypes
import decimal
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from omega.boundary.structures import ArrowArray, ArrowArrayStream, ArrowSchema


class Raises:
    """Raises whatever is asked of it."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        raise self.error

    def __str__(self) -> str:
        raise ValueError("no text")

    __repr__ = __str__


class Stream:
    """Hands over one capsule, or raises."""

    def __init__(self, capsule: object, error: BaseException | None = None) -> None:
        self.capsule, self.error = capsule, error

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        if self.error is not None:
            raise self.error
        return self.capsule


def _itself() -> dict[str, object]:
    knot: dict[str, object] = {}
    knot["self"] = knot
    return knot


def _deep(depth: int) -> list[object]:
    nest: list[object] = []
    for _ in range(depth):
        nest = [nest]
    return nest


SCALARS: tuple[object, ...] = (
    None, True, 0, 1, -1, 2**31, 2**63, -(2**63), 2**64, 10**400, 0.0, -0.0, 1.5, math.nan, math.inf, -math.inf, 1e308,
    5e-324, "", "long", "bid", "EURUSD", "\0", "\ud800", "x" * 300, "1:30", "a/b", b"", b"\xff", 1j,
    decimal.Decimal("1.1"), decimal.Decimal("sNaN"), timedelta.max, timedelta.min, timedelta(seconds=1),
    datetime(2020, 1, 6),  # noqa: DTZ001
    datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC), datetime(2020, 1, 6, tzinfo=UTC), date.max,
    np.int64(3), np.float32(1.5), np.float64("nan"), np.datetime64("NaT"), np.datetime64("2020-01-06"), np.str_("sma"),
    pd.NA, pd.NaT, pd.Timestamp("2020-01-06", tz="UTC"), (), [], {}, [1], {"a": 1}, {1: 2}, set(), object(), int, len,
)  # fmt: skip


def scalar(rng: Random) -> object:
    """A value of any kind."""
    roll = rng.random()
    if roll < 0.02:
        return _itself()
    if roll < 0.04:
        return _deep(rng.choice((3, 100, 3_000)))
    if roll < 0.06:
        return Raises(rng.choice((ValueError("v"), OSError(5, "io"), RuntimeError("r"), KeyError("k"))))
    if roll < 0.2:
        return rng.choice((rng.randrange(-(2**70), 2**70), rng.uniform(-1e9, 1e9), rng.randrange(100), rng.random()))
    return rng.choice(SCALARS)


TYPES: tuple[pa.DataType, ...] = (
    pa.null(), pa.bool_(), pa.int8(), pa.uint64(), pa.int64(), pa.float16(), pa.float32(), pa.float64(), pa.string(),
    pa.large_string(), pa.string_view(), pa.binary(), pa.date32(), pa.time64("ns"), pa.timestamp("us"),
    pa.timestamp("ns", "UTC"), pa.timestamp("s", "Mars/Phobos"), pa.timestamp("us", "UTC"), pa.duration("ns"),
    pa.duration("us"), pa.decimal128(20, 5), pa.list_(pa.string()), pa.large_list(pa.string()), pa.list_(pa.int64(), 2),
    pa.map_(pa.string(), pa.string()), pa.map_(pa.int64(), pa.string()), pa.struct([("a", pa.int64())]),
    pa.dictionary(pa.int8(), pa.string()), pa.dictionary(pa.uint32(), pa.large_string()), pa.binary(3),
    pa.month_day_nano_interval(),
)  # fmt: skip


def array(rng: Random, rows: int) -> Any:
    """Nulls or values of a random type."""
    data_type = rng.choice(TYPES)
    seeds: list[object] = [None, 0, 1, 2, "a", "long", "2020-01-06", 1.5, [], {"a": 1}, b"abc"]
    fitting = []
    for seed in seeds:
        try:
            pa.array([seed], data_type)
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            continue
        fitting.append(seed)
    try:
        return pa.array([rng.choice(fitting or [None]) for _ in range(rows)], data_type)
    except (pa.ArrowException, TypeError, ValueError):  # each fits, and not beside the others
        return pa.array([None] * rows, data_type)


def table(rng: Random, honest: pa.Table) -> Any:
    """A table, or what another library makes of it, with a few faults."""
    found = honest.slice(rng.randrange(3), rng.choice((0, 1, 2, honest.num_rows)))
    for _ in range(rng.choice((0, 1, 1, 2))):
        if not found.num_columns:
            break
        position = rng.randrange(found.num_columns)
        name = rng.choice((found.column_names[position], "symbol", "tags", "metadata", "x\0y", "é"))
        match rng.randrange(5):
            case 0:
                found = found.remove_column(position)
            case 1:
                found = found.append_column(name, array(rng, found.num_rows))
            case 2:
                # By row: values of a zone that nobody knows cannot be taken out and put back.
                rows: list[int | None] = list(range(found.num_rows))
                if rows:
                    rows[rng.randrange(len(rows))] = None
                found = found.set_column(position, name, found.column(position).take(pa.array(rows, pa.int64())))
            case 3:
                empty = pa.array([], found.schema.field(position).type)
                found = found.set_column(position, name, pa.chunked_array([empty, *found.column(position).chunks]))
            case _:
                found = found.set_column(position, name, array(rng, found.num_rows))
    if rng.random() < 0.1:
        found = found.replace_schema_metadata({b"\xff": b"\xfe"})
    return _of_another_library(rng, found)


def _of_another_library(rng: Random, found: pa.Table) -> Any:
    try:
        match rng.randrange(7):
            case 0:
                frame = found.to_pandas()
                if rng.random() < 0.5 and len(frame.columns) and len(frame):
                    name = rng.choice(list(frame.columns))
                    values = frame[name].astype(object)
                    values.iloc[-1] = rng.choice((object(), "x", None, 2**70, [1], pd.NA))
                    frame[name] = values
                return frame
            case 1:
                return found.to_pandas(types_mapper=pd.ArrowDtype)
            case 2:
                return found.to_pandas().convert_dtypes()
            case 3:
                frame = pl.from_arrow(found)
                if isinstance(frame, pl.DataFrame) and "symbol" in frame.columns:
                    frame = frame.with_columns(pl.col("symbol").cast(pl.String).cast(pl.Categorical))
                return frame
            case 4:
                return duckdb.arrow(found)
            case 5:
                return Stream(found.__arrow_c_stream__())  # type: ignore[no-untyped-call]
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
    return found


_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = ctypes.c_void_p
_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
_CALL = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_FREE = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_KEPT: list[object] = []
"""Callbacks and memory that a refused structure may still point at."""


@_FREE  # type: ignore[untyped-decorator]  # ctypes says nothing of it
def _leak(address: int) -> None:
    # Schemas and arrays keep `release` in the same place counted from the end.
    for kind in (ArrowSchema, ArrowArray):
        structure = kind.from_address(address)
        if structure.release == _LEAK:
            structure.release = None
            return


_LEAK = ctypes.cast(_leak, ctypes.c_void_p).value

_NUMBERS = (-(2**63), -5, -1, 0, 1, 2, 3, 2**31, 2**40, 2**62, 2**63 - 1)


def _lie(rng: Random, structure: Any, depth: int = 0) -> None:
    """Change one field of a structure or of one of its children to what can be seen to be false."""
    children, count = structure.children, structure.n_children
    if children and count > 0 and depth < 2 and rng.random() < 0.7:
        pointer = ctypes.c_void_p.from_address(children + 8 * rng.randrange(count))
        if rng.random() < 0.05:
            pointer.value = None
        elif pointer.value:
            _lie(rng, type(structure).from_address(pointer.value), depth + 1)
        return
    if isinstance(structure, ArrowSchema):
        text = ctypes.create_string_buffer(
            rng.choice((b"", b"\xff", b"u", b"+s", b"l", b"+w:-1", b"w:9", b"tsu:\xff", b"vu"))
        )
        _KEPT.append(text)
        name = rng.choice(("n_children", "children", "format", "name", "metadata", "dictionary"))
        value: Any = {"n_children": rng.choice(_NUMBERS)}.get(name)
        if name in ("format", "name") and rng.random() < 0.8:
            value = ctypes.addressof(text)
        setattr(structure, name, value)
        return
    name = rng.choice(("length", "null_count", "offset", "n_buffers", "n_children", "buffers", "children", "buffer"))
    if name == "buffer":
        if structure.buffers and structure.n_buffers > 0:
            which = rng.randrange(structure.n_buffers)
            ctypes.c_void_p.from_address(structure.buffers + 8 * which).value = None
        return
    # A length larger than the buffers is a lie that nobody can see; only absurd ones are told.
    numbers = [number for number in _NUMBERS if not 3 < number <= 2**40]
    setattr(structure, name, None if name in ("buffers", "children") else rng.choice(numbers))


def lying_capsule(rng: Random, honest: pa.Table) -> object:
    """The capsule of a producer that lies in its schema or in its arrays."""
    capsule = honest.combine_chunks().__arrow_c_stream__()  # type: ignore[no-untyped-call]
    stream = ArrowArrayStream.from_address(_pointer(capsule, b"arrow_array_stream"))
    name, kind = rng.choice((("get_schema", ArrowSchema), ("get_next", ArrowArray)))
    original: Callable[[int, int], int] = _CALL(getattr(stream, name))

    def answer(source: int, target: int) -> int:
        if rng.random() < 0.05:
            return rng.choice((5, 12, 22, -1, 10**6))
        code = original(source, target)
        structure: Any = kind.from_address(target)
        if code == 0 and structure.release:
            structure.release = _LEAK
            _lie(rng, structure)
        return code

    callback = _CALL(answer)
    _KEPT.append(callback)
    setattr(stream, name, ctypes.cast(callback, ctypes.c_void_p).value)
    return capsule


def damaged(rng: Random, content: bytes) -> bytes:
    """Bytes with a few of them changed, cut, doubled or moved."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 5))):
        if not data:
            break
        at = rng.randrange(len(data))
        match rng.randrange(5):
            case 0:
                data[at] = rng.randrange(256)
            case 1:
                del data[at:]
            case 2:
                data[at:at] = data[at : at + rng.randrange(50)]
            case 3:
                del data[at : at + rng.randrange(20)]
            case _:
                data[at:at] = rng.choice(
                    (b"\0", b"\xff\xfe", b"*a", b"&a ", b"[" * 200, b"{", b"'", b",,", b"1e999", b"\r")
                )
    return bytes(data)
