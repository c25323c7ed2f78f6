"""What replays an input on either side, as text: configurations, tables and the calls of a component.

Explicit data, never a seed: any version reads it. `omega replay` takes the folders that these files make.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import IntEnum
from typing import Any, Final, TypeVar

import pyarrow as pa

from omega.compare.values import time_text
from omega.contract.protocols import DetailBars
from omega.contract.schemas import BARS, SIGNALS, TICKS, TIMESTAMP
from omega.contract.types import (
    Bar,
    BelowMin,
    ChargedSides,
    Commission,
    CommissionBasis,
    DecisionPoint,
    DirectionFilter,
    EngineConfig,
    HigherBars,
    Instrument,
    Intrabar,
    MarketFill,
    MeanReversionParameters,
    OnRuin,
    Overlay,
    OverlayMode,
    Rate,
    SignalTime,
    SizingMode,
    StrategyConfig,
    Swap,
    Tick,
    Trend,
    Variant,
    VolatilityFeature,
)

CASE_FILE: Final = "case.json"
BARS_FILE: Final = "bars.csv"
TICKS_FILE: Final = "ticks.csv"
DETAIL_FILE: Final = "detail.csv"
SIGNALS_FILE: Final = "signals.csv"
SCHEMA_VERSION: Final = 1

_NOT_KEPT: Final = ("tags", "metadata")
"""Columns that pass through a run without touching it."""

_RECORDS: Final[Mapping[str, type[Bar] | type[Tick]]] = {"bar": Bar, "tick": Tick}

_Closed = TypeVar("_Closed", bound=IntEnum)

_CLOSED_SETS: Final[Mapping[str, type[IntEnum]]] = {
    "variant": Variant,
    "below_min": BelowMin,
    "sizing_mode": SizingMode,
    "on_ruin": OnRuin,
    "market_fill": MarketFill,
    "signal_time": SignalTime,
    "intrabar_stop_entry": Intrabar,
    "intrabar_limit_entry": Intrabar,
    "intrabar_open_position": Intrabar,
    "decision_point": DecisionPoint,
}
"""Fields of a configuration that are members, and their sets."""

_STRATEGY_SETS: Final[Mapping[str, type[IntEnum]]] = {
    "direction_filter": DirectionFilter,
    "htf_filter": Trend,
    "extra_htf_filter": Trend,
    "vol_feature": VolatilityFeature,
    "overlay_mode": OverlayMode,
}
_LISTS: Final = ("long_scenarios", "short_scenarios", "vol_allowed")
_OVERLAYS: Final = ("long_overlays", "short_overlays")

_MEMBERS: Final[tuple[type[IntEnum], ...]] = (
    *_CLOSED_SETS.values(),
    *_STRATEGY_SETS.values(),
    *(CommissionBasis, ChargedSides),
)
"""What is written by its name; a timeframe is written in µs."""


def run_files(
    data: pa.Table,
    signals: pa.Table | None,
    config: EngineConfig,
    facts: Mapping[str, object],
    steps: Sequence[object] | None = None,
    detail: DetailBars | None = None,
) -> dict[str, str]:
    """Return the files of a run over bars or ticks, name to content.

    Parameters
    ----------
    facts : mapping
        What is known about it, such as why it is kept; JSON values.
    steps : sequence, optional
        The calls of the simulators, for a case that is no whole run; JSON values.
    detail : DetailBars, optional
        As a table: what the run looked into (E-22).
    """
    document = {"schema": SCHEMA_VERSION, **facts, "config": config_data(config), "steps": steps}
    if detail is not None:
        document["detail"] = detail.timeframe
    is_bars = not {"bid", "ask"}.issubset(data.column_names)
    texts = {
        CASE_FILE: json_text(document),
        BARS_FILE if is_bars else TICKS_FILE: csv_text(data.select((BARS if is_bars else TICKS).names)),
    }
    if signals is not None:
        kept = [name for name in SIGNALS.names if name in signals.column_names and name not in _NOT_KEPT]
        texts[SIGNALS_FILE] = csv_text(signals.select(kept))
    if detail is not None:
        assert isinstance(detail.bars, pa.Table), "cases hold what was given, not what a side made of it"
        texts[DETAIL_FILE] = csv_text(detail.bars.select(BARS.names))
    return texts


def call_files(
    component: str,
    made_of: Sequence[object],
    calls: Sequence[tuple[str, tuple[object, ...]]],
    facts: Mapping[str, object],
) -> dict[str, bytes | str]:
    """Return the files of calls of one component: what builds it, then its calls in order.

    Parameters
    ----------
    made_of : sequence
        Arguments of the component's factory.
    calls : sequence of (name, arguments)
        Methods of its Protocol.
    """
    tables: dict[str, bytes | str] = {}
    document = {
        "schema": SCHEMA_VERSION,
        **facts,
        "component": component,
        "made_of": [_written(value, tables) for value in made_of],
        "calls": [{"call": name, "arguments": [_written(value, tables) for value in given]} for name, given in calls],
    }
    return {CASE_FILE: json_text(document), **tables}


def _written(value: object, tables: dict[str, bytes | str]) -> object:
    """Write an argument as JSON; a table becomes a file of its own, where null and type are what they are."""
    if isinstance(value, pa.Table):
        name = f"table-{len(tables):04}.arrow"
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, value.schema) as writer:
            writer.write_table(value)
        tables[name] = sink.getvalue().to_pybytes()
        return {"table": name}
    if isinstance(value, EngineConfig):
        return {"config": config_data(value)}
    for name, record in _RECORDS.items():
        if isinstance(value, record):
            return {name: asdict(value)}
    if isinstance(value, Mapping):
        return {"parts": {key: _written(part, tables) for key, part in value.items()}}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_written(part, tables) for part in value]
    return value


def written_value(data: Any, tables: Mapping[str, pa.Table]) -> object:
    """Read an argument of :func:`call_files` back, given its tables by the names of their files.

    Raises
    ------
    KeyError, TypeError
        For what no argument is written as.
    """
    if isinstance(data, list):
        return [written_value(part, tables) for part in data]
    if not isinstance(data, Mapping):
        return data
    ((kind, content),) = data.items()
    if kind == "table":
        return tables[content]
    if kind == "config":
        return config_from_data(content)
    if kind == "parts":
        return {name: written_value(part, tables) for name, part in content.items()}
    return _RECORDS[kind](**content)


def json_text(document: Mapping[str, object]) -> str:
    """Write a document for people and programs."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def config_data(config: EngineConfig) -> dict[str, Any]:
    """Write a configuration as JSON values; floats keep their bits."""
    return _plain(asdict(config))


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, Mapping):
            data[name] = _plain(value)
        else:
            data[name] = value.name.lower() if isinstance(value, _MEMBERS) else value
    return data


def config_from_data(data: Mapping[str, Any]) -> EngineConfig:
    """Read :func:`config_data` back.

    Raises
    ------
    KeyError, TypeError
        For text that is not in a closed set, and keys that are missing or unknown.
    """
    instrument, strategy, commission, swap = (data[name] for name in ("instrument", "strategy", "commission", "swap"))
    changes = {
        **_members(_CLOSED_SETS, data),
        "higher_bars": tuple(_higher_bars(one) for one in data.get("higher_bars", ())),
        "commission": None if commission is None else _commission(commission),
        "swap": None if swap is None else _swap(swap),
        "rates": tuple(_rate(rate) for rate in data["rates"]),
        "instrument": None if instrument is None else Instrument(**instrument),
        "strategy": None if strategy is None else _strategy(strategy),
    }
    return EngineConfig(**{**data, **changes})


def _commission(data: Mapping[str, Any]) -> Commission:
    members = {"basis": _member(CommissionBasis, data["basis"]), "sides": _member(ChargedSides, data["sides"])}
    return Commission(**{**data, **members})


def _swap(data: Mapping[str, Any]) -> Swap:
    return Swap(**{**data, "rollovers": tuple(data["rollovers"]), "nights": tuple(data["nights"])})


def _rate(data: Mapping[str, Any]) -> Rate:
    return Rate(pair=data["pair"], timestamps=tuple(data["timestamps"]), values=tuple(data["values"]))


def _higher_bars(data: Mapping[str, Any]) -> HigherBars:
    return HigherBars(**{**data, "timestamps": tuple(data["timestamps"]), "closes": tuple(data["closes"])})


def _strategy(data: Mapping[str, Any]) -> StrategyConfig:
    """Read a strategy; a case that is older than a parameter has its default."""
    given = data["parameters"]
    lists = {name: tuple(given[name]) for name in _LISTS if name in given}
    overlays = {name: tuple(Overlay(**one) for one in given[name]) for name in _OVERLAYS if name in given}
    parameters = MeanReversionParameters(**{**given, **_members(_STRATEGY_SETS, given), **lists, **overlays})
    return StrategyConfig(**{**data, "parameters": parameters})


def _members(sets: Mapping[str, type[_Closed]], data: Mapping[str, Any]) -> dict[str, _Closed]:
    return {name: _member(closed, data[name]) for name, closed in sets.items() if name in data}


def _member(closed: type[_Closed], text: str) -> _Closed:
    return closed[text.upper()]


def csv_text(table: pa.Table) -> str:
    """Times in ISO 8601, durations in µs, floats in the shortest decimal that gives their bits back, null empty."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(table.column_names)
    columns = [_cells(table.column(name)) for name in table.column_names]
    writer.writerows(zip(*columns, strict=True))
    return stream.getvalue()


def _cells(column: pa.ChunkedArray[Any]) -> list[str]:
    if column.type == TIMESTAMP:
        return ["" if time is None else time_text(time) for time in column.cast(pa.int64()).to_pylist()]
    if pa.types.is_duration(column.type):
        column = column.cast(pa.int64())
    values = column.to_pylist()
    return ["" if value is None else repr(value) if isinstance(value, float) else str(value) for value in values]
