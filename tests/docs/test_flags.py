"""The runbook of the flags: what it says of bisecting is done as it stands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

RUNBOOK = Path(__file__).parents[2] / "runbooks" / "flags.md"
RUN = """symbol: EURUSD
seed: {seed}
max_positions_per_symbol: 1
data: {{sample: {{n: 600}}}}
costs: {{fee: {{per_million: {fee}}}}}
strategy:
  parameters: {{enabled_scenarios: [1], window_length: 20, ema_length: 10, z_score_long: -1.5}}
"""


def test_which_option(tmp_path: Path) -> None:
    for name, seed, fee in (("monday", 1, 30.0), ("tuesday", 2, 31.0)):
        (tmp_path / f"{name}.yaml").write_text(RUN.format(seed=seed, fee=fee), "utf-8")
    section = RUNBOOK.read_text("utf-8").split("## Which option, or which commit\n")[1]
    options, commits = re.findall(r"^```\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    answers = []
    for line in options.splitlines():
        words = [sys.executable, "-m", *shlex.split(line)]
        answers.append(subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False))
    assert [answer.returncode for answer in answers] == [0, 0, 1], [answer.stderr for answer in answers]
    said = answers[-1].stdout.splitlines()
    assert said[0] == "costs.fee.per_million: 30.0 in A, 31.0 in B"
    assert said[-1] == "first parts with costs.fee.per_million; 2 options differ, 3 runs"
    # That no tag of that name is here is all that is wrong with the other.
    words = [sys.executable, "-m", *shlex.split(commits)]
    refused = subprocess.run(words, cwd=RUNBOOK.parent, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "git rev-parse: fatal: Needed a single revision" in refused.stderr
