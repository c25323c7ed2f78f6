"""Nights by hand: one lot of the index costs 5 a night when long and brings 2.5 when short (C-4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from tests.conftest import time_of

from omega.contract.protocols import RunOutput
from omega.contract.types import EngineConfig, OnRuin, Swap
from omega_reference.costs.model import CostModel
from omega_reference.execution.rollover import pass_rollovers
from omega_reference.execution.state import Book, rules_of

Quote = tuple[float, float, float, float]
Row = dict[str, Any]
Run = Callable[..., tuple[RunOutput, list[Row]]]

FLAT: Quote = (100.0, 100.0, 100.0, 100.0)
# In the middle of bar 0, at the time of bar 2, and twice between bars 3 and 4, the last of three nights.
ROLLOVERS: Final = (time_of(-9), time_of(0.5), time_of(2), time_of(3.25), time_of(3.5), time_of(99))
SWAP = Swap(long_points=-1.0, short_points=0.5, rollovers=ROLLOVERS, nights=(7, 1, 1, 1, 3, 1))


def swaps(output: RunOutput) -> list[tuple[Any, ...]]:
    rows = [row for row in output.events.to_pylist() if row["kind"] == "swap"]
    assert all(row["known_at"] == row["timestamp"] for row in rows)
    return [(row["timestamp"].minute, row["order_id"], row["price"], row["size"], row["fee"]) for row in rows]


@pytest.mark.rule("C-4", "Q-C4b")
def test_each_rollover_counts_once_in_the_first_bar_from_it_on(make_config: Callable[..., EngineConfig]) -> None:
    config = make_config(swap=SWAP)
    book, swap = Book(), rules_of(config, CostModel(config)).swap
    assert swap is not None
    assert [pass_rollovers(book, swap, time_of(bar)) for bar in range(6)] == [7, 1, 1, 0, 4, 0]


@pytest.mark.rule("C-4", "Q-C4b", "T-7")
def test_what_was_open_before_a_bar_pays_its_nights_at_its_open(run: Run) -> None:
    # The instant inside bar 0 counts as at its end: what opened in it at its close pays. Closed by the stop in bar 4.
    quotes = [FLAT, FLAT, FLAT, FLAT, (99.0, 99.0, 90.0, 90.0)]
    output, _ = run(
        quotes, [{}, {"bar": 1, "direction": "short", "stop_loss": 113.0}], swap=SWAP, pip_buffer_factor=0.0
    )
    assert swaps(output) == [
        (1, 1, 100.0, 1.0, 5.0),
        (2, 1, 100.0, 1.0, 5.0),
        (2, 2, 101.0, 0.75, -1.875),
        (4, 1, 99.0, 1.0, 20.0),
        (4, 2, 100.0, 0.75, -7.5),
    ]
    (trade,) = output.trades.to_pylist()
    assert (trade["swap"], trade["result"], trade["net_result"]) == (-30.0, -100.0, -130.0)
    (position,) = output.positions.to_pylist()
    assert (position["order_id"], position["swap"]) == (2, 9.375)
    metrics = output.metrics
    assert (metrics["swap"], metrics["fees"], metrics["net_profit"]) == (-20.625, 0.0, -120.625)
    assert metrics["final_cash"] == 10_000.0 - 120.625


@pytest.mark.rule("C-4", "Q-L1")
def test_swaps_stand_behind_the_signals_of_a_bar_and_before_its_pass(run: Run) -> None:
    quotes = [FLAT, FLAT, (100.0, 104.0, 100.0, 100.0)]
    output, _ = run(quotes, [{"take_profit": 103.0}, {"bar": 2}], swap=SWAP)
    assert [row["kind"] for row in output.events.to_pylist()[3:]] == ["accepted", "opened", "swap", "closed"]


@pytest.mark.rule("C-4")
def test_a_rate_of_zero_books_nothing(run: Run) -> None:
    free = Swap(long_points=0.0, short_points=0.5, rollovers=ROLLOVERS, nights=SWAP.nights)
    output, _ = run([FLAT] * 5, [{}], swap=free)
    assert swaps(output) == []
    assert output.positions["swap"].to_pylist() == [0.0]


@pytest.mark.rule("C-4")
def test_pending_orders_have_no_nights(run: Run) -> None:
    output, _ = run([FLAT] * 5, [{"order_type": "limit", "price": 95.0, "stop_loss": 85.0}], swap=SWAP)
    assert swaps(output) == []


@pytest.mark.rule("Q-C4b", "Q-E21c")
def test_an_account_that_a_night_ruins_ends_at_the_open_of_its_bar(run: Run) -> None:
    dear = Swap(long_points=-40.0, short_points=0.0, rollovers=ROLLOVERS, nights=SWAP.nights)
    quotes = [FLAT, (101.0, 103.0, 100.0, 102.0)]
    output, _ = run(quotes, [{}], swap=dear, initial_balance=190.0, on_ruin=OnRuin.STOP)
    (trade,) = output.trades.to_pylist()
    assert (trade["reason"], trade["exit_price"], trade["known_at"]) == ("stop_out", 101.0, trade["exit_time"])
    assert output.metrics["final_cash"] == 190.0 - 200.0


@pytest.mark.rule("Q-C4", "Q-L1c")
def test_bars_beyond_the_rollovers_are_refused(run: Run) -> None:
    from omega.contract.errors import OmegaError

    short = Swap(long_points=1.0, short_points=1.0, rollovers=(time_of(-1), time_of(1)), nights=(1, 1))
    with pytest.raises(OmegaError) as caught:
        run([FLAT] * 3, [{}], swap=short)
    assert (caught.value.rule, caught.value.column, caught.value.row) == ("C-4", "costs.swap", 2)
