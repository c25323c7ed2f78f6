"""Who reads the bars of a run: one plan of flags covers it, and the result says so (F-3, F-4)."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

import omega
from omega import before, reading, run
from omega.contract.protocols import DataHandler
from omega.flags.plan import BackendName, Choice
from omega.serve.factories import create_data_handler
from omega.serve.planning import native_status, plan_run

from .conftest import CONFIG, signals

SOURCES = ("sample", "path", "section", "given path", "given table")


@pytest.fixture(params=["false", "true"])
def flag(request: pytest.FixtureRequest) -> str:
    """Both values of the flag; without a usable native module only the reference can be asked for."""
    value: str = request.param
    if value == "true" and not native_status().is_usable:
        pytest.skip(f"native module: {native_status().why}")
    return value


def side_of(flag: str) -> str:
    return "rust" if flag == "true" else "python"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sides whose data handler was built, in order."""
    sides: list[str] = []

    def spy(backend: BackendName) -> DataHandler:
        sides.append(backend)
        return create_data_handler(backend)

    monkeypatch.setattr(reading, "create_data_handler", spy)
    return sides


def data_of(source: str, parquet: Path, sample: omega.Bars) -> tuple[dict[str, Any], object | None]:
    """What the configuration says about data, and what the call is given."""
    sections: dict[str, Any] = {
        "sample": {"sample": {"n": 600}},
        "path": str(parquet),
        "section": {"path": str(parquet)},
    }
    given = {"given path": parquet, "given table": sample.table}
    return ({"data": sections[source]} if source in sections else {}), given.get(source)


def reader_of(result: omega.Result) -> Choice:
    return next(choice for choice in result.flags if choice.component == "data_handler")


@pytest.mark.rule("F-3", "F-4")
@pytest.mark.parametrize("source", SOURCES)
def test_the_configurations_flag_decides_who_reads_the_runs_data(
    source: str, flag: str, asked: list[str], parquet: Path, sample: omega.Bars, config: dict[str, Any]
) -> None:
    data, given = data_of(source, parquet, sample)
    result = omega.run_backtest({**config, **data, "feature_flags": {"data_handler": flag}}, given)
    assert asked == [side_of(flag)]
    reader = reader_of(result)
    assert (reader.value, reader.origin, reader.backend) == (flag, "configuration", side_of(flag))
    assert result.last_state_hash == omega.run_backtest(config, sample, backend="python").last_state_hash


@pytest.mark.rule("F-3")
@pytest.mark.parametrize("source", SOURCES)
def test_the_backend_argument_covers_the_reading(
    source: str, backend: str, asked: list[str], parquet: Path, sample: omega.Bars, config: dict[str, Any]
) -> None:
    data, given = data_of(source, parquet, sample)
    other = "false" if backend == "rust" else "auto"
    result = omega.run_backtest({**config, **data, "feature_flags": {"data_handler": other}}, given, backend=backend)
    assert asked == [backend]
    assert {(choice.backend, choice.origin) for choice in result.flags} == {(backend, "backend argument")}
    assert [choice.component for choice in result.flags][-1] == "data_handler"


@pytest.mark.rule("F-3")
def test_signals_are_run_over_data_that_the_configurations_flag_reads(
    flag: str, asked: list[str], parquet: Path, sample: omega.Bars
) -> None:
    result = omega.run_signals(parquet, signals(sample), {**CONFIG, "feature_flags": {"data_handler": flag}})
    assert (asked, reader_of(result).origin) == ([side_of(flag)], "configuration")


def test_a_run_plans_once(monkeypatch: pytest.MonkeyPatch, parquet: Path, config: dict[str, Any]) -> None:
    planned: list[tuple[str, ...]] = []

    def spy(components: Any, **options: Any) -> Any:
        planned.append(tuple(components))
        return plan_run(components, **options)

    for module in (run, reading, before):
        monkeypatch.setattr(module, "plan_run", spy)
    result = omega.run_backtest({**config, "data": str(parquet)})
    assert planned == [tuple(choice.component for choice in result.flags)]


def test_bars_read_before_a_run_keep_the_choice_by_which_they_were_read(
    parquet: Path, config: dict[str, Any], backend: str
) -> None:
    bars = omega.read_bars(parquet, symbol="EURUSD", backend=backend)
    assert bars.reader is not None
    assert (bars.reader.backend, bars.reader.origin) == (backend, "backend argument")
    config["feature_flags"] = {"data_handler": "auto"}
    assert reader_of(omega.run_backtest(config, bars)) == bars.reader
    assert bars.window(start=None, end=int(bars.times[9]), warmup_bars=None).reader == bars.reader
    with omega.config.override_flags(data_handler="false"):
        made = omega.sample_bars(600)
    assert made.reader is not None
    assert (made.reader.backend, made.reader.origin) == ("python", "override")
    assert made == dataclasses.replace(made, reader=None)


def test_bars_put_together_by_hand_have_no_reader(sample: omega.Bars, config: dict[str, Any]) -> None:
    bars = omega.Bars(sample.table, "EURUSD", sample.timeframe, sample.quality)
    result = omega.run_backtest(config, bars, backend="python")
    assert "data_handler" not in {choice.component for choice in result.flags}
