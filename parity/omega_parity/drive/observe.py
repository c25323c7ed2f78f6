"""Run one side on inputs of its own and record what it did."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar, cast

import pyarrow as pa

from omega.compare.compare import compare_tables
from omega.compare.outcome import Failure, Outcome
from omega.contract.protocols import CheckedBars, DetailBars, Engine, OnProgress, RunOutput
from omega.contract.types import EngineConfig

_T = TypeVar("_T")

_NOT_AN_OUTCOME: Final = (KeyboardInterrupt, SystemExit, GeneratorExit)


class BarEngine(Protocol):
    """What every side can do, one with a planted fault too; those of the product run over ticks besides."""

    def run(
        self,
        bars: pa.Table | CheckedBars,
        signals: pa.Table | None,
        config: EngineConfig,
        on_progress: OnProgress | None = None,
    ) -> RunOutput:
        """Run over bars."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """An implementation under observation.

    Attributes
    ----------
    label : str
        How a person calls it.
    crossings : callable or None
        Reads the counter of boundary crossings (L-2); None for a side that has no boundary.
    """

    label: str
    engine: BarEngine
    crossings: Callable[[], int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one side did with one input.

    Attributes
    ----------
    crossings : int
        Boundary crossings of the run; 0 without a boundary.
    seconds : float
        Duration of the run; informative, never part of a verdict.
    inputs_unchanged : bool
        Whether the side left the tables it was given as they were.
    """

    outcome: Outcome
    crossings: int
    seconds: float
    inputs_unchanged: bool


def fresh_copy(table: pa.Table) -> pa.Table:
    """Copy a table into memory that nothing else refers to."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return pa.ipc.open_stream(sink.getvalue()).read_all()


def capture(call: Callable[[], _T]) -> _T | Failure:
    """Return what ``call`` yields, or its failure; a Rust panic that escaped is one, an interrupt is not."""
    try:
        return call()
    except _NOT_AN_OUTCOME:
        raise
    except BaseException as error:  # PyO3's PanicException is no Exception
        return Failure.of(error)


def run_over(
    engine: BarEngine,
    data: pa.Table,
    signals: pa.Table | None,
    config: EngineConfig,
    on_progress: OnProgress | None = None,
    detail: DetailBars | None = None,
) -> RunOutput:
    """Run over bars, with detail bars if there are any, or over ticks, as the columns of ``data`` say."""
    if detail is not None:
        return cast("Engine", engine).run(data, signals, config, on_progress, detail)
    if signals is None or not {"bid", "ask"}.issubset(data.column_names):
        return engine.run(data, signals, config, on_progress)
    return cast("Engine", engine).run_ticks(data, signals, config, on_progress)


def observe(
    side: Side,
    bars: pa.Table,
    signals: pa.Table | None,
    config: EngineConfig,
    on_progress: OnProgress | None = None,
    detail: DetailBars | None = None,
) -> Observation:
    """Run ``side`` once on fresh copies of ``bars``, which may be ticks, and ``signals``."""
    own_bars = fresh_copy(bars)
    own_signals = None if signals is None else fresh_copy(signals)
    crossings_before = side.crossings() if side.crossings else 0
    started = time.perf_counter()
    outcome = capture(lambda: run_over(side.engine, own_bars, own_signals, config, on_progress, detail))
    seconds = time.perf_counter() - started
    crossings = (side.crossings() if side.crossings else 0) - crossings_before
    return Observation(
        outcome=outcome,
        crossings=crossings,
        seconds=seconds,
        inputs_unchanged=_same(bars, own_bars) and (signals is None or _same(signals, own_signals)),
    )


def _same(given: pa.Table, left: pa.Table | None) -> bool:
    return left is not None and not compare_tables("input", given, left).differences
