"""Both sides on the same inputs (Q-F2): nothing the caller gets changes, and each difference is a case to replay."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omega
from omega.contract.errors import OmegaError
from omega.serve.control import OmegaAlarm
from omega_parity.selftest.probe import NativeProbe

from .conftest import CONFIG, signals
from .watching import again, all_to, kept, same_run


@pytest.fixture
def sample() -> omega.Bars:
    """Bars of its own for each test: those that a module keeps are no other module's."""
    return omega.sample_bars(600, backend="python")


def wrong(probe: NativeProbe) -> Any:
    """Let every exit fill one ulp too high in Rust."""
    return probe.sabotaged("fill_one_ulp")


@pytest.mark.rule("F-2", "Q-F2")
@pytest.mark.parametrize(("value", "side"), [("shadow", "python"), ("verify", "rust")])
def test_equal_sides_leave_no_trace(
    value: str, side: str, sample: omega.Bars, config: dict[str, Any], cases: Path
) -> None:
    reference = omega.run_backtest(config, sample, backend="python")
    with all_to(value):
        result = omega.run_backtest(config, sample)
        from_signals = omega.run_signals(sample, signals(sample), CONFIG)
    assert same_run(result, reference)
    assert same_run(from_signals, omega.run_signals(sample, signals(sample), CONFIG, backend="python"))
    assert (result.backend, result.divergences, result.fallbacks) == (side, {}, {})
    served = result.served["event_engine"]
    assert (served.calls, served.compared, served.divergences, served.fallbacks) == (1, 1, 0, 0)
    assert served.python_seconds > 0.0
    assert served.rust_seconds > 0.0
    assert kept(cases) == []


@pytest.mark.rule("F-2", "Q-F2")
@pytest.mark.parametrize("value", ["shadow", "verify"])
def test_a_difference_is_kept_and_the_reference_is_served(
    value: str,
    sample: omega.Bars,
    config: dict[str, Any],
    cases: Path,
    probe: NativeProbe,
    caplog: pytest.LogCaptureFixture,
) -> None:
    reference = omega.run_backtest(config, sample, backend="python")
    with caplog.at_level(logging.INFO, "omega.serve"), all_to(value), wrong(probe):
        if value == "verify":
            with pytest.warns(OmegaAlarm, match="Rust is not served: event_engine differs"):
                result = omega.run_backtest(config, sample)
        else:
            result = omega.run_backtest(config, sample)
    assert same_run(result, reference)
    assert (result.backend, result.divergences) == ("python", {"event_engine": 1})
    assert "\ndivergences    event_engine 1: kept as cases\n" in str(result)
    (case,) = kept(cases)
    first = int(np.flatnonzero(sample.times == reference.trades.column("exit_time")[0].value)[0])
    report = (case / "report.txt").read_text("utf-8")
    assert f"first at bar {first:,} of {len(sample):,}, " in report
    assert "events.price, row" in report
    assert f"divergence: component=event_engine: {report.splitlines()[0]}" in caplog.text
    # Both sides as they are agree on it; with the fault they part again.
    assert again(case).difference == ""
    assert again(case).comparisons > 1_000
    with wrong(probe):
        assert f"diverges at bar {first:,}" in again(case, probe).difference


@pytest.mark.rule("Q-F2")
def test_an_error_of_the_side_that_is_compared_is_a_difference(
    sample: omega.Bars, config: dict[str, Any], cases: Path, probe: NativeProbe
) -> None:
    with all_to("shadow"), probe.failing("panic", 17):
        result = omega.run_backtest(config, sample)
    assert same_run(result, omega.run_backtest(config, sample, backend="python"))
    assert result.divergences == {"event_engine": 1}
    assert "FfiError [5005]" in (kept(cases)[0] / "report.txt").read_text("utf-8")


@pytest.mark.rule("Q-F2")
def test_what_both_refuse_is_the_callers(sample: omega.Bars, cases: Path) -> None:
    broken = [{**row, "timestamp": int(sample.times[0]) - at} for at, row in enumerate(signals(sample)[:2])]
    for value in ("false", "shadow", "verify", "auto"):
        with all_to(value), pytest.raises(OmegaError) as caught:
            omega.run_signals(sample, broken, CONFIG)
        assert caught.value.rule == "T-6"
    assert kept(cases) == []


@pytest.mark.rule("Q-F2c")
def test_a_share_of_runs_is_verified(
    sample: omega.Bars, config: dict[str, Any], cases: Path, probe: NativeProbe
) -> None:
    omega.config.set_verify_share(0.5)
    try:
        with all_to("true"):
            runs = [omega.run_backtest({**config, "seed": seed}, sample) for seed in range(12)]
            again_ = [omega.run_backtest({**config, "seed": seed}, sample) for seed in range(12)]
        drawn = [bool(run.served) for run in runs]
        assert drawn == [bool(run.served) for run in again_]
        assert 0 < sum(drawn) < 12
        with all_to("true"), wrong(probe), pytest.warns(OmegaAlarm):
            faulty = [omega.run_backtest({**config, "seed": seed}, sample) for seed in range(12)]
        assert [bool(run.divergences) for run in faulty] == drawn
        assert {run.last_state_hash for run, is_drawn in zip(faulty, drawn, strict=True) if is_drawn} == {
            run.last_state_hash for run, is_drawn in zip(runs, drawn, strict=True) if is_drawn
        }
    finally:
        omega.config.set_verify_share(None)


@pytest.mark.rule("Q-F2")
@pytest.mark.parametrize("value", ["shadow", "verify"])
def test_an_indicator_on_both_sides(value: str, sample: omega.Bars, cases: Path, probe: NativeProbe) -> None:
    expected = omega.indicator("ema", sample, backend="python", period=20)
    with all_to(value):
        assert omega.indicator("ema", sample, period=20).tobytes() == expected.tobytes()  # type: ignore[union-attr]
        assert kept(cases) == []
        with probe.sabotaged("ema_factor"):
            found = omega.indicator("ema", sample, period=20)
    assert found.tobytes() == expected.tobytes()  # type: ignore[union-attr]
    (case,) = kept(cases)
    assert case.name.startswith("indicator_cache-")
    assert again(case).difference == ""
    with probe.sabotaged("ema_factor"):
        assert "call 0, get: differs" in again(case, probe).difference


@pytest.mark.rule("Q-F2")
@pytest.mark.parametrize("value", ["shadow", "verify"])
def test_bars_are_read_on_both_sides(
    value: str, sample: omega.Bars, parquet: Path, cases: Path, probe: NativeProbe
) -> None:
    with all_to(value):
        assert omega.read_bars(parquet, symbol="EURUSD").table.equals(sample.table)
        assert omega.sample_bars(300).table.equals(omega.sample_bars(300, backend="python").table)
        assert kept(cases) == []
        with probe.sabotaged("gap_at_timeframe"):
            assert omega.read_bars(parquet, symbol="EURUSD").quality.gaps == sample.quality.gaps
    assert [case.name.partition("-")[0] for case in kept(cases)] == ["data_handler"]
    assert again(kept(cases)[0]).difference == ""


@pytest.mark.rule("Q-F2")
@pytest.mark.parametrize(("value", "side"), [("shadow", "python"), ("verify", "rust")])
def test_a_simulator_on_both_sides(
    value: str, side: str, sample: omega.Bars, config: dict[str, Any], cases: Path, probe: NativeProbe
) -> None:
    def stepped(simulator: omega.ExecutionSimulator) -> omega.ExecutionSimulator:
        due = {row["timestamp"]: row for row in signals(sample)}
        for row, time in zip(sample.table.to_pylist(), map(int, sample.times), strict=True):
            if time in due:
                simulator.process_signals(row, due[time])
            simulator.evaluate_exits(row)
        return simulator

    expected = stepped(omega.ExecutionSimulator(CONFIG, backend="python"))
    assert expected.trades.num_rows > 0
    with all_to(value):
        watched = stepped(omega.ExecutionSimulator(CONFIG))
        assert (watched.backend, kept(cases)) == (side, [])
        with wrong(probe):
            faulty = stepped(omega.ExecutionSimulator(CONFIG))
    for simulator in (watched, faulty):
        assert simulator.trades.equals(expected.trades)
        assert (simulator.state_hash, simulator.metrics) == (expected.state_hash, expected.metrics)
    assert faulty.backend == "python"
    (case,) = kept(cases)
    assert again(case).difference == ""
    with wrong(probe):
        assert "evaluate_bar: differs" in again(case, probe).difference
    document = json.loads((case / "case.json").read_text("utf-8"))
    assert (document["component"], document["found_by"]) == ("execution_simulator", "divergence")


@pytest.mark.rule("Q-F2")
def test_a_folder_that_cannot_be_written_is_no_failure_of_a_run(
    sample: omega.Bars,
    config: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    probe: NativeProbe,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "file").write_text("no folder", "utf-8")
    monkeypatch.setenv("OMEGA_CASES", str(tmp_path / "file" / "cases"))
    with caplog.at_level(logging.INFO, "omega.serve"), all_to("shadow"), wrong(probe):
        result = omega.run_backtest(config, sample)
    assert same_run(result, omega.run_backtest(config, sample, backend="python"))
    assert "not kept: " in caplog.text


@pytest.mark.rule("Q-F2")
def test_a_folder_is_never_filled_up(sample: omega.Bars, cases: Path, probe: NativeProbe) -> None:
    with all_to("shadow"), probe.sabotaged("ema_factor"):
        for period in range(2, 40):
            omega.indicator("ema", sample, period=period)
    assert len(kept(cases)) == 32
