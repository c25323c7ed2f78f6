"""`omega go-no-go` and `omega sign-off` over evidence that is green, red or not there (F-7)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from omega.flags.registry import BY_NAME
from omega.serve import approvals
from omega.serve.evidence import Stamp, add, read
from omega_parity.control import performance
from omega_parity.control import stamp as stamping

from .conftest import Omega

NOW = Stamp(commit="c" * 40, is_clean=True, sources="s", versions={}, machine={})
VERIFY = {"verdict": "GO", "verdict_of_all": "GO", "is_quick": False, "comparisons": 200_000, "values_differing": 0}
FIGURES: dict[str, dict[str, Any]] = {
    "verify": {**VERIFY, "rules_not_hit": 0, "faults": 9, "faults_survived": 0},
    "drill": {"drills": 9, "failed": 0, "seconds_to_recover": 1.5},
    "performance": {"processes": 10, "ratio_low": 50.0, "false_alarms": 0.05, "peak_ratio": 1.0},
}


def measure(kind: str, *, without: str = "", **changes: Any) -> int:
    return add(kind, {"figures": {name: {**FIGURES[kind], **changes} for name in BY_NAME if name != without}}, NOW)


@pytest.fixture(autouse=True)
def _evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
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
    assert "  green strategy: performance.ratio_low 50.0 (at least 10)" in answer.out.splitlines()
    signed = omega_command("sign-off", "--wave", "4", "--role", "release manager", "--name", "N. N.")
    assert (signed.code, signed.out) == (0, "signed as record 5, on records [1, 2, 3]\n")
    document = json.loads(omega_command("go-no-go", "--wave", "4", "--json").out)
    assert document["verdict"] == "GO"
    assert document["waves"][0]["signed"][0].startswith("release manager: N. N., ")
    measure("drill", failed=1)
    document = json.loads(omega_command("go-no-go", "--wave", "4", "--json").out)
    assert (document["verdict"], document["waves"][0]["verdict"]) == ("NO-GO", "NO-GO")
    assert "strategy: drill.failed is 1, must be at most 0 (record 6)" in document["waves"][0]["against"]


@pytest.mark.rule("F-7")
def test_the_answer_as_page_markdown_and_json(
    omega_command: Omega, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    for kind in FIGURES:
        measure(kind)
    measure("drill", failed=1, without="strategy")
    out = tmp_path / "deep" / "out"
    answer = omega_command("go-no-go", "--out", str(out))
    assert (answer.code, answer.out.splitlines()[-1]) == (1, f"report: {out / 'go-no-go.html'}")
    shown = json.loads(omega_command("go-no-go", "--out", str(out), "--json").out)
    kept = json.loads((out / "go-no-go.json").read_text("utf-8"))
    assert shown == {**kept, "report": str(out / "go-no-go.html")}
    assert (kept["verdict"], len(kept["waves"])) == ("NO-GO", 7)
    text = (out / "go-no-go.md").read_text("utf-8")
    assert text.startswith("# Omega go or no-go: NO-GO\n")
    assert "| strategy | performance.ratio\\_low | green | 50.0 | at least 10 | 3 |" in text
    assert "- against: slippage\\_fee: drill.failed is 1, must be at most 0 (record 4)" in text
    page = (out / "go-no-go.html").read_text("utf-8")
    assert page.count('<li class="is-no">') == 7
    assert "slippage_fee: drill.failed is 1, must be at most 0 (record 4)" in page
    assert sorted(path.name for path in out.iterdir()) == ["go-no-go.html", "go-no-go.json", "go-no-go.md"]


@pytest.mark.rule("F-7")
def test_a_page_that_cannot_be_written(omega_command: Omega, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    answer = omega_command("go-no-go", "--out", str(tmp_path / "file"))
    assert answer.code == 2
    assert str(tmp_path / "file") in answer.err


@pytest.mark.parametrize("package", ["jinja2", "markupsafe"])
def test_a_package_of_the_extra_that_is_missing(package: str, tmp_path: Path) -> None:
    script = f"import sys; sys.modules[{package!r}] = None; from omega.cli import main; main(['go-no-go'])"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    said = f"this command needs {package}; get it with: pip install 'omega-parity[parity]'\n"
    assert (done.returncode, done.stderr) == (3, said)


def serving(omega_command: Omega) -> dict[str, str]:
    flags = json.loads(omega_command("flags", "--json").out)["flags"]
    return {one["component"]: one["backend"] for one in flags}


@pytest.mark.rule("F-8")
def test_a_go_lets_auto_serve_rust_and_a_no_go_takes_it_back(omega_command: Omega) -> None:
    assert set(serving(omega_command).values()) == {"python"}
    for kind in FIGURES:
        measure(kind)
    omega_command("go-no-go", "--wave", "0")
    assert {name for name, side in serving(omega_command).items() if side == "rust"} == {"slippage_fee"}
    omega_command("go-no-go")
    assert set(serving(omega_command).values()) == {"rust"}
    count = len(read())
    omega_command("go-no-go")
    assert len(read()) == count
    measure("verify", values_differing=1)
    omega_command("go-no-go", "--wave", "0")
    assert serving(omega_command)["slippage_fee"] == "python"
    last = read()[-1]
    assert (last.kind, last.content["verdict"], last.content["components"]) == ("go_no_go", "NO-GO", ["slippage_fee"])


@pytest.mark.rule("F-8")
def test_a_no_go_where_there_was_no_go_writes_nothing(omega_command: Omega) -> None:
    omega_command("go-no-go")
    assert read() == []


@pytest.mark.rule("F-8")
def test_what_a_release_carries(omega_command: Omega, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    carried = tmp_path / "go.json"
    monkeypatch.setattr(approvals, "CARRIED", carried)
    assert omega_command("go-no-go", "--carry").code == 1
    assert not carried.exists()
    refused = omega_command("go-no-go", "--wave", "0", "--carry")
    assert (refused.code, "a release carries all waves or none" in refused.err) == (2, True)
    for kind in FIGURES:
        measure(kind)
    assert omega_command("go-no-go", "--carry").code == 0
    # Somewhere else, where nobody measured anything.
    monkeypatch.setenv("OMEGA_EVIDENCE", str(tmp_path / "nothing.sqlite"))
    assert set(serving(omega_command).values()) == {"rust"}
    approvals._known.cache_clear()


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


@pytest.mark.rule("F-7")
def test_performance_is_written_down(omega_command: Omega, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = {"strategy run": 1.0, "signals run": 1.0}
    monkeypatch.setattr(performance, "_process", lambda _: {"seconds": seconds, "peak_bytes": 1})
    answer = omega_command("performance")
    assert answer.code == 0
    line = "strategy: 1.0x, 95 % in 1.0 … 1.0, false alarms 0%, peak memory 1.00 of the reference's"
    assert line in answer.out.splitlines()
    assert [record.kind for record in read()] == ["performance"]
    assert read()[0].content["figures"]["execution_simulator"]["processes"] == 10
    assert omega_command("performance", "--processes", "9").code == 2
