from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.protocols import BarFinding
from omega_reference.data import DataHandler

from .test_checks import FLAT, MINUTE_US, START_US, replaced

MakeTable = Callable[..., pa.Table]
DAY_US = 1440 * MINUTE_US


def shown(found: tuple[BarFinding, ...]) -> list[tuple[Any, ...]]:
    return [(one.rule, one.code, one.column, one.count, one.rows) for one in found]


@pytest.mark.rule("Q-T2e")
def test_every_breach_is_listed_with_its_count_and_first_rows(make_bars: MakeTable) -> None:
    table = make_bars([FLAT] * 12)
    times = table["timestamp"].cast(pa.int64()).to_pylist()
    table = replaced(replaced(table, "timestamp", 2, times[1]), "timestamp", 5, times[3])
    table = replaced(replaced(table, "bid_open", 7, math.nan), "bid_open", 8, 100.5)
    table = replaced(table, "bid_low", 9, None)
    for row in range(6):
        table = replaced(table, "volume", row, -1.0)
    table = table.drop_columns(["ask_open"]).append_column("symbol", pa.array([None, *["A"] * 10, "B"]))
    assert shown(DataHandler().examine(table, MINUTE_US)) == [
        ("T-2", 1008, "ask_open", 1, ()),
        ("T-2", 1006, "timestamp", 1, (2,)),
        ("T-2", 1006, "timestamp", 1, (5,)),
        ("T-2", 2004, "bid_open", 1, (7,)),
        ("T-2", 1006, "bid_open", 1, (8,)),
        ("T-2", 1002, "bid_low", 1, (9,)),
        ("T-2", 1006, "volume", 6, (0, 1, 2, 3, 4)),
        ("T-2", 1002, "symbol", 1, (0,)),
        ("T-2", 1006, "symbol", 1, (11,)),
    ]


@pytest.mark.rule("Q-T2e", "Q-T2b")
def test_bars_without_a_breach_have_findings(make_bars: MakeTable) -> None:
    table = replaced(make_bars([FLAT] * 6), "timestamp", 5, START_US + 5 * MINUTE_US + 1)
    found = DataHandler().examine(table, None)
    assert shown(found) == [("T-2", 0, "gaps", 1, (5,)), ("T-2", 0, "uneven_steps", 1, (5,))]
    assert [one.message for one in found] == ["gaps", "uneven_steps"]
    assert DataHandler().examine(make_bars([FLAT] * 6), None) == ()


@pytest.mark.rule("Q-T2e", "Q-T2b", "N-8")
def test_prices_of_more_digits_are_a_finding_where_the_digits_are_known(make_bars: MakeTable) -> None:
    """Of seven bars six have a price of two decimals."""
    table = make_bars([FLAT] * 7)
    for row in (0, 1, 3, 4, 5, 6):
        high = table["ask_high"][row].as_py()
        table = replaced(table, "ask_high", row, high + 0.25)
    handler = DataHandler()
    assert handler.examine(table, None) == handler.examine(table, None, 2) == ()
    assert shown(handler.examine(table, None, 1)) == [("T-2", 0, "off_grid", 6, (0, 1, 3, 4, 5))]
    assert handler.keep_bars(table, MINUTE_US).off_grid(1) == 6
    for digits in (-1, 16):
        with pytest.raises(OmegaError) as caught:
            handler.examine(table, None, digits)
        assert (caught.value.code, caught.value.rule, caught.value.column) == (ErrorCode.OUT_OF_BOUNDS, "N-5", "digits")


@pytest.mark.rule("Q-T2e", "Q-T4")
def test_a_null_time_is_passed_over_and_steps_count_once(make_bars: MakeTable) -> None:
    table = replaced(make_bars([FLAT] * 5), "timestamp", 1, None)
    assert shown(DataHandler().examine(table, None)) == [("T-2", 1002, "timestamp", 1, (1,))]
    assert shown(DataHandler().examine(table, DAY_US)) == [
        ("T-2", 1002, "timestamp", 1, (1,)),
        ("T-4", 1006, "timestamp", 1, (2,)),
    ]
    assert DataHandler().find_timeframe(table) == MINUTE_US, "nulls do not hide the timeframe"


@pytest.mark.rule("Q-T2e", "Q-T4b")
def test_what_is_no_table_of_bars_at_all(make_bars: MakeTable) -> None:
    handler = DataHandler()
    assert shown(handler.examine(make_bars([FLAT]).slice(0, 0), None)) == [("T-2", 1010, "timestamp", 1, ())]
    assert {one.code for one in handler.examine(pa.table({}), None)} == {1008}
    with pytest.raises(OmegaError, match="a timeframe is one of"):
        handler.examine(make_bars([FLAT]), 7)


@pytest.mark.rule("Q-T4")
def test_what_is_worse_than_no_timeframe_goes_first(make_bars: MakeTable) -> None:
    handler = DataHandler()
    for table, column in (
        (make_bars([FLAT]), "timeframe"),
        (make_bars([FLAT]).slice(0, 0), "timestamp"),
        (replaced(make_bars([FLAT]), "volume", 0, -1.0), "volume"),
        (make_bars([FLAT]).drop_columns(["volume"]), "volume"),
    ):
        with pytest.raises(OmegaError) as caught:
            handler.find_timeframe(table)
        assert caught.value.column == column
