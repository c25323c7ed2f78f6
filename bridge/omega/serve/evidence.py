"""What was measured, in a file that only grows: SQLite, a row for each measurement, each sealed with all before it."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import xxhash

from omega.contract.errors import ErrorCode, omega_error
from omega.data.writing import make_folder

VARIABLE: Final = "OMEGA_EVIDENCE"
DEFAULT: Final = Path(".omega") / "evidence.sqlite"

_WAIT_SECONDS: Final = 60.0
"""How long one writer waits for another."""
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS evidence (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    row TEXT NOT NULL,
    seal TEXT NOT NULL
);
CREATE TRIGGER IF NOT EXISTS never_changed BEFORE UPDATE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is never changed'); END;
CREATE TRIGGER IF NOT EXISTS never_removed BEFORE DELETE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is never removed'); END;
"""
_CODES: Final = (
    ("database or disk is full", ErrorCode.DISK_FULL),
    ("disk I/O error", ErrorCode.IO_ERROR),
    ("locked", ErrorCode.RESOURCE_BUSY),
    ("readonly", ErrorCode.PERMISSION_DENIED),
    ("unable to open", ErrorCode.PERMISSION_DENIED),
)
"""What SQLite says, and the code for it; what says anything else is no evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Where a measurement belongs.

    Attributes
    ----------
    commit : str
        Of the checkout; empty where there is none, or no git.
    is_clean : bool
        Whether the checkout is what that commit says.
    sources : str
        Digests of the Python sources and of those that the native module was built from.
    versions, machine : dict
    """

    commit: str
    is_clean: bool
    sources: str
    versions: dict[str, str]
    machine: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One measurement.

    Attributes
    ----------
    number : int
        Its place, from 1.
    kind : str
        What measured it: ``verify``, ``drill``, ``performance``; ``go_no_go`` for the word on it, ``sign_off`` for who
        decided on it.
    recorded_at : str
        ISO 8601, UTC.
    content : dict
        ``figures``, by component; and whatever else the tool says.
    """

    number: int
    kind: str
    recorded_at: str
    stamp: Stamp
    content: dict[str, Any]


def place() -> Path:
    """Return where evidence is kept: ``OMEGA_EVIDENCE``, else ``.omega/evidence.sqlite`` in the current folder."""
    return Path(os.environ.get(VARIABLE) or DEFAULT)


def add(kind: str, content: Mapping[str, Any], stamp: Stamp, path: Path | None = None) -> int:
    """Add a measurement; it is on the disk, whole, when this returns its number.

    Raises
    ------
    OmegaError
        3007 no room, 3002 not permitted, 6003 when another process keeps on writing, 3004 for a file that is no
        evidence, or whose evidence was changed.
    """
    path = place() if path is None else path
    make_folder(path.parent)
    row = {
        "kind": kind,
        "recorded_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "stamp": asdict(stamp),
        "content": dict(content),
    }
    text = json.dumps(row, sort_keys=True, ensure_ascii=False, allow_nan=False)
    with _opened(path) as database:
        database.executescript(_TABLE)
        with database:
            # Reserved before the last seal is read: two writers follow one another.
            database.execute("BEGIN IMMEDIATE")
            before = _checked(path, database)
            seal = _seal(before[-1][2] if before else "", text)
            added = database.execute("INSERT INTO evidence (row, seal) VALUES (?, ?)", (text, seal))
            return int(added.lastrowid or 0)


def read(path: Path | None = None) -> list[Record]:
    """Return every measurement, the oldest first; none where there is no file.

    Raises
    ------
    OmegaError
        3004 for a file that is no evidence, or whose evidence was changed.
    """
    path = place() if path is None else path
    if not path.is_file():
        return []
    with _opened(path) as database:
        rows = _checked(path, database)
    return [_record(number, json.loads(text)) for number, text, _ in rows]


def _checked(path: Path, database: sqlite3.Connection) -> list[tuple[int, str, str]]:
    """Return all rows; each must be sealed with those before it, and none may be missing."""
    rows: list[tuple[int, str, str]] = database.execute("SELECT id, row, seal FROM evidence ORDER BY id").fetchall()
    before = ""
    for at, (number, text, seal) in enumerate(rows, start=1):
        if number != at or seal != _seal(before, text):
            raise _refusal(ErrorCode.DESERIALIZATION_FAILED, f"row {number} was changed after it was written", path)
        before = seal
    return rows


def _seal(before: str, text: str) -> str:
    return xxhash.xxh3_128_hexdigest(f"{before}\n{text}".encode())


def _record(number: int, row: dict[str, Any]) -> Record:
    stamp = Stamp(**row["stamp"])
    return Record(number=number, kind=row["kind"], recorded_at=row["recorded_at"], stamp=stamp, content=row["content"])


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)) as database:
            database.execute("PRAGMA synchronous = EXTRA")
            yield database
    except sqlite3.Error as error:
        text = str(error)
        code = next((code for said, code in _CODES if said in text), ErrorCode.DESERIALIZATION_FAILED)
        raise _refusal(code, text, path) from error


def _refusal(code: ErrorCode, why: str, path: Path) -> Exception:
    return omega_error(code, f"the evidence in {path}: {why}", rule="F-7", column="evidence", value=str(path))
