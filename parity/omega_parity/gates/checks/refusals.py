"""What a run refuses, and sizing by odd instruments through whole runs."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any, Final

import pyarrow as pa

from omega.compare.outcome import Failure
from omega.contract import schemas
from omega.contract.errors import ErrorCode
from omega.contract.types import BelowMin, EngineConfig, Instrument, Variant
from omega_parity.drive.components import factories
from omega_parity.gates.checks.bench import Bench, check
from omega_parity.generate.broken import FINE_BARS, bad_bars, bad_signals
from omega_parity.generate.cases import Case, Floors, base_config, signals_case, with_strategy
from omega_parity.generate.columns import times_of
from omega_parity.generate.markets import builtin_instrument, sample_market
from omega_parity.generate.rated import RatedRun, ages, rated_run

_BARS: Final = 4_000
_QUICK_BARS: Final = 400
_BROKEN_BARS: Final = 40
_RATED: Final = 200
_LEAST_RATED: Final = 30
"""Runs with rates, by which each kind of bar out of their reach comes."""
_SIGNALS: Final = 600
_OPTIONAL: Final = 400
_SIZED: Final = 400
"""Signals of each run that sizes orders."""
_LEAST_SIZED: Final = 40
_SIZINGS: Final = tuple(product(Variant, BelowMin, (None, 0.02)))
"""Every way to size an order; few enough for the quickest look."""


def odd_instruments() -> dict[str, Instrument]:
    """Return instruments with odd steps, ticks and digits, by what is odd."""
    plain = builtin_instrument("EURUSD")
    assert plain is not None
    return {
        "coarse step": replace(plain, volume_min=0.1, volume_step=0.1, volume_max=2.0),
        "odd step": replace(plain, volume_min=0.07, volume_step=0.003, volume_max=0.5),
        "no tick value": replace(plain, tick_value=None),
        "other tick": replace(plain, tick_size=0.0000123, tick_value=0.77),
        "two digits": replace(plain, digits=2, pip_size=0.01, min_stop_distance_pips=3.0),
        "no minimum distance": replace(plain, min_stop_distance_pips=0.0),
    }


INSTRUMENTS: Final = tuple(odd_instruments())


@check("odd instruments", "execution_simulator", INSTRUMENTS)
def sizing(bench: Bench, label: str) -> None:
    """Whole runs, in both variants and with every way to size an order."""
    market = sample_market(n=bench.extent.few(_BARS, _QUICK_BARS))
    odd = replace(market, instrument=odd_instruments()[label], name=f"sample {label}")
    signals = bench.extent.few(_SIZED, _LEAST_SIZED)
    for variant, below_min, fraction in _SIZINGS:
        case = signals_case(odd, variant, seed=4, floors=Floors(fills=1), n=signals)
        bench.judge(replace(case, config=replace(case.config, below_min=below_min, risk_fraction=fraction)))


@check("refused runs", "event_engine")
def bars_of_another_symbol(bench: Bench) -> None:
    """They are no bars of the run."""
    market = sample_market(n=3)
    config = base_config(market, Variant.CANONICAL)
    signals = schemas.SIGNALS.empty_table()
    for symbols in ([market.symbol] * 3, ["OTHER"] * 3, [market.symbol, market.symbol, "OTHER"]):
        of_symbols = market.bars.append_column("symbol", pa.array(symbols))
        runs = (partial(make().run, of_symbols, signals, config) for make in factories("event_engine"))
        simulators = [make(config) for make in factories("execution_simulator")]
        judged: Callable[..., object] = bench.refuse if "OTHER" in symbols else bench.agree
        judged(*runs, about=symbols)
        judged(*(partial(one.evaluate_exits, of_symbols) for one in simulators), about=symbols)
        judged(*(partial(one.process_signals, of_symbols.slice(2), signals) for one in simulators), about=symbols)


@check("refused runs", "event_engine")
def broken_bars(bench: Bench) -> None:
    """Runs over bars that break one rule each."""
    market = sample_market(n=_BROKEN_BARS)
    engines = [make() for make in factories("event_engine")]
    config = base_config(market, Variant.CANONICAL)
    signals = schemas.SIGNALS.empty_table()
    for about, table in bench.extent.some(list(bad_bars(market.bars).items())):
        if about not in FINE_BARS:
            calls = (partial(engine.run, table, signals, config) for engine in engines)
            bench.refuse(*calls, about=about)


@check("refused runs", "event_engine")
def broken_signals(bench: Bench) -> None:
    """Runs of signals that break one rule each."""
    market = sample_market(n=_SIGNALS + 200)
    case = signals_case(market, Variant.CANONICAL, seed=8, floors=Floors(), n=_SIGNALS)
    assert case.signals is not None
    times = market.bars["timestamp"].slice(0, case.signals.num_rows)
    spaced = case.signals.set_column(0, schemas.SIGNALS.field(0), times)
    engines = [make() for make in factories("event_engine")]
    for about, table in bench.extent.some(list(bad_signals(spaced).items())):
        calls = (partial(engine.run, market.bars, table, case.config) for engine in engines)
        if about != "no magic_number":
            bench.refuse(*calls, about=about)


@check("refused runs", "event_engine")
def broken_configurations(bench: Bench) -> None:
    """Runs without what they need, and with what does not fit together."""
    market = sample_market(n=_BROKEN_BARS)
    case = signals_case(market, Variant.CANONICAL, seed=8, floors=Floors(), n=20)
    engines = [make() for make in factories("event_engine")]
    for about, (signals, changed) in _broken_runs(case, market.timeframe).items():
        bench.refuse(*(partial(engine.run, market.bars, signals, changed) for engine in engines), about=about)


def _broken_runs(case: Case, timeframe: int) -> dict[str, tuple[pa.Table | None, EngineConfig]]:
    config = case.config
    plain = config.instrument
    assert plain is not None
    strategy: Any = with_strategy(sample_market(n=_BROKEN_BARS), config).strategy
    unknown = replace(config, strategy=replace(strategy, name="mean_reversion"))
    elsewhere = replace(plain, tick_value=None, quote_currency="CHF")
    later = replace(elsewhere, quote_currency="ZAR")
    return {
        "neither": (None, config),
        "unknown strategy": (None, unknown),
        "unknown strategy beside signals": (case.signals, unknown),
        "no instrument": (case.signals, replace(config, instrument=None)),
        "no conversion": (case.signals, replace(config, instrument=elsewhere)),
        "no conversion, later in the alphabet": (case.signals, replace(config, instrument=later)),
        "start after the end": (case.signals, replace(config, start=2**62)),
        "timeframe": (case.signals, replace(config, timeframe=60_000_001)),
        "longer timeframe": (case.signals, replace(config, timeframe=12 * timeframe)),
    }


@check("refused runs", "event_engine", tuple(Variant))
def slippage_that_reaches_the_lowest_price(bench: Bench, variant: Variant) -> None:
    """Refused before the run and step by step; far from 0 it is not (Q-C1b)."""
    market = sample_market(n=_BROKEN_BARS)
    case = signals_case(market, variant, seed=8, floors=Floors(), n=20)
    signals = case.signals
    assert signals is not None
    engines = [make() for make in factories("event_engine")]
    for pips in ((20_000.0, 0.0), (0.0, 20_000.0), (9_000.0, 9_000.0), (5e8, 5e8)):
        config = replace(case.config, slippage_fixed_pips=pips[0], slippage_random_pips=pips[1])
        bench.refuse(*(partial(engine.run, market.bars, signals, config) for engine in engines), about=pips)
        simulators = [make(config) for make in factories("execution_simulator")]
        bench.refuse(*(partial(one.evaluate_exits, market.bars) for one in simulators), about=pips)
        bar, none = market.bars.slice(0, 1), signals.slice(0, 0)
        bench.refuse(*(partial(one.process_signals, bar, none) for one in simulators), about=pips)
    config = replace(case.config, slippage_fixed_pips=900.0, slippage_random_pips=900.0)
    bench.agree(*(partial(engine.run, market.bars, signals, config) for engine in engines), about="far from 0")


@check("refused runs", "event_engine")
def rates_that_do_not_reach(bench: Bench) -> None:
    """Generated series of rates: the first bar is named that has no row or too old a one, to the µs (Q-C6)."""
    market = sample_market(n=_BROKEN_BARS)
    signals = signals_case(market, Variant.CANONICAL, seed=8, floors=Floors(), n=20).signals
    assert signals is not None
    rng = random.Random(f"rates {bench.extent.seed or 0}")
    engines = [make() for make in factories("event_engine")]
    seen: Counter[str] = Counter()
    for number in range(bench.extent.few(_RATED, _LEAST_RATED)):
        run = rated_run(market, rng)
        times, start = times_of(run.bars), run.config.start
        first = 0 if start is None else bisect_left(times, start)
        calls = [partial(engine.run, run.bars, signals, run.config) for engine in engines]
        seen[_held_to(bench, run, times, first, calls, f"run {number}")] += 1
        # Step by step every bar counts, and each call's rows from 0.
        simulators = [make(run.config) for make in factories("execution_simulator")]
        row = rng.randrange(len(times))
        bar = run.bars.slice(row, 1)
        calls = [partial(one.process_signals, bar, signals.slice(0, 0)) for one in simulators]
        _held_to(bench, run, times[row : row + 1], 0, calls, f"bar {row} of run {number}")
        simulators = [make(run.config) for make in factories("execution_simulator")]
        calls = [partial(one.evaluate_exits, run.bars) for one in simulators]
        _held_to(bench, run, times, 0, calls, f"bars of run {number}")
    missing = {"no row", "no row later", "a µs too old", "too old", "as old as it may be", "younger"} - seen.keys()
    bench.require(not missing, f"no run has {missing}, only {dict(seen)}")


def _held_to(
    bench: Bench, run: RatedRun, times: Sequence[int], first: int, calls: Sequence[Callable[[], object]], about: str
) -> str:
    """Fail unless both calls name the first bar out of reach, from row ``first`` on, or do all; return which it was."""
    most = run.config.rates_max_age
    by_rate = [(rate.pair, ages(rate, times)) for rate in run.path]
    beyond = ((row, pair, found[row]) for row in range(first, len(times)) for pair, found in by_rate)
    row, pair, age = next((at for at in beyond if at[2] is None or at[2] > most), (None, None, 0))
    found = bench.agree(*calls, about=about)
    shown = (found.code, found.rule, found.column, found.row, found.value) if isinstance(found, Failure) else None
    wanted = None if row is None else (ErrorCode.CONSTRAINT_VIOLATION, "C-6", pair, row, times[row])
    bench.require(shown == wanted, f"{about}: {shown} instead of {wanted}")
    if row is None:
        is_at_limit = any(age == most for _, found in by_rate for age in found[first:])
        return "as old as it may be" if is_at_limit else "younger"
    if age is None:
        return "no row" if row == first == 0 else "no row later"
    return "a µs too old" if age == most + 1 else "too old"


@check("refused runs", "event_engine")
def optional_columns_may_be_missing(bench: Bench) -> None:
    """Each alone, one too many, and no signal at all."""
    market = sample_market(n=bench.extent.few(_BARS, _QUICK_BARS))
    case = signals_case(market, Variant.CANONICAL, seed=8, floors=Floors(), n=_OPTIONAL)
    assert case.signals is not None
    for name in bench.extent.some(schemas.SIGNALS.names[3:]):
        bench.judge(replace(case, signals=case.signals.drop_columns([name])))
    bench.judge(replace(case, signals=case.signals.append_column("note", pa.array(["x"] * _OPTIONAL))))
    bench.judge(replace(case, signals=case.signals.slice(0, 0)))
