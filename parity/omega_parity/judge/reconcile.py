"""A run's fills beside those of a broker: matched by time, side and size, with what price, cost and time differ by."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, cast

import pyarrow as pa

import omega
from omega.boundary.guard import guarded
from omega.compare.values import time_text
from omega.contract.errors import ErrorCode, omega_error
from omega.data.sides import read_columns

FILLS: Final[dict[str, pa.DataType]] = {
    "timestamp": pa.timestamp("us", tz="UTC"),
    "side": pa.string(),
    "size": pa.float64(),
    "price": pa.float64(),
    "cost": pa.float64(),
    "symbol": pa.string(),
    "id": pa.string(),
}
"""Columns of a broker's fills; ``cost`` (account currency, positive where it costs), ``symbol``, ``id`` may lack."""

_NEEDED: Final = ("timestamp", "side", "size", "price")
_BUYS: Final = {"long": "buy", "short": "sell"}
_OTHER: Final = {"buy": "sell", "sell": "buy"}
_MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One fill.

    Attributes
    ----------
    time : int
        µs.
    name : str
        Of the run the order and what was filled of it, of the broker its id, or its row.
    cost : float or None
        Account currency, positive where it costs.
    symbol : str or None
        None of a broker's whose file does not say.
    """

    time: int
    side: str
    size: float
    price: float
    cost: float | None
    symbol: str | None
    name: str

    def as_data(self) -> dict[str, Any]:
        """JSON form."""
        return {**asdict(self), "time": time_text(self.time)}


@dataclass(frozen=True, slots=True)
class Pair:
    """A fill of the run and the one of the broker that it was matched with; differences are the broker's − the run's.

    Attributes
    ----------
    worse : float
        By how much the broker's price is worse, price units: higher of a buy, lower of a sell.
    """

    run: Fill
    broker: Fill

    @property
    def seconds(self) -> float:
        """How much later the broker's is."""
        return (self.broker.time - self.run.time) / _MICROSECONDS

    @property
    def worse(self) -> float:
        """See above."""
        difference = self.broker.price - self.run.price
        return difference if self.run.side == "buy" else 0.0 - difference

    @property
    def cost(self) -> float | None:
        """What the broker's costs more; None where the file does not say."""
        return None if self.broker.cost is None else self.broker.cost - (self.run.cost or 0.0)

    def as_data(self) -> dict[str, Any]:
        """JSON form."""
        sides = {"run": self.run.as_data(), "broker": self.broker.as_data()}
        return {**sides, "seconds": self.seconds, "price_worse": self.worse, "cost_more": self.cost}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """All fills of both, matched as far as they do.

    Attributes
    ----------
    other_symbols : int
        Fills of the broker that are of other symbols than the run's, and left out.
    """

    symbol: str
    tolerances: dict[str, float]
    pairs: tuple[Pair, ...]
    run_only: tuple[Fill, ...]
    broker_only: tuple[Fill, ...]
    other_symbols: int

    @property
    def is_whole(self) -> bool:
        """Whether there were fills, and each was matched."""
        return bool(self.pairs) and not self.run_only and not self.broker_only

    @property
    def sums(self) -> dict[str, float | int | None]:
        """The differences in a few figures; means over the pairs, None without any."""
        costs = [pair.cost for pair in self.pairs if pair.cost is not None]
        return {
            "matched": len(self.pairs),
            "run_only": len(self.run_only),
            "broker_only": len(self.broker_only),
            "mean_price_worse": _mean([pair.worse for pair in self.pairs]),
            "largest_price_difference": max((abs(pair.worse) for pair in self.pairs), default=None),
            "cost_more": math.fsum(costs) if costs else None,
            "mean_seconds": _mean([pair.seconds for pair in self.pairs]),
            "largest_seconds": max((abs(pair.seconds) for pair in self.pairs), default=None),
        }

    def as_data(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "answer": "matched" if self.is_whole else "unmatched",
            "symbol": self.symbol,
            "tolerances": self.tolerances,
            "sums": self.sums,
            "pairs": [pair.as_data() for pair in self.pairs],
            "run_only": [fill.as_data() for fill in self.run_only],
            "broker_only": [fill.as_data() for fill in self.broker_only],
            "other_symbols": self.other_symbols,
        }


def _mean(values: list[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


@guarded("fills")
def reconcile(result: Path, fills: Path, *, seconds: float, size: float) -> Reconciled:
    """Match the fills of a saved run with a broker's.

    In the order of time each fill of the run takes the first of the broker that is of its symbol and side, within
    both tolerances, and not taken yet; with equal sizes no other way matches more.

    Parameters
    ----------
    fills : Path
        Parquet, CSV or Arrow with the columns of :data:`FILLS`.
    seconds, size : float
        How far times (s) and sizes (lots) may be apart.

    Raises
    ------
    OmegaError
        1003 for a tolerance below 0; as :func:`omega.load_result`; 1008 for a column that is missing, 1002 for a value
        that is, 1001 and 1003 for a side, size or price that is none.
    """
    for name, tolerance in (("time-tolerance", seconds), ("size-tolerance", size)):
        if not (math.isfinite(tolerance) and tolerance >= 0.0):
            raise _refusal(ErrorCode.OUT_OF_BOUNDS, f"{name} is a number from 0, not {tolerance}", name, None)
    run = omega.load_result(result)
    table = read_columns(fills, FILLS)
    ours = {None, run.symbol, *run.symbols}
    fills_of_all = list(broker_fills(table))
    broker = [fill for fill in fills_of_all if fill.symbol in ours]
    pairs, run_only, broker_only = matched(run_fills(run), broker, seconds, size)
    return Reconciled(
        symbol=run.symbol,
        tolerances={"seconds": seconds, "size": size},
        pairs=pairs,
        run_only=run_only,
        broker_only=broker_only,
        other_symbols=len(fills_of_all) - len(broker),
    )


def matched(
    run: Iterable[Fill], broker: Iterable[Fill], seconds: float, size: float
) -> tuple[tuple[Pair, ...], tuple[Fill, ...], tuple[Fill, ...]]:
    """Pair fills as :func:`reconcile` says; what is left of either follows."""
    left = sorted(broker, key=_time)
    reach = seconds * _MICROSECONDS
    pairs, run_only, broker_only = [], [], []
    for fill in sorted(run, key=_time):
        while left and left[0].time < fill.time - reach:  # too early for all that follow, too
            broker_only.append(left.pop(0))
        found = _first_alike(fill, left, reach, size)
        if found is None:
            run_only.append(fill)
        else:
            pairs.append(Pair(fill, left.pop(found)))
    return tuple(pairs), tuple(run_only), (*broker_only, *left)


def _time(fill: Fill) -> int:
    return fill.time


def _first_alike(fill: Fill, others: list[Fill], reach: float, size: float) -> int | None:
    for at, other in enumerate(others):
        if other.time > fill.time + reach:
            return None
        is_alike = other.side == fill.side and other.symbol in (None, fill.symbol)
        if is_alike and abs(other.size - fill.size) <= size:
            return at
    return None


def run_fills(run: omega.Result) -> Iterator[Fill]:
    """Return what a run filled: openings, parts and closings, each with its fee (T-8)."""
    times = run.events.column("timestamp").cast(pa.int64()).to_pylist()
    for time, row in zip(
        cast("list[int]", times), run.events.drop_columns(["timestamp", "known_at"]).to_pylist(), strict=True
    ):
        if row["kind"] in ("opened", "partially_closed", "closed"):
            side = _BUYS[row["direction"]]
            yield Fill(
                time=time,
                side=side if row["kind"] == "opened" else _OTHER[side],
                size=row["size"],
                price=row["price"],
                cost=row["fee"],
                symbol=row["symbol"],
                name=f"order {row['order_id']}, {row['kind']}",
            )


def broker_fills(table: pa.Table) -> Iterator[Fill]:
    """Check a broker's fills row by row. Errors as :func:`reconcile`."""
    for name in _NEEDED:
        if name not in table.column_names:
            raise _refusal(ErrorCode.MISSING_REQUIRED_FIELD, f"there is no column {name}", name, None)
        if table.schema.field(name).type != FILLS[name]:
            found = table.schema.field(name).type
            message = f"{name} must be {FILLS[name]}, not {found}"
            raise _refusal(ErrorCode.TYPE_MISMATCH, message, name, None)
    times = table.column("timestamp").cast(pa.int64()).to_pylist()
    columns = (times, *(_column(table, name) for name in ("side", "size", "price", "cost", "symbol", "id")))
    for row, (time, side, size, price, cost, symbol, name) in enumerate(zip(*columns, strict=True)):
        for column, value in zip(_NEEDED, (time, side, size, price), strict=True):
            if value is None:
                raise _refusal(ErrorCode.NULL_VALUE, f"row {row} has no {column}", column, row)
        if side.lower() not in _OTHER:
            raise _refusal(ErrorCode.INVALID_ARGUMENT, f"row {row}: side is buy or sell, not {side!r}", "side", row)
        for column, value, holds in (("size", size, _is_positive), ("price", price, _is_positive), ("cost", cost, _is)):
            if not holds(value):
                raise _refusal(ErrorCode.OUT_OF_BOUNDS, f"row {row}: {column} cannot be {value}", column, row)
        said = name or f"row {row}"
        yield Fill(time=time, side=side.lower(), size=size, price=price, cost=cost, symbol=symbol, name=said)


def _column(table: pa.Table, name: str) -> list[Any]:
    return table.column(name).to_pylist() if name in table.column_names else [None] * table.num_rows


def _is_positive(value: float) -> bool:
    return math.isfinite(value) and value > 0.0


def _is(value: float | None) -> bool:
    return value is None or math.isfinite(value)


def _refusal(code: ErrorCode, message: str, column: str, row: int | None) -> Exception:
    return omega_error(code, f"fills: {message}", rule="F-10", column=column, row=row)
