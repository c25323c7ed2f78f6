"""In CI nothing is passed over in silence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[2] / "conftest.py"
SKIPPED = "import pytest\n\n@pytest.mark.skip(reason='not today')\ndef test_it(): pass\n"
WHOLE_MODULE = "import pytest\n\npytest.skip('not today', allow_module_level=True)\n"


@pytest.mark.parametrize("source", [SKIPPED, WHOLE_MODULE])
@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_a_skip_in_ci_is_a_failure(tmp_path: Path, source: str, ci: str, code: int) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST.read_text("utf-8"), "utf-8")
    (tmp_path / "test_it.py").write_text(source + "\n", "utf-8")
    (tmp_path / "test_other.py").write_text("def test_other(): pass\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-ra", "--rootdir", str(tmp_path), str(tmp_path)],
        env={**os.environ, "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode > 0) is (code > 0), done.stdout
    assert ("a skip in CI is a failure" in done.stdout) is (code > 0)
    assert "not today" in done.stdout
