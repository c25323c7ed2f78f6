"""Rule coverage: every rule of the slice is named by a test, and hit on both sides where hits are counted."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_RULES_FILE: Final = Path(__file__).with_name("rules.toml")
_DEFINITION: Final = re.compile(
    r"^\s*\* \*\*(?P<id>[A-Z][A-Za-z0-9-]*)\*\*|(?<=[. ])\*\*(?P<inner>[A-Z]-\d+[a-z]?)\*\*", re.M
)
_PER_LINE: Final = 6

Hits = Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSlice:
    """What is built, as ``rules.toml`` says.

    Attributes
    ----------
    rules : tuple of str
        Each needs a test that names it.
    counted : tuple of str
        Those that also have to be hit on both sides.
    not_counted : dict
        Rules of the counted chapters that are proven otherwise, with what proves them.
    """

    rules: tuple[str, ...]
    counted: tuple[str, ...]
    not_counted: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleReport:
    """The answer: lines for the summary, and everything that speaks against it."""

    lines: tuple[str, ...]
    against: tuple[str, ...]


def rule_slice(path: Path = _RULES_FILE) -> RuleSlice:
    """Read the list of rules."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    rules, exempt = tuple(document["slice"]), dict(document["not_counted"])
    chapters = document["counted_chapters"]
    counted = tuple(rule for rule in rules if rule.partition("-")[0] in chapters and rule not in exempt)
    return RuleSlice(rules=rules, counted=counted, not_counted=exempt)


def named_rules(folders: Iterable[Path]) -> dict[str, int]:
    """Count the tests' markers that name a rule, by reading the sources below ``folders``."""
    counts: dict[str, int] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            for rule in _marked(ast.parse(path.read_text(encoding="utf-8"))):
                counts[rule] = counts.get(rule, 0) + 1
    return counts


def _marked(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.rule":
            yield from (one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str))


def contract_rules(contract: Path) -> frozenset[str]:
    """List the ids that the contract defines."""
    found = _DEFINITION.finditer(contract.read_text(encoding="utf-8"))
    return frozenset(match["id"] or match["inner"] for match in found)


def judge_rules(
    rules: RuleSlice,
    named: Mapping[str, int],
    hits: tuple[Hits, Hits] | None,
    *,
    known: frozenset[str] | None = None,
    labels: tuple[str, str] = ("reference", "Rust"),
) -> RuleReport:
    """Judge how well the rules are covered.

    Parameters
    ----------
    named : mapping
        Markers per rule, from :func:`named_rules`.
    hits : pair of mappings, optional
        Hits per rule on each side; None if they were not measured, which speaks against.
    known : frozenset of str, optional
        Ids of the contract, for finding markers that name none.
    """
    against = [f"rule {rule} is named by no test" for rule in rules.rules if not named.get(rule)]
    if known is not None:
        strange = sorted((set(named) | set(rules.rules)) - known)
        against += [f"{rule} is no rule of the contract" for rule in strange]
    lines = [f"{len(rules.rules)} rules of the slice, each named by at least one test" if not against else against[0]]
    if hits is None:
        against.append(f"hits of {len(rules.counted)} rules were not measured")
        return RuleReport(lines=(*lines, against[-1]), against=tuple(against))
    against += _unhit(rules.counted, hits, labels)
    lines.append(f"hits in this run, {labels[0]}/{labels[1]}:")
    lines += _hit_lines(sorted({*rules.counted, *hits[0], *hits[1]}, key=_order), hits)
    return RuleReport(lines=tuple(lines), against=tuple(against))


def _unhit(counted: Sequence[str], hits: tuple[Hits, Hits], labels: tuple[str, str]) -> Iterator[str]:
    # Sharper rules that are counted besides, such as Q-E7, are held to the same.
    for rule in sorted({*counted, *hits[0], *hits[1]}, key=_order):
        counts = [side.get(rule, 0) for side in hits]
        if counts == [0, 0]:
            yield f"rule {rule} never fired"
        for count, label, other in zip(counts, labels, reversed(labels), strict=True):
            if count == 0 and counts != [0, 0]:
                yield f"rule {rule} fired on {other} only, never on {label}"


def _hit_lines(rules: Sequence[str], hits: tuple[Hits, Hits]) -> Iterator[str]:
    texts = [f"{rule} {_pair(hits[0].get(rule, 0), hits[1].get(rule, 0))}" for rule in rules]
    for start in range(0, len(texts), _PER_LINE):
        yield "  " + " · ".join(texts[start : start + _PER_LINE])


def _pair(reference: int, candidate: int) -> str:
    return f"{reference:,}" if reference == candidate else f"{reference:,}/{candidate:,}"


def _order(rule: str) -> tuple[bool, str, int, str]:
    chapter, number, rest = re.fullmatch(r"(?:Q-)?([A-Z])-?(\d+)([a-z]?)", rule).groups()  # type: ignore[union-attr]
    return rule.startswith("Q-"), chapter, int(number), rest
