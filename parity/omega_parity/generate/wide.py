"""Numbers, texts and symbols from the whole of their ranges, laid over what the short lists gave.

A sequence has a few wide values at a time among plain ones, so that most of its orders still fill.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from omega.contract.types import Instrument, Timeframe
from omega_parity.generate.blocks import WIDE_BYTES, Decisions
from omega_parity.generate.ranges import TIMES, record_scales, table_scales
from omega_parity.generate.worlds import WORLDS, World

_FIELD_BYTES: Final = 1 + WIDE_BYTES

RECORD_BYTES: Final = 1 + 16 * _FIELD_BYTES
"""Block of the wide numbers of one record, for at most so many fields."""

WORLD_BYTES: Final = 32 + 2 * WIDE_BYTES + RECORD_BYTES

CURRENCIES: Final = ("USD", "EUR", "JPY", "XAU", "x", "Kč", "₿", "a/b", "account_currency_" * 4)
"""Names of a currency; the reference and the core only ask whether two are the same."""

_SYMBOLS: Final = ("A", "XAUUSD", "US500.cash", "EUR/USD", "Öl,€", "symbol_" * 9)

_POINTS: Final = (110_000, 1_234_567, 20_000, 3_000)
"""Points that a price is made of, so that bars of any size have a grid."""

_MARGIN: Final = 64.0
"""How far from the ends of the range a price begins, so that its bars stay inside."""

_UNKNOWN_PRICE: Final = 0.01
"""The lowest price without a specification, whose stops have five digits (S-5)."""

_MOST_DIGITS: Final = 15

_Record = TypeVar("_Record")


def widened(record: _Record, decisions: Decisions, *, share: int, among: Sequence[str] | None = None) -> _Record:
    """Draw some numbers of a declared record anew, each from its whole range.

    Parameters
    ----------
    decisions : Decisions
        Gives :data:`RECORD_BYTES`.
    share : int
        Of 256: in how many records any number is drawn anew.
    among : sequence of str, optional
        The numbers that may be; all by default.
    """
    is_wide = decisions.choose((256 - share, False), (share, True))
    changes: dict[str, Any] = {}
    for name, scale in record_scales(type(record).__name__).items():
        point, value = decisions.byte(), decisions.wide(scale)
        if is_wide and point >= _KEPT_POINTS and (among is None or name in among):
            changes[name] = value
    return replace(record, **changes) if changes else record  # type: ignore[type-var]  # every record is a dataclass


_KEPT_POINTS: Final = 200
"""Of 256: how often a number of a wide record stays what it is."""


def expand_world(block: bytes) -> World:
    """Choose a symbol of the list; in two of five cases with another price, grid, time, spread and specification."""
    decisions = Decisions(block)
    world = WORLDS[decisions.byte() % len(WORLDS)]
    if decisions.choose((152, False), (104, True)):
        world = _elsewhere(world, decisions)
    return replace(world, instrument=_specification(world, decisions))


def _elsewhere(world: World, decisions: Decisions) -> World:
    is_moved, points = decisions.choose((128, False), (128, True)), decisions.evenly(*_POINTS)
    pip_points, price = decisions.evenly(10, 1, 5, 20), decisions.wide(table_scales("BARS")["bid_open"])
    if is_moved:
        world = at_price(world, float(price), points, pip_points)
    timeframes = tuple(timeframe.value for timeframe in Timeframe)
    timeframe = decisions.choose((128, world.timeframe), (128, timeframes[decisions.byte() % len(timeframes)]))
    is_then, start = decisions.choose((96, False), (160, True)), int(decisions.wide(TIMES))
    symbol = decisions.choose((160, world.symbol), (96, decisions.evenly(*_SYMBOLS)))
    spread = decisions.choose((128, None), (32, 0), (48, decisions.byte()), (48, 40 * decisions.byte()))
    start = start if is_then else world.start
    return replace(world, timeframe=timeframe, start=start, symbol=symbol, spread_tenths=spread)


def at_price(world: World, price: float, points: int, pip_points: int) -> World:
    """Move a world to another price of at least so many points; pip and tick move with it."""
    prices = table_scales("BARS")["bid_open"]
    lowest = _MARGIN * prices.low if world.instrument is not None else _UNKNOWN_PRICE
    price = min(max(price, lowest), prices.high / _MARGIN)
    digits = 0
    while points / 10**digits > price:
        digits += 1
    while digits <= 0 and points * 10 ** (1 - digits) <= price:
        digits -= 1
    points = int(price * 10**digits if digits >= 0 else price / 10**-digits)
    moved = replace(world, digits=digits, price=points, pip_points=pip_points)
    if world.instrument is None:
        return moved
    spec = replace(
        world.instrument,
        digits=min(max(digits, 0), _MOST_DIGITS),
        pip_size=_nearest("pip_size", moved.price_of(pip_points)),
        tick_size=_nearest("tick_size", moved.price_of(1)),
    )
    return replace(moved, instrument=spec)


def _nearest(name: str, number: float) -> float:
    """Return the number of an instrument's range that is nearest."""
    scale = record_scales("Instrument")[name]
    return float(min(max(number, scale.low), scale.high))


def _specification(world: World, decisions: Decisions) -> Instrument | None:
    currencies = [decisions.choose((176, ""), (80, decisions.evenly(*CURRENCIES))) for _ in range(3)]
    spec = world.instrument
    if spec is None:
        return None
    spec = replace(
        spec,
        symbol=world.symbol,
        base_currency=currencies[0] or spec.base_currency,
        quote_currency=currencies[1] or spec.quote_currency,
        profit_currency=currencies[2] or spec.profit_currency,
    )
    spec = widened(spec, decisions, share=136)
    if spec.volume_max < spec.volume_min:  # whichever was drawn, the other one moves
        is_least = decisions.choose((128, False), (128, True))
        return replace(spec, volume_min=spec.volume_max) if is_least else replace(spec, volume_max=spec.volume_min)
    return spec
