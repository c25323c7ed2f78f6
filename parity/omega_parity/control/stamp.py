"""What evidence is of: commit, sources, versions and machine."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa

import omega
from omega.contract import CHAIN_LAYOUT_VERSION, CONTRACT_VERSION
from omega.serve import native
from omega.serve.evidence import Stamp
from omega_parity.gates.provenance import CHECKOUT, source_digest


def stamp(checkout: Path | None = CHECKOUT) -> Stamp:
    """Look at what runs here."""
    commit = _git(checkout, "rev-parse", "HEAD")
    module = native.load()
    return Stamp(
        commit=commit,
        is_clean=bool(commit) and not _git(checkout, "status", "--porcelain"),
        sources=f"{source_digest()}-{'' if module is None else module.SOURCE_DIGEST}",
        versions={
            "omega": omega.__version__,
            "contract": str(CONTRACT_VERSION),
            "chain_layout": str(CHAIN_LAYOUT_VERSION),
            "python": platform.python_version(),
            "numpy": np.__version__,
            "pyarrow": pa.__version__,
        },
        machine={"system": platform.system(), "processor": platform.machine(), "cores": str(os.cpu_count())},
    )


def _git(checkout: Path | None, *words: str) -> str:
    if checkout is None:
        return ""
    try:
        done = subprocess.run(["git", *words], cwd=checkout, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
