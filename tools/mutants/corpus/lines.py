"""The lines of the corpus: words, floats of the input as decimals, floats that are expected as bits."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from omega.compare.outcome import Failure
from omega.contract.schemas import SIGNALS
from omega.contract.types import EngineConfig
from omega.serve.case_files import config_data

INPUTS: Final = tuple(name for name in SIGNALS.names if name not in ("scenario", "reason", "tags", "metadata"))
"""What a run reads of a signal."""
_NULL: Final = "-"
_NAN: Final = "nan"
"""Whatever its sign and payload, which carry no meaning (N-3)."""


def config_lines(config: EngineConfig) -> Iterator[str]:
    """Write what a run is configured with, one value a line."""
    data = config_data(config)
    instrument, strategy, rates = data.pop("instrument"), data.pop("strategy"), data.pop("rates")
    costs = {name: data.pop(name) for name in ("commission", "swap")}
    higher_bars = data.pop("higher_bars")
    yield from _pairs("config", data)
    for rate in rates:
        yield " ".join(["rate", rate["pair"], *(listed(rate[column]) or _NULL for column in ("timestamps", "values"))])
    for higher in higher_bars:
        yield " ".join(
            ["higher", str(higher["timeframe"]), *(listed(higher[name]) or _NULL for name in ("timestamps", "closes"))]
        )
    for name, record in costs.items():
        if record is not None:
            yield " ".join([name, *(_listed_or_word(value) for value in record.values())])
    if instrument is not None:
        yield from _pairs("instrument", instrument)
    if strategy is not None:
        parameters = strategy.pop("parameters")
        overlays = {name: parameters.pop(f"{name}_overlays") for name in ("long", "short")}
        yield from _pairs("strategy", {**strategy, **parameters})
        for name, records in overlays.items():
            for record in records:
                yield " ".join(["overlay", name, *(word(value, is_input=True) for value in record.values())])


def _listed_or_word(value: object) -> str:
    return (listed(value) or _NULL) if isinstance(value, list | tuple) else word(value, is_input=True)


def _pairs(kind: str, record: Mapping[str, Any]) -> Iterator[str]:
    return (f"{kind} {name} {_listed_or_word(value)}" for name, value in record.items())


def failure_lines(failure: Failure) -> list[str]:
    """Write how a call failed: code, rule, column, row, value."""
    context = (failure.code, failure.rule, failure.column, failure.row, failure.value)
    return [" ".join(["= error", *(word(value) for value in context)])]


def rows(kind: str, table: pa.Table, names: Sequence[str], *, is_input: bool = False) -> Iterator[str]:
    """Write each row of a table: its kind, then these columns."""
    columns = [plain(table, name) for name in names]
    for row in range(table.num_rows):
        yield " ".join([kind, *(word(column[row], is_input=is_input) for column in columns)])


def plain(table: pa.Table, name: str) -> list[Any]:
    """List a column with times and durations in µs; an optional column that is not there reads as null (Q-T6)."""
    if name not in table.column_names:
        return [0 if name == "magic_number" else None] * table.num_rows
    column = table.column(name)
    is_time = pa.types.is_timestamp(column.type) or pa.types.is_duration(column.type)
    values: list[Any] = (column.cast(pa.int64()) if is_time else column).to_pylist()
    return values


def listed(values: Sequence[object]) -> str | None:
    """Write values as one word; None for none."""
    return ",".join(word(value, is_input=True) for value in values) if values else None


def word(value: object, *, is_input: bool = False) -> str:
    """Write one value."""
    if value is None:
        return _NULL
    if isinstance(value, float):
        return repr(value) if is_input else _NAN if value != value else struct.pack(">d", value).hex()
    return str(value).lower() if isinstance(value, bool) else str(value)
