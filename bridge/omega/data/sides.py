"""The columns of bars, and one side made from the other by a spread."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from omega.boundary.arguments import path_of
from omega.boundary.scalars import plain_scalar
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.schemas import BARS, PRICES, SIDE_BARS
from omega.data.arrow import as_table, conform, types_of
from omega.data.digits import quantized, shown_digits
from omega.data.files import read_table
from omega.data.windows import ALL, Window, within

SideName = Literal["bid", "ask"]

_TYPES: Final = types_of(SIDE_BARS)
_LONE_SHOWN: Final = 3


def read_columns(source: object, types: Mapping[str, pa.DataType], window: Window = ALL) -> pa.Table:
    """Read a path or table, and bring the columns named in ``types`` into these where that is exact."""
    if isinstance(source, str | Path):
        table = read_table(path_of(source, rule="T-8a"), types, window=window)
    else:
        table = as_table(source, types)
    return within(conform(table, types), *window)


def read_side(source: object, window: Window = ALL) -> pa.Table:
    """Read one side: ``timestamp, open, high, low, close, volume``."""
    return read_columns(source, _TYPES, window)


def with_volume(table: pa.Table) -> tuple[pa.Table, bool]:
    """Add a volume of 0 to bars that have none (Q-T2f), and say whether they had none."""
    if "volume" in table.column_names:
        return table, False
    return table.append_column("volume", pa.array(np.zeros(table.num_rows))), True


def with_other_side(
    side: SideName,
    source: object,
    spread_pips: float | str | None,
    pip_size: float | Callable[[], float],
    digits: int | None,
    window: Window = ALL,
) -> pa.Table:
    """Make the other side from a spread: ask = (bid + (spread_pips · pip_size)), bid = (ask − …) (Q-G1c).

    Its prices have ``digits`` decimals, or where nobody knows those as many as the given side shows.

    Raises
    ------
    OmegaError
        1008 without a spread, its column, or the price of a pip; 1002, 1004, 1006, 2004 or 2005 for one that is no
        number ≥ 0. What is wrong with the prices is left to the check of the whole.
    """
    wanted = checked_spread(side, spread_pips)
    types = dict(_TYPES)
    if isinstance(wanted, str):
        types[wanted] = pa.float64()
    table = read_columns(source, types, window)
    distance = _spread(table, wanted) * _number("pip_size", pip_size() if callable(pip_size) else pip_size)
    signed = distance if side == "bid" else -distance
    other = "ask" if side == "bid" else "bid"
    columns: dict[str, Any] = {name: table.column(name) for name in _TYPES if name in table.column_names}
    given = [name for name in PRICES if name in table.column_names]
    if digits is None:
        digits = shown_digits(table.column(name).to_numpy() for name in given if _has_prices(table.column(name)))
    for name in given:
        columns[f"{side}_{name}"] = table.column(name)
        columns[f"{other}_{name}"] = _shifted(table.column(name), signed, digits)
    return pa.table({name: columns[name] for name in BARS.names if name in columns})


def with_lone_times(error: OmegaError, bid: pa.Table, ask: pa.Table) -> OmegaError:
    """Say in an error about sides that do not fit which times only one of them has."""
    if error.rule != "G-1" or error.column != "timestamp":
        return error  # the times themselves are at fault
    times = {"bid": bid.column("timestamp").to_numpy(), "ask": ask.column("timestamp").to_numpy()}
    lone = [_lone_times(side, times[side], times[other]) for side, other in (("bid", "ask"), ("ask", "bid"))]
    message = "; ".join([error.message, *filter(None, lone)])
    return omega_error(error.code, message, rule=error.rule, column=error.column, value=error.value)


def _lone_times(side: str, times: npt.NDArray[np.datetime64], others: npt.NDArray[np.datetime64]) -> str:
    rows = np.flatnonzero(~np.isin(times, others))
    shown = [f"{np.datetime_as_string(times[row], 's')}Z (row {row})" for row in rows[:_LONE_SHOWN]]
    more = ", …" if len(rows) > _LONE_SHOWN else ""
    return f"only in {side}: {', '.join(shown)}{more}" if shown else ""


def _has_prices(column: Any) -> bool:
    return bool(column.type == pa.float64() and not column.null_count)


def checked_spread(side: SideName, spread_pips: float | str | None) -> float | str:
    """Take the spread that makes the other side of ``side``: a column's name or a number of pips, not nothing."""
    if spread_pips is None:
        raise omega_error(
            ErrorCode.MISSING_REQUIRED_FIELD,
            f"only {side}= is given; give the other side too, or spread_pips=",
            rule="G-1",
            column="spread_pips",
        )
    return spread_pips if isinstance(spread_pips, str) else _number("spread_pips", spread_pips)


def _shifted(column: Any, distance: float | npt.NDArray[np.float64], digits: int) -> Any:
    if not _has_prices(column):
        return column  # the check of the whole names it
    return pa.array(quantized(column.to_numpy() + distance, digits))


def _spread(table: pa.Table, spread_pips: float | str) -> float | npt.NDArray[np.float64]:
    if not isinstance(spread_pips, str):
        return _number("spread_pips", spread_pips)
    if spread_pips not in table.column_names:
        raise omega_error(
            ErrorCode.MISSING_REQUIRED_FIELD,
            f"no column {spread_pips!r} that spread_pips names",
            rule="Q-G1c",
            column=spread_pips,
        )
    column = table.column(spread_pips)
    if column.type != pa.float64() or column.null_count:
        raise omega_error(
            ErrorCode.NULL_VALUE if column.null_count else ErrorCode.TYPE_MISMATCH,
            f"column {spread_pips!r} must hold numbers without nulls",
            rule="Q-G1c",
            column=spread_pips,
        )
    values = np.asarray(column.to_numpy(), dtype=np.float64)
    faulty = np.flatnonzero(~((values >= 0.0) & (values < np.inf)))
    if len(faulty):
        _number(spread_pips, float(values[faulty[0]]), row=int(faulty[0]))
    return values


def _number(name: str, value: object, row: int | None = None) -> float:
    """Take a finite number ≥ 0."""
    value = plain_scalar(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        code = ErrorCode.TYPE_MISMATCH
    elif math.isnan(value):
        code = ErrorCode.NAN_VALUE
    elif math.isinf(value):
        code = ErrorCode.INFINITE_VALUE
    elif value < 0:
        code = ErrorCode.CONSTRAINT_VIOLATION
    else:
        return float(value)
    shown = value if isinstance(value, int | float) else str(value)
    message = f"{name} must be a finite number ≥ 0, not {value!r}"
    raise omega_error(code, message, rule="Q-G1c", column=name, row=row, value=shown)
