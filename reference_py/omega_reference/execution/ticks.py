"""Tick mode: the rules of execution where a bar has no length (E-17, Q-E17)."""

from __future__ import annotations

from dataclasses import replace

from omega.contract.types import Variant
from omega_reference.execution.hits import stop_reach
from omega_reference.execution.state import Book, Buffers, Log, Rules
from omega_reference.variants import tick_variant_rules


def tick_rules(rules: Rules, variant: Variant) -> Rules:
    """Return the rules of a run at its ticks: no length, no buffer, and the variant's clauses (E-17)."""
    none = Buffers(stop=0.0, target=0.0)
    return replace(
        rules,
        timeframe=0,
        stop_buffer=0.0,
        buffers=none,
        idle_buffers=none,
        variant=tick_variant_rules(variant),
    )


def set_reaches(book: Book, rules: Rules) -> None:
    """Give each stop the buffer that it has by these rules, where ticks and bars follow one another (Q-E17d)."""
    for position in book.positions:
        position.stop_reach = stop_reach(rules, position.direction, position.stop_loss)


def keep_last_points(log: Log, first: int) -> None:
    """Keep of the points of one time, from ``first`` on, the last (P-4, Q-E17c)."""
    times = log.timestamps
    kept = first
    for row in range(first, len(times)):
        # hit Q-E17c if row + 1 < len(times) and times[row] == times[row + 1]
        if row + 1 < len(times) and times[row] == times[row + 1]:
            continue
        for column in (log.timestamps, log.known_at):
            column[kept] = column[row]
        for curve in (log.cash_curve, log.equity_curve):
            curve[kept] = curve[row]
        kept += 1
    del log.timestamps[kept:], log.known_at[kept:], log.cash_curve[kept:], log.equity_curve[kept:]
