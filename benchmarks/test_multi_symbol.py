"""Several symbols through the public API: steps with a candle of one symbol looked at, a million steps, blocks."""

from __future__ import annotations

from typing import Any

import pytest

import omega
from omega.slices import MultiSymbolDataIterator

from .multi_symbol import MANY, STEPS, SYMBOLS, look, market

BLOCK = 1_000


def _opened(symbols: int, steps: int, side: str) -> MultiSymbolDataIterator:
    return omega.multi_symbol(market(symbols, steps, side), backend=side)


def _count(opened: MultiSymbolDataIterator) -> int:
    last = 0
    for one in opened:
        last = one.timestamp
    return last


@pytest.mark.parametrize("symbols", SYMBOLS)
def test_steps(benchmark: Any, side: str, symbols: int) -> None:
    benchmark.group = f"10,000 steps of {symbols:,} symbols"
    opened = {one: _opened(symbols, STEPS, one) for one in ("python", "rust")}
    assert opened["python"].block(0, 20).equals(opened["rust"].block(0, 20))
    benchmark.extra_info.update(size=STEPS, unit="steps", side=side)
    benchmark.pedantic(look, args=(opened[side],), rounds=15 if side == "rust" else 2, warmup_rounds=1)


@pytest.mark.benchmark(group="1,000,000 steps of 50 symbols")
def test_a_million_steps(benchmark: Any, side: str) -> None:
    opened = _opened(50, MANY, side)
    benchmark.extra_info.update(size=MANY, unit="steps", side=side)
    last = benchmark.pedantic(_count, args=(opened,), rounds=5 if side == "rust" else 1)
    assert last == opened.block(MANY - 1)["timestamp"][0].value


@pytest.mark.benchmark(group="a block of 1,000 steps of 50 symbols")
def test_block(benchmark: Any, side: str) -> None:
    opened = _opened(50, STEPS, side)
    benchmark.extra_info.update(size=BLOCK * 50, unit="rows", side=side)
    benchmark.pedantic(opened.block, args=(0, BLOCK), rounds=15 if side == "rust" else 3, warmup_rounds=1)
