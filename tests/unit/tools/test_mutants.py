"""Mutants are planted in memory, noticed by what differs, and explained where nothing can notice them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mutants.corpus.written import case_lines, corpus_cases
from mutants.gates import GATES, GATES_FOLDER, run_gates
from mutants.mutations import Mutant
from mutants.operators import MODULES, find_mutant, mutants_of, sampled
from mutants.report import Report
from mutants.runner import Expected, Fate, expect, run_mutant
from mutants.verdicts import Verdict, read_verdicts, verdict_on, verdicts_without_mutant
from omega_parity.golden.case import golden_cases
from omega_parity.selftest.probe.reference import reference_modules, source_of

FILLS = "execution.fills"
BUY = "return grid_price(grid, (price + offset) if is_buy else (price - offset))"
SECONDS = 30.0


class Planted(Mutant):
    """A mutant made by hand, which needs no library."""

    __slots__ = ("new", "old")
    old: str
    new: str

    def source(self) -> str:
        assert source_of(self.module).count(self.old) == 1
        return source_of(self.module).replace(self.old, self.new)


def planted(module: str, old: str, new: str) -> Mutant:
    mutant = Planted(module, 1, 0, "ByHand", 0)
    object.__setattr__(mutant, "old", old)
    object.__setattr__(mutant, "new", new)
    return mutant


@pytest.fixture(scope="module")
def expected() -> list[Expected]:
    return expect(case for case in golden_cases() if case.name.startswith("slippage_fee/"))


def test_a_mutant_dies_by_a_differing_field(expected: list[Expected]) -> None:
    fate = run_mutant(planted(FILLS, BUY, BUY.replace("price + offset", "price - offset")), expected, SECONDS)
    assert fate.kind == "killed"
    assert fate.by == "events.price"
    assert fate.example == expected[0].example.name


def test_what_changes_nothing_survives(expected: list[Expected]) -> None:
    fate = run_mutant(planted(FILLS, BUY, BUY.replace("price + offset", "offset + price")), expected, SECONDS)
    assert fate == Fate("survived")


def test_crashes_and_time_outs_are_told_apart(expected: list[Expected]) -> None:
    at_import = run_mutant(planted(FILLS, BUY, f"{BUY}\n\nraise KeyError"), expected, SECONDS)
    assert at_import == Fate("crashed", "KeyError", "import")
    in_run = run_mutant(planted(FILLS, BUY, "return price + None"), expected, SECONDS)
    assert (in_run.kind, in_run.by) == ("crashed", "TypeError")
    endless = run_mutant(planted(FILLS, BUY, "while True: pass"), expected, 2.0)
    assert endless == Fate("timed out")


def test_the_reference_of_this_process_stays(expected: list[Expected]) -> None:
    from omega_reference.execution.fills import slipped
    from omega_reference.grid import new_grid

    run_mutant(planted(FILLS, BUY, "return 0.0"), expected, SECONDS)
    assert slipped(new_grid(2, True), 1.0, 0.5, is_buy=True) == 1.5


def test_gates_that_do_not_run_judge_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [gate for gate in GATES if not (GATES_FOLDER / gate).is_file()] == []
    wrong_use = subprocess.CompletedProcess([], 4, stdout="", stderr="ERROR: file or directory not found")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: wrong_use)
    with pytest.raises(RuntimeError, match="no gate ran"):
        run_gates(planted(FILLS, BUY, "return 0.0"))


def test_planting_imports_the_whole_reference_anew() -> None:
    code = (
        "from mutants.planted import plant; from omega_parity.selftest.probe.reference import source_of;"
        "import sys;"
        "plant('execution.fills', source_of('execution.fills') + '\\nIS_PLANTED = True\\n');"
        "assert sys.modules['omega_reference.execution.fills'].IS_PLANTED;"
        "assert sys.modules['omega_reference.execution.closing'].slipped.__globals__['IS_PLANTED']"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_report_counts_what_ran_and_names_what_is_unexplained() -> None:
    first = planted(FILLS, BUY, BUY.replace("price + offset", "offset + price"))
    second = planted("sizing", "_UNKNOWN_LOT_DIGITS: Final = 2", "_UNKNOWN_LOT_DIGITS: Final = 3")
    third = planted("variants", "idle_pip_size=0.0001", "idle_pip_size=0.0002")
    fates = {first: Fate("survived"), second: Fate("killed", "events.size", "x"), third: Fate("crashed", "KeyError")}
    report = Report(fates=fates, verdicts=(), seed=1)
    assert report.unexplained == (first,)
    assert report.killed_ratio == 0.5
    assert not report.is_green
    assert "SURVIVED execution.fills:ByHand:0" in str(report)
    before, after = first.change()
    known = Verdict(module=FILLS, before=before, after=after, why="a sum does not depend on the order")
    explained = Report(fates=fates, verdicts=(known,), seed=1)
    assert explained.is_green
    assert "equivalent 1" in str(explained)
    mutants = explained.as_data()["mutants"]
    assert isinstance(mutants, list)
    assert mutants[0]["verdict"] == known.why


def test_a_verdict_on_no_mutant_is_stale() -> None:
    mutant = planted(FILLS, BUY, BUY.replace("price + offset", "offset + price"))
    before, after = mutant.change()
    known = Verdict(module=FILLS, before=before, after=after, why="a sum does not depend on the order")
    gone = Verdict(module=FILLS, before=before, after="return price", why="a line that was there once")
    assert verdicts_without_mutant([mutant], (known, gone)) == (gone,)
    report = Report(fates={mutant: Fate("killed", "events.price", "x")}, verdicts=(), seed=1, stale=(gone,))
    assert not report.is_green
    assert "STALE verdict on execution.fills: return price" in str(report)


def test_every_verdict_is_about_a_line_that_is_there() -> None:
    verdicts = read_verdicts()
    assert verdicts
    for verdict in verdicts:
        assert verdict.module in reference_modules()
        lines = [line.strip() for line in source_of(verdict.module).splitlines()]
        assert lines.count(verdict.before) == verdict.lines, f"one of them may matter: {verdict.before}"
        assert verdict.before != verdict.after


def test_a_verdict_needs_a_reason(tmp_path: Path) -> None:
    table = tmp_path / "verdicts.toml"
    table.write_text('[[equivalent]]\nmodule = "execution.fills"\nbefore = "a"\nafter = "b"\nwhy = " "\n')
    with pytest.raises(ValueError, match="no reason"):
        read_verdicts(table)


@pytest.mark.rule("H-1")
def test_a_block_of_the_corpus_is_a_case_and_its_digests() -> None:
    case = next(corpus_cases())
    lines = case_lines(case)
    digests = [line for line in lines if line.startswith("= digest ")]
    assert sum(line.startswith("bar ") for line in lines) == case.bars.num_rows >= len(digests) > 0
    assert lines == case_lines(case)


def test_mutants_of_the_library() -> None:
    some = sampled(20, 1)
    assert set(some) <= set(sampled(40, 1))
    assert sampled(20, 2) != some
    for mutant in some:
        before, after = mutant.change()
        assert before != after
        assert find_mutant(mutant.name) == mutant
    assert [module for module in MODULES if not mutants_of(module)] == ["portfolio.model", "strategy.base"]
    assert not any("->" in mutant.change()[0] for mutant in sampled(60, 3))
    with pytest.raises(ValueError, match="no mutant"):
        find_mutant(f"{FILLS}:AddNot:99")
    known = [verdict_on(mutant, read_verdicts()) for mutant in mutants_of(FILLS)]
    assert any(known)
