"""Gate: the parts on their own, results and refusals alike."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from omega.compare.compare import Comparison
from omega.contract import schemas
from omega.contract.types import BelowMin, Instrument, Variant
from omega_parity.drive.answers import answers, compare_answers
from omega_parity.drive.components import factories, native_factory, reference_factory
from omega_parity.gates.ledger import RECORD
from omega_parity.gates.search import Search
from omega_parity.generate.calls import sample_calls
from omega_parity.generate.cases import Case, Floors, Market, base_config, signals_case
from omega_parity.generate.markets import builtin_instrument, market_set_names, real_market, sample_market
from omega_parity.judge.verdict import CaseVerdict

Agree = Callable[..., Comparison]

CALLS = 300
"""Generated cases of calls per 1,000 sequences."""

BATCHES = 20
"""How often the arguments are repeated in a batch, so that it is longer than any block of work."""
ERROR_FIELDS = 6
"""Values compared when both sides refuse: class, code, rule, column, row, value."""

SERIES: dict[str, tuple[str, dict[str, Any]]] = {
    **{f"sma-{n}": ("sma", {"period": n}) for n in (1, 2, 20, 100)},
    **{f"ema-{n}": ("ema", {"period": n}) for n in (1, 2, 30, 200)},
    **{f"atr-{n}": ("atr", {"period": n}) for n in (1, 14, 100)},
    "true_range": ("true_range", {}),
    **{f"bollinger-{n}": ("bollinger", {"period": n, "std_factor": k}) for n, k in ((2, 1.0), (20, 2.0), (97, 2.5))},
    **{f"zscore-{w}": ("zscore", {"window": w, "mean": "rolling"}) for w in (2, 20, 100)},
    **{f"zscore-ema-{n}": ("zscore", {"window": w, "mean": "ema", "ema_period": n}) for w, n in ((2, 1), (100, 30))},
}


@pytest.fixture(scope="module")
def market() -> Market:
    return sample_market(n=4_000)


def _call(function: Callable[..., object], *arguments: object, **named: object) -> Callable[[], object]:
    return lambda: function(*arguments, **named)


def _refused(comparison: Comparison, about: object) -> None:
    assert comparison.comparisons == ERROR_FIELDS, f"{about} was not refused"


# --- numbers -----------------------------------------------------------------------------------------------------


def _tricky_values(rng: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
    """Prices, exact ties and their neighbours, and arbitrary bit patterns, n of each kind."""
    prices = rng.integers(50_000, 20_000_000, n) / 100_000.0 + rng.random(n) * 1e-5
    halves = (rng.integers(-(2**40), 2**40, n) * 2 + 1) / 2.0 ** rng.integers(1, 12, n)
    beside = np.nextafter((rng.integers(-(10**9), 10**9, n) + 0.5) / 10.0 ** rng.integers(0, 9, n), math.inf)
    decimal_ties = (rng.integers(-(10**9), 10**9, n) + 0.5) / 10.0 ** rng.integers(0, 9, n)
    anything = rng.integers(-(2**63), 2**63 - 1, n).view(np.float64)
    return np.concatenate([prices, halves, beside, decimal_ties, anything])


@pytest.mark.rule("N-5")
def test_quantize_ten_million_values(agree: Agree) -> None:
    import omega_rust

    from omega_reference.numbers import quantize

    rng = np.random.Generator(np.random.Philox(5))
    counted = 0
    for digits in (0, 1, 2, 3, 5, 5, 5, 8, 12, 15):
        values = _tricky_values(rng, 200_000)
        expected = np.array([round(value, digits) for value in values.tolist()])
        stream, expectation = (pa.chunked_array([column]).__arrow_c_stream__() for column in (values, expected))
        agree(lambda: 0, _call(omega_rust.quantize_mismatches, stream, digits, expectation), about=f"{digits} digits")
        agree(_call(list, expected[::50].tolist()), lambda: [quantize(v, digits) for v in values[::50].tolist()])  # noqa: B023
        counted += len(values)
    assert counted == 10_000_000


@pytest.mark.rule("N-6")
def test_philox_against_numpy_and_each_other(agree: Agree) -> None:
    import omega_rust

    from omega_reference.rng import philox

    rng = np.random.Generator(np.random.Philox(6))
    top = 2**64 - 1
    edges = [0, 1, top, 2**63]
    draws = [tuple(int(word) for word in rng.integers(0, top, 6, dtype=np.uint64, endpoint=True)) for _ in range(2_000)]
    for words in [*product(edges, repeat=3), *draws]:
        key, counter = (words[0], words[1]), (*words[2:], 0, 0, 0)[:4] if len(words) < 6 else words[2:]
        agree(_call(_numpy_block, key, counter), _call(philox, key, counter), about=words)
        agree(_call(_numpy_block, key, counter), _call(omega_rust.philox, key, counter), about=words)


def _numpy_block(key: tuple[int, ...], counter: tuple[int, ...]) -> dict[str, object]:
    """NumPy increments before its first block, so it is given counter − 1."""
    whole = (sum(word << (64 * place) for place, word in enumerate(counter)) - 1) % 2**256
    words = [(whole >> (64 * place)) & (2**64 - 1) for place in range(4)]
    generator = np.random.Philox(key=np.array(key, np.uint64), counter=np.array(words, np.uint64))
    return {"value": tuple(int(word) for word in generator.random_raw(4))}


# --- costs -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("C-1", "C-2", "C-5", "N-6")
@pytest.mark.parametrize("variant", list(Variant))
def test_costs(variant: Variant, market: Market, agree: Agree) -> None:
    config = replace(base_config(market, variant), fee_min=2.5, slippage_random_pips=0.7, seed=2**64 - 1)
    models = [make(config) for make in factories("slippage_fee")]
    keys = list(product((0, -1, 1_600_000_000_000_000, 2**63 - 1), (0, -7, 2**63 - 1), (0, 1, 2**32 - 1), (0, 1, 9)))
    for key in keys:
        agree(*(_call(model.slippage, *key) for model in models), about=key)
    amounts = list(product((0.01, 1.0, 3.7, 100.0, 1e-300), (1.1, 150.123, 0.65, 1e5)))
    for amount in amounts:
        agree(*(_call(model.fee, *amount) for model in models), about=amount)
    keys, amounts = keys * BATCHES, amounts * BATCHES
    columns, pairs = list(zip(*keys, strict=True)), list(zip(*amounts, strict=True))
    for model in models:
        agree(lambda: [models[0].slippage(*key) for key in keys], _call(model.slippage_batch, *map(list, columns)))
        agree(lambda: [models[0].fee(*amount) for amount in amounts], _call(model.fee_batch, *map(list, pairs)))


@pytest.mark.rule("C-1", "N-3")
def test_slippage_of_negative_zero_pips(market: Market, agree: Agree) -> None:
    """A sum of zeros has the sign that IEEE gives it."""
    config = replace(base_config(market, Variant.CANONICAL), slippage_fixed_pips=-0.0, slippage_random_pips=0.0)
    agree(*(_call(make(config).slippage, 0, 0, 0, 0) for make in factories("slippage_fee")))


@pytest.mark.rule("C-5", "X-1")
@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("fee_batch", ([1.0, math.nan], [1.0, 1.0])),
        ("fee_batch", ([1.0, 1.0], [1.0, math.inf])),
        ("fee_batch", ([-math.inf, math.nan], [math.nan, 1.0])),
        ("fee_batch", ([1.0], [1.0, 1.0])),
        ("fee_batch", ([], [1.0])),
        ("slippage_batch", ([1, 2], [0, 0], [0, 0], [0])),
        ("slippage_batch", ([1, 2], [0], [0, 0], [0])),
        ("slippage_batch", ([1, 2], [0, 0], [0, -1], [0, 0])),
        ("slippage_batch", ([1, 2], [0, 0], [0, 2**32], [0, 0])),
        ("slippage_batch", ([1, 2], [0, 0], [0, 0], [2**32, 0])),
        ("slippage", (1, 0, -1, 0)),
        ("slippage", (1, 0, 2**32, 0)),
        ("slippage", (1, 0, 2**32 + 1, 0)),
        ("slippage", (1, 0, 0, -1)),
    ],
)
def test_costs_refuse_alike(method: str, arguments: tuple[object, ...], market: Market, agree: Agree) -> None:
    config = base_config(market, Variant.CANONICAL)
    calls = [_call(getattr(make(config), method), *arguments) for make in factories("slippage_fee")]
    _refused(agree(*calls), arguments)


# --- indicators --------------------------------------------------------------------------------------------------


def _agree_on_series(bars: pa.Table, agree: Agree, about: str) -> None:
    caches = [make(bars) for make in factories("indicator_cache")]
    for (label, (name, parameters)), side in product(SERIES.items(), ("bid", "ask")):
        agree(*(_call(cache.get, name, side, **parameters) for cache in caches), about=f"{about} {label} {side}")


@pytest.mark.rule("I-1", "I-2", "I-6", "I-8", "I-11", "N-7")
def test_indicators_on_the_sample(market: Market, agree: Agree) -> None:
    _agree_on_series(market.bars, agree, "sample")


@pytest.mark.market
@pytest.mark.rule("I-1", "I-2", "I-6", "I-8", "I-11", "N-7")
@pytest.mark.parametrize("name", market_set_names())
def test_indicators_on_real_bars(name: str, market_folder: Path, agree: Agree) -> None:
    _agree_on_series(real_market(market_folder, name).bars, agree, name)


@pytest.mark.rule("I-1", "I-2", "I-6", "I-8", "I-11", "N-7")
@pytest.mark.parametrize("n", [1, 2, 3, 13, 14, 15, 19, 20, 21, 99, 100, 101, 199, 200, 201])
def test_indicators_on_short_series(n: int, market: Market, agree: Agree) -> None:
    _agree_on_series(market.bars.slice(0, n), agree, f"{n} rows")


@pytest.mark.rule("I-1", "I-2", "I-6", "I-8", "I-11", "N-7", "T-9")
@pytest.mark.parametrize("holes", [(0,), (0, 1, 2), (50,), (99, 100), tuple(range(0, 600, 7)), tuple(range(600))])
def test_indicators_with_missing_rows(holes: tuple[int, ...], market: Market, agree: Agree) -> None:
    columns = {name: market.bars[name].to_numpy()[:600].copy() for name in schemas.PRICE_COLUMNS}
    for shift, column in enumerate(columns.values()):
        column[[(hole + shift) % 600 for hole in holes]] = math.nan
    bars = market.bars.slice(0, 600)
    for name, column in columns.items():
        index = bars.schema.get_field_index(name)
        bars = bars.set_column(index, bars.schema.field(name), pa.array(column, from_pandas=False))
    _agree_on_series(bars, agree, f"{len(holes)} holes")


@pytest.mark.rule("N-7", "I-2")
def test_indicators_on_constant_and_huge_series(market: Market, agree: Agree) -> None:
    for scale, offset in ((0.0, 1.1), (1e-5, 1e9), (1e300, 0.0), (5e-324, 0.0)):
        bars = market.bars.slice(0, 700)
        for name in schemas.PRICE_COLUMNS:
            values = bars[name].to_numpy() * scale + offset
            bars = bars.set_column(bars.schema.get_field_index(name), bars.schema.field(name), pa.array(values))
        _agree_on_series(bars, agree, f"scale {scale}")


@pytest.mark.rule("I-1", "I-2", "I-6", "I-8", "I-11", "N-7", "T-2", "T-4", "G-1")
def test_generated_calls(search: Search, request: pytest.FixtureRequest) -> None:
    """Indicators over bars that stand still or miss prices, broken bars, joins of sides with gaps."""
    compared = 0
    for case in sample_calls(max(10, CALLS * search.plan.examples // 1_000), search.plan.seed or 0):
        found = compare_answers(answers(case.calls, reference_factory), answers(case.calls, native_factory))
        assert found.is_identical, f"{case.name}: {found.differences[:1]}"
        compared += found.comparisons
    request.node.user_properties.append((RECORD, {"comparisons": compared}))


@pytest.mark.rule("I-17", "X-1")
@pytest.mark.parametrize(
    ("name", "side", "parameters"),
    [
        ("smma", "bid", {"period": 3}),
        ("", "bid", {}),
        ("sma", "mid", {"period": 3}),
        ("sma", "bid", {}),
        ("sma", "bid", {"period": 3, "window": 3}),
        ("sma", "bid", {"period": 0}),
        ("sma", "bid", {"period": -1}),
        ("sma", "bid", {"period": 2**31}),
        ("sma", "bid", {"period": 2**70}),
        ("sma", "bid", {"period": 3.0}),
        ("sma", "bid", {"period": "3"}),
        ("sma", "bid", {"period": True}),
        ("atr", "ask", {"period": 0}),
        ("true_range", "ask", {"period": 1}),
        ("bollinger", "bid", {"period": 1, "std_factor": 2.0}),
        ("bollinger", "bid", {"period": 20}),
        ("bollinger", "bid", {"period": 20, "std_factor": math.nan}),
        ("bollinger", "bid", {"period": 20, "std_factor": math.inf}),
        ("bollinger", "bid", {"period": 20, "std_factor": "2"}),
        ("zscore", "bid", {"window": 1, "mean": "rolling"}),
        ("zscore", "bid", {"window": 20}),
        ("zscore", "bid", {"window": 20, "mean": "median"}),
        ("zscore", "bid", {"window": 20, "mean": 3}),
        ("zscore", "bid", {"window": 20, "mean": "rolling", "ema_period": 3}),
        ("zscore", "bid", {"window": 20, "mean": "ema"}),
        ("zscore", "bid", {"window": 20, "mean": "ema", "ema_period": 0}),
        ("zscore", "bid", {"b": 1, "a": 1}),
    ],
)
def test_indicators_refuse_alike(
    name: str, side: str, parameters: dict[str, Any], market: Market, agree: Agree
) -> None:
    caches = [make(market.bars.slice(0, 50)) for make in factories("indicator_cache")]
    _refused(agree(*(_call(cache.get, name, side, **parameters) for cache in caches)), (name, side, parameters))


# --- sizing, through whole runs ----------------------------------------------------------------------------------


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


# --- data --------------------------------------------------------------------------------------------------------


def _put(table: pa.Table, column: str, row: int, value: object) -> pa.Table:
    values = table[column].to_pylist()
    values[row] = value
    index = table.schema.get_field_index(column)
    field = table.schema.field(column)
    return table.set_column(index, pa.field(column, field.type), pa.array(values, field.type))


def _bad_bars(bars: pa.Table) -> dict[str, pa.Table]:
    naive = bars["timestamp"].cast(pa.timestamp("us"))
    step = bars["timestamp"][1].as_py() - bars["timestamp"][0].as_py()
    high, low = bars["bid_high"][3].as_py(), bars["bid_low"][3].as_py()
    symbols = pa.array(["EURUSD"] * len(bars))
    bad: dict[str, pa.Table] = {
        "empty": bars.slice(0, 0),
        "no columns": pa.table({}),
        "naive times": bars.set_column(0, "timestamp", naive),
        "millisecond times": bars.set_column(0, "timestamp", bars["timestamp"].cast(pa.timestamp("ms", "UTC"))),
        "float32 prices": bars.set_column(1, "bid_open", bars["bid_open"].cast(pa.float32())),
        "text prices": bars.set_column(8, "ask_close", bars["ask_close"].cast(pa.string())),
        "duplicate time": _put(bars, "timestamp", 5, bars["timestamp"][4].as_py()),
        "times back": _put(bars, "timestamp", 5, bars["timestamp"][2].as_py()),
        "reversed": bars.take(list(range(len(bars)))[::-1]),
        "step off": _put(bars, "timestamp", len(bars) - 1, bars["timestamp"][-1].as_py() + step / 3),
        "two symbols": bars.append_column("symbol", pa.array(["EURUSD"] * (len(bars) - 1) + ["GBPUSD"])),
        "another symbol early": bars.append_column("symbol", pa.array(["EURUSD", "GBPUSD"] * (len(bars) // 2))),
        "null symbol": bars.append_column("symbol", pa.array([None] + ["EURUSD"] * (len(bars) - 1))),
        "number symbol": bars.append_column("symbol", pa.array([1] * len(bars))),
        "symbol twice": bars.append_column("symbol", symbols).append_column("symbol", symbols),
        "high below low": _put(_put(bars, "bid_high", 3, low), "bid_low", 3, high),
        "open above high": _put(bars, "bid_open", 3, high + 1e-5),
        "close below low": _put(bars, "ask_close", 3, bars["ask_low"][3].as_py() - 1e-5),
        "negative volume": _put(bars, "volume", 7, -1.0),
        "minus zero volume": _put(bars, "volume", 7, -0.0),
        "nanoseconds": bars.set_column(0, schemas.BARS.field(0), _shifted(bars, 2**62)),
    }
    for row, time in product((0, 6), (-(2**63), *_BEYOND_CALENDAR, 2**63 - 1)):
        times = bars["timestamp"].cast(pa.int64()).to_pylist()
        times[row] = time
        bad[f"time {time} in row {row}"] = bars.set_column(0, schemas.BARS.field(0), pa.array(times, schemas.TIMESTAMP))
    for name in bars.column_names:
        bad[f"no {name}"] = bars.drop_columns([name])
        bad[f"null {name}"] = _put(bars, name, 6, None)
        bad[f"{name} twice"] = bars.append_column(name, bars[name])
    for name, (label, value) in product((*schemas.PRICE_COLUMNS, "volume"), _BAD_NUMBERS.items()):
        bad[f"{label} {name}"] = _put(_put(bars, name, 9, value), "volume", 2, math.nan)
    return bad


_BEYOND_CALENDAR = (-62_135_596_800_000_001, 253_402_300_800_000_000)
"""The µs before the year 1 and after the year 9999 (Q-T1)."""
_BAD_NUMBERS = {"nan": math.nan, "inf": math.inf, "minus inf": -math.inf, "zero": 0.0, "negative": -1.0}
_FINE = {"minus zero volume"}


@pytest.mark.rule("T-2", "T-4", "Q-T1", "X-1", "X-2")
def test_bad_bars_are_refused_alike(market: Market, agree: Agree) -> None:
    bars = market.bars.slice(0, 40)
    handlers = [make() for make in factories("data_handler")]
    agree(*(_call(handler.check_bars, bars, market.timeframe) for handler in handlers), about="good bars")
    for about, table in _bad_bars(bars).items():
        comparison = agree(*(_call(one.check_bars, table, market.timeframe) for one in handlers), about=about)
        if about not in _FINE:
            _refused(comparison, about)
    for timeframe in (0, -1, 1, market.timeframe + 1, 2**62):
        calls = (_call(handler.check_bars, bars, timeframe) for handler in handlers)
        _refused(agree(*calls, about=timeframe), timeframe)


@pytest.mark.rule("E-5", "Q-T2c")
def test_bars_of_another_symbol_are_no_bars_of_the_run(market: Market, agree: Agree) -> None:
    bars = market.bars.slice(0, 3)
    config = base_config(market, Variant.CANONICAL)
    signals = schemas.SIGNALS.empty_table()
    for symbols in ([market.symbol] * 3, ["OTHER"] * 3, [market.symbol, market.symbol, "OTHER"]):
        of_symbols = bars.append_column("symbol", pa.array(symbols))
        runs = (_call(make().run, of_symbols, signals, config) for make in factories("event_engine"))
        simulators = [make(config) for make in factories("execution_simulator")]
        comparisons = [
            agree(*runs, about=symbols),
            agree(*(_call(one.evaluate_exits, of_symbols) for one in simulators), about=symbols),
            agree(*(_call(one.process_signals, of_symbols.slice(2), signals) for one in simulators), about=symbols),
        ]
        if "OTHER" in symbols:
            for comparison in comparisons:
                _refused(comparison, symbols)


@pytest.mark.rule("T-2", "L-1", "X-1")
def test_bad_bars_are_refused_by_runs_alike(market: Market, agree: Agree) -> None:
    engines = [make() for make in factories("event_engine")]
    config = base_config(market, Variant.CANONICAL)
    signals = schemas.SIGNALS.empty_table()
    for about, table in _bad_bars(market.bars.slice(0, 40)).items():
        if about not in _FINE:
            calls = (_call(engine.run, table, signals, config) for engine in engines)
            _refused(agree(*calls, about=about), about)


@pytest.mark.rule("T-2")
def test_quality_findings(market: Market, agree: Agree) -> None:
    bars = market.bars.slice(0, 3_000)
    crossed = _put(bars, "ask_close", 10, bars["ask_low"][10].as_py())
    spike = _put(bars, "bid_high", 20, 2.0)
    gapped = bars.take([row for row in range(3_000) if row % 50])
    weekend = bars.set_column(0, schemas.BARS.field(0), _shifted(bars, 5 * 86_400_000_000))
    handlers = [make() for make in factories("data_handler")]
    for table in (bars, crossed, spike, gapped, weekend):
        agree(*(_call(handler.check_bars, table, market.timeframe) for handler in handlers))


def _shifted(bars: pa.Table, microseconds: int) -> pa.Array[Any]:
    times = bars["timestamp"].cast(pa.int64()).to_numpy() + microseconds
    return pa.array(times, schemas.TIMESTAMP)


def _bad_signals(signals: pa.Table) -> dict[str, pa.Table]:
    bad = {f"no {name}": signals.drop_columns([name]) for name in ("timestamp", "symbol", "signal_type")}
    for name in ("timestamp", "symbol", "signal_type", "magic_number"):
        bad[f"null {name}"] = _put(signals, name, 3, None)
    for name, value in (("signal_type", "enter"), ("direction", "LONG"), ("order_type", ""), ("order_type", "markét")):
        bad[f"{name} {value!r}"] = _put(signals, name, 4, value)
    floats = [field.name for field in schemas.SIGNALS if pa.types.is_floating(field.type)]
    for name, value in product(floats, (math.nan, math.inf, -math.inf)):
        bad[f"{name} {value}"] = _put(signals, name, 5, value)
    for name in ("trailing_distance", "trailing_step", "break_even_at_r", "break_even_offset", "max_holding"):
        bad[f"negative {name}"] = _put(signals, name, 6, -1 if name == "max_holding" else -1e-300)
    for name in signals.column_names:
        bad[f"type of {name}"] = signals.set_column(
            signals.schema.get_field_index(name), name, pa.array([True] * len(signals))
        )
    for name in ("timestamp", "price"):
        bad[f"{name} twice"] = signals.append_column(name, signals[name])
    for name, value in product(("timestamp", "expires_at"), (-(2**63), *_BEYOND_CALENDAR, 2**63 - 1)):
        bad[f"{name} {value}"] = _put(signals, name, 0 if value < 0 else len(signals) - 1, value)
    bad["duration of the core's null"] = _put(signals, "max_holding", 6, -(2**63))
    bad["out of order"] = signals.take([1, 0, *range(2, len(signals))])
    bad["out of order at the end"] = signals.take([*range(len(signals) - 2), len(signals) - 1, len(signals) - 2])
    bad["naive times"] = signals.set_column(0, "timestamp", signals["timestamp"].cast(pa.timestamp("us")))
    bad["two breaches"] = _put(_put(signals, "price", 9, math.nan), "magic_number", 2, None)
    bad["two rows"] = _put(_put(signals, "price", 9, math.nan), "price", 8, math.inf)
    return bad


@pytest.mark.rule("T-6", "T-9", "Q-T1", "L-1a", "X-1", "X-2")
def test_bad_signals_are_refused_alike(market: Market, agree: Agree) -> None:
    case = signals_case(market, Variant.CANONICAL, seed=8, floors=Floors(), n=600)
    assert case.signals is not None
    spaced = case.signals.set_column(
        0, schemas.SIGNALS.field(0), market.bars["timestamp"].slice(0, case.signals.num_rows)
    )
    engines = [make() for make in factories("event_engine")]
    for about, table in _bad_signals(spaced).items():
        calls = (_call(engine.run, market.bars, table, case.config) for engine in engines)
        if about == "no magic_number":
            continue
        _refused(agree(*calls, about=about), about)


@pytest.mark.rule("T-6", "T-8a")
def test_optional_columns_may_be_missing(market: Market, judge: Callable[[Case], CaseVerdict]) -> None:
    case = signals_case(market, Variant.CANONICAL, seed=8, floors=Floors(), n=400)
    assert case.signals is not None
    for name in schemas.SIGNALS.names[3:]:
        judge(replace(case, signals=case.signals.drop_columns([name])))
    judge(replace(case, signals=case.signals.append_column("note", pa.array(["x"] * 400))))
    judge(replace(case, signals=case.signals.slice(0, 0)))


@pytest.mark.rule("A-1", "G-4", "S-1", "S-5", "X-1")
def test_bad_runs_are_refused_alike(market: Market, agree: Agree) -> None:
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
        _refused(agree(*(_call(engine.run, bars, signals, changed) for engine in engines), about=about), about)


def _strategy(market: Market) -> Any:
    from omega_parity.generate.cases import with_strategy

    return with_strategy(market, base_config(market, Variant.CANONICAL)).strategy


@pytest.mark.rule("N-6", "T-2")
@pytest.mark.parametrize(("n", "seed"), [(1, 0), (2, 7), (1_441, 7), (20_000, 2**64 - 1), (5_000, 123)])
def test_sample_bars_are_the_same(n: int, seed: int, agree: Agree) -> None:
    agree(*(_call(make().sample_bars, n, seed) for make in factories("data_handler")))


@pytest.mark.parametrize(("n", "seed"), [(0, 1), (-1, 1), (10_000_001, 1), (1, -1), (1, 2**64), (0, -1)])
def test_sample_bars_refuse_alike(n: int, seed: int, agree: Agree) -> None:
    _refused(agree(*(_call(make().sample_bars, n, seed) for make in factories("data_handler"))), (n, seed))


# --- joining -----------------------------------------------------------------------------------------------------


def _side(bars: pa.Table, side: str, keep: Callable[[int], bool]) -> pa.Table:
    names = {
        "timestamp": "timestamp",
        **{f"{side}_{n}": n for n in ("open", "high", "low", "close")},
        "volume": "volume",
    }
    rows = [row for row in range(len(bars)) if keep(row)]
    return bars.select(list(names)).rename_columns(list(names.values())).take(rows)


@pytest.mark.rule("G-1", "X-1")
def test_join_sides(market: Market, agree: Agree) -> None:
    bars = market.bars.slice(0, 500)
    whole = (_side(bars, "bid", lambda _: True), _side(bars, "ask", lambda _: True))
    holes = (_side(bars, "bid", lambda row: row % 7 > 0), _side(bars, "ask", lambda row: row % 11 > 0))
    apart = (_side(bars, "bid", lambda row: row % 2 == 0), _side(bars, "ask", lambda row: row % 2 == 1))
    handlers = [make() for make in factories("data_handler")]
    fine = [(*whole, 0.0), (*holes, 0.5), (*holes, 1.0), (whole[0].slice(3), whole[1], 0.01)]
    for given in fine:
        agree(*(_call(handler.join_sides, *given) for handler in handlers))
    backwards = whole[0].take([1, 0, 2])
    wrong = [
        (*holes, 0.1),
        (*apart, 1.0),
        (*whole, -0.1),
        (*whole, 1.5),
        (*whole, math.nan),
        (whole[0].slice(0, 0), whole[1].slice(0, 0), 1.0),
        (backwards, whole[1], 1.0),
        (whole[0], backwards, 1.0),
        (whole[0].drop_columns(["open"]), whole[1], 1.0),
        (whole[0], whole[1].drop_columns(["volume"]), 1.0),
        (_put(whole[0], "close", 4, None), whole[1], 1.0),
        (whole[0], whole[1].set_column(1, "open", whole[1]["open"].cast(pa.float32())), 1.0),
    ]
    for place, given in enumerate(wrong):
        _refused(agree(*(_call(handler.join_sides, *given) for handler in handlers), about=place), place)
