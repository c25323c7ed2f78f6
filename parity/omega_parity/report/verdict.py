"""The verdict as one self-contained page: no script, no external file, light and dark."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from omega.compare.outcome import Value
from omega.compare.values import decimal_text, hex_text, time_text
from omega_parity.drive.fields import event_text
from omega_parity.gates.verdict import Cause, ComponentVerdict, Part, Verdict
from omega_parity.judge.divergence import Divergence
from omega_parity.judge.verdict import CaseVerdict
from omega_parity.report.reach import reach_section

STYLE: Final = """
:root { color-scheme: light dark; --ink: #1a1d21; --soft: #5d6670; --line: #dfe3e8; --page: #fff; --band: #f6f7f9;
  --go: #0a7a3d; --no: #b3261e; --curve: #3867d6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7e9ec; --soft: #9aa4af; --line: #31363d; --page: #14171a;
  --band: #1b1f24; --go: #4cc38a; --no: #ff8a80; --curve: #8ab4f8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 2.5rem 1.5rem 4rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.05rem; font-weight: 600; margin: 0; color: var(--soft); }
h2 { font-size: 1.15rem; margin: 2.75rem 0 .75rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
.answer { font-size: 3.25rem; font-weight: 700; letter-spacing: -.02em; line-height: 1.15; margin: .25rem 0 .5rem; }
.go { color: var(--go); } .no { color: var(--no); }
.lead { color: var(--soft); margin: 0; max-width: 60rem; }
dl.figures { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1.75rem 0 0; }
dl.figures div { display: flex; flex-direction: column-reverse; }
dl.figures dt { color: var(--soft); font-size: .85rem; }
dl.figures dd { margin: 0; font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .45rem .75rem .45rem 0;
  border-bottom: 1px solid var(--line); vertical-align: middle; }
th { color: var(--soft); font-weight: 500; white-space: nowrap; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code, .mono { font: .86rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
section.divergence { background: var(--band); border-left: 4px solid var(--no); padding: 1rem 1.25rem; margin: 1rem 0;
  border-radius: 4px; }
section.divergence h3 { margin-top: 0; }
svg.curve { width: 8rem; height: 1.75rem; display: block; }
svg.curve polyline { fill: none; stroke: var(--curve); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
ul.against { padding-left: 1.2rem; }
"""


def render(verdict: Verdict) -> str:
    """Render ``verdict`` as an HTML document."""
    body = "\n".join(
        (
            _header(verdict),
            _divergences(verdict.causes[:1], "Read this first"),
            _components(verdict),
            _divergences(verdict.causes[1:], "Where the runs part besides, the smallest case first"),
            _against(verdict),
            _cases(verdict.cases),
            _parts(verdict.parts),
            *(reach_section(part.reach) for part in verdict.parts if part.reach is not None),
            _notes(verdict),
            _facts(
                "Content hashes of the bars", {case.case.partition("/")[0]: case.data_hash for case in verdict.cases}
            ),
            _facts("Environment", verdict.environment),
            _facts("Feature flags", verdict.flags),
        )
    )
    answer = verdict.word
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Omega verify: {answer}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _header(verdict: Verdict) -> str:
    totals = verdict.totals
    figures = {
        "cases": totals.cases,
        "bars": totals.bars,
        "events": totals.events,
        "closed trades": totals.trades,
        "values compared": totals.comparisons,
        "bits that differ": totals.bits_differing,
    }
    shown = "".join(f"<div><dt>{name}</dt><dd>{count:,}</dd></div>" for name, count in figures.items())
    answer, style = verdict.word, "go" if verdict.is_go else "no"
    return (
        f'<header><h1>Omega verify</h1><p class="answer {style}">{answer}</p>'
        '<p class="lead">Every case ran through the Python reference and through Rust, each with inputs of its own. '
        "State chain, events, trades, equity, positions and metrics were compared by type and 64-bit pattern; "
        f'there is no tolerance.</p><dl class="figures">{shown}</dl></header>'
    )


def _against(verdict: Verdict) -> str:
    if not verdict.against:
        return ""
    items = "".join(f"<li>{escape(why)}</li>" for why in verdict.against)
    return f'<h2 id="against">What speaks against it</h2><ul class="against">{items}</ul>'


def _notes(verdict: Verdict) -> str:
    return _list("Left out", verdict.left_out) + _list("Notes", verdict.notes)


def _list(title: str, lines: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<h2>{title}</h2><ul class="against">{items}</ul>' if items else ""


def _divergences(causes: Iterable[Cause], title: str) -> str:
    found = "".join(
        _divergence(cause, cause.smallest.divergence) for cause in causes if cause.smallest.divergence is not None
    )
    return f"<h2>{title}</h2>{found}" if found else ""


def _divergence(cause: Cause, divergence: Divergence) -> str:
    origin = f" Reduced from {escape(divergence.origin)}." if divergence.origin else ""
    place = f"<p>In {escape(divergence.operation)}.{origin}"
    place += f" Rules to read first: {escape(divergence.rules)}.</p>" if divergence.rules else "</p>"
    rows = "".join(
        f"<tr><td>{escape(one.field)}</td>{_both(one.reference)}{_both(one.candidate)}"
        f'<td class="n">{"" if one.ulps is None else f"{one.ulps:,}"}</td></tr>'
        for one in divergence.fields
    )
    names = "".join(f"<th>{escape(label)}</th>" for label in divergence.labels)
    table = f'<tr><th>field</th>{names}<th class="n">ulp</th></tr>{rows}'
    totals = ", ".join(f"{escape(name)}&nbsp;{count:,}" for name, count in divergence.totals.items())
    return (
        f'<section class="divergence"><h3>{escape(divergence.headline)}</h3>{place}'
        f'<div class="scroll"><table>{table}</table></div>{_bar(divergence)}'
        f'<p class="lead">Differing values in the whole run: {totals}.</p>{_page(cause)}</section>'
    )


def _page(cause: Cause) -> str:
    case = cause.smallest
    others = f"<p>{escape(cause.others_text)}.</p>" if cause.others else ""
    link = f'<p><a href="{escape(case.page)}">Look at the bars, the orders and the state</a></p>' if case.page else ""
    return f"{link}<p><code>{escape(case.replay)}</code></p>{others}" if case.replay else f"{link}{others}"


def _both(value: Value) -> str:
    """A cell with the decimal and, for floats, the exact hexadecimal form."""
    exact = hex_text(value)
    return f'<td class="mono">{escape(decimal_text(value))}{f"<br>{exact}" if exact else ""}</td>'


def _bar(divergence: Divergence) -> str:
    if divergence.bar is None:
        return ""
    parts = []
    if divergence.prices:
        cells = (
            f"{name} {time_text(value) if name == 'timestamp' and isinstance(value, int) else decimal_text(value)}"
            for name, value in divergence.prices.items()
        )
        parts.append(f'<p class="mono">{escape(" · ".join(cells))}</p>')
    for label, rows in zip(divergence.labels, (divergence.reference_events, divergence.candidate_events), strict=True):
        events = "<br>".join(escape(event_text(row)) for row in rows) or "none"
        parts.append(f"<h3>Events of the bar, {escape(label)}</h3><p class='mono'>{events}</p>")
    return "".join(parts)


def _components(verdict: Verdict) -> str:
    """One row per component: what was compared, which rules fired, which faults were noticed."""
    if not verdict.components:
        return ""
    heads = ("wave", "values compared", "values that differ", "rules hit", "faults killed")
    head = "<tr><th>component</th><th>verdict</th>" + "".join(f'<th class="n">{name}</th>' for name in heads)
    rows = "".join(_component(one, one.name in verdict.inheriting) for one in verdict.components)
    kills = f'<p class="lead">{escape(verdict.kills_text)}</p>' if verdict.kills_text else ""
    table = f'<div class="scroll"><table id="components">{head}<th>flag</th></tr>{rows}</table></div>'
    return f"<h2>Components</h2>{table}{kills}"


def _component(one: ComponentVerdict, is_inheriting: bool) -> str:
    answer, style = ("GO", "go") if one.is_go else ("NO-GO, inherited" if is_inheriting else "NO-GO", "no")
    killed = "not measured" if one.faults is None else f"{one.killed} of {one.faults}" if one.faults else "none"
    figures = (
        str(one.wave),
        f"{one.comparisons:,}",
        f"{one.values_differing:,}",
        f"{one.rules_hit} of {one.rules}",
        killed,
    )
    numbers = "".join(f'<td class="n">{figure}</td>' for figure in figures)
    return f'<tr><td>{one.name}</td><td class="{style}">{answer}</td>{numbers}<td><code>{one.flag}</code></td></tr>'


def _parts(parts: tuple[Part, ...]) -> str:
    heads = ("number", "bars", "trades", "compared", "bits differ")
    head = "<tr><th>evidence</th><th>verdict</th>" + "".join(f'<th class="n">{name}</th>' for name in heads) + "</tr>"
    rows = "".join(map(_part, parts))
    return f'<h2>Besides the cases</h2><div class="scroll"><table>{head}{rows}</table></div>' if rows else ""


def _part(part: Part) -> str:
    answer, style = ("GO", "go") if part.is_go else ("NO-GO", "no")
    counts = (part.items, part.bars, part.trades, part.comparisons, part.bits_differing)
    numbers = "".join(f'<td class="n">{count:,}</td>' for count in counts)
    return f'<tr><td>{escape(part.name)}</td><td class="{style}">{answer}</td>{numbers}</tr>'


def _cases(cases: tuple[CaseVerdict, ...]) -> str:
    heads = ("bars", "events", "fills", "trades", "compared", "bits differ", "crossings", "reference s", "Rust s")
    numbers = "".join(f'<th class="n">{head}</th>' for head in heads)
    head = f"<tr><th>case</th><th>verdict</th>{numbers}<th>closed by</th><th>equity</th></tr>"
    return f'<h2>Cases</h2><div class="scroll"><table>{head}{"".join(map(_case, cases))}</table></div>'


def _case(case: CaseVerdict) -> str:
    answer, style = ("GO", "go") if case.is_go else ("NO-GO", "no")
    counts = (case.bars, case.events, case.fills, case.trades, case.comparisons, case.bits_differing, case.crossings)
    numbers = "".join(f'<td class="n">{count:,}</td>' for count in counts)
    seconds = "".join(f'<td class="n">{duration:.4f}</td>' for duration in case.seconds)
    closed = ", ".join(f"{escape(reason)}&nbsp;{count:,}" for reason, count in case.closed_by.items())
    return (
        f'<tr><td>{escape(case.case)}</td><td class="{style}">{answer}</td>{numbers}{seconds}'
        f"<td>{closed}</td><td>{_curve(case.equity)}</td></tr>"
    )


def _curve(equity: tuple[float, ...]) -> str:
    """The equity curve as a small picture."""
    if len(equity) < 2 or min(equity) == max(equity):
        return ""
    low, span = min(equity), max(equity) - min(equity)
    points = " ".join(
        f"{100 * place / (len(equity) - 1):.1f},{20 - 20 * (value - low) / span:.1f}"
        for place, value in enumerate(equity)
    )
    label = f"equity from {equity[0]:,.0f} to {equity[-1]:,.0f}"
    return (
        f'<svg class="curve" viewBox="0 -1 100 22" preserveAspectRatio="none" role="img" aria-label="{label}">'
        f'<polyline points="{points}"/></svg>'
    )


def _facts(title: str, facts: dict[str, str]) -> str:
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td><code>{escape(text)}</code></td></tr>" for name, text in facts.items()
    )
    return f'<h2>{title}</h2><div class="scroll"><table>{rows}</table></div>' if rows else ""
