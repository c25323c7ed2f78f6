"""The files of a golden case: expected events as text, long runs as Parquet and chain, provenance with hashes."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq

import omega
from omega.compare.compare import Comparison, compare_mappings, compare_tables, merge
from omega.compare.structures import identical
from omega.compare.values import time_text
from omega.contract import CHAIN_LAYOUT_VERSION, CONTRACT_VERSION
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.protocols import RunOutput
from omega.contract.schemas import CHAIN, EVENTS
from omega.data.files import io_errors, read_bytes
from omega.data.writing import encoded

META: Final = "meta.json"
SCHEMA_VERSION: Final = 1
PRODUCERS: Final = ("hand", "reference")
"""Who may say what is expected; never the candidate."""

_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MICROSECOND: Final = timedelta(microseconds=1)
_DIGEST_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is kept of a run.

    Attributes
    ----------
    digest : str
        Last digest of the state chain, hex.
    metrics : dict
        Those of Q-P5.
    chain : pyarrow.Array or None
        All digests; kept of long runs only.
    """

    events: pa.Table
    bars: int
    digest: str
    metrics: dict[str, int | float | None]
    chain: pa.Array[Any] | None


def record_of(output: RunOutput, *, is_long: bool) -> Record:
    """Take from a run what a golden case keeps."""
    return Record(
        events=output.events,
        bars=len(output.chain),
        digest=_digests(output.chain)[-1].hex(),
        metrics=output.metrics,
        chain=output.chain if is_long else None,
    )


def _digests(chain: pa.Array[Any]) -> list[bytes]:
    return [digest for digest in chain.to_pylist() if digest is not None]


def compare_records(expected: Record, observed: Record) -> Comparison:
    """Compare bit by bit: the events, then metrics, then the chain."""
    parts = [
        compare_tables("events", expected.events, observed.events),
        compare_mappings("metrics", expected.metrics, observed.metrics),
        compare_mappings("chain", _chain_facts(expected), _chain_facts(observed)),
    ]
    if expected.chain is not None and observed.chain is not None:
        chains = (pa.table({"digest": record.chain}) for record in (expected, observed))
        parts.append(compare_tables("chain", *chains))
    return merge(parts)


def _chain_facts(record: Record) -> dict[str, Any]:
    return {"bars": record.bars, "digest": record.digest}


def record_files(stem: str, *, is_long: bool) -> tuple[str, ...]:
    """Name the files of a record; ``stem`` is ``expected`` or ``observed``."""
    return (f"{stem}.jsonl", f"{stem}.parquet", f"{stem}.chain") if is_long else (f"{stem}.jsonl",)


def record_contents(record: Record, stem: str, proposal: str | None = None) -> dict[str, bytes | str]:
    """Return the files of a record; ``proposal`` is the reason given for it while it is not accepted yet."""
    contents: dict[str, bytes | str] = {}
    lines: list[dict[str, object]] = [] if proposal is None else [{"proposed": {"reason": proposal}}]
    if record.chain is None:
        lines += [_event_line(row) for row in record.events.cast(_PLAIN_EVENTS).to_pylist()]
    else:
        sink = pa.BufferOutputStream()
        pq.write_table(record.events, sink, compression="zstd")
        contents[f"{stem}.parquet"] = sink.getvalue().to_pybytes()
        contents[f"{stem}.chain"] = b"".join(_digests(record.chain))
    metrics = {name: float_pair(value) if isinstance(value, float) else value for name, value in record.metrics.items()}
    lines.append({"final": {"bars": record.bars, "digest": record.digest, "metrics": metrics}})
    return {**contents, f"{stem}.jsonl": "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)}


def read_record(folder: Path, stem: str, *, is_long: bool) -> tuple[Record, str | None]:
    """Read a record back, and the reason proposed for it.

    Raises
    ------
    OmegaError
        INVALID_FORMAT naming file and line, when a float's decimal and bits disagree too; as :func:`read_bytes`.
    """
    path = folder / f"{stem}.jsonl"
    lines = _read_lines(path)
    proposal = lines.pop(0)["proposed"]["reason"] if lines and "proposed" in lines[0] else None
    if not lines or "final" not in lines[-1]:
        _refuse(path, len(lines), "the last line must be the final state")
    final = lines.pop()["final"]
    if is_long and lines:
        _refuse(path, 1, "the events of a long run stand in the Parquet file")
    try:
        events = pq.read_table(folder / f"{stem}.parquet") if is_long else _parse_events(path, lines)
        metrics = {
            name: parse_pair(value) if isinstance(value, list) else value for name, value in final["metrics"].items()
        }
        record = Record(
            events=events,
            bars=final["bars"],
            digest=final["digest"],
            metrics=metrics,
            chain=_read_chain(folder / f"{stem}.chain") if is_long else None,
        )
    except OmegaError:
        raise
    except (KeyError, TypeError, ValueError, pa.ArrowException) as error:
        _refuse(path, len(lines) + 1, f"{type(error).__name__} {error}")
    return record, proposal


def float_pair(value: float) -> list[str]:
    """Write a float as shortest decimal and as the 16 hex digits of its bits."""
    return [repr(value), struct.pack(">d", value).hex()]


def parse_pair(pair: object) -> float:
    """Read :func:`float_pair`; both halves must be the same float."""
    if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)):
        raise ValueError(f"a float is [decimal, 16 hex digits], not {pair!r}")
    value: float = struct.unpack(">d", bytes.fromhex(pair[1]))[0]
    if not identical(value, float(pair[0])):
        raise ValueError(f"decimal and bits disagree: {pair[0]} is not {pair[1]}, which is {value!r}")
    return value


_PLAIN_EVENTS: Final = pa.schema(
    [field.with_type(pa.int64()) if pa.types.is_timestamp(field.type) else field for field in EVENTS]
)


def _event_line(row: Mapping[str, Any]) -> dict[str, object]:
    """Null fields are left out: a line names what the event sets."""
    line = {name: float_pair(value) if isinstance(value, float) else value for name, value in row.items()}
    line["timestamp"] = time_text(row["timestamp"])
    return {name: value for name, value in line.items() if value is not None}


def _parse_events(path: Path, lines: list[dict[str, Any]]) -> pa.Table:
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            rows.append(_parse_event(line))
        except (KeyError, TypeError, ValueError) as error:
            _refuse(path, number, str(error))
    return pa.Table.from_pylist(rows, _PLAIN_EVENTS).cast(EVENTS)


def _parse_event(line: Mapping[str, Any]) -> dict[str, object]:
    unknown = [name for name in line if name not in EVENTS.names]
    if unknown:
        raise ValueError(f"unknown field {unknown[0]!r}")
    row: dict[str, object] = {**dict.fromkeys(EVENTS.names), **line}
    for name in line:
        if pa.types.is_floating(EVENTS.field(name).type):
            row[name] = parse_pair(line[name])
    row["timestamp"] = (datetime.fromisoformat(line["timestamp"]) - _EPOCH) // _MICROSECOND
    return row


def _read_lines(path: Path) -> list[dict[str, Any]]:
    lines = []
    for number, text in enumerate(read_bytes(path).decode("utf-8", errors="replace").splitlines(), start=1):
        try:
            line = json.loads(text)
        except ValueError as error:
            _refuse(path, number, f"no JSON: {error}")
        if not isinstance(line, dict):
            _refuse(path, number, "a line is one JSON object")
        lines.append(line)
    return lines


def _read_chain(path: Path) -> pa.Array[Any]:
    content = read_bytes(path)
    if len(content) % _DIGEST_BYTES:
        raise ValueError(f"{path.name} must hold {_DIGEST_BYTES} bytes per bar, found {len(content)} bytes")
    digests = [content[at : at + _DIGEST_BYTES] for at in range(0, len(content), _DIGEST_BYTES)]
    return pa.array(digests, CHAIN)


def file_hashes(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Hash files (SHA-256, hex)."""
    return {name: hashlib.sha256(read_bytes(folder / name)).hexdigest() for name in names}


def meta_text(
    folder: Path,
    *,
    name: str,
    producer: str,
    reason: str,
    data_hash: str,
    inputs: Iterable[str],
    expected: Mapping[str, bytes | str],
) -> str:
    """Return ``meta.json``: where the expectation comes from, its hashes, and every reason it changed for."""
    history = []
    if (folder / META).is_file():
        before = read_meta(folder)
        history = [*before.get("history", ()), *([before["reason"]] if before.get("reason") else [])]
    meta = {
        "schema": SCHEMA_VERSION,
        "producer": producer,
        "versions": {"omega": omega.__version__, "contract": CONTRACT_VERSION, "chain_layout": CHAIN_LAYOUT_VERSION},
        "command": f"omega golden update {name} --reason REASON && omega golden accept {name}",
        "reason": reason,
        "history": history,
        "bars": data_hash,
        "inputs": file_hashes(folder, inputs),
        "expected": {file: hashlib.sha256(encoded(content)).hexdigest() for file, content in expected.items()},
    }
    return json.dumps(meta, indent=1, ensure_ascii=False) + "\n"


def read_meta(folder: Path) -> dict[str, Any]:
    """Read ``meta.json``.

    Raises
    ------
    OmegaError
        INVALID_FORMAT when it is no JSON object; as :func:`read_bytes`.
    """
    path = folder / META
    with io_errors(path):
        text = path.read_text(encoding="utf-8")
    try:
        meta = json.loads(text)
    except ValueError as error:
        _refuse(path, 1, f"no JSON: {error}")
    if not isinstance(meta, dict):
        _refuse(path, 1, "not a JSON object")
    return meta


def meta_problems(
    folder: Path, meta: Mapping[str, Any], *, data_hash: str, inputs: Iterable[str], expected: Iterable[str]
) -> list[str]:
    """Say what speaks against the provenance of a case."""
    problems = []
    if meta.get("schema") != SCHEMA_VERSION:
        problems.append(f"{META}: schema {meta.get('schema')!r}, this version reads {SCHEMA_VERSION}")
    if meta.get("producer") not in PRODUCERS:
        problems.append(
            f"{META}: producer {meta.get('producer')!r}; expected values come from {' or '.join(PRODUCERS)}"
        )
    if not str(meta.get("reason") or "").strip():
        problems.append(f"{META}: no reason of the last change")
    for group, names in (("inputs", inputs), ("expected", expected)):
        problems += _hash_problems(meta.get(group), file_hashes(folder, names))
    if meta.get("bars") != data_hash:
        problems.append(f"the bars have content hash {data_hash}, {META} says {meta.get('bars')}")
    return problems


def _hash_problems(claimed: object, found: Mapping[str, str]) -> list[str]:
    hashes = claimed if isinstance(claimed, dict) else {}
    changed = [name for name, digest in found.items() if hashes.get(name) != digest]
    problems = [f"{name} was changed, and {META} has no reason for it (its hash is another)" for name in changed]
    return problems + [f"{META} names {name}, which is not part of the case" for name in hashes if name not in found]


def _refuse(path: Path, line: int, message: str) -> NoReturn:
    raise omega_error(
        ErrorCode.INVALID_FORMAT,
        f"{path.parent.name}/{path.name}, line {line}: {message}",
        rule="golden",
        column=path.name,
        row=line - 1,
    )
