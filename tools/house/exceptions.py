"""Lists of exceptions, each with its reason; an entry that excuses nothing any more is an error."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

from house.twins import Finding

Excuses = dict[tuple[str, str, str, str], str]
"""Reason by breach, side, module and name."""


def read_excuses(path: Path) -> Excuses:
    """Read a list of exceptions.

    Raises
    ------
    ValueError
        For an entry without a reason, or one that stands there twice.
    """
    excuses: Excuses = {}
    for entry in tomllib.loads(path.read_text("utf-8"))["exception"]:
        for name in entry["names"]:
            key = (entry["breach"], entry.get("side", "reference"), entry["module"], name)
            if key in excuses or not entry["reason"].strip():
                raise ValueError(f"{path.name}: {' '.join(key)} stands there twice or has no reason")
            excuses[key] = entry["reason"]
    return excuses


def unexcused(findings: Sequence[Finding], excuses: Excuses) -> list[str]:
    """What nobody excused, and excuses for what is not found, as messages."""
    found = {(one.breach, one.side, one.module, one.name): one.message for one in findings}
    messages = [message for key, message in found.items() if key not in excuses]
    dead = [f"the exception {' '.join(key)} excuses nothing" for key in excuses if key not in found]
    return messages + dead
