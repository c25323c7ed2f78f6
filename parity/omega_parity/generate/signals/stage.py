"""The bars as signals see them, and levels of them to aim at."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from omega_parity.generate.blocks import Decisions
from omega_parity.generate.columns import prices_of, times_of
from omega_parity.generate.signals.rows import typical_range
from omega_parity.generate.worlds import World

_REACH_SHARE: Final = 0.25
"""Of the price: the longest usual distance to a stop, however large a pip is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The bars as signals see them."""

    world: World
    times: list[int]
    prices: dict[str, list[float]]
    reach: float
    """Price of a usual distance to a stop."""

    def within(self, place: int) -> int:
        """Return a place among the bars: the last one for any behind it."""
        return min(place, len(self.times) - 1)

    def exit_close(self, place: int, side: float) -> float:
        """Return the close at which a position of a side could be left."""
        return self.prices["bid_close" if side > 0.0 else "ask_close"][place]


def stage_of(world: World, bars: pa.Table) -> Stage:
    """Look at ``bars`` of a world."""
    prices = prices_of(bars)
    usual = max(2.0 * typical_range(prices), 3.0 * world.pip_size)
    return Stage(
        world=world, times=times_of(bars), prices=prices, reach=min(usual, _REACH_SHARE * prices["bid_close"][0])
    )


def aim(stage: Stage, place: int, column: str, decisions: Decisions) -> float:
    """Return a level that a bar soon after reaches exactly, or misses by as little as can be."""
    target = stage.within(place + decisions.byte() % 12)
    prefix = column.partition("_")[0]
    name = decisions.choose((160, column), (32, f"{prefix}_open"), (32, f"{prefix}_close"), (32, column))
    level = stage.prices[name][target]
    point = stage.world.point
    buffer = 0.5 * stage.world.pip_size
    return decisions.choose(
        (96, level),
        (20, on_grid(stage, level + point)),
        (20, on_grid(stage, level - point)),
        (20, beside(level, 1)),
        (20, beside(level, -1)),
        (40, level - buffer),
        (40, level + buffer),
    )


def on_grid(stage: Stage, price: float) -> float:
    """Round a price to the digits of its world."""
    return round(price, stage.world.digits)


def beside(price: float, direction: int) -> float:
    """Return the next number above or below."""
    return math.nextafter(price, math.inf * direction)
