"""Indicators on their own, results and refusals alike."""

from __future__ import annotations

import math
from functools import partial
from itertools import product
from typing import Any, Final

import pyarrow as pa

from omega.contract import schemas
from omega_parity.drive.answers import answers, compare_answers
from omega_parity.drive.components import factories, native_factory, reference_factory
from omega_parity.gates.checks.bench import Bench, check
from omega_parity.generate.calls import sample_calls
from omega_parity.generate.markets import sample_market

_BARS: Final = 4_000
_QUICK_BARS: Final = 500
_WINDOWED: Final = 2_000
_QUICK_STREAM: Final = 200
_HOLED: Final = 600
_SCALED: Final = 700
_LEAST_ROWS: Final = 130
"""More than any window of :data:`SERIES`."""
_REFUSING: Final = 50

_CALLS: Final = 300
"""Generated cases of calls."""
_LEAST_CALLS: Final = 10


class _Unanswered:
    """Equal to nothing, nor unlike it, as pandas.NA."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, _: object) -> bool:
        raise TypeError("no answer")

    def __repr__(self) -> str:
        return "unanswered"


_MACD: Final = ("fast_period", "slow_period", "signal_period")
_VARIANCES: Final = ((0.01, 1.0), (1e-6, 1e-8), (1.0, 0.0))
"""Of measurement and process."""
_GARCH: Final = {"alpha": 0.25, "beta": 0.5, "omega": 1e-3, "scale": 10.0, "min_periods": 3, "floor": 1e-2}
_LOCAL: Final[dict[str, dict[str, Any]]] = {
    "ema": {"lookback": 9, "period": 5},
    "bollinger": {"lookback": 7, "period": 7, "std_factor": 2.0},
    "dmi": {"lookback": 20, "period": 14},
    "kalman_zscore": {"lookback": 30, "window": 20, "r": 0.01, "q": 1.0},
    "garch_volatility": {"lookback": 12, **_GARCH},
    "kalman_garch_zscore": {"lookback": 12, "r": 0.01, "q": 1.0, **_GARCH},
    "vol_cluster": {"lookback": 15, "feature": "atr_points", "window": 6, "period": 3, "point": 1e-5},
}

SERIES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    **{f"sma-{n}": ("sma", {"period": n}) for n in (1, 2, 20, 100)},
    **{f"ema-{n}": ("ema", {"period": n}) for n in (1, 2, 30, 200)},
    **{f"atr-{n}": ("atr", {"period": n}) for n in (1, 14, 100)},
    "true_range": ("true_range", {}),
    **{f"bollinger-{n}": ("bollinger", {"period": n, "std_factor": k}) for n, k in ((2, 1.0), (20, 2.0), (97, 2.5))},
    **{f"zscore-{w}": ("zscore", {"window": w, "mean": "rolling"}) for w in (2, 20, 100)},
    **{f"zscore-ema-{n}": ("zscore", {"window": w, "mean": "ema", "ema_period": n}) for w, n in ((2, 1), (100, 30))},
    **{f"{name}-{n}": (name, {"period": n}) for name, n in product(("rsi", "roc", "dmi"), (1, 14))},
    **{f"choppiness-{n}": ("choppiness", {"period": n}) for n in (2, 14)},
    **{f"macd-{f}": ("macd", dict(zip(_MACD, (f, s, g), strict=True))) for f, s, g in ((12, 26, 9), (1, 2, 1))},
    **{f"kalman_mean-{r}": ("kalman_mean", {"r": r, "q": q}) for r, q in _VARIANCES},
    **{f"kalman_zscore-{r}": ("kalman_zscore", {"window": 20, "r": r, "q": q}) for r, q in _VARIANCES},
    "garch-log": ("garch_volatility", {}),
    "garch-simple": ("garch_volatility", {**_GARCH, "log_returns": False}),
    "garch-undefined": ("garch_volatility", {**_GARCH, "beta": 0.75}),
    "kalman_garch": ("kalman_garch_zscore", {"r": 0.01, "q": 1.0}),
    "kalman_garch-simple": ("kalman_garch_zscore", {"r": 1e-6, "q": 1e-7, **_GARCH, "log_returns": False}),
    "cluster-garch": ("vol_cluster", {"feature": "garch_forecast", "window": 30}),
    "cluster-garch-linear": ("vol_cluster", {"feature": "garch_forecast", "window": 9, "k": 5, "log": False, **_GARCH}),
    "cluster-atr": ("vol_cluster", {"feature": "atr_points", "window": 20, "period": 14, "point": 1e-5}),
    "cluster-atr-1": ("vol_cluster", {"feature": "atr_points", "window": 1, "k": 1, "period": 1, "point": 1.0}),
    **{f"{name}_local": (f"{name}_local", given) for name, given in _LOCAL.items()},
    **{f"ema_stepwise-{name}": ("ema_stepwise", {"timeframe": name, "period": 5}) for name in ("M5", "H1", "D1")},
    "bollinger_stepwise": ("bollinger_stepwise", {"timeframe": "M15", "period": 5, "std_factor": 2.0}),
    "kalman_zscore_stepwise": ("kalman_zscore_stepwise", {"timeframe": "H1", "window": 3, "r": 0.01, "q": 1.0}),
}
"""What is asked for, by a label."""

STREAMED: Final = tuple(label for label, (name, _) in SERIES.items() if not name.endswith(("_local", "_stepwise")))
"""Labels of what has a form bar by bar."""

LENGTHS: Final = (1, 2, 3, 13, 14, 15, 19, 20, 21, 99, 100, 101, 199, 200, 201)
HOLES: Final = ((0,), (0, 1, 2), (50,), (99, 100), tuple(range(0, _HOLED, 7)), tuple(range(_HOLED)))
SCALES: Final = ((0.0, 1.1), (1e-5, 1e9), (1e300, 0.0), (5e-324, 0.0))
"""Factor and offset of every price."""

REFUSED: Final[tuple[tuple[str, Any, dict[str, Any]], ...]] = (
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
    ("zscore", "bid", {"window": 20, "mean": _Unanswered()}),
    ("zscore", _Unanswered(), {"window": 20, "mean": "ema", "ema_period": _Unanswered()}),
    ("bollinger", "bid", {"period": _Unanswered(), "std_factor": _Unanswered()}),
    ("zscore", "bid", {"window": 20, "mean": "rolling", "ema_period": 3}),
    ("zscore", "bid", {"window": 20, "mean": "ema"}),
    ("zscore", "bid", {"window": 20, "mean": "ema", "ema_period": 0}),
    ("zscore", "bid", {"b": 1, "a": 1}),
    ("macd", "bid", {"fast_period": 12, "slow_period": 26}),
    ("macd", "bid", {"fast_period": 0, "slow_period": 26, "signal_period": 0}),
    ("choppiness", "bid", {"period": 1}),
    ("kalman_mean", "bid", {"r": 1.0}),
    ("kalman_mean", "bid", {"r": 0.0, "q": -1.0}),
    ("kalman_mean", "bid", {"r": 2**1100, "q": 1.0}),
    ("kalman_mean", "bid", {"r": "1", "q": 1.0}),
    ("kalman_mean", "bid", {"r": 1, "q": math.nan}),
    ("kalman_mean", "bid", {"r": 1, "q": -0.5}),
    ("kalman_zscore", "bid", {"window": 1, "r": 0.0, "q": 1.0}),
    ("garch_volatility", "bid", {"alpha": -0.1, "beta": -0.1}),
    ("garch_volatility", "bid", {"log_returns": 1}),
    ("garch_volatility", "bid", {"min_periods": -1}),
    ("garch_volatility", "bid", {"omega": None}),
    ("garch_volatility", "bid", {"scale": 0}),
    ("kalman_garch_zscore", "bid", {"alpha": 0.1}),
    ("vol_cluster", "bid", {"window": 20}),
    ("vol_cluster", "bid", {"feature": "close", "window": 20}),
    ("vol_cluster", "bid", {"feature": "atr_points", "window": 20, "period": 3, "point": 0.0}),
    ("vol_cluster", "bid", {"feature": "atr_points", "window": 20, "period": 3, "point": 1.0, "alpha": 0.1}),
    ("vol_cluster", "bid", {"feature": "garch_forecast", "window": 20, "k": 6}),
    ("vol_cluster", "bid", {"feature": _Unanswered(), "window": 20}),
    ("ema_local", "bid", {"period": 3}),
    ("ema_local", "bid", {"lookback": 0, "period": 0}),
    ("ema_stepwise_local", "bid", {"lookback": 3, "timeframe": "H1", "period": 3}),
    ("_local", "bid", {}),
    ("ema_stepwise", "bid", {"timeframe": "H2", "period": 3}),
    ("ema_stepwise", "bid", {"timeframe": 60, "period": 3}),
)


def agree_on_series(bench: Bench, bars: pa.Table, about: str) -> None:
    """Compare every series over both sides of ``bars``; those that look at a window in every row over the last ones."""
    whole, part = (
        [make(table) for make in factories("indicator_cache")]
        for table in (bars, bars.slice(max(0, bars.num_rows - _WINDOWED)))
    )
    for (label, (name, parameters)), side in product(SERIES.items(), ("bid", "ask")):
        caches = part if name == "vol_cluster" or name.endswith("_local") else whole
        bench.agree(
            *(partial(cache.get, name, side, **parameters) for cache in caches), about=f"{about} {label} {side}"
        )


_RULES: Final = ("I-1", "I-2", "I-3", "I-4", "I-5", "I-6", "I-7", "I-8", "I-9", "I-10", "I-11", "I-12", "I-13", "I-14")


@check("indicators", "indicator_cache", rules=(*_RULES, "I-15", "I-16"))
def on_the_sample(bench: Bench) -> None:
    """Every series over the sample."""
    agree_on_series(bench, sample_market(n=bench.extent.few(_BARS, _QUICK_BARS)).bars, "sample")


@check("indicators", "indicator_cache", LENGTHS)
def on_short_series(bench: Bench, n: int) -> None:
    """Fewer rows than a period, as many, and one more."""
    agree_on_series(bench, sample_market(n=max(LENGTHS)).bars.slice(0, n), f"{n} rows")


def _holed(bars: pa.Table, holes: tuple[int, ...]) -> pa.Table:
    """Take prices out, in other rows of each column."""
    columns = {name: bars[name].to_numpy().copy() for name in schemas.PRICE_COLUMNS}
    for shift, column in enumerate(columns.values()):
        column[[(hole + shift) % bars.num_rows for hole in holes]] = math.nan
    for name, column in columns.items():
        index = bars.schema.get_field_index(name)
        bars = bars.set_column(index, bars.schema.field(name), pa.array(column, from_pandas=False))
    return bars


@check("indicators", "indicator_cache", HOLES)
def with_missing_rows(bench: Bench, holes: tuple[int, ...]) -> None:
    """Prices that are missing, in other rows of each column."""
    n = bench.extent.few(_HOLED, _LEAST_ROWS)
    bars = _holed(sample_market(n=n).bars, holes)
    agree_on_series(bench, bars, f"{len(holes)} holes")


@check("indicators", "indicator_cache", SCALES)
def constant_and_huge_series(bench: Bench, given: tuple[float, float]) -> None:
    """Prices that stand still, and those at the ends of what a double holds."""
    scale, offset = given
    bars = sample_market(n=bench.extent.few(_SCALED, _LEAST_ROWS)).bars
    for name in schemas.PRICE_COLUMNS:
        values = bars[name].to_numpy() * scale + offset
        bars = bars.set_column(bars.schema.get_field_index(name), bars.schema.field(name), pa.array(values))
    agree_on_series(bench, bars, f"scale {scale}")


@check("indicators", "indicator_cache")
def generated_calls(bench: Bench) -> None:
    """Indicators over bars that stand still or miss prices, broken bars, joins of sides with gaps."""
    for case in sample_calls(bench.extent.few(_CALLS, _LEAST_CALLS), bench.extent.seed or 0):
        found = compare_answers(answers(case.calls, reference_factory), answers(case.calls, native_factory))
        bench.settle(found, case.name)


@check("indicators", "indicator_cache", REFUSED, rules=("I-17",))
def refused_parameters(bench: Bench, given: tuple[str, str, dict[str, Any]]) -> None:
    """Names, sides and parameters that are none."""
    name, side, parameters = given
    caches = [make(sample_market(n=_REFUSING).bars) for make in factories("indicator_cache")]
    bench.refuse(*(partial(cache.get, name, side, **parameters) for cache in caches), about=given)


@check("indicators", "indicator_cache", STREAMED, rules=("I-18",))
def bar_by_bar(bench: Bench, label: str) -> None:
    """The streaming form of each, on both sides, against the series of the reference."""
    name, parameters = SERIES[label]
    bars = _holed(sample_market(n=bench.extent.few(_HOLED, _QUICK_STREAM)).bars, (50, 99, 100))
    reference, native = (make(bars) for make in factories("indicator_cache"))
    high, low, close = (bars[f"bid_{part}"].to_pylist() for part in ("high", "low", "close"))

    def series(cache: Any) -> tuple[list[float], ...]:
        stream = cache.stream(name, **parameters)
        return tuple(map(list, zip(*map(stream.push, high, low, close), strict=True)))

    bench.agree(partial(series, reference), partial(series, native), about=f"bar by bar {label}")
    bench.agree(partial(reference.get, name, "bid", **parameters), partial(series, native), about=f"series of {label}")


UNSTREAMED: Final = ("sma_local", "ema_stepwise", "median", _Unanswered())


@check("indicators", "indicator_cache", UNSTREAMED, rules=("I-18",))
def refused_streams(bench: Bench, name: Any) -> None:
    """Names of what has no streaming form."""
    caches = [make(sample_market(n=_REFUSING).bars) for make in factories("indicator_cache")]
    bench.refuse(*(partial(cache.stream, name) for cache in caches), about=name)
