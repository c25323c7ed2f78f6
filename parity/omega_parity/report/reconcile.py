"""A run beside a broker's fills, as a page and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from omega.data.writing import make_folder, write_files
from omega_parity.judge.reconcile import Reconciled
from omega_parity.report.pages import rendered

PAGE: Final = "reconcile.html"


def write_reconciled(found: Reconciled, folder: Path) -> Path:
    """Write ``reconcile.html`` and ``reconcile.json`` together; return the path of the page.

    Raises
    ------
    OmegaError
        As :func:`omega.data.writing.write_files`; what stood there is then as it was.
    """
    make_folder(folder)
    document = json.dumps(found.as_data(), indent=1, ensure_ascii=False) + "\n"
    write_files(folder, {"reconcile.json": document, PAGE: rendered(PAGE, found=found)})
    return folder / PAGE
