"""Ties on the grid: how many are decided otherwise than exact arithmetic decides them.

Prices, distances, buffers and slippages are whole numbers of points (or of tenths of them), so that what has to happen
follows from integers and fractions alone. ``python tests/ties/ties.py CASES [BACKEND]`` prints a row per experiment and
instrument; ``test_ties.py`` runs a share of it.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.ties.market import FAR, SYMBOLS, Ints, Symbol, block_of, blocks, orders, prices, run

CHUNK = 10_000

Random = np.random.Generator
Chunk = Callable[[Symbol, Random, int, str], int]
"""Runs some orders and returns how many of them went otherwise than they had to."""


def _drawn(symbol: Symbol, random: Random, count: int) -> tuple[Ints, Ints]:
    """Return bids and asks in points."""
    bid = random.integers(symbol.low, symbol.high, count)
    return bid, bid + random.integers(0, 40, count)


def _sweep(bid: Ints, ask: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    return bid - FAR, bid + FAR, ask - FAR, ask + FAR


def stop_distance(symbol: Symbol, random: Random, count: int, backend: str) -> int:
    """A stop exactly as far away as it has to be, or a point nearer or farther."""
    least = Fraction(int(random.choice([1, 2, 3, 5, 10, 15, 20, 25, 40, 50, 100])), 10)  # pips
    needed = least * symbol.pip_points
    bid, ask = _drawn(symbol, random, count)
    is_long = random.random(count) < 0.5
    distance = np.maximum(1, math.ceil(needed) + random.integers(-1, 2, count))
    stop = np.where(is_long, bid - distance, ask + distance)
    signals = orders(
        symbol,
        is_long,
        2,
        stop_loss=prices(symbol, stop),
    )
    bars = blocks(symbol, [(bid, bid, ask, ask), _sweep(bid, ask)])
    result = run(symbol, bars, signals, backend, spec={"min_stop_distance_pips": float(least)})
    blocks_of = block_of(result.events["timestamp"], 2)
    is_accepted = np.zeros(count, dtype=bool)
    is_accepted[blocks_of[np.array(result.events["kind"].to_pylist()) == "accepted"]] = True
    return int((is_accepted != (distance >= needed)).sum())


def _exit_blocks(result: object, count: int, bars_per_order: int) -> Ints:
    """Return in which bar of its block each order was closed."""
    trades = result.trades  # type: ignore[attr-defined]
    bar = block_of(trades["exit_time"], 1)
    found = np.full(count, -1)
    found[bar // bars_per_order] = bar % bars_per_order
    return found


def touched_stop(symbol: Symbol, random: Random, count: int, backend: str) -> int:
    """A bar that touches the stop with its buffer exactly, or misses it by a point."""
    pips = Fraction(int(random.choice([0, 1, 2, 3, 5, 7, 10, 13, 25, 30])), 10)
    if symbol.pip_points == 10 and random.random() < 0.3:
        pips += Fraction(1, 20)  # half a point
    buffer = pips * symbol.pip_points
    bid, ask = _drawn(symbol, random, count)
    is_long = random.random(count) < 0.5
    distance = random.integers(150, 3000, count)
    stop = np.where(is_long, bid - distance, ask + distance)
    miss = random.integers(0, 2, count)
    reach = math.floor(buffer)
    low = np.where(is_long, stop + reach + miss, bid)
    high = np.where(is_long, ask, stop - reach - miss)
    signals = orders(
        symbol,
        is_long,
        3,
        stop_loss=prices(symbol, stop),
    )
    bars = blocks(
        symbol, [(bid, bid, ask, ask), (low, np.maximum(low, bid), np.minimum(ask, high), high), _sweep(bid, ask)]
    )
    result = run(symbol, bars, signals, backend, pip_buffer_factor=float(pips))
    return int((_exit_blocks(result, count, 3) != np.where(miss == 0, 1, 2)).sum())


def touched_target(symbol: Symbol, random: Random, count: int, backend: str) -> int:
    """A target that a strategy computes from its price in pips, touched exactly or missed by a point."""
    bid, ask = _drawn(symbol, random, count)
    is_long = random.random(count) < 0.5
    pips = random.integers(15, 3000 // symbol.pip_points, count)
    distance = pips * symbol.pip_points
    target = np.where(is_long, ask + distance, bid - distance)
    stop = np.where(is_long, bid - FAR // 2, ask + FAR // 2)
    shown = np.where(
        is_long, prices(symbol, ask) + pips * float(symbol.pip), prices(symbol, bid) - pips * float(symbol.pip)
    )
    miss = random.integers(0, 2, count)
    high = np.where(is_long, target - miss, bid)
    low = np.where(is_long, ask, target + miss)
    signals = orders(
        symbol,
        is_long,
        3,
        stop_loss=prices(symbol, stop),
        take_profit=shown,
    )
    bars = blocks(
        symbol, [(bid, bid, ask, ask), (np.minimum(bid, high), high, low, np.maximum(ask, low)), _sweep(bid, ask)]
    )
    result = run(symbol, bars, signals, backend)
    return int((_exit_blocks(result, count, 3) != np.where(miss == 0, 1, 2)).sum())


def pending_trigger(symbol: Symbol, random: Random, count: int, backend: str) -> int:
    """An order at a price that a strategy computes in pips, touched exactly or missed by a point."""
    bid, ask = _drawn(symbol, random, count)
    is_long, is_limit = random.random(count) < 0.5, random.random(count) < 0.5
    pips = random.integers(15, 3000 // symbol.pip_points, count)
    side = np.where(is_long, ask, bid)
    is_below = is_long == is_limit
    sign = np.where(is_below, -1, 1)
    level = side + sign * pips * symbol.pip_points
    shown = prices(symbol, side) + sign * (pips * float(symbol.pip))
    miss = random.integers(0, 2, count)
    touch = level - sign * miss
    stop = np.where(is_long, level - FAR // 2, level + FAR // 2)
    ask_low = np.where(is_long & is_below, touch, ask)
    ask_high = np.where(is_long & ~is_below, touch, ask)
    bid_low = np.where(~is_long & is_below, touch, bid)
    bid_high = np.where(~is_long & ~is_below, touch, bid)
    signals = orders(
        symbol,
        is_long,
        4,
        order_type=["limit" if one else "stop" for one in is_limit],
        price=shown,
        stop_loss=prices(symbol, stop),
    )
    sweep = _sweep(bid, ask)
    bars = blocks(symbol, [(bid, bid, ask, ask), (bid_low, bid_high, ask_low, ask_high), sweep, sweep])
    trades = run(symbol, bars, signals, backend).trades
    bar = block_of(trades["trigger_time"], 1)
    found = np.full(count, -1)
    found[bar // 4] = bar % 4
    return int((found != np.where(miss == 0, 1, 2)).sum())


def flat_result(symbol: Symbol, random: Random, count: int, backend: str) -> int:
    """An entry that slips by tenths of a pip, closed at the price at which it was filled: nothing won or lost."""
    tenths = int(random.integers(1, 40))
    slip = math.ceil(Fraction(tenths, 10) * symbol.pip_points)
    bid, ask = _drawn(symbol, random, count)
    is_long = random.random(count) < 0.5
    # Both fills slip against the trader, so the close has to lie two slippages away.
    fill = np.where(is_long, ask + slip, bid - slip)
    spread = ask - bid
    exit_bid = np.where(is_long, fill + slip, fill - slip - spread)
    exit_ask = np.where(is_long, exit_bid + spread, fill - slip)
    signals = orders(
        symbol,
        is_long,
        2,
        stop_loss=prices(symbol, np.where(is_long, bid - FAR // 2, ask + FAR // 2)),
        max_holding=pa.array([60_000_000] * count, pa.duration("us")),
    )
    bars = blocks(symbol, [(bid, bid, ask, ask), (exit_bid, exit_bid, exit_ask, exit_ask)])
    trades = run(symbol, bars, signals, backend, costs={"slippage": {"fixed_pips": tenths / 10}}).trades
    block = block_of(trades["entry_time"], 2)
    wrong = np.ones(count, dtype=bool)
    is_right = (trades["result"].to_numpy() == 0.0) & (trades["entry_price"].to_numpy() == prices(symbol, fill)[block])
    wrong[block] = ~is_right
    return int(wrong.sum())


def lot_steps(symbol: Symbol, random: Random, count: int, backend: str) -> int:
    """Sizes by risk, price, distance and step: no step lost, none gained, and none refused that is the minimum."""
    step = Fraction(str(random.choice(["0.01", "0.1", "0.001", "0.05", "1", "0.02"])))
    least = step * int(random.choice([1, 1, 1, 5]))
    risk = Fraction(int(random.choice([10, 25, 50, 75, 100, 125, 150, 200, 250, 500, 1000, 1234, 10_000])))
    if random.random() < 0.3:
        risk += Fraction(int(random.integers(1, 100)), 100)
    bid, ask = _drawn(symbol, random, count)
    is_long = random.random(count) < 0.5
    distance = ask - bid + random.integers(1, 361, count)
    expected = np.array([_exact_lots(symbol, risk, points, least, step) for points in range(401)])
    stop = np.where(is_long, ask - distance, bid + distance)
    signals = orders(
        symbol,
        is_long,
        2,
        size=pa.nulls(count, pa.float64()),
        stop_loss=prices(symbol, stop),
    )
    bars = blocks(symbol, [(bid, bid, ask, ask), _sweep(bid, ask)])
    spec = {"volume_min": float(least), "volume_step": float(step), "volume_max": 1e6}
    trades = run(symbol, bars, signals, backend, risk_per_trade=float(risk), spec=spec).trades
    found = np.zeros(count)
    found[block_of(trades["entry_time"], 2)] = trades["size"].to_numpy()
    return int((found != expected[distance]).sum())


def _exact_lots(symbol: Symbol, risk: Fraction, points: int, least: Fraction, step: Fraction) -> float:
    """S-2 and S-4 in fractions; 0 for a size that is refused."""
    if points == 0:
        return 0.0
    raw = risk / (points * Fraction(symbol.tick_value))
    if raw < least:
        return 0.0
    return float(min(least + math.floor((raw - least) / step) * step, Fraction(1_000_000)))


EXPERIMENTS: dict[str, Chunk] = {
    chunk.__name__: chunk
    for chunk in (stop_distance, touched_stop, touched_target, pending_trigger, flat_result, lot_steps)
}


def count_wrong(experiment: str, symbol: str, cases: int, seed: int, backend: str, chunk: int = CHUNK) -> int:
    """Return how many of at least ``cases`` went otherwise than they had to."""
    random = np.random.default_rng([seed, *experiment.encode(), *symbol.encode()])
    chunks = -(-cases // chunk)
    return sum(EXPERIMENTS[experiment](SYMBOLS[symbol], random, chunk, backend) for _ in range(chunks))


def table(cases: int, backend: str, chunk: int) -> Iterator[dict[str, object]]:
    """Run everything; yields a row per experiment and instrument."""
    for experiment in EXPERIMENTS:
        for symbol in SYMBOLS:
            wrong = count_wrong(experiment, symbol, cases, 10, backend, chunk)
            yield {"experiment": experiment, "symbol": symbol, "cases": -(-cases // chunk) * chunk, "wrong": wrong}


if __name__ == "__main__":
    side = sys.argv[2] if len(sys.argv) > 2 else "rust"
    for row in table(int(sys.argv[1]), side, int(sys.argv[3]) if len(sys.argv) > 3 else CHUNK):
        print(json.dumps(row), flush=True)
