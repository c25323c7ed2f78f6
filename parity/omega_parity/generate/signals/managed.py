"""What an entry says of the management of its position: break-even and trailing (E-13, E-14).

Due levels, candidates and steps often lie exactly on what a later bar reaches, or beside it by as little as can be.
"""

from __future__ import annotations

from typing import Final

from omega_parity.generate.blocks import WIDE_BYTES, Decisions
from omega_parity.generate.ranges import MOST, table_scales
from omega_parity.generate.signals.rows import Row
from omega_parity.generate.signals.stage import Stage, beside, on_grid

MANAGED_BYTES: Final = 9 + 4 * WIDE_BYTES

_FAR: Final = 0.4
"""Of the price: a trailing distance that no bar comes to."""


def managed(stage: Stage, place: int, side: float, entry: float, stop: float | None, decisions: Decisions) -> Row:
    """Draw the fields of management for an entry in the bar at ``place``; half of the signals have none.

    Parameters
    ----------
    side : float
        +1.0 for a long, −1.0 for a short.
    entry, stop : float
        About where it opens, and its stop.
    """
    after = stage.within(place + 1 + decisions.byte() % 6)
    bests = stage.prices["bid_high" if side > 0.0 else "ask_low"][min(place + 1, after) : after + 1]
    best = max(bests) if side > 0.0 else min(bests)
    risk = abs(entry - stop) if stop is not None and stop != entry else stage.reach
    is_moved = decisions.choose((88, False), (168, True))
    row = _break_even(stage, entry, (best - entry) * side, risk, decisions)
    row |= _trailing(stage, (best - entry) * side, risk, decisions)
    return row if is_moved else {}


def _break_even(stage: Stage, entry: float, gain: float, risk: float, decisions: Decisions) -> Row:
    """Draw the multiple of the risk and the offset; ``gain`` is that of the bars soon after."""
    scales = table_scales("SIGNALS")
    tie = min(gain / risk, 1e6) if gain > 0.0 else 0.5
    point, wide = stage.world.point, decisions.wide(scales["break_even_at_r"])
    at_r = decisions.choose(
        (64, None),
        (28, 0.5),
        (26, 1.0),
        (28, 0.1),
        (20, 2.0),
        (24, 0.0),
        (40, tie),
        (10, beside(tie, 1)),
        (10, beside(tie, -1)),
        (4, 1e3),
        (2, wide),
    )
    far = decisions.wide(scales["break_even_offset"])
    offset = decisions.choose(
        (92, None),
        (24, 0.0),
        (28, point),
        (20, 3.0 * point),
        (26, 0.5 * point),
        (12, stage.world.pip_size),
        (12, stage.reach),
        (20, abs(gain)),
        (8, 4.0 * stage.reach),
        (8, min(2.0 * abs(entry), MOST)),  # the stop of a short would lie under 0 (Q-E11)
        (6, far),
    )
    return {"break_even_at_r": at_r, "break_even_offset": offset}


def _trailing(stage: Stage, gain: float, risk: float, decisions: Decisions) -> Row:
    """Draw the distance and the step: the candidate of bars soon after is the first stop, a step or a point off."""
    scales = table_scales("SIGNALS")
    point, reach = stage.world.point, stage.reach
    level = max(risk + gain, 0.0)  # from the bar's best price to the first stop
    wide = decisions.wide(scales["trailing_distance"])
    distance = decisions.choose(
        (96, None),
        (36, on_grid(stage, 0.5 * reach)),
        (24, on_grid(stage, reach)),
        (14, 2.0 * reach),
        (26, point),
        (6, 0.0),
        (12, level),
        (14, max(level - point, 0.0)),
        (8, max(level - 5.0 * point, 0.0)),
        (8, max(level - 0.5 * point, 0.0)),
        (4, _FAR * stage.prices["bid_close"][0]),
        (8, wide),
    )
    step = abs(level - distance) if distance is not None else point
    wide = decisions.wide(scales["trailing_step"])
    least = decisions.choose(
        (96, None),
        (36, point),
        (26, 5.0 * point),
        (12, 0.0),
        (20, 0.25 * reach),
        (36, step),
        (8, beside(step, 1)),
        (8, step + 0.5 * point),
        (6, step + point),
        (8, wide),
    )
    return {"trailing_distance": distance, "trailing_step": None if least is None else min(max(least, 0.0), MOST)}
