"""Bars around 100 for one thing to happen in, and what became of a stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omega.contract.protocols import RunOutput

Quote = tuple[float, float, float, float]
Row = dict[str, Any]
Run = Callable[..., tuple[RunOutput, list[Row]]]

FLAT: Quote = (100.0, 100.0, 100.0, 100.0)


def up_to(high: float) -> Quote:
    return (100.0, high, 100.0, 100.0)


def down_to(low: float) -> Quote:
    return (100.0, 100.0, low, 100.0)


def moves(events: list[Row]) -> list[tuple[float, str]]:
    return [(event["stop_loss"], event["reason"]) for event in events if event["kind"] == "modified"]
