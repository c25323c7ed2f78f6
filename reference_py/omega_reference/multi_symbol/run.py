"""A run over several symbols: its checks, its books, and its steps one after the other (M-4)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import CostModel, OnProgress, PortfolioModel
from omega.contract.types import EngineConfig, Signal
from omega_reference.bars.columns import BarColumns
from omega_reference.costs.swap import check_rollovers
from omega_reference.execution.limits import check_fills
from omega_reference.execution.state import Account, Book, Log, rules_of
from omega_reference.multi_symbol.arrivals import StepSource
from omega_reference.multi_symbol.books import Place, hand_over, process_step
from omega_reference.multi_symbol.iterator import Pass
from omega_reference.multi_symbol.slice import current_row
from omega_reference.multi_symbol.timeline import check_symbols
from omega_reference.variants import variant_rules
from omega_reference.worth import check_ages

PROGRESS_ROWS: Final = 20_000
"""The loop has no clock (N-1); at the reference's speed this is at most about 20 reports a second."""


def check_many(configs: Sequence[EngineConfig], bars: int, has_orders: bool) -> None:
    """Check what a run over several symbols checks first of all (Q-M4d); ``bars`` is the number of its tables.

    Raises
    ------
    OmegaError
        As :func:`omega_reference.multi_symbol.timeline.check_symbols`; INVALID_ARGUMENT for a variant other than
        canonical, and without signals and strategy of one's own.
    """
    check_symbols([config.symbol for config in configs], [config.timeframe for config in configs], [("bars", bars)])
    variant = configs[0].variant
    if not variant_rules(variant).walks_bars:
        message = f"the variant {variant.text} has one symbol: run each by itself, or take variant: canonical"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="M-4", column="variant", value=variant.text)
    if not has_orders:
        message = "a run over several symbols needs signals, or a strategy of your own: the built-in one has one symbol"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="M-4", column="strategy")


def new_places(
    configs: Sequence[EngineConfig],
    bars: Sequence[BarColumns],
    costs: Sequence[CostModel],
    books: PortfolioModel | None,
    start: int,
) -> list[Place]:
    """Return the symbols of a run whose first step is that of a time, µs; ``books`` None are the reference's own.

    Raises
    ------
    OmegaError
        As :func:`omega_reference.execution.state.rules_of`.
    """
    numbers = {config.symbol: number for number, config in enumerate(configs)}
    places = []
    for config, columns, model in zip(configs, bars, costs, strict=True):
        rules = replace(rules_of(config, model), numbers=numbers)
        rules = rules if books is None else replace(rules, books=books)
        row = bisect_left(columns.timestamp, start)
        first_time = columns.timestamp[row] if row < len(columns) else None
        places.append(Place(book=Book(), rules=rules, bars=columns, first_time=first_time))
    return places


def check_steps(places: Sequence[Place], times: Sequence[int]) -> None:
    """Check what prices and times have to hold for costs and rates, symbol by symbol (Q-M4d).

    Raises
    ------
    OmegaError
        As :func:`omega_reference.execution.limits.check_fills`, :func:`omega_reference.worth.check_ages`, with the row
        of the step, and :func:`omega_reference.costs.swap.check_rollovers`.
    """
    for place in places:
        rules, bars = place.rules, place.bars
        if len(bars):
            check_fills(rules, bars, ())
        if place.first_time is not None:
            check_ages(rules.rate_series, rules.rates_max_age, times, bisect_left(times, place.first_time))
            check_rollovers(rules.swap, bars.timestamp, bisect_left(bars.timestamp, place.first_time))


def run_steps(
    places: Sequence[Place],
    account: Account,
    log: Log,
    times: Sequence[int],
    first: int,
    source: StepSource,
    on_progress: OnProgress | None,
) -> None:
    """Work through the steps from ``first`` on, one after the other (Q-M4)."""
    account.first_time = times[first]
    columns = [place.bars.timestamp for place in places]
    walk = Pass(columns, times, first, len(times))
    waiting: list[Signal] = []
    while walk.advance(columns, times):
        for place, seen in zip(places, walk.seen, strict=True):
            place.seen = seen
            place.is_here = current_row(place.bars.timestamp, seen, walk.timestamp) is not None
        is_last = walk.step == len(times) - 1
        arrived = source.arrived(walk.step, walk.timestamp, places, account)
        late = source.late() if is_last else ()
        handed = hand_over(places, waiting, arrived, late, times[first])
        process_step(places, account, log, walk.timestamp, handed, is_last)
        done = walk.step - first + 1
        if on_progress is not None and (is_last or done % PROGRESS_ROWS == 0):  # N-1: integers
            on_progress(done, len(times) - first)
