"""Generated runs over ticks: the bars of a generated case taken apart, with its signals and configuration (E-17)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Final

import pyarrow as pa

from omega.contract.schemas import TICKS
from omega.contract.types import EngineConfig
from omega_parity.generate.blocks import keyed_bytes
from omega_parity.generate.calls import Call, CallCase
from omega_parity.generate.cases import Case
from omega_parity.generate.columns import prices_of, times_of
from omega_parity.generate.sequences import GENERATED, sample_case

_POINTS: Final = (("open", "low", "high", "close"), ("open", "high", "low", "close"))
"""A bar's prices in both orders in which it may have had them."""

_STEPS: Final = ((0, 1, 2, 3), (0, 0, 2, 2), (0, 0, 0, 0), (0, 1, 1, 1))
"""When they come, in quarters of a bar: each by itself, in pairs, all at once."""

_KEPT: Final = ((0, 1, 2, 3), (0, 1, 2, 3), (0, 3), (1, 2))
"""Which of them there are."""

_MOST_BARS: Final = 400

_NAN: Final = float("nan")


def sample_ticks(n: int, seed: int = 0) -> Iterator[CallCase]:
    """Yield ``n`` cases; case i depends on ``seed`` and i only, so that a longer sample begins the same."""
    for index in range(n):
        yield tick_calls(seed, index)


def tick_calls(seed: int, index: int) -> CallCase:
    """Return case ``index`` of the sample with ``seed``."""
    case, key = tick_base(seed, index), keyed_bytes(seed, (1 << 34) + index, _MOST_BARS)
    return CallCase(name=f"{GENERATED}/{seed}-ticks-{index}", bars=case.bars, calls_on=partial(_calls, case, key))


def tick_base(seed: int, index: int) -> Case:
    """Return the generated case whose bars are taken apart: the first with signals, and few enough bars, from there."""
    place = (1 << 20) + 16 * index
    while True:
        case = sample_case(seed, place)
        if case.signals is not None and case.bars.num_rows <= _MOST_BARS:
            return case
        place += 1


def ticks_of(bars: pa.Table, timeframe: int, key: bytes) -> pa.Table:
    """Take bars apart; a byte of ``key`` says how for each. No tick is later than the last bar, as no rate need be."""
    last = times_of(bars)[-1]
    times, bid, ask = list[int](), list[float](), list[float]()
    columns = prices_of(bars)
    for row, time in enumerate(times_of(bars)):
        byte = key[row]
        points, steps = _POINTS[byte & 1], _STEPS[byte >> 1 & 3]
        for place in _KEPT[byte >> 3 & 3]:
            times.append(min(time + steps[place] * (timeframe // 4), last))
            bid.append(columns[f"bid_{points[place]}"][row])
            ask.append(columns[f"ask_{points[place]}"][row])
    return pa.table([pa.array(times, TICKS.field(0).type), pa.array(bid), pa.array(ask)], schema=TICKS)


def _calls(case: Case, key: bytes, bars: pa.Table) -> tuple[Call, ...]:
    config = replace(case.config, strategy=None)
    ticks = ticks_of(bars, config.timeframe, key)
    assert case.signals is not None, "a case of signals was asked for"
    signals = with_touched_target(case.signals, ticks, config)
    tables = {"": ticks, "_broken": broken_ticks(ticks, key[0]), "_broken_again": broken_ticks(ticks, key[1])}
    runs = (
        Call(
            label=f"run_ticks{label}",
            component="event_engine",
            method="run_ticks",
            arguments=(table, signals, config),
        )
        for label, table in tables.items()
    )
    checks = (
        Call(label=f"check_ticks{label}", component="data_handler", method="check_ticks", arguments=(table,))
        for label, table in tables.items()
    )
    return (*runs, *checks)


def with_touched_target(signals: pa.Table, ticks: pa.Table, config: EngineConfig) -> pa.Table:
    """Add a sell limit whose target is the ask of the tick that triggers it: only v1, without checks, takes it."""
    times, bid, ask = times_of(ticks), ticks.column("bid").to_numpy(), ticks.column("ask").to_numpy()
    later = [row for row, time in enumerate(times) if time > times[0]]
    if not later:
        return signals
    row = max(later, key=lambda row: float(bid[row]))
    order = {
        "timestamp": times[0],
        "symbol": config.symbol,
        "signal_type": "entry",
        "direction": "short",
        "order_type": "limit",
        "price": float(bid[row]),
        "stop_loss": 2.0 * float(ask[row]),
        "take_profit": float(ask[row]),
        "size": 1.0 if config.instrument is None else config.instrument.volume_min,
        "magic_number": 0,
    }
    place = bisect_right(times_of(signals), times[0])
    added = pa.Table.from_pylist([order], schema=signals.schema)
    return pa.concat_tables([signals.slice(0, place), added, signals.slice(place)]).combine_chunks()


def broken_ticks(ticks: pa.Table, byte: int) -> pa.Table:
    """Break one value of T-3; a byte says which and where."""
    row = byte * ticks.num_rows >> 8
    times, bid = times_of(ticks), ticks.column("bid").to_numpy()
    column, value = (
        ("timestamp", times[0] - 1),
        ("timestamp", 1 << 60),
        ("timestamp", None),
        ("bid", _NAN),
        ("bid", 0.0),
        ("ask", float("inf")),
        ("ask", -float(bid[row])),
        ("ask", 1e13),
        ("ask", None),
    )[byte % 9]
    return with_cell(ticks, column, row, value)


def with_cell(ticks: pa.Table, column: str, row: int, value: object) -> pa.Table:
    """Return ticks with another value in one cell."""
    place, field = ticks.schema.get_field_index(column), ticks.schema.field(column)
    values = times_of(ticks) if column == "timestamp" else ticks.column(column).to_pylist()
    values[row] = value  # type: ignore[call-overload]
    return ticks.set_column(place, pa.field(column, field.type), pa.array(values, field.type))
