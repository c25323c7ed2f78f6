"""Where what Rust did wrong is kept, for `omega replay` to do again on both sides (F-2, F-5)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import xxhash

from omega.contract.errors import OmegaError
from omega.data.writing import encoded, is_staged, write_folder

VARIABLE: Final = "OMEGA_CASES"
DEFAULT: Final = Path(".omega") / "cases"
REPORT: Final = "report.txt"

_MOST: Final = 32
"""Cases of one component in a folder: one mistake in a live loop must not fill the disk."""
_DIGEST_DIGITS: Final = 12


def folder() -> Path:
    """Return where cases are kept: ``OMEGA_CASES``, else ``.omega/cases`` in the current folder."""
    return Path(os.environ.get(VARIABLE) or DEFAULT)


def keep(component: str, files: Mapping[str, bytes | str], report: str) -> str:
    """Keep a case with its report; say where it stands, or why it does not.

    An equal one has the same name. Whoever calls goes on either way: what cannot be written is no failure of a run.
    """
    content = b"\0".join(encoded(files[name]) for name in sorted(files))
    name = f"{component}-{xxhash.xxh3_128_hexdigest(content)[:_DIGEST_DIGITS]}"
    place = folder() / name
    try:
        if not place.is_dir():
            if _count(component) >= _MOST:
                return f"not kept: {folder()} has {_MOST} cases of {component} already"
            write_folder(place, {**files, REPORT: report + "\n"})
    except (OmegaError, OSError) as error:
        return f"not kept: {error}"
    return f"kept as {place}; replay it with `omega replay {place}`"


def _count(component: str) -> int:
    if not folder().is_dir():
        return 0
    kept = [one.name for one in folder().iterdir() if one.name.startswith(f"{component}-")]
    return len([name for name in kept if not is_staged(name)])
