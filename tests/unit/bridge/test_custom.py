"""Indicators of one's own: registered, asked for everywhere, refused in words, checked against themselves (Q-I18b)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omega
from omega import custom
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.serve.counters import counters

from .own_strategies import CONFIG, Crossover, flat_bars

pytestmark = pytest.mark.rule("I-18", "Q-I18b")


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    before = dict(custom._registered)
    yield
    custom._registered.clear()
    custom._registered.update(before)


@pytest.fixture(scope="module")
def bars() -> omega.Bars:
    return omega.sample_bars(600, seed=5)


def mean(prices: omega.Prices, *, period: int = 3) -> Any:
    """From the oldest to the newest."""
    close = prices.close
    full = max(len(close) - period + 1, 0)
    total = np.zeros(full)
    for place in range(period):
        total = total + close[place : place + full]
    return np.concatenate([np.full(len(close) - full, np.nan), total / period])


class MeanStream:
    def __init__(self, *, period: int = 3) -> None:
        self.kept: list[float] = []
        self.period = period

    def push(self, high: float, low: float, close: float) -> float:
        self.kept = [*self.kept, close][-self.period :]
        total = 0.0
        for value in self.kept:
            total = total + value
        return total / self.period if len(self.kept) == self.period else float("nan")


class PanicException(BaseException):
    """As PyO3 lets a panic out."""


def code_of(call: Callable[[], object]) -> tuple[int, str | None, str | None]:
    with pytest.raises(OmegaError) as caught:
        call()
    return int(caught.value.code), caught.value.rule, caught.value.column


def test_it_is_what_exact_arithmetic_says(backend: str) -> None:
    omega.register_indicator("mean", mean)
    prices = [1.0, 1.5, 1.25, 2.0]
    found: Any = omega.indicator("mean", flat_bars(prices), backend=backend, period=2)
    assert np.isnan(found[0])
    assert [Fraction(value) for value in found[1:]] == [
        (Fraction(one) + Fraction(other)) / 2 for one, other in pairwise(prices)
    ]
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 1.0


def test_each_side_of_the_bars_and_every_column_is_handed_in(bars: omega.Bars) -> None:
    seen: list[omega.Prices] = []

    def look(prices: omega.Prices) -> Any:
        seen.append(prices)
        return prices.close

    omega.register_indicator("look", look)
    for side in ("bid", "ask"):
        omega.indicator("look", bars, side)
        for name in ("open", "high", "low", "close"):
            column = getattr(seen[-1], name)
            np.testing.assert_array_equal(column, bars.table[f"{side}_{name}"].to_numpy())
            assert not column.flags.writeable
        np.testing.assert_array_equal(seen[-1].volume, bars.table["volume"].to_numpy())
        np.testing.assert_array_equal(seen[-1].timestamp, bars.times)


def test_the_flag_says_which_of_two_twins_computes(bars: omega.Bars, backend: str) -> None:
    asked: list[str] = []

    def twin(prices: omega.Prices, *, period: int = 3) -> bytes:
        asked.append("rust")
        return bytes(mean(prices, period=period).tobytes())

    omega.register_indicator("mean", mean, rust=twin)
    found = omega.indicator("mean", bars, backend=backend)
    assert asked == (["rust"] if backend == "rust" else [])
    np.testing.assert_array_equal(found, mean(custom.Prices.of(bars.table, "bid")))


def test_a_cache_keeps_it_until_its_name_stands_for_another(bars: omega.Bars, backend: str) -> None:
    omega.register_indicator("mean", mean)
    cache = bars.indicators(backend)
    first = cache("mean", period=4)
    assert cache("mean", period=4) is first
    assert cache("mean", "bid", period=4) is first
    assert cache("mean", period=5) is not first
    assert (cache.hits, cache.misses) == (2, 2)
    omega.register_indicator("mean", lambda prices, *, period: prices.high)
    second = cache("mean", period=4)
    np.testing.assert_array_equal(second, bars.table["bid_high"].to_numpy())
    assert cache("mean", period=4) is second


class Crossing(Crossover):
    def indicators(self) -> Any:
        return {"fast": omega.Indicator("mean", period=self.fast), "slow": omega.Indicator("mean", period=self.slow)}


def test_a_strategy_asks_for_it_on_both_sides_to_the_same_bits(bars: omega.Bars) -> None:
    def twin(prices: omega.Prices, *, period: int = 3) -> Any:
        return mean(prices, period=period)

    omega.register_indicator("mean", mean, rust=twin)
    strategy = Crossing(5, 20)
    reference, native = (
        omega.run_backtest(CONFIG, bars, strategy=strategy, backend=side) for side in ("python", "rust")
    )
    assert reference.orders is not None
    assert reference.orders.num_rows > 0
    assert reference.last_state_hash == native.last_state_hash
    omega.register_indicator("mean", mean, rust=lambda prices, *, period: -twin(prices, period=period))
    other = omega.run_backtest(CONFIG, bars, strategy=strategy, backend="rust")
    assert other.last_state_hash != reference.last_state_hash
    omega.register_indicator("mean", mean, rust=twin)
    assert omega.lookahead(CONFIG, bars, strategy=strategy, cuts=3).is_clean


def test_shadow_finds_a_twin_that_differs(
    bars: omega.Bars, cases: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    omega.register_indicator("mean", mean, rust=lambda prices, *, period=3: mean(prices, period=period + 1))
    monkeypatch.setenv("OMEGA_USE_RUST_INDICATOR_CACHE", "shadow")
    with caplog.at_level(logging.WARNING, logger="omega.serve"):
        found = omega.indicator("mean", bars)
    np.testing.assert_array_equal(found, mean(custom.Prices.of(bars.table, "bid")))
    assert "divergence" in caplog.text


@pytest.mark.rule("Q-I18c", "F-5", "Q-F5")
@pytest.mark.parametrize(("raised", "code"), [(PanicException("out of bounds"), 5005), (IndexError("range"), 2000)])
def test_what_the_twin_raises_lets_the_reference_step_in(
    bars: omega.Bars, cases: Any, caplog: pytest.LogCaptureFixture, raised: BaseException, code: int
) -> None:
    def fails(prices: omega.Prices, *, period: int = 3) -> Any:
        raise raised

    omega.register_indicator("mean", mean, rust=fails)
    before = counters()["indicator_cache"].fallbacks if "indicator_cache" in counters() else 0
    with caplog.at_level(logging.WARNING, logger="omega.serve"):
        found = omega.indicator("mean", bars)
    np.testing.assert_array_equal(found, mean(custom.Prices.of(bars.table, "bid")))
    assert counters()["indicator_cache"].fallbacks == before + 1
    assert f"code={code}" in caplog.text
    # Where Rust is asked for it is an error, with its cause.
    with pytest.raises(OmegaError, match=f"the Rust twin of 'mean' raised {type(raised).__name__}") as caught:
        omega.indicator("mean", bars, backend="rust")
    assert (caught.value.code, caught.value.rule, caught.value.column) == (code, "I-18", "mean")
    assert caught.value.__cause__ is raised


@pytest.mark.rule("Q-I18c", "Q-F5")
def test_what_both_twins_raise_and_what_the_twin_refuses_is_the_callers(bars: omega.Bars, cases: Any) -> None:
    def refuses(prices: omega.Prices, *, period: int = 3) -> Any:
        raise omega_error(ErrorCode.OUT_OF_BOUNDS, "period: at least 4", rule="MINE", column="period", value=period)

    def fails(prices: omega.Prices, *, period: int = 3) -> Any:
        raise ValueError("period")

    before = counters()["indicator_cache"].fallbacks if "indicator_cache" in counters() else 0
    omega.register_indicator("mean", mean, rust=refuses)
    assert code_of(lambda: omega.indicator("mean", bars)) == (1003, "MINE", "period")
    omega.register_indicator("mean", fails, rust=lambda prices, *, period=3: fails(prices, period=period))
    with pytest.raises(OmegaError, match="the indicator 'mean' raised ValueError"):
        omega.indicator("mean", bars)
    after = counters()["indicator_cache"].fallbacks if "indicator_cache" in counters() else 0
    assert after == before


@pytest.mark.rule("Q-I18c", "Q-I17")
def test_an_unknown_name_is_told_what_is_registered_too(bars: omega.Bars, backend: str) -> None:
    omega.register_indicator("mean", mean)
    asks = (
        lambda: omega.indicator("maen", bars, backend=backend, period=3),
        lambda: bars.indicators(backend)("maen"),
        lambda: omega.IndicatorStream("maen", backend=backend),
    )
    for ask in asks:
        with pytest.raises(OmegaError, match="kalman_zscore_stepwise, mean, got 'maen'") as caught:
            ask()
        assert (caught.value.code, caught.value.rule, caught.value.column) == (1001, "I-17", "name")
    with pytest.raises(OmegaError, match="got 1"):
        omega.indicator(1, bars, backend=backend)  # type: ignore[arg-type]
    assert isinstance(omega.indicator("sma_local", bars, backend=backend, lookback=5, period=3), np.ndarray)


@pytest.mark.rule("Q-I18c")
def test_a_case_of_ones_own_is_refused_by_replay_with_what_to_do(
    bars: omega.Bars, cases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from omega_parity.golden.case_files import read_calls

    omega.register_indicator("mean", mean, rust=lambda prices, *, period=3: mean(prices, period=period + 1))
    monkeypatch.setenv("OMEGA_USE_RUST_INDICATOR_CACHE", "shadow")
    omega.indicator("mean", bars)
    (document,) = cases.rglob("case.json")
    with pytest.raises(OmegaError, match=r"test_custom:mean.*check_indicator") as caught:
        read_calls(document.parent)
    assert (caught.value.code, caught.value.rule, caught.value.column) == (4001, "I-18", "own")


def test_bar_by_bar_it_is_its_own_streaming_form(bars: omega.Bars, backend: str) -> None:
    omega.register_indicator("mean", mean, stream=MeanStream)
    stream = omega.IndicatorStream("mean", backend, period=2)
    assert stream.backend == "python"
    assert [stream.push(close=price) for price in (1.0, 2.0, 4.0)][1:] == [1.5, 3.0]
    omega.register_indicator("mean", mean)
    assert code_of(lambda: omega.IndicatorStream("mean", backend)) == (1001, "I-18", "name")


def _pushing(answer: object) -> Callable[[], object]:
    class Wrong:
        def push(self, high: float, low: float, close: float) -> object:
            return answer

    omega.register_indicator("wrong", lambda prices: prices.close, stream=Wrong)  # type: ignore[arg-type]
    return lambda: omega.IndicatorStream("wrong").push(close=1.0)


@pytest.mark.parametrize(("answer", "code"), [(1, 1004), ((1.0, 2.0), 1011), (float("inf"), 2005), ("1", 1004)])
def test_a_wrong_value_of_a_stream_is_refused(answer: object, code: int) -> None:
    assert code_of(_pushing(answer)) == (code, "I-18", "wrong")


def test_what_a_stream_raises_is_the_cause() -> None:
    class Raising:
        def push(self, high: float, low: float, close: float) -> float:
            return 1 / 0

    omega.register_indicator("raising", lambda prices: prices.close, stream=Raising)
    assert code_of(lambda: omega.IndicatorStream("raising").push(close=1.0)) == (2000, "I-18", "raising")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (lambda prices: prices.close[1:], 1011),
        (lambda prices: np.append(prices.close, 1.0), 1011),
        (lambda prices: prices.close.reshape(1, -1), 1011),
        (lambda prices: (prices.close, prices.close), 1011),
        (lambda prices: 1.0, 1011),
        (lambda prices: prices.close.astype(np.float32), 1004),
        (lambda prices: prices.timestamp, 1004),
        (lambda prices: None, 1004),
        (lambda prices: "text", 1004),
        (lambda prices: b"seven b", 1004),
        (lambda prices: np.where(np.arange(len(prices.close)) == 7, np.inf, 1.0), 2005),
        (lambda prices: 1 / 0, 2000),
        (lambda prices: prices.close.__setitem__(0, 1.0), 2000),
    ],
)
def test_a_wrong_series_is_refused_in_words(given: Any, code: int, bars: omega.Bars, backend: str) -> None:
    omega.register_indicator("wrong", given)
    for ask in (lambda: omega.indicator("wrong", bars, backend=backend), lambda: bars.indicators(backend)("wrong")):
        assert code_of(ask) == (code, "I-18", "wrong")
    with pytest.raises(OmegaError, match="'wrong'") as caught:
        omega.indicator("wrong", bars, backend=backend)
    assert caught.value.row == (7 if code == 2005 else None)


def test_what_it_raises_is_the_cause_and_its_own_refusal_goes_through(bars: omega.Bars, backend: str) -> None:
    def refuses(prices: omega.Prices, *, period: int) -> Any:
        if period < 1:
            raise omega_error(ErrorCode.OUT_OF_BOUNDS, "period: at least 1", rule="MINE", column="period", value=period)
        raise KeyError("nothing")

    omega.register_indicator("refuses", refuses)
    assert code_of(lambda: omega.indicator("refuses", bars, backend=backend, period=0)) == (1003, "MINE", "period")
    with pytest.raises(OmegaError, match="'refuses' raised KeyError") as caught:
        omega.indicator("refuses", bars, backend=backend, period=1)
    assert isinstance(caught.value.__cause__, KeyError)


@pytest.mark.parametrize(
    ("given", "code", "column"),
    [
        ({"side": "mid"}, 1001, "side"),
        ({"window": 3}, 1001, "window"),
        ({"z": 1, "a": 1}, 1001, "a"),
        ({}, 1001, "period"),
        ({"period": None}, 1004, "period"),
        ({"period": [1]}, 1004, "period"),
        ({"period": float("nan")}, 2004, "period"),
        ({"period": float("-inf")}, 2005, "period"),
    ],
)
def test_parameters_are_checked_as_those_of_the_table(
    given: dict[str, Any], code: int, column: str, bars: omega.Bars, backend: str
) -> None:
    def needs(prices: omega.Prices, *, period: int) -> Any:
        return prices.close

    omega.register_indicator("needs", needs)
    assert code_of(lambda: omega.indicator("needs", bars, backend=backend, **given)) == (code, "I-18", column)
    assert code_of(lambda: bars.indicators(backend)("needs", **given)) == (code, "I-18", column)


@pytest.mark.parametrize(
    ("arguments", "code", "column"),
    [
        (("sma", mean), 1001, "name"),
        (("sma_local", mean), 1001, "name"),
        (("mine_stepwise", mean), 1001, "name"),
        (("Mine", mean), 1001, "name"),
        (("", mean), 1001, "name"),
        ((3, mean), 1001, "name"),
        (("mine", 3), 1004, "series"),
        (("mine", lambda: 1), 1001, "series"),
        (("mine", lambda prices, period: 1), 1001, "series"),
        (("mine", lambda prices, *, side: 1), 1001, "series"),
        (("mine", lambda prices, **others: 1), 1001, "series"),
    ],
)
def test_what_cannot_be_registered(arguments: tuple[Any, Any], code: int, column: str) -> None:
    assert code_of(lambda: omega.register_indicator(*arguments)) == (code, "I-18", column)
    assert custom.find_custom("mine") is None


def test_twins_streams_and_outputs_are_what_they_have_to_be() -> None:
    for column, wrong in (("rust", 3), ("stream", "no"), ("outputs", (1,))):
        options: dict[str, Any] = {column: wrong}
        assert code_of(lambda options=options: omega.register_indicator("mine", mean, **options)) == (  # type: ignore[misc]
            1004,
            "I-18",
            column,
        )


@pytest.mark.rule("G-3")
def test_the_check_sees_what_looks_ahead(bars: omega.Bars) -> None:
    omega.register_indicator(
        "mean", mean, rust=lambda prices, *, period=3: mean(prices, period=period), stream=MeanStream
    )
    clean = omega.check_indicator("mean", bars, "ask", period=7)
    assert clean.is_clean
    assert clean.forms == ("cuts", "rust", "stream")
    assert str(clean).startswith("mean: cuts, rust, stream agree to the bit, ")

    def peeks(prices: omega.Prices) -> Any:
        return np.arange(len(prices.close), 0.0, -1.0)  # how many bars are to come

    omega.register_indicator("peeks", peeks)
    found = omega.check_indicator("peeks", bars, cuts=1).found
    assert found is not None
    assert (found.row, found.what) == (0, "the first 300 bars in Python")


def test_the_check_sees_a_twin_and_a_stream_that_differ_by_a_bit(bars: omega.Bars) -> None:
    def nudged(prices: omega.Prices) -> Any:
        values = np.array(prices.close)
        values[400] = np.nextafter(values[400], 2.0)
        return values

    class Late(MeanStream):
        def push(self, high: float, low: float, close: float) -> float:
            return super().push(high, low, close) * (1.0 if len(self.kept) < 3 else -1.0)

    omega.register_indicator("mine", lambda prices: prices.close, rust=nudged)
    found = omega.check_indicator("mine", bars).found
    assert found is not None
    assert (found.what, found.row, found.output) == ("rust", 400, 0)
    omega.register_indicator("mine", mean, stream=Late)
    found = omega.check_indicator("mine", bars).found
    assert found is not None
    assert (found.what, found.row) == ("stream", 2)


def test_the_check_refuses_what_it_cannot_check(bars: omega.Bars) -> None:
    assert code_of(lambda: omega.check_indicator("sma", bars, period=3)) == (1001, "I-18", "name")
    omega.register_indicator("mean", mean)
    assert code_of(lambda: omega.check_indicator("mean", bars, cuts=0)) == (1003, "I-18", "cuts")
    # Nothing can be left out of one bar, and nothing compared is nothing shown.
    assert code_of(lambda: omega.check_indicator("mean", bars.first(1))) == (1003, "I-18", "bars")
    assert omega.check_indicator("mean", bars.first(2)).values > 0


def test_several_outputs_come_as_a_tuple(bars: omega.Bars, backend: str) -> None:
    class Both:
        def push(self, high: float, low: float, close: float) -> tuple[float, ...]:
            return high, low

    omega.register_indicator(
        "ends", lambda prices: (prices.high, prices.low), stream=Both, outputs=("highest", "lowest")
    )
    high, low = omega.indicator("ends", bars, backend=backend)
    np.testing.assert_array_equal(high, bars.table["bid_high"].to_numpy())
    np.testing.assert_array_equal(low, bars.table["bid_low"].to_numpy())
    assert omega.check_indicator("ends", bars).is_clean
    omega.register_indicator("ends", lambda prices: prices.high, outputs=("highest", "lowest"))
    assert code_of(lambda: omega.indicator("ends", bars, backend=backend)) == (1011, "I-18", "ends")
