"""Calls about signals that are refused (T-6)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pyarrow as pa

from mutants.corpus.answers import INFINITY, Put, call, changed, put_lines
from mutants.corpus.bars import BEYOND, FIRST_TIME, LAST_TIME
from mutants.corpus.lines import INPUTS, config_lines, plain, rows
from omega.contract.types import EngineConfig, Variant
from omega_parity.drive.observe import BarEngine
from omega_parity.drive.sides import reference_side
from omega_parity.generate.cases import Floors, signals_case
from omega_parity.generate.markets import sample_market

# ---- signals (T-6) ----


def signal_calls() -> Iterator[str]:
    """Break each rule of T-6 in turn."""
    market = sample_market(n=30)
    case = signals_case(market, Variant.CANONICAL, seed=1, floors=Floors(), n=5)
    assert case.signals is not None
    signals, engine = case.signals, reference_side().engine
    times = plain(signals, "timestamp")
    yield from config_lines(case.config)
    yield "signals"
    yield from rows("signal", signals, INPUTS, is_input=True)
    distances = ("trailing_distance", "trailing_step", "break_even_at_r", "break_even_offset")
    breaches: list[list[Put]] = [[], [("timestamp", 3, times[2] - 1)], [("timestamp", 3, times[2])]]
    breaches += [[("expires_at", row, time)] for row in (0, 4) for time in (FIRST_TIME, LAST_TIME, *BEYOND)]
    breaches += [[("timestamp", row, time)] for row in (0, 3, 4) for time in BEYOND]
    breaches += [[("timestamp", 2, times[1] - 1), ("timestamp", 4, time)] for time in BEYOND]
    for name in ("price", "size", "stop_loss", "take_profit", *distances):
        breaches += [[(name, row, value)] for row in (0, 4) for value in (INFINITY, -INFINITY, -1e-9, 0.0)]
    breaches += [[("max_holding", row, value)] for row in (0, 4) for value in (-1, 0)]
    breaches.append([("max_holding", 0, -1), ("break_even_offset", 2, -1.0), ("break_even_offset", 1, INFINITY)])
    for puts in breaches:
        yield from put_lines(puts)
        table = changed(signals, puts)
        yield from call(("check_signals",), partial(_refusal, engine, market.bars, table, case.config))
        if puts:
            yield "undo"


def _refusal(engine: BarEngine, bars: pa.Table, signals: pa.Table, config: EngineConfig) -> None:
    """Run and answer nothing but the error, if there is one."""
    engine.run(bars, signals, config)
