"""Generated bars, expanded from blocks of bytes: valid by construction, on the grid of the symbol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from omega.contract.schemas import BARS, PRICE_COLUMNS
from omega_parity.generate.blocks import WIDE_BYTES, Decisions
from omega_parity.generate.ranges import LAST_TIME, table_scales
from omega_parity.generate.worlds import World

HEAD_BYTES: Final = 16
"""Block of what holds for all bars of a sequence: the regimes."""

BAR_BYTES: Final = 8 + WIDE_BYTES

BARS_PER_REGIME: Final = 12

_FLOOR_PIPS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Regime:
    """How bars of a stretch behave; lengths in tenths of a pip."""

    drift: int = 0
    step: int = 1
    gap: int = 0
    wick: int = 1
    spread: int = 10
    spread_spike: int = 0
    is_even: bool = False
    """Both extremes are as near to the open (Q-E7)."""


_CALM: Final = _Regime()

_REGIMES: Final = (
    _CALM,
    _Regime(drift=18),
    _Regime(drift=-18),
    _Regime(gap=4),
    _Regime(spread=8, spread_spike=2),
    _Regime(spread=-6),
    _Regime(step=0, wick=0, spread=1),
    _Regime(step=3, wick=4, spread=20),
    _Regime(gap=2, step=2, wick=2, spread_spike=1),
    _Regime(step=2, wick=3, is_even=True),
)
"""Calm, up, down, gapping, spread spikes, crossed, one-point ranges, wild, gaps with wide spreads, even extremes."""


def expand_bars(world: World, head: bytes, blocks: Sequence[bytes]) -> pa.Table:
    """Make valid bars (T-2), one per block.

    Parameters
    ----------
    head : bytes
        Chooses a regime for each stretch of bars.
    blocks : sequence of bytes
        One per bar.
    """
    columns: list[list[int]] = [[] for _ in PRICE_COLUMNS]
    times: list[int] = []
    volumes: list[float] = []
    wide_volumes = table_scales("BARS")["volume"]
    time, price = world.start - world.timeframe, world.price
    for index, block in enumerate(blocks):
        stretch = index // BARS_PER_REGIME
        regime = _REGIMES[head[stretch % len(head)] % len(_REGIMES)] if head else _CALM
        decisions = Decisions(block)
        time += world.timeframe * decisions.choose((232, 1), (10, 2), (8, 7), (6, 300))
        quotes = _bar(world, regime, price, decisions)
        if index and decisions.choose((244, False), (12, True)):
            quotes = [column[-1] for column in columns]  # the bar before again: ties everywhere
        for column, quote in zip(columns, quotes, strict=True):
            column.append(quote)
        price = quotes[3]
        times.append(time)
        volume, is_wide = (
            decisions.choose((128, 0.0), (64, 7.0), (64, 1_000.0)),
            decisions.choose((224, False), (32, True)),
        )
        volumes.append(float(decisions.wide(wide_volumes)) if is_wide else volume)
    prices = [[world.price_of(points) for points in column] for column in columns]
    late = times[-1] - LAST_TIME if times else 0
    if late > 0:  # the last bar is then the last of the calendar (Q-T1)
        times = [time - late for time in times]
    return pa.table([times, *prices, volumes], schema=BARS)


def _bar(world: World, regime: _Regime, price: int, decisions: Decisions) -> list[int]:
    """Return bid and ask open, high, low, close in points."""
    tenth = max(1, world.pip_points // 10)
    floor = _FLOOR_PIPS * world.pip_points
    move, gap = decisions.signed(), decisions.signed()
    up, down = abs(decisions.signed()) // 2, abs(decisions.signed()) // 2
    opening = max(floor, price + regime.gap * gap * tenth)
    close = max(floor, opening + (regime.drift + regime.step * move) * tenth)
    high = max(opening, close) + regime.wick * up * tenth
    low = max(floor // 2, min(opening, close) - regime.wick * down * tenth)
    if regime.is_even:
        reach = min(max(high - opening, opening - low), opening - floor // 2)
        high, low, close = opening + reach, opening - reach, min(close, opening + reach)
    bid = [opening, high, low, close]
    spread = regime.spread if world.spread_tenths is None else world.spread_tenths
    ask = [quote + spread * tenth for quote in bid]
    spike = regime.spread_spike * abs(gap) * tenth
    if spike:  # at the open or at the close only, as spreads do at a news release
        ask[0 if gap < 0 else 3] += spike
        ask[1] = max(ask)
    return bid + ask
