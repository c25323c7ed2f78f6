"""What a page about a divergence shows: the bars around it, both sides' orders, the state before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa

from omega.compare.compare import table_value
from omega.compare.outcome import ABSENT, Outcome, Value
from omega.compare.values import decimal_text
from omega.contract.protocols import RunOutput
from omega.contract.schemas import BARS
from omega_parity.drive.replay import replay_to
from omega_parity.drive.sides import Sides
from omega_parity.generate.cases import Case
from omega_parity.judge.divergence import Divergence

BARS_BEFORE: Final = 30
BARS_AFTER: Final = 9
MOST_ORDERS: Final = 4
"""Orders drawn; more would hide the bars."""

_OVER: Final = ("closed", "expired", "cancelled")

Row = dict[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order as one side has it after the diverging bar; times in µs.

    Attributes
    ----------
    end : int or None
        When it was closed, expired or cancelled; None if it is still alive.
    """

    order_id: int
    label: str
    start: int
    end: int | None
    entry: float | None
    stop: float | None
    target: float | None
    exit_price: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What one side had after a bar."""

    account: Row
    positions: Mapping[int, Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything the page draws; pairs are the reference's and the candidate's.

    Attributes
    ----------
    bars : list of dict
        Columns of the bars around the divergence.
    first : int
        Index of the first of them in the run.
    place : int
        Which of them is the diverging one.
    before, after : tuple of State
        None on a side that failed, or where there was no bar before.
    """

    bars: list[Row]
    first: int
    place: int
    orders: tuple[Mapping[int, Order], Mapping[int, Order]]
    shown: tuple[int, ...]
    before: tuple[State | None, State | None]
    after: tuple[State | None, State | None]


def scene_of(case: Case, sides: Sides, divergence: Divergence) -> Scene | None:
    """Replay both sides up to the diverging bar and up to the one before; None where no bar can be named."""
    if divergence.bar is None:
        return None
    bar = divergence.bar
    now = replay_to(case, sides, bar + 1)
    earlier: tuple[Outcome | None, Outcome | None] = replay_to(case, sides, bar) if bar else (None, None)
    offset = 0 if case.config.start is None else _bars_before(case.bars, case.config.start)
    first = max(0, offset + bar - BARS_BEFORE)
    rows = case.bars.slice(first, offset + bar + BARS_AFTER + 1 - first)
    orders = (_orders(now[0]), _orders(now[1]))
    return Scene(
        bars=[{name: table_value(rows, name, row) for name in BARS.names} for row in range(rows.num_rows)],
        first=first - offset,
        place=offset + bar - first,
        orders=orders,
        shown=_involved(divergence, orders),
        before=(_state(earlier[0]), _state(earlier[1])),
        after=(_state(now[0]), _state(now[1])),
    )


def _bars_before(bars: pa.Table, start: int) -> int:
    return int(np.count_nonzero(bars.column("timestamp").cast(pa.int64()).to_numpy() < start))


def _state(outcome: Outcome | None) -> State | None:
    if not isinstance(outcome, RunOutput):
        return None
    account = {
        name: table_value(outcome.equity, name, outcome.equity.num_rows - 1)
        for name in outcome.equity.column_names
        if name != "timestamp"
    }
    digest = table_value(pa.table({"digest": outcome.chain}), "digest", len(outcome.chain) - 1)
    positions = {int(str(row["order_id"])): row for row in _rows(outcome.positions)}
    return State(account={**account, "state hash": digest}, positions=positions)


def _rows(table: pa.Table) -> Iterable[Row]:
    for row in range(table.num_rows):
        yield {name: table_value(table, name, row) for name in table.column_names}


def _orders(outcome: Outcome) -> dict[int, Order]:
    """Collect every order that was accepted, from the log, the trades and what is still alive."""
    if not isinstance(outcome, RunOutput):
        return {}
    found: dict[int, Order] = {}
    ends: dict[int, int] = {}
    for row in _rows(outcome.events):
        number, time = row["order_id"], row["timestamp"]
        if isinstance(number, int) and isinstance(time, int):
            if row["kind"] == "accepted":
                found[number] = _order(row, "price", "", time)
            elif row["kind"] in _OVER:
                ends[number] = time
    for row in (*_rows(outcome.positions), *_rows(outcome.trades)):
        number, start = row["order_id"], row["entry_time"]
        if isinstance(number, int) and isinstance(start, int):
            label = f"{decimal_text(row['direction'])} {decimal_text(row['order_type'])}"
            found[number] = _order(row, "entry_price", label, start)
    return {number: replace(order, end=ends.get(number)) for number, order in found.items()}


def _order(row: Row, price: str, label: str, start: int) -> Order:
    return Order(
        order_id=int(str(row["order_id"])),
        label=label,
        start=start,
        end=None,
        entry=_price(row, price),
        stop=_price(row, "stop_loss"),
        target=_price(row, "take_profit"),
        exit_price=_price(row, "exit_price"),
    )


def _price(row: Row, name: str) -> float | None:
    value = row.get(name, ABSENT)
    return value if isinstance(value, float) else None


def _involved(divergence: Divergence, orders: tuple[Mapping[int, Order], Mapping[int, Order]]) -> tuple[int, ...]:
    """Choose the orders that the bar is about: those of its events, then those that differ, then those alive."""
    events = (*divergence.reference_events, *divergence.candidate_events)
    named = [row["order_id"] for row in events if isinstance(row.get("order_id"), int)]
    known = sorted({*orders[0], *orders[1]})
    differing = [number for number in known if orders[0].get(number) != orders[1].get(number)]
    alive = [number for number in known if all(side[number].end is None for side in orders if number in side)]
    chosen = dict.fromkeys(int(str(number)) for number in (*named, *differing) if number in known)
    return tuple(list(chosen or dict.fromkeys(alive))[:MOST_ORDERS])
