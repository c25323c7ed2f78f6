"""Gate: checks, samples and joins of bars, results and refusals alike."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import pyarrow as pa
import pytest

from omega.contract import schemas
from omega_parity.drive.components import factories
from omega_parity.gates.plugin import Agree, Refuse
from omega_parity.generate.broken import FINE_BARS, bad_bars, put_cell, shifted_times
from omega_parity.generate.calls import one_side
from omega_parity.generate.cases import Market


@pytest.mark.rule("T-2", "T-4", "Q-T1", "X-1", "X-2")
def test_bad_bars_are_refused_alike(market: Market, agree: Agree, refuse: Refuse) -> None:
    bars = market.bars.slice(0, 40)
    handlers = [make() for make in factories("data_handler")]
    agree(*(partial(handler.check_bars, bars, market.timeframe) for handler in handlers), about="good bars")
    for about, table in bad_bars(bars).items():
        judged = agree if about in FINE_BARS else refuse
        judged(*(partial(one.check_bars, table, market.timeframe) for one in handlers), about=about)
    for timeframe in (0, -1, 1, market.timeframe + 1, 2**62):
        calls = (partial(handler.check_bars, bars, timeframe) for handler in handlers)
        refuse(*calls, about=timeframe)


@pytest.mark.rule("T-2")
def test_quality_findings(market: Market, agree: Agree) -> None:
    bars = market.bars.slice(0, 3_000)
    crossed = put_cell(bars, "ask_close", 10, bars["ask_low"][10].as_py())
    spike = put_cell(bars, "bid_high", 20, 2.0)
    gapped = bars.take([row for row in range(3_000) if row % 50])
    weekend = bars.set_column(0, schemas.BARS.field(0), shifted_times(bars, 5 * 86_400_000_000))
    handlers = [make() for make in factories("data_handler")]
    for table in (bars, crossed, spike, gapped, weekend):
        agree(*(partial(handler.check_bars, table, market.timeframe) for handler in handlers))


@pytest.mark.rule("N-6", "T-2")
@pytest.mark.parametrize(("n", "seed"), [(1, 0), (2, 7), (1_441, 7), (20_000, 2**64 - 1), (5_000, 123)])
def test_sample_bars_are_the_same(n: int, seed: int, agree: Agree) -> None:
    agree(*(partial(make().sample_bars, n, seed) for make in factories("data_handler")))


@pytest.mark.parametrize(("n", "seed"), [(0, 1), (-1, 1), (10_000_001, 1), (1, -1), (1, 2**64), (0, -1)])
def test_sample_bars_refuse_alike(n: int, seed: int, refuse: Refuse) -> None:
    refuse(*(partial(make().sample_bars, n, seed) for make in factories("data_handler")), about=(n, seed))


def _side(bars: pa.Table, side: str, keep: Callable[[int], bool]) -> pa.Table:
    return one_side(bars, side).take([row for row in range(len(bars)) if keep(row)])


@pytest.mark.rule("G-1", "X-1")
def test_join_sides(market: Market, agree: Agree, refuse: Refuse) -> None:
    bars = market.bars.slice(0, 500)
    whole = (_side(bars, "bid", lambda _: True), _side(bars, "ask", lambda _: True))
    holes = (_side(bars, "bid", lambda row: row % 7 > 0), _side(bars, "ask", lambda row: row % 11 > 0))
    apart = (_side(bars, "bid", lambda row: row % 2 == 0), _side(bars, "ask", lambda row: row % 2 == 1))
    handlers = [make() for make in factories("data_handler")]
    fine = [(*whole, 0.0), (*holes, 0.5), (*holes, 1.0), (whole[0].slice(3), whole[1], 0.01)]
    for given in fine:
        agree(*(partial(handler.join_sides, *given) for handler in handlers))
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
        refuse(*(partial(handler.join_sides, *given) for handler in handlers), about=place)
