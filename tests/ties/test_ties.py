"""No tie on the grid is decided otherwise than exact arithmetic decides it (N-8, S-4).

``OMEGA_TIES_CASES=1000000 pytest tests/ties`` runs more, per experiment, instrument and side.
"""

from __future__ import annotations

import os

import pytest
from tests.ties.market import SYMBOLS
from tests.ties.ties import EXPERIMENTS, count_wrong

CASES = int(os.environ.get("OMEGA_TIES_CASES", "600"))
CHUNK = min(CASES, 10_000) if CASES > 600 else 150
"""Orders of one run, which have step, risk, buffer and slippage in common."""


@pytest.mark.rule("N-8", "Q-N8", "S-4", "Q-S4", "Q-C1", "E-1", "E-3", "E-6", "Q-E6", "P-1")
@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("experiment", EXPERIMENTS)
@pytest.mark.parametrize("backend", ["python", "rust"])
def test_no_tie_is_decided_by_rounding(experiment: str, symbol: str, backend: str) -> None:
    assert count_wrong(experiment, symbol, CASES, seed=10, backend=backend, chunk=CHUNK) == 0


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_an_experiment_notices_prices_off_the_grid(experiment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omega_reference.execution.entries.signal_on_grid", lambda rules, signal: signal)
    for name in ("entries", "closing", "pending", "fills", "limits"):
        monkeypatch.setattr(f"omega_reference.execution.{name}.grid_price", lambda grid, price: price)
    for name in ("execution.hits", "execution.refusals", "sizing"):
        monkeypatch.setattr(f"omega_reference.{name}.grid_distance", lambda grid, distance: distance)
    monkeypatch.setattr("omega_reference.sizing.forgiven", lambda raw, *_: raw)
    assert count_wrong(experiment, "EURUSD", CASES, seed=10, backend="python", chunk=CHUNK) > 0
