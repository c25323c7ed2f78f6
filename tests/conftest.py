"""Cases small enough to calculate by hand: an index whose every number is exact in binary.

One lot is worth 10 per point (``value_per_price``), the spread is 1 point, so a risk of 100 over a stop
10 points away is exactly one lot.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pytest

from omega.config import load_config, resolve
from omega.contract.protocols import RunOutput
from omega.contract.schemas import BARS, SIGNALS
from omega.contract.types import EngineConfig, Instrument
from omega.flags.registry import BY_NAME
from omega.serve.approvals import KIND, record_of
from omega.serve.evidence import VARIABLE, Stamp, add
from omega_reference.engine import Engine

MINUTE_US = 60_000_000
START_US = 1_704_067_200_000_000
"""Monday 2024-01-01 00:00 UTC."""
SPREAD = 1.0

INDEX = Instrument(
    symbol="INDEX",
    pip_size=1.0,
    tick_size=0.5,
    tick_value=5.0,
    contract_size=10.0,
    volume_min=0.25,
    volume_step=0.25,
    volume_max=64.0,
    base_currency="USD",
    quote_currency="USD",
    profit_currency="USD",
    digits=2,
    min_stop_distance_pips=2.0,
)

CONFIG = replace(
    resolve(load_config({"symbol": "EURUSD", "timeframe": "M1", "pip_buffer_factor": 0.5})),
    symbol="INDEX",
    seed=7,
    instrument=INDEX,
)

MakeConfig = Callable[..., EngineConfig]
MakeTable = Callable[..., pa.Table]
Row = dict[str, Any]


def time_of(bar: float) -> int:
    """Return the time of a bar counted from 0, µs."""
    return START_US + int(bar * MINUTE_US)


LISTED_SKIPS: Final[dict[str, str]] = {}
"""Tests that may be skipped in CI, by node id, and why: none today."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure in CI, where everything is there that a test can need."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole module into a failure in CI."""
    report = yield
    _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("CI") == "true" and report.skipped and report.nodeid not in LISTED_SKIPS:
        report.outcome = "failed"
        report.longrepr = f"a skip in CI is a failure unless LISTED_SKIPS gives its reason: {report.longrepr}"


@pytest.fixture(autouse=True, scope="session")
def go_record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Evidence of these sources in which every component is a GO (F-8), for processes that a test begins too."""
    path = tmp_path_factory.mktemp("evidence") / "evidence.sqlite"
    here = Stamp(commit="", is_clean=False, sources="", versions={}, machine={})
    add(KIND, record_of(0, "GO", BY_NAME, ()), here, path)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(VARIABLE, str(path))
        yield path


@pytest.fixture(scope="session")
def make_config() -> MakeConfig:
    """Build a configuration; ``spec`` changes fields of the index."""

    def make(*, spec: dict[str, Any] | None = None, **changes: Any) -> EngineConfig:
        instrument = replace(INDEX, **spec) if spec else INDEX
        return replace(CONFIG, **{"instrument": instrument, **changes})

    return make


@pytest.fixture(scope="session")
def make_bars() -> MakeTable:
    """Build one-minute bars from (open, high, low, close) of the bid; the ask is one point above."""

    def make(quotes: Sequence[tuple[float, float, float, float]], first_bar: int = 0) -> pa.Table:
        columns: list[list[Any]] = [[time_of(first_bar + row) for row in range(len(quotes))]]
        for offset in (0.0, SPREAD):
            columns += [[quote[part] + offset for quote in quotes] for part in range(4)]
        columns.append([1.0] * len(quotes))
        return pa.table(columns, schema=BARS)

    return make


def signal_row(bar: float = 0, **fields: Any) -> Row:
    """Return a long market order at a bar, changed by ``fields``."""
    row: Row = dict.fromkeys(SIGNALS.names)
    row |= {"timestamp": time_of(bar), "symbol": "INDEX", "signal_type": "entry", "magic_number": 0}
    row |= {"direction": "long", "order_type": "market", "stop_loss": 91.0}
    return row | fields


@pytest.fixture(scope="session")
def make_signals() -> MakeTable:
    """Build a signal table from keyword rows; see :func:`signal_row`."""

    def make(*rows: Row) -> pa.Table:
        return pa.Table.from_pylist([signal_row(**row) for row in rows], schema=SIGNALS)

    return make


Run = Callable[..., tuple[RunOutput, list[Row]]]

ALIKE: Final = ["timestamp", "known_at", "symbol", "direction", "order_type"]
"""Columns of an event that say when it was and whose."""


@pytest.fixture(scope="session")
def run(make_config: MakeConfig, make_bars: MakeTable, make_signals: MakeTable) -> Run:
    """Run signals over quotes; return the output and its events, without unset fields and :data:`ALIKE`."""

    def run_case(
        quotes: Sequence[tuple[float, float, float, float]], signals: Sequence[Row], **changes: Any
    ) -> tuple[RunOutput, list[Row]]:
        output = Engine().run(make_bars(quotes), make_signals(*signals), make_config(**changes))
        rows = output.events.drop_columns(ALIKE).to_pylist()
        return output, [{name: field for name, field in row.items() if field is not None} for row in rows]

    return run_case
