"""Scenario 1 of ``mean_reversion_z_score`` with indicators of fifty digits (A-3, A-4, A-8, I-2, I-6, I-11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import Any

from .inputs import COLUMNS
from .orders import Quote, Signal
from .terms import Points, Terms

DIGITS = Context(prec=50)
MINUTE = 60_000_000
CLOSE = Decimal("1e-7")
"""Distance from a decision, relative or in points, within which doubles may decide otherwise."""


@dataclass(frozen=True, slots=True)
class Values:
    """What the strategy sees at a bar, in points; None in the warm-up."""

    mean: Decimal
    distance: Decimal
    deviation: Decimal | None
    bid_range: Decimal | None
    ask_range: Decimal | None


class Strategy:
    """Asked bar by bar; it counts its close calls."""

    def __init__(self, terms: Terms, quotes: Sequence[Quote], section: Any) -> None:
        """Take all bars before the run's end, those of the warm-up too (G-4)."""
        self.terms, self.magic, self.parameters = terms, section.magic_number, section.parameters
        self.close_calls = 0
        with localcontext(DIGITS):
            closes = [decimal(quote.bid.close) for quote in quotes]
            means = list(ema(closes, self.parameters.ema_length))
            distances = [close - mean for close, mean in zip(closes, means, strict=True)]
            columns = zip(
                means,
                distances,
                deviations(distances, self.parameters.window_length),
                atr([quote.bid for quote in quotes], self.parameters.atr_length),
                atr([quote.ask for quote in quotes], self.parameters.atr_length),
                strict=True,
            )
            self.values = {quote.time: Values(*row) for quote, row in zip(quotes, columns, strict=True)}

    def evaluate(self, quote: Quote) -> Signal | None:
        """A-3: short before long."""
        with localcontext(DIGITS):
            values, given = self.values[quote.time], self.parameters
            if values.deviation is None or values.bid_range is None or values.ask_range is None:
                return None
            if values.deviation < CLOSE:
                self.close_calls += values.distance != 0
                return None
            z, wide = values.distance / values.deviation, Decimal(repr(given.atr_mult))
            low, high = Decimal(repr(given.z_score_long)), Decimal(repr(given.z_score_short))
            self.close_calls += min(abs(z - low), abs(z - high)) < CLOSE
            if z >= high and given.direction_filter != "long":
                return self.signal(quote, "short", decimal(quote.bid.high) + wide * values.ask_range, values.mean)
            if z <= low and given.direction_filter != "short":
                return self.signal(quote, "long", decimal(quote.bid.low) - wide * values.bid_range, values.mean)
            return None

    def signal(self, quote: Quote, direction: str, stop: Decimal, target: Decimal) -> Signal:
        """Q-A4, A-8."""
        sign = 1 if direction == "long" else -1
        for level in (stop, target):
            self.close_calls += abs(level % 1 - Decimal("0.5")) < CLOSE
        minutes = self.parameters.max_holding_minutes
        return {
            **dict.fromkeys(COLUMNS),
            "timestamp": quote.time,
            "symbol": self.terms.symbol,
            "signal_type": "entry",
            "direction": direction,
            "order_type": "market",
            "price": float(sign * quote.entry(sign).close / Fraction(self.terms.scale)),
            "stop_loss": self.terms.price(round(stop)),
            "take_profit": self.terms.price(round(target)),
            "magic_number": self.magic,
            "max_holding": minutes * MINUTE if self.parameters.use_position_manager else None,
            "scenario": f"{direction}_1",
        }


def decimal(points: Points) -> Decimal:
    """Return a price with fifty digits."""
    return Decimal(points) if isinstance(points, int) else Decimal(points.numerator) / points.denominator


def ema(values: Sequence[Decimal], length: int) -> Iterator[Decimal]:
    """I-2."""
    a, y = Decimal(2) / (length + 1), values[0]
    for x in values:
        y += a * (x - y)
        yield y


def deviations(values: Sequence[Decimal], window: int) -> Iterator[Decimal | None]:
    """Sample standard deviation of each full window."""
    total = squares = Decimal(0)
    for row, x in enumerate(values):
        total, squares = total + x, squares + x * x
        if row >= window:
            old = values[row - window]
            total, squares = total - old, squares - old * old
        variance = (squares - total * total / window) / (window - 1)
        yield max(variance, Decimal(0)).sqrt() if row >= window - 1 else None


def atr(sides: Sequence[Any], length: int) -> Iterator[Decimal | None]:
    """I-6, Wilder's."""
    total = y = Decimal(0)
    before: Decimal | None = None
    for row, side in enumerate(sides):
        high, low = decimal(side.high), decimal(side.low)
        true_range = high - low if before is None else max(high - low, abs(high - before), abs(low - before))
        before = decimal(side.close)
        total += true_range
        if row >= length - 1:
            y = total / length if row == length - 1 else (y * (length - 1) + true_range) / length
        yield y if row >= length - 1 else None
