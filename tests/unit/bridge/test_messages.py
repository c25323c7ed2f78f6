"""Errors for people: times as times, and what to do next; the value of a program stays the number."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

import omega
from omega.cli.output import error_block
from omega.contract.errors import OmegaError, omega_error
from omega.serve.planning import native_status

from .conftest import CONFIG, changed, signals


@pytest.mark.rule("X-2")
@pytest.mark.parametrize(
    ("column", "row", "value", "shown"),
    [
        ("timestamp", 3, 1_144_011_600_000_000, "2006-04-02T21:00:00Z (1144011600000000 µs)"),
        ("ask_timestamp", 0, 1, "1970-01-01T00:00:00.000001Z (1 µs)"),
        ("expires_at", 0, -1, "1969-12-31T23:59:59.999999Z (-1 µs)"),
        ("start", None, 0, "1970-01-01T00:00:00Z (0 µs)"),
        ("timestamp", 0, -62_135_596_800_000_000, "0001-01-01T00:00:00Z (-62135596800000000 µs)"),
        ("timestamp", 0, 2**63 - 1, "9223372036854775807 µs"),
        ("timestamp", None, 180_000_000, "180000000"),
        ("volume", 3, 5, "5"),
        ("timestamp", 3, "x", "'x'"),
    ],
)
def test_a_time_is_shown_as_a_time(column: str, row: int | None, value: Any, shown: str) -> None:
    error = omega_error(1006, "no", rule="T-2", column=column, row=row, value=value)
    assert error.shown["value"] == shown
    assert f"value {shown}" in str(error)
    assert f"  value  {shown}" in error_block(error)
    assert (error.value, error.context["value"]) == (value, value)
    assert pickle.loads(pickle.dumps(error)).value == value


@pytest.mark.rule("X-2")
@pytest.mark.parametrize("code", [1002, 1006, 2004, 2005])
def test_what_to_do_with_a_row_is_said_only_where_there_is_one(code: int) -> None:
    steps = [omega_error(code, "no", rule="T-2", column="volume", row=row).next_step for row in (None, 3)]
    assert steps[0] is None
    assert "drop the row" in (steps[1] or "")


@pytest.mark.rule("X-2", "C-6", "S-1")
@pytest.mark.parametrize(
    ("rates", "step"),
    [
        (None, "give the rate of that pair under `rates`"),
        ({"GBPUSD": 0.0}, "give the pair rates above 0"),
        ({"GBPUSD": {"timestamp": [0], "rate": [1.25]}}, "of which one reaches each bar"),
        ({"GBPUSD": {"timestamp": [2**50], "rate": [1.25]}}, "of which one reaches each bar"),
        ({"GBPUSD": {"timestamp": [], "rate": []}}, "a series that reaches from the first bar to the last"),
        ({"GBPUSD": {"timestamp": [0], "rate": [None]}}, "a rate, in every row"),
    ],
)
def test_rates_that_are_missing_or_do_not_reach_say_which_to_give(
    sample: omega.Bars, rates: object, step: str, backend: str
) -> None:
    config = {**CONFIG, "symbol": "EURGBP", "rates": rates}
    with pytest.raises(OmegaError) as caught:
        omega.run_signals(omega.read_bars(sample.table, backend=backend), [], config, backend=backend)
    assert step in (caught.value.next_step or "")


@pytest.mark.rule("X-2", "C-6")
def test_an_age_out_of_its_range_is_no_fault_of_the_rates() -> None:
    with pytest.raises(OmegaError, match=r"range 0 … 36500") as caught:
        omega.Config(symbol="EURUSD", rates_max_age=0)
    assert caught.value.next_step is None


@pytest.mark.rule("X-2")
def test_a_number_where_a_time_belongs_is_shown_as_it_was_given() -> None:
    with pytest.raises(OmegaError, match="with an offset") as caught:
        omega.Config(symbol="EURUSD", start=1_704_067_200)
    assert (caught.value.code, caught.value.shown["value"]) == (1004, "1704067200")


@pytest.mark.rule("X-2")
def test_a_refusal_says_what_to_do_next(sample: omega.Bars, backend: str) -> None:
    times: list[Any] = sample.table.column("timestamp").to_pylist()
    short = changed(sample.table.slice(0, 2), "timestamp", 1, times[0] + timedelta(minutes=3))
    early = {**signals(sample)[0], "timestamp": int(sample.times[0])}
    late = {**early, "timestamp": int(sample.times[9])}
    for act, word in (
        (lambda: omega.read_bars(changed(sample.table, "bid_open", 3, None), backend=backend), "fill the null"),
        (lambda: omega.read_bars(changed(sample.table, "timestamp", 3, times[2]), backend=backend), "data check"),
        (lambda: omega.read_bars(short, backend=backend), "name the timeframe"),
        (lambda: omega.read_bars(sample.table.slice(0, 1), backend=backend), "name one of M1"),
        (lambda: omega.run_signals(sample, [late, early], CONFIG, backend=backend), "sorted by timestamp"),
    ):
        with pytest.raises(OmegaError) as caught:
            act()
        assert caught.value.next_step is not None
        assert word in caught.value.next_step
        assert str(caught.value).endswith(f"; next: {caught.value.next_step}")


@pytest.mark.rule("X-2", "E-19")
def test_both_sides_say_the_same(sample: omega.Bars) -> None:
    if not native_status().is_usable:
        pytest.skip(f"native module: {native_status().why}")
    said = [[*_refusals(sample, backend)] for backend in ("python", "rust")]
    assert said[0] == said[1]
    assert all("2020-01-0" in text for text in said[0] if "timestamp" in text and "null" not in text)


def _refusals(sample: omega.Bars, backend: str) -> Iterator[str]:
    """What is said of breaches of T-2 and T-4, and of the step-by-step use out of order."""
    times: list[Any] = sample.table.column("timestamp").to_pylist()
    for column, value in (
        *(("timestamp", time) for time in (times[2], times[1], None)),
        *(("bid_open", price) for price in (None, math.nan, math.inf, 0.0, 9.0)),
        *(("volume", volume) for volume in (None, -1.0)),
    ):
        yield _said(omega.read_bars, changed(sample.table, column, 3, value), backend=backend)
    yield _said(omega.read_bars, sample.table, timeframe="D1", backend=backend)
    yield _said(omega.run_signals, sample, [], {**CONFIG, "start": "2030-01-01T00:00:00Z"}, backend=backend)
    simulator = omega.ExecutionSimulator(CONFIG, backend=backend)
    signal = {**signals(sample)[0], "timestamp": int(sample.times[9])}
    bars = [sample.table.slice(row, 1) for row in range(12)]
    yield _said(simulator.process_signals, bars[3], [signal])
    yield _said(simulator.process_signals, sample.table.slice(0, 2), [signal])
    simulator.process_signals(bars[9], [signal])
    yield _said(simulator.process_signals, bars[8], [])
    yield _said(simulator.process_signals, bars[10], [{**signal, "timestamp": int(sample.times[8])}])
    simulator.evaluate_exits(bars[9])
    yield _said(simulator.evaluate_exits, bars[9])


def _said(act: Callable[..., object], *arguments: object, **named: object) -> str:
    with pytest.raises(OmegaError) as caught:
        act(*arguments, **named)
    return str(caught.value)
