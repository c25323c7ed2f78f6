from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.contract.protocols import IndicatorCache as Protocol
from omega_reference.data import DataHandler
from omega_reference.indicators.atr import atr
from omega_reference.indicators.bollinger import bollinger
from omega_reference.indicators.cache import IndicatorCache
from omega_reference.indicators.ema import ema
from omega_reference.indicators.sma import sma
from omega_reference.indicators.true_range import true_range
from omega_reference.indicators.zscore import zscore


@pytest.fixture(scope="module")
def bars() -> pa.Table:
    return DataHandler().sample_bars(300, 1)


@pytest.fixture
def cache(bars: pa.Table) -> Protocol:
    return IndicatorCache(bars)


@pytest.mark.rule("I-17")
@pytest.mark.parametrize("side", ["bid", "ask"])
def test_every_series_is_that_of_its_function(cache: IndicatorCache, bars: pa.Table, side: Any) -> None:
    prices: list[list[Any]] = [bars[f"{side}_{part}"].to_pylist() for part in ("high", "low", "close")]
    high, low, close = prices
    ranges = true_range(high, low, close)
    assert repr(cache.get("sma", side, period=5)) == repr((sma(close, 5),))
    assert repr(cache.get("ema", side, period=5)) == repr((ema(close, 5),))
    assert repr(cache.get("true_range", side)) == repr((ranges,))
    assert repr(cache.get("atr", side, period=5)) == repr((atr(high, low, close, 5),))
    assert repr(cache.get("bollinger", side, period=5, std_factor=2.0)) == repr(bollinger(close, 5, 2.0))
    around_ema = cache.get("zscore", side, window=9, mean="ema", ema_period=5)
    assert repr(around_ema) == repr((zscore(close, ema(close, 5), 9),))
    rolling = cache.get("zscore", side, window=9, mean="rolling")
    assert repr(rolling) == repr((zscore(close, sma(close, 9), 9),))


@pytest.mark.rule("I-17")
def test_equal_requests_return_the_identical_object(cache: IndicatorCache) -> None:
    assert cache.get("sma", "bid", period=5) is cache.get("sma", "bid", period=5)
    bands = cache.get("bollinger", "bid", std_factor=2, period=5)
    assert bands is cache.get("bollinger", "bid", period=5, std_factor=2.0)


@pytest.mark.rule("Q-I17")
@pytest.mark.parametrize(
    ("name", "side", "parameters", "code", "column"),
    [
        ("wma", "bid", {"period": 5}, ErrorCode.INVALID_ARGUMENT, "name"),
        ("sma", "mid", {"period": 5}, ErrorCode.INVALID_ARGUMENT, "side"),
        ("sma", "bid", {"periods": 5}, ErrorCode.INVALID_ARGUMENT, "periods"),
        ("sma", "bid", {}, ErrorCode.INVALID_ARGUMENT, "period"),
        ("true_range", "bid", {"period": 1}, ErrorCode.INVALID_ARGUMENT, "period"),
        ("zscore", "bid", {"window": 5}, ErrorCode.INVALID_ARGUMENT, "mean"),
        ("zscore", "bid", {"window": 5, "mean": "ema"}, ErrorCode.INVALID_ARGUMENT, "ema_period"),
        ("zscore", "bid", {"window": 5, "mean": "median"}, ErrorCode.INVALID_ARGUMENT, "mean"),
        ("zscore", "bid", {"window": 5, "mean": 3}, ErrorCode.TYPE_MISMATCH, "mean"),
        ("zscore", "bid", {"window": 5, "mean": pd.NA}, ErrorCode.TYPE_MISMATCH, "mean"),
        ("zscore", "bid", {"mean": pd.NA}, ErrorCode.INVALID_ARGUMENT, "window"),
        (
            "zscore",
            "bid",
            {"window": 5, "mean": "rolling", "ema_period": 3},
            ErrorCode.INVALID_ARGUMENT,
            "ema_period",
        ),
        ("sma", "bid", {"period": 0}, ErrorCode.OUT_OF_BOUNDS, "period"),
        ("sma", "bid", {"period": 2**31}, ErrorCode.OUT_OF_BOUNDS, "period"),
        ("zscore", "bid", {"window": 1, "mean": "rolling"}, ErrorCode.OUT_OF_BOUNDS, "window"),
        ("bollinger", "bid", {"period": 1, "std_factor": 2.0}, ErrorCode.OUT_OF_BOUNDS, "period"),
        ("ema", "bid", {"period": 5.0}, ErrorCode.TYPE_MISMATCH, "period"),
        ("ema", "bid", {"period": True}, ErrorCode.TYPE_MISMATCH, "period"),
        ("ema", "bid", {"period": "5"}, ErrorCode.TYPE_MISMATCH, "period"),
        ("bollinger", "bid", {"period": 5, "std_factor": "2"}, ErrorCode.TYPE_MISMATCH, "std_factor"),
        ("bollinger", "bid", {"period": 5, "std_factor": float("nan")}, ErrorCode.NAN_VALUE, "std_factor"),
        ("bollinger", "bid", {"period": 5, "std_factor": float("inf")}, ErrorCode.INFINITE_VALUE, "std_factor"),
    ],
)
def test_wrong_requests_name_the_parameter(
    cache: IndicatorCache, name: str, side: Any, parameters: dict[str, Any], code: ErrorCode, column: str
) -> None:
    with pytest.raises(OmegaError) as caught:
        cache.get(name, side, **parameters)
    assert (caught.value.code, caught.value.rule, caught.value.column) == (code, "I-17", column)
