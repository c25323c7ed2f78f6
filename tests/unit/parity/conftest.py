"""Small runs made by hand, engines that return them, and ways to disturb them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import xxhash

from omega.contract import schemas
from omega.contract.protocols import OnProgress, RunOutput
from omega.contract.types import EngineConfig
from omega_parity.drive.observe import Side
from omega_parity.gates import examine
from omega_parity.gates.self_test import Findings
from omega_parity.generate.cases import Case, Floors, Market, base_config, mean_reversion
from omega_parity.generate.markets import builtin_instrument
from omega_parity.selftest.probe import KillReport

ROOT = Path(__file__).parents[3]
STEP = 300_000_000
START = 1_600_000_000_000_000
BARS = 60


def make_bars(n: int = BARS) -> pa.Table:
    columns: dict[str, list[Any]] = {"timestamp": [START + row * STEP for row in range(n)]}
    for side, spread in (("bid", 0.0), ("ask", 0.0001)):
        for name, offset in (("open", 0.0), ("high", 0.0005), ("low", -0.0005), ("close", 0.0002)):
            columns[f"{side}_{name}"] = [1.1 + row * 0.0001 + offset + spread for row in range(n)]
    columns["volume"] = [1.0] * n
    return pa.table(columns, schema=schemas.BARS)


def toy_run(bars: pa.Table, *, exit_price: float = 1.105, pending_price: float = 1.2) -> RunOutput:
    """A run whose order 1 opens in bar 10 and closes in bar 20, and whose order 2 is pending from bar 30 on.

    The digest covers time, cash, events and the pending price, so that a change shows from its bar on.
    """
    times: list[Any] = bars.column("timestamp").cast(pa.int64()).to_pylist()
    result = (exit_price - 1.1) * 100_000.0
    events = [row for row in _events(times, exit_price, pending_price, result) if row["timestamp"] in times]
    cash = [10_000.0 + (result if row >= 20 else 0.0) for row in range(len(times))]
    equity = {"timestamp": times, "known_at": [time + STEP for time in times], "cash": cash, "equity": cash}
    chain: Any = pa.array(_chain(times, cash, events, pending_price), schemas.CHAIN)
    return RunOutput(
        trades=pa.Table.from_pylist([_trade(times, exit_price, result)] if len(times) > 20 else [], schemas.TRADES),
        events=pa.Table.from_pylist(events, schemas.EVENTS),
        equity=pa.table(equity, schema=schemas.EQUITY),
        positions=pa.Table.from_pylist([_pending(times, pending_price)] if len(times) > 30 else [], schemas.POSITIONS),
        chain=chain,
        metrics={"trades": 1, "net_profit": result if len(times) > 20 else 0.0, "win_rate": 1.0},
        decisions=pa.Table.from_pylist([_decision(times)], schemas.DECISIONS),
    )


def _decision(times: list[int]) -> dict[str, Any]:
    """Why a strategy would have given order 1; a value that a check did not look at is null."""
    values = {"z": -2.5, "atr": 0.001, "spread": 0.0001, "upper": 1.11, "mid": 1.105, "lower": 1.1, "htf_bias": 0.01}
    return {"timestamp": times[0], "scenario": 5, "direction": "long", "cluster": 1, **values}


def _events(times: list[int], exit_price: float, pending_price: float, result: float) -> list[dict[str, Any]]:
    def at(row: int) -> int:
        return times[row] if row < len(times) else -1

    rows: list[dict[str, Any]] = [
        {"timestamp": at(10), "kind": "accepted", "order_id": 1, "price": 1.1, "stop_loss": 1.09},
        {"timestamp": at(10), "kind": "opened", "order_id": 1, "price": 1.1, "size": 1.0, "fee": 0.0},
        {"timestamp": at(20), "kind": "closed", "order_id": 1, "price": exit_price, "size": 1.0, "result": result,
         "fee": -0.0, "reason": "take_profit"},
        {"timestamp": at(30), "kind": "accepted", "order_id": 2, "stop_loss": 1.1},
        {"timestamp": at(40), "kind": "rejected", "price": 1.0, "reason": "stop_side", "error_code": 1006},
    ]  # fmt: skip
    order = {"symbol": "EURUSD", "direction": "long", "order_type": "limit"}
    blank = {**dict.fromkeys(schemas.EVENTS.names), **order}
    return [{**blank, **row, "known_at": row["timestamp"] + STEP, "seq": seq} for seq, row in enumerate(rows)]


def _order(order_id: int) -> dict[str, Any]:
    return {"order_id": order_id, "symbol": "EURUSD", "magic_number": 0, "direction": "long", "order_type": "limit"}


def _trade(times: list[int], exit_price: float, result: float) -> dict[str, Any]:
    return {
        **_order(1), "entry_time": times[10], "trigger_time": times[10], "entry_price": 1.1, "order_price": 1.1,
        "signal_price": None, "known_at": times[20] + STEP, "net_result": result,
        "initial_stop_loss": 1.09, "initial_take_profit": None, "stop_loss": 1.09, "take_profit": None,
        "size": 1.0, "risk_per_trade": 100.0, "exit_time": times[20], "exit_price": exit_price, "result": result,
        "r_multiple": 0.5, "entry_fee": 0.0, "exit_fee": 0.0, "stop_kind": "initial", "reason": "take_profit",
        "scenario": "a", "signal_row": 3,
    }  # fmt: skip


def _pending(times: list[int], price: float) -> dict[str, Any]:
    return {
        **_order(2), "status": "pending", "entry_time": times[30], "trigger_time": None, "entry_price": price,
        "order_price": price, "signal_price": price,
        "initial_stop_loss": 1.1, "initial_take_profit": 1.3, "stop_loss": 1.1, "take_profit": 1.3, "size": 0.0,
        "risk_per_trade": None, "entry_fee": None, "expires_at": times[30] + STEP, "max_holding": STEP,
        "stop_kind": "initial", "scenario": None, "signal_row": None,
    }  # fmt: skip


def _chain(times: list[int], cash: list[float], events: list[dict[str, Any]], pending_price: float) -> list[bytes]:
    digests, last = [], bytes(16)
    for row, time in enumerate(times):
        state = repr((time, cash[row].hex(), [e for e in events if e["timestamp"] == time]))
        last = xxhash.xxh3_128_digest(last + state.encode() + repr(pending_price if row >= 30 else None).encode())
        digests.append(last)
    return digests


@dataclass
class ToyEngine:
    """Runs :func:`toy_run`; ``change`` disturbs what it returns, ``error`` is raised instead."""

    change: Callable[[RunOutput], RunOutput] = lambda output: output
    exit_price: float = 1.105
    pending_price: float = 1.2
    error: BaseException | None = None
    crossings: int = 0
    crossings_per_run: int = 2

    def run(
        self,
        bars: Any,
        signals: pa.Table | None,
        config: EngineConfig,
        on_progress: OnProgress | None = None,
    ) -> RunOutput:
        assert isinstance(bars, pa.Table)
        self.crossings += self.crossings_per_run
        if self.error is not None:
            raise self.error
        if on_progress is not None:
            on_progress(bars.num_rows, bars.num_rows)
        return self.change(toy_run(bars, exit_price=self.exit_price, pending_price=self.pending_price))


def make_sides(candidate: ToyEngine, reference: ToyEngine | None = None) -> tuple[Side, Side]:
    return (
        Side(label="reference", engine=reference or ToyEngine()),
        Side(label="Rust", engine=candidate, crossings=lambda: candidate.crossings),
    )


def make_case(name: str = "toy", floors: Floors | None = None) -> Case:
    bars = make_bars()
    parameters = mean_reversion(STEP, window=10, ema=5, z=1.0, atr_mult=1.0, max_holding_bars=5)
    market = Market(
        name=name,
        bars=bars,
        symbol="EURUSD",
        timeframe=STEP,
        instrument=builtin_instrument("EURUSD"),
        parameters=parameters,
        data_hash="0" * 32,
    )
    config = base_config(market, market.variants[0])
    return Case(name=name, bars=bars, signals=None, config=config, data_hash="0" * 32, floors=floors or Floors())


def with_value(table: pa.Table, column: str, row: int, value: object) -> pa.Table:
    """Return ``table`` with one value replaced."""
    values = table.column(column).to_pylist()
    values[row] = value
    index = table.schema.get_field_index(column)
    return table.set_column(index, table.schema.field(column), pa.array(values, table.schema.field(column).type))


def in_table(output: RunOutput, name: str, table: pa.Table) -> RunOutput:
    """Return ``output`` with one table replaced."""
    changed: dict[str, Any] = {name: table}
    return replace(output, **changed)


@dataclass(frozen=True)
class Toys:
    """What the tests of this folder are made with."""

    bars: Callable[..., pa.Table] = make_bars
    run: Callable[..., RunOutput] = toy_run
    engine: type[ToyEngine] = ToyEngine
    sides: Callable[..., tuple[Side, Side]] = make_sides
    case: Callable[..., Case] = make_case
    with_value: Callable[..., pa.Table] = with_value
    in_table: Callable[..., RunOutput] = in_table


@pytest.fixture
def toys() -> Toys:
    return Toys()


RunGate = Callable[..., tuple[int, str]]
"""Source of a test file, options and environment variables to exit code and output."""


@pytest.fixture
def run_gate(tmp_path: Path) -> RunGate:
    """Run a test file under the gates' own conftest, in a process of its own and without market data."""

    def run(source: str, *options: str, **environment: str) -> tuple[int, str]:
        shutil.copy(ROOT / "parity" / "conftest.py", tmp_path / "conftest.py")
        (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  market: data\n  rule: rules\n", encoding="utf-8")
        (tmp_path / "test_gate.py").write_text(f"import pytest\n\n{source}", encoding="utf-8")
        paths = os.pathsep.join(str(ROOT / name) for name in ("bridge", "reference_py", "parity"))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(tmp_path)]
        variables = {
            **os.environ,
            "CI": "",
            "PYTHONPATH": paths,
            "OMEGA_MARKET_DATA": str(tmp_path / "none"),
            **environment,
        }
        finished = subprocess.run(command, capture_output=True, text=True, env=variables, cwd=tmp_path, check=False)
        return finished.returncode, finished.stdout + finished.stderr

    return run


class Found:
    """A self-test whose findings are known; it counted no rules."""

    def __init__(self, kills: KillReport | None, kills_missing: str) -> None:
        self._findings = Findings(hits=None, kills=kills, kills_missing=kills_missing)

    def findings(self) -> Findings:
        return self._findings


@pytest.fixture
def find(monkeypatch: pytest.MonkeyPatch) -> Callable[[KillReport | None, str], None]:
    """Let a self-test find this, without doing anything."""

    def found(kills: KillReport | None, kills_missing: str) -> None:
        monkeypatch.setattr(examine, "SelfTest", lambda _: nullcontext(Found(kills, kills_missing)))

    return found


@pytest.fixture
def no_probe(monkeypatch: pytest.MonkeyPatch, find: Callable[[KillReport | None, str], None]) -> None:
    """Checks and built-in faults are slow and real; here the engines are toys."""
    monkeypatch.setattr(examine, "check_parts", lambda *_, **__: ())
    find(None, "")
