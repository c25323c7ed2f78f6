"""What an open position costs as their number grows: the figures of the core's example, and their plot."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

WIDTH: Final = 640
HEIGHT: Final = 260
MARGIN: Final = 56
_QUIET: Final = "a quiet bar"
_RULES: Final = "a quiet bar without its digest"
_CLOSING: Final = "a bar that closes one"
_BYTES: Final = "bytes each"
_LINES: Final = ((_RULES, "#1f77b4"), (_QUIET, "#d62728"), (_CLOSING, "#2ca02c"))


@dataclass(frozen=True, slots=True)
class Positions:
    """What so many open positions cost."""

    count: int
    size: float
    rules_ms: float
    quiet_ms: float
    closing_ms: float


def positions_of(rows: list[dict[str, Any]]) -> list[Positions]:
    """Read the rows of the example ``positions``, the fewest positions first."""
    found: dict[int, dict[str, float]] = {}
    for row in rows:
        head, _, what = row["benchmark"].partition(" open positions, ")
        if "median" in row and head:
            found.setdefault(row["size"], {})[what] = row["median"]
    return [
        Positions(count, kinds[_BYTES], kinds[_RULES], kinds[_QUIET], kinds[_CLOSING])
        for count, kinds in sorted(found.items())
    ]


def scaling_chart(positions: list[Positions]) -> str:
    """Plot the nanoseconds that a bar costs each open position over the number of them, which rises by powers."""
    series = {
        name: [(one.count, getattr(one, field) / one.count * 1e6) for one in positions]
        for (name, _), field in zip(_LINES, ("rules_ms", "quiet_ms", "closing_ms"), strict=True)
    }
    most = max((cost for points in series.values() for _, cost in points), default=1.0)
    parts = []
    for place, (name, colour) in enumerate(_LINES):
        points = " ".join(f"{_across(count):.1f},{_up(cost, most):.1f}" for count, cost in series[name])
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{WIDTH - 250}" y="{20 + 16 * place}" fill="{colour}">{name}</text>')
    for one in positions:
        x = _across(one.count)
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 20}" text-anchor="middle">{one.count:,}</text>')
    parts += [
        f'<text x="{MARGIN - 8}" y="{_up(cost, most) + 4:.1f}" text-anchor="end">{cost:.0f} ns</text>'
        for cost in (0.0, most / 2, most)
    ]
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    style = 'font-family="monospace" font-size="12"'
    title = "<title>Nanoseconds of a bar for each open position, by their number</title>"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{title}{"".join(parts)}</svg>\n'


def _across(count: int) -> float:
    """From 1,000 to 100,000."""
    return MARGIN + (math.log10(count) - 3.0) / 2.0 * (WIDTH - 2 * MARGIN)


def _up(cost: float, most: float) -> float:
    return HEIGHT - MARGIN - cost / most * (HEIGHT - 2 * MARGIN)
