"""Environment variables that say yes or no."""

from __future__ import annotations

import os
from typing import Final

CI_VARIABLE: Final = "CI"
"""Where it is set, nothing is written into the tree."""


def is_set(name: str) -> bool:
    """Whether an environment variable says yes: anything but nothing, ``0``, ``false`` and ``no``."""
    return os.environ.get(name, "").strip().lower() not in ("", "0", "false", "no")
