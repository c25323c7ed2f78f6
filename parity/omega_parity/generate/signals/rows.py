"""What both makers of signals share: a usual distance of the bars, and the table that rows become."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from omega.contract.schemas import SIGNALS

Row = dict[str, object]
"""A signal: column to value; a column that is not there is null."""


def typical_range(prices: dict[str, list[float]]) -> float:
    """Return the median distance from low to high of the bid, price."""
    ranges = sorted(high - low for high, low in zip(prices["bid_high"], prices["bid_low"], strict=True))
    return ranges[len(ranges) // 2]


def signals_table(rows: Sequence[Row]) -> pa.Table:
    """Return ``rows`` as a signal table (T-6) in order of time; equal times keep their order."""
    ordered = sorted(rows, key=_time)
    return pa.table(
        [pa.array([row.get(field.name) for row in ordered], field.type) for field in SIGNALS], schema=SIGNALS
    )


def _time(row: Row) -> int:
    time = row["timestamp"]
    assert isinstance(time, int)
    return time
