"""`omega go-no-go` and `omega sign-off` over evidence that is green, red or not there (F-7)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from omega.flags.registry import BY_NAME
from omega_parity.control import stamp as stamping
from omega_parity.control.evidence import add, read
from omega_parity.control.stamp import Stamp

from .conftest import Omega

NOW = Stamp(commit="c" * 40, is_clean=True, sources="s", versions={}, machine={})
VERIFY = {"verdict": "GO", "verdict_of_all": "GO", "is_quick": False, "comparisons": 200_000, "values_differing": 0}
FIGURES: dict[str, dict[str, Any]] = {
    "verify": {**VERIFY, "rules_not_hit": 0, "faults": 9, "faults_survived": 0},
    "drill": {"drills": 9, "failed": 0, "seconds_to_recover": 1.5},
    "bench": {"smallest_ratio": 50.0},
}


def measure(kind: str, *, without: str = "", **changes: Any) -> int:
    return add(kind, {"figures": {name: {**FIGURES[kind], **changes} for name in BY_NAME if name != without}}, NOW)


@pytest.fixture(autouse=True)
def _evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMEGA_EVIDENCE", str(tmp_path / "evidence.sqlite"))
    monkeypatch.setattr(stamping, "stamp", lambda: NOW)


@pytest.mark.rule("F-7")
def test_nothing_measured_is_a_no_go(omega_command: Omega) -> None:
    answer = omega_command("go-no-go", "--wave", "0")
    assert answer.code == 1
    assert answer.out.splitlines()[0] == f"wave 0: NO-GO, commit {'c' * 12}"
    assert "  against: slippage_fee: verify.verdict: no evidence" in answer.out.splitlines()
    assert omega_command("go-no-go", "--quiet").out == ""


@pytest.mark.rule("F-7")
def test_green_then_signed_then_red(omega_command: Omega) -> None:
    for kind in FIGURES:
        measure(kind)
    answer = omega_command("go-no-go", "--wave", "4")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[0] == f"wave 4: GO, commit {'c' * 12}"
    assert "  green strategy: bench.smallest_ratio 50.0 (at least 10)" in answer.out.splitlines()
    signed = omega_command("sign-off", "--wave", "4", "--role", "release manager", "--name", "N. N.")
    assert (signed.code, signed.out) == (0, "signed as record 4, on records [1, 2, 3]\n")
    document = json.loads(omega_command("go-no-go", "--wave", "4", "--json").out)
    assert document["verdict"] == "GO"
    assert document["waves"][0]["signed"][0].startswith("release manager: N. N., ")
    measure("drill", failed=1)
    document = json.loads(omega_command("go-no-go", "--wave", "4", "--json").out)
    assert (document["verdict"], document["waves"][0]["verdict"]) == ("NO-GO", "NO-GO")
    assert "strategy: drill.failed is 1, must be at most 0 (record 5)" in document["waves"][0]["against"]


@pytest.mark.rule("F-7")
def test_all_waves_are_no_go_while_one_has_no_evidence(omega_command: Omega) -> None:
    for kind in FIGURES:
        measure(kind, without="multi_symbol")
    answer = omega_command("go-no-go")
    assert answer.code == 1
    heads = [line for line in answer.out.splitlines() if line.startswith("wave ")]
    assert [line.split(",")[0] for line in heads] == [*(f"wave {n}: GO" for n in range(6)), "wave 6: NO-GO"]
    for kind in FIGURES:
        measure(kind)
    assert omega_command("go-no-go").code == 0


@pytest.mark.rule("F-7")
def test_nobody_signs_a_no_go_or_in_a_role_that_there_is_not(omega_command: Omega) -> None:
    refused = omega_command("sign-off", "--wave", "0", "--role", "release manager", "--name", "N. N.")
    assert (refused.code, refused.out.splitlines()[0]) == (1, "not signed:")
    for role, name in (("nobody", "N. N."), ("release manager", " ")):
        answer = omega_command("sign-off", "--wave", "0", "--role", role, "--name", name)
        assert answer.code == 2
        assert "role is one of on-call engineer, release manager; name is not empty" in answer.err
    assert read() == []


@pytest.mark.rule("F-7")
@pytest.mark.parametrize("wave", ["7", "-1", "one", ""])
def test_a_wave_that_there_is_not(wave: str, omega_command: Omega) -> None:
    answer = omega_command("go-no-go", "--wave", wave)
    assert answer.code == 2
    assert "wave" in answer.err


@pytest.mark.rule("F-7")
def test_a_wave_without_drills(omega_command: Omega) -> None:
    answer = omega_command("drill", "--wave", "7")
    assert answer.code == 2
    assert "wave 7 has nothing to drill; there are 0, 1, 2, 3, 4, 5, 6" in answer.err
