"""The contract can be read: a table of contents that leads somewhere, short lines, each rule once and in its place."""

from __future__ import annotations

import re
from pathlib import Path

CONTRACT = (Path(__file__).parents[2] / "bridge" / "CONTRACT.md").read_text("utf-8")
RULE = re.compile(r"^( *)\* \*\*((?:Q-)?[A-Z]-?\d+[a-z]?)\*\*", re.MULTILINE)


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_lines_are_short() -> None:
    assert [line for line in CONTRACT.splitlines() if len(line) > 120] == []


def test_the_table_of_contents_is_the_chapters() -> None:
    chapters = re.findall(r"^## (.+)$", CONTRACT, re.MULTILINE)
    listed = re.findall(r"^\* \[(.+)\]\(#(.+)\)$", CONTRACT, re.MULTILINE)
    assert listed == [(chapter, _anchor(chapter)) for chapter in chapters]


def test_each_rule_stands_once_in_its_chapter_and_its_formulas_under_it() -> None:
    seen: list[str] = []
    chapter = parent = ""
    for line in CONTRACT.splitlines():
        if line.startswith("## "):
            chapter = line[3]
        if (match := RULE.match(line)) is None:
            continue
        indent, rule = match.groups()
        seen.append(rule)
        if indent:
            assert re.sub(r"[a-z]$", "", rule) == f"Q-{parent.replace('-', '')}", f"{rule} stands under {parent}"
        else:
            parent = rule
            assert rule[0] == chapter or rule.startswith("Q-D"), f"{rule} stands in chapter {chapter}"
    assert len(seen) == len(set(seen)) > 150
