"""Seeded random signals over given bars: every order type, right and wrong, the same on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeVar

import numpy as np
import pyarrow as pa

from omega_parity.generate.columns import prices_of, times_of
from omega_parity.generate.signals.rows import Row, signals_table, typical_range

_DRAWS_PER_SIGNAL: Final = 48
# Not as 2.0**-53: a power of floats is the platform's libm, at compile time too.
_TWO_POW_MINUS_53: Final = 1.1102230246251565e-16
_MAGIC_NUMBERS: Final = (0, 0, 0, 1, 2, -1, 2**40, -(2**63), 2**63 - 1)
_SIGNALS_AFTER_END: Final = 3

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Market:
    """What the generator knows of the bars: columns, a typical range, a bar's length."""

    times: list[int]
    prices: dict[str, list[float]]
    symbol: str
    pip_size: float
    digits: int
    typical_range: float
    step: int


def random_signals(bars: pa.Table, *, symbol: str, pip_size: float, digits: int, seed: int, n: int = 2000) -> pa.Table:
    """Draw ``n`` signals spread evenly over ``bars``.

    Market, limit and stop entries in both directions; among them wrong-sided, tiny, missing and far stops, missing
    prices, prices outside the bar, expiries before and after the entry, times between bars and equal times, huge, tiny
    and impossible sizes, stops that break even and trail, foreign symbols, and a few after the last bar; and exits,
    partial ones too, and modifications, of one direction and of both.

    Parameters
    ----------
    bars : pyarrow.Table
        Bars in the schema of the contract, at least two.
    pip_size, digits
        Of the symbol; distances and the grid of prices follow them.
    seed : int
        Key of the generator.

    Returns
    -------
    pyarrow.Table
        Schema ``SIGNALS``, in order of time.
    """
    market = _market(bars, symbol, pip_size, digits)
    rows = [_signal(market, index * len(market.times) // n, _draws(seed, index)) for index in range(n)]
    end = market.times[-1]
    for late, row in enumerate(rows[-_SIGNALS_AFTER_END:]):
        row["timestamp"] = end + (late + 1) * market.step
    return signals_table(rows)


def _draws(seed: int, index: int) -> Iterator[float]:
    """Uniforms in [0, 1) of signal ``index`` alone, so that adding signals changes no other (N-6)."""
    words = np.random.Philox(key=seed, counter=[0, index, 0, 0]).random_raw(_DRAWS_PER_SIGNAL)
    return iter((int(word) >> 11) * _TWO_POW_MINUS_53 for word in words)


def _market(bars: pa.Table, symbol: str, pip_size: float, digits: int) -> _Market:
    times, prices = times_of(bars), prices_of(bars)
    usual = typical_range(prices)
    return _Market(
        times=times,
        prices=prices,
        symbol=symbol,
        pip_size=pip_size,
        digits=digits,
        typical_range=usual if usual > pip_size else pip_size,
        step=min(after - before for before, after in pairwise(times)),
    )


def _signal(market: _Market, place: int, draws: Iterator[float]) -> Row:
    is_long = next(draws) < 0.5
    order_type = _choose(draws, (0.45, "market"), (0.28, "limit"), (0.27, "stop"))
    row: Row = {
        "timestamp": _signal_time(market, place, draws),
        "symbol": market.symbol if next(draws) < 0.99 else "XXXYYY",
        "signal_type": _choose(draws, (0.94, "entry"), (0.025, "exit"), (0.035, "modify")),
        "direction": _choose(draws, (0.99, "long" if is_long else "short"), (0.01, None)),
        "order_type": _choose(draws, (0.99, order_type), (0.01, None)),
        "magic_number": _MAGIC_NUMBERS[int(next(draws) * len(_MAGIC_NUMBERS))],
        "size": _size(draws),
    }
    side = 1.0 if is_long else -1.0
    reference_price, row["price"] = _price(market, place, side, order_type, draws)
    row["stop_loss"] = _on_grid(market, _stop_loss(market, reference_price, side, draws), draws)
    row["take_profit"] = _on_grid(market, _take_profit(market, reference_price, side, draws), draws)
    row.update(_times_of_life(market, place, order_type, draws))
    row.update(_management(market, draws))
    row.update(_texts(row, draws))
    if row["signal_type"] != "entry":
        row.update(_instruction(row, draws))
    return row


def _choose(draws: Iterator[float], *shares: tuple[float, _T]) -> _T:
    """Pick a value by its share; the last takes what is left."""
    point = next(draws)
    for share, value in shares:
        point -= share
        if point < 0.0:
            return value
    return shares[-1][1]


def _signal_time(market: _Market, place: int, draws: Iterator[float]) -> int:
    """On the bar mostly; else somewhere in the step before it."""
    early = int(next(draws) * market.step)
    return market.times[place] - _choose(draws, (0.75, 0), (0.25, early))


def _size(draws: Iterator[float]) -> float | None:
    lots = next(draws) * 5.0
    return _choose(
        draws, (0.80, None), (0.12, lots), (0.02, 1e6), (0.02, 1e-9), (0.02, 0.01), (0.01, 0.0), (0.01, -1.0)
    )


def _price(
    market: _Market, place: int, side: float, order_type: str, draws: Iterator[float]
) -> tuple[float, float | None]:
    """Return the price the stop is measured from, and the price of the signal."""
    prefix = "ask" if side > 0.0 else "bid"
    close, low, high = (market.prices[f"{prefix}_{name}"][place] for name in ("close", "low", "high"))
    inside = low + next(draws) * (high - low)
    away = next(draws) * 2.0 * market.typical_range
    if order_type == "market":
        price = _choose(draws, (0.25, None), (0.55, close), (0.16, inside), (0.04, high + market.typical_range))
        return (close if price is None else price), price
    below = order_type == "limit"
    if next(draws) < 0.1:
        below = not below  # already marketable
    level = round(close - side * away if below else close + side * away, market.digits)
    return level, _choose(draws, (0.98, level), (0.02, None))


def _stop_loss(market: _Market, price: float, side: float, draws: Iterator[float]) -> float | None:
    typical = (0.3 + 5.0 * next(draws)) * market.typical_range
    tiny = next(draws) * 0.2 * market.pip_size
    distance = _choose(
        draws,
        (0.78, typical),
        (0.05, tiny),
        (0.05, -typical),
        (0.03, 0.1 * market.pip_size),
        (0.03, 20.0 * typical),
        (0.02, 0.0),
        (0.01, 2.0 * price),  # a level below zero, for a long
        (0.03, None),
    )
    return None if distance is None else price - side * distance


def _take_profit(market: _Market, price: float, side: float, draws: Iterator[float]) -> float | None:
    typical = (0.3 + 5.0 * next(draws)) * market.typical_range
    near = next(draws) * market.pip_size
    distance = _choose(draws, (0.65, typical), (0.08, near), (0.05, -typical), (0.22, None))
    return None if distance is None else price + side * distance


def _on_grid(market: _Market, level: float | None, draws: Iterator[float]) -> float | None:
    """Round most levels to the quote grid, where ties with prices happen."""
    rounds = next(draws) < 0.8
    return round(level, market.digits) if rounds and level is not None else level


def _times_of_life(market: _Market, place: int, order_type: str, draws: Iterator[float]) -> Row:
    bars_to_live = int(next(draws) * 40.0)
    expiry = market.times[place] + int(next(draws) * 30.0 * market.step)
    share = 0.4 if order_type != "market" else 0.05
    return {
        "max_holding": _choose(draws, (0.45, bars_to_live * market.step), (0.02, 0), (0.53, None)),
        "expires_at": _choose(draws, (share, expiry), (0.03, market.times[place]), (1.0, None)),
    }


def _management(market: _Market, draws: Iterator[float]) -> Row:
    """Fields of break-even (E-13) and trailing (E-14); a third of the signals have some."""
    feature = _choose(draws, (0.66, ""), (0.12, "break_even"), (0.14, "trailing"), (0.08, "both"))
    at_r, offset, distance, step = (next(draws) for _ in range(4))
    row: Row = {}
    if feature in ("break_even", "both"):
        row["break_even_at_r"] = 2.0 * at_r
        row["break_even_offset"] = None if offset < 0.3 else round(offset * market.pip_size, market.digits)
    if feature in ("trailing", "both"):
        row["trailing_distance"] = round((0.1 + 4.0 * distance) * market.typical_range, market.digits)
        row["trailing_step"] = None if step < 0.4 else round(step * market.typical_range, market.digits)
    return row


def _instruction(row: Row, draws: Iterator[float]) -> Row:
    """Half of the exits and modifications mean both directions, a third of them one level or the whole position."""
    is_both, part, level = next(draws) < 0.5, next(draws), next(draws)
    changed: Row = {"direction": None} if is_both else {}
    if row["signal_type"] == "exit":
        changed["fraction"] = None if part < 0.3 else part
    elif level < 0.6:
        changed["stop_loss" if level < 0.3 else "take_profit"] = None
    return changed


def _texts(row: Row, draws: Iterator[float]) -> Row:
    """Free text, which must pass through without touching a run."""
    if next(draws) < 0.5:
        return {}
    return {
        "scenario": f"random_{row['direction']}",
        "reason": "drawn",
        "tags": ["random", str(row["order_type"])],
        "metadata": [("magic", str(row["magic_number"]))],
    }
