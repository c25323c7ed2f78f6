"""A case as files that a person can read and any version can replay: explicit data, never a seed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import pyarrow as pa

from omega.compare.values import time_text
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.schemas import BARS, SIGNALS, TIMESTAMP
from omega.contract.types import (
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
    Trend,
    Variant,
    VolatilityFeature,
)
from omega.data.files import io_errors, read_bytes
from omega_parity.generate.cases import Case, Floors
from omega_parity.generate.steps import Step

CASE_FILE: Final = "case.json"
BARS_FILE: Final = "bars.csv"
SIGNALS_FILE: Final = "signals.csv"
SCHEMA_VERSION: Final = 1

_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MICROSECOND: Final = timedelta(microseconds=1)
_NOT_KEPT: Final = ("tags", "metadata")
"""Columns that pass through a run without touching it."""

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


def case_texts(case: Case, facts: Mapping[str, object], steps: Sequence[Step] | None = None) -> dict[str, str]:
    """Return the files of a case, name to text.

    Parameters
    ----------
    facts : mapping
        What is known about it, such as why it is kept; JSON values.
    steps : sequence of Step, optional
        The calls of the simulators, for a case that is no whole run.
    """
    document = {
        "schema": SCHEMA_VERSION,
        **facts,
        "config": config_data(case.config),
        "steps": None if steps is None else [_step_data(step) for step in steps],
    }
    texts = {
        CASE_FILE: json.dumps(document, indent=1, ensure_ascii=False) + "\n",
        BARS_FILE: _csv_text(case.bars.select(BARS.names)),
    }
    if case.signals is not None:
        kept = [name for name in SIGNALS.names if name in case.signals.column_names and name not in _NOT_KEPT]
        texts[SIGNALS_FILE] = _csv_text(case.signals.select(kept))
    return texts


def read_case(folder: Path) -> tuple[Case, tuple[Step, ...] | None, dict[str, Any]]:
    """Read a case back: the case, its steps if it has any, and all of its document.

    Raises
    ------
    OmegaError
        INVALID_FORMAT naming the file for what is no case of this version; as :func:`read_bytes`.
    """
    path = folder / CASE_FILE
    try:
        document: dict[str, Any] = json.loads(read_bytes(path))
        if document["schema"] != SCHEMA_VERSION:
            _refuse(path, f"schema {document['schema']!r}, this version reads {SCHEMA_VERSION}")
        has_signals = (folder / SIGNALS_FILE).exists()
        case = Case(
            name=f"{folder.parent.name}/{folder.name}",
            bars=_read_csv(folder / BARS_FILE, BARS),
            signals=_read_csv(folder / SIGNALS_FILE, SIGNALS) if has_signals else None,
            config=config_from_data(document["config"]),
            data_hash="",
            floors=Floors(),
        )
        steps = document["steps"]
        return case, None if steps is None else tuple(_step(one) for one in steps), document
    except OmegaError:
        raise
    except (KeyError, TypeError, ValueError, pa.ArrowException) as error:
        _refuse(path, f"{type(error).__name__} {error}")


def _step_data(step: Step) -> dict[str, Any]:
    if step.resumes or step.closes:
        return {"resumes": True} if step.resumes else {"closes": True}
    if step.updates:
        return {"updates": step.updates}
    flags = {name: True for name in ("by_ticks", "singly") if getattr(step, name)}
    return {"bars": step.bars, "signals": step.signals, **flags}


def _step(data: Mapping[str, Any]) -> Step:
    if data.get("resumes") is True:
        return Step(resumes=True)
    if data.get("closes") is True:
        return Step(closes=True)
    if "updates" in data:
        return Step(updates=tuple((order, stop, target, part) for order, stop, target, part in data["updates"]))
    first, end = data["bars"]
    signals = data["signals"]
    return Step(
        bars=(first, end),
        signals=None if signals is None else (signals[0], signals[1]),
        by_ticks=data.get("by_ticks") is True,
        singly=data.get("singly") is True,
    )


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


def _csv_text(table: pa.Table) -> str:
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


def _read_csv(path: Path, schema: pa.Schema) -> pa.Table:
    with io_errors(path):
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    for name in rows[0] if rows else ():
        if name not in schema.names:
            _refuse(path, f"unknown column {name!r}")
    columns = [pa.array([_value(row.get(field.name), field) for row in rows], field.type) for field in schema]
    return pa.table(columns, schema=schema)


def _value(cell: str | None, field: pa.Field[Any]) -> float | int | str | None:
    if not cell:
        return None
    if field.type == TIMESTAMP:
        return (datetime.fromisoformat(cell) - _EPOCH) // _MICROSECOND
    if pa.types.is_floating(field.type):
        return float(cell)
    if pa.types.is_integer(field.type) or pa.types.is_duration(field.type):
        return int(cell)
    return cell


def _refuse(path: Path, message: str) -> NoReturn:
    raise omega_error(
        ErrorCode.INVALID_FORMAT, f"{path.parent.name}/{path.name}: {message}", rule="regression", column=path.name
    )
