"""Calls of indicators (I): over sound bars, bars with gaps and flat ones, and with parameters that are refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import product
from typing import Final

import pyarrow as pa

from mutants.corpus.answers import INFINITY, NAN, Put, call, changed, put_lines, reference
from mutants.corpus.lines import rows, word
from omega.contract.protocols import IndicatorParameter
from omega.contract.schemas import BARS, PRICE_COLUMNS
from omega_parity.generate.markets import sample_market

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
    *((name, {"period": period}) for name in ("rsi", "roc", "dmi") for period in (1, 5)),
    *(("choppiness", {"period": period}) for period in (2, 7)),
    ("macd", {"fast_period": 2, "slow_period": 5, "signal_period": 3}),
    ("kalman_mean", {"r": 0.01, "q": 0.002}),
    ("kalman_mean", {"r": 1, "q": 0}),
    ("kalman_zscore", {"window": 6, "r": 0.01, "q": 0.002}),
    ("garch_volatility", {"min_periods": 4}),
    ("garch_volatility", {"alpha": 0.25, "beta": 0.5, "omega": 0.001, "scale": 10.0, "min_periods": 0, "floor": 0.02}),
    ("garch_volatility", {"alpha": 0.5, "beta": 0.5}),
    ("kalman_garch_zscore", {"r": 0.01, "q": 0.002, "log_returns": False, "min_periods": 2}),
    ("vol_cluster", {"feature": "garch_forecast", "window": 12, "min_periods": 3}),
    ("vol_cluster", {"feature": "atr_points", "window": 9, "k": 4, "log": False, "period": 3, "point": 0.0001}),
    ("vol_cluster", {"feature": "atr_points", "window": 2, "k": 1, "period": 1, "point": 1.0}),
    ("bollinger_local", {"lookback": 6, "period": 4, "std_factor": 2.0}),
    ("garch_volatility_local", {"lookback": 9, "min_periods": 3}),
    ("ema_stepwise", {"timeframe": "M15", "period": 3}),
    ("bollinger_stepwise", {"timeframe": "M15", "period": 2, "std_factor": 2.0}),
    ("kalman_zscore_stepwise", {"timeframe": "M30", "window": 2, "r": 0.01, "q": 0.002}),
)

_MISSING: Final[tuple[Put, ...]] = (
    *(("bid_close", row, NAN) for row in (0, 13)),
    *(("bid_high", row, NAN) for row in (4, 13)),
    ("bid_low", 21, NAN),
    *(("ask_close", row, NAN) for row in (17, 18)),
)


def _get(bars: pa.Table, name: str, side: str, parameters: Mapping[str, IndicatorParameter]) -> Iterator[str]:
    kinds = {bool: "b", int: "i", float: "f", str: "t"}
    given = (f"{key}={kinds[type(value)]}:{word(value, is_input=True)}" for key, value in parameters.items())
    cache = reference("indicator_cache")(bars)
    yield from call(("get", name, side, *given), partial(cache.get, name, side, **parameters))


def indicator_calls() -> Iterator[str]:
    """Ask for each indicator, over bars of which some miss a price."""
    bars = sample_market(n=40, seed=5).bars
    yield from rows("bar", bars, BARS.names, is_input=True)
    for name, parameters in _SERIES:
        yield from _get(bars, name, "ask", parameters)
    yield from put_lines(_MISSING)
    holed = changed(bars, _MISSING)
    for (name, parameters), side in product(_SERIES, ("bid", "ask")):
        yield from _get(holed, name, side, parameters)


def flat_indicator_calls() -> Iterator[str]:
    """A price that stands still: no deviation, and an average that must not drift (I-2)."""
    bars = sample_market(n=14).bars
    puts: list[Put] = [(name, row, 0.1) for name in PRICE_COLUMNS for row in range(14)]
    puts += [("bid_close", row, price) for row, price in ((0, 0.3), (12, 0.7))]
    yield from rows("bar", bars, BARS.names, is_input=True)
    yield from put_lines(puts)
    flat = changed(bars, puts)
    for name, parameters in _SERIES:
        yield from _get(flat, name, "bid", parameters)


_BAD_BANDS: Final[tuple[Mapping[str, IndicatorParameter], ...]] = (
    {"period": 1, "std_factor": NAN},
    {"period": 2, "std_factor": NAN},
    {"period": 2, "std_factor": INFINITY},
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


_BAD: Final[tuple[tuple[str, Mapping[str, IndicatorParameter]], ...]] = (
    ("macd", {"fast_period": 2, "slow_period": 0, "signal_period": 0}),
    ("macd", {"slow_period": 2}),
    ("choppiness", {"period": 1}),
    ("kalman_mean", {"r": 0.0, "q": -1.0}),
    ("kalman_mean", {"r": 1.0, "q": -1.0}),
    ("kalman_mean", {"r": NAN, "q": 1.0}),
    ("kalman_zscore", {"window": 1, "r": 1.0, "q": 1.0}),
    ("garch_volatility", {"alpha": -0.5}),
    ("garch_volatility", {"log_returns": 1}),
    ("garch_volatility", {"min_periods": -1}),
    ("garch_volatility", {"scale": 0.0}),
    ("garch_volatility", {"omega": "no"}),
    ("vol_cluster", {"feature": "close", "window": 3}),
    ("vol_cluster", {"feature": "atr_points", "window": 3, "alpha": 0.1, "period": 1, "point": 1.0}),
    ("vol_cluster", {"feature": "garch_forecast", "window": 3, "k": 6}),
    ("vol_cluster", {"feature": "atr_points", "window": 3, "period": 1, "point": 0.0}),
    ("ema_local", {"period": 3}),
    ("ema_local", {"lookback": 0, "period": 0}),
    ("ema_stepwise_local", {"lookback": 3}),
    ("ema_stepwise", {"timeframe": "H2", "period": 3}),
    ("ema_stepwise", {"timeframe": 3, "period": 3}),
)


def refused_indicator_calls() -> Iterator[str]:
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
    for name, parameters in _BAD:
        yield from _get(bars, name, "bid", parameters)
    for parameters in _BAD_SCORES:
        yield from _get(bars, "zscore", "ask", parameters)
