"""What the batches of a compressed Arrow file become in memory, read from the file before it is unpacked (X-5)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa

_RECORD_BATCH: Final = 3
_DICTIONARY_BATCH: Final = 2
_ALIGNMENT: Final = 8
_MAGIC: Final = b"ARROW1"


def unpacked_bytes(content: pa.Buffer) -> int:
    """Add up what the buffers of an Arrow IPC file or stream say of their length once unpacked.

    A message that cannot be read adds nothing: reading the file will refuse it.
    """
    source: Any = pa.BufferReader(content)
    total = 0
    try:
        if bytes(content[: len(_MAGIC)]) == _MAGIC:
            source.seek(_ALIGNMENT)
        for message in pa.ipc.MessageReader.open_stream(source):
            total += sum(_lengths(message.metadata.to_pybytes(), message.body))
    except (pa.ArrowException, OSError, ValueError, struct.error, IndexError):
        pass
    return total


def _lengths(metadata: bytes, body: Any) -> Iterator[int]:
    """Find the lengths in a flatbuffer ``Message``: of a batch, or of the batch inside a dictionary."""
    root = _at("<I", metadata, 0)
    kind = _field(metadata, root, 1)
    header = _field(metadata, root, 2)
    if kind is None or header is None or metadata[kind] not in (_RECORD_BATCH, _DICTIONARY_BATCH):
        return
    batch = header + _at("<I", metadata, header)
    if metadata[kind] == _DICTIONARY_BATCH:
        data = _field(metadata, batch, 1)
        if data is None:
            return
        batch = data + _at("<I", metadata, data)
    buffers, compression = _field(metadata, batch, 2), _field(metadata, batch, 3)
    if buffers is None or compression is None or body is None:
        return
    vector = buffers + _at("<I", metadata, buffers)
    for number in range(_at("<I", metadata, vector)):
        offset, length = struct.unpack_from("<qq", metadata, vector + 4 + 16 * number)
        if length >= _ALIGNMENT:
            yield max(0, struct.unpack("<q", bytes(body[offset : offset + _ALIGNMENT]))[0])


def _field(data: bytes, table: int, number: int) -> int | None:
    """Find where field ``number`` of a flatbuffer table stands."""
    vtable = table - _at("<i", data, table)
    entry = 4 + 2 * number
    if entry >= _at("<H", data, vtable):
        return None
    offset = _at("<H", data, vtable + entry)
    return table + offset if offset else None


def _at(form: str, data: bytes, position: int) -> int:
    found: int = struct.unpack_from(form, data, position)[0]
    return found
