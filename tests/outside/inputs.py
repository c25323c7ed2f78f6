"""Bars and signals of a run as quotes in points and rows of plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np
import pyarrow as pa

from .orders import Quote, Side, Signal
from .terms import Points, Terms

TIMES = ("timestamp", "expires_at", "max_holding")
COLUMNS = (
    "timestamp",
    "symbol",
    "signal_type",
    "direction",
    "order_type",
    "price",
    "size",
    "stop_loss",
    "take_profit",
    "magic_number",
    "expires_at",
    "trailing_distance",
    "trailing_step",
    "break_even_at_r",
    "break_even_offset",
    "max_holding",
    "fraction",
    "scenario",
)


def points_of(prices: Iterable[float], terms: Terms) -> list[Points]:
    """Count prices in points.

    A double nearest to a price of the grid, or to a tenth of a point, is that (Q-N8 makes levels of such doubles);
    any other is what it is.
    """
    values = np.asarray(prices, dtype=np.float64)
    tenths = np.rint(values * (10 * terms.scale))
    is_exact = tenths / (10 * terms.scale) == values
    return [
        (int(tenth) // 10 if tenth % 10 == 0 else Fraction(int(tenth), 10)) if exact else Fraction(value) * terms.scale
        for value, tenth, exact in zip(values.tolist(), tenths.tolist(), is_exact.tolist(), strict=True)
    ]


def quotes_of(bars: pa.Table, terms: Terms) -> list[Quote]:
    """Return the bars before the run's end."""
    times = bars.column("timestamp").cast(pa.int64()).to_pylist()
    sides = [
        [
            Side(*prices)
            for prices in zip(
                *(points_of(bars.column(f"{side}_{name}").to_numpy(), terms) for name in Side._fields), strict=True
            )
        ]
        for side in ("bid", "ask")
    ]
    return [quote for quote in map(Quote, times, *sides) if terms.end is None or quote.time < terms.end]


def of_the_run(quotes: Iterable[Quote], terms: Terms) -> list[Quote]:
    """Leave out the warm-up (G-4)."""
    return [quote for quote in quotes if terms.start is None or quote.time >= terms.start]


def signals_of(table: pa.Table) -> list[Signal]:
    """Return the signals; a column that is not there is null, magic numbers are then 0 (Q-T6)."""
    columns: dict[str, Sequence[object]] = {}
    for name in COLUMNS:
        if name not in table.column_names:
            columns[name] = [0 if name == "magic_number" else None] * table.num_rows
        elif name in TIMES:
            columns[name] = table.column(name).cast(pa.int64()).to_pylist()
        else:
            columns[name] = table.column(name).to_pylist()
    return [dict(zip(COLUMNS, row, strict=True)) for row in zip(*columns.values(), strict=True)]
