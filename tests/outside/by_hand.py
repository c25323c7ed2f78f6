"""A small run worked out by hand, and the three that must say the same of it.

EURUSD, M5: one lot is worth 10 USD a pip, the risk is 100 USD, bid and ask are equal where nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from .cases import Input
from .comparing import compare, rows_of
from .small import START_US, STEP, Prices, small_run

Row = tuple[str, float, float | None, str | None, int]
"""Kind, price, size, reason, and known at the start of which bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A run by hand: its events, the gross results of its trades and some of its metrics."""

    rules: Sequence[str]
    bars: Sequence[Prices]
    signals: Sequence[dict[str, Any]]
    rows: Sequence[Row]
    results: Sequence[float] = ()
    metrics: dict[str, float | None] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    levels: Sequence[tuple[float, float | None]] = ()
    """Stop and target of the modified rows."""
    refused: Sequence[int | None] = ()
    """Whose change was refused: the order_id of the rejected rows."""
    trades: Mapping[str, Sequence[object]] = field(default_factory=dict)
    """Columns of the table of trades."""


def order(
    order_type: str, price: float | None, stop: float, target: float | None = None, **more: Any
) -> dict[str, Any]:
    return {"bar": 0, "order_type": order_type, "price": price, "stop_loss": stop, "take_profit": target, **more}


def marked(examples: Mapping[str, Example]) -> list[Any]:
    return [
        pytest.param(example, id=name, marks=pytest.mark.rule(*example.rules)) for name, example in examples.items()
    ]


def run_of(example: Example) -> Input:
    return small_run(example.bars, example.signals, **example.keys)


def hold(example: Example, backend: str) -> None:
    """Hold a side, and the third opinion, to what was worked out."""
    run = run_of(example)
    result = run.result(backend)
    events = rows_of(result.events)
    rows = [
        (row["kind"], row["price"] or 0.0, row["size"], row["reason"], (row["known_at"] - START_US) // STEP)
        for row in events
    ]
    assert rows == example.rows
    assert result.trades.column("result").to_pylist() == pytest.approx(example.results)
    assert {name: result.metrics[name] for name in example.metrics} == pytest.approx(example.metrics)
    if example.levels:
        moved = [row for row in events if row["kind"] == "modified"]
        assert [(row["stop_loss"], row["take_profit"]) for row in moved] == example.levels
    if example.refused:
        assert [row["order_id"] for row in events if row["kind"] == "rejected"] == example.refused
    for name, values in example.trades.items():
        assert result.trades.column(name).to_pylist() == pytest.approx(values)
    differences = compare(result, run.opinion()).differences
    assert not differences, "\n".join(differences)
