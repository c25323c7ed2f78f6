"""Joins of two sides (G-1)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

import numpy as np
import pyarrow as pa

from mutants.corpus.answers import NAN, call, reference
from mutants.corpus.lines import rows
from omega.contract.schemas import BARS, TIMESTAMP

_SIDE_PRICES: Final = ("open", "high", "low", "close", "volume")

_SIDE: Final = pa.schema([BARS.field("timestamp"), *(BARS.field("volume").with_name(name) for name in _SIDE_PRICES)])


# ---- the join of two sides (G-1) ----


def _side(times: list[int], first: float) -> pa.Table:
    prices = [[first + row + part / 8 for row in range(len(times))] for part in range(5)]
    return pa.table([pa.array(times, TIMESTAMP), *prices], schema=_SIDE)


def join_blocks() -> Iterator[tuple[str, list[str]]]:
    """Yield a block for each way in which two sides can meet or not."""
    handler = reference("data_handler")()
    for name, (bid_times, ask_times) in {
        "overlap": ([10, 20, 30, 40], [20, 25, 30, 50]),
        "equal": ([10, 20], [10, 20]),
        "apart": ([10, 20], [30, 40]),
        "late-bid": ([30], [10, 20, 30]),
        "empty": ([], []),
        "no-ask": ([10], []),
        "bid-unsorted": ([20, 10], [10, 10]),
        "ask-duplicate": ([10, 20], [10, 10]),
    }.items():
        bid, ask = _side(bid_times, 1.0), _side(ask_times, 101.0)
        lines = [*rows("bid", bid, _SIDE.names, is_input=True), *rows("ask", ask, _SIDE.names, is_input=True)]
        for ratio in (0.0, 0.5, 2 / 3, float(np.nextafter(2 / 3, 0.0)), 1.0, -0.1, 1.5, NAN):
            lines += call(("join", ratio), partial(handler.join_sides, bid, ask, ratio))
        yield f"calls/join-{name}", lines
