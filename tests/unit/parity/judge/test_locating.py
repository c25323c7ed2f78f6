"""A fault in the middle of a long run is found at its bar, with the state chain and one more run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

import omega
from omega.contract.protocols import CheckedBars, OnProgress, RunOutput
from omega.contract.schemas import SIGNALS
from omega.contract.types import EngineConfig, Variant
from omega_parity.drive.observe import Side
from omega_parity.drive.sides import both_sides
from omega_parity.generate.cases import Case, Floors, base_config
from omega_parity.generate.markets import sample_market
from omega_parity.judge.run_case import run_case

BARS = 1_000_000
FAULTY_BAR = 734_512


class _Counting:
    """Rust, counting its runs; with a fault, every bar from ``faulty_bar`` on leaves another state."""

    def __init__(self, faulty_bar: int | None = None) -> None:
        self._engine = both_sides()[1].engine
        self._faulty_bar = faulty_bar
        self.runs: list[int] = []

    def run(
        self,
        bars: pa.Table | CheckedBars,
        signals: pa.Table | None,
        config: EngineConfig,
        on_progress: OnProgress | None = None,
    ) -> RunOutput:
        assert isinstance(bars, pa.Table)
        self.runs.append(bars.num_rows)
        output = self._engine.run(bars, signals, config, on_progress)
        return output if self._faulty_bar is None else _disturbed(output, self._faulty_bar)


def _disturbed(output: RunOutput, bar: int) -> RunOutput:
    """Move the stop of the last order by one ulp in that bar: nothing but digests and positions shows it."""
    if len(output.chain) <= bar:
        return output
    digests: list[Any] = output.chain.to_pylist()
    digests[bar:] = [bytes(byte ^ 1 for byte in digest or b"") for digest in digests[bar:]]
    stops = output.positions.column("stop_loss").to_numpy().copy()
    stops.view("int64")[-1] += 1
    place = output.positions.schema.get_field_index("stop_loss")
    positions = output.positions.set_column(place, output.positions.schema.field(place), pa.array(stops))
    chain: Any = pa.array(digests, output.chain.type)
    return replace(output, chain=chain, positions=positions)


@pytest.mark.rule("H-2")
def test_a_fault_deep_in_a_million_bars_takes_one_extra_run() -> None:
    bars = omega.sample_bars(n=BARS, backend="rust").table
    first = {"timestamp": bars["timestamp"][10].as_py(), "symbol": "EURUSD", "signal_type": "entry"}
    order = {"direction": "long", "order_type": "limit", "price": 0.5, "stop_loss": 0.4, "magic_number": 0}
    case = Case(
        name="long",
        bars=bars,
        signals=_signals(first | order),
        config=base_config(sample_market(n=2), Variant.CANONICAL),
        data_hash="",
        floors=Floors(),
    )
    healthy, faulty = _Counting(), _Counting(FAULTY_BAR)
    sides = (Side(label="healthy", engine=healthy), Side(label="faulty", engine=faulty))
    divergence = run_case(case, sides).divergence
    assert divergence is not None
    assert (divergence.bar, divergence.bars) == (FAULTY_BAR, BARS)
    assert divergence.time == bars["timestamp"][FAULTY_BAR].value
    assert divergence.operation == "order 1 after the bar"
    assert [(one.field, one.ulps) for one in divergence.fields] == [("stop_loss", 1)]
    assert healthy.runs == faulty.runs == [BARS, FAULTY_BAR + 1]


def _signals(row: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist([row], SIGNALS)
