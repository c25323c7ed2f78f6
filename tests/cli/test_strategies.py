"""``omega lookahead`` and ``omega warm-up``, on strategies of one's own and built-in ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Omega

STRATEGIES = """
import numpy as np
from omega import Indicator, Strategy, orders

class Crossover(Strategy):
    def indicators(self):
        return {"fast": Indicator("ema", period=10), "slow": Indicator("ema", period=30)}

    def evaluate(self, bars, positions, equity):
        fast, slow = bars["fast"], bars["slow"]
        if len(bars) < 2 or not (fast[-2] - slow[-2]) * (fast[-1] - slow[-1]) < 0.0:
            return []
        if fast[-1] < slow[-1]:
            return [orders.close(one) for one in positions]
        return [orders.market("long", stop_loss=bars.bid_close[-1] - 0.002)]

class Centered(Crossover):
    def indicators(self):
        return {**super().indicators(), "fast": lambda bars: np.convolve(bars.bid_close, np.ones(5) / 5.0, "same")}
"""


def written(folder: Path, section: str) -> Path:
    (folder / "mine.py").write_text(STRATEGIES, encoding="utf-8")
    text = f"symbol: EURUSD\nmax_positions_per_symbol: 1\ndata: {{sample: {{n: 3000}}}}\nstrategy: {section}\n"
    path = folder / "run.yaml"
    path.write_text(text, encoding="utf-8")
    return path


BUILT_IN = "{parameters: {enabled_scenarios: [1, 2]}}"


@pytest.mark.rule("Q-G3c")
@pytest.mark.parametrize("section", ["{module: mine.py, class: Crossover}", BUILT_IN])
def test_what_looks_back_only_is_clean(omega_command: Omega, tmp_path: Path, section: str) -> None:
    answer = omega_command("lookahead", written(tmp_path, section), "--cuts", "6")
    assert answer.code == 0, answer.err
    assert answer.out.startswith("no look-ahead: 6 cuts of 3,000 bars")


@pytest.mark.rule("Q-G3c")
def test_what_peeks_is_named(omega_command: Omega, tmp_path: Path) -> None:
    path = written(tmp_path, "{module: mine.py, class: Centered}")
    answer = omega_command("lookahead", path, "--at", "700", "--at", "500")
    assert answer.code == 1
    assert answer.out.startswith("looked ahead: indicator 'fast' of bar 499, 2020-01-07T17:35:00+00:00, is 1.1059 with")
    facts = json.loads(omega_command("lookahead", path, "--at", "700", "--json").out)
    assert (facts["cuts"], facts["peek"]["row"], facts["peek"]["what"]) == ([700], 699, "indicator 'fast'")


@pytest.mark.rule("Q-G4")
@pytest.mark.parametrize("section", ["{module: mine.py, class: Crossover}", BUILT_IN])
def test_warm_up_says_what_suffices(omega_command: Omega, tmp_path: Path, section: str) -> None:
    path = written(tmp_path, section)
    answer = omega_command("warm-up", path, "--later", "100", "--later", "1000")
    assert answer.code == 0, answer.err
    assert "1,000 bars later:" in answer.out
    facts = json.loads(omega_command("warm-up", path, "--json").out)
    assert [one["left_out"] for one in facts["later"]] == [100, 200, 500, 1000]
    assert facts["sufficient"] == max(one["settled_after"] for one in facts["later"]) > 0


@pytest.mark.parametrize(
    "words", [("lookahead", "--at", "2999"), ("lookahead", "--cuts", "0"), ("warm-up", "--later", "3000")]
)
def test_wrong_rows_are_refused(omega_command: Omega, tmp_path: Path, words: tuple[str, ...]) -> None:
    answer = omega_command(words[0], written(tmp_path, BUILT_IN), *words[1:])
    assert answer.code == 2
    assert "Traceback" not in answer.err
