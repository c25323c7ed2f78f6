"""Generated signals, expanded from blocks of bytes, and aimed.

Stops, targets and order prices are often laid on a level that a later bar has, to the last bit, one point or one ulp
beside it, or a buffer away, because that is where the two sides could part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import pyarrow as pa

from omega_parity.generate.blocks import WIDE_BYTES, Decisions
from omega_parity.generate.ranges import FIRST_TIME, LAST_TIME, table_scales
from omega_parity.generate.signals.instructions import INSTRUCTION_BYTES, Placed, fraction, instruction
from omega_parity.generate.signals.managed import MANAGED_BYTES, managed
from omega_parity.generate.signals.rows import Row, signals_table
from omega_parity.generate.signals.stage import Stage, aim, beside, on_grid, stage_of
from omega_parity.generate.worlds import World

SIGNAL_BYTES: Final = 44 + 2 * WIDE_BYTES + MANAGED_BYTES + INSTRUCTION_BYTES

TYPE_BYTE: Final = 8
"""The byte of a block that says whether it is an entry, which 0 makes it."""

_RARE: Final = ("trailing_distance", "trailing_step", "break_even_at_r", "break_even_offset")
"""Numbers of a signal that hardly do anything when they are drawn from their whole range."""

_WIDE: Final = ("size", "take_profit", "stop_loss", "magic_number", "max_holding", "expires_at")
"""Numbers of a signal that are drawn from their whole range now and then."""

TEXTS: Final = ("a", "short_1", "Größe 大きさ 🜚", 'two\nlines, "quoted"', "long " * 60)

MAGIC_NUMBERS: Final = (0, 1, -1, 2**63 - 1, -(2**63))


def expand_signals(world: World, bars: pa.Table, blocks: Sequence[bytes]) -> pa.Table:
    """Make a signal table (T-6) over ``bars``, one row per block, sorted by time."""
    stage = stage_of(world, bars)
    rows: list[Row] = []
    before = _Before()
    for block in blocks:
        decisions = Decisions(block)
        place, row = _signal(stage, before, decisions)
        if decisions.choose((240, False), (16, True)) and rows:
            # Equals, which only their ordinal tells apart (N-6).
            rows.append({**rows[-1], "size": row["size"]})
            continue
        rows.append(row)
        if row["signal_type"] != "entry":
            before = replace(before, asked_at=place)
        else:
            lasts = row["take_profit"] is None and row["max_holding"] is None
            before = _Before(entry=(place, row), lasting=(place, row) if lasts else before.lasting)
    return signals_table(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """What was drawn before a signal.

    Attributes
    ----------
    entry, lasting : tuple or None
        The last entry, and the last one of a position that nothing but its stop ends.
    asked_at : int or None
        Row of the bar of the last exit or modify signal, if no entry came after it.
    """

    entry: Placed | None = None
    lasting: Placed | None = None
    asked_at: int | None = None


def _signal(stage: Stage, before: _Before, decisions: Decisions) -> Placed:
    step = stage.world.timeframe
    place = decisions.below(len(stage.times))
    place -= decisions.choose((200, 0), (56, place % 8))  # crowds several signals into one bar
    if decisions.choose((160, False), (96, True)) and before.asked_at is not None:
        place = before.asked_at  # the entry of a reversal (E-15)
    late = (len(stage.times) - place) * step
    in_seconds = stage.times[place] // 1_000_000 - stage.times[place]  # an epoch in seconds, read as µs (L-1a)
    time = stage.times[place] + decisions.choose(
        (198, 0), (20, -step // 2), (16, -1), (12, 1), (5, late), (3, -step), (2, in_seconds)
    )
    direction = decisions.evenly("long", "short")
    order_type = decisions.choose((112, "market"), (72, "limit"), (72, "stop"))
    row: Row = {
        "timestamp": min(max(time, FIRST_TIME), LAST_TIME),
        "symbol": decisions.choose(
            (253, stage.world.symbol), *((1, symbol) for symbol in _strange(stage.world.symbol))
        ),
        "signal_type": decisions.choose((184, "entry"), (38, "exit"), (34, "modify")),
        "direction": decisions.choose((253, direction), (3, None)),
        "order_type": decisions.choose((253, order_type), (3, None)),
        "magic_number": decisions.choose((128, 0), (64, 1), (64, MAGIC_NUMBERS[place % len(MAGIC_NUMBERS)])),
        "size": decisions.choose(
            *((148, None), (48, 1.0), (14, 0.5), (6, 0.125), (14, 0.07)),
            *((8, 1e6), (8, 1e-9), (6, 0.1 + 0.2), (2, 0.0), (2, -1.0)),
        ),
        "max_holding": decisions.choose(
            (130, None), (52, 6 * step), (8, 6 * step - 1), (40, 2 * step), (16, step // 2), (10, 0)
        ),
    }
    side = 1.0 if direction == "long" else -1.0
    base, row["price"] = _price(stage, place, side, order_type, decisions)
    stop = _stop_loss(stage, place, side, _seen_from(stage, place, side, order_type, base), decisions)
    row |= {"stop_loss": stop, "take_profit": _take_profit(stage, place, side, base, decisions)}
    far, is_lasting = _far_stop(stage, side, base, decisions), decisions.choose((176, False), (80, True))
    if is_lasting:  # for something to happen to its position, nothing else ends it
        stop = far
        price = base if row["price"] is None else row["price"]
        row |= {"price": price, "size": row["size"] or 1.0, "stop_loss": far, "take_profit": None, "max_holding": None}
    expiry = min(stage.times[place] + decisions.choose((100, 5), (100, 20), (56, 1)) * step, LAST_TIME - 1)
    row["expires_at"] = decisions.choose(
        (160, None), (60, expiry), (8, expiry - 1), (8, expiry + 1), (12, expiry - step // 2), (8, stage.times[place])
    )
    row |= managed(stage, place, side, base, stop, decisions) | _wide_number(decisions) | _texts(decisions)
    if decisions.choose((224, False), (32, True)):
        row |= _both_ends(stage, place, side, base)
    if row["signal_type"] != "entry":
        target = before.lasting if decisions.choose((176, True), (80, False)) else before.entry
        return instruction(stage, (place, row), target or before.entry, decisions)
    has_part, part = decisions.choose((232, False), (24, True)), fraction(decisions)
    return place, row | {"fraction": part} if has_part else row


def _far_stop(stage: Stage, side: float, base: float, decisions: Decisions) -> float:
    away = (1.0 + decisions.byte() / 100.0) * stage.reach
    return on_grid(stage, base - side * min(away, 0.5 * base))


def _both_ends(stage: Stage, place: int, side: float, base: float) -> Row:
    """Lay stop and target on the extremes of the bar that follows, where they lie on both sides of the price (E-7)."""
    exits, after = "bid" if side > 0.0 else "ask", stage.within(place + 1)
    low, high = (stage.prices[f"{exits}_{name}"][after] for name in ("low", "high"))
    stop, target = (low, high) if side > 0.0 else (high, low)
    return {"stop_loss": stop, "take_profit": target} if low < base < high else {}


def _wide_number(decisions: Decisions) -> Row:
    """Draw a number from the whole of its range, now and then."""
    rare = decisions.choose((248, ""), *((2, name) for name in _RARE))
    is_wide, name = decisions.choose((224, False), (32, True)), decisions.evenly(*_WIDE)
    number = decisions.wide(table_scales("SIGNALS")[rare or name])
    return {rare or name: number} if rare or is_wide else {}


def _texts(decisions: Decisions) -> Row:
    """Free text, which must pass through without touching a run."""
    is_there, text, other = (
        decisions.choose((216, False), (40, True)),
        decisions.evenly(*TEXTS),
        decisions.evenly(*TEXTS),
    )
    if not is_there:
        return {}
    return {"scenario": text, "reason": other, "tags": [text, other], "metadata": [(text, other)]}


def _strange(symbol: str) -> tuple[str, ...]:
    """Return symbols that are not the run's: like it, and another."""
    return symbol.lower(), f"{symbol}.r", "XXXYYY"


def _price(stage: Stage, place: int, side: float, order_type: str, decisions: Decisions) -> tuple[float, float | None]:
    """Return the price that stop and target are measured from, and that of the signal, which v1 fills at."""
    prefix = "ask" if side > 0.0 else "bid"
    close, low, high = (stage.prices[f"{prefix}_{part}"][place] for part in ("close", "low", "high"))
    if order_type == "market":
        share = decisions.byte() / 255.0
        # A position that closes there, by a timeout say, has moved by nothing (P-1).
        left = aim(stage, place, f"{'bid' if side > 0.0 else 'ask'}_close", decisions)
        price = decisions.choose(
            (110, close),
            (50, None),
            (40, on_grid(stage, low + share * (high - low))),
            (12, high),
            (12, low),
            (6, beside(high, 1)),
            (6, high + stage.reach),
            (20, left),
        )
        return decisions.choose((160, close), (96, close if price is None else price)), price
    is_below = (order_type == "limit") is (side > 0.0)
    away = (decisions.byte() / 160.0) * stage.reach
    usual = on_grid(stage, close - away if is_below else close + away)
    aimed = aim(stage, place, f"{prefix}_{'low' if is_below else 'high'}", decisions)
    marketable = on_grid(stage, close + away if is_below else close - away)
    level = decisions.choose((110, usual), (110, aimed), (32, marketable), (4, None))
    return (usual if level is None else level), level


def _seen_from(stage: Stage, place: int, side: float, order_type: str, base: float) -> float:
    """Return the price that a stop is seen from: a market order is left at the other side's close (Q-E1)."""
    exit_close = stage.exit_close(place, side)
    return exit_close if order_type == "market" and (base - exit_close) * side > 0.0 else base


def _stop_loss(stage: Stage, place: int, side: float, base: float, decisions: Decisions) -> float | None:
    spec = stage.world.instrument
    nearest = (0.1 if spec is None else spec.min_stop_distance_pips) * stage.world.pip_size
    nearest = min(nearest, table_scales("SIGNALS")["stop_loss"].high / 4.0)
    share = decisions.byte() / 255.0
    usual = on_grid(stage, base - side * (0.1 + 2.5 * share * share) * stage.reach)
    aimed = aim(stage, place, "bid_low" if side > 0.0 else "ask_high", decisions)
    is_losing = aimed < base if side > 0.0 else aimed > base
    return decisions.choose(
        (110, usual),
        (95, aimed if is_losing else usual),
        (8, aimed),
        (11, base - side * nearest),  # as near as a stop may be
        (6, base - side * 0.5 * nearest),
        (6, base - side * 1e-5),
        (6, base + side * stage.reach),
        (4, base - side * min(0.4 * base, 500.0 * stage.reach)),
        (5, base),
        (3, None),
        (2, -base),
    )


def _take_profit(stage: Stage, place: int, side: float, base: float, decisions: Decisions) -> float | None:
    share = decisions.byte() / 255.0
    usual = on_grid(stage, base + side * (0.05 + 2.0 * share * share) * stage.reach)
    aimed = aim(stage, place, "bid_high" if side > 0.0 else "ask_low", decisions)
    is_winning = aimed > base if side > 0.0 else aimed < base
    return decisions.choose(
        (40, None),
        (96, usual),
        (96, aimed if is_winning else usual),
        (8, aimed),
        (6, base - side * 0.5 * stage.reach),
        (5, beside(base, 1 if side > 0.0 else -1)),
        (5, base),
    )
