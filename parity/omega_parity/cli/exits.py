"""Exit codes of the commands."""

from __future__ import annotations

from typing import Final

EXIT_GO: Final = 0

EXIT_NO_GO: Final = 1

EXIT_WRONG_USE: Final = 2

EXIT_BROKEN: Final = 3

EXIT_PARTIAL: Final = 4
"""Where a gate decides, a part is no answer."""
