"""One divergence as one self-contained page: no script, no external file, light and dark, usable by keyboard."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from html import escape
from itertools import groupby
from typing import Final

from omega.compare.outcome import ABSENT, Value
from omega.compare.structures import identical
from omega.compare.values import decimal_text, hex_text, time_text
from omega_parity.drive.fields import FieldDifference, event_text, value_text
from omega_parity.judge.divergence import Divergence
from omega_parity.report.chart import chart
from omega_parity.report.scene import Row, Scene, State, scene_of
from omega_parity.report.verdict import STYLE

__all__ = ["draw", "scene_of"]

_STYLE: Final = """
:root { --reference: #1f5fd0; --candidate: #c2570c; --both: #6b7480; --bid: #3b7f8c; --ask: #9a6fb0; --mark: #ffe08a; }
@media (prefers-color-scheme: dark) { :root { --reference: #8ab4f8; --candidate: #ffb26b; --both: #a7b0ba;
  --bid: #6fb7c4; --ask: #c6a1da; --mark: #6b5300; } }
h1 a { color: inherit; }
.what { font-size: 1.9rem; font-weight: 650; letter-spacing: -.01em; line-height: 1.25; margin: .35rem 0 .6rem; }
.answer-line { color: var(--soft); margin: 0; }
figure { margin: 1.75rem 0 0; }
figcaption { display: flex; flex-wrap: wrap; gap: .35rem 1.5rem; color: var(--soft); font-size: .85rem; }
figcaption span::before { content: ""; display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem;
  border-radius: 2px; vertical-align: -.08rem; background: var(--swatch); }
svg.chart { width: 100%; min-width: 56rem; height: auto; display: block; }
svg.chart text { font: 11.5px ui-monospace, "SF Mono", Menlo, Consolas, monospace; fill: var(--ink); }
svg.chart text.tick { fill: var(--soft); font-size: 10.5px; }
svg.chart text { paint-order: stroke; stroke: var(--page); stroke-width: 3px; }
svg.chart .grid { stroke: var(--line); }
svg.chart rect.first { fill: var(--no); opacity: .13; }
svg.chart text.first { fill: var(--no); font-weight: 700; }
svg.chart .bid { stroke: var(--bid); fill: var(--bid); } svg.chart .ask { stroke: var(--ask); fill: var(--ask); }
svg.chart rect.up { fill: var(--page); }
svg.chart .reach { fill: transparent; stroke: none; }
svg.chart .bar { outline: none; }
svg.chart .bar:focus .reach, svg.chart .bar:hover .reach { fill: var(--ink); opacity: .08; }
svg.chart .bar:focus-visible .reach { stroke: var(--ink); stroke-width: 1.5; opacity: .25; }
svg.chart .readout { visibility: hidden; }
svg.chart .is-first .readout { visibility: visible; }
svg.chart:has(.bar:focus) .is-first:not(:focus) .readout,
svg.chart:not(:has(.bar:focus)):has(.bar:hover) .is-first:not(:hover) .readout { visibility: hidden; }
svg.chart .bar:focus .readout, svg.chart:not(:has(.bar:focus)) .bar:hover .readout { visibility: visible; }
svg.chart line.level { stroke-width: 1.75; } svg.chart line.stop { stroke-dasharray: 2 3; }
svg.chart line.target { stroke-dasharray: 7 4; }
svg.chart line.reference { stroke: var(--reference); } svg.chart text.reference { fill: var(--reference); }
svg.chart line.candidate { stroke: var(--candidate); } svg.chart text.candidate { fill: var(--candidate); }
svg.chart line.both { stroke: var(--both); } svg.chart text.both { fill: var(--both); }
svg.chart .lead-line { stroke: var(--line); fill: none; }
svg.chart .exit { fill: var(--page); stroke-width: 2; }
svg.chart .exit.reference { stroke: var(--reference); } svg.chart .exit.candidate { stroke: var(--candidate); }
th.reference { color: var(--reference); } th.candidate { color: var(--candidate); }
td mark { background: var(--mark); color: inherit; border-radius: 2px; }
tr.differs td:first-child { box-shadow: inset 3px 0 var(--no); padding-left: .6rem; font-weight: 600; }
tr.section th { color: var(--ink); font-weight: 600; padding-top: 1rem; }
.scroll:focus-visible, pre:focus-visible { outline: 2px solid var(--curve); outline-offset: 2px; }
pre { background: var(--band); padding: .8rem 1rem; border-radius: 4px; overflow-x: auto; margin: .5rem 0;
  font: .86rem/1.6 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 0 2.5rem; }
@media print { svg.chart { min-width: 0; } }
"""

_SWATCHES: Final = (("bid", "bid"), ("ask", "ask"))
_DIGITS: Final = frozenset("-0123456789")
_CONTEXT: Final = ("cash", "equity", "state hash")
_POSITION: Final = ("status", "entry_price", "stop_loss", "take_profit", "size")
"""Fields shown of a position even where they are equal."""


def draw(divergence: Divergence, scene: Scene | None, replay: str) -> str:
    """Render the page of one divergence; ``replay`` is the command for both sides."""
    body = "\n".join(
        (
            _head(divergence),
            "" if scene is None else _picture(scene, divergence.labels),
            _fields(divergence),
            _events(divergence),
            "" if scene is None else _states(scene, divergence.labels),
            _replay(replay),
            _totals(divergence),
        )
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<link rel="icon" href="data:,">\n'
        f"<title>{escape(divergence.headline)}</title>\n<style>{STYLE}{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _head(divergence: Divergence) -> str:
    rules = f" Rules to read first: {escape(divergence.rules)}." if divergence.rules else ""
    where = "" if divergence.bar is None else f"Bar {divergence.bar:,} of {divergence.bars:,}"
    when = f", {time_text(divergence.time)[:19].replace('T', ' ')} UTC: " if where else ""
    return (
        f'<header><h1><a href="../verdict.html">Omega verify</a> · {escape(divergence.case)}</h1>'
        f'<p class="what">{where}{when}{escape(divergence.operation)}</p>'
        f'<p class="answer-line">{_sentence(divergence)}{rules}</p></header>'
    )


def _sentence(divergence: Divergence) -> str:
    if divergence.bar is None:
        return "No single bar can be named for this difference."
    if divergence.bar == 0:
        return "It is the first bar of the run: nothing was compared before it."
    names = " and ".join(escape(label) for label in divergence.labels)
    return f"Up to the bar before, {names} were equal in every bit; after this bar they are not."


def _picture(scene: Scene, labels: tuple[str, str]) -> str:
    swatches = [*_SWATCHES, (labels[0], "reference"), (labels[1], "candidate"), ("both sides", "both")]
    legend = "".join(f'<span style="--swatch: var(--{colour})">{escape(name)}</span>' for name, colour in swatches)
    lines = "solid: entry, dashed: target, dotted: stop, ○ ◇ exit; hollow candles rise; Tab walks through the bars"
    return (
        f'<figure><div class="scroll">{chart(scene, labels)}</div>'
        f"<figcaption>{legend}<small>{lines}</small></figcaption></figure>"
    )


def _fields(divergence: Divergence) -> str:
    rows = "".join(_field(one) for one in divergence.fields)
    head = f'<tr><th>field</th>{_side_heads(divergence.labels)}<th class="n">ulp</th></tr>'
    return f"<h2>Fields that differ</h2>{_table(head + rows, 'Fields that differ', 'fields')}"


def _field(one: FieldDifference) -> str:
    left, right = _pair(one.field, one.reference, one.candidate)
    ulps = "" if one.ulps is None else f"{one.ulps:,}"
    return f'<tr class="differs"><td>{escape(one.field)}</td>{left}{right}<td class="n">{ulps}</td></tr>'


def _side_heads(labels: tuple[str, str]) -> str:
    sides = zip(("reference", "candidate"), labels, strict=True)
    return "".join(f'<th class="{side}">{escape(label)}</th>' for side, label in sides)


def _table(rows: str, label: str, name: str) -> str:
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table id="{name}">{rows}</table></div>'
    )


def _pair(name: str, reference: Value, candidate: Value) -> tuple[str, str]:
    """Both values in two cells, decimal over hexadecimal, with what differs marked."""
    shown = [
        _marked(value_text(name, reference), value_text(name, candidate)),
        _marked(hex_text(reference), hex_text(candidate)),
    ]
    cells = []
    for side in (0, 1):
        exact = shown[1][side]
        cells.append(f'<td class="mono">{shown[0][side]}{f"<br>{exact}" if exact else ""}</td>')
    return cells[0], cells[1]


def _marked(left: str, right: str) -> tuple[str, str]:
    """Mark the digits in which two numbers or times differ, place by place; other texts are left alone."""
    if left == right or not {left[:1], right[:1]} <= _DIGITS:
        return escape(left), escape(right)
    width = max(len(text.partition(".")[0]) for text in (left, right))
    offsets = [width - len(text.partition(".")[0]) for text in (left, right)]
    placed = [dict(enumerate(text, offset)) for text, offset in zip((left, right), offsets, strict=True)]
    differing = {place for place in {*placed[0], *placed[1]} if placed[0].get(place) != placed[1].get(place)}
    first, second = (_with_marks(side, differing) for side in placed)
    return first, second


def _with_marks(letters: Mapping[int, str], differing: Container[int]) -> str:
    runs = groupby(letters.items(), lambda item: item[0] in differing)
    texts = ((is_marked, escape("".join(letter for _, letter in items))) for is_marked, items in runs)
    return "".join(f"<mark>{text}</mark>" if is_marked else text for is_marked, text in texts)


def _events(divergence: Divergence) -> str:
    if divergence.bar is None:
        return ""
    sides = zip(divergence.labels, (divergence.reference_events, divergence.candidate_events), strict=True)
    return f'<h2>Events of the bar</h2><div class="columns">{"".join(_log(*side) for side in sides)}</div>'


def _log(label: str, rows: Iterable[Row]) -> str:
    items = "".join(f"<li>{escape(decimal_text(row.get('seq')))}: {escape(event_text(row))}</li>" for row in rows)
    return f'<div><h3>{escape(label)}</h3><ul class="mono against">{items or "<li>none</li>"}</ul></div>'


def _states(scene: Scene, labels: tuple[str, str]) -> str:
    shown = _differing_orders(scene)
    before = _state_rows(scene.before, shown, "before")
    after = _state_rows(scene.after, shown, "after")
    head = f"<tr><th>state</th>{_side_heads(labels)}</tr>"
    equal = "equal on both sides" if scene.before[0] == scene.before[1] else "NOT equal"
    return "<h2>State before and after</h2>" + _table(
        f'{head}<tr class="section"><th colspan="3">before the bar: {equal}</th></tr>{before}'
        f'<tr class="section"><th colspan="3">after the bar</th></tr>{after}',
        "State before and after",
        "state",
    )


def _differing_orders(scene: Scene) -> list[int]:
    """Orders of the picture, and those whose state differs after the bar."""
    states = [{} if state is None else state.positions for state in scene.after]
    differing = {
        number for number in {*states[0], *states[1]} if not identical(states[0].get(number), states[1].get(number))
    }
    return sorted({*scene.shown, *differing})


def _state_rows(states: tuple[State | None, State | None], orders: Iterable[int], when: str) -> str:
    if states[0] is None and states[1] is None:
        return f'<tr><td colspan="3">nothing: no bar {when}</td></tr>'
    rows = [
        _state_row(name, name, *(ABSENT if state is None else state.account.get(name, ABSENT) for state in states))
        for name in _CONTEXT
    ]
    for number in orders:
        pair = [{} if state is None else state.positions.get(number, {}) for state in states]
        if not any(pair):
            continue
        names = dict.fromkeys([*_POSITION, *pair[0], *pair[1]])
        for name in names:
            values = [side.get(name, ABSENT) for side in pair]
            if name in _POSITION or not identical(values[0], values[1]):
                rows.append(_state_row(f"order {number}, {name}", name, *values))
    return "".join(rows)


def _state_row(label: str, name: str, reference: Value, candidate: Value) -> str:
    left, right = _pair(name, reference, candidate)
    if identical(reference, candidate):
        wide = left.replace("<td", '<td colspan="2"', 1)
        return f"<tr><td>{escape(label)}</td>{wide}</tr>"
    return f'<tr class="differs"><td>{escape(label)}</td>{left}{right}</tr>'


def _replay(command: str) -> str:
    return (
        "<h2>Replay it</h2><p>The input lies beside this page as bars, signals and configuration; "
        "<code>--side reference</code> and <code>--side rust</code> show all that one side did:"
        f'</p><pre tabindex="0" aria-label="Command that replays it">{escape(command)}</pre>'
        if command
        else ""
    )


def _totals(divergence: Divergence) -> str:
    totals = ", ".join(f"{escape(name)}&nbsp;{count:,}" for name, count in divergence.totals.items())
    return f'<h2>In the whole run</h2><p class="answer-line">Differing values: {totals}.</p>' if totals else ""
