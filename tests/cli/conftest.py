"""The command line in this process."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from omega.cli import main
from omega.serve.planning import _warned, native_status


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str


Omega = Callable[..., Answer]


@pytest.fixture(autouse=True)
def _fresh_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("OMEGA_USE_RUST_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("COLUMNS", "100")
    if native_status().is_alarming:
        _warned.add(native_status().why)


@pytest.fixture
def omega_command(capfd: pytest.CaptureFixture[str]) -> Omega:
    def run(*words: str | Path) -> Answer:
        code = 0
        try:
            main([str(word) for word in words])
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capfd.readouterr()
        return Answer(code, out, err)

    return run


@pytest.fixture
def strategy_file(tmp_path: Path) -> Path:
    """A run that trades on 600 bars of the sample."""
    path = tmp_path / "strategy.yaml"
    path.write_text(
        "symbol: EURUSD\nmax_positions_per_symbol: 1\ndata: {sample: {n: 600}}\nstrategy:\n"
        "  parameters: {enabled_scenarios: [1], window_length: 20, ema_length: 10, z_score_long: -1.5}\n"
    )
    return path
