"""Checks, samples and joins of bars, results and refusals alike."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import pyarrow as pa

from omega.contract import schemas
from omega_parity.drive.components import factories
from omega_parity.gates.checks.bench import Bench, check
from omega_parity.generate.broken import FINE_BARS, bad_bars, put_cell, shifted_times
from omega_parity.generate.calls import one_side
from omega_parity.generate.markets import sample_market

_BARS: Final = 3_000
_BROKEN_BARS: Final = 40
_JOINED: Final = 500
_FIVE_DAYS: Final = 5 * 86_400_000_000

SAMPLES: Final = ((1, 0), (2, 7), (1_441, 7), (20_000, 2**64 - 1), (5_000, 123))
REFUSED_SAMPLES: Final = ((0, 1), (-1, 1), (10_000_001, 1), (1, -1), (1, 2**64), (0, -1))


def _handlers() -> list[Any]:
    return [make() for make in factories("data_handler")]


@check("bars", "data_handler", rules=("T-2", "T-4"))
def broken_bars(bench: Bench) -> None:
    """Bars that break one rule each, and timeframes that are none."""
    market = sample_market(n=_BROKEN_BARS)
    handlers = _handlers()
    bench.agree(*(partial(one.check_bars, market.bars, market.timeframe) for one in handlers), about="good bars")
    for about, table in bench.extent.some(list(bad_bars(market.bars).items())):
        judged: Callable[..., object] = bench.agree if about in FINE_BARS else bench.refuse
        judged(*(partial(one.check_bars, table, market.timeframe) for one in handlers), about=about)
    for timeframe in (0, -1, 1, market.timeframe + 1, 2**62):
        calls = (partial(handler.check_bars, market.bars, timeframe) for handler in handlers)
        bench.refuse(*calls, about=timeframe)


@check("bars", "data_handler")
def quality_findings(bench: Bench) -> None:
    """Crossed quotes, spikes, gaps and weekends."""
    market = sample_market(n=_BARS)
    bars = market.bars
    crossed = put_cell(bars, "ask_close", 10, bars["ask_low"][10].as_py())
    spike = put_cell(bars, "bid_high", 20, 2.0)
    gapped = bars.take([row for row in range(_BARS) if row % 50])
    weekend = bars.set_column(0, schemas.BARS.field(0), shifted_times(bars, _FIVE_DAYS))
    handlers = _handlers()
    for table in bench.extent.some((bars, crossed, spike, gapped, weekend), least=5):
        bench.agree(*(partial(handler.check_bars, table, market.timeframe) for handler in handlers))


@check("bars", "data_handler", SAMPLES, rules=("Q-D1",))
def samples(bench: Bench, given: tuple[int, int]) -> None:
    """The built-in sample of a length and a seed."""
    bench.agree(*(partial(make().sample_bars, *given) for make in factories("data_handler")), about=given)


@check("bars", "data_handler", REFUSED_SAMPLES)
def refused_samples(bench: Bench, given: tuple[int, int]) -> None:
    """A length or a seed beyond its range."""
    bench.refuse(*(partial(make().sample_bars, *given) for make in factories("data_handler")), about=given)


def _side(bars: pa.Table, side: str, keep: Callable[[int], bool]) -> pa.Table:
    return one_side(bars, side).take([row for row in range(len(bars)) if keep(row)])


@check("bars", "data_handler", rules=("G-1",))
def joins_of_sides(bench: Bench) -> None:
    """Sides with holes, apart, broken, and missing shares that are none."""
    bars = sample_market(n=_JOINED).bars
    whole = (_side(bars, "bid", lambda _: True), _side(bars, "ask", lambda _: True))
    holes = (_side(bars, "bid", lambda row: row % 7 > 0), _side(bars, "ask", lambda row: row % 11 > 0))
    apart = (_side(bars, "bid", lambda row: row % 2 == 0), _side(bars, "ask", lambda row: row % 2 == 1))
    handlers = _handlers()
    for given in [(*whole, 0.0), (*holes, 0.5), (*holes, 1.0), (whole[0].slice(3), whole[1], 0.01)]:
        bench.agree(*(partial(handler.join_sides, *given) for handler in handlers))
    backwards = whole[0].take([1, 0, 2])
    wrong = [
        (*holes, 0.1),
        (*apart, 1.0),
        (*whole, -0.1),
        (*whole, 1.5),
        (*whole, math.nan),
        (whole[0].slice(0, 0), whole[1].slice(0, 0), 1.0),
        (backwards, whole[1], 1.0),
        (whole[0], backwards, 1.0),
        (whole[0].drop_columns(["open"]), whole[1], 1.0),
        (whole[0], whole[1].drop_columns(["volume"]), 1.0),
        (put_cell(whole[0], "close", 4, None), whole[1], 1.0),
        (whole[0], whole[1].set_column(1, "open", whole[1]["open"].cast(pa.float32())), 1.0),
    ]
    for place, given in enumerate(wrong):
        bench.refuse(*(partial(handler.join_sides, *given) for handler in handlers), about=f"join {place}")
