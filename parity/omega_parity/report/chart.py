"""Candles of both quotes with the orders of both sides, as one inline SVG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import Final

from omega.compare.outcome import Value
from omega.compare.values import decimal_text, time_text
from omega_parity.report.scene import Order, Row, Scene

WIDTH: Final = 1160
HEIGHT: Final = 460
_LEFT: Final = 76
"""Room for the prices."""
_RIGHT: Final = 300
"""Room for the names of the levels."""
_TOP: Final = 44
_BOTTOM: Final = 34
_LINE: Final = 15
"""Height of a name."""
_REACH: Final = 1.5
"""A level is drawn up to this many heights of the bars away from them, else only named at the edge."""
_TICKS: Final = 5
_TIME_WIDTH: Final = 120
_WIDEST: Final = 64.0
"""Of a bar, where there are few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Places of bars and prices on the picture."""

    low: float
    high: float
    count: int

    @property
    def slot(self) -> float:
        """Width of a bar."""
        return min((WIDTH - _LEFT - _RIGHT) / max(self.count, 1), _WIDEST)

    @property
    def right(self) -> float:
        """Right edge of the last bar."""
        return self.x(self.count)

    def x(self, place: float) -> float:
        """Left edge of a bar."""
        return _LEFT + place * self.slot

    def y(self, price: float) -> float:
        """Height of a price, within the picture."""
        height = HEIGHT - _TOP - _BOTTOM
        return _TOP + (self.high - min(max(price, self.low), self.high)) / (self.high - self.low) * height

    def holds(self, price: float) -> bool:
        """Whether a price lies within the picture."""
        return self.low <= price <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    """One level of one order, on one side or on both."""

    order: Order
    kind: str
    price: float
    side: str
    owner: str


def chart(scene: Scene, labels: tuple[str, str]) -> str:
    """Draw ``scene``; every bar can be focused and then shows its prices."""
    levels = list(_levels(scene, labels))
    scale = _scale(scene, levels)
    parts = (
        _grid(scale, scene),
        _highlight(scale, scene),
        "".join(_bar(scale, scene, place) for place in range(len(scene.bars))),
        "".join(_level(scale, scene, level, y) for level, y in _spread(scale, levels)),
        "".join(_exits(scale, scene)),
    )
    title = (
        f"bars {scene.first:,} to {scene.first + len(scene.bars) - 1:,} with bid and ask, and the orders of both sides"
    )
    return f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="group" aria-label="{title}">{"".join(parts)}</svg>'


def _levels(scene: Scene, labels: tuple[str, str]) -> Iterator[_Level]:
    for number in scene.shown:
        pair = tuple(side.get(number) for side in scene.orders)
        for kind in ("entry", "stop", "target"):
            prices = [None if order is None else getattr(order, kind) for order in pair]
            if prices[0] is not None and prices[0] == prices[1] and pair[0] is not None:
                yield _Level(order=pair[0], kind=kind, price=prices[0], side="both", owner="")
                continue
            for order, price, side, label in zip(pair, prices, ("reference", "candidate"), labels, strict=True):
                if order is not None and price is not None:
                    yield _Level(order=order, kind=kind, price=price, side=side, owner=label)


def _numbers(rows: Iterable[Row], names: Iterable[str]) -> list[float]:
    names = tuple(names)
    return [value for row in rows for name in names if isinstance(value := row.get(name), float)]


def _scale(scene: Scene, levels: Iterable[_Level]) -> Scale:
    prices = _numbers(scene.bars, ("bid_low", "ask_low", "bid_high", "ask_high"))
    low, high = min(prices), max(prices)
    span = (high - low) or abs(high) * 1e-6 or 1.0
    near = [level.price for level in levels if low - _REACH * span <= level.price <= high + _REACH * span]
    low, high = min((low, *near)), max((high, *near))
    margin = ((high - low) or span) * 0.05
    return Scale(low=low - margin, high=high + margin, count=len(scene.bars))


def round_prices(low: float, high: float) -> list[tuple[float, str]]:
    """Return prices between both that a person would mark, about five, as number and text."""
    digits = -floor(log10((high - low) / _TICKS))
    unit = 10.0**-digits
    step = next(unit * factor for factor in (1, 2, 5, 10) if (high - low) / (unit * factor) <= _TICKS + 1)
    first, last = ceil(low / step), floor(high / step)
    return [(place * step, f"{place * step:.{max(digits, 0)}f}") for place in range(first, last + 1)]


def _grid(scale: Scale, scene: Scene) -> str:
    lines = []
    for price, text in round_prices(scale.low, scale.high):
        y = scale.y(price)
        lines.append(f'<line class="grid" x1="{_LEFT}" x2="{scale.right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(f'<text class="tick" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    every = ceil(_TIME_WIDTH / scale.slot)
    for place in range(0, len(scene.bars), every):
        stamp = scene.bars[place]["timestamp"]
        text = time_text(stamp)[5:16].replace("T", " ") if isinstance(stamp, int) else ""
        lines.append(f'<text class="tick" x="{scale.x(place):.1f}" y="{HEIGHT - 10}">{text}</text>')
    return "".join(lines)


def _highlight(scale: Scale, scene: Scene) -> str:
    x = scale.x(scene.place)
    return (
        f'<rect class="first" x="{x:.1f}" y="{_TOP - 8}" width="{scale.slot:.1f}" '
        f'height="{HEIGHT - _TOP - _BOTTOM + 16}"/>'
        f'<text class="first" x="{x + scale.slot / 2:.1f}" y="{_TOP - 13}" text-anchor="middle">'
        f"bar {scene.first + scene.place:,}</text>"
    )


def _bar(scale: Scale, scene: Scene, place: int) -> str:
    row = scene.bars[place]
    x, slot = scale.x(place), scale.slot
    candles = "".join(
        _candle(scale, row, side, x + slot * offset, slot * 0.34) for side, offset in (("bid", 0.12), ("ask", 0.54))
    )
    readout = f"bar {scene.first + place:,}  {_quotes(row)}"
    style = "bar is-first" if place == scene.place else "bar"
    return (
        f'<g class="{style}" tabindex="0" role="img" aria-label="{escape(readout)}">'
        f'<rect class="reach" x="{x:.1f}" y="{_TOP}" width="{slot:.1f}" height="{HEIGHT - _TOP - _BOTTOM}"/>{candles}'
        f'<text class="readout" x="0" y="14">{escape(readout)}</text></g>'
    )


def _quotes(row: Row) -> str:
    def side(name: str) -> str:
        return " ".join(decimal_text(row[f"{name}_{part}"]) for part in ("open", "high", "low", "close"))

    stamp = row["timestamp"]
    time = time_text(stamp)[:19].replace("T", " ") if isinstance(stamp, int) else ""
    return f"{time}  bid {side('bid')}  ask {side('ask')}"


def _candle(scale: Scale, row: Row, side: str, x: float, width: float) -> str:
    opened, high, low, closed = (row[f"{side}_{part}"] for part in ("open", "high", "low", "close"))
    if not all(isinstance(price, float) for price in (opened, high, low, closed)):
        return ""
    tops = sorted((scale.y(_float(opened)), scale.y(_float(closed))))
    style = f"{side} {'up' if _float(closed) >= _float(opened) else 'down'}"
    middle = x + width / 2
    return (
        f'<line class="{style}" x1="{middle:.1f}" x2="{middle:.1f}" y1="{scale.y(_float(high)):.1f}" '
        f'y2="{scale.y(_float(low)):.1f}"/><rect class="{style}" x="{x:.1f}" y="{tops[0]:.1f}" '
        f'width="{width:.1f}" height="{max(tops[1] - tops[0], 1.0):.1f}"/>'
    )


def _float(value: Value) -> float:
    assert isinstance(value, float)
    return value


def _spread(scale: Scale, levels: Iterable[_Level]) -> list[tuple[_Level, float]]:
    """Find a height for each name, so that none covers another and all stay inside."""
    ordered = sorted(levels, key=lambda level: scale.y(level.price))
    places: list[float] = []
    for level in ordered:
        wanted = scale.y(level.price)
        places.append(max(wanted, places[-1] + _LINE) if places else wanted)
    limit = HEIGHT - _BOTTOM + 10.0
    for index in range(len(places) - 1, -1, -1):
        places[index] = min(places[index], limit)
        limit = places[index] - _LINE
    return list(zip(ordered, places, strict=True))


def _level(scale: Scale, scene: Scene, level: _Level, label_y: float) -> str:
    y, end = scale.y(level.price), scale.right
    left = scale.x(max(0, _place(scene, level.order.start)))
    right = end if level.order.end is None else scale.x(_place(scene, level.order.end) + 1)
    style = f"level {level.kind} {level.side}"
    line = f'<line class="{style}" x1="{left:.1f}" x2="{max(right, left + 2):.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
    beyond = "" if scale.holds(level.price) else (" ↑" if level.price > scale.high else " ↓")
    text = f"#{level.order.order_id} {level.kind} {decimal_text(level.price)}{beyond} {level.owner}".rstrip()
    lead = f'<path class="lead-line" d="M{end:.1f} {y:.1f} L{end + 10:.1f} {label_y:.1f}"/>'
    name = f'<text class="{style}" x="{end + 14:.1f}" y="{label_y + 4:.1f}">{escape(text)}</text>'
    return f"{'' if beyond else line}{lead}{name}"


def _place(scene: Scene, time: int) -> int:
    """Return which of the drawn bars a time falls into."""
    stamps = [row["timestamp"] for row in scene.bars]
    return sum(isinstance(stamp, int) and stamp <= time for stamp in stamps) - 1


def _exits(scale: Scale, scene: Scene) -> Iterator[str]:
    """Mark where each side got out."""
    for side, orders in zip(("reference", "candidate"), scene.orders, strict=True):
        for number in scene.shown:
            order = orders.get(number)
            if order is None or order.end is None or order.exit_price is None:
                continue
            x = scale.x(_place(scene, order.end) + (0.25 if side == "reference" else 0.75))
            y = scale.y(order.exit_price)
            if side == "reference":
                yield f'<circle class="exit {side}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
            else:
                yield f'<path class="exit {side}" d="M{x:.1f} {y - 6:.1f} l6 6 -6 6 -6 -6 z"/>'
