"""Generated calls about several symbols: the bars of one generated market, of which each symbol has its own rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import pyarrow as pa

from omega.contract.schemas import BARS
from omega.contract.types import SliceMode
from omega_parity.generate.bars import BAR_BYTES, HEAD_BYTES, expand_bars
from omega_parity.generate.blocks import Decisions, keyed_bytes, pieces
from omega_parity.generate.calls import Call, CallCase
from omega_parity.generate.columns import times_of
from omega_parity.generate.sequences import GENERATED
from omega_parity.generate.worlds import WORLDS, World

_BARS_MOST: Final = 60
_SYMBOLS_MOST: Final = 7
_PLAN_BYTES: Final = 4
_CALL_BYTES: Final = 64
_KEY: Final = 1 << 36
"""The counters of sequences, calls and ticks are smaller."""

MODES: Final = tuple(mode.text for mode in SliceMode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """Bars of several symbols.

    Attributes
    ----------
    tables : tuple of pyarrow.Table
        In the order of the symbols; some may have no row.
    """

    symbols: tuple[str, ...]
    tables: tuple[pa.Table, ...]
    timeframe: int

    def built_with(self, mode: str) -> tuple[object, ...]:
        """Return the arguments of the component."""
        count = len(self.symbols)
        return (list(self.symbols), list(self.tables), [self.timeframe] * count, mode, [{}] * count)

    def steps(self, mode: str) -> int:
        """Count the steps, by sets."""
        times = [set(times_of(table)) for table in self.tables]
        return len(set.union(*times) if mode == SliceMode.UNION.text else set.intersection(*times))


def sample_walked(n: int, seed: int = 0) -> Iterator[CallCase]:
    """Yield ``n`` cases; case i depends on ``seed`` and i only, so that a longer sample begins the same."""
    for index in range(n):
        yield walked_calls(seed, index)


def walked_calls(seed: int, index: int) -> CallCase:
    """Return case ``index`` of the sample with ``seed``."""
    world, bars, block = _drawn(seed, index)
    calls_on = partial(_calls, world, block)
    return CallCase(name=f"{GENERATED}/{seed}-symbols-{index}", bars=bars, calls_on=calls_on)


def walked_base(seed: int, index: int) -> Walked:
    """Return the symbols of that case."""
    world, bars, block = _drawn(seed, index)
    return _walked(world, bars, Decisions(block))


def _drawn(seed: int, index: int) -> tuple[World, pa.Table, bytes]:
    first = _KEY + 2 * index
    plan = Decisions(keyed_bytes(seed, first, _PLAN_BYTES))
    world = WORLDS[plan.byte() % len(WORLDS)]
    rows = 1 + plan.below(_BARS_MOST)
    source = keyed_bytes(seed, first + 1, HEAD_BYTES + rows * BAR_BYTES + _CALL_BYTES)
    head, rest, block = source[:HEAD_BYTES], source[HEAD_BYTES:-_CALL_BYTES], source[-_CALL_BYTES:]
    return world, expand_bars(world, head, pieces(rest, BAR_BYTES)), block


def _walked(world: World, bars: pa.Table, decisions: Decisions) -> Walked:
    """Give each symbol its own rows of the bars."""
    tables = spread_rows(bars, decisions)
    return Walked(symbols=tuple(f"S{place}" for place in range(len(tables))), tables=tables, timeframe=world.timeframe)


def spread_rows(bars: pa.Table, decisions: Decisions) -> tuple[pa.Table, ...]:
    """Return the tables of some symbols: ragged, with gaps, apart from the others, all rows, or none."""
    count = decisions.choose((32, 1), (96, 2), (64, 3), (64, _SYMBOLS_MOST))
    tables = []
    for place in range(count):
        first, last = (decisions.byte() * (bars.num_rows + 1) >> 8 for _ in range(2))
        stride = 1 + decisions.byte() % 4
        rows: Sequence[int] = range(bars.num_rows)
        rows = decisions.choose(
            (80, rows),
            (56, rows[min(first, last) : max(first, last)]),
            (64, [row for row in rows if row % stride != place % stride] or rows),
            (40, [row for row in rows if row % count == place]),
            (16, rows[:0]),
        )
        tables.append(_of_symbol(bars, list(rows), place))
    return tuple(tables)


def _of_symbol(bars: pa.Table, rows: list[int], place: int) -> pa.Table:
    """Take rows of the times; the prices come from elsewhere, so that no two symbols have the same."""
    times = bars.column("timestamp").take(pa.array(rows, pa.int64()))
    moved = [(row + place) % bars.num_rows for row in rows]
    return bars.take(pa.array(moved, pa.int64())).set_column(0, BARS.field("timestamp"), times)


def _calls(world: World, block: bytes, bars: pa.Table) -> tuple[Call, ...]:
    decisions = Decisions(block)
    walked = _walked(world, bars, decisions)
    found: list[Call] = []
    for mode in MODES:
        steps, built = walked.steps(mode), walked.built_with(mode)
        first, stop = sorted(decisions.byte() * (steps + 1) >> 8 for _ in range(2))
        found.append(_call(f"{mode}_steps", "__len__", built))
        found += [
            _call(f"{mode}_{name}", "block", built, *part)
            for name, part in (
                ("whole", (0, steps)),
                ("part", (first, stop)),
                ("beyond", decisions.evenly((-1, steps), (0, steps + 1), (steps + 1, steps + 1), (1, 0), (0, -1))),
            )
        ]
    found.append(_call("refused", "__len__", _refused(walked, decisions)))
    return tuple(found)


def _refused(walked: Walked, decisions: Decisions) -> tuple[object, ...]:
    """Return arguments that break one rule of Q-M1b."""
    symbols, tables, timeframes, mode, series = walked.built_with(MODES[0])
    twice, both = [*walked.symbols, walked.symbols[0]], [*walked.tables, walked.tables[0]]
    length, new = [walked.timeframe] * len(twice), [*walked.symbols, "other"]
    other, more = [*length[:-1], walked.timeframe * 2], [dict[str, object]() for _ in twice]
    return decisions.evenly(
        (twice, both, length, mode, more),
        (new, both, other, mode, more),
        ([*walked.symbols, ""], both, length, mode, more),
        ([], [], [], mode, []),
        (symbols, tables, length, mode, series),
        (symbols, both, timeframes, mode, series),
        (symbols, tables, timeframes, "outer", series),
        (new, [*walked.tables, _backwards(walked.tables[0])], length, mode, more),
    )


def _backwards(table: pa.Table) -> pa.Table:
    """Return bars whose times do not increase."""
    return pa.concat_tables([table, table]) if table.num_rows else table


def _call(label: str, method: str, built_with: tuple[object, ...], *arguments: object) -> Call:
    return Call(label=label, component="multi_symbol", method=method, built_with=built_with, arguments=arguments)


def with_many(walked: Walked, count: int) -> Walked:
    """Return so many symbols, which have the tables in turn."""
    tables: list[Any] = [walked.tables[place % len(walked.tables)] for place in range(count)]
    return replace(walked, symbols=tuple(f"S{place}" for place in range(count)), tables=tuple(tables))
