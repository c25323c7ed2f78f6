"""GO only where every gate is green on evidence of this commit; each kind of gate is seen red (F-7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.flags.registry import BY_NAME
from omega.serve.evidence import Record, Stamp
from omega_parity.control.go_no_go import decide
from omega_parity.control.waves import Gate, read_wave, read_waves

NOW = Stamp(commit="a" * 40, is_clean=True, sources="s", versions={"omega": "1"}, machine={})
GREEN: dict[str, dict[str, Any]] = {
    "verify": {
        "verdict": "GO",
        "verdict_of_all": "GO",
        "is_quick": False,
        "comparisons": 100_000,
        "values_differing": 0,
        "rules_not_hit": 0,
        "faults": 4,
        "faults_survived": 0,
    },
    "drill": {"drills": 9, "failed": 0, "seconds_to_recover": 60.0},
    "performance": {"processes": 10, "ratio_low": 10.0, "false_alarms": 0.2, "peak_ratio": 1.5},
}
Records = list[Record]


def evidence(kind: str, number: int, stamp: Stamp = NOW, **changes: Any) -> Record:
    figures = {name: {**GREEN[kind], **changes} for name in BY_NAME}
    return Record(number=number, kind=kind, recorded_at="then", stamp=stamp, content={"figures": figures})


def all_green() -> Records:
    return [evidence(kind, number) for number, kind in enumerate(GREEN, start=1)]


@pytest.mark.rule("F-7")
def test_every_wave_is_a_go_on_green_evidence() -> None:
    waves = read_waves()
    assert sorted(waves) == [0, 1, 2, 3, 4, 5, 6]
    for number in waves:
        decision = decide(number, waves, all_green(), NOW)
        assert (decision.word, decision.against) == ("GO", ()), number


RED: dict[str, tuple[str, dict[str, Any], str]] = {
    "another word": ("verify", {"verdict": "NO-GO"}, "verify.verdict is NO-GO, must be is GO"),
    "another verdict": ("verify", {"verdict_of_all": "PARTIAL"}, "verify.verdict_of_all is PARTIAL"),
    "quick": ("verify", {"is_quick": True}, "verify.is_quick is True, must be is False"),
    "too little": ("verify", {"comparisons": 99_999}, "verify.comparisons is 99999, must be at least 100000"),
    "a difference": ("verify", {"values_differing": 1}, "verify.values_differing is 1, must be at most 0"),
    "a rule": ("verify", {"rules_not_hit": 1}, "verify.rules_not_hit is 1, must be at most 0"),
    "no faults": ("verify", {"faults": 3}, "verify.faults is 3, must be at least 4"),
    "a survivor": ("verify", {"faults_survived": 1}, "verify.faults_survived is 1, must be at most 0"),
    "not measured": ("verify", {"faults_survived": None}, "verify.faults_survived: not measured by record 4"),
    "another type": ("verify", {"comparisons": "many"}, "verify.comparisons is many, must be at least 100000"),
    "true is no number": ("verify", {"comparisons": True}, "verify.comparisons is True"),
    "not a number": ("verify", {"comparisons": float("nan")}, "verify.comparisons is nan"),
    "fewer drills": ("drill", {"drills": 7}, "drill.drills is 7, must be at least 8"),
    "a failed drill": ("drill", {"failed": 1}, "drill.failed is 1, must be at most 0"),
    "a long way back": ("drill", {"seconds_to_recover": 60.1}, "drill.seconds_to_recover is 60.1, must be at most 60"),
    "few processes": ("performance", {"processes": 9}, "performance.processes is 9, must be at least 10"),
    "slow": ("performance", {"ratio_low": 9.9}, "performance.ratio_low is 9.9, must be at least 10"),
    "unrest": (
        "performance",
        {"false_alarms": 0.21},
        "performance.false_alarms is 0.21, must be at most 0.2",
    ),
    "much memory": ("performance", {"peak_ratio": 1.6}, "performance.peak_ratio is 1.6, must be at most 1.5"),
}


@pytest.mark.rule("F-7")
@pytest.mark.parametrize("what", RED)
def test_each_kind_of_gate_turns_red(what: str) -> None:
    kind, changes, why = RED[what]
    decision = decide(3, read_waves(), [*all_green(), evidence(kind, 4, **changes)], NOW)
    assert decision.word == "NO-GO"
    assert any(f"event_engine: {why}" in reason for reason in decision.against), decision.against


STALE: dict[str, tuple[Callable[[Stamp], Stamp], str]] = {
    "of another commit": (
        lambda stamp: replace(stamp, commit="b" * 40),
        "stale: the last evidence is of commit bbbbbbbbbbbb",
    ),
    "dirty": (lambda stamp: replace(stamp, is_clean=False), "from a checkout with changes that are in no commit"),
    "of other sources": (lambda stamp: replace(stamp, sources="t"), "of other sources or versions"),
    "of other versions": (lambda stamp: replace(stamp, versions={"omega": "2"}), "of other sources or versions"),
}


@pytest.mark.rule("F-7")
@pytest.mark.parametrize("what", STALE)
@pytest.mark.parametrize("kind", GREEN)
def test_evidence_that_does_not_count(what: str, kind: str) -> None:
    change, why = STALE[what]
    decision = decide(3, read_waves(), [*all_green(), evidence(kind, 4, change(NOW))], NOW)
    assert decision.word == "NO-GO"
    assert all(why in reason for reason in decision.against)
    assert {one.gate.evidence for one in decision.gates if one.against} == {kind}


@pytest.mark.rule("F-7")
def test_a_checkout_that_is_not_its_commit_and_none_at_all() -> None:
    for now, why in ((replace(NOW, is_clean=False), "commit first"), (replace(NOW, commit=""), "no commit is known")):
        decision = decide(0, read_waves(), all_green(), now)
        assert decision.word == "NO-GO"
        assert all(why in reason for reason in decision.against)


@pytest.mark.rule("F-7")
def test_missing_evidence_of_each_kind() -> None:
    for kind in GREEN:
        records = [record for record in all_green() if record.kind != kind]
        decision = decide(3, read_waves(), records, NOW)
        assert f"event_engine: {kind}." in decision.against[0]
        assert decision.against[0].endswith("no evidence")


@pytest.mark.rule("F-7")
def test_what_a_wave_needs_has_to_be_green_too() -> None:
    red = evidence("drill", 4)
    red.content["figures"] = {"slippage_fee": {**GREEN["drill"], "failed": 1}}
    records = [*all_green(), red]
    assert decide(1, read_waves(), records, NOW).word == "GO"
    for number in (0, 2, 3, 4):
        decision = decide(number, read_waves(), records, NOW)
        assert decision.word == "NO-GO"
        assert any("slippage_fee: drill.failed is 1" in reason for reason in decision.against)
    assert "wave 0, which it needs: " in decide(4, read_waves(), records, NOW).against[0]


@pytest.mark.rule("F-7")
def test_who_signed_is_shown_for_this_commit_only() -> None:
    content = {"wave": 0, "role": "release manager", "name": "N. N.", "records": [1, 2], "figures": {}}
    signed = Record(number=4, kind="sign_off", recorded_at="then", stamp=NOW, content=content)
    other = replace(signed, number=5, stamp=replace(NOW, commit="b" * 40))
    decision = decide(0, read_waves(), [*all_green(), signed, other], NOW)
    assert decision.signed == ("release manager: N. N., then, on records 1, 2",)


@pytest.mark.rule("F-7")
def test_a_wave_that_there_is_not() -> None:
    with pytest.raises(OmegaError, match="no runbook of wave 7; there are 0, 1, 2, 3, 4, 5, 6") as caught:
        decide(7, read_waves(), [], NOW)
    assert caught.value.code is ErrorCode.OUT_OF_BOUNDS


HEAD = """---
wave: 0
components:
  - component: slippage_fee
    flag: OMEGA_USE_RUST_SLIPPAGE_FEE
    prerequisites: []
    gates:
      - {evidence: drill, figure: failed, at_most: 0}
rollback: {triggers: [one], steps: [one]}
owners: {decides: somebody}
---
"""


@pytest.mark.rule("F-7")
@pytest.mark.parametrize(
    ("text", "instead", "why"),
    [
        ("---\nwave", "wave", "does not begin with a head"),
        ("wave: 0", "wave: zero", "wave: Input should be a valid integer"),
        ("wave: 0", "wave: 1", "slippage_fee: wave, flag and prerequisites are not the registry's"),
        ("slippage_fee\n", "slippage\n", "slippage: wave, flag and prerequisites are not the registry's"),
        ("prerequisites: []", "prerequisites: [portfolio]", "prerequisites are not the registry's"),
        ("evidence: drill", "evidence: hearsay", "components.0.gates.0.evidence"),
        ("at_most: 0", "at_most: 0, at_least: 1", "exactly one of is, at_least and at_most"),
        ("at_most: 0", "most: 0", "components.0.gates.0"),
        (", figure: failed", "", "components.0.gates.0.figure: Field required"),
        ("owners: {decides: somebody}", "owners: {}", "owners"),
        ("wave: 0", "wave: [0", "while parsing"),
    ],
)
def test_a_head_that_is_not_what_it_must_be(text: str, instead: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "wave-0.md"
    path.write_text(HEAD, "utf-8")
    assert read_wave(path).owners == {"decides": "somebody"}
    assert HEAD.count(text) >= 1
    path.write_text(HEAD.replace(text, instead, 1), "utf-8")
    with pytest.raises(OmegaError) as caught:
        read_wave(path)
    assert (caught.value.code, caught.value.rule) == (ErrorCode.INVALID_FORMAT, "F-7")
    assert "wave-0.md: " in caught.value.message
    assert why in caught.value.message


def test_a_threshold_of_each_kind() -> None:
    assert Gate(evidence="drill", figure="f", is_="GO").holds("GO")
    assert not Gate(evidence="drill", figure="f", is_=False).holds(0)
    assert Gate(evidence="drill", figure="f", at_least=1).holds(1.0)
    assert not Gate(evidence="drill", figure="f", at_most=0).holds(1)
    assert not Gate(evidence="drill", figure="f", at_most=0).holds(None)
