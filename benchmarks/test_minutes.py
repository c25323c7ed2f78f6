"""Bars against minutes: bars are built as G-2 says, and where they are the minutes nothing is off."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import omega
from omega.contract.schemas import PRICE_COLUMNS
from omega.contract.types import Timeframe

from . import minutes


@pytest.fixture(scope="module")
def fine() -> minutes.Minutes:
    return minutes.Minutes("sample", "EURUSD", 5, "M5", omega.sample_bars(600, seed=3, backend="python").table)


@pytest.mark.rule("G-2")
def test_bars_are_those_of_a_resampling(fine: minutes.Minutes) -> None:
    bars, hour = minutes.built(fine, "H1"), Timeframe.H1.value
    hours: dict[int, list[dict[str, Any]]] = {}
    for row in fine.table.set_column(0, "timestamp", fine.table.column("timestamp").cast(pa.int64())).to_pylist():
        hours.setdefault(row["timestamp"] // hour * hour, []).append(row)
    assert bars.table.column("timestamp").cast(pa.int64()).to_pylist() == list(hours)
    assert bars.ends.tolist() == [rows[-1]["timestamp"] + Timeframe.M5.value for rows in hours.values()]
    how: dict[str, Callable[[list[float]], float]] = {
        "open": lambda prices: prices[0],
        "high": max,
        "low": min,
        "close": lambda prices: prices[-1],
    }
    for name in PRICE_COLUMNS:
        expected = [how[name[4:]]([row[name] for row in rows]) for rows in hours.values()]
        assert bars.table.column(name).to_pylist() == expected


@pytest.mark.parametrize("entry", minutes.SETTING_OF)
def test_bars_that_are_the_minutes_are_not_off(fine: minutes.Minutes, entry: str) -> None:
    found = minutes.measured(fine, minutes.built(fine, "M5"), entry, 1.0, seed=1)["path"]
    row = minutes.row_of(found)
    assert row["trades"] > 100
    assert (row["bias"], row["low"], row["high"], row["other"]) == (0.0, 0.0, 0.0, 0.0)


def test_bars_lose_what_they_do_not_show(fine: minutes.Minutes) -> None:
    """Hours of five minutes: some stop entries end otherwise, and at its worst a bar gives no more than its path."""
    found = minutes.measured(fine, minutes.built(fine, "H1"), "stop", 0.5, seed=1)
    assert found["path"].is_other.any()
    assert found["path"].ambiguous
    assert found["adverse"].bars.sum() < found["path"].bars.sum()


def test_an_interval_is_of_days() -> None:
    """Two days, 0 and 1 R off: drawn again, their mean is 0, ½ or 1."""
    day = np.array(["a"] * 50 + ["b"] * 50)
    off = np.where(day == "b", 1.0, 0.0)
    row = minutes.row_of(minutes.Measured(np.zeros(100), off, off > 0, day, 7))
    assert (row["bias"], row["low"], row["high"], row["other"]) == (0.5, 0.0, 1.0, 0.5)


def test_the_committed_tables_are_of_the_rows() -> None:
    folder = Path(minutes.__file__).parent / "results"
    rows = json.loads((folder / "minutes.json").read_text("utf-8"))
    assert (folder / "minutes.md").read_text("utf-8") == minutes.report(rows)
