"""Several symbols through the public API: steps with a candle of one symbol looked at, a million steps, blocks."""

from __future__ import annotations

from typing import Any

import pytest

import omega
from omega.slices import MultiSymbolDataIterator

STEPS = 10_000
MANY = 1_000_000
BLOCK = 1_000
NAMES = {10: "10", 50: "50", 100: "100", 1_000: "1,000"}


def _market(symbols: int, steps: int) -> dict[str, omega.Bars]:
    """Every symbol has columns of its own, and a bar in every step."""
    if symbols * steps > MANY * 10:
        # As much as the memory holds of the same size: ten sets in turn, copied for none.
        made = [omega.sample_bars(steps, seed=seed) for seed in range(10)]
        return {f"S{place}": made[place % 10] for place in range(symbols)}
    table = omega.sample_bars(steps, seed=1).table
    return {f"S{place}": omega.read_bars(table, timeframe="M5") for place in range(symbols)}


@pytest.fixture(scope="module")
def data() -> dict[tuple[int, int], dict[str, omega.Bars]]:
    return {}


def _opened(
    data: dict[tuple[int, int], dict[str, omega.Bars]], symbols: int, steps: int, side: str
) -> MultiSymbolDataIterator:
    if (symbols, steps) not in data:
        data[symbols, steps] = _market(symbols, steps)
    return omega.multi_symbol(data[symbols, steps], backend=side)


def _walk(opened: MultiSymbolDataIterator) -> float:
    """Look at one symbol's close in every step."""
    last = 0.0
    for one in opened:
        candle = one["S7"].bid
        if candle is not None:
            last = candle.close
    return last


def _count(opened: MultiSymbolDataIterator) -> int:
    last = 0
    for one in opened:
        last = one.timestamp
    return last


@pytest.mark.parametrize("symbols", NAMES)
def test_steps(benchmark: Any, data: Any, side: str, symbols: int) -> None:
    benchmark.group = f"10,000 steps of {NAMES[symbols]} symbols"
    opened = {one: _opened(data, symbols, STEPS, one) for one in ("python", "rust")}
    assert opened["python"].block(0, 20).equals(opened["rust"].block(0, 20))
    assert _walk(opened["python"].part(0, 500)) == _walk(opened["rust"].part(0, 500))
    benchmark.extra_info.update(size=STEPS, unit="steps", side=side)
    benchmark.pedantic(_walk, args=(opened[side],), rounds=15 if side == "rust" else 2, warmup_rounds=1)


@pytest.mark.benchmark(group="1,000,000 steps of 50 symbols")
def test_a_million_steps(benchmark: Any, data: Any, side: str) -> None:
    opened = _opened(data, 50, MANY, side)
    benchmark.extra_info.update(size=MANY, unit="steps", side=side)
    last = benchmark.pedantic(_count, args=(opened,), rounds=5 if side == "rust" else 1)
    assert last == opened.block(MANY - 1)["timestamp"][0].value
    del data[50, MANY]


@pytest.mark.benchmark(group="a block of 1,000 steps of 50 symbols")
def test_block(benchmark: Any, data: Any, side: str) -> None:
    opened = _opened(data, 50, STEPS, side)
    benchmark.extra_info.update(size=BLOCK * 50, unit="rows", side=side)
    benchmark.pedantic(opened.block, args=(0, BLOCK), rounds=15 if side == "rust" else 3, warmup_rounds=1)
