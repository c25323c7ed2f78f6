"""A span of time of a table, and the groups of rows of a Parquet file that may hold it (Q-T14)."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from omega.contract.schemas import TIMESTAMP


class Window(NamedTuple):
    """Rows with start ≤ time < end, µs since the epoch; None for an end that is open."""

    start: int | None = None
    end: int | None = None


ALL: Final = Window()


def within(table: pa.Table, start: int | None, end: int | None) -> pa.Table:
    """Keep rows with start ≤ time < end (µs)."""
    moments: Any = table.column("timestamp") if "timestamp" in table.column_names else None
    if moments is None or moments.type != TIMESTAMP:
        return table  # the check of the whole names it
    bounds: tuple[tuple[Any, int | None], ...] = ((pc.greater_equal, start), (pc.less, end))
    for compare, bound in bounds:
        if bound is not None:
            # A null is no time outside, but a breach that the check has to see.
            kept: Any = pc.fill_null(compare(table.column("timestamp"), pa.scalar(bound, TIMESTAMP)), True)
            table = table.filter(kept)
    return table


def groups_within(metadata: Any, start: int | None, end: int | None) -> list[int]:
    """Name the groups of rows whose statistics do not lie outside start ≤ time < end."""
    place = next((one for one in range(metadata.num_columns) if metadata.schema.column(one).path == "timestamp"), None)
    groups = range(metadata.num_row_groups)
    if place is None or (start is None and end is None):
        return list(groups)
    return [group for group in groups if _may_hold(metadata.row_group(group).column(place), start, end)]


def _may_hold(column: Any, start: int | None, end: int | None) -> bool:
    if not column.is_stats_set or not column.statistics.has_min_max:
        return True
    try:
        low, high = (
            pa.scalar(one).cast(TIMESTAMP, safe=False).value for one in (column.statistics.min, column.statistics.max)
        )
    except (pa.ArrowException, OverflowError, AttributeError):
        return True
    # The statistics may be of a finer unit, and a microsecond be cut off.
    return (start is None or high + 1 >= start) and (end is None or low < end)
