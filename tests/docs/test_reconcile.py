"""The runbook of a broker's fills: its command is run as it stands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import omega

RUNBOOK = Path(__file__).parents[2] / "runbooks" / "reconcile.md"


def test_a_broker_who_filled_a_minute_later(tmp_path: Path) -> None:
    config = {
        "data": {"sample": {"n": 600}},
        "strategy": {"parameters": {"enabled_scenarios": [1], "window_length": 20, "z_score_long": -1.5}},
    }
    result = omega.run_backtest({"symbol": "EURUSD", "max_positions_per_symbol": 1, **config}, backend="python")
    result.save(tmp_path / "june")
    sides = {("opened", "long"): "buy", ("closed", "long"): "sell"}
    sides |= {("opened", "short"): "sell", ("closed", "short"): "buy"}
    rows = [row for row in result.events.to_pylist() if (row["kind"], row["direction"]) in sides]
    assert len(rows) > 10
    lines = [
        f"{row['timestamp'].isoformat()},{sides[row['kind'], row['direction']]},{row['size']!r},{row['price']!r}"
        for row in rows
    ]
    text = "\n".join(["timestamp,side,size,price", *lines]) + "\n"
    (tmp_path / "broker.csv").write_text(re.sub(r":00\+00:00", ":59+00:00", text), "utf-8")
    (command,) = re.findall(r"^```\n(.*?)^```", RUNBOOK.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    words = [sys.executable, "-m", *shlex.split(command)]
    answer = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, ""), answer.stdout
    assert answer.stdout.splitlines()[0] == f"all matched: {len(rows)} fills"
    assert "seconds later: 59, at most 59" in answer.stdout.splitlines()
    assert (tmp_path / "omega-report" / "reconcile.html").is_file()
