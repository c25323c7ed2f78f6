"""The runbook about several symbols: its code runs, and prints what it shows."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

RUNBOOK = (Path(__file__).parents[2] / "runbooks" / "multi-symbol.md").read_text("utf-8")
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w*)\n(.*?)^```", RUNBOOK, re.DOTALL | re.MULTILINE)


def test_the_code_prints_what_the_runbook_shows() -> None:
    namespace: dict[str, object] = {}
    pairs = list(zip(BLOCKS[::2], BLOCKS[1::2], strict=True))
    assert len(pairs) == 5
    for (language, source), (_, shown) in pairs:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(source, namespace)
        assert (language, printed.getvalue()) == ("python", shown)
