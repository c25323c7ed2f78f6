"""Each rule of execution has a golden case that names it, or cannot have one and says why."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[4]
CHAPTERS: Final = "ECSPBRL"

CALLS = "of single calls, which parity/test_slippage_fee.py makes"
STEPS = "of calls step by step, which parity/test_simulator.py and the state machine make"
REFUSED = "of runs that are refused: they have no result"
NONE_POSSIBLE: Final = {
    **dict.fromkeys(("C-5", "Q-C5", "Q-C5b"), CALLS),
    **dict.fromkeys(("Q-E15c", "Q-E17d", "Q-E18b", "E-19", "Q-E19", "Q-P5d"), STEPS),
    **dict.fromkeys(("B-1", "B-2", "B-3", "B-4", "B-5", "B-6", "B-7", "Q-B1", "Q-B2", "Q-B3", "Q-B4", "Q-B5"), STEPS),
    **dict.fromkeys(("R-1", "R-2", "R-3", "Q-R1", "Q-R1b", "Q-R3"), STEPS),
    **dict.fromkeys(("Q-E22c", "Q-L1c"), REFUSED),
    "Q-E11b": "of a strategy of one's own: no configuration names one",
    "E-20": "of every run: the invariants that each case is held to",
    "Q-L2": "of the time until Ctrl-C is heard",
    "L-3": "of crossings that a result does not show",
    **dict.fromkeys(
        ("Q-L3", "Q-L3b", "Q-L3c", "Q-L5"), "of a strategy of one's own, which no configuration of a case can hold"
    ),
    "L-5": "of exceptions of a strategy of one's own",
    "L-6": "of threads",
    "Q-L6": "of threads",
}


def _rules() -> set[str]:
    contract = (ROOT / "bridge" / "CONTRACT.md").read_text("utf-8")
    found = re.findall(r"^ *\* \*\*((?:Q-)?([A-Z])-?\d+[a-z]?)\*\*", contract, re.MULTILINE)
    return {rule for rule, chapter in found if chapter in CHAPTERS}


def _named() -> set[str]:
    cases = [tomllib.loads(path.read_text("utf-8")) for path in (ROOT / "golden").rglob("case.toml")]
    return {rule for case in cases for rule in case["rules"]}


def test_every_rule_has_a_case_or_a_reason() -> None:
    rules, named = _rules(), _named()
    assert len(rules) > 100
    assert sorted(rules - named - NONE_POSSIBLE.keys()) == []
    assert sorted(NONE_POSSIBLE.keys() & named) == [], "these have a case: their excuse goes"
    assert sorted(NONE_POSSIBLE.keys() - rules) == []
