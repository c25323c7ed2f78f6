"""Every indicator against formulas of pandas and NumPy, on both sides, within 1e-9 relative after the warm-up."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

import omega

Array = npt.NDArray[np.float64]

SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "bollinger": {"period": 20, "std_factor": 2.0},
    "zscore": {"window": 20, "mean": "ema", "ema_period": 9},
    "macd": {"fast_period": 12, "slow_period": 26, "signal_period": 9},
    "kalman_mean": {"r": 0.01, "q": 0.002},
    "kalman_zscore": {"window": 20, "r": 0.01, "q": 0.002},
    "garch_volatility": {"alpha": 0.1, "beta": 0.7, "omega": 1e-4, "min_periods": 5, "floor": 1e-5},
    "kalman_garch_zscore": {"r": 0.01, "q": 0.002, "alpha": 0.1, "beta": 0.7},
    "vol_cluster": {"feature": "garch_forecast", "window": 40, "k": 3},
}
_KALMAN: Final = {"r": 0.01, "q": 0.002}
_GARCH: Final = {"alpha": 0.1, "beta": 0.7, "omega": 1e-4, "scale": 50.0, "min_periods": 5, "floor": 1e-3}
WHOLE: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("bollinger", {"period": 20, "std_factor": 2}),
    ("zscore", {"window": 20, "mean": "ema", "ema_period": 9}),
    ("macd", {"fast_period": 12, "slow_period": 26, "signal_period": 9}),
    ("kalman_mean", _KALMAN),
    ("kalman_zscore", {"window": 20, **_KALMAN}),
    ("garch_volatility", _GARCH),
    ("kalman_garch_zscore", {**_KALMAN, **_GARCH}),
    ("vol_cluster", {"feature": "garch_forecast", "window": 5, "k": 4, **_GARCH, "min_periods": 3}),
    ("vol_cluster", {"feature": "atr_points", "window": 5, "k": 4, "period": 3, "point": 1e-5}),
    ("bollinger_stepwise", {"timeframe": "M15", "period": 5, "std_factor": 2}),
    ("kalman_zscore_stepwise", {"timeframe": "M15", "window": 5, **_KALMAN}),
)
"""Indicators with several numbers, all of them given."""
_LOCAL_TOO: Final = {"sma": {"period": 9}, "ema": {"period": 9}, "rsi": {"period": 9}, "roc": {"period": 9}}
_LOCAL_TOO_OF_BARS: Final = {"atr": {"period": 9}, "dmi": {"period": 9}, "choppiness": {"period": 9}}


def exchanged(name: str, given: Mapping[str, Any]) -> list[tuple[str, dict[str, Any], str, str]]:
    """Name every pair of numbers that could stand in each other's place; integers are numbers too."""
    numbers = [key for key, value in given.items() if isinstance(value, int | float)]
    pairs = [pair for pair in combinations(numbers, 2) if type(given[pair[0]]) is type(given[pair[1]])]
    return [(name, dict(given), one, other) for one, other in pairs]


EXCHANGED: Final = [
    *(case for name, given in WHOLE for case in exchanged(name, given)),
    *(
        (f"{name}_local", {"lookback": 30, **given}, "lookback", key)
        for name, given in (*WHOLE, *_LOCAL_TOO.items(), *_LOCAL_TOO_OF_BARS.items())
        for key, value in given.items()
        if not name.endswith("_stepwise") and isinstance(value, int) and key != "k"
    ),
]
"""Every pair of parameters of an indicator that are of one type: `k` is at most 5, and no lookback."""


@pytest.fixture(scope="module")
def frame(sample: omega.Bars) -> pd.DataFrame:
    return sample.table.to_pandas()


def close_to(found: object, expected: object, skip: int = 0, scale: float = 1e-12) -> None:
    left, right = np.asarray(found, dtype=float)[skip:], np.asarray(expected, dtype=float)[skip:]
    assert np.array_equal(np.isnan(left), np.isnan(right))
    assert np.allclose(left, right, rtol=1e-9, atol=scale, equal_nan=True)


def smoothed(values: pd.Series, period: int) -> pd.Series:
    return values.ewm(alpha=1.0 / period, adjust=False).mean()


def ranges(frame: pd.DataFrame) -> pd.Series:
    before = frame.bid_close.shift(1)
    terms = [frame.bid_high - frame.bid_low, (frame.bid_high - before).abs(), (frame.bid_low - before).abs()]
    return pd.concat(terms, axis=1).max(axis=1)


@pytest.mark.rule("I-3")
def test_rsi(sample: omega.Bars, frame: pd.DataFrame, backend: str) -> None:
    change = frame.bid_close.diff()
    gain, loss = smoothed(change.clip(lower=0.0), 14), smoothed((-change).clip(lower=0.0), 14)
    close_to(omega.indicator("rsi", sample, backend=backend, period=14), 100.0 - 100.0 / (1.0 + gain / loss), 2)


@pytest.mark.rule("I-4")
def test_macd(sample: omega.Bars, frame: pd.DataFrame, backend: str) -> None:
    found = omega.indicator("macd", sample, backend=backend, **SETTINGS["macd"])
    fast, slow = (frame.bid_close.ewm(span=span, adjust=False).mean() for span in (12, 26))
    signal = (fast - slow).ewm(span=9, adjust=False).mean()
    for series, expected in zip(found, (fast - slow, signal, fast - slow - signal), strict=True):
        close_to(series, expected)


@pytest.mark.rule("I-5")
def test_roc(sample: omega.Bars, frame: pd.DataFrame, backend: str) -> None:
    found = omega.indicator("roc", sample, backend=backend, period=7)
    close_to(found, 100.0 * frame.bid_close.pct_change(7))


@pytest.mark.rule("I-7")
def test_dmi(sample: omega.Bars, frame: pd.DataFrame, backend: str) -> None:
    up, down = frame.bid_high.diff(), -frame.bid_low.diff()
    rise = up.where((up > down) & (up > 0.0), 0.0)
    fall = down.where((down > up) & (down > 0.0), 0.0)
    plus, minus = (100.0 * smoothed(move, 14) / smoothed(ranges(frame), 14) for move in (rise, fall))
    adx = smoothed(100.0 * (plus - minus).abs() / (plus + minus), 14)
    for series, expected in zip(
        omega.indicator("dmi", sample, backend=backend, period=14), (plus, minus, adx), strict=True
    ):
        close_to(series, expected, 2)


@pytest.mark.rule("I-9", "N-4")
def test_choppiness(sample: omega.Bars, frame: pd.DataFrame, backend: str) -> None:
    width = frame.bid_high.rolling(14).max() - frame.bid_low.rolling(14).min()
    expected = 100.0 * np.log10(ranges(frame).rolling(14).sum() / width) / np.log10(14.0)
    close_to(omega.indicator("choppiness", sample, backend=backend, period=14), expected, scale=1e-9)


def last_of_walk(close: Array, r: float, q: float) -> float:
    """Solve for the walk that fits all prices best, and return its last point."""
    n = len(close)
    matrix = np.eye(n) / r
    for row in range(1, n):
        matrix[row - 1 : row + 1, row - 1 : row + 1] += np.array([[1.0, -1.0], [-1.0, 1.0]]) / q
    return float(np.linalg.solve(matrix, close / r)[-1])


@pytest.mark.rule("I-10")
def test_kalman_mean(sample: omega.Bars, frame: pd.DataFrame, backend: str) -> None:
    found = omega.indicator("kalman_mean", sample, backend=backend, r=0.01, q=0.002)
    close = frame.bid_close.to_numpy()
    close_to(np.asarray(found)[[0, 1, 9, 40]], [last_of_walk(close[: row + 1], 0.01, 0.002) for row in (0, 1, 9, 40)])


@pytest.mark.rule("I-11")
def test_kalman_zscore(sample: omega.Bars, frame: pd.DataFrame, backend: str) -> None:
    mean = omega.indicator("kalman_mean", sample, backend=backend, r=0.01, q=0.002)
    found = omega.indicator("kalman_zscore", sample, backend=backend, **SETTINGS["kalman_zscore"])
    distance = frame.bid_close - np.asarray(mean)
    deviation = [distance[row - 19 : row + 1].std() if row >= 19 else np.nan for row in range(len(frame))]
    close_to(found, distance / np.array(deviation), scale=1e-9)


def garch(close: Array, **terms: float) -> Array:
    """Unroll the variance: every shock so far with its weight."""
    change = 100.0 * np.diff(np.log(close))
    shocks = (change - change[0]) ** 2
    variance = np.empty(len(change))
    for row in range(len(change)):
        weights = terms["beta"] ** np.arange(row)[::-1]
        variance[row] = terms["beta"] ** row * 1e-6 + np.sum(weights * (terms["omega"] + terms["alpha"] * shocks[:row]))
    volatility: Array = np.concatenate([[np.nan], np.sqrt(variance) / 100.0])
    return volatility


@pytest.mark.rule("I-12", "I-13", "N-4")
def test_garch(sample: omega.Bars, frame: pd.DataFrame, backend: str) -> None:
    expected = garch(frame.bid_close.to_numpy(), alpha=0.1, beta=0.7, omega=1e-4)
    expected[:6] = np.nan
    found = omega.indicator("garch_volatility", sample, backend=backend, **SETTINGS["garch_volatility"])
    close_to(found, expected)
    mean = omega.indicator("kalman_mean", sample, backend=backend, r=0.01, q=0.002)
    score = omega.indicator(
        "kalman_garch_zscore", sample, backend=backend, r=0.01, q=0.002, **SETTINGS["garch_volatility"]
    )
    close_to(score, (frame.bid_close - np.asarray(mean)) / (frame.bid_close * expected), scale=1e-9)


def clusters(values: Array, k: int) -> Array:
    """Lloyd's rounds with NumPy, until nothing is assigned anew."""
    centres = np.quantile(values, np.arange(1, k + 1) / (k + 1))
    for _ in range(30):
        nearest = np.abs(values[:, None] - centres).argmin(axis=1)
        moved = np.array([values[nearest == j].mean() if (nearest == j).any() else centres[j] for j in range(k)])
        is_settled = bool((np.abs(moved - centres) <= 1e-6 + 1e-4 * np.abs(centres)).all())
        centres = moved
        if is_settled:
            break
    sorted_centres: Array = np.sort(centres)
    return sorted_centres


@pytest.mark.rule("I-16")
def test_vol_cluster(sample: omega.Bars, backend: str) -> None:
    volatility = np.asarray(omega.indicator("garch_volatility", sample, backend=backend))
    found = np.asarray(omega.indicator("vol_cluster", sample, backend=backend, **SETTINGS["vol_cluster"]))
    assert np.isnan(found[:51]).all()
    for row in range(90, len(found), 17):
        values = np.log(volatility[row - 39 : row + 1])
        assert found[row] == np.abs(values[-1] - clusters(values, 3)).argmin(), row


@pytest.mark.rule("I-15", "G-3")
def test_stepwise(sample: omega.Bars, frame: pd.DataFrame, backend: str) -> None:
    found = omega.indicator("ema_stepwise", sample, backend=backend, timeframe="H1", period=5)
    # A row is indexed by its end: an hour is known from the row on that ends with it.
    ends = pd.DatetimeIndex(frame.timestamp) + pd.Timedelta("5min")
    hourly = pd.Series(frame.bid_close.to_numpy(), ends).resample("1h", closed="right", label="right").last().dropna()
    expected = hourly.ewm(span=5, adjust=False).mean().reindex(ends, method="ffill")
    close_to(found, expected)


@pytest.mark.rule("I-14")
@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_local_is_the_last_value_of_a_part(sample: omega.Bars, backend: str, name: str) -> None:
    given = SETTINGS[name] | ({"min_periods": 20, "window": 10} if name == "vol_cluster" else {})
    found = np.atleast_2d(omega.indicator(f"{name}_local", sample, backend=backend, lookback=60, **given))
    assert np.isnan(found[:, :59]).all()
    for row in (59, 123, 200):
        part = sample.table.slice(row - 59, 60)
        expected = np.atleast_2d(omega.indicator(name, part, backend=backend, **given))[:, -1]
        assert np.array_equal(found[:, row], expected, equal_nan=True)


def computed(name: str, sample: omega.Bars, backend: str, given: Mapping[str, Any]) -> Array:
    found: Array = np.atleast_2d(omega.indicator(name, sample, backend=backend, **given))
    return found


@pytest.mark.rule("I-10", "I-17")
@pytest.mark.parametrize(("name", "given", "one", "other"), EXCHANGED)
def test_exchanged_parameters_are_noticed_on_both_sides(
    sample: omega.Bars, name: str, given: dict[str, Any], one: str, other: str
) -> None:
    bars = sample.first(200)
    swapped = {**given, one: given[other], other: given[one]}
    for backend in ("python", "rust"):
        before, after = (computed(name, bars, backend, each) for each in (given, swapped))
        assert not np.isnan(before).all()
        assert not np.array_equal(before, after, equal_nan=True), backend
    assert computed(name, bars, "python", swapped).tobytes() == computed(name, bars, "rust", swapped).tobytes()


def test_no_pair_of_parameters_is_left_out() -> None:
    kinds = {"length": "length", "number": "number", "positive": "number", "not_negative": "number"}
    tried = {(name, frozenset((one, other))) for name, _, one, other in EXCHANGED}
    for indicator in omega.indicators():
        taken = [each for each in indicator.parameters if each.kind in kinds]
        for one, other in combinations(taken, 2):
            # Of two features no call has both, and a cluster's point has no other number beside it.
            apart = one.only_with is not None and other.only_with is not None and one.only_with != other.only_with
            if kinds[one.kind] == kinds[other.kind] and not apart:
                assert (indicator.name, frozenset((one.name, other.name))) in tried, (indicator.name, one, other)


@pytest.mark.rule("I-18", "Q-I18")
@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_a_stream_is_the_series(sample: omega.Bars, frame: pd.DataFrame, backend: str, name: str) -> None:
    given = SETTINGS[name]
    stream = omega.IndicatorStream(name, backend, **given)
    assert stream.backend == backend
    rows = zip(frame.bid_high, frame.bid_low, frame.bid_close, strict=True)
    pushed = np.array([stream.push(high=high, low=low, close=close) for high, low, close in rows])
    expected = computed(name, sample, backend, given)
    assert np.array_equal(np.atleast_2d(pushed.T), expected, equal_nan=True)


@pytest.mark.rule("Q-I18")
def test_a_stream_refuses_what_is_no_price(backend: str) -> None:
    stream = omega.IndicatorStream("sma", backend, period=2)
    for price in ("1.0", None, True, 1j):
        with pytest.raises(omega.OmegaError) as caught:
            stream.push(close=price)  # type: ignore[arg-type]
        assert (caught.value.code, caught.value.column) == (omega.ErrorCode.TYPE_MISMATCH, "close")
    assert np.isnan(stream.push(close=1))
    assert stream.push(close=np.float64(2.0)) == 1.5


def test_every_indicator_is_listed() -> None:
    listed = omega.indicators()
    assert {"sma", "rsi", "macd", "roc", "dmi", "choppiness", "garch_volatility"} <= {one.name for one in listed}
    assert all(one.warm_up and one.formula and one.source and one.outputs for one in listed)
    period = next(one for one in listed if one.name == "rsi").parameters[0]
    assert (period.name, period.least, period.default) == ("period", 1, None)
