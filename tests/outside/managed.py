"""Generated cases with signals of their own: every rule of moved stops, exits, modifies and parts fires (E-11…E-16).

Prices, distances and fractions are drawn beside every half of a point or of its tenth: what is exactly between two
points doubles decide.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from omega.contract.schemas import PRICE_COLUMNS, SIGNALS

from .cases import Input, generated, odd
from .foreign import foreign
from .opinion import Opinion
from .terms import terms_of

SIDES = ("long", "short")
MAGIC = (0, 0, 1, -3)
PARTS = (None, None, 1.0, 0.5, 0.5, 0.25, 1 / 3, 0.9, 0.05)
R = (0.0, 0.3, 0.5, 1.0, 1.5)
TENTHS = (0.03, 0.33)
"""Beside the points, and beside their halves from a tenth of one too."""


@dataclass(slots=True)
class Draw:
    """Signals over the bars of a case."""

    random: random.Random
    case: Input
    digits: int
    is_on_grid: bool
    wide: float
    """What prices are drawn by: about the range of a bar, in points."""

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def level(self, price: float, least: float, most: float) -> float:
        """Draw a price so many ranges away, now and then beside the grid."""
        away = self.random.uniform(least, most) * self.wide
        points = round(price * 10**self.digits + away) + self.random.choice((0.0, 0.0, 0.0, *TENTHS))
        return float(round(points / 10**self.digits, self.digits + 2))

    def distance(self, most: float) -> float:
        """Draw a distance of so many ranges."""
        beside = self.random.choice((0.0, *TENTHS) if self.is_on_grid else TENTHS)
        points = round(self.random.uniform(0.0, most) * self.wide) + beside
        return float(round(points / 10**self.digits, self.digits + 2))

    def step(self) -> float:
        """Draw a trailing step, which is held against whole points."""
        points = round(self.random.uniform(0.0, 0.5) * self.wide) + self.random.choice((0.0, 0.0, 0.3))
        return float(round(points / 10**self.digits, self.digits + 1))

    def entry(self, row: int, close: float) -> dict[str, Any]:
        """Draw an order."""
        direction, pick = self.random.choice(SIDES), self.random.choice
        sign = 1 if direction == "long" else -1
        order_type = pick(("market", "market", "market", "limit", "stop"))
        away = {"market": 0.0, "limit": -1.0, "stop": 1.0}[order_type] * sign
        price = self.level(close, min(away, 0.0), max(away, 0.0))
        spec = self.case.keys["instruments"][0]
        size = round(spec["volume_min"] + pick(range(16)) * spec["volume_step"], 8)
        more: dict[str, Any] = {}
        if self.chance(0.4):
            more["trailing_distance"] = self.distance(2.0)
            more["trailing_step"] = self.step() if self.chance(0.5) else None
        if self.chance(0.4):
            more["break_even_at_r"] = pick(R)
            more["break_even_offset"] = self.distance(0.5) if self.chance(0.6) else None
        if self.chance(0.02):  # farther than a short's price is above 0
            more |= {"break_even_at_r": 0.0, "break_even_offset": 2.0 * close}
        if self.chance(0.1):
            more["expires_at"] = self.time(row + pick((1, 2, 5)))
        if self.chance(0.15):
            more["max_holding"] = self.time(pick((1, 3, 10))) - self.time(0)
        return {
            "signal_type": "entry",
            "direction": direction,
            "order_type": order_type,
            "price": None if order_type == "market" and self.chance(0.5) else price,
            "size": min(size, spec["volume_max"]) if self.chance(0.6) else None,
            "stop_loss": self.level(price, *sorted((-0.5 * sign, -3.0 * sign))),
            "take_profit": self.level(price, *sorted((0.5 * sign, 4.0 * sign))) if self.chance(0.5) else None,
            **more,
        }

    def exit(self) -> dict[str, Any]:
        """Draw an exit; what it does not read stands there all the same, now and then."""
        direction = self.random.choice((None, None, *SIDES))
        noise = {"price": 1.5, "size": 0.0, "stop_loss": -1.0, "take_profit": 2.5, "max_holding": 7}
        fields = {"signal_type": "exit", "direction": direction, "fraction": self.random.choice(PARTS)}
        return {**(noise if self.chance(0.2) else {}), **fields, "order_type": self.random.choice((None, "market"))}

    def modify(self, close: float) -> dict[str, Any]:
        """Draw a modify signal, mostly with levels on the sides of the direction that it is drawn for."""
        aim = self.random.choice(SIDES)
        sign = 1 if aim == "long" else -1
        stop = self.level(close, *sorted((0.2 * sign, -2.0 * sign))) if self.chance(0.7) else None
        target = self.level(close, *sorted((-0.2 * sign, 3.0 * sign))) if self.chance(0.5) else None
        return {
            "signal_type": "modify",
            "direction": aim if self.chance(0.5) else None,
            "stop_loss": 1e-12 if self.chance(0.03) else stop,
            "take_profit": target,
            "fraction": self.random.choice((None, 0.5)),
            "price": self.random.choice((None, 1.5)),
        }

    def time(self, row: int) -> int:
        """Return the time of a bar, or of one that would come."""
        times = self.case.bars.column("timestamp").cast(pa.int64())
        step = times[1].as_py() - times[0].as_py()
        last = len(times) - 1
        return int(times[min(row, last)].as_py() + max(row - last, 0) * step)

    def signals(self) -> list[dict[str, Any]]:
        """Draw what is asked for at every bar, and a little before the first and after the last."""
        rows: list[dict[str, Any]] = []
        closes: list[float] = self.case.bars.column("bid_close").to_numpy().tolist()
        for row, close in enumerate(closes):
            for _ in range(self.random.choice((0, 0, 0, 1, 1, 2, 4))):
                draw = self.random.random()
                signal = self.entry(row, close) if draw < 0.5 else self.exit() if draw < 0.7 else self.modify(close)
                signal["timestamp"] = self.time(row) + (1 if self.chance(0.1) else 0)
                signal["symbol"] = "OTHER" if self.chance(0.01) else self.case.keys["symbol"]
                rows.append({"magic_number": self.random.choice(MAGIC), **signal})
        rows.sort(key=lambda row: row["timestamp"])
        ends = (self.time(0) - 1, self.time(len(closes)))
        early, late = ({**self.exit(), "timestamp": time, "magic_number": 0} for time in ends)
        return [{"symbol": self.case.keys["symbol"], **row} for row in (early, *rows, late)]


def managed(n: int, seed: int = 5) -> Iterator[Input]:
    """Yield about ``n`` cases, a third each with the money of ``generated``, ``odd`` and ``foreign``."""
    sources: Iterable[Input] = chain(generated(n - 2 * (n // 3), seed), odd(n // 3, seed), foreign(n // 3, seed))
    for number, case in enumerate(sources):
        if case.bars.num_rows < 2:
            continue
        draw = random.Random(f"{seed} {number}")
        keys = {
            **case.keys,
            "max_positions_per_symbol": draw.choice((None, None, 3, 8)),
            "close_at_end": draw.choice((False, True)),
            "market_fill": draw.choice(("close", "close", "next_open")),
            "signal_time": draw.choice(("bar", "decision")),
        }
        share = draw.random()  # an account that is stopped out early says little of what comes after
        keys |= _margin(case) if share < 0.3 else {"on_ruin": "continue", "margin": None} if share < 0.8 else {}
        yield replace(case, name=f"managed {case.name}", keys=keys, signals=_table(_drawn(case, draw)))


def _margin(case: Input) -> dict[str, Any]:
    """Return a leverage at which a few orders hold all there is, so that it matters what a part gives free."""
    terms, first = terms_of(case.keys), case.bars.column("timestamp").cast(pa.int64())[0].as_py()
    price = terms.p(float(case.bars.column("bid_close").to_numpy()[0]))
    lots = terms.volume_min + 7 * terms.volume_step
    needed = lots * price * terms.value(price, int(first or 0)) / terms.scale
    return {
        "on_ruin": None,
        "margin": {"leverage": min(max(float(3 * needed / terms.initial_balance), 1.0), 1e12), "stop_out": 0.1},
    }


def _drawn(case: Input, draw: random.Random) -> list[dict[str, Any]]:
    spec = case.keys["instruments"][0]
    scale = 10 ** spec["digits"]
    prices = np.array([case.bars.column(name).to_numpy() for name in PRICE_COLUMNS])
    ranges = case.bars.column("bid_high").to_numpy() - case.bars.column("bid_low").to_numpy()
    least = 3.0 * (spec["min_stop_distance_pips"] * spec["pip_size"] * scale + 1.0)
    is_on_grid = bool((np.rint(prices * scale) / scale == prices).all())
    wide = max(float(ranges.mean()) * scale, least)
    return Draw(draw, case, spec["digits"], is_on_grid, wide).signals()


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.table([pa.array([row.get(name.name) for row in rows], name.type) for name in SIGNALS], schema=SIGNALS)


def seen(opinions: Iterable[Opinion]) -> Mapping[tuple[str, str | None, bool], int]:
    """Count the rows of the log by kind, reason and whether an order is named."""
    rows = chain.from_iterable(opinion.outcome.events for opinion in opinions)
    return Counter((row.kind, row.reason, row.order_id is not None) for row in rows)
