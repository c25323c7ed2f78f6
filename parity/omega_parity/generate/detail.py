"""Generated runs with detail bars: the bars of a generated case, and finer ones that make them (E-22)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import pyarrow as pa

from omega.contract.protocols import DetailBars
from omega.contract.schemas import BARS, TIMESTAMP
from omega.contract.types import EngineConfig, Timeframe, Variant
from omega_parity.generate.blocks import Decisions, keyed_bytes
from omega_parity.generate.calls import Call, CallCase
from omega_parity.generate.cases import Case
from omega_parity.generate.columns import prices_of, times_of
from omega_parity.generate.configurations import poor
from omega_parity.generate.sequences import GENERATED, sample_case

ROW_BYTES: Final = 40
"""Of the bytes that say what the detail bars of one bar are."""

_HEAD_BYTES: Final = 8

_MOST_BARS: Final = 400

_OFTEN: Final = 16
"""One case in so many may be of a variant that has no detail bars."""

_POOR: Final = 3
"""One account in so many has little money."""

_NAN: Final = float("nan")


def sample_detail(n: int, seed: int = 0) -> Iterator[CallCase]:
    """Yield ``n`` cases; case i depends on ``seed`` and i only, so that a longer sample begins the same."""
    for index in range(n):
        yield detail_calls(seed, index)


def detail_calls(seed: int, index: int) -> CallCase:
    """Return case ``index`` of the sample with ``seed``."""
    case = detail_base(seed, index)
    key = _key(case, seed, index)
    return CallCase(name=f"{GENERATED}/{seed}-detail-{index}", bars=case.bars, calls_on=partial(_calls, case, key))


def detailed(seed: int, index: int) -> Case:
    """Return the same case as one run with its detail bars."""
    case = detail_base(seed, index)
    return replace(case, detail=detail_of(case.bars, case.config, _key(case, seed, index)))


def _key(case: Case, seed: int, index: int) -> bytes:
    return keyed_bytes(seed, (1 << 35) + index, _HEAD_BYTES + ROW_BYTES * case.bars.num_rows)


def detail_base(seed: int, index: int) -> Case:
    """Return the generated case whose bars get detail bars: the first from there whose timeframe has a finer one."""
    place = (1 << 21) + 16 * index
    while True:
        case = sample_case(seed, place)
        is_wanted = case.config.variant is Variant.CANONICAL or index % _OFTEN == 0
        if is_wanted and case.config.timeframe > Timeframe.M1.value and case.bars.num_rows <= _MOST_BARS:
            return replace(case, config=poor(case.config)) if index % _POOR == 0 else case  # N-1: integers
        place += 1


def detail_of(bars: pa.Table, config: EngineConfig, key: bytes) -> DetailBars:
    """Return finer bars that make ``bars``: none to six of each, as the bytes of ``key`` say."""
    head = Decisions(key)
    finer = [one.value for one in Timeframe if one.value < config.timeframe]
    step = head.evenly(finer[0], *finer)
    digits = 5 if config.instrument is None else config.instrument.digits
    rows: list[dict[str, float]] = []
    times, columns = times_of(bars), prices_of(bars)
    for row, time in enumerate(times):
        first = _HEAD_BYTES + row * ROW_BYTES
        room = config.timeframe if row + 1 == len(times) else min(config.timeframe, times[row + 1] - time)
        prices = {name: values[row] for name, values in columns.items()}
        rows += _parts(time, step, room // step, prices, digits, Decisions(key[first : first + ROW_BYTES]))
    arrays = [
        pa.array([row[name] for row in rows], field_type)
        for name, field_type in zip(BARS.names, BARS.types, strict=True)
    ]
    return DetailBars(bars=pa.table(arrays, schema=BARS), timeframe=step)


@dataclass(frozen=True, slots=True)
class _Way:
    """How one part of a bar goes: bytes for its four prices, and which of the bar's own it has."""

    opens: int
    closes: int
    up: int
    down: int
    is_first: bool
    is_last: bool
    has_high: bool
    has_low: bool


def _parts(
    time: int, step: int, slots: int, prices: dict[str, float], digits: int, decisions: Decisions
) -> Iterator[dict[str, float]]:
    """Yield the detail bars of one bar."""
    count = min(decisions.evenly(0, 1, 1, 2, 2, 3, 3, 4, 5, 6), slots)
    late, high_at, low_at = decisions.byte(), decisions.byte(), decisions.byte()
    for part in range(count):
        way = _Way(
            opens=decisions.byte(),
            closes=decisions.byte(),
            up=decisions.byte(),
            down=decisions.byte(),
            is_first=part == 0,
            is_last=part == count - 1,
            has_high=part == high_at % count,
            has_low=part == low_at % count,
        )
        slot = (part * slots + late % slots) // count
        made = {f"{side}_{name}": price for side in ("bid", "ask") for name, price in _side(way, side, prices, digits)}
        yield {"timestamp": time + slot * step, **made, "volume": float(part)}


def _side(way: _Way, side: str, prices: dict[str, float], digits: int) -> Iterator[tuple[str, float]]:
    """Yield the prices of one side of a part, all within those of its bar."""
    low, high = prices[f"{side}_low"], prices[f"{side}_high"]

    def inside(byte: int) -> float:
        return min(max(round(low + (high - low) * (byte / 255.0), digits), low), high)

    opened = prices[f"{side}_open"] if way.is_first else inside(way.opens)
    closed = prices[f"{side}_close"] if way.is_last else inside(way.closes)
    yield "open", opened
    yield "high", high if way.has_high else max(opened, closed, inside(way.up))
    yield "low", low if way.has_low else min(opened, closed, inside(way.down))
    yield "close", closed


def broken_detail(detail: DetailBars, byte: int) -> DetailBars:
    """Break one value; a byte says which and where."""
    table = detail.bars
    assert isinstance(table, pa.Table)
    row = byte * table.num_rows >> 8
    times, high = times_of(table), table.column("bid_high").to_numpy()
    column, value = (
        ("timestamp", times[row] + detail.timeframe // 2),
        ("timestamp", times[row] + 1),
        ("timestamp", times[0] - 1),
        ("timestamp", None),
        ("bid_high", float(high[row]) * 1.0001),
        ("ask_low", table.column("ask_low")[row].as_py() * 0.9999),
        ("bid_open", table.column("bid_low")[row].as_py()),
        ("ask_close", table.column("ask_high")[row].as_py()),
        ("bid_low", _NAN),
        ("ask_open", None),
        ("volume", -1.0),
    )[byte % 11]
    place, field = table.schema.get_field_index(column), table.schema.field(column)
    values: list[Any] = times if column == "timestamp" else table.column(column).to_pylist()
    values[row] = value
    changed = table.set_column(place, pa.field(column, field.type), pa.array(values, field.type))
    return replace(detail, bars=changed)


def _calls(case: Case, key: bytes, bars: pa.Table) -> tuple[Call, ...]:
    detail = detail_of(bars, case.config, key)
    table = detail.bars
    assert isinstance(table, pa.Table)
    given = {"": detail, "_too_long": replace(detail, timeframe=case.config.timeframe)}
    if table.num_rows:
        given |= {"_broken": broken_detail(detail, key[-1]), "_broken_again": broken_detail(detail, key[-2])}
        last = times_of(bars)[-1]
        later = pa.array([time - times_of(table)[0] + 2 * last for time in times_of(table)], TIMESTAMP)
        given["_of_another_time"] = replace(detail, bars=table.set_column(0, BARS.field(0), later))
    return tuple(
        Call(
            label=f"run_detail{label}",
            component="event_engine",
            method="run",
            arguments=(bars, case.signals, case.config),
            named={"detail": one},
        )
        for label, one in given.items()
    )
