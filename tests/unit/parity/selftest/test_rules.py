"""Rule coverage: an unnamed, unhit or one-sided rule is told by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from omega_parity.selftest.probe import counted_rules
from omega_parity.selftest.rules import RuleSlice, contract_rules, judge_rules, named_rules, rule_slice

ROOT = Path(__file__).parents[4]
SLICE = RuleSlice(rules=("E-1", "E-7", "N-1"), counted=("E-1", "E-7"), not_counted={})
NAMED = {"E-1": 2, "E-7": 1, "N-1": 1}
HITS = {"E-1": 5, "E-7": 2}


def test_named_and_hit_on_both_sides_is_fine() -> None:
    report = judge_rules(SLICE, NAMED, (HITS, HITS), known=frozenset(NAMED))
    assert report.against == ()
    assert report.lines[-1] == "  E-1 5 · E-7 2"


@pytest.mark.parametrize(
    ("named", "hits", "words"),
    [
        ({**NAMED, "N-1": 0}, (HITS, HITS), "rule N-1 is named by no test"),
        (NAMED, None, "hits of 2 rules were not measured"),
        (NAMED, ({**HITS, "E-7": 0}, {**HITS, "E-7": 0}), "rule E-7 never fired"),
        (NAMED, ({"E-1": 1}, {"E-1": 1}), "rule E-7 never fired"),
        (NAMED, (HITS, {**HITS, "E-7": 0}), "rule E-7 fired on reference only, never on Rust"),
        (NAMED, ({**HITS, "E-1": 0}, HITS), "rule E-1 fired on Rust only, never on reference"),
        (NAMED, ({**HITS, "Q-E7": 0}, {**HITS, "Q-E7": 0}), "rule Q-E7 never fired"),
        ({**NAMED, "E-77": 1}, (HITS, HITS), "E-77 is no rule of the contract"),
    ],
)
def test_what_is_missing_is_named(
    named: dict[str, int], hits: tuple[dict[str, int], dict[str, int]] | None, words: str
) -> None:
    report = judge_rules(SLICE, named, hits, known=frozenset(NAMED) | {"Q-E7"})
    assert report.against == (words,)


def test_markers_are_read_from_the_sources(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        'import pytest\npytestmark = pytest.mark.rule("C-1")\n\n'
        '@pytest.mark.rule("E-1", "E-2")\n@pytest.mark.other("E-3")\ndef test_it(): "E-4"\n\n'
        '@pytest.mark.rule("E-1")\ndef test_more(): pass\n',
        encoding="utf-8",
    )
    assert named_rules([tmp_path]) == {"C-1": 1, "E-1": 2, "E-2": 1}


def test_the_lists_fit_each_other_and_the_contract() -> None:
    rules, known = rule_slice(), contract_rules(ROOT / "bridge" / "CONTRACT.md")
    assert {"E-16", "Q-E1b", "L-1a", "T-8a"} <= known
    assert set(rules.rules) <= known
    assert {rule.part_of or rule.id for rule in counted_rules().values()} <= known
    assert set(rules.counted) <= set(counted_rules())
    assert set(rules.not_counted) <= set(rules.rules)
    assert not set(rules.not_counted) & set(counted_rules())
    assert all(rules.not_counted.values())


def test_every_rule_of_chapter_q_is_named_by_a_test() -> None:
    sharpened = {rule for rule in contract_rules(ROOT / "bridge" / "CONTRACT.md") if rule.startswith("Q-")}
    assert sharpened
    assert sharpened - named_rules([ROOT / "tests", ROOT / "parity"]).keys() == set()
