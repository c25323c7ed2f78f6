"""Calls of single components with what the reference answers: the part of the corpus that whole runs do not reach.

A block has a state (configuration, bars, signals, two sides) that its lines build up; ``put`` changes a cell, ``undo``
takes all changes back, ``call`` is followed by the lines of its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, replace
from functools import partial
from itertools import product
from typing import Any, Final

import numpy as np
import pyarrow as pa

import omega
from omega.compare.outcome import Failure
from omega.contract.protocols import Engine, IndicatorParameter, QualityFindings
from omega.contract.schemas import BARS, PRICE_COLUMNS, TIMESTAMP
from omega.contract.types import EngineConfig, Variant
from omega.registry import BY_NAME, load_object
from omega_parity.drive.observe import capture
from omega_parity.drive.sides import reference_side
from omega_parity.generate.cases import Floors, base_config, signals_case
from omega_parity.generate.markets import sample_market
from omega_parity.mutants.corpus_lines import INPUTS, config_lines, failure_lines, plain, rows, word

_NAN: Final = float("nan")
_INFINITY: Final = float("inf")
_MINUTE: Final = 60_000_000
_DAY: Final = 1440 * _MINUTE
_FIRST_TIME: Final = -62_135_596_800_000_000
_LAST_TIME: Final = 253_402_300_799_999_999
"""First and last µs of the years 1 … 9999 (Q-T1)."""
_BEYOND: Final = (_FIRST_TIME - 1, _LAST_TIME + 1)
_SIDE_PRICES: Final = ("open", "high", "low", "close", "volume")
_SIDE: Final = pa.schema([BARS.field("timestamp"), *(BARS.field("volume").with_name(name) for name in _SIDE_PRICES)])
_Put = tuple[str, int, float | int | None]
"""Column, row, value."""


def call_blocks() -> Iterator[tuple[str, list[str]]]:
    """Yield the name and the lines of each block."""
    yield from _cost_blocks()
    yield "calls/quantize", list(_quantize_calls())
    yield "calls/sample", list(_sample_calls())
    yield "calls/indicators", list(_indicator_calls())
    yield "calls/flat-indicators", list(_flat_indicator_calls())
    yield "calls/refused-indicators", list(_refused_indicator_calls())
    yield "calls/bars", list(_bar_calls())
    yield "calls/one-bar", list(_lonely_bar_calls())
    yield "calls/two-bars", list(_pair_calls())
    yield "calls/findings", list(_finding_calls())
    yield "calls/signals", list(_signal_calls())
    yield from _join_blocks()


def _reference(component: str) -> Any:
    path = BY_NAME[component].reference
    assert path is not None, component
    return load_object(path)


def _call(words: Iterable[object], answer: Callable[[], object]) -> Iterator[str]:
    yield " ".join(["call", *(word(one, is_input=True) for one in words)])
    yield from _answer_lines(capture(answer))


def _answer_lines(answer: object) -> Iterator[str]:
    match answer:
        case Failure():
            yield from failure_lines(answer)
        case pa.Table():
            yield from rows("= bar", answer, BARS.names)
        case QualityFindings():
            yield " ".join(["=", *(word(count) for count in astuple(answer))])
        case tuple():
            for series in answer:
                yield from _answer_lines(series)
        case list():
            yield " ".join(["=", *(word(value) for value in answer)])
        case _:
            yield f"= {word(answer)}"


def _listed(values: Sequence[object]) -> str | None:
    return ",".join(word(value, is_input=True) for value in values) if values else None


def _changed(table: pa.Table, puts: Iterable[_Put]) -> pa.Table:
    for name, row, value in puts:
        values = plain(table, name)
        values[row] = value
        field = table.schema.field(name)
        table = table.set_column(table.schema.get_field_index(name), field, pa.array(values, field.type))
    return table


def _put_lines(puts: Iterable[_Put]) -> Iterator[str]:
    return (f"put {name} {row} {word(value, is_input=True)}" for name, row, value in puts)


# ---- costs (C-1, C-2, C-5) ----


def _cost_blocks() -> Iterator[tuple[str, list[str]]]:
    market = sample_market(n=2)
    for variant in Variant:
        base = base_config(market, variant)
        assert base.instrument is not None
        quoted = replace(base.instrument, tick_value=0.7)
        for name, config in {
            "all": replace(base, seed=2**64 - 1, instrument=quoted),
            "fixed": replace(base, slippage_random_pips=0.0, fee_min=0.5, instrument=quoted),
            "free": replace(base, slippage_fixed_pips=0.0, slippage_random_pips=0.0, fee_per_million=0.0),
        }.items():
            yield f"calls/costs-{variant.text}-{name}", list(_cost_calls(config))


def _cost_calls(config: EngineConfig) -> Iterator[str]:
    yield from config_lines(config)
    costs = _reference("slippage_fee")(config)
    keys = [(0, 0, 0, 0), (1, -2, 3, 1), (2**63 - 1, 0, 2**32 - 1, 2), (-7, 2**63 - 1, 1, 2**32 - 1)]
    for key in [*keys, (0, 0, 2**32, 0), (0, 0, 0, -1)]:
        yield from _call(("slippage", *key), partial(costs.slippage, *key))
    for amounts in product((0.01, 3.7, -1.0), (1.1, 150.123)):
        yield from _call(("fee", *amounts), partial(costs.fee, *amounts))
    columns = [list(column) for column in zip(*keys, strict=True)]
    batches = [columns, [[]] * 4, *([*columns[:index], [0] * 5, *columns[index + 1 :]] for index in range(4))]
    batches += [[*columns[:2], [0, 1, -1, 2], columns[3]], [*columns[:3], [0, 0, 2**32, -1]]]
    for batch in batches:
        yield from _call(("slippage_batch", *map(_listed, batch)), partial(costs.slippage_batch, *batch))
    for lots, prices in (
        ([0.5, 1.0, 2.5], [1.1, 1.2, 1.3]),
        ([1.0], [1.0, 2.0]),
        ([1.0, _NAN], [_NAN, 1.0]),
        ([1.0, 2.0], [1.0, -_INFINITY]),
        ([_INFINITY, 1.0], [1.0, 1.0]),
    ):
        yield from _call(("fee_batch", _listed(lots), _listed(prices)), partial(costs.fee_batch, lots, prices))


# ---- rounding (N-5) ----


def _quantize_calls() -> Iterator[str]:
    """Halves, what lies beside them, and the ends of the range; Python's own `round` is what N-5 names."""
    halves = [(k + 0.5) / 10**digits for k in (0, 1, 2, 7, 123_456) for digits in (0, 2, 5, 8, 15)]
    ends = [2.0**51, 2.0**51 - 0.5, 2.0**52 - 0.5, 2.0**53 - 1.0, 2.0**53, 1e22, 5e-324, 2.0**-1022, 1e-40, 1e308]
    beside = [neighbour for x in halves for neighbour in (np.nextafter(x, 0.0), np.nextafter(x, 1e9))]
    scaled = [(2.0**power + offset) / 10**digits for power in (51, 52) for offset in (-0.5, 0.5) for digits in (2, 8)]
    for x in map(float, (*halves, *beside, *ends, *scaled, 0.0, 1e-7, 9.9e-7, 1.1e-6, 1.005, 2.675)):
        for signed, digits in ((x, 0), (-x, 2), (x, 5), (-x, 8), (x, 15)):
            yield from _call(("quantize", signed, digits), partial(round, signed, digits))


# ---- the sample (Q-D1) ----


def _sample_calls() -> Iterator[str]:
    for n, seed in ((1, 7), (1500, 7), (6000, 2**64 - 1), (2, 0)):
        bars = omega.sample_bars(n=n, seed=seed, backend="python")
        yield from _call(("sample", n, seed), partial(getattr, bars, "content_hash"))
    handler = _reference("data_handler")()
    for n in (0, 10_000_001):
        yield from _call(("sample", n, 7), partial(handler.sample_bars, n, 7))


# ---- indicators (I) ----

_SERIES: Final[tuple[tuple[str, Mapping[str, IndicatorParameter]], ...]] = (
    *(("sma", {"period": period}) for period in (1, 2, 7, 40, 41)),
    *(("ema", {"period": period}) for period in (1, 2, 9)),
    ("true_range", {}),
    *(("atr", {"period": period}) for period in (1, 2, 7, 50)),
    ("bollinger", {"period": 2, "std_factor": 2.0}),
    ("bollinger", {"period": 6, "std_factor": -1.5}),
    ("bollinger", {"period": 6, "std_factor": 3}),
    ("zscore", {"window": 2, "mean": "rolling"}),
    ("zscore", {"window": 9, "mean": "rolling"}),
    ("zscore", {"window": 5, "mean": "ema", "ema_period": 4}),
    ("zscore", {"window": 40, "mean": "ema", "ema_period": 1}),
    ("zscore", {"window": 60, "mean": "ema", "ema_period": 2}),
)
_MISSING: Final[tuple[_Put, ...]] = (
    *(("bid_close", row, _NAN) for row in (0, 13)),
    *(("bid_high", row, _NAN) for row in (4, 13)),
    ("bid_low", 21, _NAN),
    *(("ask_close", row, _NAN) for row in (17, 18)),
)


def _get(bars: pa.Table, name: str, side: str, parameters: Mapping[str, IndicatorParameter]) -> Iterator[str]:
    kinds = {bool: "b", int: "i", float: "f", str: "t"}
    given = (f"{key}={kinds[type(value)]}:{word(value, is_input=True)}" for key, value in parameters.items())
    cache = _reference("indicator_cache")(bars)
    yield from _call(("get", name, side, *given), partial(cache.get, name, side, **parameters))


def _indicator_calls() -> Iterator[str]:
    bars = sample_market(n=40, seed=5).bars
    yield from rows("bar", bars, BARS.names, is_input=True)
    for name, parameters in _SERIES:
        yield from _get(bars, name, "ask", parameters)
    yield from _put_lines(_MISSING)
    holed = _changed(bars, _MISSING)
    for (name, parameters), side in product(_SERIES, ("bid", "ask")):
        yield from _get(holed, name, side, parameters)


def _flat_indicator_calls() -> Iterator[str]:
    """A price that stands still: no deviation, and an average that must not drift (I-2)."""
    bars = sample_market(n=14).bars
    puts: list[_Put] = [(name, row, 0.1) for name in PRICE_COLUMNS for row in range(14)]
    puts += [("bid_close", row, price) for row, price in ((0, 0.3), (12, 0.7))]
    yield from rows("bar", bars, BARS.names, is_input=True)
    yield from _put_lines(puts)
    flat = _changed(bars, puts)
    for name, parameters in _SERIES:
        yield from _get(flat, name, "bid", parameters)


_BAD_BANDS: Final[tuple[Mapping[str, IndicatorParameter], ...]] = (
    {"period": 1, "std_factor": _NAN},
    {"period": 2, "std_factor": _NAN},
    {"period": 2, "std_factor": _INFINITY},
    {"period": 2, "std_factor": False},
    {"period": 2, "std_factor": "2"},
    {"std_factor": 2.0},
    {"period": 2},
)
_BAD_SCORES: Final[tuple[Mapping[str, IndicatorParameter], ...]] = (
    {"window": 1, "mean": "other"},
    {"window": 2, "mean": "other"},
    {"window": 2, "mean": 1},
    {"window": 2, "mean": "rolling", "ema_period": 3},
    {"window": 2, "mean": "ema"},
    {"window": 2, "mean": "ema", "ema_period": 0},
    {"window": 1, "mean": "ema", "ema_period": 0},
    {"mean": "ema"},
    {},
)


def _refused_indicator_calls() -> Iterator[str]:
    """What Q-I17 refuses, alone and two at a time."""
    bars = sample_market(n=3).bars
    yield from rows("bar", bars, BARS.names, is_input=True)
    yield from _get(bars, "median", "mid", {})
    yield from _get(bars, "sma", "mid", {"z": 1})
    for name in ("sma", "ema", "atr"):
        for period in (0, -1, 2**31, True, 2.0, "2"):
            yield from _get(bars, name, "bid", {"period": period})
        yield from _get(bars, name, "bid", {})
        yield from _get(bars, name, "bid", {"window": 2, "bands": 1, "period": 0})
    yield from _get(bars, "sma", "bid", {"period": 2**31 - 1})
    yield from _get(bars, "true_range", "bid", {"period": 3})
    for parameters in _BAD_BANDS:
        yield from _get(bars, "bollinger", "bid", parameters)
    for parameters in _BAD_SCORES:
        yield from _get(bars, "zscore", "ask", parameters)


# ---- bars (T-2, T-4) ----


def _check_bars(bars: pa.Table, timeframe: int, puts: Iterable[_Put] = ()) -> Iterator[str]:
    handler = _reference("data_handler")()
    yield from _put_lines(puts)
    yield from _call(("check_bars", timeframe), partial(handler.check_bars, _changed(bars, puts), timeframe))
    if puts:
        yield "undo"


def _bar_calls() -> Iterator[str]:
    market = sample_market(n=5)
    bars, timeframe = market.bars, market.timeframe
    yield from rows("bar", bars, BARS.names, is_input=True)
    for length in (*(minutes * _MINUTE for minutes in (1, 2, 5, 15, 1440)), 0, -5 * _MINUTE, 5 * _MINUTE + 1, 1):
        yield from _check_bars(bars, length)
    for puts in (*_time_breaches(plain(bars, "timestamp"), timeframe), *_value_breaches(bars)):
        yield from _check_bars(bars, timeframe, puts)


def _lonely_bar_calls() -> Iterator[str]:
    """Breaches without a sound row beside them."""
    market = sample_market(n=1)
    bars, timeframe = market.bars, market.timeframe
    yield from rows("bar", bars, BARS.names, is_input=True)
    for puts in (*_value_breaches(bars), *_breaches_of_both_sides()):
        yield from _check_bars(bars, timeframe, puts)


def _breaches_of_both_sides() -> Iterator[list[_Put]]:
    """One condition of T-2 broken on both sides, and every other one kept."""
    for low in (0.0, -1.0):
        yield [(f"{side}_low", 0, low) for side in ("bid", "ask")]
    for part, outside in product(("open", "close"), (0.5, 9.0)):
        yield [(f"{side}_{part}", 0, outside) for side in ("bid", "ask")]
    yield [(f"{side}_high", 0, _INFINITY) for side in ("bid", "ask")]


def _pair_calls() -> Iterator[str]:
    """Two bars in the wrong order, also where the wrapped step is a multiple of the timeframe."""
    market = sample_market(n=2)
    bars, timeframe = market.bars, market.timeframe
    yield from rows("bar", bars, BARS.names, is_input=True)
    first = plain(bars, "timestamp")[0]
    for step in (0, 1, timeframe, 7 * timeframe, -timeframe, -(2**64 % timeframe)):
        yield from _check_bars(bars, timeframe, [("timestamp", 1, first + step)])


def _time_breaches(times: list[int], timeframe: int) -> Iterator[list[_Put]]:
    """Duplicates, earlier times, steps that no bar has; alone, and before or after one another."""
    for row in (1, 4):
        yield [("timestamp", row, times[row - 1])]
        yield [("timestamp", row, times[row - 1] - timeframe)]
        yield [("timestamp", row, times[row] + 1)]
    yield [("timestamp", 4, times[4] + 3 * timeframe)]
    yield [("timestamp", 0, -(2**63))]
    for time in (_FIRST_TIME, _LAST_TIME):
        yield [("timestamp", 0 if time < 0 else 4, time)]
    for beyond in _BEYOND:
        yield [("timestamp", 0, beyond)]
        yield [("timestamp", 4, beyond)]
        yield [("timestamp", 2, times[2] + 1), ("timestamp", 4, beyond)]
        yield [("timestamp", 2, beyond), ("timestamp", 4, times[4] + 1)]
    yield [("timestamp", 2, times[2] + 1), ("timestamp", 4, times[1])]
    yield [("timestamp", 2, times[0]), ("timestamp", 4, times[4] + 1)]
    yield [("timestamp", 4, times[3]), ("bid_open", 0, _NAN)]


def _value_breaches(bars: pa.Table) -> Iterator[list[_Put]]:
    last = bars.num_rows - 1
    for name, row in product((*PRICE_COLUMNS, "volume"), sorted({0, last})):
        for value in (_NAN, _INFINITY, 0.0, -1.0):
            yield [(name, row, value)]
    for side, part in product(("bid", "ask"), ("open", "close")):
        column = f"{side}_{part}"
        low, high = (plain(bars, f"{side}_{bound}")[last] for bound in ("low", "high"))
        for value in (low, high, np.nextafter(low, 0.0), np.nextafter(high, 2.0)):
            yield [(column, last, float(value))]
        yield [(column, last, 9.0), (f"{side}_high", last, _NAN)]
    yield [("bid_high", last, 0.5)]
    yield [("ask_low", last, 9.0)]
    yield [("bid_close", last, _NAN), ("bid_close", 0, -1.0), ("ask_open", 0, 0.0)]
    yield [("volume", 0, 0.0), ("volume", last, -1.0)]


def _finding_calls() -> Iterator[str]:
    """Counts of Q-T2b, each moved by one."""
    market = sample_market(n=10)
    bars, timeframe = market.bars, market.timeframe
    flat: list[_Put] = [(name, row, 1.0) for name in PRICE_COLUMNS for row in range(10)]
    times = plain(bars, "timestamp")
    yield from rows("bar", bars, BARS.names, is_input=True)
    yield from _check_bars(bars, timeframe)
    yield from _check_bars(bars, _MINUTE)
    yield from _check_bars(bars, timeframe, flat)
    crossed = ("bid_open", "bid_low", "bid_close")
    for name in crossed:
        below: list[_Put] = [("ask_low", 4, 0.5), ("bid_low", 4, 0.25)]
        above: list[_Put] = [(name.replace("bid", "ask"), 4, 0.25 if name == "bid_low" else 0.5)]
        yield from _check_bars(bars, timeframe, [*flat, *below, *above])
    yield from _check_bars(bars, timeframe, [*flat, ("bid_high", 4, 1.5)])
    yield from _check_bars(bars, timeframe, [*flat, ("ask_high", 4, 1.5)])
    for high in (1.5, 1.75):
        yield from _check_bars(bars, timeframe, [*flat, ("bid_high", 4, high), ("bid_high", 5, 3.0)])
    yield from _check_bars(bars, timeframe, [("timestamp", 9, times[9] + timeframe)])
    for days in (-9, -4, 5, 6, 12):
        moved: list[_Put] = [("timestamp", row, times[row] + days * _DAY) for row in range(10)]
        yield from _check_bars(bars, timeframe, moved)


# ---- signals (T-6) ----


def _signal_calls() -> Iterator[str]:
    market = sample_market(n=30)
    case = signals_case(market, Variant.CANONICAL, seed=1, floors=Floors(), n=5)
    assert case.signals is not None
    signals, engine = case.signals, reference_side().engine
    times = plain(signals, "timestamp")
    yield from config_lines(case.config)
    yield "signals"
    yield from rows("signal", signals, INPUTS, is_input=True)
    distances = ("trailing_distance", "trailing_step", "break_even_at_r", "break_even_offset")
    breaches: list[list[_Put]] = [[], [("timestamp", 3, times[2] - 1)], [("timestamp", 3, times[2])]]
    breaches += [[("expires_at", row, time)] for row in (0, 4) for time in (_FIRST_TIME, _LAST_TIME, *_BEYOND)]
    breaches += [[("timestamp", row, time)] for row in (0, 3, 4) for time in _BEYOND]
    breaches += [[("timestamp", 2, times[1] - 1), ("timestamp", 4, time)] for time in _BEYOND]
    for name in ("price", "size", "stop_loss", "take_profit", *distances):
        breaches += [[(name, row, value)] for row in (0, 4) for value in (_INFINITY, -_INFINITY, -1e-9, 0.0)]
    breaches += [[("max_holding", row, value)] for row in (0, 4) for value in (-1, 0)]
    breaches.append([("max_holding", 0, -1), ("break_even_offset", 2, -1.0), ("break_even_offset", 1, _INFINITY)])
    for puts in breaches:
        yield from _put_lines(puts)
        table = _changed(signals, puts)
        yield from _call(("check_signals",), partial(_refusal, engine, market.bars, table, case.config))
        if puts:
            yield "undo"


def _refusal(engine: Engine, bars: pa.Table, signals: pa.Table, config: EngineConfig) -> None:
    """Run and answer nothing but the error, if there is one."""
    engine.run(bars, signals, config)


# ---- the join of two sides (G-1) ----


def _side(times: list[int], first: float) -> pa.Table:
    prices = [[first + row + part / 8 for row in range(len(times))] for part in range(5)]
    return pa.table([pa.array(times, TIMESTAMP), *prices], schema=_SIDE)


def _join_blocks() -> Iterator[tuple[str, list[str]]]:
    handler = _reference("data_handler")()
    for name, (bid_times, ask_times) in {
        "overlap": ([10, 20, 30, 40], [20, 25, 30, 50]),
        "equal": ([10, 20], [10, 20]),
        "apart": ([10, 20], [30, 40]),
        "late-bid": ([30], [10, 20, 30]),
        "empty": ([], []),
        "no-ask": ([10], []),
        "bid-unsorted": ([20, 10], [10, 10]),
        "ask-duplicate": ([10, 20], [10, 10]),
    }.items():
        bid, ask = _side(bid_times, 1.0), _side(ask_times, 101.0)
        lines = [*rows("bid", bid, _SIDE.names, is_input=True), *rows("ask", ask, _SIDE.names, is_input=True)]
        for ratio in (0.0, 0.5, 2 / 3, float(np.nextafter(2 / 3, 0.0)), 1.0, -0.1, 1.5, _NAN):
            lines += _call(("join", ratio), partial(handler.join_sides, bid, ask, ratio))
        yield f"calls/join-{name}", lines
