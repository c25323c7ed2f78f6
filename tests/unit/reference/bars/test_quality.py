from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from omega_reference.data import DataHandler

MakeTable = Callable[..., pa.Table]
MINUTE_US = 60_000_000
START_US = 1_704_067_200_000_000


def replaced(table: pa.Table, column: str, row: int, value: Any) -> pa.Table:
    values = table[column].cast(pa.int64()).to_pylist() if column == "timestamp" else table[column].to_pylist()
    values[row] = value
    field = table.schema.field(column).with_nullable(True)
    return table.set_column(table.column_names.index(column), field, pa.array(values, field.type))


@pytest.mark.rule("T-2", "Q-T2b")
def test_quality_findings_are_counted_and_allowed(make_bars: MakeTable) -> None:
    spike = (100.0, 140.0, 100.0, 100.0)
    narrow = (100.0, 101.0, 100.0, 100.0)
    table = make_bars([narrow] * 20 + [spike])
    saturday = START_US + 5 * 1440 * MINUTE_US
    table = replaced(table, "timestamp", 20, saturday)
    table = replaced(replaced(table, "ask_low", 3, 99.0), "ask_close", 5, 100.0)
    table = replaced(table, "ask_low", 5, 100.0)
    findings = DataHandler().check_bars(table, MINUTE_US)
    assert (findings.crossed_quotes, findings.zero_spread, findings.gaps) == (1, 1, 1)
    assert (findings.spikes, findings.weekend_bars) == (1, 1)
