"""The reference's probe: faults that still fit its source, marks that count, and an original left alone."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import omega_parity.selftest.probe.reference
import omega_reference.execution.steps
from omega.compare.compare import compare_outcomes
from omega.compare.outcome import Failure
from omega_parity.drive.observe import observe
from omega_parity.drive.sides import reference_side
from omega_parity.generate.calls import CallCase
from omega_parity.generate.cases import Case, Floors, signals_case
from omega_parity.generate.markets import sample_market
from omega_parity.generate.sequences import sample_cases
from omega_parity.judge.ownership import OWNERS
from omega_parity.selftest.ownership import owner_of_saboteur
from omega_parity.selftest.probe import SABOTEURS, Killed, KillReport, ReferenceProbe, Survived, counted_rules
from omega_parity.selftest.probe.examples import Pool, bad_inputs, is_generated, makers, recorded_noticed
from omega_parity.selftest.probe.places import MisplacedError
from omega_parity.selftest.probe.reference import instrument, marked_rules, reference_modules, source_of
from omega_parity.selftest.probe.saboteurs import QUICK, Saboteur
from omega_parity.selftest.probe.switches import REFERENCE_FAULTS, SWITCHES

LEAST_PER_COMPONENT = 4
"""Faults that each component has to have."""


def _case(n: int = 300) -> Case:
    market = sample_market(n=n)
    return signals_case(market, market.variants[0], seed=1, floors=Floors(), n=40)


@pytest.mark.parametrize("name", REFERENCE_FAULTS)
def test_each_fault_finds_its_place(name: str) -> None:
    changes = REFERENCE_FAULTS[name].reference
    assert changes
    assert [change for change in changes if change.text == change.replacement] == []
    assert ReferenceProbe(name).side().engine is not None


def test_every_counted_rule_can_be_switched_off() -> None:
    assert [switch.rule for switch in SWITCHES.values()] == list(counted_rules())
    assert not set(SWITCHES) & set(SABOTEURS)


@pytest.mark.parametrize("lost", [{"text": "no such text"}, {"function": "nobody"}, {"file": "no_such_file.py"}])
def test_a_fault_that_no_longer_finds_its_place_is_an_error(lost: dict[str, Any], monkeypatch: Any) -> None:
    fault: Saboteur = SABOTEURS["ema_factor"]
    astray = replace(fault, reference=tuple(replace(change, **lost) for change in fault.reference))
    monkeypatch.setattr(omega_parity.selftest.probe.reference, "REFERENCE_FAULTS", {"ema_factor": astray})
    with pytest.raises(MisplacedError, match=f"ema_factor: .*{next(iter(lost.values()))}"):
        ReferenceProbe("ema_factor")


def test_marks_name_every_counted_rule_and_no_other() -> None:
    assert marked_rules() == set(counted_rules())
    for module in reference_modules():
        assert instrument(source_of(module)).count("\n") == source_of(module).count("\n")


@pytest.mark.parametrize("mark", ["# hit E-99", "x = 1  # hit E-7", "# hit it"])
def test_a_mark_in_another_form_is_an_error(mark: str) -> None:
    with pytest.raises(ValueError, match="mark"):
        instrument(f"{mark}\n")


def test_a_mark_counts_where_its_condition_holds() -> None:
    source = "for x in range(5):\n    # hit E-7 if x > 2\n    pass\n"
    counted: list[str] = []

    def hit(rule: str, condition: bool = True) -> None:
        counted.extend([rule] * condition)

    exec(instrument(source), {"__hit__": hit})
    assert counted == ["E-7", "E-7"]


def test_the_healthy_copy_computes_what_the_original_does_and_counts() -> None:
    probe, case = ReferenceProbe(), _case()
    outcomes = [
        observe(side, case.bars, case.signals, case.config).outcome for side in (reference_side(), probe.side())
    ]
    assert compare_outcomes(*outcomes).is_identical
    assert probe.rule_counts()["E-3"] > 0
    probe.reset_counts()
    assert set(probe.rule_counts().values()) == {0}


def test_copies_live_side_by_side_and_leave_the_original_alone() -> None:
    before = omega_reference.execution.steps.ExecutionSimulator
    healthy, faulty, case = ReferenceProbe(), ReferenceProbe("panic_at_exit"), _case()
    outcomes = [observe(one.side(), case.bars, case.signals, case.config).outcome for one in (healthy, faulty)]
    assert not isinstance(outcomes[0], Failure)
    assert isinstance(outcomes[1], Failure)
    assert outcomes[1].error == "RuntimeError"
    assert not [name for name in sys.modules if name.startswith("omega_reference_probe")]
    assert omega_reference.execution.steps.ExecutionSimulator is before
    assert healthy.module("execution.steps").ExecutionSimulator is not before


def test_faults_share_what_they_cannot_reach_and_nothing_else() -> None:
    one, other = (ReferenceProbe("panic_at_exit") for _ in range(2))
    assert one.module("numbers") is other.module("numbers")
    assert one.module("execution.steps") is not other.module("execution.steps")
    assert one.module("engine") is not other.module("engine")  # it imports what is changed


def test_nothing_of_the_probe_is_imported_by_a_normal_run() -> None:
    code = "import sys, omega, omega_reference.engine; print([m for m in sys.modules if 'probe' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_examples_are_generated_first_and_then_bad() -> None:
    found = [maker() for maker in makers(5)]
    # Calls, a scenario, a run; five kinds of calls, a run; calls over ticks, a run; a scenario, a run; calls, a run.
    assert [is_generated(example) for example in found[:16]] == [True] * 15 + [False]
    calls = [isinstance(example, CallCase) for example in found[:10]]
    assert calls == [True, False, False, True, True, True, True, True, False, True]
    assert len({example.name for example in found}) == len(found)


def test_every_component_has_faults_and_one_in_a_quick_look() -> None:
    faults = Counter(owner_of_saboteur(name) for name in SABOTEURS)
    assert {owner: faults[owner] >= LEAST_PER_COMPONENT for owner in OWNERS} == dict.fromkeys(OWNERS, True)
    assert {owner_of_saboteur(name) for name in QUICK} == set(OWNERS)


@pytest.mark.rule("T-2", "T-6")
def test_the_reference_refuses_every_bad_input() -> None:
    for case in bad_inputs():
        outcome = observe(reference_side(), case.bars, case.signals, case.config).outcome
        assert isinstance(outcome, Failure), case.name
        assert outcome.code is not None, case.name


def test_what_noticed_a_fault_is_tried_first_and_nothing_is_left_out() -> None:
    made = [*sample_cases(3), *islice(bad_inputs(), 1)]
    pool = Pool([partial(_itself, one) for one in made], {"known": 2, "of another list": 9})
    names = [one.name for one in made]

    def tried(fault: str = "unknown") -> list[int]:
        return [names.index(one.name) for one in pool.examples_for(fault)]

    assert tried() == [0, 1, 2, 3]
    assert tried("known") == [2, 0, 1, 3]
    pool.noticed(names[1])
    assert tried() == [1, 0, 2, 3]
    assert tried("known") == [2, 1, 0, 3]
    assert tried("of another list") == [1, 0, 2, 3]
    pool.noticed(names[3])  # a bad input, which comes last whatever it noticed
    assert tried() == [1, 0, 2, 3]


def _itself(case: Case) -> Case:
    return case


def test_an_example_is_recorded_for_each_fault() -> None:
    places = recorded_noticed()
    assert set(places) == set(REFERENCE_FAULTS)
    assert max(places.values()) < len(tuple(makers()))


def test_a_report_speaks_against_a_go_for_a_survivor_and_for_nothing() -> None:
    killed = Killed(
        side="rust", saboteur=QUICK[0], by="events.fee", example="generated/0", after_examples=3, by_generated=True
    )
    survived = Survived(side="reference", saboteur=QUICK[1], after_examples=9)
    assert KillReport(fates=(killed,), is_quick=True).against == ()
    report = KillReport(fates=(killed, survived), is_quick=True)
    assert report.against == (str(survived),)
    assert str(report).startswith("saboteurs: killed 1/2 (")
    assert report.as_data()["survivors"] == [f"reference/{QUICK[1]}"]
    assert KillReport(fates=(), is_quick=True).against == ("no saboteur was let loose",)
    assert len(KillReport(fates=(killed,), is_quick=False).against) == 2
    unnoticed = replace(survived, saboteur="without E-7")
    report = KillReport(fates=(killed,), is_quick=True, switched_off=(unnoticed,))
    assert report.against == (str(unnoticed),)


def test_the_list_of_rules_stands_beside_its_reader() -> None:
    assert all(rule.fired for rule in counted_rules().values())
    assert Path(source_of.__code__.co_filename).with_name("rules.toml").is_file()
