"""Arguments of public calls: numbers of NumPy are numbers, what has a wrong type is named (T-8b)."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omega
from omega.config import load_config
from omega.contract.errors import ErrorCode

from .refusals import refused


@pytest.mark.rule("T-8b")
@pytest.mark.parametrize(
    ("argument", "values"),
    [
        ("max_missing_ratio", ("0.1", None, True, [1])),
        ("symbol", (1, b"EURUSD", True, ["EURUSD"])),
        ("n", ("5", 5.0, None, True, np.float64(3.0))),
        ("seed", ("5", 5.0, None, True)),
    ],
)
def test_an_argument_of_a_wrong_type_is_named(
    sample: omega.Bars, backend: str, argument: str, values: tuple[Any, ...]
) -> None:
    call = omega.sample_bars if argument in ("n", "seed") else partial(omega.read_bars, sample.table)
    for value in values:
        error = refused(partial(call, **{argument: value}, backend=backend))
        assert (error.code, error.column) == (ErrorCode.TYPE_MISMATCH, argument)
        assert error.message.startswith(f"{argument} must be a")


@pytest.mark.rule("I-17")
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"period": "x"}, "an integer, got 'x'"),
        ({"period": 0}, "1 … 2147483647, got 0"),
        ({"period": 1.5}, "an integer, got 1.5"),
        ({"period": True}, "an integer, got True"),
        ({"period": None}, "an integer, got nothing"),
        ({}, "a value, got nothing"),
    ],
)
def test_a_message_shows_what_was_given(sample: omega.Bars, backend: str, given: dict[str, Any], shown: str) -> None:
    error = refused(lambda: omega.indicator("sma", sample, backend=backend, **given))
    assert error.message == f"period: expected {shown}"


@pytest.mark.rule("T-8b")
def test_digits_may_be_of_numpy(sample: omega.Bars) -> None:
    table = sample.table
    three, sixteen, true = (np.int64(3), np.int8(16), np.bool_(True))
    read: Any = omega.read_bars
    assert read(table, digits=three).quality == read(table, digits=3).quality
    assert refused(lambda: read(table, digits=sixteen)).value == 16
    assert refused(lambda: read(table, digits=true)).code is ErrorCode.TYPE_MISMATCH


@pytest.mark.rule("X-6")
def test_an_empty_path_is_not_the_folder_one_stands_in(
    sample: omega.Bars, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = omega.run_signals(sample, [], {"symbol": "EURUSD"})
    calls = (
        result.save,
        omega.load_result,
        load_config,
        omega.read_bars,
        lambda path: omega.run_signals(sample, path, {"symbol": "EURUSD"}),
    )
    for call in calls:
        error = refused(partial(call, ""))
        assert (error.code, "empty" in error.message) == (ErrorCode.INVALID_ARGUMENT, True)
    assert not list(tmp_path.iterdir())


@pytest.mark.rule("G-4")
def test_an_end_that_leaves_no_bar_says_so(sample: omega.Bars, backend: str) -> None:
    def run(**keys: str) -> object:
        return omega.run_signals(sample, [], {"symbol": "EURUSD", **keys}, backend=backend)

    error = refused(partial(run, start="2020-01-06T05:00:00Z", end="2020-01-06T05:00:00Z"))
    assert (error.code, error.column, error.rule) == (ErrorCode.INVALID_ARGUMENT, "end", "G-4")
    error = refused(partial(run, end="2020-01-06T00:00:00Z"))
    assert (error.code, error.column, error.rule) == (ErrorCode.EMPTY_INPUT, "end", "G-4")


@pytest.mark.rule("Q-G1")
@pytest.mark.parametrize("ratio", [0.5, float("nan"), -1.0, np.float64(0.1)])
def test_a_ratio_of_missing_times_without_a_pair_is_refused(sample: omega.Bars, backend: str, ratio: float) -> None:
    error = refused(partial(omega.read_bars, sample.table, max_missing_ratio=ratio, backend=backend))
    assert (error.code, error.column, error.rule) == (ErrorCode.INVALID_ARGUMENT, "max_missing_ratio", "Q-G1")
    assert len(omega.read_bars(sample.table, max_missing_ratio=0, backend=backend)) == len(sample)
