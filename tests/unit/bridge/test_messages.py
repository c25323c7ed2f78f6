"""Errors for people: times as times, and what to do next; the value of a program stays the number."""

from __future__ import annotations

import pickle
from datetime import timedelta
from typing import Any

import pytest

import omega
from omega.cli.output import error_block
from omega.contract.errors import ErrorCode, OmegaError, omega_error

from .conftest import CONFIG, changed, signals


@pytest.mark.rule("X-2")
@pytest.mark.parametrize(
    ("column", "row", "value", "shown"),
    [
        ("timestamp", 3, 1_144_011_600_000_000, "2006-04-02T21:00:00Z (1144011600000000 µs)"),
        ("ask_timestamp", 0, 1, "1970-01-01T00:00:00.000001Z (1 µs)"),
        ("expires_at", 0, -1, "1969-12-31T23:59:59.999999Z (-1 µs)"),
        ("start", None, 0, "1970-01-01T00:00:00Z (0 µs)"),
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


@pytest.mark.rule("X-2")
def test_both_sides_show_the_same(sample: omega.Bars) -> None:
    from omega.serve.planning import native_status

    if not native_status().is_usable:
        pytest.skip(f"native module: {native_status().why}")
    times = sample.table.column("timestamp").to_pylist()
    table = changed(sample.table, "timestamp", 3, times[2])
    errors = []
    for backend in ("python", "rust"):
        with pytest.raises(OmegaError) as caught:
            omega.read_bars(table, backend=backend)
        errors.append(caught.value)
    assert str(errors[0]) == str(errors[1])
    assert errors[0].code is ErrorCode.CONSTRAINT_VIOLATION
