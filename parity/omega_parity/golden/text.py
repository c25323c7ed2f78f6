"""A golden record as lines of text: what a person compares, and what git shows of a long run."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from omega.compare.values import decimal_text, time_text
from omega.data.files import read_bytes
from omega_parity.golden.case import GoldenCase
from omega_parity.golden.files import Record

_PARQUET: Final = b"PAR1"
_DIGEST_BYTES: Final = 16
_MOST_LINES: Final = 200
"""Of a difference; git shows all of it."""

_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?")


def record_lines(record: Record) -> list[str]:
    """Show a record: a line for each event, the metrics, and the last digest."""
    metrics = (f"metric {name} {decimal_text(value)}" for name, value in record.metrics.items())
    return [*event_lines(record.events), *metrics, f"{record.bars} bars, digest {record.digest}"]


def event_lines(events: pa.Table) -> Iterator[str]:
    """Show events: number, time, kind, and every field that is set."""
    times = events.column("timestamp").cast(pa.int64()).to_pylist()
    rows = events.drop_columns(["timestamp"]).to_pylist()
    for time, row in zip(times, rows, strict=True):
        fields = " ".join(f"{name} {decimal_text(row[name])}" for name in list(row)[2:] if row[name] is not None)
        yield f"{row['seq']} {time_text(time)[:19]} {row['kind']} {fields}"


def difference_text(expected: Record, observed: Record) -> list[str]:
    """Show every event, metric and digest in which two records differ, as a diff does."""
    lines = list(unified_diff(record_lines(expected), record_lines(observed), n=0, lineterm=""))
    changed = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    more = len(changed) - _MOST_LINES
    return [*changed[:_MOST_LINES], f"{more:,} more lines differ"] if more > 0 else changed


def file_text(path: Path) -> Iterator[str]:
    """Show a file of a long run as lines: events or signals of a Parquet file, digests of a chain."""
    content = read_bytes(path)
    if content[:4] != _PARQUET:
        yield from (content[at : at + _DIGEST_BYTES].hex() for at in range(0, len(content), _DIGEST_BYTES))
        return
    table = pq.read_table(io.BytesIO(content))
    if "seq" in table.column_names:
        yield from event_lines(table)
        return
    for row in table.to_pylist():
        yield " ".join(f"{name} {decimal_text(value)}" for name, value in row.items() if value is not None)


def prose_problems(case: GoldenCase, expected: Record) -> list[str]:
    """Say which results the written calculation of a case does not show, to as many digits as it writes."""
    document = case.document
    if case.is_long or not document.get("calculation"):
        return []
    words = _NUMBER.findall(f"{document.get('why', '')} {document['calculation']}")
    numbers = [(float(word), len(word.partition(".")[2])) for word in words]
    results = expected.events.column("result").to_pylist()
    return [
        f"the calculation in case.toml does not show the result {result!r} of event {seq}: write how it comes about"
        for seq, result in enumerate(results)
        if result and not any(round(abs(result), digits) == number for number, digits in numbers)
    ]
