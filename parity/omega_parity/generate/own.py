"""Generated strategies in Python over generated bars (Q-L3): what one asks for follows from all that it is told."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pyarrow as pa
import xxhash

from omega import orders
from omega.contract.own import OpenOrder, OwnStrategy
from omega.contract.types import EngineConfig, Signal
from omega.orders import Order, Position
from omega.serve.factories import create_indicators
from omega.strategy.asking import Asking
from omega.strategy.base import Indicator, OwnIndicator, Strategy
from omega.strategy.view import View
from omega_parity.generate.blocks import Decisions
from omega_parity.generate.calls import Call, CallCase
from omega_parity.generate.cases import Case
from omega_parity.generate.sequences import GENERATED, sample_case

_FROM: Final = 1 << 22
_MOST_BARS: Final = 400
_LEAST_PRICE: Final = 1e-9
_MOST_PRICE: Final = 1e11
_DIRECTIONS: Final = ("long", "short")


class Drawn(Strategy):
    """Asks for what is drawn from its number, the bar, its series, its orders and the equity: all that it is told."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.asked = 0

    def indicators(self) -> dict[str, Indicator | OwnIndicator]:
        """Series of one and of several outputs, and one of its own."""
        return {
            "mean": Indicator("sma", period=3),
            "band": Indicator("bollinger", period=4, std_factor=1.0),
            "range": _range,
        }

    def when(self, bars: View) -> Any:
        """Leave bars out, one strategy in four."""
        return None if self.number % 4 else bars.timestamp // 60_000_000 % 3 != 0

    def evaluate(self, bars: View, positions: Sequence[Position], equity: float) -> list[Order]:
        """Draw none to three orders."""
        self.asked += 1
        told = repr((positions, self.asked)).encode()
        numbers = (
            equity,
            bars.bid_close[-1],
            bars.ask_low[-1],
            bars["mean"][-1],
            bars["band"][0][-1],
            bars["range"][-1],
        )
        key = xxhash.xxh3_64(struct.pack(f"<q{len(numbers)}d", self.number, *numbers) + told).intdigest()
        decisions = Decisions(b"".join(xxhash.xxh3_128(bytes([part]), seed=key).digest() for part in range(8)))
        wanted = decisions.choose((150, 0), (76, 1), (24, 2), (6, 3))
        return [_drawn(bars, positions, decisions) for _ in range(wanted)]


def _range(bars: View) -> Any:
    return bars.ask_high - bars.bid_low


def _drawn(bars: View, positions: Sequence[Position], decisions: Decisions) -> Order:
    """Draw one order: most of them new ones, a third about what there is."""
    if not positions or decisions.choose((170, True), (86, False)):
        return _entry(bars, decisions)
    position = positions[decisions.byte() * len(positions) >> 8]
    match decisions.byte() % 4:
        case 0:
            return orders.close(position, reason="drawn")
        case 1:
            return orders.close(position, fraction=decisions.evenly(0.5, 0.25, 0.9, 1.0))
        case 2:
            return orders.cancel(position)
        case _:
            side = 1.0 if position.direction == "short" else -1.0
            stop = _away(bars, side, decisions)
            return orders.modify(position, stop_loss=stop, take_profit=_away(bars, -side, decisions))


def _entry(bars: View, decisions: Decisions) -> Order:
    direction = decisions.evenly(*_DIRECTIONS)
    side = 1.0 if direction == "long" else -1.0
    given: dict[str, Any] = {"stop_loss": _away(bars, -side, decisions), "scenario": "drawn", "reason": "drawn"}
    if decisions.byte() % 2:
        given["take_profit"] = _away(bars, side, decisions)
    if decisions.byte() % 3 == 0:
        given["size"] = decisions.evenly(0.01, 0.1, 1.0, 0.004)
    if decisions.byte() % 4 == 0:
        given["max_holding"] = decisions.byte() * bars.timeframe
    if decisions.byte() % 4 == 0:
        given["trailing_distance"] = float(bars["range"][-1]) * decisions.evenly(1.0, 2.0, 3.0)
    kind = decisions.byte() % 4
    if kind < 2:
        return orders.market(direction, **given)
    if decisions.byte() % 2:
        given["expires_at"] = int(bars.timestamp[-1]) + decisions.byte() * bars.timeframe // 8
    place = orders.limit if kind == 2 else orders.stop
    price = _away(bars, -side if kind == 2 else side, decisions, near=True)
    given["stop_loss"] = _clamped(price - side * float(bars["range"][-1]))
    return place(direction, price, **given)


def _away(bars: View, side: float, decisions: Decisions, *, near: bool = False) -> float:
    """Return a price some ranges of the bar above (1.0) or below (−1.0) its close."""
    shares = (0.1, 0.3, 0.6, 1.0) if near else (0.5, 1.0, 2.0, 4.0)
    return _clamped(float(bars.bid_close[-1]) + side * decisions.evenly(*shares) * float(bars["range"][-1]))


def _clamped(price: float) -> float:
    return _LEAST_PRICE if price < _LEAST_PRICE else _MOST_PRICE if price > _MOST_PRICE else price


def own_base(seed: int, index: int) -> Case:
    """Return the bars and the configuration of a generated case, whose own signals are left out."""
    place = _FROM + 16 * index
    while True:
        case = sample_case(seed, place)
        if case.signals is not None and case.bars.num_rows <= _MOST_BARS:
            return replace(case, signals=None)
        place += 1


class Asked:
    """A strategy that is asked by one run after the other, each of which begins anew.

    Attributes
    ----------
    asking : Asking
        The last run's.
    """

    def __init__(self, begin: Callable[[], Asking]) -> None:
        self._begin = begin
        self.asking = begin()
        self._last = -1

    @property
    def own(self) -> OwnStrategy:
        """What an engine asks."""
        return OwnStrategy(self._ask, self.asking.rows)

    def _ask(self, row: int, equity: float, told: Sequence[OpenOrder] | None) -> Sequence[Signal]:
        if row <= self._last:
            self.asking = self._begin()
        self._last = row
        return self.asking.ask(row, equity, told)


def asked_drawn(number: int, bars: pa.Table, config: EngineConfig) -> Asked:
    """Return the drawn strategy of a number, asked over these bars."""
    magic_number = -1 if number % 5 == 0 else 100 * number
    given = [(bars, create_indicators("python", bars))]
    return Asked(partial(Asking, Drawn(number), given, config, magic_number))


def sample_own(n: int, seed: int = 0) -> Iterator[CallCase]:
    """Yield ``n`` cases; case i depends on ``seed`` and i only, so that a longer sample begins the same."""
    for index in range(n):
        yield own_calls(seed, index)


def own_calls(seed: int, index: int) -> CallCase:
    """Return case ``index`` of the sample with ``seed``: one run of a drawn strategy."""
    case = own_base(seed, index)
    return CallCase(
        name=f"{GENERATED}/{seed}-own-{index}", bars=case.bars, calls_on=partial(_calls, case.config, index)
    )


def _calls(config: EngineConfig, number: int, bars: pa.Table) -> tuple[Call, ...]:
    asked = asked_drawn(number, bars, config)
    return (
        Call(
            label="run_own",
            component="event_engine",
            method="run",
            arguments=(bars, None, config),
            named={"own": asked.own},
        ),
    )
