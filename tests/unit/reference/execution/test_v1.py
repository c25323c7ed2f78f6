"""Every quirk of the ``v1`` variant, beside what canonical does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from omega.contract.protocols import RunOutput
from omega.contract.types import Variant

Quote = tuple[float, float, float, float]
Row = dict[str, Any]
Run = Callable[..., tuple[RunOutput, list[Row]]]

FLAT: Quote = (100.0, 100.0, 100.0, 100.0)
MINUTE_US = 60_000_000
START_US = 1_704_067_200_000_000


def flat_at(price: float) -> Quote:
    return (price, price, price, price)


@pytest.fixture
def run_v1(run: Run) -> Run:
    """A v1 run whose market orders carry the price v1 asks for."""

    def run_case(quotes: list[Quote], signals: list[Row], **changes: Any) -> tuple[RunOutput, list[Row]]:
        return run(quotes, [{"price": 101.0} | row for row in signals], variant=Variant.V1, **changes)

    return run_case


@pytest.mark.rule("C-1")
@pytest.mark.parametrize(
    ("direction", "levels", "entry", "stopped", "reached"),
    [
        ("long", {"stop_loss": 91.0, "take_profit": 111.0}, 103.0, 93.0, 113.0),
        ("short", {"stop_loss": 111.0, "take_profit": 91.0}, 99.0, 109.0, 89.0),
    ],
)
def test_slippage_follows_the_direction_on_entry_and_exit(
    run_v1: Run, direction: str, levels: Row, entry: float, stopped: float, reached: float
) -> None:
    signal = {"direction": direction, **levels}
    loss, gain = (90.0, 112.0) if direction == "long" else (112.0, 90.0)
    _, events = run_v1([FLAT, flat_at(loss)], [signal], slippage_fixed_pips=2.0)
    assert (events[1]["price"], events[2]["price"]) == (entry, stopped)
    _, events = run_v1([FLAT, flat_at(gain)], [signal], slippage_fixed_pips=2.0)
    assert events[2]["price"] == reached


@pytest.mark.rule("C-1")
def test_pending_entries_have_no_slippage(run_v1: Run) -> None:
    _, events = run_v1([FLAT, flat_at(104.0)], [{"order_type": "stop", "price": 105.0}], slippage_fixed_pips=2.0)
    assert events[1]["price"] == 105.0


@pytest.mark.rule("Q-C1", "E-18")
def test_end_of_data_carries_slippage(run_v1: Run) -> None:
    _, events = run_v1([FLAT, FLAT], [{}], slippage_fixed_pips=2.0, close_at_end=True)
    assert events[2]["price"] == 102.0


@pytest.mark.rule("E-12", "Q-C1")
def test_a_timeout_has_neither_slippage_nor_fee(run_v1: Run) -> None:
    signal = {"max_holding": MINUTE_US}
    _, events = run_v1([FLAT, FLAT], [signal], slippage_fixed_pips=2.0, fee_per_million=1000.0)
    assert (events[2]["reason"], events[2]["price"], events[2]["fee"]) == ("timeout", 100.0, 0.0)
    assert events[1]["fee"] > 0.0


@pytest.mark.rule("E-12", "Q-E12")
def test_a_timeouts_age_counts_from_the_signals_time_and_waits_for_a_later_bar(run_v1: Run) -> None:
    quotes = [FLAT, FLAT, FLAT]
    soon, _ = run_v1(quotes, [{"bar": 0.5, "max_holding": MINUTE_US // 4}])
    later, _ = run_v1(quotes, [{"bar": 0.5, "max_holding": MINUTE_US * 3 // 2}])
    for output in (soon, later):
        assert output.trades["entry_time"].cast(pa.int64()).to_pylist() == [START_US + MINUTE_US // 2]
        assert output.trades["exit_time"].cast(pa.int64()).to_pylist() == [START_US + 2 * MINUTE_US]
        assert output.trades["reason"].to_pylist() == ["timeout"]


@pytest.mark.rule("E-3", "E-9")
def test_gaps_fill_at_the_level(run_v1: Run) -> None:
    _, events = run_v1([FLAT, flat_at(80.0)], [{}])
    assert events[2]["price"] == 91.0
    _, events = run_v1([FLAT, flat_at(80.0)], [{"order_type": "limit", "price": 95.0, "stop_loss": 70.0}])
    assert events[1]["price"] == 95.0
    _, events = run_v1([FLAT, flat_at(120.0)], [{"take_profit": 111.0}])
    assert events[2]["price"] == 111.0


@pytest.mark.rule("E-6", "Q-E6")
@pytest.mark.parametrize(
    ("direction", "levels", "near", "far"),
    [
        ("long", {"stop_loss": 91.0, "take_profit": 111.0}, 110.5, 110.25),
        ("short", {"stop_loss": 111.0, "take_profit": 91.0}, 90.5, 90.75),
    ],
)
def test_the_buffer_brings_targets_nearer(run_v1: Run, direction: str, levels: Row, near: float, far: float) -> None:
    _, events = run_v1([FLAT, flat_at(near)], [{"direction": direction, **levels}])
    assert events[2]["reason"] == "take_profit"
    _, events = run_v1([FLAT, flat_at(far)], [{"direction": direction, **levels}])
    assert len(events) == 2


@pytest.mark.rule("E-6")
def test_with_nothing_open_the_buffer_is_that_of_a_pip_of_0_0001(run_v1: Run) -> None:
    order = {"order_type": "limit", "price": 95.0, "stop_loss": 85.0}
    low = (94.0, 94.0, 85.25, 94.0)
    _, events = run_v1([FLAT, low], [order])
    assert [event["kind"] for event in events] == ["accepted", "opened"]
    _, events = run_v1([FLAT, low], [order, {"stop_loss": 50.0}])
    assert [event["kind"] for event in events][-2:] == ["opened", "closed"], "an open position lends its pip size"


@pytest.mark.rule("E-1", "Q-E1")
def test_market_prices_outside_the_bar_and_wrong_sides_are_taken(run_v1: Run) -> None:
    _, events = run_v1([FLAT], [{"price": 150.0, "stop_loss": 160.0, "take_profit": 140.0}])
    assert (events[1]["kind"], events[1]["price"]) == ("opened", 150.0)


@pytest.mark.rule("E-1")
def test_only_a_stop_at_the_fill_is_refused(run_v1: Run) -> None:
    _, events = run_v1([FLAT], [{"stop_loss": 101.0 + 9e-6}, {"stop_loss": 101.0 + 2e-5}])
    assert [event.get("reason") for event in events] == ["stop_distance", None, None]


@pytest.mark.rule("E-2")
def test_pending_orders_are_not_checked(run_v1: Run) -> None:
    _, events = run_v1([FLAT, flat_at(94.0)], [{"order_type": "limit", "price": 95.0, "stop_loss": 95.0}])
    assert [event["kind"] for event in events] == ["accepted", "opened", "closed"]
    assert (events[1]["size"], events[2]["result"]) == (0.25, 0.0), "raw 0 clamps to the minimum, r of distance 0 is 0"


@pytest.mark.rule("T-6", "Q-E1")
def test_a_market_order_needs_a_price(run_v1: Run) -> None:
    _, events = run_v1([FLAT], [{"price": None}])
    assert (events[0]["reason"], events[0]["error_code"]) == ("price_missing", 1008)


@pytest.mark.rule("S-4")
def test_sizes_under_the_minimum_are_clamped(run_v1: Run) -> None:
    _, events = run_v1([FLAT], [{"stop_loss": 1.0}])
    assert events[1]["size"] == 0.25


@pytest.mark.rule("E-2", "Q-E2")
def test_an_order_between_bars_may_trigger_in_its_bar_of_hand_over(run_v1: Run, run: Run) -> None:
    order = {"bar": 0.5, "order_type": "limit", "price": 95.0, "stop_loss": 85.0}
    output, events = run_v1([FLAT, flat_at(94.0)], [order])
    assert [event["kind"] for event in events] == ["accepted", "opened"]
    assert output.positions["entry_time"].cast(pa.int64()).to_pylist() == [START_US + MINUTE_US // 2]
    _, events = run([FLAT, flat_at(94.0)], [order])
    assert [event["kind"] for event in events] == ["accepted"]


@pytest.mark.rule("Q-E2")
def test_a_market_position_between_bars_may_close_in_its_bar_of_hand_over(run_v1: Run, run: Run) -> None:
    signal = {"bar": 0.5, "price": 101.0}
    quotes = [FLAT, (100.0, 100.0, 90.0, 100.0)]
    assert run_v1(quotes, [signal])[1][-1]["reason"] == "stop_loss"
    assert run(quotes, [signal])[1][-1]["kind"] == "opened"


@pytest.mark.rule("E-7", "Q-E7b")
def test_the_stop_always_wins(run_v1: Run) -> None:
    output, events = run_v1([FLAT, (112.0, 112.0, 90.0, 100.0)], [{"take_profit": 111.0}])
    assert (events[2]["reason"], output.metrics["ambiguous_bars"]) == ("stop_loss", 0)


@pytest.mark.rule("Q-E1b", "L-1a", "E-2")
def test_a_market_order_triggers_at_its_bar_and_v1_enters_at_the_signals_time(run_v1: Run, run: Run) -> None:
    between = {"bar": 0.5, "price": 101.0}
    for run_one, entry_bar in ((run_v1, 0.5), (run, 1.0)):
        output, _ = run_one([FLAT, FLAT], [between])
        assert output.positions["entry_time"].cast(pa.int64()).to_pylist() == [START_US + int(entry_bar * MINUTE_US)]
        assert output.positions["trigger_time"].cast(pa.int64()).to_pylist() == [START_US + MINUTE_US]


@pytest.mark.rule("P-1")
def test_the_result_is_r_times_risk(run_v1: Run) -> None:
    output, events = run_v1([FLAT, flat_at(90.0)], [{"size": 5.0, "stop_loss": 91.0}])
    assert events[2]["result"] == -100.0, "whatever the size"
    assert output.trades["r_multiple"].to_pylist() == [-1.0]


@pytest.mark.rule("P-3", "P-4", "Q-P4")
def test_equity_is_cash_and_starts_with_the_initial_balance(run_v1: Run) -> None:
    output, _ = run_v1([FLAT, flat_at(103.0)], [{}], fee_per_million=1000.0)
    assert output.equity["timestamp"].cast(pa.int64()).to_pylist()[0] == START_US - MINUTE_US
    assert output.equity["equity"].to_pylist() == [10_000.0, 9_998.99, 9_998.99]
    assert len(output.chain) == 2


@pytest.mark.rule("S-5")
def test_an_unknown_symbol_trades_on_defaults(run_v1: Run) -> None:
    output, events = run_v1([FLAT, flat_at(80.0)], [{"stop_loss": 100.0}], instrument=None)
    assert events[1]["size"] == 0.01
    assert output.trades["result"].to_pylist() == [-100.0]


@pytest.mark.rule("E-8", "Q-E8", "Q-E7b")
@pytest.mark.parametrize(("close", "reason"), [(105.0, None), (105.5, "take_profit")])
def test_a_limits_target_needs_a_close_beyond_it_in_its_trigger_bar(
    run_v1: Run, close: float, reason: str | None
) -> None:
    order = {"order_type": "limit", "price": 95.0, "stop_loss": 85.0, "take_profit": 105.0}
    _, events = run_v1([FLAT, (100.0, 106.0, 94.0, close)], [order])
    assert [event.get("reason") for event in events[2:]] == ([] if reason is None else [reason])


@pytest.mark.rule("E-8", "Q-E7b")
def test_a_stop_entry_that_reaches_both_is_stopped_and_counted(run_v1: Run) -> None:
    order = {"order_type": "stop", "price": 105.0, "stop_loss": 95.0, "take_profit": 108.0}
    output, events = run_v1([FLAT, (100.0, 109.0, 94.0, 100.0)], [order])
    assert (events[2]["reason"], events[2]["price"], output.metrics["ambiguous_bars"]) == ("stop_loss", 95.0, 1)
