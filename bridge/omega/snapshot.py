"""The state of a step-by-step simulator as bytes, and back: Arrow IPC and a digest (R-1, R-3, Q-R1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, Final, cast

import pyarrow as pa
import xxhash

from omega.boundary.guard import text_of
from omega.contract import CHAIN_LAYOUT_VERSION, CONTRACT_VERSION
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.schemas import SIGNALS, STATE_PARTS
from omega.contract.types import EngineConfig
from omega.data.labels import TEXTS

SNAPSHOT_VERSION: Final = 1
_DIGEST_BYTES: Final = 16
_TABLES: Final = {**STATE_PARTS, "handed": SIGNALS, "texts": TEXTS}


def _list_of(schema: pa.Schema) -> pa.DataType:
    return pa.list_(pa.field("item", pa.struct(list(schema)), nullable=False))


_SCHEMA: Final = pa.schema([pa.field(name, _list_of(schema), nullable=False) for name, schema in _TABLES.items()])
_HEAD: Final = b"omega.snapshot"
_NOT_ASKED: Final = frozenset({"strategy"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a simulator is: the tables of Q-R1, and whether it is finished."""

    parts: Mapping[str, pa.Table]
    is_finished: bool


def write_snapshot(snapshot: Snapshot, config: EngineConfig) -> bytes:
    """Return one row of Arrow IPC whose columns are the tables, and the digest of what precedes it."""
    columns = [_listed(snapshot.parts[name], schema) for name, schema in _TABLES.items()]
    head = {
        "version": SNAPSHOT_VERSION,
        "contract": CONTRACT_VERSION,
        "chain_layout": CHAIN_LAYOUT_VERSION,
        "config": _facts(config),
        "is_finished": snapshot.is_finished,
    }
    schema = _SCHEMA.with_metadata({_HEAD: json.dumps(head)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_table(pa.table(columns, schema=schema))
    content = sink.getvalue().to_pybytes()
    return content + xxhash.xxh3_128_digest(content)


def read_snapshot(source: object, config: EngineConfig) -> Snapshot:
    """Read a snapshot for a simulator of this configuration.

    Raises
    ------
    OmegaError
        1004 for what is no bytes, 3004 for what is damaged or no snapshot, 1009 for one of another version of snapshot,
        contract or state chain, 1006 for one of another configuration, with the first key that differs.
    """
    if not isinstance(source, bytes | bytearray | memoryview):
        found = type(source).__name__
        raise omega_error(
            ErrorCode.TYPE_MISMATCH, f"a snapshot is bytes, not {found}", rule="R-3", column="snapshot", value=found
        )
    content, digest = bytes(source)[:-_DIGEST_BYTES], bytes(source)[-_DIGEST_BYTES:]
    if xxhash.xxh3_128_digest(content) != digest:
        raise _damaged("truncated, altered or no snapshot of a simulator")
    try:
        table = pa.ipc.open_stream(content).read_all()
        head = json.loads((table.schema.metadata or {})[_HEAD])
    except Exception as error:  # of Arrow, JSON or a missing head
        raise _damaged(text_of(error)) from None
    _check_versions(head)
    if table.schema.remove_metadata() != _SCHEMA or table.num_rows != 1:
        raise _damaged("not the tables of its version")
    _check_config(head["config"], _facts(config))
    tables = {name: _unlisted(table.column(name), schema) for name, schema in _TABLES.items()}
    return Snapshot(parts=tables, is_finished=head["is_finished"])


def _listed(table: pa.Table, schema: pa.Schema) -> Any:  # of a type that depends on the schema
    rows = pa.StructArray.from_arrays([_whole(table.column(field.name)) for field in schema], fields=list(schema))
    return pa.ListArray.from_arrays(pa.array([0, len(rows)], pa.int32()), rows, type=_list_of(schema))


def _whole(column: pa.ChunkedArray[Any]) -> Any:
    """Return a column in one piece, with zeros where there is nothing: equal states have equal bytes."""
    array = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    if array.null_count == 0 or pa.types.is_nested(array.type):
        return array
    return array if pa.types.is_string(array.type) else _zeroed(array)


def _zeroed(array: pa.Array[Any]) -> Any:
    numbers = array.view(pa.int64()).fill_null(0)
    return pa.Array.from_buffers(array.type, len(array), [array.buffers()[0], numbers.buffers()[1]])


def _unlisted(column: pa.ChunkedArray[Any], schema: pa.Schema) -> pa.Table:
    rows = cast("pa.StructArray", column.chunk(0).flatten())
    return pa.table(rows.flatten(), schema=schema)


def _facts(config: EngineConfig) -> dict[str, str]:
    """Return what a configuration says, key by key; long values by their digest."""
    told = {field.name: _told(getattr(config, field.name)) for field in fields(config) if field.name not in _NOT_ASKED}
    return {name: text if len(text) < 100 else xxhash.xxh3_128_hexdigest(text.encode()) for name, text in told.items()}


def _told(value: object) -> str:
    return value.name.lower() if isinstance(value, Enum) else repr(value)


def _check_versions(head: Mapping[str, object]) -> None:
    known = {
        "version": SNAPSHOT_VERSION,
        "contract": CONTRACT_VERSION,
        "chain_layout": CHAIN_LAYOUT_VERSION,
    }
    for name, version in known.items():
        if head.get(name) != version:
            raise omega_error(
                ErrorCode.INVALID_FORMAT,
                f"the snapshot's {name} is {head.get(name)!r}, this package's {version!r}: resume it where it was made",
                rule="R-3",
                column=name,
                value=text_of(head.get(name)),
            )


def _check_config(made: Mapping[str, str], ours: Mapping[str, str]) -> None:
    for name, value in ours.items():
        if made.get(name) != value:
            raise omega_error(
                ErrorCode.CONSTRAINT_VIOLATION,
                f"the snapshot is of another configuration: {name} was {made.get(name)}, here it is {value};"
                " build the simulator with the configuration of the snapshot",
                rule="R-3",
                column=name,
                value=made.get(name),
            )


def _damaged(why: str) -> OmegaError:
    message = f"no snapshot that can be restored: {why}; take it again, or use an older one"
    return omega_error(ErrorCode.DESERIALIZATION_FAILED, message, rule="R-3", column="snapshot")
