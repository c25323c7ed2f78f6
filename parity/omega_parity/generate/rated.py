"""Runs whose series of rates may not reach their bars: late, old, and to the µs as old as they may be (Q-C6)."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import pyarrow as pa

from omega.contract.types import EngineConfig, Rate, Variant
from omega_parity.generate.cases import OLDEST_RATE, Market, base_config
from omega_parity.generate.columns import times_of
from omega_parity.generate.ranges import FIRST_TIME, record_scales

_ACCOUNT: Final = "CHF"
_QUOTE: Final = "GBP"
_THROUGH: Final = "USD"
_MOST_ROWS: Final = 4
"""Of a series, after its first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedRun:
    """Bars, and a configuration whose quotes rates lead from.

    Attributes
    ----------
    path : sequence of Rate
        Those of its rates that the conversion uses, in the order of its steps.
    """

    bars: pa.Table
    config: EngineConfig
    path: Sequence[Rate]


def rated_run(market: Market, rng: random.Random) -> RatedRun:
    """Make a run over some bars of a market, which has a specification."""
    spec = market.instrument
    assert spec is not None
    bars = market.bars.take(sorted(rng.sample(range(market.bars.num_rows), rng.randint(2, market.bars.num_rows))))
    times = times_of(bars)
    start = rng.choice((None, rng.choice(times[:-1]) + rng.choice((-1, 0, 1))))
    counted = times if start is None else times[bisect_left(times, start) :]
    legs = rng.choice((((_QUOTE, _ACCOUNT),), ((_QUOTE, _THROUGH), (_THROUGH, _ACCOUNT))))
    path = [_rate(rng, pair, counted) for pair in legs]
    # Of another pair, which no row reaches: nobody asks for it.
    unused = Rate(pair="XXXYYY", timestamps=(times[-1] + 1,), values=(1.0,))
    config = replace(
        base_config(market, Variant.CANONICAL),
        start=start,
        account_currency=_ACCOUNT,
        instrument=replace(spec, tick_value=None, base_currency="EUR", quote_currency=_QUOTE),
        rates=tuple(rng.sample([unused, *path], len(path) + 1)),
        rates_max_age=_limit(rng, path, counted),
    )
    return RatedRun(bars=bars, config=config, path=path)


def ages(rate: Rate, times: Sequence[int]) -> list[int | None]:
    """Return by bar how old its row of a series is, µs; None where it has none, 0 of a fixed rate."""
    known = [bisect_right(rate.timestamps, time) for time in times]
    if not rate.timestamps:
        return [0] * len(times)
    return [time - rate.timestamps[row - 1] if row else None for time, row in zip(times, known, strict=True)]


def _rate(rng: random.Random, pair: tuple[str, str], times: Sequence[int]) -> Rate:
    """Return the rate of a pair or of its inverse: fixed, or a series that begins somewhere before or in the bars."""
    name = "".join(pair if rng.random() < 0.5 else pair[::-1])
    level = rng.uniform(0.5, 2.0)
    if rng.random() < 0.2:
        return Rate(pair=name, timestamps=(), values=(level,))
    span = record_scales("EngineConfig")["rates_max_age"]
    first = rng.choice(
        (
            times[0] + rng.choice((-1, 0, 0, 1)),
            rng.choice(times),
            times[0] - int(span.at(rng.random())),
            times[0] - int(rng.choice(span.edges)),
        )
    )
    later = {rng.choice(times) + rng.choice((-1, 0, 1)) for _ in range(rng.randrange(_MOST_ROWS))}
    stamps = sorted(time for time in {max(first, FIRST_TIME), *later} if time >= first)
    return Rate(pair=name, timestamps=tuple(stamps), values=tuple(level + row / 7 for row in range(len(stamps))))


def _limit(rng: random.Random, path: Sequence[Rate], times: Sequence[int]) -> int:
    """Return an age that some bar's row has, or one µs beside it; where none has any, one of the whole range."""
    found = [age for rate in path for age in ages(rate, times) if age]
    if not found:
        return int(record_scales("EngineConfig")["rates_max_age"].at(rng.random()))
    age = rng.choice((max(found), max(found), rng.choice(found))) + rng.choice((-1, -1, 0, 0, 1))
    return min(max(age, 1), OLDEST_RATE)
