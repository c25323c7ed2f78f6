"""The files of a report: the folder, the pages, the JSON and JUnit forms."""

from __future__ import annotations

import json
from pathlib import Path

from omega.contract.errors import ErrorCode, omega_error
from omega_parity.gates.verdict import Verdict
from omega_parity.report.junit import junit
from omega_parity.report.verdict import render


def make_folder(folder: Path) -> None:
    """Make the folder of a report, before the work that fills it.

    Raises
    ------
    OmegaError
        IO_ERROR when it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from None


def write_report(verdict: Verdict, folder: Path) -> Path:
    """Write ``verdict.html``, ``verdict.json`` and ``junit.xml``; return the path of the page.

    Raises
    ------
    OmegaError
        IO_ERROR when the folder cannot be written.
    """
    page = folder / "verdict.html"
    make_folder(folder)
    try:
        page.write_text(render(verdict), encoding="utf-8")
        (folder / "verdict.json").write_text(json.dumps(verdict.as_data(), indent=1) + "\n", encoding="utf-8")
        (folder / "junit.xml").write_text(junit(verdict), encoding="utf-8")
    except OSError as error:
        raise unwritable(folder, error) from None
    return page


def unwritable(folder: Path, error: OSError) -> Exception:
    """Return the error of a report that cannot be written."""
    reason = f"cannot write the report: {error.strerror}"
    return omega_error(ErrorCode.IO_ERROR, reason, column="out", value=str(folder))
