"""Signals that were handed over without a bar and wait for one (B-2)."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

import numpy as np
import pyarrow as pa

from omega.contract.batches import WAITING
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.schemas import SIGNALS, TIMESTAMP
from omega.data.ipc import columns_of, laid_out

_DEFAULT_MAGIC_NUMBER: Final = 0
_STATUS: Final = "waiting"
_TOLD: Final = [name for name in WAITING.schema.names if name in SIGNALS.names]
_NEVER: Final = -(2**63)
_LAST: Final = 253_402_300_799_999_999
"""Of the calendar (Q-T1)."""


class WaitingSignals:
    """Signals in the order given, each until the first bar whose time is not before its own (L-1a)."""

    def __init__(self) -> None:
        self._tables: deque[tuple[pa.Table, Any]] = deque()
        self._last_time: int | None = None

    def __len__(self) -> int:
        return sum(table.num_rows for table, _ in self._tables)

    def check_order(self, signals: pa.Table) -> None:
        """Refuse signals of which the first is earlier than the last that waits.

        Raises
        ------
        OmegaError
            1006, rule L-1a, row 0.
        """
        if signals.num_rows == 0 or self._last_time is None:
            return
        first = int(_times(signals)[0])
        if first < self._last_time:
            raise omega_error(
                ErrorCode.CONSTRAINT_VIOLATION,
                "timestamp[0]: a signal must not be earlier than one before it",
                rule="L-1a",
                column="timestamp",
                row=0,
                value=first,
            )

    def add(self, signals: pa.Table) -> None:
        """Let checked signals wait."""
        if signals.num_rows:
            times = _times(signals)
            self._tables.append((signals, times))
            self._last_time = int(times[-1])

    def is_due(self, latest: int) -> bool:
        """Whether there is one not later than ``latest``, µs."""
        return bool(self._tables) and int(self._tables[0][1][0]) <= latest

    def due(self, latest: int) -> pa.Table:
        """Return those not later than ``latest``, µs; they go on waiting."""
        parts = []
        for table, times in self._tables:
            rows = int(np.searchsorted(times, latest, side="right"))
            if rows < table.num_rows:
                parts.append(table.slice(0, rows))
                break
            parts.append(table)
        return pa.concat_tables(parts) if parts else SIGNALS.empty_table()

    def all(self) -> pa.Table:
        """Return all that wait."""
        return pa.concat_tables([SIGNALS.empty_table(), *(table for table, _ in self._tables)]).combine_chunks()

    def take(self, rows: int) -> None:
        """Let the first ``rows`` wait no longer."""
        while rows:
            table, times = self._tables.popleft()
            if table.num_rows > rows:
                self._tables.appendleft((table.slice(rows), times[rows:]))
                return
            rows -= table.num_rows


def whole_signals(table: pa.Table, *, is_own: bool) -> pa.Table:
    """Give checked signals every column of T-6, in memory of their own.

    Whoever handed over what is not our own may write to its memory while they wait.
    """
    own = table if is_own else pa.Table.from_batches([_copied(batch) for batch in table.to_batches()], table.schema)
    if own.schema.equals(SIGNALS):
        return own.replace_schema_metadata()
    return pa.Table.from_arrays([_column(own, field) for field in SIGNALS], schema=SIGNALS)


def _copied(batch: pa.RecordBatch) -> pa.RecordBatch:
    return pa.ipc.read_record_batch(batch.serialize(), batch.schema)


def _column(table: pa.Table, field: pa.Field[Any]) -> Any:
    if field.name in table.column_names:
        return table.column(field.name)
    if field.name == "magic_number":
        return pa.array(np.full(table.num_rows, _DEFAULT_MAGIC_NUMBER, np.int64))
    return pa.nulls(table.num_rows, field.type)


def answer(signals: pa.Table, first_row: int) -> pa.Table:
    """Return what is said of signals that wait from now on; ``first_row`` is the number of the first of them."""
    rows = pa.array(np.arange(first_row, first_row + signals.num_rows, dtype=np.int64))
    shared = columns_of(signals.select(_TOLD))
    return laid_out({**shared, "signal_row": rows, "status": pa.repeat(_STATUS, len(rows))}, WAITING)


def _times(signals: pa.Table) -> Any:
    return signals.column("timestamp").cast(pa.int64()).to_numpy()


def latest_time(bar: pa.Table, reach: int) -> int:
    """Return the latest time of a signal that the one bar takes, µs; the earliest there is for what is no bar."""
    if "timestamp" not in bar.column_names:
        return _NEVER
    times = bar.column("timestamp")
    if times.type != TIMESTAMP or times.null_count:
        return _NEVER
    return min(int(times.cast(pa.int64())[0].as_py()) + reach, _LAST)
