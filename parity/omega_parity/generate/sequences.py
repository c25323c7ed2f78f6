"""Generated cases: bars, signals or the strategy, and a configuration, put together from blocks of bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pyarrow as pa

from omega.contract.types import Timeframe
from omega_parity.generate.bands import BANDS_BYTES, HIGHER_BYTES, with_bands, with_higher
from omega_parity.generate.bars import BAR_BYTES, HEAD_BYTES, expand_bars
from omega_parity.generate.blocks import WIDE_BYTES, Decisions, keyed_bytes, pieces
from omega_parity.generate.cases import Case, Floors, Market
from omega_parity.generate.columns import times_of
from omega_parity.generate.configurations import CONFIG_BYTES, STRATEGY_BYTES, expand_config, expand_strategy, unslipped
from omega_parity.generate.scales import Scale
from omega_parity.generate.signals.aimed import SIGNAL_BYTES, expand_signals
from omega_parity.generate.wide import WORLD_BYTES, expand_world
from omega_parity.generate.worlds import WORLDS, World, world_of

PLAN_BYTES: Final = 8 + 2 * WIDE_BYTES + WORLD_BYTES
"""Block of a whole case: number of bars and signals, strategy or signals, and the world."""

BARS_MIN: Final = 12

BARS_MAX: Final = 230

SIGNALS_MAX: Final = 48

_LONG_BARS: Final = Scale(low=100, high=2_500, is_whole=True, edges=(100, 2_500))

_LONG_SIGNALS: Final = Scale(low=1, high=300, is_whole=True, edges=(1, 300))

_TIMEFRAMES: Final = (Timeframe.M5.value, Timeframe.H1.value, Timeframe.M15.value, Timeframe.H4.value)

_SCENARIO_BARS: Final = 160

_SCENARIOS_FROM: Final = 1 << 42
"""The counters of sequences, calls, long runs and sweeps are below."""

GENERATED: Final = "generated"
"""First part of the name of a generated case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is decided about a case before its bars."""

    world: World
    bars: int
    signals: int
    """0 in a run of the strategy."""
    more_bars: int = 0
    more_signals: int = 0
    """Bars and signals whose blocks are not drawn but follow from ``key``: a long sequence of few draws."""
    key: int = 0

    @property
    def block_bytes(self) -> int:
        """Bytes that all blocks of the case have together."""
        return HEAD_BYTES + self.bars * BAR_BYTES + self.signals * SIGNAL_BYTES + CONFIG_BYTES


def expand_plan(block: bytes) -> Plan:
    """Choose the world, the length and whether signals or the strategy trade."""
    decisions = Decisions(block)
    bars = BARS_MIN + decisions.below(BARS_MAX - BARS_MIN + 1)
    is_strategy = decisions.choose((222, False), (34, True))
    signals = 7 + decisions.below(SIGNALS_MAX - 6) * (bars + BARS_MAX) // (2 * BARS_MAX)
    few, is_few = decisions.byte(), decisions.choose((250 if is_strategy else 246, False), (256, True))
    is_long, more_bars, more_signals = decisions.choose((244, False), (12, True)), *_lengths(decisions)
    plan = Plan(
        world=expand_world(block[-WORLD_BYTES:]),
        bars=1 + few % BARS_MIN if is_few else bars,
        signals=0 if is_strategy else signals,
    )
    if not is_long:
        return plan
    more = 0 if is_strategy else more_signals
    return replace(plan, more_bars=more_bars, more_signals=more, key=int.from_bytes(block[:8], "big"))


def _lengths(decisions: Decisions) -> tuple[int, int]:
    """Return how many bars and signals a long sequence has besides."""
    return int(decisions.wide(_LONG_BARS)), int(decisions.wide(_LONG_SIGNALS))


def expand_case(
    name: str, plan: Plan, head: bytes, bar_blocks: Sequence[bytes], signal_blocks: Sequence[bytes], config: bytes
) -> Case:
    """Put a case together from its blocks."""
    bars = expand_bars(plan.world, head, [*bar_blocks, *_derived(plan, 0, plan.more_bars, BAR_BYTES)])
    more = _derived(plan, 1, plan.more_signals, SIGNAL_BYTES)
    return case_on_bars(name, plan.world, bars, [*signal_blocks, *more], config)


def _derived(plan: Plan, stream: int, count: int, size: int) -> list[bytes]:
    """Return blocks that follow from the key of a plan."""
    return pieces(keyed_bytes(plan.key, stream, count * size), size)


def case_on_bars(name: str, world: World, bars: pa.Table, signal_blocks: Sequence[bytes], config: bytes) -> Case:
    """Put a case together on bars that are already there; without signal blocks the strategy runs."""
    resolved = expand_config(world, config, times_of(bars))
    signals = expand_signals(world, bars, signal_blocks) if signal_blocks else None
    if signals is None:
        resolved = replace(resolved, strategy=expand_strategy(world, config[-STRATEGY_BYTES:], bars.num_rows))
        resolved = with_higher(resolved, bars, Decisions(config[-HIGHER_BYTES:]))
    resolved = unslipped(resolved, bars, signals)
    return Case(name=name, bars=bars, signals=signals, config=resolved, data_hash="", floors=Floors())


def sample_cases(n: int, seed: int = 0) -> Iterator[Case]:
    """Yield ``n`` generated cases; case i depends on ``seed`` and i only, so that a longer sample begins the same."""
    for index in range(n):
        yield sample_case(seed, index)


def sample_case(seed: int, index: int) -> Case:
    """Return case ``index`` of the sample with ``seed``."""
    plan = expand_plan(keyed_bytes(seed, 2 * index, PLAN_BYTES))
    source = keyed_bytes(seed, 2 * index + 1, plan.block_bytes)
    head, rest = source[:HEAD_BYTES], source[HEAD_BYTES:]
    bar_blocks, rest = _blocks(rest, plan.bars, BAR_BYTES)
    signal_blocks, config = _blocks(rest, plan.signals, SIGNAL_BYTES)
    return expand_case(f"{GENERATED}/{seed}-{index}", plan, head, bar_blocks, signal_blocks, config)


def sample_scenarios(n: int, seed: int = 0) -> Iterator[Case]:
    """Yield ``n`` runs of the strategy in which one of scenarios 2 … 6 trades, each in turn, by plain numbers.

    Those of :func:`sample_cases` have numbers of whole ranges, with which bands are seldom reached.
    """
    for index in range(n):
        yield scenario_case(seed, index)


def scenario_case(seed: int, index: int) -> Case:
    """Return run ``index`` of them."""
    world = replace(WORLDS[index % (len(WORLDS) - 1)], timeframe=_TIMEFRAMES[index // 5 % len(_TIMEFRAMES)])
    source = keyed_bytes(seed, _SCENARIOS_FROM + index, HEAD_BYTES + _SCENARIO_BARS * BAR_BYTES + BANDS_BYTES)
    head, rest, bands = source[:HEAD_BYTES], source[HEAD_BYTES:-BANDS_BYTES], source[-BANDS_BYTES:]
    bars = expand_bars(world, head, pieces(rest, BAR_BYTES))
    strategy = expand_strategy(world, bytes(STRATEGY_BYTES), bars.num_rows)
    given = with_bands(strategy.parameters, Decisions(bands), world.timeframe)
    scenarios, z = (2 + index % 5,), 0.01 if index % 5 == 2 else 0.3
    given = replace(given, long_scenarios=scenarios, short_scenarios=scenarios, ema_length=9)
    given = replace(given, window_length=6, atr_length=3, z_score_long=-z, z_score_short=z)
    config = replace(expand_config(world, bytes(CONFIG_BYTES)), strategy=replace(strategy, parameters=given))
    config = unslipped(with_higher(config, bars, Decisions(bands[-HIGHER_BYTES:])), bars, None)
    name = f"{GENERATED}/{seed}-scenario-{index}"
    return Case(name=name, bars=bars, signals=None, config=config, data_hash="", floors=Floors())


def window_cases(market: Market, n: int, seed: int = 0) -> Iterator[Case]:
    """Yield ``n`` generated cases over windows of a market's own bars."""
    world = world_of(market)
    for index in range(n):
        plan = expand_plan(keyed_bytes(seed, 2 * index, PLAN_BYTES))
        source = keyed_bytes(seed, 2 * index + 1, plan.block_bytes)
        length = min(plan.bars + 30, market.bars.num_rows)
        first = Decisions(source).below(market.bars.num_rows - length + 1)
        blocks, config = _blocks(source[HEAD_BYTES:], plan.signals, SIGNAL_BYTES)
        bars = market.bars.slice(first, length).combine_chunks()
        yield case_on_bars(f"{market.name}/window-{seed}-{index}", world, bars, blocks, config)


def _blocks(source: bytes, count: int, size: int) -> tuple[list[bytes], bytes]:
    end = count * size
    return [source[start : start + size] for start in range(0, end, size)], source[end:]
