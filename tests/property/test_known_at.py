"""What is known at a bar's open follows from its open: what the bar does later changes nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from omega.contract.protocols import RunOutput
from omega.contract.schemas import BARS, SIGNALS
from omega.contract.types import BelowMin, EngineConfig, MarketFill, OnRuin, Variant
from omega_parity.drive.components import factories

Row = dict[str, Any]
Key = tuple[str, int]

START, MINUTE = 1_704_067_200_000_000, 60_000_000
GAPS = st.integers(-40, 40).map(lambda move: move / 4)
CALM = st.integers(-2, 2).map(lambda move: move / 4)


@st.composite
def calm_bars_and_two_ends(draw: st.DrawFn) -> tuple[pa.Table, pa.Table]:
    """Return some calm bars and one that gaps, twice: all of the last but its open is drawn for each."""
    spread, price = draw(st.sampled_from([0.0, 0.25, 1.0])), 100.0
    rows = []
    for row in range(draw(st.integers(1, 4))):
        close = price + draw(CALM)
        rows.append(_bar(row, price, max(price, close) + 0.25, min(price, close) - 0.25, close, spread))
        price = close
    opened = price + draw(GAPS)
    ends = []
    for _ in range(2):
        close = opened + draw(GAPS)
        high, low = max(opened, close) + abs(draw(GAPS)), min(opened, close) - abs(draw(GAPS))
        ends.append(pa.Table.from_pylist([*rows, _bar(len(rows), opened, high, low, close, spread)], schema=BARS))
    return ends[0], ends[1]


def _bar(row: int, opened: float, high: float, low: float, close: float, spread: float) -> Row:
    prices = {"open": opened, "high": high, "low": low, "close": close}
    sides = {
        f"{side}_{name}": price + up for side, up in (("bid", 0.0), ("ask", spread)) for name, price in prices.items()
    }
    return {"timestamp": START + row * MINUTE, "volume": 1.0, **sides}


@st.composite
def orders(draw: st.DrawFn, bars: int) -> pa.Table:
    """Return market orders that only the account's end closes, and orders that wait, some of them for the last bar."""
    rows = [_order(draw, "market", 60.0, None) for _ in range(draw(st.integers(1, 2)))]
    rows += [_order(draw, draw(st.sampled_from(["limit", "stop"])), 4.0, 3.0) for _ in range(draw(st.integers(0, 3)))]
    due = sorted(draw(st.integers(0, bars - 2)) for _ in rows)
    timed = [row | {"timestamp": START + bar * MINUTE} for bar, row in zip(due, rows, strict=True)]
    return pa.Table.from_pylist(timed, schema=SIGNALS)


def _order(draw: st.DrawFn, order_type: str, stop: float, target: float | None) -> Row:
    direction = draw(st.sampled_from(["long", "short"]))
    side, price = 1.0 if direction == "long" else -1.0, 100.0 + (0.0 if order_type == "market" else draw(GAPS))
    return dict.fromkeys(SIGNALS.names) | {
        "symbol": "INDEX",
        "signal_type": "entry",
        "direction": direction,
        "order_type": order_type,
        "price": price,
        "stop_loss": price - side * stop,
        "take_profit": None if target is None else price + side * target,
        "size": draw(st.sampled_from([0.5, 1.0, 3.0])),
        "magic_number": 0,
    }


def poor(config: EngineConfig, balance: float, leverage: float | None) -> EngineConfig:
    return replace(
        config,
        variant=Variant.CANONICAL,
        below_min=BelowMin.CLAMP,
        initial_balance=balance,
        on_ruin=OnRuin.STOP,
        margin_leverage=leverage,
        # What E-18 does in the last bar belongs to its close.
        close_at_end=False,
    )


def known_at_the_open(run: RunOutput, time: int) -> dict[Key, Row]:
    """What is known at the open of the bar of this time, by kind and order; a row's number is no fact of its own."""
    rows = run.events.cast(_plain(run.events.schema)).to_pylist()
    known = [row for row in rows if row["timestamp"] == row["known_at"] == time]
    return {(row["kind"], row["order_id"]): {name: row[name] for name in row if name != "seq"} for row in known}


def _plain(schema: pa.Schema) -> pa.Schema:
    return pa.schema([f.with_type(pa.int64()) if pa.types.is_timestamp(f.type) else f for f in schema])


def stopped_out(run: RunOutput, time: int) -> dict[int, Row]:
    rows = run.events.cast(_plain(run.events.schema)).to_pylist()
    return {
        row["order_id"]: {name: row[name] for name in ("price", "known_at", "result", "fee")}
        for row in rows
        if row["timestamp"] == time and row["kind"] == "closed" and row["reason"] == "stop_out"
    }


@pytest.mark.rule("Q-T8d", "E-7", "E-21", "Q-E21c")
@pytest.mark.parametrize("place", [0, 1], ids=["reference", "rust"])
@given(data=st.data())
def test_what_is_known_at_the_open_follows_from_the_open(
    make_config: Callable[..., EngineConfig], place: int, data: st.DataObject
) -> None:
    bars, others = data.draw(calm_bars_and_two_ends())
    signals = data.draw(orders(len(bars)))
    balance, leverage = (
        data.draw(st.sampled_from([60.0, 120.0, 240.0])),
        data.draw(st.sampled_from([None, None, 500.0])),
    )
    config = poor(make_config(), balance, leverage)
    fills = data.draw(st.sampled_from(MarketFill))
    run: Callable[..., RunOutput] = factories("event_engine")[place]().run
    one, other = (run(table, signals, replace(config, market_fill=fills)) for table in (bars, others))
    time = bars["timestamp"].cast(pa.int64())[-1].as_py()
    facts, beside = (known_at_the_open(output, time) for output in (one, other))
    ends, beside_ends = (stopped_out(output, time) for output in (one, other))
    of_ends = {("closed", order) for order in (*ends, *beside_ends)}
    assert _without(facts, of_ends) == _without(beside, of_ends)
    # Whether the account ends in this bar is decided by all of it; what it was worth at the open is not (Q-E21c).
    for order in ends.keys() & beside_ends.keys():
        if time in (ends[order]["known_at"], beside_ends[order]["known_at"]):
            event("stopped out at the open")
            assert ends[order] == beside_ends[order]


def _without(rows: dict[Key, Row], keys: set[Key]) -> dict[Key, Row]:
    return {key: row for key, row in rows.items() if key not in keys}
