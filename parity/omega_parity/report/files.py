"""The files of a report: the pages, the JSON and JUnit forms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from omega.contract.errors import DataError, ResourceError
from omega.data.files import io_errors
from omega.data.writing import make_folder, write_files
from omega_parity.gates.verdict import SCHEMA_VERSION, Verdict
from omega_parity.report.junit import junit
from omega_parity.report.verdict import render

_PAGES: Final = ("junit.xml", "verdict.html")

UNENDED: Final = "the comparison has not ended: it is running, or it was stopped"


def begin_report(folder: Path) -> None:
    """Put a NO-GO in place of an older verdict, so that none survives a comparison that does not end.

    Where that cannot be written the older verdict is removed.

    Raises
    ------
    OmegaError
        When an older verdict can neither be replaced nor removed; as :func:`omega.data.writing.make_folder`.
    """
    make_folder(folder)
    document = {"schema": SCHEMA_VERSION, "verdict": "NO-GO", "against": [UNENDED]}
    try:
        write_files(folder, {"verdict.json": json.dumps(document, indent=1) + "\n"})
        is_replaced = True
    except (DataError, ResourceError):
        is_replaced = False
    for name in _PAGES if is_replaced else ("verdict.json", *_PAGES):
        with io_errors(folder / name):
            (folder / name).unlink(missing_ok=True)


def write_report(verdict: Verdict, folder: Path) -> Path:
    """Write ``verdict.html``, ``verdict.json`` and ``junit.xml``; return the path of the page.

    Raises
    ------
    OmegaError
        As :func:`omega.data.writing.write_files`; what stood there is then as it was.
    """
    page = folder / "verdict.html"
    make_folder(folder)
    document = json.dumps(verdict.as_data(), indent=1) + "\n"
    write_files(folder, {"verdict.json": document, "junit.xml": junit(verdict), page.name: render(verdict)})
    return page
