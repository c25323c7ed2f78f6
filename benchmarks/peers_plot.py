"""The plot of ``make peers``: what each library takes of the time of one of them, as an SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import log2
from typing import Final

Times = Mapping[str, Mapping[str, float]]
"""Milliseconds by indicator and library."""

LEFT: Final = 110
WIDTH: Final = 860
BAR: Final = 9
GAP: Final = 12
HEAD: Final = 64
LEAST: Final = 1 / 16
MOST: Final = 64.0
"""Ends of the scale; what is beyond is drawn up to its end, with its number."""
COLOURS: Final = ("#1f5f8b", "#8a8a8a", "#c98a2b", "#7a4f9a", "#4f8a5b")


def plot(times: Mapping[int, Times], libraries: Sequence[str], base: str) -> str:
    """Draw a part for each number of rows: bars on a logarithmic scale, to the left of the line what is faster."""
    parts: list[str] = []
    top = HEAD
    for rows, found in times.items():
        parts.append(_text(LEFT, top - 8, f"{rows:,} rows", weight="bold"))
        lines, top = _part(found, libraries, base, top)
        parts += [*lines]
        top += 40
    legend = [
        f'<rect x="{LEFT + 130 * place}" y="12" width="10" height="10" fill="{colour}"/>'
        + _text(LEFT + 14 + 130 * place, 21, name)
        for place, (name, colour) in enumerate(zip(libraries, COLOURS, strict=True))
    ]
    size = f'width="{WIDTH}" height="{top - 20}" viewBox="0 0 {WIDTH} {top - 20}"'
    style = 'font-family="sans-serif" font-size="11"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}><rect width="100%" height="100%" fill="#fff"/>'
    return "\n".join(
        [head, f"<title>Time of each library, as a multiple of {escape(base)}</title>", *legend, *parts, "</svg>", ""]
    )


def _part(found: Times, libraries: Sequence[str], base: str, top: int) -> tuple[Iterator[str], int]:
    lines: list[str] = []
    y = top
    for name, spent in found.items():
        if base not in spent:
            continue
        lines.append(_text(8, y + BAR * 2, name))
        for library, colour in zip(libraries, COLOURS, strict=True):
            if library in spent and library != base:
                lines.append(_bar(spent[library] / spent[base], y, colour))
                y += BAR
        y += GAP
    scale = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]
    marks = [
        f'<line x1="{_x(one):.1f}" x2="{_x(one):.1f}" y1="{top}" y2="{y}" stroke="{"#000" if one == 1.0 else "#ddd"}"/>'
        + _text(_x(one) - 8, y + 12, f"{one:g}x")
        for one in scale
    ]
    return iter([*marks, *lines]), y + 16


def _bar(ratio: float, y: int, colour: str) -> str:
    begin, end = sorted((_x(1.0), _x(ratio)))
    bar = f'<rect x="{begin:.1f}" y="{y}" width="{end - begin:.1f}" height="{BAR - 1}" fill="{colour}"/>'
    return bar + _text((end if ratio > 1.0 else _x(1.0)) + 4, y + BAR - 1, f"{ratio:.2f}", size=8)


def _x(ratio: float) -> float:
    held = min(max(ratio, LEAST), MOST)
    return LEFT + (WIDTH - LEFT - 60) * log2(held / LEAST) / log2(MOST / LEAST)


def _text(x: float, y: float, text: str, *, size: int = 11, weight: str = "normal") -> str:
    return f'<text x="{x:.1f}" y="{y}" font-size="{size}" font-weight="{weight}">{escape(text)}</text>'
