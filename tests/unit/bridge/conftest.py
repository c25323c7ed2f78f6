"""Fixtures of the bridge's tests: flags as on a fresh machine, and a small market."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import omega
from omega.flags import sources as flags
from omega.serve import native
from omega.serve.planning import OmegaWarning, native_status
from omega_parity.selftest.probe import NativeProbe, native_probe, why_no_probe

SCENARIO_1 = {
    "enabled_scenarios": [1],
    "window_length": 20,
    "ema_length": 10,
    "z_score_long": -1.5,
    "z_score_short": 1.5,
}

SIGNAL = {
    "symbol": "EURUSD",
    "signal_type": "entry",
    "direction": "long",
    "order_type": "market",
    "stop_loss": 1.09,
    "take_profit": 1.102,
}
CONFIG = {"symbol": "EURUSD", "timeframe": "M5", "costs": {"fee": {"per_million": 30.0}}}


@pytest.fixture(autouse=True)
def _fresh_flags(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No flag is set from outside, and none leaks out; a stale native module is the business of other tests."""
    for variable in [name for name in os.environ if name.startswith("OMEGA_USE_RUST_")]:
        monkeypatch.delenv(variable)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OmegaWarning)
        yield
    for name in flags.read_flags(environment={}):
        flags.set_feature_flag(name, None)


@pytest.fixture(params=["python", "rust"])
def backend(request: pytest.FixtureRequest) -> str:
    """Each side in turn; without a usable native module only the reference."""
    side: str = request.param
    if side == "rust" and not native_status().is_usable:
        pytest.skip(f"native module: {native_status().why}")
    return side


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where cases are kept that both sides do not agree on, or that Rust fails with."""
    folder = tmp_path / "cases"
    monkeypatch.setenv("OMEGA_CASES", str(folder))
    return folder


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> NativeProbe:
    """The module that fails when asked to, in the place of ``omega_rust``."""
    found = native_probe()
    assert found is not None, why_no_probe()
    monkeypatch.setattr(native, "_native", lambda: found.module)
    return found


@pytest.fixture(scope="session")
def sample() -> omega.Bars:
    return omega.sample_bars(600, backend="python")


@pytest.fixture
def config() -> dict[str, Any]:
    """A strategy run that trades on 600 bars of the sample."""
    return {
        "symbol": "EURUSD",
        "timeframe": "M5",
        "max_positions_per_symbol": 1,
        "costs": {"fee": {"per_million": 30.0}},
        "strategy": {"parameters": SCENARIO_1},
    }


@pytest.fixture
def parquet(tmp_path: Path, sample: omega.Bars) -> Path:
    path = tmp_path / "bars.parquet"
    pq.write_table(sample.table, path)
    return path


def changed(table: pa.Table, column: str, row: int, value: object) -> pa.Table:
    """Return ``table`` with one cell replaced; its schema then allows nulls."""
    values = table.column(column).to_pylist()
    values[row] = value
    position = table.column_names.index(column)
    return table.set_column(position, column, pa.array(values, table.schema.field(column).type))


def signals(bars: omega.Bars) -> list[dict[str, Any]]:
    """Two entries that fill, the second with all text fields; one that is refused in between."""
    return [
        {"timestamp": int(bars.times[10]), **SIGNAL},
        {"timestamp": int(bars.times[20]), **SIGNAL, "stop_loss": 2.0},
        {
            "timestamp": int(bars.times[30]),
            **SIGNAL,
            "max_holding": 1_800_000_000,
            "scenario": "morning",
            "tags": ["a", "b"],
            "metadata": {"source": "desk"},
        },
    ]


@pytest.fixture
def result(sample: omega.Bars, backend: str) -> omega.Result:
    return omega.run_signals(sample, signals(sample), {**CONFIG, "close_at_end": True}, backend=backend)
