"""Forms of indicators besides the series: bar by bar, local, and of a higher timeframe."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega_reference.data import DataHandler
from omega_reference.indicators.bollinger import bollinger
from omega_reference.indicators.cache import IndicatorCache
from omega_reference.indicators.ema import ema
from omega_reference.indicators.kalman_zscore import kalman_zscore
from omega_reference.indicators.local import local_values
from omega_reference.indicators.parameters import Parameters
from omega_reference.indicators.rolling import RollingDeviation, RollingMaximum, RollingMean, RollingSum
from omega_reference.indicators.series import Prices
from omega_reference.indicators.stepwise import held, higher_closes, shortest_step
from omega_reference.indicators.windows import window_mean, window_std, window_sum

NAN = math.nan
MINUTE = 60_000_000
KALMAN: Final = {"r": 0.01, "q": 0.5}
FORMS: Final[tuple[tuple[str, Mapping[str, Any]], ...]] = (
    *((name, {"period": 14}) for name in ("sma", "ema", "rsi", "roc", "dmi", "choppiness", "atr")),
    *((name, {"period": 2}) for name in ("sma", "choppiness", "roc")),
    ("sma", {"period": 1}),
    ("sma", {"period": 301}),
    ("true_range", {}),
    ("bollinger", {"period": 20, "std_factor": 2.0}),
    ("zscore", {"window": 9, "mean": "rolling"}),
    ("zscore", {"window": 9, "mean": "ema", "ema_period": 4}),
    ("macd", {"fast_period": 5, "slow_period": 9, "signal_period": 4}),
    ("kalman_mean", KALMAN),
    ("kalman_zscore", {"window": 7, **KALMAN}),
    ("garch_volatility", {}),
    ("kalman_garch_zscore", {**KALMAN, "log_returns": False}),
    ("vol_cluster", {"feature": "garch_forecast", "window": 40}),
    ("vol_cluster", {"feature": "atr_points", "window": 40, "period": 5, "point": 1e-5}),
)


def same(actual: Sequence[float], expected: Sequence[float]) -> bool:
    return [x if x == x else None for x in actual] == [x if x == x else None for x in expected]


def prices(bars: pa.Table, name: str) -> list[float]:
    column: list[Any] = bars[name].to_pylist()
    return column


@pytest.fixture(scope="module")
def bars() -> pa.Table:
    table = DataHandler().sample_bars(300, 3)
    for name, row in (("bid_high", 40), ("bid_close", 90), ("bid_low", 91)):
        column = table[name].to_pylist()
        column[row] = NAN
        table = table.set_column(table.schema.get_field_index(name), table.schema.field(name), pa.array(column))
    return table


@pytest.mark.rule("I-18", "Q-I18")
@pytest.mark.parametrize(("name", "parameters"), FORMS)
def test_bar_by_bar_is_the_series(bars: pa.Table, name: str, parameters: Mapping[str, Any]) -> None:
    cache = IndicatorCache(bars)
    series = cache.get(name, "bid", **parameters)
    stream = cache.stream(name, **parameters)
    high, low, close = (prices(bars, f"bid_{part}") for part in ("high", "low", "close"))
    pushed = list(map(stream.push, high, low, close))
    assert repr(list(zip(*pushed, strict=True))) == repr([tuple(values) for values in series])


@pytest.mark.rule("Q-I18")
@pytest.mark.parametrize("name", ["ema_local", "ema_stepwise", "wma"])
def test_what_is_not_over_bars_as_they_are_has_no_stream(bars: pa.Table, name: str) -> None:
    with pytest.raises(OmegaError) as caught:
        IndicatorCache(bars).stream(name)
    assert (caught.value.code, caught.value.column) == (ErrorCode.INVALID_ARGUMENT, "name")


@pytest.mark.rule("N-7")
@pytest.mark.parametrize("window", [1, 2, 3, 10, 100, 101])
def test_windows_row_by_row(bars: pa.Table, window: int) -> None:
    close = prices(bars, "bid_close")[:100]
    assert same(list(map(RollingSum(window).step, close)), window_sum(close, window))
    assert same(list(map(RollingMean(window).step, close)), window_mean(close, window))
    if window > 1:
        assert same(list(map(RollingDeviation(window).step, close)), window_std(close, window))
    largest = [max(close[row + 1 - window : row + 1]) if row + 1 >= window else NAN for row in range(100)]
    largest = [
        NAN if any(map(math.isnan, close[max(0, row + 1 - window) : row + 1])) else x for row, x in enumerate(largest)
    ]
    assert same(list(map(RollingMaximum(window).step, close)), largest)


@pytest.mark.rule("I-14", "Q-I14")
def test_a_local_form_sees_the_last_bars_alone(bars: pa.Table) -> None:
    found = IndicatorCache(bars).get("kalman_zscore_local", "bid", lookback=12, window=5, **KALMAN)[0]
    close = prices(bars, "bid_close")
    assert all(math.isnan(x) for x in found[:11])
    expected = [kalman_zscore(close[row - 11 : row + 1], 5, **KALMAN)[-1] for row in range(11, 300)]
    assert same(found[11:], expected)


@pytest.mark.rule("I-14")
def test_too_few_bars_are_null() -> None:
    two = Prices([0, 1], [1.0, 2.0], [1.0, 2.0], [1.0, 2.0])
    given = Parameters({"period": 2})
    assert local_values("sma", two, 0, 2, given) is None
    assert local_values("sma", two, 1, 2, given) == (1.5,)


@pytest.mark.rule("I-15", "Q-I15", "G-3")
def test_a_higher_bar_is_seen_when_its_last_row_ends() -> None:
    times = [minute * MINUTE for minute in (0, 5, 15, 20, 25, 30)]
    close = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert higher_closes(Prices(times, close, close, close), 15 * MINUTE) == ([2.0, 5.0, 6.0], [0, 0, 1, 1, 2, 2])
    assert shortest_step([5, 5, 3, 10, 14]) == 4
    assert (shortest_step([]), shortest_step([7])) == (0, 0)


@pytest.mark.rule("I-15")
def test_a_step_is_held_and_a_missing_one_keeps_the_one_before() -> None:
    assert same(held([1.0, NAN, 3.0], [0, 1, 2, 2, 3]), [NAN, 1.0, 1.0, 1.0, 3.0])


@pytest.mark.rule("I-15", "Q-I15")
def test_stepwise_forms_are_those_of_the_higher_closes(bars: pa.Table) -> None:
    # The sample begins at midnight and has no gap in its first day: an hour is twelve bars.
    hours = bars.slice(100, 180)
    cache = IndicatorCache(hours)
    close = prices(hours, "bid_close")
    first = 12 - 100 % 12
    ends = range(first, 181, 12)
    closes = [close[end - 1] for end in ends]
    by_form = {
        "ema_stepwise": ({"period": 3}, (ema(closes, 3),)),
        "bollinger_stepwise": ({"period": 3, "std_factor": 2.0}, bollinger(closes, 3, 2.0)),
        "kalman_zscore_stepwise": ({"window": 3, **KALMAN}, (kalman_zscore(closes, 3, **KALMAN),)),
    }
    for name, (parameters, expected) in by_form.items():
        found = cache.get(name, "bid", timeframe="H1", **parameters)  # type: ignore[arg-type]
        for series, steps in zip(found, expected, strict=True):
            seen = [(row + 1 - first) // 12 for row in range(180)]
            assert same(series, [steps[step] if step >= 0 else NAN for step in seen]), name
