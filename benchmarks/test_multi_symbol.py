"""Several symbols through the public API: steps with a candle of one symbol looked at, and blocks."""

from __future__ import annotations

from typing import Any

import pytest

import omega
from omega.slices import MultiSymbolDataIterator

from .multi_symbol import STEPS, SYMBOLS, look, market

BLOCK = 1_000


def _opened(symbols: int, steps: int, side: str) -> MultiSymbolDataIterator:
    return omega.multi_symbol(market(symbols, steps, side), backend=side)


@pytest.mark.parametrize("symbols", SYMBOLS[:3])
def test_steps(benchmark: Any, side: str, symbols: int) -> None:
    benchmark.group = f"10,000 steps of {symbols:,} symbols"
    opened = {one: _opened(symbols, STEPS, one) for one in ("python", "rust")}
    assert opened["python"].block(0, 20).equals(opened["rust"].block(0, 20))
    benchmark.extra_info.update(size=STEPS, unit="steps", side=side)
    benchmark.pedantic(look, args=(opened[side],), rounds=15 if side == "rust" else 2, warmup_rounds=1)


@pytest.mark.benchmark(group="a block of 1,000 steps of 50 symbols")
def test_block(benchmark: Any, side: str) -> None:
    opened = _opened(50, STEPS, side)
    benchmark.extra_info.update(size=BLOCK * 50, unit="rows", side=side)
    benchmark.pedantic(opened.block, args=(0, BLOCK), rounds=15 if side == "rust" else 3, warmup_rounds=1)
