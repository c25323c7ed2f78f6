"""Compare what a side says with the third opinion, and count what was compared."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

import omega

from .opinion import Opinion
from .orders import Event, Order
from .terms import Terms

TOLERANCE = 1e-9
"""Of an amount, relative to its scale: itself, or one unit of the account, or the balance where it is a sum of all."""

EVENT_FIELDS = tuple(field.name for field in fields(Event))


@dataclass(slots=True)
class Comparison:
    """What was compared and what differs."""

    compared: int = 0
    differences: list[str] = field(default_factory=list)

    def same(self, place: str, found: object, expected: object, scale: float = 1.0) -> None:
        """Compare one value: an exact amount within the tolerance, everything else for equality."""
        self.compared += 1
        if isinstance(expected, Fraction):
            value = float(expected)
            is_same = isinstance(found, float) and abs(found - value) <= TOLERANCE * max(scale, abs(value))
            is_same = is_same and not (found == 0.0 and math.copysign(1.0, found) < 0.0)  # P-1
            expected = value
        else:
            is_same = found == expected and type(found) is type(expected)
        if not is_same:
            self.differences.append(f"{place}: {found!r}, third opinion {expected!r}")

    def series(self, place: str, found: npt.NDArray[np.float64], expected: Sequence[float], scale: float) -> None:
        """Compare a column of amounts."""
        values = np.array(expected, dtype=np.float64)
        self.compared += len(values)
        if found.shape != values.shape:
            self.differences.append(f"{place}: {found.shape} rows, third opinion {values.shape}")
            return
        wrong = ~(np.abs(found - values) <= TOLERANCE * np.maximum(scale, np.abs(values)))
        self.differences += [
            f"{place} {row}: {found[row]!r}, third opinion {values[row]!r}" for row in wrong.nonzero()[0]
        ]


def compare(result: omega.Result, opinion: Opinion, *, is_whole: bool = False) -> Comparison:
    """Compare every table and metric of a result, what rounding decides only where it is to be ``is_whole``."""
    outcome, terms = opinion.outcome, opinion.terms
    comparison = Comparison()
    balance = float(opinion.largest)
    found = rows_of(result.events)
    comparison.same("events", len(found), len(outcome.events))
    for row, event in zip(found, outcome.events, strict=False):
        for name in EVENT_FIELDS:
            scale = scale_of_result(terms, event) if name == "result" else 1.0
            comparison.same(f"event {event.seq} {event.kind} {name}", row[name], getattr(event, name), scale)
    for table, orders, of in (
        (result.trades, outcome.trades, trade_row),
        (result.positions, outcome.positions, position_row),
    ):
        rows = rows_of(table)
        comparison.same(of.__name__, len(rows), len(orders))
        for row, order in zip(rows, orders, strict=False):
            of_prices = notional(terms, order.lots, order.exit_price, order.exit_time) / MOST_DISTANCES
            scales = {"risk_per_trade": balance, "r_multiple": scale_of_r(order)}
            scales |= dict.fromkeys(("result", "net_result"), max(1.0, of_prices))
            for name, value in of(order, terms).items():
                comparison.same(f"{of.__name__} {order.order_id} {name}", row[name], value, scales.get(name, 1.0))
    for name, expected in (("timestamp", outcome.times), ("known_at", outcome.known_at)):
        times = result.equity.column(name).cast(pa.int64()).to_numpy().astype(np.float64)
        comparison.series(f"equity {name}", times, [float(time) for time in expected], 0.0)
    comparison.series("cash", result.equity.column("cash").to_numpy(), outcome.cash, balance)
    comparison.series("equity", result.equity.column("equity").to_numpy(), outcome.equity, balance)
    left_out = set() if is_whole else decided_by_rounding(opinion)
    for name, value in outcome.metrics.items():
        if name not in left_out:
            comparison.same(f"metric {name}", result.metrics[name], value, 1.0 if name in RATIOS else balance)
    comparison.same("metric names", list(result.metrics), list(outcome.metrics))
    return comparison


MOST_DISTANCES = 10**6
"""Distances that a price is, whose difference has the digits of the tolerance: doubles have sixteen."""


def notional(terms: Terms, lots: Fraction, price: int, time: int) -> float:
    """Return what a position is worth at a price: its moves are differences of such amounts."""
    return float(lots * abs(price) * terms.value(price, time) / terms.scale) if price else 0.0


def scale_of_result(terms: Terms, event: Event) -> float:
    """Return what a result is held to: more where the price moved by next to nothing."""
    if event.result is None or event.price is None or event.size is None:
        return 1.0
    lots, price = Fraction(event.size), terms.p(event.price)
    return max(1.0, notional(terms, lots, price, event.timestamp) / MOST_DISTANCES)


def scale_of_r(order: Order) -> float:
    """Return what an R is held to: more where its stop is next to nothing away from its price."""
    distances = Fraction(abs(order.order_price), abs(order.order_price - order.initial_stop) or 1)
    return float(max(abs(order.r_multiple), Fraction(1)) * max(distances / MOST_DISTANCES, Fraction(1)))


BY_SIGN = (
    *("wins", "losses", "breakeven", "win_rate", "profit_factor"),
    *("avg_win", "avg_loss", "largest_win", "largest_loss", "longest_losing_streak"),
)
"""Metrics of the sign of what a trade brings."""

RATIOS = (
    *("total_return", "volatility", "sharpe", "sortino", "cagr", "calmar", "exposure", "sqn"),
    *("avg_duration_minutes", "recovery_factor"),
)
"""Metrics that are no sums of money."""

LARGE = 10**3
"""A Sortino ratio of days that lost next to nothing."""

SMALL = Fraction(1, 10**5)
"""Part of a balance so small that the rounding of sums is more than the tolerance of a quotient of it."""


def decided_by_rounding(opinion: Opinion) -> set[str]:
    """Name the metrics that amounts below any rounding decide; the register has an example of each."""
    metrics, trades = opinion.outcome.metrics, opinion.outcome.trades
    named: set[str] = set()
    down = Fraction(metrics["max_drawdown_abs"] or 0)
    is_nothing = 0 < down <= TOLERANCE * opinion.largest
    if is_nothing or opinion.drawdown.close_calls:
        named.add("max_drawdown_bars")
    if (metrics["volatility"] or 0) < SMALL:
        named.update(("sharpe", "sortino"))
    if abs(Fraction(metrics["sortino"] or 0)) > LARGE:
        named.add("sortino")
    if down < SMALL * opinion.largest:
        named.update(("recovery_factor", "calmar"))
    if any(trade.result and abs(trade.net_result) <= TOLERANCE * abs(trade.result) for trade in trades):
        named.update(BY_SIGN)
    return named


def trade_row(order: Order, terms: Terms) -> dict[str, object]:
    """Return a closed order, or a part of one, as the table of trades has it."""
    return {
        **position_row(order, terms, has_stage=False),
        "exit_time": order.exit_time,
        "known_at": order.known_at,
        "exit_price": terms.price(order.sign * order.exit_price),
        "result": order.result,
        "net_result": order.net_result,
        "r_multiple": order.r_multiple,
        "exit_fee": order.exit_fee,
        "swap": order.swap,
        "reason": order.reason,
    }


def position_row(order: Order, terms: Terms, *, has_stage: bool = True) -> dict[str, object]:
    """Return an order as the table of positions has it."""
    signal = order.signal
    initial_target, target = (
        None if level is None else terms.price(order.sign * level) for level in (order.initial_target, order.target)
    )
    told = ("expires_at", "max_holding", "trailing_distance", "trailing_step", "break_even_at_r", "break_even_offset")
    stage = {"status": "open" if order.is_open else "pending", **{name: signal[name] for name in told}}
    return {
        "order_id": order.order_id,
        "symbol": terms.symbol,
        "magic_number": signal["magic_number"],
        "direction": signal["direction"],
        "order_type": order.order_type,
        "entry_time": order.entry_time,
        "trigger_time": order.trigger_time,
        "entry_price": terms.price(order.sign * order.price),
        "order_price": terms.price(order.sign * order.order_price),
        "signal_price": signal["price"],
        "initial_stop_loss": terms.price(order.sign * order.initial_stop),
        "initial_take_profit": initial_target,
        "stop_loss": terms.price(order.sign * order.stop),
        "take_profit": target,
        "size": float(order.lots) if order.trigger_time is not None else 0.0,
        "risk_per_trade": order.risk,
        "entry_fee": order.entry_fee,
        "swap": order.swap,
        "stop_kind": order.stop_kind,
        "scenario": signal["scenario"],
        **(stage if has_stage else {}),
    }


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """Return rows with times as µs."""
    columns = {name: list(_values(table.column(name))) for name in table.column_names}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _values(column: pa.ChunkedArray) -> Iterator[object]:  # type: ignore[type-arg]
    is_time = pa.types.is_timestamp(column.type) or pa.types.is_duration(column.type)
    return iter((column.cast(pa.int64()) if is_time else column).to_pylist())
