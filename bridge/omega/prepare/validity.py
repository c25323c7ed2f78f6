"""The first breach of T-2 or T-3 in a chunk that passes by, with its file and row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from omega.contract.errors import ContextValue, ErrorCode, OmegaError, omega_error
from omega.prepare import columns
from omega.prepare.columns import PRICE_LEAST, PRICE_MOST, Floats, Mask

_NONE: Final = -(2**63)


@dataclass(slots=True)
class Validity:
    """Checks chunks of one table in their order.

    Attributes
    ----------
    last_time : int
        Time of the last row that was checked, µs.
    """

    last_time: int = _NONE

    def check(self, table: pa.Table, source: str, rows: columns.Times) -> None:
        """Refuse the first breach in (column order, row); ``rows`` are those of the file ``source``.

        Raises
        ------
        OmegaError
            1002 a null, 2004 NaN, 2005 an infinity, 1006 otherwise.
        """
        if not table.num_rows:
            return
        is_ticks = columns.is_ticks(table)
        rule = "T-3" if is_ticks else "T-2"
        fault = self._time_fault(table, is_ticks=is_ticks)
        if fault is None and columns.invalid(table).any():
            fault = _number_fault(table)
        if fault is not None:
            raise _error(fault, rule, source, rows)
        self.last_time = int(columns.times(table)[-1])

    def _time_fault(self, table: pa.Table, *, is_ticks: bool) -> _Fault | None:
        moments = columns.times(table)
        before = np.concatenate(([self.last_time], moments[:-1]))
        faulty = moments < before if is_ticks else moments <= before
        if not faulty.any():
            return None
        row = int(np.flatnonzero(faulty)[0])
        time = int(moments[row])
        if time == int(before[row]):
            return _Fault(ErrorCode.CONSTRAINT_VIOLATION, "timestamp", row, time, _TWICE)
        return _Fault(ErrorCode.CONSTRAINT_VIOLATION, "timestamp", row, time, _BACKWARD)


_TWICE: Final = "this time is there twice; repair duplicates=first or duplicates=last keeps one of them"
_BACKWARD: Final = "this time is before that of the row above; repair order=sort sorts the rows"
_DROP: Final = "; repair invalid=drop leaves such rows out"


@dataclass(frozen=True, slots=True)
class _Fault:
    code: ErrorCode
    column: str
    row: int
    value: ContextValue
    why: str


def _error(fault: _Fault, rule: str, source: str, rows: columns.Times) -> OmegaError:
    row = int(rows[fault.row])
    message = f"{source}, row {row}, column {fault.column}: {fault.why}"
    return omega_error(fault.code, message, rule=rule, column=fault.column, row=row, value=fault.value)


def _number_fault(table: pa.Table) -> _Fault | None:
    for name in [name for name in table.column_names if name in (*columns.price_columns(table), "volume")]:
        values = columns.floats(table, name)
        missing: Mask = table.column(name).is_null().to_numpy()
        checks = [
            (ErrorCode.NULL_VALUE, missing, "the cell is empty"),
            (ErrorCode.NAN_VALUE, np.isnan(values) & ~missing, "must be a number"),
            (ErrorCode.INFINITE_VALUE, np.isinf(values), "must be finite"),
            (ErrorCode.CONSTRAINT_VIOLATION, _outside(name, values), _range_of(name)),
            (ErrorCode.CONSTRAINT_VIOLATION, _beyond(table, name), "must lie within low … high"),
        ]
        found = [(int(np.flatnonzero(mask)[0]), place) for place, (_, mask, _) in enumerate(checks) if mask.any()]
        if found:
            row, place = min(found)
            code, _, why = checks[place]
            value = None if code is ErrorCode.NULL_VALUE else float(values[row])
            return _Fault(code, name, row, value, why + _DROP)
    return None


def _outside(name: str, values: Floats) -> Mask:
    with np.errstate(invalid="ignore"):
        found: Mask = values < 0.0 if name == "volume" else (values < PRICE_LEAST) | (values > PRICE_MOST)
    return found & np.isfinite(values)


def _range_of(name: str) -> str:
    return "must be 0 or more" if name == "volume" else f"must be in {PRICE_LEAST:g} … {PRICE_MOST:g}"


def _beyond(table: pa.Table, name: str) -> Mask:
    values = columns.floats(table, name)
    side, _, price = name.rpartition("_")
    if price not in ("open", "close"):
        return np.zeros(len(values), dtype=np.bool_)
    start = f"{side}_" if side else ""
    low, high = columns.floats(table, f"{start}low"), columns.floats(table, f"{start}high")
    found: Mask = (values < low) | (values > high)
    return found
