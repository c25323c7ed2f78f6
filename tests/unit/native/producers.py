"""Producers of Arrow streams that lie, and the structures of the C interfaces to lie with."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from omega.boundary.structures import ArrowSchema


class ArrowArray(ctypes.Structure):
    pass


ArrowArray._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(ArrowArray))),
    ("dictionary", ctypes.POINTER(ArrowArray)),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]


class ArrowArrayStream(ctypes.Structure):
    pass


RELEASE = ctypes.CFUNCTYPE(None, ctypes.POINTER(ArrowArray))
GET_NEXT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ArrowArrayStream), ctypes.POINTER(ArrowArray))

ArrowArrayStream._fields_ = [
    ("get_schema", ctypes.c_void_p),
    ("get_next", GET_NEXT),
    ("get_last_error", ctypes.c_void_p),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]

_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype = ctypes.c_void_p
_capsule_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
new_capsule = ctypes.pythonapi.PyCapsule_New
new_capsule.restype = ctypes.py_object
new_capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]

GET_SCHEMA = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


@ctypes.CFUNCTYPE(None, ctypes.c_void_p)  # type: ignore[untyped-decorator]
def forget_schema(address: int) -> None:
    ArrowSchema.from_address(address).release = None


STREAM_NAME = b"arrow_array_stream"
Tamper = Callable[[ArrowArray], None]


def capsule_of(tables: Any) -> Any:
    """What a producer hands over; the stubs of Arrow leave it untyped."""
    return tables.__arrow_c_stream__()


@RELEASE  # type: ignore[untyped-decorator]  # ctypes says nothing of it
def forget(array: Any) -> None:
    """Leak what the real producer's release could no longer walk through."""
    array.contents.release = None


class Tampered:
    """A real stream whose structures are changed on their way, as a broken producer would send them."""

    def __init__(
        self, table: pa.Table, tamper: Tamper = lambda _: None, *, schema: Any = None, fails_with: int = 0
    ) -> None:
        self.capsule = capsule_of(table.combine_chunks())
        stream = ArrowArrayStream.from_address(_capsule_pointer(self.capsule, STREAM_NAME))
        original = GET_NEXT(ctypes.cast(stream.get_next, ctypes.c_void_p).value or 0)

        def get_next(source: Any, target: Any) -> int:
            code = original(source, target) if fails_with == 0 else fails_with
            if code == 0 and target.contents.release:
                tamper(target.contents)
                target.contents.release = ctypes.cast(forget, ctypes.c_void_p).value
            return int(code)

        self.callback = GET_NEXT(get_next)
        stream.get_next = self.callback
        if schema is not None:
            self._tamper_schema(stream, schema)

    def _tamper_schema(self, stream: Any, tamper: Any) -> None:
        original = GET_SCHEMA(stream.get_schema)

        def get_schema(source: int, target: int) -> int:
            code = original(source, target)
            tamper(ArrowSchema.from_address(target))
            # What the real release can no longer walk through is leaked.
            ArrowSchema.from_address(target).release = ctypes.cast(forget_schema, ctypes.c_void_p).value
            return int(code)

        self.schema_callback = GET_SCHEMA(get_schema)
        stream.get_schema = ctypes.cast(self.schema_callback, ctypes.c_void_p).value

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self.capsule
