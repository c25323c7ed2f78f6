"""Hypothesis strategies for bars, signals, configurations and whole cases.

They draw blocks of bytes (:mod:`omega_parity.generate.blocks`), one per bar and one per signal, so that an example
costs few draws and its shrinker drops bars and signals one by one and lowers each towards the plainest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa
from hypothesis import strategies as st

from omega.contract.types import EngineConfig
from omega_parity.generate.bars import BAR_BYTES, HEAD_BYTES, expand_bars
from omega_parity.generate.cases import Case
from omega_parity.generate.configurations import CONFIG_BYTES, expand_config, unslipped_above
from omega_parity.generate.sequences import BARS_MAX, GENERATED, PLAN_BYTES, SIGNALS_MAX, expand_case, expand_plan
from omega_parity.generate.sequences import sample_cases as sample_cases
from omega_parity.generate.signals.aimed import SIGNAL_BYTES, expand_signals
from omega_parity.generate.wide import WORLD_BYTES, expand_world
from omega_parity.generate.worlds import WORLDS, World

Bytes = st.SearchStrategy[bytes]


def bars(world: World = WORLDS[0], *, least: int = 2, most: int = BARS_MAX) -> st.SearchStrategy[pa.Table]:
    """Valid bars: calm, trending, gapping, wide and crossed spreads, missing minutes, repeated bars, one-point ranges.

    Parameters
    ----------
    least, most : int
        Number of bars.
    """
    return st.builds(expand_bars, st.just(world), _block(HEAD_BYTES), _blocks(BAR_BYTES, least, most))


def signals(
    bars: pa.Table, world: World = WORLDS[0], *, least: int = 1, most: int = SIGNALS_MAX
) -> st.SearchStrategy[pa.Table]:
    """Signals over ``bars``, sorted by time: good and bad ones of every kind, many aimed at levels of later bars."""
    return st.builds(expand_signals, st.just(world), st.just(bars), _blocks(SIGNAL_BYTES, least, most))


_FALL: Final = 100.0
"""How far bars that are drawn one by one may fall, as a factor."""


def configurations(world: World = WORLDS[0], times: Sequence[int] = ()) -> st.SearchStrategy[EngineConfig]:
    """Configurations of a signal run for ``world``: variants, buffers, costs, sizing, limits, balances.

    ``times`` are those of bars, µs: without them no night ends and no rate changes.
    """
    lowest = world.price_of(world.price) / _FALL
    return st.builds(expand_config, st.just(world), _block(CONFIG_BYTES), st.just(times)).map(
        lambda one: unslipped_above(one, lowest)
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Whole sequences: bars, signals (or the strategy) and a configuration, in any world."""
    plan = expand_plan(draw(_block(PLAN_BYTES)))
    head, blocks = draw(_block(HEAD_BYTES)), draw(_blocks(BAR_BYTES, plan.bars, plan.bars))
    rows = draw(_blocks(SIGNAL_BYTES, plan.signals, plan.signals))
    return expand_case(GENERATED, plan, head, blocks, rows, draw(_block(CONFIG_BYTES)))


def worlds() -> st.SearchStrategy[World]:
    """Symbols of the list, and elsewhere: other prices, grids, times, spreads and specifications."""
    return st.builds(expand_world, _block(WORLD_BYTES))


def _block(size: int) -> Bytes:
    return st.binary(min_size=size, max_size=size)


def _blocks(size: int, least: int, most: int) -> st.SearchStrategy[list[bytes]]:
    return st.lists(_block(size), min_size=least, max_size=most)
