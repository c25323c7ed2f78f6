"""Markets in whole points: every price is k / 10^digits, so that what has to happen is known in integers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

import omega
from omega.contract.schemas import BARS, SIGNALS

MINUTE_US = 60_000_000
START_US = 1_704_067_200_000_000
FAR = 15_000
"""Points: a bar that reaches so far closes everything."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Symbol:
    """An instrument as brokers specify it; texts are decimals, so that fractions are exact."""

    name: str
    digits: int
    pip: str
    tick_value: str
    low: int
    high: int
    """Points between which prices are drawn."""

    @property
    def pip_points(self) -> int:
        """Points of a pip."""
        return int(Fraction(self.pip) * 10**self.digits)

    def config(self, **changes: Any) -> dict[str, Any]:
        """Return a configuration of a run; ``spec`` changes the specification."""
        spec = {
            "symbol": self.name,
            "pip_size": float(self.pip),
            "tick_size": 1 / 10**self.digits,
            "digits": self.digits,
            "tick_value": float(self.tick_value),
            "contract_size": 100_000.0,
            "min_stop_distance_pips": 0.0,
            "volume_min": 0.01,
            "volume_step": 0.01,
            "volume_max": 1000.0,
            "base_currency": "XXX",
            "quote_currency": "USD",
            "profit_currency": "USD",
        }
        spec |= changes.pop("spec", {})
        run = {"symbol": self.name, "timeframe": "M1", "pip_buffer_factor": 0.0, "on_ruin": "continue"}
        return {**run, "instruments": [spec], **changes}


SYMBOLS = {
    symbol.name: symbol
    for symbol in (
        Symbol("EURUSD", 5, "0.0001", "1.0", 90_000, 165_000),
        Symbol("USDJPY", 3, "0.01", "0.909091", 75_000, 162_000),
        Symbol("XAUUSD", 2, "0.1", "1.0", 100_000, 350_000),
        Symbol("DE30", 1, "1.0", "0.1", 50_000, 200_000),
        Symbol("US500", 2, "0.1", "0.01", 200_000, 600_000),
        Symbol("BTCUSD", 2, "1.0", "0.01", 1_000_000, 7_000_000),
    )
}


def prices(symbol: Symbol, points: Ints) -> Floats:
    """Return the doubles nearest to prices in points; a quotient is rounded correctly."""
    return points / 10.0**symbol.digits


def blocks(symbol: Symbol, bars: list[tuple[Ints, Ints, Ints, Ints]]) -> pa.Table:
    """Return a block of bars per order, one after the other.

    A bar of the block is low and high of the bid, low and high of the ask, in points, by order; it opens and closes in
    the middle.
    """
    rows, count = len(bars[0][0]), len(bars)
    columns: dict[str, Floats] = {name: np.empty(rows * count) for name in BARS.names[1:]}
    for place, (bid_low, bid_high, ask_low, ask_high) in enumerate(bars):
        for side, low, high in (("bid", bid_low, bid_high), ("ask", ask_low, ask_high)):
            middle = (low + high) // 2
            for part, points in (("open", middle), ("high", high), ("low", low), ("close", middle)):
                columns[f"{side}_{part}"][place::count] = prices(symbol, points)
    columns["volume"][:] = 1.0
    times = pa.array(START_US + MINUTE_US * np.arange(rows * count)).cast(pa.timestamp("us", tz="UTC"))
    return pa.table([times, *(columns[name] for name in BARS.names[1:])], schema=BARS)


def orders(symbol: Symbol, is_long: npt.NDArray[np.bool_], bars_per_order: int, **columns: Any) -> pa.Table:
    """Return an entry per block, at its first bar: a market order of one lot but for ``columns`` of a signal."""
    count = len(is_long)
    times = START_US + MINUTE_US * bars_per_order * np.arange(count)
    fields: dict[str, Any] = {
        "timestamp": pa.array(times).cast(pa.timestamp("us", tz="UTC")),
        "symbol": [symbol.name] * count,
        "signal_type": ["entry"] * count,
        "direction": ["long" if one else "short" for one in is_long],
        "order_type": ["market"] * count,
        "size": [1.0] * count,
        "magic_number": [0] * count,
        **columns,
    }
    arrays = [pa.array(fields.get(field.name, [None] * count), field.type) for field in SIGNALS]
    return pa.Table.from_arrays(arrays, schema=SIGNALS)


def run(symbol: Symbol, bars: pa.Table, signals: pa.Table, backend: str, **changes: Any) -> omega.Result:
    """Run orders over their blocks."""
    return omega.run_signals(bars, signals, symbol.config(**changes), backend=backend)


def block_of(times: Any, bars_per_order: int) -> Ints:
    """Return the number of the bar of each time."""
    bars: Ints = (times.cast(pa.int64()).to_numpy() - START_US) // MINUTE_US
    return bars // bars_per_order
