"""The golden flow of a changed rule: seen, accepted with a reason, readable in git; all or nothing; no stale prose."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from omega.contract.errors import OmegaError
from omega_parity.cli.golden import app
from omega_parity.drive.observe import Side
from omega_parity.drive.sides import reference_side
from omega_parity.golden.case import GOLDEN_FOLDER
from omega_parity.golden.check import check
from omega_parity.golden.update import accept, update

from .test_golden import CASE, LONG, Disturbed, change_expected, edit, folder, not_in_ci, problems

__all__ = ["folder", "not_in_ci"]  # fixtures


MANY = (LONG, "event_engine/sample-signals-canonical")


def test_the_whole_flow_of_a_changed_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both sides charge another fee: the differences are seen, accepted with a reason, and git shows them as events."""
    golden = tmp_path / "golden"
    for name in MANY:
        shutil.copytree(GOLDEN_FOLDER / name, golden / name)
    (tmp_path / ".gitattributes").write_text("*.parquet diff=omega-golden\n*.chain diff=omega-golden\n")
    textconv = f"{Path(sys.executable).with_name('omega')} golden text"
    _git(tmp_path, "init", "-q")
    _git(tmp_path, "config", "diff.omega-golden.textconv", textconv)
    _git(tmp_path, "add", ".")
    _git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "before")
    changed = Side(label="reference", engine=Disturbed(fee=1.0))
    monkeypatch.setattr("omega_parity.drive.sides.reference_side", lambda: changed)

    def run(*words: str, answers: str = "") -> tuple[int, str]:
        result = CliRunner().invoke(app, [*words, "--folder", str(golden)], input=answers, catch_exceptions=False)
        return result.exit_code, result.output

    code, said = run("update", "--reason", "C-2 charges one more")
    assert code == 1
    assert all(name in said for name in MANY), said
    assert re.search(r"-1 .* opened order_id 1 .*fee 0\.\d+", said)
    assert re.search(r"\+1 .* opened order_id 1 .*fee 1\.\d+", said)
    assert problems(golden, changed).count("events.fee of row 1: expected") == 2, "a leftover hides nothing"
    code, said = run("review", answers="y\nn\n")
    assert (code, said.splitlines()[-1]) == (1, "1 of 2 accepted")
    assert run("accept", "--all")[0] == 0
    assert check(golden, (changed,)).is_green
    meta = json.loads((golden / LONG / "meta.json").read_text())
    before = json.loads((GOLDEN_FOLDER / LONG / "meta.json").read_text())
    assert (meta["reason"], meta["history"][-1]) == ("C-2 charges one more", before["reason"])
    shown = _git(tmp_path, "diff", "--", f"golden/{LONG}")
    assert "Binary files" not in shown
    assert re.search(r"\+1 .* opened order_id 1 .*fee 1\.\d+", shown)


def _git(folder: Path, *words: str) -> str:
    finished = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return finished.stdout


def test_update_is_all_or_nothing(folder: Path) -> None:
    shutil.copytree(GOLDEN_FOLDER / "execution_simulator/e7-tie-v1", folder / "execution_simulator/e7-tie-v1")
    change_expected(folder)
    edit(folder / "execution_simulator/e7-tie-v1" / "case.toml", '"closed:stop_loss"', '"expired"')
    with pytest.raises(OmegaError, match=r"e7-tie-v1 is refused: no event 'expired'(.|\n)*nothing was written"):
        update(folder, reference_side(), "why not")
    assert not list(folder.rglob("observed.*"))


def test_a_stale_calculation_is_red_and_not_accepted(folder: Path) -> None:
    path = folder / CASE / "case.toml"
    edit(path, "(1.1060 - 1.1001) * 100000 = 590.", "(1.1060 - 1.1001) * 100000 = 580.")
    stale = "the calculation in case.toml does not show the result 590."
    assert stale in problems(folder)
    update(folder, reference_side(), "why not")
    with pytest.raises(OmegaError, match=stale):
        accept(folder, reference_side(), [CASE])
