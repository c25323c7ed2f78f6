"""The records say what exists, every gate of pytest is a check of `omega verify`, and every check a gate."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from omega_parity.gates import recorded
from omega_parity.gates.checks import CHECKS
from omega_parity.golden import recorded as golden
from omega_parity.golden.case import GOLDEN_FOLDER

ROOT = Path(__file__).parents[4]

OTHERWISE = {
    "test_golden.py::test_golden_case": "golden cases",
    "test_golden.py::test_nothing_else_lies_there": "golden cases",
    "test_generated.py::test_regressions": "regressions",
    "test_generated.py::test_sequences": "generated sequences",
    "test_sample.py::test_sample": "cases of the sample",
    "test_saboteurs.py::test_every_saboteur_is_killed": "built-in faults",
    "test_rules.py::test_rules_are_named_and_hit": "rules hit",
    "test_reach.py::test_every_decile_is_drawn_and_a_fault_in_it_noticed": "reach",
}
"""Gates that `omega verify` has by another name than a check's."""


def test_the_records_say_what_is_there() -> None:
    here = golden.present(GOLDEN_FOLDER)
    assert here == golden.read_golden_record(GOLDEN_FOLDER), f"`{golden.RECORD_COMMAND}` records it anew"
    found = recorded.present(recorded.collected_gates(ROOT), here)
    assert recorded.recorded() == found, f"`{golden.RECORD_COMMAND}` records it anew"


def _gates() -> Iterator[tuple[str, list[str]]]:
    """Yield each gate of pytest with the checks that it does."""
    for path in sorted((ROOT / "parity").glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                calls = (one for one in ast.walk(node) if isinstance(one, ast.Call))
                held = [ast.unparse(one.args[0]) for one in calls if ast.unparse(one.func) == "hold"]
                yield f"{path.name}::{node.name}", held


def test_every_gate_is_a_check_of_verify_and_every_check_a_gate() -> None:
    gates = dict(_gates())
    assert {name for name, held in gates.items() if not held} == set(OTHERWISE)
    held = [check for checks in gates.values() for check in checks]
    modules = {
        name: f"{check.body.__module__.rpartition('.')[2]}.{check.body.__name__}" for name, check in CHECKS.items()
    }
    assert sorted(held) == sorted(modules.values())
    assert set(gates) == set(recorded.recorded().gates)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"golden": {}, "sequences": {}, "gates": {}, "checks": {}}'])
def test_a_record_of_nothing_is_none(text: str, tmp_path: Path) -> None:
    path = tmp_path / "recorded.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Exception, match=r"no record of the gates, recorded.json: .*; `make record` writes it"):
        recorded.recorded(path)
