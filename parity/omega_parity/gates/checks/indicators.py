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
_QUICK_BARS: Final = 800
_HOLED: Final = 600
_SCALED: Final = 700
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


SERIES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    **{f"sma-{n}": ("sma", {"period": n}) for n in (1, 2, 20, 100)},
    **{f"ema-{n}": ("ema", {"period": n}) for n in (1, 2, 30, 200)},
    **{f"atr-{n}": ("atr", {"period": n}) for n in (1, 14, 100)},
    "true_range": ("true_range", {}),
    **{f"bollinger-{n}": ("bollinger", {"period": n, "std_factor": k}) for n, k in ((2, 1.0), (20, 2.0), (97, 2.5))},
    **{f"zscore-{w}": ("zscore", {"window": w, "mean": "rolling"}) for w in (2, 20, 100)},
    **{f"zscore-ema-{n}": ("zscore", {"window": w, "mean": "ema", "ema_period": n}) for w, n in ((2, 1), (100, 30))},
}

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
)


def agree_on_series(bench: Bench, bars: pa.Table, about: str) -> None:
    """Compare every series over both sides of ``bars``."""
    caches = [make(bars) for make in factories("indicator_cache")]
    for (label, (name, parameters)), side in product(SERIES.items(), ("bid", "ask")):
        bench.agree(
            *(partial(cache.get, name, side, **parameters) for cache in caches), about=f"{about} {label} {side}"
        )


@check("indicators", "indicator_cache", rules=("I-1", "I-2", "I-6", "I-8", "I-11"))
def on_the_sample(bench: Bench) -> None:
    """Every series over the sample."""
    agree_on_series(bench, sample_market(n=bench.extent.few(_BARS, _QUICK_BARS)).bars, "sample")


@check("indicators", "indicator_cache", LENGTHS)
def on_short_series(bench: Bench, n: int) -> None:
    """Fewer rows than a period, as many, and one more."""
    agree_on_series(bench, sample_market(n=max(LENGTHS)).bars.slice(0, n), f"{n} rows")


@check("indicators", "indicator_cache", HOLES)
def with_missing_rows(bench: Bench, holes: tuple[int, ...]) -> None:
    """Prices that are missing, in other rows of each column."""
    bars = sample_market(n=_HOLED).bars
    columns = {name: bars[name].to_numpy().copy() for name in schemas.PRICE_COLUMNS}
    for shift, column in enumerate(columns.values()):
        column[[(hole + shift) % _HOLED for hole in holes]] = math.nan
    for name, column in columns.items():
        index = bars.schema.get_field_index(name)
        bars = bars.set_column(index, bars.schema.field(name), pa.array(column, from_pandas=False))
    agree_on_series(bench, bars, f"{len(holes)} holes")


@check("indicators", "indicator_cache", SCALES)
def constant_and_huge_series(bench: Bench, given: tuple[float, float]) -> None:
    """Prices that stand still, and those at the ends of what a double holds."""
    scale, offset = given
    bars = sample_market(n=_SCALED).bars
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
