"""What either side can do as a whole: runs over bars and over ticks, an indicator over bars (F-2, F-5)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from omega.compare.answers import compare_results
from omega.compare.compare import chain_divergence, compare_outcomes
from omega.compare.values import time_text
from omega.contract.protocols import DataHandler, DetailBars, OnProgress, RunOutput
from omega.contract.schemas import SIGNALS
from omega.contract.types import EngineConfig
from omega.custom import find_custom
from omega.data.bars import Bars
from omega.flags.plan import Serving, Sides
from omega.flags.registry import ENGINE_COMPONENTS
from omega.serve.case_files import call_files, config_data, run_files
from omega.serve.control import Facts, Files, Task, attempted, is_failure
from omega.serve.factories import create_data_handler, create_engine, create_engine_of_many
from omega.serve.indicators import Indicators
from omega.strategy.asking import Asking
from omega.strategy.base import Strategy

_COMPONENT = "event_engine"
_REFERENCE: Sides = dict.fromkeys(ENGINE_COMPONENTS, "python")


@dataclass(frozen=True, slots=True)
class Own:
    """A strategy of one's own, and what the magic numbers of its entries count on from (Q-L3)."""

    strategy: Strategy
    magic_number: int


def run_task(
    bars: Bars, signals: pa.Table | None, config: EngineConfig, detail: Bars | None = None, own: Own | None = None
) -> Task[RunOutput]:
    """Return the run of signals, of ``own`` or of the configuration's strategy over bars, with detail bars if any."""

    def attempt(sides: Sides, on_progress: OnProgress | None) -> RunOutput:
        return over(bars, config, detail, sides, on_progress)

    def over(
        part: Bars, rules: EngineConfig, finer: Bars | None, sides: Sides, on_progress: OnProgress | None = None
    ) -> RunOutput:
        handler = create_data_handler(sides["event_engine"])
        engine = create_engine(sides, rules, part)
        checked, inside = part.checked_by(handler), _inside(finer, handler)
        if own is None:
            return engine.run(checked, signals, rules, on_progress, inside)
        asking = asking_of(own, part, rules, sides)
        output = engine.run(checked, signals, rules, on_progress, inside, asking.source())
        return replace(output, orders=asking.orders())

    def fails(sides: Sides, rows: int) -> bool:
        # Only the real end of the bars closes positions; and where none of them has detail bars, these are refused.
        rules, part = config if rows == len(bars) else replace(config, close_at_end=False), bars.first(rows)
        finer = None if detail is None or not bars_with_detail(part, config.start, detail) else detail
        error = attempted(lambda: over(part, rules, finer, sides)).error
        return error is not None and is_failure(error)

    def files(facts: Facts) -> Files:
        given = signals if own is None else _orders_given(partial(attempt, _REFERENCE, None))
        return run_files(bars.table, given, config, facts, detail=kept)

    kept = None if detail is None else DetailBars(bars=detail.table, timeframe=detail.timeframe)
    return Task(
        component=_COMPONENT,
        attempt=attempt,
        compare=compare_outcomes,
        files=files,
        key=lambda: _key(_told_by(bars, detail, own), signals, config),
        find_bar=lambda sides: first_failing(len(bars), partial(fails, sides)),
        where=_where,
    )


def many_task(
    bars: Sequence[tuple[str, Bars]], signals: pa.Table | None, configs: Sequence[EngineConfig], own: Own | None
) -> Task[RunOutput]:
    """Return the run of signals, or of ``own``, over the bars of several symbols (M-4)."""
    tables, symbols = [one.table for _, one in bars], [name for name, _ in bars]

    def attempt(sides: Sides, on_progress: OnProgress | None) -> RunOutput:
        engine = create_engine_of_many(sides, configs)
        if own is None:
            return engine.run_many(tables, signals, configs, on_progress)
        given = [(one.table, Indicators(sides["indicator_cache"], one)) for _, one in bars]
        asking = Asking(own.strategy, given, configs[0], own.magic_number, symbols)
        output = engine.run_many(tables, None, configs, on_progress, asking.source())
        return replace(output, orders=asking.orders())

    def files(facts: Facts) -> Files:
        given = signals if own is None else _orders_given(partial(attempt, _REFERENCE, None))
        return call_files(_COMPONENT, (), [("run_many", (tables, given, list(configs)))], facts)

    told = " ".join(f"{name} {one.content_hash}" for name, one in bars)
    return Task(
        component=_COMPONENT,
        attempt=attempt,
        compare=compare_outcomes,
        files=files,
        key=lambda: _key(told if own is None else f"{told} {type(own.strategy).__qualname__}", signals, configs[0]),
        where=_where,
    )


def _told_by(bars: Bars, detail: Bars | None, own: Own | None) -> str:
    told = [bars.content_hash, *([] if detail is None else [detail.content_hash])]
    return " ".join([*told, *([] if own is None else [type(own.strategy).__qualname__])])


def _orders_given(run: Callable[[], RunOutput]) -> pa.Table | None:
    """Return the orders of a strategy of one's own: no file holds it, and they make the same run (Q-L3)."""
    said = attempted(run).outcome
    return said.orders if isinstance(said, RunOutput) else SIGNALS.empty_table()


def asking_of(own: Own, bars: Bars, config: EngineConfig, sides: Sides) -> Asking:
    """Begin one run of a strategy of one's own; its series are those of the side that serves the indicators."""
    cache = Indicators(sides["indicator_cache"], bars)
    return Asking(own.strategy, [(bars.table, cache)], config, own.magic_number)


def _inside(detail: Bars | None, handler: DataHandler) -> DetailBars | None:
    """Take detail bars as the side of a handler keeps them."""
    return None if detail is None else DetailBars(bars=detail.checked_by(handler), timeframe=detail.timeframe)


def bars_with_detail(bars: Bars, start: int | None, detail: Bars) -> int:
    """Count the bars of a run from ``start`` (µs) on that have detail bars (E-22)."""
    times = bars.times if start is None else bars.times[bars.times >= start]
    places = np.searchsorted(detail.times, times)
    ends = np.append(places[1:], np.searchsorted(detail.times, times[-1:] + bars.timeframe))
    return int(np.count_nonzero(ends > places))


def tick_task(ticks: pa.Table, content_hash: str, signals: pa.Table, config: EngineConfig) -> Task[RunOutput]:
    """Return the run of signals over ticks."""

    def over(part: pa.Table, sides: Sides, on_progress: OnProgress | None) -> RunOutput:
        return create_engine(sides, config, None).run_ticks(part, signals, config, on_progress)

    def fails(sides: Sides, rows: int) -> bool:
        error = attempted(lambda: over(ticks.slice(0, rows), sides, None)).error
        return error is not None and is_failure(error)

    return Task(
        component=_COMPONENT,
        attempt=partial(over, ticks),
        compare=compare_outcomes,
        files=partial(run_files, ticks, signals, config),
        key=lambda: _key(content_hash, signals, config),
        find_bar=lambda sides: first_failing(ticks.num_rows, partial(fails, sides)),
        where=_where,
    )


def indicator_task(
    bars: Bars, name: str, side: Literal["bid", "ask"], parameters: Mapping[str, Any]
) -> Task[tuple[npt.NDArray[np.float64], ...]]:
    """Return an indicator over bars, an array for each output."""

    def attempt(sides: Sides, _: object) -> tuple[npt.NDArray[np.float64], ...]:
        series = Indicators(sides["indicator_cache"], bars).get(name, side, **parameters)
        return tuple([_unwritable(values) for values in series])

    return Task(
        component="indicator_cache",
        attempt=attempt,
        compare=compare_results,
        files=lambda facts: _indicator_files(bars, name, side, parameters, facts),
        key=lambda: f"{name} {side} {parameters!r} {bars.content_hash}".encode(),
    )


def _indicator_files(
    bars: Bars, name: str, side: Literal["bid", "ask"], parameters: Mapping[str, Any], facts: Facts
) -> Files:
    custom = find_custom(name)
    own = {} if custom is None else {"own": custom.place}
    return call_files("indicator_cache", (bars.table,), [("get", (name, side, parameters))], {**facts, **own})


def _unwritable(values: Any) -> npt.NDArray[np.float64]:
    """Return a series as an array: Rust's memory and one's own are such already, the reference has lists."""
    if isinstance(values, np.ndarray):
        return values
    array = np.asarray(values, dtype=np.float64)
    array.flags.writeable = False
    return array


def check_for(serving: Serving, bars: Bars, detail: Bars | None) -> None:
    """Let the sides that serve a run check its bars, once for all runs over them, before anything is counted."""
    asked = [("event_engine", bars), ("indicator_cache", bars), *([] if detail is None else [("event_engine", detail)])]
    for component, given in asked:
        # What goes wrong here goes wrong again in the run, where it is dealt with.
        attempted(partial(given.checked_by, create_data_handler(serving.served[component])))


def first_failing(rows: int, fails: Callable[[int], bool]) -> int | None:
    """Return the row with which a run begins to fail, by halves; None where it does not fail again at all."""
    if not fails(rows):
        return None
    least, most = 0, rows  # without rows nothing fails; with `most` it does
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if fails(middle) else (middle, most)
    return most - 1


def _where(reference: RunOutput, candidate: RunOutput) -> str:
    bar = chain_divergence(reference, candidate)
    if bar is None:
        return "the chains are equal"
    output = reference if len(reference.chain) >= len(candidate.chain) else candidate
    time = output.equity.column("timestamp")[bar + output.equity.num_rows - len(output.chain)].value
    return f"first at bar {bar:,} of {len(output.chain):,}, {time_text(time)}"


def _key(content_hash: str, signals: pa.Table | None, config: EngineConfig) -> bytes:
    given = "" if signals is None else str(signals.to_pylist())
    return f"{content_hash} {given} {json.dumps(config_data(config))}".encode()
