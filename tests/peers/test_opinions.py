"""Indicators against TA-Lib and SciPy over real bars, on both sides, within 1e-9 of their scale after the warm-up."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest
import talib
from scipy.linalg import solve_banded
from scipy.ndimage import maximum_filter1d, minimum_filter1d
from scipy.signal import lfilter

import omega
from omega_parity.generate.markets import market_data_folder

Array = npt.NDArray[np.float64]
Prices = tuple[Array, Array, Array]

SETS: Final = ("oanda_eurusd_h1_2007_2018", "fxcm_usdjpy_m1_201302")
ROWS: Final = 20_000
WARM_UP: Final = 1_500
"""Rows after which averages that began otherwise have met."""


@pytest.fixture(scope="module", params=SETS)
def bars(request: pytest.FixtureRequest) -> omega.Bars:
    folder = market_data_folder()
    assert folder is not None, "set OMEGA_MARKET_DATA to the folder of real bars"
    return omega.read_bars(Path(folder) / f"{request.param}.parquet").first(ROWS)


@pytest.fixture(scope="module")
def prices(bars: omega.Bars) -> Prices:
    high, low, close = (np.ascontiguousarray(bars.table[f"bid_{name}"].to_numpy()) for name in ("high", "low", "close"))
    return high, low, close


@pytest.fixture(params=["python", "rust"])
def ask(request: pytest.FixtureRequest, bars: omega.Bars) -> Callable[..., Any]:
    def asked(name: str, **given: Any) -> Any:
        return omega.indicator(name, bars, backend=request.param, **given)

    return asked


def close_to(found: object, expected: object, skip: int = WARM_UP) -> None:
    left, right = np.asarray(found, dtype=float)[skip:], np.asarray(expected, dtype=float)[skip:]
    assert len(left) > ROWS // 2
    assert np.isfinite(left).all()
    assert np.abs(left - right).max() <= 1e-9 * np.abs(right).max()


def smoothed(values: Array, weight: float) -> Array:
    """Filter with y = (1 − a)y + ax from the first value on, by SciPy."""
    found: Array = lfilter([weight], [1.0, weight - 1.0], values, zi=[(1.0 - weight) * values[0]])[0]
    return found


def ranges(of: Prices) -> Array:
    high, low, close = of
    before = np.concatenate([[np.nan], close[:-1]])
    found: Array = np.fmax(high - low, np.fmax(np.abs(high - before), np.abs(low - before)))
    return found


@pytest.mark.rule("I-1")
def test_sma(ask: Callable[..., Any], prices: Prices) -> None:
    close_to(ask("sma", period=20), talib.SMA(prices[2], 20), skip=19)


@pytest.mark.rule("I-2")
def test_ema(ask: Callable[..., Any], prices: Prices) -> None:
    close_to(ask("ema", period=30), talib.EMA(prices[2], 30))
    close_to(ask("ema", period=30), smoothed(prices[2], 2.0 / 31.0), skip=0)


@pytest.mark.rule("I-3")
def test_rsi(ask: Callable[..., Any], prices: Prices) -> None:
    close_to(ask("rsi", period=14), talib.RSI(prices[2], 14))


@pytest.mark.rule("I-4")
def test_macd(ask: Callable[..., Any], prices: Prices) -> None:
    found = ask("macd", fast_period=12, slow_period=26, signal_period=9)
    for series, expected in zip(found, talib.MACD(prices[2], 12, 26, 9), strict=True):
        close_to(series, expected)


@pytest.mark.rule("I-5")
def test_roc(ask: Callable[..., Any], prices: Prices) -> None:
    close_to(ask("roc", period=14), talib.ROC(prices[2], 14), skip=14)


@pytest.mark.rule("I-6")
def test_true_range_and_its_average(ask: Callable[..., Any], prices: Prices) -> None:
    close_to(ask("true_range"), talib.TRANGE(*prices), skip=1)
    close_to(ask("atr", period=14), talib.ATR(*prices, 14))


@pytest.mark.rule("I-7")
def test_dmi(ask: Callable[..., Any], prices: Prices) -> None:
    expected = [call(*prices, 14) for call in (talib.PLUS_DI, talib.MINUS_DI, talib.ADX)]
    for series, other in zip(ask("dmi", period=14), expected, strict=True):
        close_to(series, other)


@pytest.mark.rule("I-8")
def test_bollinger(ask: Callable[..., Any], prices: Prices) -> None:
    # TA-Lib's deviation is that of a population.
    factor = 2.0 * math.sqrt(20 / 19)
    found = ask("bollinger", period=20, std_factor=2.0)
    for series, expected in zip(found, talib.BBANDS(prices[2], 20, factor, factor), strict=True):
        close_to(series, expected, skip=19)


def score(distance: Array, window: int) -> Array:
    """Divide each distance by the deviation of those of its window, by NumPy."""
    deviation = np.lib.stride_tricks.sliding_window_view(distance, window).std(axis=1, ddof=1)
    found: Array = distance[window - 1 :] / deviation
    return found


@pytest.mark.rule("I-11")
def test_zscore(ask: Callable[..., Any], prices: Prices) -> None:
    close = prices[2]
    found = ask("zscore", window=100, mean="ema", ema_period=30)
    close_to(found[99:], score(close - smoothed(close, 2.0 / 31.0), 100), skip=0)
    mean = ask("kalman_mean", r=0.01, q=0.002)
    close_to(ask("kalman_zscore", window=100, r=0.01, q=0.002)[99:], score(close - mean, 100), skip=0)


@pytest.mark.rule("I-9", "N-4")
def test_choppiness(ask: Callable[..., Any], prices: Prices) -> None:
    high, low, _ = prices
    width = maximum_filter1d(high, 14, origin=6) - minimum_filter1d(low, 14, origin=6)
    total = talib.SUM(ranges(prices), 14)
    close_to(ask("choppiness", period=14), 100.0 * np.log10(total / width) / math.log10(14.0), skip=20)


@pytest.mark.rule("I-10")
def test_kalman_mean(ask: Callable[..., Any], prices: Prices) -> None:
    """The mean is the last point of the walk that fits all prices so far best, solved for by SciPy."""
    found, close = ask("kalman_mean", r=0.01, q=0.002), prices[2]
    for rows in (2, 10, 500, ROWS):
        bands = np.zeros((3, rows))
        bands[1] = 1.0 / 0.01 + np.concatenate([[1.0], np.full(rows - 2, 2.0), [1.0]]) / 0.002
        bands[0, 1:] = bands[2, :-1] = -1.0 / 0.002
        walk = solve_banded((1, 1), bands, close[:rows] / 0.01)
        assert found[rows - 1] == pytest.approx(walk[-1], rel=1e-9), rows


@pytest.mark.rule("I-12", "I-13", "N-4")
def test_garch(ask: Callable[..., Any], prices: Prices) -> None:
    close = prices[2]
    change = 100.0 * np.diff(np.log(close))
    shocks = (change - change[0]) ** 2
    news = np.concatenate([[1e-6], 1e-4 + 0.1 * shocks[:-1]])
    expected = np.concatenate([[np.nan], np.sqrt(lfilter([1.0], [1.0, -0.7], news)) / 100.0])
    given = {"alpha": 0.1, "beta": 0.7, "omega": 1e-4}
    close_to(ask("garch_volatility", **given), expected, skip=60)
    distance = close - ask("kalman_mean", r=0.01, q=0.002)
    close_to(ask("kalman_garch_zscore", r=0.01, q=0.002, **given), distance / (close * expected), skip=60)
