"""No look-ahead (G-3): what comes after a bar never moves an event at or before it, on either side.

Each run of the strategy is done three times: whole, cut off after a bar, and with the bars after it in reverse order
and every price of a given higher timeframe changed that ends later. Up to the bar the state chain, of which every
event is a part, has to be the same; so has every decision.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pyarrow as pa
import pytest

from omega.contract.protocols import RunOutput
from omega.contract.schemas import BARS
from omega.contract.types import DecisionPoint, EngineConfig, HigherBars
from omega_parity.drive.observe import Side, capture
from omega_parity.drive.sides import native_side, reference_side
from omega_parity.generate.blocks import keyed_bytes
from omega_parity.generate.cases import Case
from omega_parity.generate.columns import times_of
from omega_parity.generate.sequences import PLAN_BYTES, expand_plan, sample_case, sample_scenarios
from omega_reference.bars import resample
from omega_reference.bars.resample import given_ends, visible_counts
from omega_reference.engine import Engine
from omega_reference.strategy import higher

RUNS: Final = 100
LEAST: Final = 10
"""Decisions before the cut, of each scenario and over all runs, or the runs prove nothing."""
MOST_BARS: Final = 400


@cache
def strategy_cases() -> tuple[Case, ...]:
    """Generated runs of the strategy, all scenarios among them."""
    found: list[Case] = []
    index = 0
    while len(found) < RUNS:
        if not expand_plan(keyed_bytes(0, 2 * index, PLAN_BYTES)).signals:
            case = sample_case(0, index)
            if 12 <= case.bars.num_rows <= MOST_BARS:
                config = replace(case.config, close_at_end=False, start=None)
                found.append(replace(case, config=config))
        index += 1
    of_scenarios = (replace(case, config=replace(case.config, close_at_end=False)) for case in sample_scenarios(50))
    return (*found, *of_scenarios)


def with_other_future(bars: pa.Table, row: int) -> pa.Table:
    """Turn the prices of the bars after ``row`` round, which leaves all of them bars."""
    later = list(reversed(range(row + 1, bars.num_rows)))
    order = pa.array([*range(row + 1), *later])
    columns = [bars.column(name) if name == "timestamp" else bars.column(name).take(order) for name in BARS.names]
    return pa.table(columns, schema=BARS)


def with_other_higher(config: EngineConfig, time: int) -> EngineConfig:
    """Change the closes of given bars that end after the decision on the bar at ``time``."""
    decided = time + (config.timeframe if config.decision_point is DecisionPoint.CLOSE else 0)
    changed = []
    for one in config.higher_bars:
        ends = given_ends(one.timestamps, one.timeframe)
        closes = (close if end <= decided else 3.0 * close for end, close in zip(ends, one.closes, strict=True))
        changed.append(HigherBars(timeframe=one.timeframe, timestamps=one.timestamps, closes=tuple(closes)))
    return replace(config, higher_bars=tuple(changed))


def decided_until(output: RunOutput, time: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = output.decisions.to_pylist()
    times = times_of(output.decisions)
    return [row for row, at in zip(rows, times, strict=True) if at <= time]


def first_peek(engine: Any, case: Case, row: int, decided: Counter[int]) -> str | None:
    """Say what the bars after ``row`` moved; None where they moved nothing."""
    time = times_of(case.bars)[row]
    whole = capture(lambda: engine.run(case.bars, None, case.config))
    if not isinstance(whole, RunOutput):
        return None
    others = {
        "cut off": (case.bars.slice(0, row + 1).combine_chunks(), case.config),
        "turned round": (with_other_future(case.bars, row), with_other_higher(case.config, time)),
    }
    decided.update(one["scenario"] for one in decided_until(whole, time))
    for name, (bars, config) in others.items():
        other = capture(engine_run(engine, bars, config))
        if not isinstance(other, RunOutput):
            continue  # what is left is refused as a whole: a night or a rate that the run now has not
        for place in range(row + 1):
            if whole.chain[place] != other.chain[place]:
                return f"{case.name}, {name} after bar {row}: bar {place} is another"
        if repr(decided_until(whole, time)) != repr(decided_until(other, time)):
            return f"{case.name}, {name} after bar {row}: another decision"
    return None


def engine_run(engine: Any, bars: pa.Table, config: EngineConfig) -> Any:
    return lambda: engine.run(bars, None, config)


def peeks(engine: Any, seed: int) -> tuple[list[str], Counter[int]]:
    """Return what peeked in all runs, and the decisions before the cuts by scenario."""
    draw, decided = random.Random(seed), Counter[int]()
    found = [first_peek(engine, case, draw.randrange(case.bars.num_rows - 1), decided) for case in strategy_cases()]
    return [one for one in found if one is not None], decided


@pytest.mark.rule("G-3", "Q-G3", "A-3")
@pytest.mark.parametrize("side", [reference_side, native_side])
def test_no_bar_moves_what_was_before_it(side: Callable[[], Side]) -> None:
    found, decided = peeks(side().engine, seed=0)
    assert found == []
    assert all(decided[scenario] >= LEAST for scenario in range(1, 7)), decided


@pytest.mark.rule("G-3")
def test_a_strategy_that_sees_a_bar_before_its_end_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def early(ends: list[int], timestamp: list[int], length: int) -> list[int]:
        return visible_counts(ends, timestamp, length + 20 * 60_000_000)

    assert resample.visible_counts is visible_counts
    monkeypatch.setattr(higher, "visible_counts", early)
    found, _ = peeks(Engine(), seed=0)
    assert found
