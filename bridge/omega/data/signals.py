"""Signals of any origin as a table in the schema of T-6; their rules are checked by the implementations (Q-T6)."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa

from omega.boundary.arguments import path_of
from omega.boundary.guard import plain_value, text_of
from omega.boundary.limits import check, exceeded, limit
from omega.boundary.scalars import plain_scalar
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.schemas import SIGNALS
from omega.contract.times import MICROSECOND
from omega.data.arrow import as_table, conform, types_of
from omega.data.files import read_table
from omega.data.missing import with_names
from omega.data.texts import check_columns_of_texts
from omega.data.times import is_too_fine, microseconds

_TYPES: Final = types_of(SIGNALS)
_REQUIRED: Final = ("timestamp", "symbol", "signal_type")
_TEXTS: Final = tuple(field.name for field in SIGNALS if not pa.types.is_primitive(field.type))
_INTERNAL: Final = frozenset({"row"})
"""Fields of the record ``Signal`` that are no column."""
_UNSAID: Final = MappingProxyType({"magic_number": 0})
"""What a row that does not name a column has there, beside rows that do (Q-T6)."""


def signal_table(source: object) -> pa.Table:
    """Take signals as a table.

    Parameters
    ----------
    source : table, path, list of dict, dict or Signal
        Rows may use aware datetimes, ISO text with an offset or µs for times, timedeltas or µs for durations, and
        NumPy's scalars for any of them.

    Raises
    ------
    OmegaError
        1001 for a field or column that T-6 does not name, 1004 for a value of a wrong type (naive times
        included), with row and column.
    """
    if isinstance(source, Mapping) or is_dataclass(source):
        return table_of_rows([source], SIGNALS, rule="T-6", ignored=_INTERNAL, unsaid=_UNSAID)
    if isinstance(source, Sequence) and not isinstance(source, str):
        return table_of_rows(source, SIGNALS, rule="T-6", ignored=_INTERNAL, unsaid=_UNSAID)
    table = (
        read_table(path_of(source, rule="T-8a"), _TYPES, every_column=True)
        if isinstance(source, str | Path)
        else as_table(source, _TYPES)
    )
    return conformed_signals(table)


def conformed_signals(table: pa.Table) -> pa.Table:
    """Take a validated table as signals; raises what :func:`signal_table` does."""
    if table.schema.equals(SIGNALS):  # as T-6 writes it down: no name to refuse, no type to bring over
        check_columns_of_texts(table, _TEXTS)
        return table
    refuse_unknown(table.column_names, SIGNALS, "T-6")
    _require(table.column_names)
    return conform(table, _TYPES)


def _require(names: Sequence[str]) -> None:
    for name in _REQUIRED:
        if name not in names:
            missing = omega_error(ErrorCode.MISSING_REQUIRED_FIELD, f"no column {name!r}", rule="T-6", column=name)
            raise with_names(missing, names)


def table_of_rows(
    rows: Sequence[object],
    schema: pa.Schema,
    *,
    rule: str,
    ignored: frozenset[str] = frozenset(),
    unsaid: Mapping[str, object] = MappingProxyType({}),
) -> pa.Table:
    """Build a table from dicts or records; columns that no row sets are left out, so that defaults apply.

    ``unsaid`` has what a row that does not name a column has there; other such columns are null.

    Raises
    ------
    OmegaError
        As :func:`signal_table`.
    """
    check("rows", "rows of a list", len(rows))
    plain = [_as_mapping(row, number, rule) for number, row in enumerate(rows)]
    for number, row in enumerate(plain):
        refuse_unknown([name for name in row if name not in ignored], schema, rule, number)
    columns = {}
    for field in schema:
        if any(row.get(field.name) is not None for row in plain):
            otherwise = unsaid.get(field.name)
            values = [_value(row.get(field.name, otherwise), field, number, rule) for number, row in enumerate(plain)]
            columns[field.name] = pa.array(values, field.type)
    present = [field.name for field in schema if field.name in columns]
    if not plain:
        return pa.table({field.name: pa.array([], field.type) for field in schema})
    return pa.table({name: columns[name] for name in present})


def _as_mapping(row: object, number: int, rule: str) -> Mapping[str, object]:
    if isinstance(row, Mapping):
        return row
    if is_dataclass(row) and not isinstance(row, type):
        return asdict(row)
    raise omega_error(
        ErrorCode.TYPE_MISMATCH,
        f"row {number} must be a dict or a record, not {type(row).__name__}",
        rule=rule,
        row=number,
    )


def refuse_unknown(names: Iterable[str], schema: pa.Schema, rule: str, row: int | None = None) -> None:
    """Refuse what the schema does not name: a mistyped ``take_profit`` must not trade without a target."""
    known = schema.names
    for name in names:
        if name not in known:
            nearest = difflib.get_close_matches(str(name), known, n=1)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"known are {', '.join(known)}"
            raise omega_error(
                ErrorCode.INVALID_ARGUMENT, f"unknown field {name!r}; {hint}", rule=rule, column=str(name), row=row
            )


def _value(value: object, field: pa.Field[Any], number: int, rule: str) -> object:
    if value is None:
        return None
    try:
        return converter(field.type)(plain_scalar(value))
    except OmegaError as error:
        raise omega_error(
            error.code, error.message, rule=error.rule, column=field.name, row=number, value=error.value
        ) from None
    except Exception as error:  # of a foreign value
        raise omega_error(
            ErrorCode.TYPE_MISMATCH,
            f"{field.name}: {text_of(error)}",
            rule=rule,
            column=field.name,
            row=number,
            value=plain_value(value),
        ) from None


def converter(data_type: pa.DataType) -> Callable[[Any], Any]:
    """Return what makes a Python value one of a column of this type, or raises."""
    if pa.types.is_timestamp(data_type):
        return _time
    if pa.types.is_duration(data_type):
        return _duration
    if pa.types.is_floating(data_type):
        return _number
    if pa.types.is_integer(data_type):
        return _integer
    if pa.types.is_string(data_type):
        return _text
    return _texts if pa.types.is_list(data_type) else _text_map


def _time(value: object) -> int:
    if isinstance(value, str):
        if is_too_fine(value):
            message = f"{text_of(value)!r} is no whole microsecond; round it"
            raise omega_error(ErrorCode.CONSTRAINT_VIOLATION, message, rule="T-1", value=text_of(value))
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a time needs an offset (T-1), as in 2024-01-01T00:00:00+00:00")
        return microseconds(value)
    return _integer(value)


def _duration(value: object) -> int:
    return _integer(value // MICROSECOND if isinstance(value, timedelta) else value)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"expected a number, found {type(value).__name__}")
    return float(value)


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"expected an integer, found {type(value).__name__}")
    if not -(2**63) <= value < 2**63:
        raise OverflowError("expected an integer of 64 bits")
    return value


def _text(value: object) -> str:
    if isinstance(value, Enum):
        return value.name.lower()
    if not isinstance(value, str):
        raise TypeError(f"expected text, found {type(value).__name__}")
    value.encode()  # a lone surrogate is no text
    if len(value) > limit("text_bytes"):
        raise exceeded("text_bytes", "characters of a text", len(value))
    return str(value)  # of a class of its own too


def _texts(value: object) -> list[str]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(f"expected a list of texts, found {type(value).__name__}")
    return [_text(item) for item in value]


def _text_map(value: object) -> list[tuple[str, str]]:
    if not isinstance(value, Mapping):
        raise TypeError(f"expected a mapping of texts, found {type(value).__name__}")
    return [(_text(key), _text(item)) for key, item in value.items()]
