"""Mutants of the bridge: changes in copies only, judged by the tests that run their lines."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mutants.bridge.copies import ROOT, Copy
from mutants.bridge.covering import DIRECT, ELSEWHERE, JUDGES, Covering, covering_of, judging_files
from mutants.bridge.judging import fate_of
from mutants.bridge.nursery import base_of
from mutants.mutations import Mutant, file_of_shared, is_shared, shared_modules, source_of
from mutants.runner import Fate
from mutants.verdicts import VERDICTS_FILE, read_verdicts

VERDICTS = VERDICTS_FILE.parent / "bridge" / "verdicts.toml"


def test_the_modules_are_those_of_the_bridge() -> None:
    files = {path.relative_to(ROOT / "bridge" / "omega").as_posix() for path in (ROOT / "bridge/omega").rglob("*.py")}
    assert {file_of_shared(module) for module in shared_modules()} == files
    assert all(map(is_shared, shared_modules()))
    assert not is_shared("execution.fills")
    assert source_of("omega.data.times") == (ROOT / "bridge/omega/data/times.py").read_text("utf-8")
    assert file_of_shared("omega") == "__init__.py"
    assert "def close_position" in source_of("execution.closing")


def test_every_verdict_is_about_a_line_that_is_there() -> None:
    for verdict in read_verdicts(VERDICTS):
        lines = [line.strip() for line in source_of(verdict.module).splitlines()]
        assert lines.count(verdict.before) == verdict.lines, f"one of them may matter: {verdict.before}"
        assert verdict.before != verdict.after


def test_the_judges_are_there() -> None:
    files = judging_files()
    assert all((ROOT / judge).exists() for judge in JUDGES)
    assert all((ROOT / file).is_file() for file in (*files, *ELSEWHERE))
    assert not ELSEWHERE & set(files)
    assert any(file.endswith(DIRECT) for file in files)


LINES = {"a.py": [10, 11], "b.py": [5]}
FOUND: dict[str, dict[str, Any]] = {
    "tests/test_a.py": {
        "": {"seconds": 0.0, "lines": {"a.py": [1, 2, 10]}},
        "tests/test_a.py::test_slow": {"seconds": 9.0, "lines": LINES},
        "tests/test_a.py::test_quick": {"seconds": 1.0, "lines": {"a.py": [11, 12]}},
        "tests/test_a.py::test_elsewhere": {"seconds": 0.1, "lines": {"b.py": [5]}},
    },
    f"tests/test_b{DIRECT}": {f"tests/test_b{DIRECT}::test_direct": {"seconds": 5.0, "lines": {"a.py": [12]}}},
}
DIRECT_TEST = f"tests/test_b{DIRECT}::test_direct"
SLOW, QUICK = "tests/test_a.py::test_slow", "tests/test_a.py::test_quick"


@pytest.mark.parametrize(
    ("file", "first", "last", "budget", "tests"),
    [
        ("a.py", 11, 11, 60.0, [QUICK, SLOW]),
        ("a.py", 10, 10, 60.0, [SLOW]),
        ("a.py", 12, 12, 60.0, [DIRECT_TEST, QUICK]),
        ("a.py", 10, 12, 60.0, [DIRECT_TEST, QUICK, SLOW]),
        ("a.py", 10, 12, 6.0, [DIRECT_TEST, QUICK]),
        ("a.py", 10, 12, 0.5, [DIRECT_TEST]),
        ("a.py", 1, 2, 60.0, [DIRECT_TEST, QUICK, SLOW]),
        ("c.py", 1, 1, 60.0, [DIRECT_TEST]),
    ],
)
def test_tests_are_chosen_by_what_they_run(file: str, first: int, last: int, budget: float, tests: list[str]) -> None:
    assert covering_of(FOUND).tests_of(file, first, last, budget, is_declared=first == 1) == tests


def test_without_tests_there_is_none() -> None:
    assert Covering().tests_of("a.py", 1, 1, 60.0, is_declared=True) == []
    assert base_of("t.py::test[x-1[y]]") == base_of("t.py::test") == "t.py::test"


def test_fates() -> None:
    failure: Any = {"test": "t.py::test", "error": "AssertionError", "kind": "killed"}
    assert fate_of({"code": 1, "ran": 0, "failure": failure}) == Fate("killed", "AssertionError", "t.py::test")
    crash: Any = {**failure, "error": "KeyError", "kind": "crashed"}
    assert fate_of({"code": 1, "ran": 3, "failure": crash}) == Fate("crashed", "KeyError", "t.py::test")
    assert fate_of({"code": 0, "ran": 3, "failure": None}) == Fate("survived")
    assert fate_of({"code": 4, "ran": 0, "failure": None}) == Fate("crashed", "pytest exit 4", "import")
    assert fate_of({"code": None, "late": True}) == Fate("timed out")
    assert fate_of({"code": None, "late": False}) == Fate("crashed", "process")
    for code in (0, 5):
        with pytest.raises(RuntimeError, match="no test ran"):
            fate_of({"code": code, "ran": 0, "failure": None})


TEST = "tests/unit/bridge/test_constants_from_outside.py"


def test_a_mutant_lives_in_a_copy_only(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    try:
        healthy = (ROOT / "bridge/omega/contract/types.py").read_text("utf-8")
        tests = [f"{TEST}::test_timeframes", f"{TEST}::test_closed_sets_and_their_numbers"]
        answer = copy.run([TEST], tests, seconds=60.0)
        assert (answer["code"], answer["ran"], answer["failure"]) == (0, 15, None)
        with copy.changed("contract/types.py", healthy.replace("D1 = 24 * H1", "D1 = 23 * H1")):
            assert fate_of(copy.run([TEST], tests, seconds=60.0)) == Fate("killed", "AssertionError", tests[0])
        with copy.changed("contract/types.py", healthy.replace("D1 = 24 * H1", "D1 = 24 / 0")):
            assert fate_of(copy.run([TEST], tests, seconds=60.0)).kind == "crashed"
        with copy.changed("contract/types.py", healthy + "\nwhile True: pass\n"):
            assert fate_of(copy.run([TEST], tests, seconds=2.0)) == Fate("timed out")
        assert copy.run([TEST], tests, seconds=60.0)["code"] == 0
        recorded = copy.run([TEST], seconds=60.0, record=True)["tests"]
        lines = recorded[f"{TEST}::test_values_of_a_flag"]["lines"]["flags/values.py"]
        assert set(lines) & set(range(50, 70))
        assert (ROOT / "bridge/omega/contract/types.py").read_text("utf-8") == healthy
    finally:
        copy.close()


SAMPLE = '''
"""A documentation is no key."""
KEYS = ("bid", "fee", "two words")
Kind = Literal["bid"]


def f(row: dict[str, int]) -> object:
    return g(row["ask"], side="long", first=1) if "x" in row else cast("Row", row)
'''


def test_changes_that_shared_code_lives_on() -> None:
    pytest.importorskip("cosmic_ray", reason="`make mutants` installs it")
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import MutationVisitor

    from mutants.bridge.changes import OWN
    from mutants.operators import find_mutant, mutants_of

    def made(name: str) -> list[tuple[str, str]]:
        operator: Any = OWN[name]()
        tree = get_ast(SAMPLE)
        count = sum(1 for node in ast_nodes(tree) for _ in operator.mutation_positions(node))
        changed = [MutationVisitor.mutate_code(SAMPLE, operator, place).splitlines() for place in range(count)]
        return [next((a, b) for a, b in zip(SAMPLE.splitlines(), one, strict=True) if a != b) for one in changed]

    call = '    return g(row["ask"], side="long", first=1) if "x" in row else cast("Row", row)'
    keys = 'KEYS = ("bid", "fee", "two words")'
    assert made("ChangeKey") == [
        (keys, keys.replace("bid", "ask")),
        (keys, keys.replace("fee", "fee_")),
        (call, call.replace("ask", "bid")),
        (call, call.replace("long", "short")),
        (call, call.replace('"x"', '"x_"')),
    ]
    assert made("NegateIn") == [(call, call.replace(" in row", " not in row"))]
    assert made("DropKeyword") == [(call, call.replace(', side="long"', "")), (call, call.replace(", first=1", ""))]
    some = mutants_of("omega.data.times")
    assert {type(mutant) for mutant in some} == {Mutant}
    assert find_mutant(some[0].name) == some[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--module", "omega.nowhere"), "no module omega.nowhere"),
        (("--name", "omega.nowhere:AddNot:0"), "no module of the mutant"),
        (("--name", "omega.data.times:AddNot:9999"), "no mutant 'omega.data.times:AddNot:9999'"),
    ],
)
def test_a_name_of_nothing_is_wrong_use(arguments: tuple[str, str], said: str) -> None:
    command = [sys.executable, "-m", "mutants.bridge", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tools"), "COLUMNS": "200"}
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert said in answer.stderr
