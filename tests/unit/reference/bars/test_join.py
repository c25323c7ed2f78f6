from __future__ import annotations

import math

import pyarrow as pa
import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.schemas import BARS, TIMESTAMP
from omega_reference.bars.columns import SideColumns
from omega_reference.bars.join import check_side
from omega_reference.data import DataHandler

MINUTE_US = 60_000_000
START_US = 1_704_067_200_000_000
join_sides = DataHandler().join_sides


def side(rows: list[int], price: float) -> pa.Table:
    times = pa.array([START_US + row * MINUTE_US for row in rows], TIMESTAMP)
    columns = {name: [price + row for row in rows] for name in ("open", "high", "low", "close", "volume")}
    return pa.table({"timestamp": times, **{name: pa.array(x, pa.float64()) for name, x in columns.items()}})


@pytest.mark.rule("G-1")
def test_sides_are_joined_on_equal_times() -> None:
    joined = join_sides(side([0, 1, 3, 4], 100.0), side([1, 2, 3], 200.0), 0.6)
    assert joined.schema == BARS
    assert joined["timestamp"].cast(pa.int64()).to_pylist() == [START_US + row * MINUTE_US for row in (1, 3)]
    assert (joined["bid_open"].to_pylist(), joined["ask_close"].to_pylist()) == ([101.0, 103.0], [201.0, 203.0])
    assert joined["volume"].to_pylist() == [101.0, 103.0]


@pytest.mark.rule("G-1", "Q-G1")
def test_too_many_unmatched_rows_are_refused_with_both_counts() -> None:
    with pytest.raises(OmegaError, match="2 bid and 1 ask") as caught:
        DataHandler().join_sides(side([0, 1, 3, 4], 1.0), side([1, 2, 3], 2.0), 0.59)
    assert (caught.value.code, caught.value.value) == (ErrorCode.CONSTRAINT_VIOLATION, 0.6)


@pytest.mark.rule("Q-G1b")
@pytest.mark.parametrize(
    ("bid", "ask", "ratio", "code", "column"),
    [
        (side([0], 1.0), side([0], 1.0), math.nan, ErrorCode.OUT_OF_BOUNDS, "max_missing_ratio"),
        (side([0], 1.0), side([0], 1.0), 1.5, ErrorCode.OUT_OF_BOUNDS, "max_missing_ratio"),
        (side([], 1.0), side([], 1.0), 1.0, ErrorCode.EMPTY_INPUT, "timestamp"),
        (side([0], 1.0), side([1], 1.0), 1.0, ErrorCode.EMPTY_INPUT, "timestamp"),
        (side([0, 0], 1.0), side([1], 1.0), 1.0, ErrorCode.CONSTRAINT_VIOLATION, "bid_timestamp"),
        (side([0], 1.0), side([1], 1.0).drop_columns(["high"]), 1.0, ErrorCode.MISSING_REQUIRED_FIELD, "ask_high"),
    ],
)
def test_sides_are_checked(bid: pa.Table, ask: pa.Table, ratio: float, code: ErrorCode, column: str) -> None:
    with pytest.raises(OmegaError) as caught:
        join_sides(bid, ask, ratio)
    assert (caught.value.code, caught.value.rule, caught.value.column) == (code, "G-1", column)


def test_a_side_with_a_short_column_is_refused() -> None:
    short = SideColumns(timestamp=[1, 2], open=[1.0, 1.0], high=[1.0, 1.0], low=[1.0], close=[1.0, 1.0], volume=[1.0])
    with pytest.raises(OmegaError) as caught:
        check_side(short, "ask_")
    assert (caught.value.code, caught.value.column) == (ErrorCode.SIZE_MISMATCH, "ask_low")
