"""Rates of currencies (C-6): what a user writes for a pair, and the checked record that both sides take (Q-C6b)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel

from omega.boundary.arguments import path_of
from omega.boundary.guard import plain_value
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.ranges import UNIT
from omega.contract.types import Rate

if TYPE_CHECKING:
    import pyarrow as pa

    from omega.settings.model import RateSeriesConfig

_PAIR: Final = re.compile(r"[A-Z]{6}")
_MOST_TIME: Final = 253_402_300_799_999_999
_LEAST_TIME: Final = -62_135_596_800_000_000
"""Q-T1."""


def with_rate_columns(keys: Mapping[str, object]) -> dict[str, object]:
    """Write tables among a configuration's rates as columns, so that a configuration holds plain values only.

    Raises
    ------
    OmegaError
        1001 for a pair that is none; as :func:`omega.data.arrow.as_table`.
    """
    rates = keys.get("rates")
    if not isinstance(rates, Mapping):
        return dict(keys)
    return {**keys, "rates": {_pair(pair): _columns(pair, given) for pair, given in rates.items()}}


def _pair(pair: object) -> str:
    if not isinstance(pair, str) or not _PAIR.fullmatch(pair):
        message = f"rates: {plain_value(pair)!r} is no pair of currencies; write six capital letters, as EURUSD"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="C-6", column="rates", value=plain_value(pair))
    return pair


def _columns(pair: str, given: object) -> object:
    if isinstance(given, Path):
        return str(given)
    if given is None or isinstance(given, str | int | float | Mapping | Sequence | BaseModel):
        return given
    from omega.data.arrow import as_table

    try:
        table = as_table(given, ("timestamp", "rate"))
        return {name: table.column(name).to_pylist() for name in table.column_names}
    except OmegaError as error:
        raise _of_pair(error, pair) from None


def resolve_rates(rates: Mapping[str, float | str | RateSeriesConfig]) -> tuple[Rate, ...]:
    """Read and check the rates of a configuration, in the order given.

    Raises
    ------
    OmegaError
        What breaks Q-C6, with the pair as column, row and value; 1001 with the key for an empty path; as
        :func:`omega.data.files.read_table`.
    """
    return tuple(
        Rate(pair=pair, timestamps=(), values=(given,)) if isinstance(given, float) else _series(pair, given)
        for pair, given in rates.items()
    )


def _series(pair: str, given: str | RateSeriesConfig) -> Rate:
    from omega.data.arrow import conform, types_of
    from omega.data.files import read_table
    from omega.data.signals import table_of_rows

    schema = _schema()
    types = types_of(schema)
    # Neither of them in the try: what they refuse names pair or key already.
    source = path_of(given, rule="C-6", column=f"rates.{pair}") if isinstance(given, str) else _rows(pair, given)
    try:
        if isinstance(source, Path):
            # Every column, so that one of another name is shown to whoever misses his own.
            table = conform(read_table(source, types, every_column=True), types)
        else:
            table = table_of_rows(source, schema, rule="C-6")
    except OmegaError as error:
        raise _of_pair(error, pair) from None
    times, rates = (_values(pair, table, name, kind) for name, kind in types.items())
    if not times:
        raise _broken(pair, ErrorCode.EMPTY_INPUT, "a series of rates needs at least one row")
    _check_times(pair, times)
    _check_rates(pair, rates)
    return Rate(pair=pair, timestamps=tuple(times), values=tuple(rates))


def _rows(pair: str, given: RateSeriesConfig) -> list[dict[str, Any]]:
    times, rates = given.timestamp, given.rate
    if len(times) != len(rates):
        message = f"{len(times)} times and {len(rates)} rates; give one rate per time"
        raise _broken(pair, ErrorCode.SIZE_MISMATCH, message, value=len(rates))
    # Here, because a table of rows leaves a column out that no row sets: it would be missing, and was given.
    for name, values in (("timestamp", times), ("rate", rates)):
        _refuse_null(pair, name, values)
    return [{"timestamp": time, "rate": rate} for time, rate in zip(times, rates, strict=True)]


def _schema() -> pa.Schema:
    import pyarrow as pa

    from omega.contract.schemas import TIMESTAMP

    columns: dict[str, pa.DataType] = {"timestamp": TIMESTAMP, "rate": pa.float64()}
    return pa.schema(columns)


def _values(pair: str, table: pa.Table, name: str, kind: pa.DataType) -> list[Any]:
    """Return a column's values, times in µs; a column that is not there, of another type or with nulls is refused."""
    import pyarrow as pa

    if name not in table.column_names:
        message = f"rates have the columns timestamp and rate, here are {', '.join(table.column_names) or 'none'}"
        raise _broken(pair, ErrorCode.MISSING_REQUIRED_FIELD, message)
    column = table.column(name)
    if column.type != kind:
        raise _broken(pair, ErrorCode.TYPE_MISMATCH, f"{name} must be {kind}, not {column.type}")
    values: list[Any] = (column.cast(pa.int64()) if pa.types.is_timestamp(kind) else column).to_pylist()
    _refuse_null(pair, name, values)
    return values


def _refuse_null(pair: str, name: str, values: Sequence[object]) -> None:
    for row, value in enumerate(values):
        if value is None:
            raise _broken(pair, ErrorCode.NULL_VALUE, f"{name} must be set", row)


def _check_times(pair: str, times: Sequence[int]) -> None:
    for row, time in enumerate(times):
        if not _LEAST_TIME <= time <= _MOST_TIME:
            message = "a time must lie in the years 1 … 9999; nanoseconds may have been taken for microseconds"
            raise _broken(pair, ErrorCode.OUT_OF_BOUNDS, message, row, time)
    for row, (before, time) in enumerate(pairwise(times), 1):
        if time <= before:
            message = "times of rates must rise from row to row; sort them, and keep one row per time"
            raise _broken(pair, ErrorCode.CONSTRAINT_VIOLATION, message, row, time)


def _check_rates(pair: str, rates: Sequence[float]) -> None:
    for row, rate in enumerate(rates):
        if rate != rate:
            raise _broken(pair, ErrorCode.NAN_VALUE, "a rate must be a number", row, rate)
        if rate - rate != 0.0:
            raise _broken(pair, ErrorCode.INFINITE_VALUE, "a rate must be finite", row, rate)
        if not UNIT.least <= rate <= UNIT.most:
            message = f"a rate must be above 0 (range {UNIT})"
            raise _broken(pair, ErrorCode.CONSTRAINT_VIOLATION, message, row, rate)


def _broken(pair: str, code: ErrorCode, message: str, row: int | None = None, value: float | None = None) -> OmegaError:
    return omega_error(code, f"rates of {pair}: {message}", rule="C-6", column=pair, row=row, value=value)


def _of_pair(error: OmegaError, pair: str) -> OmegaError:
    """Name the pair that an error of reading is about; a file's own errors name the file."""
    column = error.column if error.column == "path" else pair
    return omega_error(
        error.code,
        f"rates of {pair}: {error.message}",
        rule=error.rule,
        column=column,
        row=error.row,
        value=error.value,
    )
