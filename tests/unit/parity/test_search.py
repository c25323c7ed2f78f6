"""What a search has to reach, and how a session asks for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from omega_parity.plugin import EXAMPLES, SearchPlan, shortfalls

ROOT = Path(__file__).parents[3]
ENOUGH = {
    "sequences": 1_000,
    "bars": 100_000,
    "trades": 5_000,
    "median_accepted": 8,
    "share_without_fill": 0.099,
}


def test_enough_is_enough() -> None:
    assert shortfalls(dict(ENOUGH), 1_000) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sequences": 999}, "999 of 1,000 sequences ran"),
        ({"bars": 99_999}, "bars 99,999 < 100,000"),
        ({"trades": 4_999}, "trades 4,999 < 5,000"),
        ({"median_accepted": 7.5}, "median of accepted orders 7.5 < 8"),
        ({"share_without_fill": 0.1}, "10.0% without a fill, at most 10% may be"),
    ],
)
def test_a_search_that_proves_too_little_says_what(change: dict[str, float], words: str) -> None:
    assert shortfalls({**ENOUGH, **change}, 1_000) == [words]


def test_the_floors_grow_with_the_search() -> None:
    assert shortfalls({**ENOUGH, "sequences": 2_000}, 2_000) == ["bars 100,000 < 200,000", "trades 5,000 < 10,000"]


def test_a_small_search_need_not_reach_the_floors() -> None:
    assert shortfalls({**ENOUGH, "sequences": 20, "bars": 10}, 20) == []
    assert shortfalls({**ENOUGH, "sequences": 19}, 20) == ["19 of 20 sequences ran"]


def test_only_a_seeded_search_is_random() -> None:
    assert SearchPlan(profile="default", examples=1, seed=None).settings().derandomize
    assert not SearchPlan(profile="long", examples=1, seed=5).settings().derandomize
    assert str(SearchPlan(profile="long", examples=1, seed=5)) == "profile long, --parity-seed 5"
    assert EXAMPLES["default"] >= 1_000
    assert EXAMPLES["long"] >= 20_000


OPTIONS = """
from omega_parity.plugin import search_of

def test_it(request):
    plan = search_of(request.config)
    assert (plan.profile, plan.examples, plan.seed) == {expected}
"""


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), ("default", 1_000, None)),
        (("--parity-examples", "20"), ("default", 20, None)),
        (("--parity-profile", "ci"), ("ci", 3_000, None)),
        (("--parity-profile", "long", "--parity-seed", "9"), ("long", 20_000, 9)),
    ],
)
def test_the_options(tmp_path: Path, options: tuple[str, ...], expected: tuple[object, ...]) -> None:
    code, output = _session(tmp_path, OPTIONS.format(expected=expected), *options)
    assert code == pytest.ExitCode.OK, output


def test_a_count_must_be_positive(tmp_path: Path) -> None:
    code, _ = _session(tmp_path, "def test_it(): pass", "--parity-examples", "0")
    assert code == pytest.ExitCode.USAGE_ERROR


def _session(folder: Path, source: str, *options: str) -> tuple[int, str]:
    """Run one test file under the gates' own conftest, in a process of its own."""
    shutil.copy(ROOT / "parity" / "conftest.py", folder / "conftest.py")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "test_it.py").write_text(source, encoding="utf-8")
    paths = os.pathsep.join(str(ROOT / name) for name in ("bridge", "reference_py", "parity"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(folder)]
    environment = {**os.environ, "PYTHONPATH": paths}
    finished = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, check=False)
    return finished.returncode, finished.stdout
