"""Calls about bars: the sample (Q-D1), checks and findings (T-2, T-4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import product
from typing import Final

import numpy as np
import pyarrow as pa

import omega
from mutants.corpus.answers import INFINITY, NAN, Put, call, changed, put_lines, reference
from mutants.corpus.lines import plain, rows
from omega.contract.schemas import BARS, PRICE_COLUMNS
from omega_parity.generate.markets import sample_market

_MINUTE: Final = 60_000_000

_DAY: Final = 1440 * _MINUTE

FIRST_TIME: Final = -62_135_596_800_000_000

LAST_TIME: Final = 253_402_300_799_999_999
"""First and last µs of the years 1 … 9999 (Q-T1)."""

BEYOND: Final = (FIRST_TIME - 1, LAST_TIME + 1)


# ---- the sample (Q-D1) ----


def sample_calls() -> Iterator[str]:
    """Make samples, and ask for lengths that are refused."""
    for n, seed in ((1, 7), (1500, 7), (6000, 2**64 - 1), (2, 0)):
        bars = omega.sample_bars(n=n, seed=seed, backend="python")
        yield from call(("sample", n, seed), partial(getattr, bars, "content_hash"))
    handler = reference("data_handler")()
    for n in (0, 10_000_001):
        yield from call(("sample", n, 7), partial(handler.sample_bars, n, 7))


# ---- bars (T-2, T-4) ----


def _check_bars(bars: pa.Table, timeframe: int, puts: Iterable[Put] = ()) -> Iterator[str]:
    handler = reference("data_handler")()
    yield from put_lines(puts)
    yield from call(("check_bars", timeframe), partial(handler.check_bars, changed(bars, puts), timeframe))
    if puts:
        yield "undo"


def bar_calls() -> Iterator[str]:
    """Check sound bars of every length of a bar, and every breach of T-2."""
    market = sample_market(n=5)
    bars, timeframe = market.bars, market.timeframe
    yield from rows("bar", bars, BARS.names, is_input=True)
    for length in (*(minutes * _MINUTE for minutes in (1, 2, 5, 15, 1440)), 0, -5 * _MINUTE, 5 * _MINUTE + 1, 1):
        yield from _check_bars(bars, length)
    for puts in (*_time_breaches(plain(bars, "timestamp"), timeframe), *_value_breaches(bars)):
        yield from _check_bars(bars, timeframe, puts)
    for name in PRICE_COLUMNS:
        yield from _off_grid(bars, timeframe, [(name, 2, bars[name][2].as_py() + 1e-9)])


def _off_grid(bars: pa.Table, timeframe: int, puts: Iterable[Put]) -> Iterator[str]:
    kept = reference("data_handler")().keep_bars(changed(bars, puts), timeframe)
    yield from put_lines(puts)
    for digits in (0, 4, 5, 8, 9, 15):
        yield from call(("off_grid", digits), partial(kept.off_grid, digits))
    yield "undo"


def lonely_bar_calls() -> Iterator[str]:
    """Breaches without a sound row beside them."""
    market = sample_market(n=1)
    bars, timeframe = market.bars, market.timeframe
    yield from rows("bar", bars, BARS.names, is_input=True)
    for puts in (*_value_breaches(bars), *_breaches_of_both_sides()):
        yield from _check_bars(bars, timeframe, puts)


def _breaches_of_both_sides() -> Iterator[list[Put]]:
    """One condition of T-2 broken on both sides, and every other one kept."""
    for low in (0.0, -1.0):
        yield [(f"{side}_low", 0, low) for side in ("bid", "ask")]
    for part, outside in product(("open", "close"), (0.5, 9.0)):
        yield [(f"{side}_{part}", 0, outside) for side in ("bid", "ask")]
    yield [(f"{side}_high", 0, INFINITY) for side in ("bid", "ask")]


def pair_calls() -> Iterator[str]:
    """Two bars in the wrong order, also where the wrapped step is a multiple of the timeframe."""
    market = sample_market(n=2)
    bars, timeframe = market.bars, market.timeframe
    yield from rows("bar", bars, BARS.names, is_input=True)
    first = plain(bars, "timestamp")[0]
    for step in (0, 1, timeframe, 7 * timeframe, -timeframe, -(2**64 % timeframe)):
        yield from _check_bars(bars, timeframe, [("timestamp", 1, first + step)])


def _time_breaches(times: list[int], timeframe: int) -> Iterator[list[Put]]:
    """Duplicates, earlier times, steps that no bar has; alone, and before or after one another."""
    for row in (1, 4):
        yield [("timestamp", row, times[row - 1])]
        yield [("timestamp", row, times[row - 1] - timeframe)]
        yield [("timestamp", row, times[row] + 1)]
    yield [("timestamp", 4, times[4] + 3 * timeframe)]
    yield [("timestamp", 0, -(2**63))]
    for time in (FIRST_TIME, LAST_TIME):
        yield [("timestamp", 0 if time < 0 else 4, time)]
    for beyond in BEYOND:
        yield [("timestamp", 0, beyond)]
        yield [("timestamp", 4, beyond)]
        yield [("timestamp", 2, times[2] + 1), ("timestamp", 4, beyond)]
        yield [("timestamp", 2, beyond), ("timestamp", 4, times[4] + 1)]
    yield [("timestamp", 2, times[2] + 1), ("timestamp", 4, times[1])]
    yield [("timestamp", 2, times[0]), ("timestamp", 4, times[4] + 1)]
    yield [("timestamp", 4, times[3]), ("bid_open", 0, NAN)]


def _value_breaches(bars: pa.Table) -> Iterator[list[Put]]:
    last = bars.num_rows - 1
    for name, row in product((*PRICE_COLUMNS, "volume"), sorted({0, last})):
        for value in (NAN, INFINITY, 0.0, -1.0):
            yield [(name, row, value)]
    for side, part in product(("bid", "ask"), ("open", "close")):
        column = f"{side}_{part}"
        low, high = (plain(bars, f"{side}_{bound}")[last] for bound in ("low", "high"))
        for value in (low, high, np.nextafter(low, 0.0), np.nextafter(high, 2.0)):
            yield [(column, last, float(value))]
        yield [(column, last, 9.0), (f"{side}_high", last, NAN)]
    yield [("bid_high", last, 0.5)]
    yield [("ask_low", last, 9.0)]
    yield [("bid_close", last, NAN), ("bid_close", 0, -1.0), ("ask_open", 0, 0.0)]
    yield [("volume", 0, 0.0), ("volume", last, -1.0)]


def finding_calls() -> Iterator[str]:
    """Counts of Q-T2b, each moved by one."""
    market = sample_market(n=10)
    bars, timeframe = market.bars, market.timeframe
    flat: list[Put] = [(name, row, 1.0) for name in PRICE_COLUMNS for row in range(10)]
    times = plain(bars, "timestamp")
    yield from rows("bar", bars, BARS.names, is_input=True)
    yield from _check_bars(bars, timeframe)
    yield from _check_bars(bars, _MINUTE)
    yield from _check_bars(bars, timeframe, flat)
    crossed = ("bid_open", "bid_low", "bid_close")
    for name in crossed:
        below: list[Put] = [("ask_low", 4, 0.5), ("bid_low", 4, 0.25)]
        above: list[Put] = [(name.replace("bid", "ask"), 4, 0.25 if name == "bid_low" else 0.5)]
        yield from _check_bars(bars, timeframe, [*flat, *below, *above])
    yield from _check_bars(bars, timeframe, [*flat, ("bid_high", 4, 1.5)])
    yield from _check_bars(bars, timeframe, [*flat, ("ask_high", 4, 1.5)])
    for high in (1.5, 1.75):
        yield from _check_bars(bars, timeframe, [*flat, ("bid_high", 4, high), ("bid_high", 5, 3.0)])
    yield from _check_bars(bars, timeframe, [("timestamp", 9, times[9] + timeframe)])
    for days in (-9, -4, 5, 6, 12):
        moved: list[Put] = [("timestamp", row, times[row] + days * _DAY) for row in range(10)]
        yield from _check_bars(bars, timeframe, moved)
