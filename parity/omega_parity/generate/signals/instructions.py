"""Exit and modify signals (E-15, E-16), most of them about the entry that was drawn before them.

Levels lie near the close that judges them, on it, beyond it, on the entry, on the stop that there is, and far away.
"""

from __future__ import annotations

from typing import Final

from omega_parity.generate.blocks import WIDE_BYTES, Decisions
from omega_parity.generate.ranges import table_scales
from omega_parity.generate.signals.rows import Row
from omega_parity.generate.signals.stage import Stage, aim, beside, on_grid

INSTRUCTION_BYTES: Final = 19 + 3 * WIDE_BYTES

Placed = tuple[int, Row]
"""A signal and the row of its bar."""


def instruction(stage: Stage, placed: Placed, entry: Placed | None, decisions: Decisions) -> Placed:
    """Make an exit or modify signal out of a drawn row, whose other columns it keeps: they are ignored.

    Parameters
    ----------
    entry : tuple or None
        The entry signal before, which most instructions are meant for, some bars later.
    """
    place, row = placed
    is_meant, late = decisions.choose((226, True), (30, False)), decisions.byte() % 12
    bars, after = decisions.choose((76, 1), (72, 0), (52, 2), (24, 3), (32, late)), decisions.choose((160, 2), (96, 3))
    is_same_number = decisions.choose((240, True), (16, False))
    target: Row = row
    if entry is not None and is_meant:
        target = entry[1]
        # Where a stop broke even meanwhile, it is taken back: that may happen once only (E-13).
        is_after = target.get("break_even_at_r") is not None and late % 2 == 1
        place = stage.within(entry[0] + (after if is_after else bars))
        row = {**row, "timestamp": stage.times[place], "symbol": target["symbol"]}
        if is_same_number:
            row["magic_number"] = target["magic_number"]
    side = -1.0 if target["direction"] == "short" else 1.0
    other = "long" if side < 0.0 else "short"
    row["direction"] = decisions.choose((120, target["direction"]), (118, None), (18, other))
    row["fraction"] = fraction(decisions)
    if row["signal_type"] == "modify":
        row["stop_loss"] = _level(stage, place, side, target, "stop_loss", decisions)
        row["take_profit"] = _level(stage, place, -side, target, "take_profit", decisions)
    return place, row


def fraction(decisions: Decisions) -> float | None:
    """Draw the part of a position that an exit closes; other signals ignore it."""
    wide = float(decisions.wide(table_scales("SIGNALS")["fraction"]))
    return decisions.choose(
        (36, None),
        (20, 0.5),
        *((28, of_a_lot) for of_a_lot in (0.29, 0.57, 0.58)),  # the products with 1.0 lots lose a step (Q-E16)
        (16, 1.0 / 3.0),
        (16, 2.0 / 3.0),
        (10, 0.25),
        (12, 1.0),
        (10, 0.9),
        (10, 0.99),
        (8, 0.01),
        (18, 0.7),
        (4, beside(1.0, -1)),
        (12, wide),
    )


def _level(stage: Stage, place: int, side: float, target: Row, name: str, decisions: Decisions) -> float | None:
    """Draw a new stop, which lies ``side`` below the close; a new target is one of the other side."""
    close, point = stage.exit_close(place, side if name == "stop_loss" else -side), stage.world.point
    share = decisions.byte() / 255.0
    prefix = "bid" if (side > 0.0) is (name == "stop_loss") else "ask"
    aimed = aim(stage, place, f"{prefix}_{'low' if side > 0.0 else 'high'}", decisions)
    is_valid = aimed < close if side > 0.0 else aimed > close
    usual = on_grid(stage, close - side * (0.05 + 2.0 * share * share) * stage.reach)
    entry, present = target.get("price"), target.get(name)
    back = 64 if name == "stop_loss" and target.get("break_even_at_r") is not None else 8
    return decisions.choose(
        (84 - back, None),
        (back, usual if present is None else float(str(present))),
        (64, usual),
        (34, aimed if is_valid else usual),
        (16, on_grid(stage, close - side * point)),
        (12, close),
        (10, on_grid(stage, close + side * point)),
        (6, close - side * 0.5 * point),
        (8, close + side * stage.reach),
        (14, usual if entry is None else float(str(entry))),
        (2, 0.0),
        (2, -close),
        (4, float(decisions.wide(table_scales("SIGNALS")[name]))),
    )
