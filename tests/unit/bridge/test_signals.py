"""Signals of every origin."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import omega
from omega.contract import types
from omega.contract.errors import OmegaError
from omega.contract.schemas import SIGNALS
from omega.data.signals import signal_table

from .conftest import CONFIG, signals


def test_signals_from_every_origin_run_alike(tmp_path: Path, sample: omega.Bars) -> None:
    rows = signals(sample)
    table = signal_table(rows)
    pq.write_table(table, tmp_path / "signals.parquet")
    dates = [{**row, "timestamp": datetime.fromtimestamp(row["timestamp"] / 1e6, UTC)} for row in rows]
    iso = [{**row, "timestamp": row["timestamp"].isoformat()} for row in dates]
    expected = omega.run_signals(sample, rows, CONFIG, backend="python").last_state_hash
    for origin in (table, tmp_path / "signals.parquet", dates, iso, table.to_batches()[0]):
        assert omega.run_signals(sample, origin, CONFIG, backend="python").last_state_hash == expected


def test_foreign_types_of_signals_are_brought_over(sample: omega.Bars) -> None:
    table = signal_table(signals(sample))
    foreign: dict[str, Any] = {
        "magic_number": pa.array([1, 2, 3], pa.int8()),
        "max_holding": table.column("max_holding").cast(pa.duration("s")),
        "tags": table.column("tags").cast(pa.large_list(pa.large_string())),
        "size": pa.nulls(3),
    }
    for name, column in foreign.items():
        position = table.column_names.index(name) if name in table.column_names else len(table.column_names)
        table = table.drop_columns([name]) if name in table.column_names else table
        table = table.add_column(position, name, column)
    conformed = signal_table(table)
    assert all(conformed.schema.field(name).type == SIGNALS.field(name).type for name in conformed.column_names)
    assert conformed.column("tags").to_pylist()[2] == ["a", "b"]
    runs = [omega.run_signals(sample, origin, CONFIG, backend="python") for origin in (table, signals(sample))]
    assert runs[0].last_state_hash == runs[1].last_state_hash


def test_records_of_the_contract_are_signals_too(sample: omega.Bars) -> None:
    record = types.Signal(
        timestamp=int(sample.times[10]),
        symbol="EURUSD",
        signal_type=types.SignalType.ENTRY,
        direction=types.Direction.LONG,
        order_type=types.OrderType.MARKET,
        stop_loss=1.09,
    )
    table = signal_table(record)
    assert table.column("direction").to_pylist() == ["long"]
    assert signal_table([record]).equals(table)
    assert signal_table([]).schema.names == SIGNALS.names
    with pytest.raises(OmegaError):
        signal_table([3])


@pytest.mark.rule("Q-T6")
def test_a_row_without_a_magic_number_has_that_of_a_table_without_the_column(sample: omega.Bars) -> None:
    first, second, third = signals(sample)
    rows = [{**first, "magic_number": 7}, second, third]
    assert signal_table(rows).column("magic_number").to_pylist() == [7, 0, 0]
    assert "magic_number" not in signal_table([first, second, third]).column_names
    runs = [omega.run_signals(sample, rows, CONFIG, backend=backend) for backend in ("python", "rust")]
    assert runs[0].last_state_hash == runs[1].last_state_hash
    with pytest.raises(OmegaError) as caught:
        omega.run_signals(sample, [{**first, "magic_number": 7}, {**second, "magic_number": None}], CONFIG)
    assert (caught.value.code, caught.value.column, caught.value.row) == (1002, "magic_number", 1)
