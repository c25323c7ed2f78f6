"""Whole runs as what either side can do: over bars and over ticks (F-2, F-5)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pyarrow as pa

from omega.compare.compare import chain_divergence, compare_outcomes
from omega.compare.values import time_text
from omega.contract.protocols import OnProgress, RunOutput
from omega.contract.types import EngineConfig
from omega.data.bars import Bars
from omega.flags.plan import Serving, Sides
from omega.serve.case_files import config_data, run_files
from omega.serve.control import Task, attempted, is_failure
from omega.serve.factories import create_data_handler, create_engine

_COMPONENT = "event_engine"


def run_task(bars: Bars, signals: pa.Table | None, config: EngineConfig) -> Task[RunOutput]:
    """Return the run of signals, or of the configuration's strategy, over bars."""

    def attempt(sides: Sides, on_progress: OnProgress | None) -> RunOutput:
        return over(bars, config, sides, on_progress)

    def over(part: Bars, own: EngineConfig, sides: Sides, on_progress: OnProgress | None = None) -> RunOutput:
        handler = create_data_handler(sides["event_engine"])
        return create_engine(sides, own, part).run(part.checked_by(handler), signals, own, on_progress)

    def fails(sides: Sides, rows: int) -> bool:
        # Only the real end of the bars closes positions.
        own = config if rows == len(bars) else replace(config, close_at_end=False)
        error = attempted(lambda: over(bars.first(rows), own, sides)).error
        return error is not None and is_failure(error)

    return Task(
        component=_COMPONENT,
        attempt=attempt,
        compare=compare_outcomes,
        files=partial(run_files, bars.table, signals, config),
        key=lambda: _key(bars.content_hash, signals, config),
        find_bar=lambda sides: first_failing(len(bars), partial(fails, sides)),
        where=_where,
    )


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


def check_for(serving: Serving, bars: Bars) -> None:
    """Let the sides that serve a run check its bars, once for all runs over them, before anything is counted."""
    for component in ("event_engine", "indicator_cache"):
        # What goes wrong here goes wrong again in the run, where it is dealt with.
        attempted(partial(bars.checked_by, create_data_handler(serving.served[component])))


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
