"""What a run closes at its end, parts that are closed before, and what a fill costs, by hand."""

from __future__ import annotations

from collections.abc import Callable
from math import floor
from typing import Any

import pyarrow as pa
import pytest

from omega.contract.protocols import RunOutput
from omega.contract.types import EngineConfig, Variant
from omega_reference.rng import symbol_id, uniform
from omega_reference.sizing import least_lots, part_lots, rest_lots
from omega_reference.terms import symbol_terms

Quote = tuple[float, float, float, float]
Row = dict[str, Any]
Run = Callable[..., tuple[RunOutput, list[Row]]]

FLAT: Quote = (100.0, 100.0, 100.0, 100.0)
START_US = 1_704_067_200_000_000
MINUTE_US = 60_000_000
VARIANTS = pytest.mark.parametrize("variant", list(Variant))
LOT: Row = {"price": 101.0, "stop_loss": 91.0, "size": 1.0}


def flat_at(price: float) -> Quote:
    return (price, price, price, price)


def part_at(bar: float, fraction: float | None = None) -> Row:
    """An exit signal for a fraction of what is open."""
    unset = {"direction": None, "order_type": None, "stop_loss": None}
    return {"bar": bar, "signal_type": "exit", "fraction": fraction, **unset}


def kinds(events: list[Row]) -> list[str]:
    return [event["kind"] for event in events]


@pytest.mark.rule("C-2", "P-2")
def test_fees_are_booked_at_each_fill(run: Run) -> None:
    output, events = run([FLAT, flat_at(90.0)], [{}], fee_per_million=1000.0)
    assert (events[1]["fee"], events[2]["fee"]) == (1.01, 0.9)
    assert output.equity["cash"].to_pylist() == [10_000.0 - 1.01, 10_000.0 - 1.01 - 0.9 - 110.0]
    assert output.metrics["fees"] == 1.01 + 0.9


@pytest.mark.rule("E-18", "Q-E18")
def test_close_at_end_closes_and_cancels_in_order(run: Run) -> None:
    limit = {"order_type": "limit", "price": 95.0, "stop_loss": 85.0}
    signals = [{}, limit, {"bar": 1, "direction": "short", "stop_loss": 113.0}]
    output, events = run([FLAT, flat_at(103.0)], signals, close_at_end=True, slippage_fixed_pips=1.0)
    ended = events[-3:]
    assert kinds(ended) == ["closed", "cancelled", "closed"]
    assert {event["reason"] for event in ended} == {"end_of_data"}
    assert (ended[0]["price"], ended[2]["price"]) == (102.0, 105.0)
    assert "error_code" not in ended[1]
    assert output.positions.num_rows == 0
    assert output.equity["equity"].to_pylist()[-1] == output.equity["cash"].to_pylist()[-1]


@pytest.mark.rule("E-18")
def test_by_default_open_positions_stay_open(run: Run) -> None:
    output, events = run([FLAT, flat_at(103.0)], [{}])
    assert kinds(events) == ["accepted", "opened"]
    assert output.positions["status"].to_pylist() == ["open"]
    assert output.equity["equity"].to_pylist() == [9_990.0, 10_020.0]


# One lot bought at 101 for 1.01. Half goes at 103: 10.00, fee 10 · 0.5 · 103 / 1000 = 0.515, half of the entry's fee
# and risk; the rest goes at 105: 20.00, fee 0.525. R stays by the ten points of each size.
@VARIANTS
@pytest.mark.rule("E-16", "Q-E16", "P-1", "P-2", "T-7", "Q-T8")
def test_a_part_is_a_trade_of_its_own(run: Run, variant: Variant) -> None:
    quotes = [FLAT, flat_at(103.0), flat_at(105.0)]
    output, events = run(quotes, [LOT, part_at(1, 0.5), part_at(2)], variant=variant, fee_per_million=1000.0)
    told = [
        {name: event[name] for name in ("kind", "order_id", "price", "size", "result", "fee")} for event in events[2:]
    ]
    assert told == [
        {"kind": "partially_closed", "order_id": 1, "price": 103.0, "size": 0.5, "result": 10.0, "fee": 0.515},
        {"kind": "closed", "order_id": 1, "price": 105.0, "size": 0.5, "result": 20.0, "fee": 0.525},
    ]
    fields = ("order_id", "size", "entry_fee", "exit_fee", "result", "net_result", "r_multiple", "risk_per_trade")
    assert [tuple(trade[field] for field in fields) for trade in output.trades.to_pylist()] == [
        (1, 0.5, 0.505, 0.515, 10.0, (10.0 - 0.505) - 0.515, 0.2, 50.0),
        (1, 0.5, 0.505, 0.525, 20.0, (20.0 - 0.505) - 0.525, 0.4, 50.0),
    ]
    assert output.trades["reason"].to_pylist() == ["signal_exit"] * 2
    cash = 10_000.0 - 1.01
    halved = (cash - 0.515) + 10.0
    assert output.equity["cash"].to_pylist()[-3:] == [cash, halved, (halved - 0.525) + 20.0]
    # What is open is marked at what is left: two points of half a lot (v1: cash).
    assert output.equity["equity"][-2].as_py() == (halved if variant is Variant.V1 else halved + 10.0)
    assert (output.metrics["trades"], output.metrics["wins"]) == (2, 2)


@VARIANTS
@pytest.mark.rule("E-16", "T-7", "T-8")
def test_the_position_goes_on_with_what_is_left(run: Run, variant: Variant) -> None:
    signals = [LOT | {"take_profit": 111.0}, part_at(1, 0.25)]
    output, events = run([FLAT, flat_at(103.0)], signals, variant=variant, fee_per_million=1000.0)
    assert events[2] == {
        "seq": 2,
        "kind": "partially_closed",
        "order_id": 1,
        "price": 103.0,
        "size": 0.25,
        "stop_loss": 91.0,
        "take_profit": 111.0,
        "result": 5.0,
        "fee": 0.2575,
        "reason": "signal_exit",
    }
    (row,) = output.positions.to_pylist()
    assert (row["status"], row["size"], row["stop_loss"], row["take_profit"]) == ("open", 0.75, 91.0, 111.0)
    assert (row["entry_fee"], row["risk_per_trade"]) == (1.01 - 1.01 * 0.25, 75.0)
    (trade,) = output.trades.to_pylist()
    assert (trade["entry_time"], trade["trigger_time"]) == (row["entry_time"], row["trigger_time"])
    assert output.trades["exit_time"].cast(pa.int64()).to_pylist() == [START_US + MINUTE_US]
    assert output.trades["known_at"].cast(pa.int64()).to_pylist() == [START_US + 2 * MINUTE_US]


# Sold at 100, closed at the ask: half at 98, the rest by its target of 95.
@VARIANTS
@pytest.mark.rule("E-16", "E-9")
def test_a_part_of_a_short_goes_at_the_ask(run: Run, variant: Variant) -> None:
    signal = LOT | {"direction": "short", "price": 100.0, "stop_loss": 110.0, "take_profit": 95.0}
    quotes = [FLAT, flat_at(97.0), (97.0, 97.0, 94.0, 97.0)]
    _, events = run(quotes, [signal, part_at(1, 0.5)], variant=variant, pip_buffer_factor=0.0)
    told = [(event["kind"], event["price"], event["size"], event["result"], event["reason"]) for event in events[2:]]
    assert told == [
        ("partially_closed", 98.0, 0.5, 10.0, "signal_exit"),
        ("closed", 95.0, 0.5, 25.0, "take_profit"),
    ]


# The least position is half a lot, the step a quarter. First the rest, then the part.
@VARIANTS
@pytest.mark.rule("E-16", "Q-E16")
@pytest.mark.parametrize(
    ("size", "fraction", "kind", "told"),
    [
        (1.0, 0.5, "partially_closed", 0.5),
        (1.0, 0.74, "partially_closed", 0.5),
        (1.0, 0.75, "closed", 1.0),
        (1.0, 1.0, "closed", 1.0),
        (1.0, 0.49, "rejected", None),
        (1.0, 1e-12, "rejected", None),
        (0.75, 0.67, "closed", 0.75),
        (0.75, 0.5, "rejected", None),
        (0.5, 0.5, "closed", 0.5),
        # Not even a step: nothing to close, and all of it is left.
        (0.5, 0.49, "rejected", None),
    ],
)
def test_what_is_too_little_closes_all_or_nothing(
    run: Run, variant: Variant, size: float, fraction: float, kind: str, told: float | None
) -> None:
    signals = [LOT | {"size": size}, part_at(1, fraction)]
    output, events = run([FLAT, FLAT], signals, variant=variant, spec={"volume_min": 0.5})
    assert (events[2]["kind"], events[2].get("size")) == (kind, told)
    if kind == "rejected":
        assert events[2:] == [
            {"seq": 2, "kind": "rejected", "order_id": 1, "reason": "part_below_min", "error_code": 1006}
        ]
        assert output.positions["size"].to_pylist() == [size]
        row = output.events.slice(2).to_pylist()[0]
        assert (row["symbol"], row["direction"], row["order_type"]) == ("INDEX", "long", "market")


# 0.29 · 100 is 28.999999999999996 and 0.07 / 0.01 is 7.000000000000001: what rounding took is no step lost.
@VARIANTS
@pytest.mark.rule("E-16", "Q-E16")
@pytest.mark.parametrize(
    ("fraction", "size", "part"),
    [(0.29, 1.0, 0.29), (0.5, 0.07, 0.03), (0.1, 0.7, 0.07), (1.0 / 3.0, 0.09, 0.03), (0.999, 0.01, 0.0)],
)
def test_no_step_is_lost_to_rounding(
    make_config: Callable[..., EngineConfig], variant: Variant, fraction: float, size: float, part: float
) -> None:
    hundredths = {"volume_min": 0.01, "volume_step": 0.01}
    terms = symbol_terms(make_config(variant=variant, spec=hundredths))
    assert part_lots(fraction, size, terms) == part
    assert rest_lots(size, part) == round(size - part, 2)
    assert least_lots(terms) == 0.01


# 5e-13 under a quarter: 2.5e-13 are forgiven (1e-12 of it), in v1 1e-12 lots.
@pytest.mark.rule("Q-E16", "Q-S4")
@pytest.mark.parametrize(("variant", "part"), [(Variant.CANONICAL, 0.0), (Variant.V1, 0.25)])
def test_what_is_forgiven(make_config: Callable[..., EngineConfig], variant: Variant, part: float) -> None:
    terms = symbol_terms(make_config(variant=variant))
    assert part_lots(0.25 - 5e-13, 1.0, terms) == part
    assert part_lots(0.25 - 1e-13, 1.0, terms) == 0.25


@pytest.mark.rule("Q-E16", "S-5")
def test_v1_without_a_specification_has_hundredths(run: Run) -> None:
    signals = [LOT | {"size": 0.07}, part_at(1, 0.5), part_at(2, 0.1), part_at(3, 0.8)]
    _, events = run([FLAT] * 4, signals, variant=Variant.V1, instrument=None)
    assert [(event["kind"], event.get("size")) for event in events[2:]] == [
        ("partially_closed", 0.03),
        ("rejected", None),
        ("partially_closed", 0.03),
    ]


# A quarter of 2.75 lots, then half of the rest: 0.5 and 1.0 by whole steps, 1.25 are left.
@VARIANTS
@pytest.mark.rule("E-16", "Q-E16", "P-2")
def test_the_last_part_takes_the_rest_of_the_fee(run: Run, variant: Variant) -> None:
    signals = [LOT | {"size": 2.75}, part_at(1, 0.25), part_at(2, 0.5), part_at(3)]
    output, _ = run([FLAT] * 4, signals, variant=variant, fee_per_million=1000.0)
    assert output.trades["size"].to_pylist() == [0.5, 1.0, 1.25]
    fee = 2.75 * 10.0 * 101.0 / 1e6 * 1000.0
    first = fee * (0.5 / 2.75)
    second = (fee - first) * (1.0 / 2.25)
    assert output.trades["entry_fee"].to_pylist() == [first, second, (fee - first) - second]


# Up to a point of slippage, drawn by the leg: 2 and 3 for the parts of 0.5 lots, 1 for 0.75 of one, which closes all.
@pytest.mark.rule("N-6", "C-1", "Q-C1", "Q-E16")
def test_each_part_has_a_draw_of_its_own(run: Run) -> None:
    parts = [part_at(1, 0.25), part_at(2, 0.34), part_at(3, 0.75)]
    signals = [row | {"magic_number": 5} for row in [LOT | {"size": 2.0}, *parts]]
    _, events = run([FLAT] * 4, signals, slippage_random_pips=1.0, spec={"volume_min": 0.5})
    ended = events[2:]
    assert kinds(ended) == ["partially_closed", "partially_closed", "closed"]
    draws = [uniform(7, START_US, 5, 0, symbol_id("INDEX"), leg, 0, 0) for leg in (2, 3, 1)]
    assert [event["price"] for event in ended] == [round(100.0 - floor(u * 100 + 1) / 100, 2) for u in draws]


# Slippage of one point: a long part sells at 102, in v1 at 104, in its favour.
@pytest.mark.rule("C-1", "Q-C1", "E-16")
@pytest.mark.parametrize(("variant", "price"), [(Variant.CANONICAL, 102.0), (Variant.V1, 104.0)])
def test_a_part_is_a_market_fill(run: Run, variant: Variant, price: float) -> None:
    _, events = run([FLAT, flat_at(103.0)], [LOT, part_at(1, 0.5)], variant=variant, slippage_fixed_pips=1.0)
    assert events[2]["price"] == price


# Unleveraged 8 lots bind 8,080 of 10,000, so that 4,040 for four more are too much; half of the 8 closed, they are not.
@pytest.mark.rule("E-16", "E-21", "Q-E21")
@pytest.mark.parametrize(("signals", "reason"), [([], "free_margin"), ([part_at(1, 0.5)], None)])
def test_a_part_frees_its_margin(run: Run, signals: list[Row], reason: str | None) -> None:
    later = LOT | {"bar": 2, "size": 4.0}
    _, events = run([FLAT] * 3, [LOT | {"size": 8.0}, *signals, later], margin_leverage=1.0)
    asked = next(event for event in events[2:] if event["kind"] in ("accepted", "rejected"))
    assert asked.get("reason") == reason


# A loss of ten points of half a lot, by the stop; the other half was sold at the entry.
@VARIANTS
@pytest.mark.rule("E-16", "Q-E16", "P-1")
def test_the_rest_is_stopped_at_its_size(run: Run, variant: Variant) -> None:
    quotes = [FLAT, flat_at(101.0), flat_at(91.0)]
    output, events = run(quotes, [LOT, part_at(1, 0.5)], variant=variant, pip_buffer_factor=0.0)
    assert [event["result"] for event in events[2:]] == [0.0, -50.0]
    assert output.trades["r_multiple"].to_pylist() == [0.0, -1.0]
    assert output.trades["reason"].to_pylist() == ["signal_exit", "stop_loss"]
