"""Gate: every rule of the slice is named by a test, and those that a run can apply fire on both sides."""

from __future__ import annotations

from pathlib import Path

import pytest

from omega_parity.gates.ledger import RECORD
from omega_parity.gates.search import RULES_RECORD, Search
from omega_parity.selftest.probe import count_hits, counted_rules, why_no_probe
from omega_parity.selftest.probe.examples import counted_examples
from omega_parity.selftest.rules import contract_rules, judge_rules, named_rules, rule_slice

ROOT = Path(__file__).parents[1]
CASES = 300
"""Generated runs in which, with those of other kinds beside them, every rule has to fire."""


def test_rules_are_named_and_hit(search: Search, request: pytest.FixtureRequest) -> None:
    rules = rule_slice()
    assert set(rules.counted) <= set(counted_rules())
    seed = search.plan.seed or 0
    hits = count_hits(counted_examples(CASES, seed))
    report = judge_rules(
        rules,
        named_rules([ROOT / "tests", ROOT / "parity"]),
        hits,
        known=contract_rules(ROOT / "bridge" / "CONTRACT.md"),
    )
    request.node.user_properties.append((RULES_RECORD, [*report.lines, *([why_no_probe()] if hits is None else [])]))
    if hits is not None:  # that a rule fired is compared between the sides
        request.node.user_properties.append((RECORD, {"comparisons": len(rules.counted)}))
    if report.against:
        pytest.fail("\n".join(report.against), pytrace=False)
