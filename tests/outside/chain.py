"""The state chain, word by word as H-1 and Q-H1 say, from what a run shows: its events, its cash and its equity."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import xxhash

import omega

from .comparing import rows_of

KINDS = ("accepted", "rejected", "opened", "modified", "partially_closed", "closed", "expired", "cancelled", "swap")
DIRECTIONS = ("long", "short")
ORDER_TYPES = ("market", "limit", "stop")
PENDING, OPEN = 0, 1
STOP_KINDS = ("initial", "break_even", "trailing", "modified")

MOVED_BY = {
    "break_even": "break_even",
    "trailing": "trailing",
    "modify_signal": "modified",
    "strategy_modify": "modified",
}
"""Kind of a stop by the reason that moved it."""

PRESENCE = (
    *("order_id", "direction", "order_type", "reason", "error_code"),
    *("price", "size", "stop_loss", "take_profit", "result", "fee"),
)
"""The bits of an event, from 0."""

OTHER_SYMBOL = 65_535

Row = Mapping[str, Any]


def reasons() -> list[str]:
    """Return the reasons in the order of the contract's table."""
    contract = Path(__file__).parents[2] / "bridge" / "CONTRACT.md"
    rows = re.findall(r"^\| ([a-z_, ]+) \|.*\|.*\|.*\|.*\|$", contract.read_text("utf-8"), re.MULTILINE)
    names = [name for row in rows[rows.index("reason") + 1 :] for name in row.split(", ")]
    assert names[0] == "before_start"
    return names


REASONS = reasons()


def position_bytes(position: Row) -> bytes:
    """Six words."""
    target = position["take_profit"]
    return struct.pack(
        "<qBBBBHHdddd",
        position["order_id"],
        position["status"],
        DIRECTIONS.index(position["direction"]),
        ORDER_TYPES.index(position["order_type"]),
        STOP_KINDS.index(position["stop_kind"]),
        target is not None,
        0,
        position["price"],
        position["stop_loss"],
        0.0 if target is None else target,
        position["size"],
    )


def event_bytes(event: Row, symbol: str) -> bytes:
    """Twelve words."""

    def number(name: str, names: Sequence[str]) -> int:
        return 0 if event[name] is None else names.index(event[name])

    def amount(name: str) -> Any:
        return 0 if event[name] is None else event[name]

    return struct.pack(
        "<qqqqBBBBHHqdddddd",
        *(amount(name) for name in ("seq", "timestamp", "known_at", "order_id")),
        KINDS.index(event["kind"]),
        number("direction", DIRECTIONS),
        number("order_type", ORDER_TYPES),
        number("reason", REASONS),
        sum((event[name] is not None) << bit for bit, name in enumerate(PRESENCE)),
        0 if event["symbol"] == symbol else OTHER_SYMBOL,
        *(amount(name) for name in ("error_code", "price", "size", "stop_loss", "take_profit", "result", "fee")),
    )


def live_after(positions: dict[int, Row], event: Row) -> None:
    """Keep what is pending or open by an event."""
    order_id = event["order_id"]
    if event["kind"] == "accepted":
        positions[order_id] = {**event, "status": PENDING, "size": 0.0, "stop_kind": "initial"}
    elif event["kind"] == "opened":
        positions[order_id] = {**event, "status": OPEN, "stop_kind": positions[order_id]["stop_kind"]}
    elif event["kind"] == "modified":
        before = positions[order_id]
        is_moved = event["stop_loss"] != before["stop_loss"]
        kind = MOVED_BY[event["reason"]] if is_moved else before["stop_kind"]
        levels = {name: event[name] for name in ("stop_loss", "take_profit")}
        positions[order_id] = {**before, **levels, "stop_kind": kind}
    elif event["kind"] == "partially_closed":
        before = positions[order_id]
        positions[order_id] = {**before, "size": round(before["size"] - event["size"], 8)}
    elif event["kind"] in ("closed", "expired", "cancelled"):
        del positions[order_id]


def chain_of(result: omega.Result) -> list[bytes]:
    """Return the digest after every bar."""
    by_bar = {time: list(rows) for time, rows in groupby(rows_of(result.events), lambda row: row["timestamp"])}
    live: dict[int, Row] = {}
    digest, digests = bytes(16), []
    for bar in rows_of(result.equity):
        events: Sequence[Row] = by_bar.get(bar["timestamp"], [])
        for event in events:
            live_after(live, event)
        words = struct.pack("<qddQ", bar["timestamp"], bar["cash"], bar["equity"], len(live))
        words += b"".join(position_bytes(live[order_id]) for order_id in sorted(live))
        words += b"".join(event_bytes(event, result.symbol) for event in events)
        digest = xxhash.xxh3_128_digest(digest + words)
        digests.append(digest)
    return digests
