"""Bars against minutes: the same orders on M1 and on bars built from it (E-7); ``python benchmarks/minutes.py``.

Minutes are taken for what happened. An order is drawn at the close of a bar and handed to both at that time; it says
its size, so that none depends on another. What a bar makes of it is measured in R, against what its minutes make of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

import omega
from omega.contract.schemas import PRICE_COLUMNS, TIMESTAMP
from omega.contract.types import Timeframe
from omega.data.writing import write_file
from omega_parity.generate.markets import market_data_folder

RESULTS: Final = Path(__file__).parent / "results"

GROUPS: Final = {
    "currency pairs": {
        "oanda_eurusd_m1_201405": ("EURUSD", 5),
        "oanda_nzdusd_m1_201405": ("NZDUSD", 5),
        "fxcm_eurusd_m1_201405": ("EURUSD", 5),
        "fxcm_usdjpy_m1_201302": ("USDJPY", 3),
    },
    "index": {"oanda_de30eur_m1_201902": ("DE30EUR", 1)},
}
"""Sets of minutes with their symbol and digits."""

TIMEFRAMES: Final = ("M5", "M15", "H1")
SETTING_OF: Final = {"market": "open_position", "limit": "limit_entry", "stop": "stop_entry"}
"""Which of the settings an order type measures; the other two stay ``path``."""
STOPS: Final = (0.5, 1.0, 2.0)
"""Distance of the stop loss, in median ranges of the bars."""

SEEDS: Final = (1, 2, 3, 4, 5)
ORDERS: Final = 1_000
"""At most, per seed."""
WAITS: Final = 24
"""Bars until an order expires."""
RESAMPLES: Final = 2_000
MINUTE: Final = 60_000_000
DAY: Final = 1_440 * MINUTE

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Minutes(NamedTuple):
    """What happened: a set of finer bars."""

    name: str
    symbol: str
    digits: int
    timeframe: str
    table: pa.Table


class Built(NamedTuple):
    """Bars, the length of one, and for each the time at which its last minute ends."""

    table: pa.Table
    timeframe: str
    ends: Ints


def built(minutes: Minutes, timeframe: str) -> Built:
    """Build bars from finer ones, in UTC buckets (G-2)."""
    length = Timeframe[timeframe].value
    times = minutes.table.column("timestamp").cast(pa.int64()).to_numpy()
    buckets = times // length * length
    first = np.flatnonzero(np.diff(buckets, prepend=buckets[0] - 1))
    last = np.append(first[1:], len(times)) - 1
    columns: dict[str, Any] = {"timestamp": pa.array(buckets[first], TIMESTAMP)}
    for name in PRICE_COLUMNS:
        values = minutes.table.column(name).to_numpy()
        extreme = {"high": np.maximum, "low": np.minimum}.get(name[4:])
        edge = values[first] if name.endswith("open") else values[last]
        columns[name] = edge if extreme is None else extreme.reduceat(values, first)
    return Built(pa.table(columns), timeframe, times[last] + Timeframe[minutes.timeframe].value)


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders by column, in order of time; ``row`` is the bar at whose close each is placed."""

    entry: str
    row: Ints
    is_long: npt.NDArray[np.bool_]
    price: Floats
    stop_loss: Floats
    take_profit: Floats


def drawn(bars: Built, entry: str, stop: float, digits: int, seed: int) -> Orders:
    """Draw orders; the last bar has none.

    The level of a limit or stop order lies 0.1 to 1 median ranges from the close of its side, the target 0.5 to 3
    distances of the stop from it.
    """
    values = {name: bars.table.column(name).to_numpy() for name in PRICE_COLUMNS}
    median = float(np.median(values["bid_high"] - values["bid_low"]))
    rng = np.random.default_rng([seed, *entry.encode(), round(10 * stop), Timeframe[bars.timeframe].value // MINUTE])
    places = bars.table.num_rows - 1
    row = np.sort(rng.choice(places, min(places, ORDERS), replace=False))
    is_long, away, reward = rng.random(len(row)) < 0.5, rng.uniform(0.1, 1.0, len(row)), rng.uniform(0.5, 3, len(row))
    side = np.where(is_long, 1.0, -1.0)
    beyond = {"market": 0.0, "limit": -1.0, "stop": 1.0}[entry]
    close = np.where(is_long, values["ask_close"][row], values["bid_close"][row])
    price = close + side * beyond * away * median
    distance = side * stop * median
    return Orders(
        entry, row, is_long, *(np.round(x, digits) for x in (price, price - distance, price + reward * distance))
    )


def signals_of(orders: Orders, bars: Built, symbol: str, times: Ints) -> pa.Table:
    """Return orders as signals decided at ``times``; the magic number is the order's place."""
    length, count = Timeframe[bars.timeframe].value, len(orders.row)
    opened = bars.table.column("timestamp").cast(pa.int64()).to_numpy()[orders.row]
    is_market = orders.entry == "market"
    return pa.table(
        {
            "timestamp": pa.array(times, TIMESTAMP),
            "symbol": [symbol] * count,
            "signal_type": ["entry"] * count,
            "direction": np.where(orders.is_long, "long", "short").tolist(),
            "order_type": [orders.entry] * count,
            "price": pa.nulls(count, pa.float64()) if is_market else pa.array(orders.price),
            "size": [1.0] * count,
            "stop_loss": orders.stop_loss,
            "take_profit": orders.take_profit,
            "magic_number": np.arange(count),
            "expires_at": pa.array(opened + (1 + WAITS) * length, TIMESTAMP),
        }
    )


class Outcomes(NamedTuple):
    """What became of orders: R and reason of each that opened, and the bars that could go both ways."""

    order: Ints
    r: Floats
    reason: npt.NDArray[np.str_]
    ambiguous: int


def outcomes(bars: pa.Table, timeframe: str, symbol: str, signals: pa.Table, intrabar: dict[str, str]) -> Outcomes:
    """Run the orders; what is open at the end is closed."""
    config = {"symbol": symbol, "timeframe": timeframe, "initial_balance": 1e12, "close_at_end": True}
    config |= {"signal_time": "decision", "pip_buffer_factor": 0.0, "intrabar": intrabar}
    read = omega.read_bars(bars, symbol=symbol, timeframe=timeframe, backend="rust")
    result = omega.run_signals(read, signals, config, backend="rust")
    order = result.trades.column("magic_number").to_numpy()
    by_order = np.argsort(order)
    r, reason = result.trades.column("r_multiple").to_numpy(), np.array(result.trades.column("reason").to_pylist())
    return Outcomes(order[by_order], r[by_order], reason[by_order], int(result.metrics["ambiguous_bars"] or 0))


class Measured(NamedTuple):
    """Trades of one kind: R by minutes and by bars, whether they ended otherwise, and the day of each."""

    minutes: Floats
    bars: Floats
    is_other: npt.NDArray[np.bool_]
    day: npt.NDArray[np.str_]
    ambiguous: int


def measured(minutes: Minutes, bars: Built, entry: str, stop: float, seed: int) -> dict[str, Measured]:
    """Measure both settings of an order type.

    Both place and open the same orders: their closes are the same, and so is what touches a level before it expires.
    """
    symbol, orders = minutes.symbol, drawn(bars, entry, stop, minutes.digits, seed)
    decided = signals_of(orders, bars, symbol, bars.ends[orders.row])
    truth = outcomes(minutes.table, minutes.timeframe, symbol, decided, {})
    opened = bars.table.column("timestamp").cast(pa.int64()).to_numpy()[orders.row]
    decided = signals_of(orders, bars, symbol, opened + Timeframe[bars.timeframe].value)
    days = np.array([f"{minutes.name} {day}" for day in opened // DAY])
    found = {}
    for inside in ("path", "adverse"):
        guess = outcomes(bars.table, bars.timeframe, symbol, decided, {SETTING_OF[entry]: inside})
        assert np.array_equal(truth.order, guess.order)
        is_other = truth.reason != guess.reason
        found[inside] = Measured(truth.r, guess.r, is_other, days[truth.order], guess.ambiguous)
    return found


def pooled(parts: Sequence[Measured]) -> Measured:
    """Put trades together."""
    return Measured(
        minutes=np.concatenate([part.minutes for part in parts]),
        bars=np.concatenate([part.bars for part in parts]),
        is_other=np.concatenate([part.is_other for part in parts]),
        day=np.concatenate([part.day for part in parts]),
        ambiguous=sum(part.ambiguous for part in parts),
    )


def row_of(trades: Measured) -> dict[str, float]:
    """Return means, and the bias of bars with its 95 % interval: days are drawn again, not trades, which share bars."""
    bias = trades.bars - trades.minutes
    _, place = np.unique(trades.day, return_inverse=True)
    sums, counts = np.bincount(place, bias), np.bincount(place)
    again = np.random.default_rng(0).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), RESAMPLES)
    low, high = np.quantile(again @ sums / (again @ counts), [0.025, 0.975])
    means = {"minutes_r": trades.minutes.mean(), "bars_r": trades.bars.mean(), "bias": bias.mean()}
    rest = {"low": low, "high": high, "other": trades.is_other.mean()}
    amounts = {name: round(float(value), 4) for name, value in {**means, **rest}.items()}
    return {"trades": len(bias), **amounts, "ambiguous_bars": trades.ambiguous}


def read_minutes(folder: Path, name: str, symbol: str, digits: int) -> Minutes:
    """Read a set."""
    bars = omega.read_bars(folder / f"{name}.parquet", symbol=symbol, timeframe="M1", backend="rust")
    return Minutes(name, symbol, digits, "M1", bars.table)


def rows(folder: Path) -> Iterator[dict[str, Any]]:
    """Measure every group, timeframe, order type and distance of the stop."""
    for group, names in GROUPS.items():
        sets = [read_minutes(folder, name, *given) for name, given in names.items()]
        for timeframe in TIMEFRAMES:
            pairs = [(minutes, built(minutes, timeframe)) for minutes in sets]
            for entry, setting in SETTING_OF.items():
                for stop in STOPS:
                    parts = [measured(*pair, entry, stop, seed) for pair in pairs for seed in SEEDS]
                    kind = {"group": group, "timeframe": timeframe, "entry": entry, "setting": setting, "stop": stop}
                    both = {inside: row_of(pooled([part[inside] for part in parts])) for inside in parts[0]}
                    yield {**kind, **both}


def report(found: Sequence[dict[str, Any]]) -> str:
    """Write tables: how far bars are from minutes for each setting, then every row."""
    text = [
        "# Bars against minutes",
        "",
        (__doc__ or "").split("\n\n")[1].replace("\n", " ").strip(),
        "",
        f"Written by `python benchmarks/minutes.py`: seeds {', '.join(map(str, SEEDS))}, at most {ORDERS:,} orders of "
        f"each kind, set and seed; no buffer, slippage or fees; 95 % intervals by {RESAMPLES:,} resamples of days (the "
        "index has three). Bias is R by bars − R by minutes; other is the share of trades that end for another reason.",
    ]
    for group, names in GROUPS.items():
        here = [row for row in found if row["group"] == group]
        text += ["", f"## {group.capitalize()}", "", f"{', '.join(f'`{name}`' for name in names)}.", ""]
        text += ["| setting | path: mean, largest bias | adverse: mean, largest bias |", "|---|---|---|"]
        for setting in SETTING_OF.values():
            shown = [
                _sizes([row[key]["bias"] for row in here if row["setting"] == setting]) for key in ("path", "adverse")
            ]
            text.append(f"| {setting} | {shown[0]} | {shown[1]} |")
        columns = "trades | R, minutes | R, path | bias | other | ambiguous | R, adverse | bias | other"
        text += ["", f"| bars | entry | stop | {columns} |", f"|---|---|---|{'---|' * 9}"]
        text += [_line(row) for row in here]
    return "\n".join(text) + "\n"


def _sizes(biases: Sequence[float]) -> str:
    sizes = np.abs(biases)
    return f"{sizes.mean():.3f}, {sizes.max():.3f}"


def _line(row: dict[str, Any]) -> str:
    cells = [row["timeframe"], row["entry"], f"{row['stop']:g}", f"{row['path']['trades']:,}"]
    cells.append(f"{row['path']['minutes_r']:+.3f}")
    for key in ("path", "adverse"):
        side = row[key]
        cells += [f"{side['bars_r']:+.3f}", f"{side['bias']:+.3f} ({side['low']:+.3f} … {side['high']:+.3f})"]
        cells.append(f"{100 * side['other']:.1f} %")
        if key == "path":
            cells.append(f"{side['ambiguous_bars']:,}")
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure, and write the tables and the rows behind them."""
    folder = market_data_folder()
    if folder is None:
        raise SystemExit("no market data: OMEGA_MARKET_DATA names their folder")
    found = list(rows(folder))
    write_file(RESULTS / "minutes.json", json.dumps(found, indent=1) + "\n")
    write_file(RESULTS / "minutes.md", report(found))
    print(report(found), end="")


if __name__ == "__main__":
    main()
