"""A case as files that a person can read and any version can replay: explicit data, never a seed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NoReturn

import pyarrow as pa
from pyarrow import feather

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.protocols import DetailBars
from omega.contract.schemas import BARS, SIGNALS, TICKS, TIMESTAMP
from omega.data.files import io_errors, read_bytes
from omega.serve.case_files import (
    BARS_FILE,
    CASE_FILE,
    DETAIL_FILE,
    SCHEMA_VERSION,
    SIGNALS_FILE,
    TICKS_FILE,
    config_from_data,
    run_files,
    written_value,
)
from omega_parity.generate.cases import Case, Floors
from omega_parity.generate.steps import Step

_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MICROSECOND: Final = timedelta(microseconds=1)


def case_texts(case: Case, facts: Mapping[str, object], steps: Sequence[Step] | None = None) -> dict[str, str]:
    """Return the files of a case, name to text.

    Parameters
    ----------
    facts : mapping
        What is known about it, such as why it is kept; JSON values.
    steps : sequence of Step, optional
        The calls of the simulators, for a case that is no whole run.
    """
    calls = None if steps is None else [_step_data(step) for step in steps]
    return run_files(case.bars, case.signals, case.config, facts, calls, case.detail)


def read_case(folder: Path) -> tuple[Case, tuple[Step, ...] | None, dict[str, Any]]:
    """Read a case back: the case, its steps if it has any, and all of its document.

    Raises
    ------
    OmegaError
        INVALID_FORMAT naming the file for what is no case of this version; as :func:`read_bytes`.
    """
    with _reading(folder) as document:
        has_signals = (folder / SIGNALS_FILE).exists()
        is_ticks = (folder / TICKS_FILE).exists()
        detail = None
        if "detail" in document:
            detail = DetailBars(bars=_read_csv(folder / DETAIL_FILE, BARS), timeframe=document["detail"])
        case = Case(
            name=f"{folder.parent.name}/{folder.name}",
            bars=_read_csv(folder / TICKS_FILE, TICKS) if is_ticks else _read_csv(folder / BARS_FILE, BARS),
            signals=_read_csv(folder / SIGNALS_FILE, SIGNALS) if has_signals else None,
            config=config_from_data(document["config"]),
            data_hash="",
            floors=Floors(),
            detail=detail,
        )
        steps = document["steps"]
        return case, None if steps is None else tuple(_step(one) for one in steps), document


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCalls:
    """The calls of one component, by whoever kept them.

    Attributes
    ----------
    component : str
        A name in the registry.
    made_of : tuple
        Arguments of its factory.
    calls : tuple of (name, arguments)
    """

    name: str
    component: str
    made_of: tuple[Any, ...]
    calls: tuple[tuple[str, tuple[Any, ...]], ...]


def has_calls(folder: Path) -> bool:
    """Whether a case holds the calls of a component, and no run. Errors as :func:`read_case`."""
    with _reading(folder) as document:
        return "calls" in document


def read_calls(folder: Path) -> KeptCalls:
    """Read back what :func:`omega.serve.case_files.call_files` made.

    Raises
    ------
    OmegaError
        As :func:`read_case`; 4001 for a case of an indicator of one's own, which no file holds (Q-I18c).
    """
    with _reading(folder) as document:
        if "own" in document:
            _refuse_own(document)
        tables = {path.name: feather.read_table(path, memory_map=False) for path in sorted(folder.glob("*.arrow"))}
        calls = [
            (one["call"], tuple(written_value(given, tables) for given in one["arguments"]))
            for one in document["calls"]
        ]
        return KeptCalls(
            name=f"{folder.parent.name}/{folder.name}",
            component=document["component"],
            made_of=tuple(written_value(given, tables) for given in document["made_of"]),
            calls=tuple(calls),
        )


def _refuse_own(document: Mapping[str, Any]) -> NoReturn:
    name, side, parameters = document["calls"][0]["arguments"]
    given = "".join(f", {key}={value!r}" for key, value in parameters["parts"].items())
    message = (
        f"the case is of the indicator {name!r}, {document['own']}, which no file holds: import what registers it, and "
        f"omega.check_indicator({name!r}, bars, {side!r}{given}) compares its forms; the bars are in table-0000.arrow"
    )
    raise omega_error(ErrorCode.NOT_IMPLEMENTED, message, rule="I-18", column="own", value=document["own"])


@contextmanager
def _reading(folder: Path) -> Iterator[dict[str, Any]]:
    """Read the document of a case; what does not fit in it, or in what is made of it, is refused by its file."""
    path = folder / CASE_FILE
    try:
        document: dict[str, Any] = json.loads(read_bytes(path))
        if document["schema"] != SCHEMA_VERSION:
            _refuse(path, f"schema {document['schema']!r}, this version reads {SCHEMA_VERSION}")
        yield document
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


def _read_csv(path: Path, schema: pa.Schema) -> pa.Table:
    """Read a table; a column that is absent is null, or absent too where no value may be."""
    with io_errors(path):
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
        rows, names = list(reader), reader.fieldnames or ()
    for name in names:
        if name not in schema.names:
            _refuse(path, f"unknown column {name!r}")
    fields = [field for field in schema if field.nullable or field.name in names or not rows]
    columns = [pa.array([_value(row.get(field.name), field) for row in rows], field.type) for field in fields]
    return pa.table(columns, schema=pa.schema(fields))


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
