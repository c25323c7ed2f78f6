"""Generated runs that differ from a plain one in one number each: every decile of every field, by construction.

A random search draws each decile in time; a sweep draws it always, however short the search, and beside plain values,
so that what a fault in that number changes is a run that trades.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import pyarrow as pa

from omega.contract.ranges import CHARGE
from omega.contract.types import (
    BelowMin,
    ChargedSides,
    Commission,
    CommissionBasis,
    EngineConfig,
    Instrument,
    Rate,
    StrategyConfig,
    Trend,
)
from omega_parity.generate.bars import BAR_BYTES, HEAD_BYTES, expand_bars
from omega_parity.generate.blocks import Decisions, keyed_bytes, pieces
from omega_parity.generate.cases import OLDEST_RATE, Case, Floors
from omega_parity.generate.columns import times_of
from omega_parity.generate.configurations import (
    CONFIG_BYTES,
    STRATEGY_BYTES,
    expand_config,
    expand_strategy,
    tradable,
    unslipped,
)
from omega_parity.generate.costs import nightly
from omega_parity.generate.ranges import TIMES, record_scales, table_scales
from omega_parity.generate.scales import DECILES, Number, Scale
from omega_parity.generate.sequences import GENERATED
from omega_parity.generate.signals.aimed import SIGNAL_BYTES, expand_signals
from omega_parity.generate.wide import at_price
from omega_parity.generate.worlds import WORLDS, World

_OF_STRATEGY: Final = ("StrategyConfig", "MeanReversionParameters", "Overlay")

RECORDS: Final = ("EngineConfig", "Instrument", "Commission", "Swap", *_OF_STRATEGY)

_BARS: Final = 80

_SIGNALS: Final = 24

_SCENARIOS: Final = (1, 2, 3, 4, 5, 6)

_LENGTHS: Final = ("atr_length", "window_length", "ema_length")
"""Of scenario 1, which trades beside the others in every sweep of the strategy."""

_LONGEST: Final = 1_024
"""Rows of an indicator that a short sweep still has bars for; longer ones belong to the long runs."""

_CURRENCIES: Final = ("EUR", "a/b", "Kč", "currency_of_quotes_" * 2)
"""One of each kind of text."""
_ACCOUNT: Final = "CHF"

_COSTS: Final = ("Commission", "Swap")
_LARGEST_CHARGE: Final = CHARGE.most

_FIRST_COUNTER: Final = 1 << 41
"""The counters of sequences, calls and long runs are below."""


def swept_cases(seed: int = 0) -> Iterator[Case]:
    """Yield a run for each number of the records, the price and the time, and each decile and edge of its range."""
    index = 0
    for scale, moved in ((table_scales("BARS")["bid_open"], _at_price), (TIMES, _at_time)):
        for value in _values(scale, seed, index):
            world = moved(WORLDS[index % (len(WORLDS) - 1)], value)
            bars = _bars(world, seed, index, _BARS)
            config = tradable(_plain(world, bars), world)
            yield _run(seed, index, config, bars, _signals(world, bars, seed, index))
            index += 1
    for currency in _CURRENCIES:
        yield _foreign(currency, seed, index)
        index += 1
    for record in RECORDS:
        for name, scale in record_scales(record).items():
            for value in _values(scale, seed, index):
                if name not in _LENGTHS or record == "Overlay" or value <= _LONGEST:
                    yield _case(record, name, value, seed, index)
                index += 1


def _foreign(currency: str, seed: int, index: int) -> Case:
    """Return a run whose quotes are in a currency that a rate leads from."""
    world = WORLDS[index % (len(WORLDS) - 1)]
    assert world.instrument is not None
    named: dict[str, Any] = {"base_currency": currency, "quote_currency": currency, "profit_currency": currency}
    world = replace(world, instrument=replace(world.instrument, tick_value=None, **named))
    bars = _bars(world, seed, index, _BARS)
    rate = Rate(pair=f"{currency}{_ACCOUNT}", timestamps=(times_of(bars)[0],), values=(1.25,))
    commission = Commission(
        basis=CommissionBasis.PER_MILLION_NOTIONAL,
        rate=35.0,
        multiplier=1.0,
        min_fee=2.5,
        currency=currency,
        sides=ChargedSides.BOTH,
    )
    account: dict[str, Any] = {"account_currency": _ACCOUNT, "rates": (rate,), "rates_max_age": OLDEST_RATE}
    config = replace(_plain(world, bars), commission=commission, **account)
    return _run(seed, index, tradable(config, world), bars, _signals(world, bars, seed, index))


def _values(scale: Scale, seed: int, index: int) -> Sequence[Number]:
    """Return a number of each decile, and the edges."""
    decisions = Decisions(keyed_bytes(seed, _FIRST_COUNTER + 4 * index, 6 * DECILES))
    return *(_in_decile(scale, decile, decisions.share()) for decile in range(DECILES)), *scale.edges


def _in_decile(scale: Scale, decile: int, share: float) -> Number:
    """Return a number of a decile; a whole one that is cut off below it gives way to the middle."""
    value = scale.at((decile + share) / DECILES)
    return value if scale.deciles([value])[0] == decile else scale.at((decile + 0.5) / DECILES)


def _run(seed: int, index: int, config: EngineConfig, bars: pa.Table, signals: pa.Table | None) -> Case:
    name = f"{GENERATED}/{seed}-sweep-{index}"
    config = unslipped(config, bars, signals)
    return Case(name=name, bars=bars, signals=signals, config=config, data_hash="", floors=Floors())


def _at_price(world: World, price: Number) -> World:
    return at_price(world, float(price), points=110_000, pip_points=10)


def _at_time(world: World, time: Number) -> World:
    return replace(world, start=int(time))


def _case(record: str, field: str, value: Number, seed: int, index: int) -> Case:
    """Return a run of signals, or of the strategy for its own numbers, with one number changed."""
    is_strategy = record in _OF_STRATEGY
    world = WORLDS[index % (len(WORLDS) - 1)]  # the last one has no specification
    if record == "Instrument":
        world = replace(world, instrument=_with_number(world.instrument, field, value))
    is_length = field in _LENGTHS and record != "Overlay"
    bars = _bars(world, seed, index, _BARS + (2 * int(value) if is_length else 0))
    config = replace(_plain(world, bars), seed=index)
    if record == "EngineConfig":
        changes: dict[str, Any] = {field: value}
        config = replace(config, **changes)
    if record in _COSTS:
        config = replace(config, **_costs(record, field, value, config, times_of(bars)))
    config = tradable(config, world)
    if not is_strategy:
        return _run(seed, index, config, bars, _signals(world, bars, seed, index))
    strategy = _strategy(world, bars, record, field, value)
    return _run(seed, index, replace(config, strategy=strategy, below_min=BelowMin.CLAMP), bars, None)


def _plain(world: World, bars: pa.Table) -> EngineConfig:
    """Return settings with every cost in use, in the variant that the run will have."""
    plain = expand_config(world, bytes(CONFIG_BYTES), times_of(bars))
    costs: dict[str, Any] = {"slippage_fixed_pips": 0.1, "slippage_random_pips": 0.3, "fee_per_million": 35.0}
    return replace(plain, **costs)


def _costs(record: str, field: str, value: Number, config: EngineConfig, times: Sequence[int]) -> dict[str, Any]:
    """Return a commission and nights with one number changed, of which each run is charged something."""
    changes: dict[str, Any] = {field: value}
    commission = Commission(
        basis=CommissionBasis.PER_LOT,
        rate=3.5,
        multiplier=1.0,
        min_fee=2.5,
        currency=config.account_currency,
        sides=ChargedSides.BOTH,
    )
    swap = nightly(times, -6.5, 2.0, step=5, place="at", triple=3)
    if record == "Swap":
        return {"commission": commission, "swap": replace(swap, **changes)}
    # What a small multiplier leaves of a fee is no cent.
    least = {"min_fee": _LARGEST_CHARGE} if field == "multiplier" and value < 1.0 else {}
    return {"commission": replace(commission, **{**least, **changes}), "swap": swap}


def _strategy(world: World, bars: pa.Table, record: str, field: str, value: Number) -> StrategyConfig:
    plain = expand_strategy(world, bytes(STRATEGY_BYTES), bars.num_rows)
    changes: dict[str, Any] = {field: value}
    if record == "StrategyConfig":
        plain, changes = replace(plain, **changes), {}
    lengths: dict[str, Any] = {"atr_length": 3, "window_length": 5, "ema_length": 4, "b_b_length": 4}
    given = replace(plain.parameters, long_scenarios=_SCENARIOS, short_scenarios=_SCENARIOS, htf_filter=Trend.BOTH)
    if record == "Overlay":
        overlays = {
            name: tuple(replace(one, **changes) for one in getattr(given, name))
            for name in ("long_overlays", "short_overlays")
        }
        changes = overlays
    return replace(plain, parameters=replace(given, **{**lengths, **changes}))


def _with_number(instrument: Instrument | None, field: str, value: Number) -> Instrument:
    assert instrument is not None
    changes: dict[str, Any] = {field: value}
    changed = replace(instrument, **changes)
    if field == "volume_max":
        return replace(changed, volume_min=min(changed.volume_min, changed.volume_max))
    return replace(changed, volume_max=max(changed.volume_min, changed.volume_max))


def _bars(world: World, seed: int, index: int, count: int) -> pa.Table:
    source = keyed_bytes(seed, _FIRST_COUNTER + 4 * index + 1, HEAD_BYTES + count * BAR_BYTES)
    return expand_bars(world, source[:HEAD_BYTES], pieces(source[HEAD_BYTES:], BAR_BYTES))


def _signals(world: World, bars: pa.Table, seed: int, index: int) -> pa.Table:
    source = keyed_bytes(seed, _FIRST_COUNTER + 4 * index + 2, _SIGNALS * SIGNAL_BYTES)
    return expand_signals(world, bars, pieces(source, SIGNAL_BYTES))
