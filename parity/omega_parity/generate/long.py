"""Generated runs of a length that counters, buffers and windows have to stand: more than 65,536 bars and events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa

from omega.contract.types import DirectionFilter, EngineConfig, MeanReversionParameters, StrategyConfig
from omega_parity.generate.bars import BAR_BYTES, HEAD_BYTES, expand_bars
from omega_parity.generate.blocks import keyed_bytes, pieces
from omega_parity.generate.cases import STRATEGY, Case, Floors
from omega_parity.generate.columns import times_of
from omega_parity.generate.configurations import CONFIG_BYTES, expand_config
from omega_parity.generate.ranges import record_scales
from omega_parity.generate.scales import DECILES
from omega_parity.generate.sequences import GENERATED
from omega_parity.generate.signals.aimed import SIGNAL_BYTES, TYPE_BYTE, expand_signals
from omega_parity.generate.worlds import WORLDS, World

LONG_BARS: Final = 68_000

LONG_SIGNALS: Final = 30_500

CROWD: Final = 300
"""Signals in one bar of the long run of signals, of which most open positions that last to its end."""

_BUSY: Final = 17_000
_CROWDED: Final = 2_000
"""Bars at the end in which there are signals, and a crowd: every order that waits is asked about in every bar."""

LONG_FLOORS: Final = Floors(trades=4_097, fills=4_097)

STRATEGY_FLOORS: Final = Floors(fills=1)

_PLACE_BYTES: Final = 5
"""Of a block: they say when its signal is given."""

_LENGTHS: Final = ("atr_length", "window_length", "ema_length")

_FIRST_LONG_DECILE: Final = 6
"""Deciles of a length below this are those of short sequences."""


def long_cases(seed: int = 0) -> Iterator[Case]:
    """Yield a run of many signals, and runs of the strategy over windows of up to as many rows as there are bars."""
    yield long_signals(seed)
    yield from long_strategies(seed)


def long_signals(seed: int = 0) -> Case:
    """Return a run of more bars, trades and events than 16 bits count, with a crowd of positions at once."""
    world = WORLDS[seed % len(WORLDS)]
    bars = long_bars(world, seed, 0)
    blocks = pieces(_bytes(seed, 1, (LONG_SIGNALS + CROWD) * SIGNAL_BYTES), SIGNAL_BYTES)
    late = bars.slice(LONG_BARS - _CROWDED, _CROWDED)
    crowd = expand_signals(world, late, [_crowded(block) for block in blocks[:CROWD]])
    spread = expand_signals(world, bars.slice(LONG_BARS - _BUSY, _BUSY), blocks[CROWD:])
    signals = pa.concat_tables([spread, crowd]).combine_chunks()
    signals = signals.take(np.argsort(times_of(signals), kind="stable"))
    return Case(
        name=f"{GENERATED}/{seed}-long-signals",
        bars=bars,
        signals=signals,
        config=_config(world, seed, bars),
        data_hash="",
        floors=LONG_FLOORS,
    )


def _crowded(block: bytes) -> bytes:
    """Return a block as that of an entry in the first bar that it is given."""
    return bytes(_PLACE_BYTES) + block[_PLACE_BYTES:TYPE_BYTE] + bytes(1) + block[TYPE_BYTE + 1 :]


def long_strategies(seed: int = 0) -> Iterator[Case]:
    """Yield runs of the strategy, each of its lengths in each decile that only a long run affords."""
    world = WORLDS[(seed + 1) % len(WORLDS)]
    bars = long_bars(world, seed, 2)
    scales = record_scales("MeanReversionParameters")
    deciles = range(_FIRST_LONG_DECILE, DECILES)
    for run in range(len(deciles)):
        lengths = {
            name: int(scales[name].at((deciles[(run + place) % len(deciles)] + 1) / DECILES) - 1)
            for place, name in enumerate(_LENGTHS)
        }
        parameters = MeanReversionParameters(
            atr_length=lengths["atr_length"],
            atr_mult=2.0,
            window_length=lengths["window_length"],
            ema_length=lengths["ema_length"],
            z_score_long=-1.0,
            z_score_short=1.0,
            direction_filter=DirectionFilter.BOTH,
            max_holding=20 * world.timeframe,
        )
        strategy = StrategyConfig(name=STRATEGY, magic_number=run, parameters=parameters)
        config = replace(_config(world, seed, bars), strategy=strategy, max_positions=1)
        name = f"{GENERATED}/{seed}-long-strategy-{run}"
        yield Case(name=name, bars=bars, signals=None, config=config, data_hash="", floors=STRATEGY_FLOORS)


def long_bars(world: World, seed: int, stream: int) -> pa.Table:
    """Return :data:`LONG_BARS` bars of a world."""
    source = _bytes(seed, stream, HEAD_BYTES + LONG_BARS * BAR_BYTES)
    return expand_bars(world, source[:HEAD_BYTES], pieces(source[HEAD_BYTES:], BAR_BYTES))


def _config(world: World, seed: int, bars: pa.Table) -> EngineConfig:
    """Return plain settings with every cost in use, for every order to fill and every bar to count."""
    plain = expand_config(world, bytes(CONFIG_BYTES), times_of(bars))
    return replace(plain, seed=seed + 1, slippage_fixed_pips=0.1, slippage_random_pips=0.3, fee_per_million=35.0)


def _bytes(seed: int, stream: int, count: int) -> bytes:
    # The counters of sequences and calls are small; these begin where none of them ends.
    return keyed_bytes(seed, (1 << 40) + stream, count)
