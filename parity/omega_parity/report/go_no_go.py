"""The answer for waves as a page, as Markdown and as JSON, with what the evidence says of every component."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from omega.data.writing import make_folder, write_files
from omega.serve.evidence import Record
from omega_parity.control.go_no_go import Decision, Judged, as_data
from omega_parity.report.pages import rendered

PAGE: Final = "go-no-go.html"
_KINDS: Final = ("verify", "drill", "performance")


@dataclass(frozen=True, slots=True)
class Measured:
    """What the judged record of one kind says of a component."""

    component: str
    record: int
    figures: dict[str, Any]
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure as a length, in percent of the widest: itself, its interval, and its threshold."""

    length: float
    low: float
    high: float
    limit: float | None


def write_decisions(decisions: Sequence[Decision], records: Iterable[Record], folder: Path) -> Path:
    """Write ``go-no-go.html``, ``.md`` and ``.json`` together; return the path of the page.

    Raises
    ------
    OmegaError
        As :func:`omega.data.writing.write_files`; what stood there is then as it was.
    """
    measured = {kind: list(_measured(kind, decisions, records)) for kind in _KINDS}
    drills = [one for of in measured["drill"] for one in _drills(of)]
    given = {
        **as_data(decisions),
        "decisions": decisions,
        "commit": decisions[0].now,
        "rules": measured["verify"],
        "performance": [(one, _ratio_bar(one, measured["performance"], decisions)) for one in measured["performance"]],
        "drills": [(one, _drill_bar(one, drills)) for one in drills],
        "divergences": _divergences(measured["verify"], folder),
        "verdict_page": "verdict.html" if (folder / "verdict.html").is_file() else "",
    }
    make_folder(folder)
    document = json.dumps(as_data(decisions), indent=1, ensure_ascii=False) + "\n"
    text = rendered("go-no-go.md", **given)
    write_files(folder, {"go-no-go.json": document, "go-no-go.md": text, PAGE: rendered(PAGE, **given)})
    return folder / PAGE


def _measured(kind: str, decisions: Iterable[Decision], records: Iterable[Record]) -> Iterable[Measured]:
    """Find the records by which a kind of gate was judged, component by component."""
    by_number = {record.number: record for record in records}
    judged = [gate for one in decisions for gate in one.gates if gate.gate.evidence == kind]
    numbers = {gate.component: gate.record for gate in judged if gate.record is not None}
    for component, number in numbers.items():
        content = by_number[number].content
        yield Measured(component, number, content["figures"][component], content)


def _drills(of: Measured) -> list[dict[str, Any]]:
    return [one for one in of.content.get("drills", ()) if one["component"] == of.component]


def _divergences(verified: Iterable[Measured], folder: Path) -> list[dict[str, Any]]:
    """Name each divergence once; a page is linked where it stands beside this one."""
    found = {}
    for of in verified:
        for one in of.content.get("divergences", ()):
            is_here = bool(one["page"]) and (folder / one["page"]).is_file()
            found[of.record, one["headline"]] = {**one, "record": of.record, "page": one["page"] if is_here else ""}
    return list(found.values())


def _ratio_bar(one: Measured, all_of_them: Iterable[Measured], decisions: Iterable[Decision]) -> Bar | None:
    """Place a ratio on a scale of powers, from 1 to the largest of all."""
    if "ratio" not in one.figures:
        return None
    most = max(of.figures.get("ratio_high", 1.0) for of in all_of_them)
    limits = [gate.gate.at_least for gate in _gates(decisions, one.component) if gate.gate.figure == "ratio_low"]
    places = [one.figures[name] for name in ("ratio", "ratio_low", "ratio_high")]
    length, low, high, *limit = (_on_scale(value, most) for value in (*places, *(at for at in limits if at)))
    return Bar(length, low, high, limit[0] if limit else None)


def _on_scale(value: float, most: float) -> float:
    if most <= 1.0 or value <= 1.0:
        return 0.0
    return min(100.0, 100.0 * math.log(value) / math.log(most))


def _drill_bar(one: dict[str, Any], drills: Iterable[dict[str, Any]]) -> Bar:
    most = max(drill["seconds_to_recover"] for drill in drills) or 1.0
    length = 100.0 * one["seconds_to_recover"] / most
    return Bar(length, length, length, None)


def _gates(decisions: Iterable[Decision], component: str) -> Iterable[Judged]:
    return (gate for one in decisions for gate in one.gates if gate.component == component)
