"""Bars of three symbols that some minutes lack, for the tests of several symbols at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

import omega
from omega.contract.errors import OmegaError
from omega.contract.schemas import BARS, TIMESTAMP
from omega.data.bars import Bars
from omega.slices import MultiSymbolDataIterator

MINUTE = 60_000_000
START = 1_704_067_200_000_000
NAMES = ("EURUSD", "USDJPY", "GBPUSD")
ROWS = ([0, 1, 3], [1, 2, 3], [3, 5])
"""Minutes of each symbol's bars: the union is 0 1 2 3 5, the intersection 3."""


def bars(rows: list[int], base: float, symbol: str | None = None, *, step: int = MINUTE) -> Bars:
    """Bars whose open is base + minute, high 0.3 above, low 0.2 below, close 0.1 above; the ask is 0.01 above."""
    opens = [base + row for row in rows]
    columns: dict[str, Any] = {"timestamp": pa.array([START + row * step for row in rows], TIMESTAMP)}
    for side, spread in (("bid", 0.0), ("ask", 0.01)):
        for name, shift in (("open", 0.0), ("high", 0.3), ("low", -0.2), ("close", 0.1)):
            columns[f"{side}_{name}"] = [price + shift + spread for price in opens]
    columns["volume"] = [10.0 * row for row in rows]
    table = pa.table([pa.array(columns[field.name], field.type) for field in BARS], schema=BARS)
    timeframe = "M5" if step > MINUTE else "M1"
    return omega.read_bars(table, symbol=symbol, timeframe=timeframe)


def three(mode: str = "union", **more: Any) -> MultiSymbolDataIterator:
    made = {name: bars(rows, 100.0 * (place + 1)) for place, (name, rows) in enumerate(zip(NAMES, ROWS, strict=True))}
    return omega.multi_symbol(made, mode=mode, **more)


def refused(call: Callable[[], object]) -> OmegaError:
    with pytest.raises(OmegaError) as caught:
        call()
    return caught.value
