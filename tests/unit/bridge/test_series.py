"""The cache of indicator series: once, the same arrays, up to a limit, in any number of threads (I-17, Q-I17b)."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import omega
from omega import series
from omega.contract.errors import OmegaError
from omega.serve import native

ROWS = 400
BYTES = ROWS * 8


@pytest.fixture
def bars(backend: str) -> omega.Bars:
    return omega.sample_bars(ROWS, seed=3, backend=backend)


@pytest.fixture
def cache(bars: omega.Bars, backend: str) -> omega.IndicatorCache:
    return bars.indicators(backend)


@pytest.mark.rule("I-17", "Q-I17b")
def test_a_series_is_computed_once_and_is_what_the_single_call_gives(
    cache: omega.IndicatorCache, bars: omega.Bars, backend: str
) -> None:
    first = cache("ema", period=20)
    assert isinstance(first, np.ndarray)
    assert cache("ema", period=20) is first
    assert cache("ema", "bid", period=20) is first
    np.testing.assert_array_equal(first, omega.indicator("ema", bars, "bid", backend, period=20))
    bands = cache("bollinger", std_factor=2.0, period=20)
    assert cache("bollinger", std_factor=2.0, period=20) is bands
    assert [band.shape for band in bands] == [(ROWS,)] * 3
    assert (cache.hits, cache.misses, cache.evictions, len(cache)) == (3, 2, 0, 2)
    assert cache.kept_bytes == 4 * BYTES
    assert cache.backend == backend


@pytest.mark.rule("I-17")
def test_a_series_of_rust_is_handed_out_without_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    served = native.IndicatorCache._serve

    def recorded(cache: native.IndicatorCache, series: Any) -> Any:
        seen.append(series.address)
        return served(cache, series)

    monkeypatch.setattr(native.IndicatorCache, "_serve", recorded)
    cache = omega.sample_bars(ROWS, seed=3).indicators("rust")
    for _ in range(2):
        bands = cache("bollinger", period=20, std_factor=2.0)
        assert [band.__array_interface__["data"][0] for band in bands] == seen
    assert len(set(seen)) == 3


@pytest.mark.rule("Q-I17b")
def test_what_differs_in_a_side_a_value_or_a_type_is_another_series(cache: omega.IndicatorCache) -> None:
    assert cache("sma", period=20) is not cache("sma", "ask", period=20)
    assert cache("sma", period=20) is not cache("sma", period=21)
    band = cache("bollinger", period=20, std_factor=2)
    assert cache("bollinger", period=20, std_factor=2.0) is not band
    for one in (True, 1.0, "1", None, [1], float("nan")):
        cache("sma", period=1)
        with pytest.raises(OmegaError) as caught:
            cache("sma", period=one)  # type: ignore[arg-type]
        assert (caught.value.code, caught.value.column) == (1004, "period")


@pytest.mark.rule("Q-I17b")
def test_an_array_that_is_handed_out_cannot_be_written(cache: omega.IndicatorCache) -> None:
    found: Any = cache("sma", period=20)
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 1.0


@pytest.mark.rule("Q-I17b")
def test_the_series_least_recently_asked_for_goes_first(bars: omega.Bars, backend: str) -> None:
    cache = bars.indicators(backend, max_bytes=2 * BYTES)
    first, second = cache("sma", period=2), cache("sma", period=3)
    assert cache("sma", period=2) is first
    cache("sma", period=4)
    assert (len(cache), cache.evictions, cache.kept_bytes) == (2, 1, 2 * BYTES)
    assert cache("sma", period=2) is first
    assert cache("sma", period=3) is not second
    assert (cache.hits, cache.misses, cache.evictions) == (2, 4, 2)


@pytest.mark.rule("Q-I17b")
def test_a_series_larger_than_the_limit_is_computed_each_time(bars: omega.Bars, backend: str) -> None:
    cache = bars.indicators(backend, max_bytes=2 * BYTES)
    kept = cache("sma", period=2)
    bands = cache("bollinger", period=20, std_factor=2.0)
    assert cache("bollinger", period=20, std_factor=2.0) is not bands
    assert cache("sma", period=2) is kept
    assert (cache.hits, cache.misses, cache.evictions, cache.kept_bytes) == (1, 3, 0, BYTES)


@pytest.mark.rule("Q-I17b")
def test_what_several_threads_ask_for_is_computed_once(
    cache: omega.IndicatorCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[str] = []
    everybody_asked = threading.Event()
    compute = cache._series

    def slowly(name: str, *given: Any) -> Any:
        computed.append(name)
        assert everybody_asked.wait(60)
        return compute(name, *given)

    monkeypatch.setattr(cache, "_series", slowly)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(cache, "sma", period=20) for _ in range(8)]
        everybody_asked.set()
        found = [one.result(60) for one in asked]
    assert computed == ["sma"]
    assert all(one is found[0] for one in found)
    assert (cache.misses, cache.hits) == (1, 7)


@pytest.mark.rule("Q-I17b")
def test_many_threads_and_little_room_give_the_same_bits(bars: omega.Bars, backend: str) -> None:
    cache = bars.indicators(backend, max_bytes=3 * BYTES)
    wanted = {period: omega.indicator("sma", bars, "bid", backend, period=period) for period in range(2, 12)}
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            for period, found in pool.map(
                lambda period: (period, cache("sma", period=period)), [2 + row % 10 for row in range(400)]
            ):
                np.testing.assert_array_equal(found, wanted[period])
    finally:
        sys.setswitchinterval(interval)
    assert cache.hits + cache.misses == 400
    assert cache.kept_bytes == len(cache) * BYTES <= 3 * BYTES
    assert not cache._begun


@pytest.mark.rule("I-17", "Q-I17b")
def test_what_is_refused_is_not_kept(cache: omega.IndicatorCache) -> None:
    for _ in range(2):
        with pytest.raises(OmegaError, match="period") as caught:
            cache("sma", period=0)
        assert caught.value.code == 1003
    assert (cache.misses, len(cache), cache._begun) == (0, 0, {})


class _Broken:
    def __hash__(self) -> int:
        raise RuntimeError("no hash")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no answer")


@pytest.mark.rule("X-2", "Q-I17b")
@pytest.mark.parametrize("value", [_Broken(), {}, [1]])
def test_what_cannot_be_looked_up_is_no_parameter(cache: omega.IndicatorCache, value: Any) -> None:
    with pytest.raises(OmegaError) as caught:
        cache("sma", period=value)
    assert (caught.value.code, caught.value.column) == (1004, "period")


@pytest.mark.rule("Q-I17b")
@pytest.mark.parametrize(("limit", "code"), [(-1, 1003), (1.5, 1004), (True, 1004), ("256 MB", 1004)])
def test_a_limit_is_a_whole_number_of_bytes(bars: omega.Bars, backend: str, limit: Any, code: int) -> None:
    with pytest.raises(OmegaError) as caught:
        bars.indicators(backend, max_bytes=limit)
    assert (caught.value.code, caught.value.column) == (code, "max_bytes")
    assert series.MAX_BYTES == 268_435_456


@pytest.mark.rule("F-3", "Q-I17b")
def test_the_flags_are_read_once(bars: omega.Bars, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMEGA_USE_RUST_INDICATOR_CACHE", "false")
    cache = bars.indicators()
    monkeypatch.setenv("OMEGA_USE_RUST_INDICATOR_CACHE", "true")
    cache("sma", period=3)
    assert (cache.backend, bars.indicators().backend) == ("python", "rust")
