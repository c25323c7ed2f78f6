"""The structures of Arrow's C data and stream interfaces."""

from __future__ import annotations

import ctypes


class ArrowSchema(ctypes.Structure):
    """A type, its name and its children."""

    format: int | None
    name: int | None
    metadata: int | None
    n_children: int
    children: int | None
    dictionary: int | None
    release: int | None


class ArrowArray(ctypes.Structure):
    """Lengths, buffers and children of an array."""

    length: int
    null_count: int
    offset: int
    n_buffers: int
    n_children: int
    buffers: int | None
    children: int | None
    dictionary: int | None
    release: int | None


class ArrowArrayStream(ctypes.Structure):
    """The callbacks of a producer."""

    get_schema: int
    get_next: int
    get_last_error: int | None
    release: int


_POINTER = ctypes.c_void_p

ArrowSchema._fields_ = [
    ("format", _POINTER),
    ("name", _POINTER),
    ("metadata", _POINTER),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", _POINTER),
    ("dictionary", _POINTER),
    ("release", _POINTER),
    ("private_data", _POINTER),
]
ArrowArray._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", _POINTER),
    ("children", _POINTER),
    ("dictionary", _POINTER),
    ("release", _POINTER),
    ("private_data", _POINTER),
]
ArrowArrayStream._fields_ = [
    (name, _POINTER) for name in ("get_schema", "get_next", "get_last_error", "release", "private_data")
]
