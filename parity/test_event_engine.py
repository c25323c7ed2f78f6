"""Gate: what a run refuses, and sizing through whole runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import pyarrow as pa
import pytest

from omega.contract import schemas
from omega.contract.types import BelowMin, Instrument, Variant
from omega_parity.drive.components import factories
from omega_parity.gates.plugin import Agree, Refuse
from omega_parity.generate.broken import FINE_BARS, bad_bars, bad_signals
from omega_parity.generate.cases import Case, Floors, Market, base_config, signals_case
from omega_parity.generate.markets import builtin_instrument
from omega_parity.judge.verdict import CaseVerdict


def _odd_instruments() -> dict[str, Instrument]:
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


@pytest.mark.rule("S-1", "S-2", "S-4", "E-1")
@pytest.mark.parametrize("variant", list(Variant))
@pytest.mark.parametrize("label", _odd_instruments())
def test_sizing(label: str, variant: Variant, market: Market, judge: Callable[[Case], CaseVerdict]) -> None:
    odd = replace(market, instrument=_odd_instruments()[label], name=f"sample {label}")
    case = signals_case(odd, variant, seed=4, floors=Floors(fills=1))
    for below_min, fraction in product(BelowMin, (None, 0.02)):
        judge(replace(case, config=replace(case.config, below_min=below_min, risk_fraction=fraction)))


@pytest.mark.rule("E-5", "Q-T2c")
def test_bars_of_another_symbol_are_no_bars_of_the_run(market: Market, agree: Agree, refuse: Refuse) -> None:
    bars = market.bars.slice(0, 3)
    config = base_config(market, Variant.CANONICAL)
    signals = schemas.SIGNALS.empty_table()
    for symbols in ([market.symbol] * 3, ["OTHER"] * 3, [market.symbol, market.symbol, "OTHER"]):
        of_symbols = bars.append_column("symbol", pa.array(symbols))
        runs = (partial(make().run, of_symbols, signals, config) for make in factories("event_engine"))
        simulators = [make(config) for make in factories("execution_simulator")]
        judged = refuse if "OTHER" in symbols else agree
        judged(*runs, about=symbols)
        judged(*(partial(one.evaluate_exits, of_symbols) for one in simulators), about=symbols)
        judged(*(partial(one.process_signals, of_symbols.slice(2), signals) for one in simulators), about=symbols)


@pytest.mark.rule("T-2", "L-1", "X-1")
def test_bad_bars_are_refused_by_runs_alike(market: Market, refuse: Refuse) -> None:
    engines = [make() for make in factories("event_engine")]
    config = base_config(market, Variant.CANONICAL)
    signals = schemas.SIGNALS.empty_table()
    for about, table in bad_bars(market.bars.slice(0, 40)).items():
        if about not in FINE_BARS:
            calls = (partial(engine.run, table, signals, config) for engine in engines)
            refuse(*calls, about=about)


@pytest.mark.rule("T-6", "T-9", "Q-T1", "L-1a", "X-1", "X-2")
def test_bad_signals_are_refused_alike(market: Market, refuse: Refuse) -> None:
    case = signals_case(market, Variant.CANONICAL, seed=8, floors=Floors(), n=600)
    assert case.signals is not None
    spaced = case.signals.set_column(
        0, schemas.SIGNALS.field(0), market.bars["timestamp"].slice(0, case.signals.num_rows)
    )
    engines = [make() for make in factories("event_engine")]
    for about, table in bad_signals(spaced).items():
        calls = (partial(engine.run, market.bars, table, case.config) for engine in engines)
        if about == "no magic_number":
            continue
        refuse(*calls, about=about)


@pytest.mark.rule("T-6", "T-8a")
def test_optional_columns_may_be_missing(market: Market, judge: Callable[[Case], CaseVerdict]) -> None:
    case = signals_case(market, Variant.CANONICAL, seed=8, floors=Floors(), n=400)
    assert case.signals is not None
    for name in schemas.SIGNALS.names[3:]:
        judge(replace(case, signals=case.signals.drop_columns([name])))
    judge(replace(case, signals=case.signals.append_column("note", pa.array(["x"] * 400))))
    judge(replace(case, signals=case.signals.slice(0, 0)))


@pytest.mark.rule("A-1", "G-4", "S-1", "S-5", "X-1")
def test_bad_runs_are_refused_alike(market: Market, refuse: Refuse) -> None:
    case = signals_case(market, Variant.CANONICAL, seed=8, floors=Floors(), n=20)
    config, bars = case.config, market.bars
    plain = config.instrument
    assert plain is not None
    strategy = replace(_strategy(market), name="mean_reversion")
    elsewhere = replace(plain, tick_value=None, quote_currency="CHF")
    later = replace(elsewhere, quote_currency="ZAR")
    bad = {
        "neither": (None, config),
        "unknown strategy": (None, replace(config, strategy=strategy)),
        "unknown strategy beside signals": (case.signals, replace(config, strategy=strategy)),
        "no instrument": (case.signals, replace(config, instrument=None)),
        "no conversion": (case.signals, replace(config, instrument=elsewhere)),
        "no conversion, later in the alphabet": (case.signals, replace(config, instrument=later)),
        "start after the end": (case.signals, replace(config, start=2**62)),
        "timeframe": (case.signals, replace(config, timeframe=60_000_001)),
        "longer timeframe": (case.signals, replace(config, timeframe=3_600_000_000)),
    }
    engines = [make() for make in factories("event_engine")]
    for about, (signals, changed) in bad.items():
        refuse(*(partial(engine.run, bars, signals, changed) for engine in engines), about=about)


@pytest.mark.rule("C-1", "Q-C1b", "X-1")
@pytest.mark.parametrize("variant", list(Variant))
def test_slippage_that_reaches_the_lowest_price_is_refused_alike(
    variant: Variant, market: Market, agree: Agree, refuse: Refuse
) -> None:
    case = signals_case(market, variant, seed=8, floors=Floors(), n=20)
    signals = case.signals
    assert signals is not None
    engines = [make() for make in factories("event_engine")]
    for fixed, random in ((20_000.0, 0.0), (0.0, 20_000.0), (9_000.0, 9_000.0), (5e8, 5e8)):
        config = replace(case.config, slippage_fixed_pips=fixed, slippage_random_pips=random)
        refuse(*(partial(engine.run, market.bars, signals, config) for engine in engines), about=(fixed, random))
        simulators = [make(config) for make in factories("execution_simulator")]
        refuse(*(partial(one.evaluate_exits, market.bars) for one in simulators), about=(fixed, random))
        bar = market.bars.slice(0, 1)
        refuse(*(partial(one.process_signals, bar, signals.slice(0, 0)) for one in simulators), about=(fixed, random))
    config = replace(case.config, slippage_fixed_pips=900.0, slippage_random_pips=900.0)
    agree(*(partial(engine.run, market.bars, signals, config) for engine in engines), about="far from 0")


def _strategy(market: Market) -> Any:
    from omega_parity.generate.cases import with_strategy

    return with_strategy(market, base_config(market, Variant.CANONICAL)).strategy
