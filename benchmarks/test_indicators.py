"""Each indicator of the slice on 100,000 bars, the cache built anew for every call."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import omega

SIZE = 100_000
REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "sma(20)": ("sma", {"period": 20}),
    "ema(30)": ("ema", {"period": 30}),
    "true_range": ("true_range", {}),
    "atr(14)": ("atr", {"period": 14}),
    "bollinger(20, 2)": ("bollinger", {"period": 20, "std_factor": 2.0}),
    "zscore(100, rolling)": ("zscore", {"window": 100, "mean": "rolling"}),
    "zscore(100, ema 30)": ("zscore", {"window": 100, "mean": "ema", "ema_period": 30}),
}


@pytest.fixture(scope="session")
def bars() -> omega.Bars:
    return omega.sample_bars(SIZE, seed=7)


def _series(bars: omega.Bars, name: str, side: str, parameters: dict[str, Any]) -> tuple[np.ndarray, ...]:
    series = omega.indicator(name, bars, backend=side, **parameters)
    return series if isinstance(series, tuple) else (series,)


@pytest.mark.parametrize("label", REQUESTS)
def test_indicator(benchmark: Any, bars: omega.Bars, side: str, label: str) -> None:
    name, parameters = REQUESTS[label]
    benchmark.group = f"{label}, 100,000 bars"
    for ours, theirs in zip(
        _series(bars, name, "python", parameters), _series(bars, name, "rust", parameters), strict=True
    ):
        assert np.array_equal(ours.view(np.int64)[~np.isnan(ours)], theirs.view(np.int64)[~np.isnan(theirs)])
        assert np.array_equal(np.isnan(ours), np.isnan(theirs))
    benchmark.extra_info.update(size=SIZE, unit="bars", side=side)
    benchmark.pedantic(
        _series, args=(bars, name, side, parameters), rounds=30 if side == "rust" else 3, warmup_rounds=1
    )
