"""What a run refuses, and sizing by odd instruments through whole runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any, Final

import pyarrow as pa

from omega.contract import schemas
from omega.contract.types import BelowMin, EngineConfig, Instrument, Rate, Variant
from omega_parity.drive.components import factories
from omega_parity.gates.checks.bench import Bench, check
from omega_parity.generate.broken import FINE_BARS, bad_bars, bad_signals
from omega_parity.generate.cases import Case, Floors, base_config, signals_case, with_strategy
from omega_parity.generate.columns import times_of
from omega_parity.generate.markets import builtin_instrument, sample_market

_BARS: Final = 4_000
_QUICK_BARS: Final = 400
_BROKEN_BARS: Final = 40
_SIGNALS: Final = 600
_OPTIONAL: Final = 400
_SIZED: Final = 400
"""Signals of each run that sizes orders."""
_LEAST_SIZED: Final = 100
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


@check("refused runs", "event_engine", ("USDCHF", "CHFUSD"))
def rates_that_do_not_reach(bench: Bench, pair: str) -> None:
    """Refused at the first bar without a row that is young enough, to the µs; what lies before `start` needs none."""
    market = sample_market(n=_BROKEN_BARS)
    times, none = times_of(market.bars), schemas.SIGNALS.empty_table()
    plain = base_config(market, Variant.CANONICAL)
    assert plain.instrument is not None
    plain = replace(plain, account_currency="CHF", instrument=replace(plain.instrument, tick_value=None))
    engines = [make() for make in factories("event_engine")]
    for first, stamps, age in product((0, 7), _series(times), (0, times[9] - times[0] - 1, times[9] - times[0])):
        rate = Rate(pair=pair, timestamps=stamps, values=tuple(0.9 + place / 10 for place in range(len(stamps))))
        config = replace(plain, start=times[first] if first else None, rates=(rate,), rates_max_age=age)
        about = f"{pair} from bar {first}, rows at {stamps}, not older than {age}"
        runs = (partial(engine.run, market.bars, none, config) for engine in engines)
        _reaches(bench, runs, _unreached(times, first, rate, age), times, about)
        simulators = [make(config) for make in factories("execution_simulator")]
        steps = (partial(one.evaluate_exits, market.bars) for one in simulators)
        _reaches(bench, steps, _unreached(times, 0, rate, age), times, about)


def _series(times: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Return the times of series that begin or end at a bar, or one µs beside it."""
    return (times[0],), (times[0] + 1,), (times[7],), (times[0] - 1, times[12]), tuple(times[::8]), tuple(times)


def _unreached(times: Sequence[int], first: int, rate: Rate, age: int) -> int | None:
    """Return the row of the first bar that no row of a series reaches."""
    is_reached = [any(0 <= time - stamp <= age for stamp in rate.timestamps) for time in times]
    return next((row for row in range(first, len(times)) if not is_reached[row]), None)


def _reaches(
    bench: Bench, calls: Iterator[Callable[[], object]], row: int | None, times: Sequence[int], about: str
) -> None:
    if row is None:
        bench.answer(*calls, about=about)
        return
    found = bench.refuse(*calls, about=about)
    bench.require((found.row, found.value) == (row, times[row]), f"{about}: refused at row {found.row}, not {row}")


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
