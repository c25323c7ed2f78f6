"""Signals of files and of Python, held to cells and values written by hand (T-6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.schemas import SIGNALS
from omega.data.signals import signal_table, table_of_rows

PRICES = ("open", "high", "low", "close")
UTC_MICROS = pa.timestamp("us", tz="UTC")


SIGNALS_CSV = """timestamp,symbol,signal_type,direction,order_type,stop_loss,magic_number,expires_at,max_holding,\
tags,metadata
2024-01-01T00:00:00Z,EURUSD,entry,long,market,1.05,7,2024-01-02T00:00:00+01:00,60000000,"[""a"",""b""]","{""k"": ""v""}"
2024-01-01T00:05:00Z, EURUSD ,entry,short,limit,1e-3,-9,,,,
"""


@pytest.mark.rule("T-6")
def test_cells_of_a_csv_of_signals_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "signals.csv"
    path.write_text(SIGNALS_CSV)
    table = signal_table(path)
    assert {field.name: field.type for field in table.schema} == {
        name: SIGNALS.field(name).type for name in SIGNALS_CSV.partition("\n")[0].split(",")
    }
    first, second = table.to_pylist()
    assert first == {
        "timestamp": datetime(2024, 1, 1, tzinfo=UTC),
        "symbol": "EURUSD",
        "signal_type": "entry",
        "direction": "long",
        "order_type": "market",
        "stop_loss": 1.05,
        "magic_number": 7,
        "expires_at": datetime(2024, 1, 1, 23, tzinfo=UTC),
        "max_holding": timedelta(minutes=1),
        "tags": ["a", "b"],
        "metadata": [("k", "v")],
    }
    assert second == {
        **first,
        "timestamp": datetime(2024, 1, 1, 0, 5, tzinfo=UTC),
        "direction": "short",
        "order_type": "limit",
        "stop_loss": 0.001,
        "magic_number": -9,
        **dict.fromkeys(("expires_at", "max_holding", "tags", "metadata")),
    }


@pytest.mark.rule("T-6")
@pytest.mark.parametrize(
    ("column", "cell", "code", "rule"),
    [
        ("timestamp", "2024-01-01T00:00:00", ErrorCode.TYPE_MISMATCH, "T-1"),
        ("timestamp", "yesterday", ErrorCode.INVALID_FORMAT, "T-1"),
        ("timestamp", "2024-01-01T00:00:00.0000001Z", ErrorCode.CONSTRAINT_VIOLATION, "T-1"),
        ("stop_loss", "1_0", ErrorCode.TYPE_MISMATCH, "T-2"),
        ("stop_loss", "0x10", ErrorCode.TYPE_MISMATCH, "T-2"),
        ("magic_number", "1.0", ErrorCode.TYPE_MISMATCH, "T-2"),
        ("magic_number", "9223372036854775808", ErrorCode.TYPE_MISMATCH, "T-2"),
        ("max_holding", "1h", ErrorCode.TYPE_MISMATCH, "T-2"),
        ("tags", "a", ErrorCode.TYPE_MISMATCH, "T-2"),
        ("tags", '"[1]"', ErrorCode.TYPE_MISMATCH, "T-2"),
        ("metadata", '"{""k"": 1}"', ErrorCode.TYPE_MISMATCH, "T-2"),
    ],
)
def test_a_cell_that_is_none_is_named_by_its_place(
    tmp_path: Path, column: str, cell: str, code: ErrorCode, rule: str
) -> None:
    header, _, rest = SIGNALS_CSV.partition("\n")
    names = header.split(",")
    given = {"timestamp": "2024-01-01T00:00:00Z", "symbol": "EURUSD", "signal_type": "entry"} | {column: cell}
    path = tmp_path / "signals.csv"
    row = ",".join(given.get(name, "") for name in names)
    path.write_text(f"{header}\n{rest.splitlines()[1]}\n{row}\n")
    with pytest.raises(OmegaError) as caught:
        signal_table(path)
    error = caught.value
    assert (error.code, error.rule, error.column, error.row) == (code, rule, column, 1)
    assert error.value == cell.strip('"').replace('""', '"')
    assert f"signals.csv, line 3, column {column}: " in error.message


@pytest.mark.rule("T-6")
def test_rows_of_signals_in_every_form_of_python() -> None:
    moment = datetime(2024, 1, 1, 1, tzinfo=UTC)
    rows: list[dict[str, Any]] = [
        {
            "timestamp": moment,
            "expires_at": "2024-01-01T02:00:00+01:00",
            "max_holding": timedelta(hours=1, microseconds=1),
        },
        {"timestamp": "2024-01-01T01:00:00Z", "expires_at": moment, "max_holding": 3_600_000_001},
        {"timestamp": 1_704_070_800_000_000, "size": 1, "price": 1.5, "magic_number": -(2**63)},
    ]
    common = {"symbol": "EURUSD", "signal_type": "entry", "tags": ("a", "b"), "metadata": {"k": "v"}}
    table = table_of_rows([{**row, **common} for row in rows], SIGNALS, rule="T-6")
    assert table.column("timestamp").to_pylist() == [moment] * 3
    assert table.column("expires_at").to_pylist() == [moment, moment, None]
    held = timedelta(hours=1, microseconds=1)
    assert table.column("max_holding").to_pylist() == [held, held, None]
    assert table.column("size").to_pylist() == [None, None, 1.0]
    assert table.column("magic_number").to_pylist() == [None, None, -(2**63)]
    assert table.column("tags").to_pylist() == [["a", "b"]] * 3
    assert table.column("metadata").to_pylist() == [[("k", "v")]] * 3
    assert table.column_names == [name for name in SIGNALS.names if name in table.column_names]
    assert all(table.schema.field(name).type == SIGNALS.field(name).type for name in table.column_names)


@pytest.mark.rule("T-6")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("timestamp", datetime(2024, 1, 1)),  # noqa: DTZ001  # naive on purpose
        ("timestamp", True),
        ("timestamp", 1.5),
        ("timestamp", 2**63),
        ("max_holding", -(2**63) - 1),
        ("size", "1"),
        ("size", True),
        ("magic_number", False),
        ("magic_number", 2.0),
        ("magic_number", 2**63),
        ("symbol", 3),
        ("symbol", "\ud800"),
        ("tags", "ab"),
        ("tags", [1]),
        ("tags", 3),
        ("metadata", [("k", "v")]),
        ("metadata", {"k": 1}),
        ("metadata", {1: "v"}),
    ],
)
def test_a_value_of_a_wrong_type_is_named_by_row_and_column(column: str, value: object) -> None:
    good = {"timestamp": 0, "symbol": "EURUSD", "signal_type": "entry"}
    with pytest.raises(OmegaError) as caught:
        signal_table([good, {**good, column: value}])
    error = caught.value
    assert (error.code, error.rule, error.column, error.row) == (ErrorCode.TYPE_MISMATCH, "T-6", column, 1)
    assert error.message.startswith(f"{column}: ")


@pytest.mark.rule("T-6")
def test_unknown_and_missing_fields_of_signals() -> None:
    good = {"timestamp": 0, "symbol": "EURUSD", "signal_type": "entry"}
    with pytest.raises(OmegaError) as caught:
        signal_table([good, {**good, "stop_los": 1.0}])
    error = caught.value
    assert (error.code, error.rule, error.column, error.row) == (ErrorCode.INVALID_ARGUMENT, "T-6", "stop_los", 1)
    assert error.message == "unknown field 'stop_los'; did you mean 'stop_loss'?"
    with pytest.raises(OmegaError, match="unknown field 'zzz'; known are timestamp, symbol, "):
        signal_table([{**good, "zzz": 1}])
    for name in ("timestamp", "symbol", "signal_type"):
        with pytest.raises(OmegaError) as caught:
            signal_table(table_of_rows([good], SIGNALS, rule="T-6").drop_columns([name]))
        error = caught.value
        assert (error.code, error.rule, error.column) == (ErrorCode.MISSING_REQUIRED_FIELD, "T-6", name)
    with pytest.raises(OmegaError) as caught:
        signal_table([good, 3])
    assert (caught.value.code, caught.value.rule, caught.value.row) == (ErrorCode.TYPE_MISMATCH, "T-6", 1)
    assert caught.value.message == "row 1 must be a dict or a record, not int"
