"""The record of what is kept: a digest per golden case and regression, so that none goes or changes unseen."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import xxhash

from omega.contract.errors import ErrorCode, omega_error
from omega.data.files import read_bytes
from omega.data.writing import is_staged, write_file
from omega_parity.golden.case import REGRESSIONS, case_folders, case_name
from omega_parity.golden.kept import case_folders as regression_folders

RECORD: Final = "recorded.json"
"""Beside the cases."""

RECORD_COMMAND: Final = "make record"
"""What writes every record of a checkout anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenRecord:
    """What is kept, by name, with the digest of its files."""

    cases: Mapping[str, str]
    regressions: Mapping[str, str]


def read_golden_record(folder: Path) -> GoldenRecord:
    """Read the record of a folder of golden cases.

    Raises
    ------
    OmegaError
        INVALID_FORMAT for what is no record; as :func:`read_bytes`.
    """
    path = folder / RECORD
    try:
        return GoldenRecord(**json.loads(read_bytes(path)))
    except (TypeError, ValueError) as error:
        raise omega_error(ErrorCode.INVALID_FORMAT, f"{RECORD}: {error}", rule="golden", column=RECORD) from None


def record_golden(folder: Path) -> GoldenRecord:
    """Record what lies in ``folder`` now, and return it."""
    found = present(folder)
    write_file(folder / RECORD, json.dumps(asdict(found), indent=1, sort_keys=True) + "\n")
    return found


def record_case(folder: Path, name: str) -> None:
    """Record one case anew, in a folder that has a record; the others stay as they are recorded."""
    if not (folder / RECORD).is_file():
        return
    record = read_golden_record(folder)
    cases = {**record.cases, name: folder_digest(folder / name)}
    document = {"cases": cases, "regressions": dict(record.regressions)}
    write_file(folder / RECORD, json.dumps(document, indent=1, sort_keys=True) + "\n")


def present(folder: Path) -> GoldenRecord:
    """Return what a record of ``folder`` would say now."""
    return GoldenRecord(
        cases={case_name(path): folder_digest(path) for path in case_folders(folder)[0]},
        regressions={path.name: folder_digest(path) for path in regression_folders(folder / REGRESSIONS)},
    )


def golden_shortfalls(folder: Path, components: Container[str]) -> Iterator[str]:
    """Say which recorded cases of ``components``, and which regressions, are not there or not as recorded."""
    record, found = read_golden_record(folder), present(folder)
    for what, recorded, here in (
        ("golden case", record.cases, found.cases),
        ("regression", record.regressions, found.regressions),
    ):
        for name, digest in recorded.items():
            if what == "golden case" and name.partition("/")[0] not in components:
                continue
            if name not in here:
                yield f"{what} {name} is recorded and is not there"
            elif here[name] != digest:
                yield f"{what} {name} is not what is recorded; if it is meant to change, {RECORD_COMMAND} says so"


def folder_digest(folder: Path) -> str:
    """Return the xxh3_128 of the names and bytes of a folder's files, in hex; what is being written does not count."""
    digest = xxhash.xxh3_128()
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_file() and not is_staged(path.name) and not path.name.startswith("observed."):
            digest.update(path.name.encode() + b"\0")
            digest.update(xxhash.xxh3_128_digest(path.read_bytes()))
    return digest.hexdigest()
