"""The files of a report: the pages, the JSON and JUnit forms."""

from __future__ import annotations

import json
from pathlib import Path

from omega.data.writing import make_folder, write_files
from omega_parity.gates.verdict import Verdict
from omega_parity.report.junit import junit
from omega_parity.report.verdict import render


def write_report(verdict: Verdict, folder: Path) -> Path:
    """Write ``verdict.html``, ``verdict.json`` and ``junit.xml``; return the path of the page.

    Raises
    ------
    OmegaError
        As :func:`omega.data.writing.write_files`; an older report is then as it was.
    """
    page = folder / "verdict.html"
    make_folder(folder)
    document = json.dumps(verdict.as_data(), indent=1) + "\n"
    write_files(folder, {"verdict.json": document, "junit.xml": junit(verdict), page.name: render(verdict)})
    return page
