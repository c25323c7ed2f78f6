"""Tables that break one rule each (T-2, T-6), for both sides to refuse alike."""

from __future__ import annotations

import math
from itertools import product
from typing import Any, Final

import pyarrow as pa

from omega.contract import schemas

BEYOND_CALENDAR: Final = (-62_135_596_800_000_001, 253_402_300_800_000_000)
"""The µs before the year 1 and after the year 9999 (Q-T1)."""

_BAD_NUMBERS: Final = {"nan": math.nan, "inf": math.inf, "minus inf": -math.inf, "zero": 0.0, "negative": -1.0}

FINE_BARS: Final = {"minus zero volume", "step off"}
"""Bars that look broken and are not."""


def put_cell(table: pa.Table, column: str, row: int, value: object) -> pa.Table:
    """Return a table with one cell changed; the column may then hold null."""
    values = table[column].to_pylist()
    values[row] = value
    index = table.schema.get_field_index(column)
    field = table.schema.field(column)
    return table.set_column(index, pa.field(column, field.type), pa.array(values, field.type))


def bad_bars(bars: pa.Table) -> dict[str, pa.Table]:
    """Return bars that break one rule each, by what is wrong; those of ``FINE_BARS`` only look so.

    Parameters
    ----------
    bars : pyarrow.Table
        Sound, at least 20.
    """
    bad = _bad_shapes(bars) | _bad_orders(bars)
    for row, time in product((0, 6), (-(2**63), *BEYOND_CALENDAR, 2**63 - 1)):
        times = bars["timestamp"].cast(pa.int64()).to_pylist()
        times[row] = time
        bad[f"time {time} in row {row}"] = bars.set_column(0, schemas.BARS.field(0), pa.array(times, schemas.TIMESTAMP))
    for name in bars.column_names:
        bad[f"no {name}"] = bars.drop_columns([name])
        bad[f"null {name}"] = put_cell(bars, name, 6, None)
        bad[f"{name} twice"] = bars.append_column(name, bars[name])
    for name, (label, value) in product((*schemas.PRICE_COLUMNS, "volume"), _BAD_NUMBERS.items()):
        bad[f"{label} {name}"] = put_cell(put_cell(bars, name, 9, value), "volume", 2, math.nan)
    for name, price in product(schemas.PRICE_COLUMNS, (5e-324, 0.999e-12, 1.001e12, 1e308)):
        bad[f"{price} in {name}"] = put_cell(bars, name, 9, price)
    return bad


def _bad_shapes(bars: pa.Table) -> dict[str, pa.Table]:
    """Columns of another type, and symbols that are more than one."""
    symbols = pa.array(["EURUSD"] * len(bars))
    return {
        "empty": bars.slice(0, 0),
        "no columns": pa.table({}),
        "naive times": bars.set_column(0, "timestamp", bars["timestamp"].cast(pa.timestamp("us"))),
        "millisecond times": bars.set_column(0, "timestamp", bars["timestamp"].cast(pa.timestamp("ms", "UTC"))),
        "float32 prices": bars.set_column(1, "bid_open", bars["bid_open"].cast(pa.float32())),
        "text prices": bars.set_column(8, "ask_close", bars["ask_close"].cast(pa.string())),
        "two symbols": bars.append_column("symbol", pa.array(["EURUSD"] * (len(bars) - 1) + ["GBPUSD"])),
        "another symbol early": bars.append_column("symbol", pa.array(["EURUSD", "GBPUSD"] * (len(bars) // 2))),
        "null symbol": bars.append_column("symbol", pa.array([None] + ["EURUSD"] * (len(bars) - 1))),
        "number symbol": bars.append_column("symbol", pa.array([1] * len(bars))),
        "symbol twice": bars.append_column("symbol", symbols).append_column("symbol", symbols),
    }


def _bad_orders(bars: pa.Table) -> dict[str, pa.Table]:
    """Times that do not rise by whole bars, prices beyond their bar, volumes below zero."""
    step = bars["timestamp"][1].as_py() - bars["timestamp"][0].as_py()
    uneven = [time.as_py() + row % 2 * (step / 3) for row, time in enumerate(bars["timestamp"])]
    high, low = bars["bid_high"][3].as_py(), bars["bid_low"][3].as_py()
    return {
        "duplicate time": put_cell(bars, "timestamp", 5, bars["timestamp"][4].as_py()),
        "times back": put_cell(bars, "timestamp", 5, bars["timestamp"][2].as_py()),
        "reversed": bars.take(list(range(len(bars)))[::-1]),
        "step off": put_cell(bars, "timestamp", len(bars) - 1, bars["timestamp"][-1].as_py() + step / 3),
        "every step off": bars.set_column(0, schemas.BARS.field(0), pa.array(uneven, schemas.TIMESTAMP)),
        "high below low": put_cell(put_cell(bars, "bid_high", 3, low), "bid_low", 3, high),
        "open above high": put_cell(bars, "bid_open", 3, high + 1e-5),
        "close below low": put_cell(bars, "ask_close", 3, bars["ask_low"][3].as_py() - 1e-5),
        "negative volume": put_cell(bars, "volume", 7, -1.0),
        "minus zero volume": put_cell(bars, "volume", 7, -0.0),
        "nanoseconds": bars.set_column(0, schemas.BARS.field(0), shifted_times(bars, 2**62)),
    }


def shifted_times(bars: pa.Table, microseconds: int) -> pa.Array[Any]:
    """Return the times of ``bars``, moved by so many µs."""
    times = bars["timestamp"].cast(pa.int64()).to_numpy() + microseconds
    return pa.array(times, schemas.TIMESTAMP)


def bad_signals(signals: pa.Table) -> dict[str, pa.Table]:
    """Return signals that break one rule each, by what is wrong.

    Parameters
    ----------
    signals : pyarrow.Table
        Sound, at least 10.
    """
    bad = {f"no {name}": signals.drop_columns([name]) for name in ("timestamp", "symbol", "signal_type")}
    for name in ("timestamp", "symbol", "signal_type", "magic_number"):
        bad[f"null {name}"] = put_cell(signals, name, 3, None)
    for name, word in (("signal_type", "enter"), ("direction", "LONG"), ("order_type", ""), ("order_type", "markét")):
        bad[f"{name} {word!r}"] = put_cell(signals, name, 4, word)
    floats = [field.name for field in schemas.SIGNALS if pa.types.is_floating(field.type)]
    for name, value in product(floats, (math.nan, math.inf, -math.inf, 1.001e12, 1e304)):
        bad[f"{name} {value}"] = put_cell(signals, name, 5, value)
    for name in ("trailing_distance", "trailing_step", "break_even_at_r", "break_even_offset", "max_holding"):
        bad[f"negative {name}"] = put_cell(signals, name, 6, -1 if name == "max_holding" else -1e-300)
    for value in (0.0, -0.5, 9e-13, 1.0000000000000002):
        bad[f"fraction {value}"] = put_cell(signals, "fraction", 6, value)
    for name in signals.column_names:
        bad[f"type of {name}"] = signals.set_column(
            signals.schema.get_field_index(name), name, pa.array([True] * len(signals))
        )
    for name in ("timestamp", "price"):
        bad[f"{name} twice"] = signals.append_column(name, signals[name])
    for name, time in product(("timestamp", "expires_at"), (-(2**63), *BEYOND_CALENDAR, 2**63 - 1)):
        bad[f"{name} {time}"] = put_cell(signals, name, 0 if time < 0 else len(signals) - 1, time)
    bad["duration of the core's null"] = put_cell(signals, "max_holding", 6, -(2**63))
    bad["out of order"] = signals.take([1, 0, *range(2, len(signals))])
    bad["out of order at the end"] = signals.take([*range(len(signals) - 2), len(signals) - 1, len(signals) - 2])
    bad["naive times"] = signals.set_column(0, "timestamp", signals["timestamp"].cast(pa.timestamp("us")))
    bad["two breaches"] = put_cell(put_cell(signals, "price", 9, math.nan), "magic_number", 2, None)
    bad["two rows"] = put_cell(put_cell(signals, "price", 9, math.nan), "price", 8, math.inf)
    return bad
