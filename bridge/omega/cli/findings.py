"""Breaches and findings of bars as lines for a person: what, how often, in which rows, and what stands there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omega.contract.protocols import BarFinding


def finding_lines(findings: Sequence[BarFinding]) -> list[str]:
    """Lay findings out, one line each."""
    if not findings:
        return []
    breaches = [one for one in findings if one.code]
    heading = f"every breach, {len(breaches)}:" if breaches else "findings:"
    return [heading, *(f"  {_line(one)}" for one in findings)]


def _line(one: BarFinding) -> str:
    what = f"{one.code} {one.column}: {one.message}" if one.code else one.column.replace("_", " ")
    if one.message.startswith(one.column) and one.code:
        what = f"{one.code} {one.message}"
    if not one.rows:
        return what
    more = ", …" if one.count > len(one.rows) else ""
    rows = ", ".join(str(row) for row in one.rows)
    times = f"{one.count:,} times, rows" if one.count > 1 else "row"
    return f"{what} ({times} {rows}{more})"
