"""The reference goes on where Rust fails (Q-F5): to the same bits, counted, logged, and with a case that replays it."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import omega
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.serve import native, watch
from omega_parity.selftest.probe import NativeProbe

from .conftest import CONFIG, signals
from .watching import ENGINE, again, all_to, kept, progress_of, same_run, with_broken_tables

LOGGER = "omega.serve"


def failing(method: str, error: Exception) -> type:
    """Return a class that can be built of anything, and fails in one method."""

    def fail(*_: object) -> None:
        raise error

    return type("Failing", (), {"__init__": lambda *_: None, method: fail})


def standing_in(monkeypatch: pytest.MonkeyPatch, **parts: object) -> None:
    """Let these parts of the native module be others."""
    module = native._native()
    monkeypatch.setattr(native, "_native", lambda: SimpleNamespace(**{**vars(module), **parts}))


@pytest.fixture
def sample() -> omega.Bars:
    """Bars of its own for each test: those that a module keeps are no other module's."""
    return omega.sample_bars(600, backend="python")


@pytest.mark.rule("F-5", "Q-F5")
@pytest.mark.parametrize("bar", [0, 1, 137, 598, 599])
def test_a_panic_at_any_bar_loses_nothing(
    bar: int,
    sample: omega.Bars,
    config: dict[str, Any],
    cases: Path,
    probe: NativeProbe,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert len(sample) == 600
    reference = omega.run_backtest(config, sample, backend="python")
    before = omega.config.counters().get("event_engine", omega.config.Served())
    with caplog.at_level(logging.INFO, LOGGER), probe.failing("panic", bar):
        result = omega.run_backtest(config, sample)
    assert same_run(result, reference)
    assert (result.backend, result.fallbacks, result.divergences) == ("python", {"event_engine": 1}, {})
    assert "\nfallbacks      event_engine 1: the reference went on\n" in str(result)
    assert " stop-outs, 1 fallbacks\n" in str(result)
    assert omega.config.counters()["event_engine"].fallbacks == before.fallbacks + 1
    assert f"fallback: component=event_engine code=5005 bar={bar}: a panic in Rust was contained" in caplog.text
    (case,) = kept(cases)
    assert f"a failure of bar {bar}, as asked" in (case / "report.txt").read_text("utf-8")
    assert again(case).difference == ""
    with probe.failing("panic", bar):
        assert "FfiError" in again(case, probe).difference


@pytest.mark.rule("F-5", "Q-F5")
def test_no_room_for_the_tables(
    sample: omega.Bars, config: dict[str, Any], cases: Path, probe: NativeProbe, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, LOGGER), probe.failing("no_room"):
        result = omega.run_backtest(config, sample)
    assert same_run(result, omega.run_backtest(config, sample, backend="python"))
    assert "component=event_engine code=6001 bar=0: no room for the tables of" in caplog.text


@pytest.mark.rule("F-5", "Q-F5")
def test_tables_that_point_nowhere(
    sample: omega.Bars, config: dict[str, Any], cases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = native._native()
    monkeypatch.setattr(native, "_native", lambda: with_broken_tables(module))
    result = omega.run_backtest(config, sample)
    assert same_run(result, omega.run_backtest(config, sample, backend="python"))
    assert result.fallbacks == {"event_engine": 1}


@pytest.mark.rule("F-5", "Q-F5")
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (omega_error(ErrorCode.INVARIANT_VIOLATED, "broken"), 4004),
        (omega_error(ErrorCode.FFI_SCHEMA_MISMATCH, "broken"), 5004),
        (omega_error(ErrorCode.RESOURCE_EXHAUSTED, "broken"), 6002),
        (omega_error(ErrorCode.INVALID_STATE, "stale", rule="F-6"), 1007),
        (MemoryError("broken"), 6001),
        (KeyError("broken"), 4000),
    ],
)
def test_failures_by_code(
    error: Exception,
    code: int,
    sample: omega.Bars,
    cases: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise error

    standing_in(monkeypatch, run=fail)
    with caplog.at_level(logging.INFO, LOGGER):
        result = omega.run_signals(sample, signals(sample), CONFIG)
    assert same_run(result, omega.run_signals(sample, signals(sample), CONFIG, backend="python"))
    assert f"component=event_engine code={code} bar=0" in caplog.text
    with pytest.raises(OmegaError) as caught, all_to("true"):
        omega.run_signals(sample, signals(sample), CONFIG)
    assert caught.value.code == code


@pytest.mark.rule("Q-F5")
@pytest.mark.parametrize("code", [1001, 1003, 1006, 2004, 4001, 6004])
def test_what_the_contract_refuses_is_no_failure(
    code: int, sample: omega.Bars, cases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise omega_error(code, "as the contract says")

    standing_in(monkeypatch, run=refuse)
    with pytest.raises(OmegaError, match="as the contract says"):
        omega.run_signals(sample, signals(sample), CONFIG)
    assert kept(cases) == []


@pytest.mark.rule("Q-F5")
def test_what_both_refuse_alike_is_the_callers(
    sample: omega.Bars, cases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise omega_error(ErrorCode.INTERNAL_ERROR, "both")

    standing_in(monkeypatch, run=refuse)
    monkeypatch.setattr("omega_reference.engine.run_bars", refuse)
    before = omega.config.counters().get("event_engine", omega.config.Served())
    with pytest.raises(OmegaError, match="both"):
        omega.run_signals(sample, signals(sample), CONFIG)
    assert kept(cases) == []
    assert omega.config.counters().get("event_engine", omega.config.Served()).fallbacks == before.fallbacks


@pytest.mark.rule("F-5", "Q-F5")
def test_progress_goes_on_from_where_it_was(
    sample: omega.Bars, config: dict[str, Any], cases: Path, probe: NativeProbe
) -> None:
    with probe.failing("panic", 599):
        _, told = progress_of(lambda on_progress: omega.run_backtest(config, sample, on_progress=on_progress))
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert told[-1] == (600, 600)


@pytest.mark.rule("Q-F5")
def test_what_the_callers_own_callback_raises_is_no_failure(
    sample: omega.Bars, config: dict[str, Any], cases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class StopError(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise StopError

    def telling(_bars: object, _signals: object, _config: object, on_progress: Any, *_: object) -> None:
        # As Rust in a long run: a short one is over before it tells anything.
        on_progress(1, 600)

    standing_in(monkeypatch, run=telling)
    for value in ("shadow", "verify", "auto", "true"):
        with all_to(value), pytest.raises(StopError):
            omega.run_backtest(config, sample, on_progress=stop)
    assert kept(cases) == []


@pytest.mark.rule("F-5", "Q-F5")
@pytest.mark.parametrize(
    ("component", "part", "method"),
    [
        ("slippage_fee", "CostModel", "fee"),
        ("indicator_cache", "IndicatorCache", "get"),
        ("portfolio", "mark", ""),
    ],
)
def test_a_part_under_the_loop_in_python(
    component: str,
    part: str,
    method: str,
    sample: omega.Bars,
    config: dict[str, Any],
    cases: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reference = omega.run_backtest(config, sample, backend="python")

    def fail(*_: object) -> None:
        raise RuntimeError("broken")

    standing_in(monkeypatch, **{part: failing(method, RuntimeError("broken")) if method else fail})
    with omega.config.override_flags(strategy="false"):
        result = omega.run_backtest(config, sample)
    assert same_run(result, reference)
    assert (result.backend, result.fallbacks) == ("python", {component: 1})


@pytest.mark.rule("F-5", "Q-F5")
def test_an_indicator_and_a_reading(
    sample: omega.Bars, parquet: Path, cases: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    expected = omega.indicator("sma", sample, backend="python", period=5)
    parts = {"IndicatorCache": failing("get", KeyError("broken")), "Bars": failing("quality", KeyError("broken"))}
    standing_in(monkeypatch, **parts)
    with caplog.at_level(logging.INFO, LOGGER):
        assert omega.indicator("sma", sample, period=5).tobytes() == expected.tobytes()  # type: ignore[union-attr]
        bars = omega.read_bars(parquet, symbol="EURUSD", timeframe="M5")
    assert "component=data_handler code=4000" in caplog.text
    assert bars.table.equals(sample.table)
    assert "component=indicator_cache code=4000" in caplog.text
    assert [again(case).difference for case in kept(cases)] == [""] * len(kept(cases))


@pytest.mark.rule("F-5", "Q-F5")
@pytest.mark.parametrize("snapshot_after", [1, 7, 10_000])
def test_a_simulator_goes_on_in_the_reference(
    snapshot_after: int,
    sample: omega.Bars,
    cases: Path,
    probe: NativeProbe,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(watch, "_SNAPSHOT_AFTER", snapshot_after)
    due = {row["timestamp"]: row for row in signals(sample)}

    def step(simulator: omega.ExecutionSimulator, first: int, end: int) -> None:
        for row, time in zip(sample.table.to_pylist()[first:end], map(int, sample.times[first:end]), strict=True):
            if time in due:
                simulator.process_signals(row, due[time])
            simulator.evaluate_exits(row)

    expected = omega.ExecutionSimulator(CONFIG, backend="python")
    step(expected, 0, len(sample))
    simulator = omega.ExecutionSimulator(CONFIG)
    with caplog.at_level(logging.INFO, LOGGER), probe.sabotaged("panic_at_exit"):
        step(simulator, 0, len(sample))
    assert simulator.backend == "python"
    assert simulator.trades.equals(expected.trades)
    assert simulator.positions().equals(expected.positions())
    assert (simulator.state_hash, simulator.metrics) == (expected.state_hash, expected.metrics)
    assert simulator.snapshot() == expected.snapshot()
    assert "fallback: component=execution_simulator code=5005" in caplog.text
    (case,) = kept(cases)
    assert again(case).difference == ""
    with probe.sabotaged("panic_at_exit"):
        assert "evaluate_bar: differs" in again(case, probe).difference


@pytest.mark.rule("F-5", "Q-F5")
def test_a_stream_goes_on_in_the_reference(cases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prices = [1.1 + at % 7 / 1_000 for at in range(60)]
    expected = omega.IndicatorStream("ema", backend="python", period=5)
    real = native._native().IndicatorStream
    pushed: list[float] = []

    class Breaking:
        """Fails at the 31st bar."""

        def __init__(self, *given: Any) -> None:
            self._inner = real(*given)

        def push(self, *prices: float) -> Any:
            pushed.append(prices[-1])
            if len(pushed) > 30:
                raise RuntimeError("broken")
            return self._inner.push(*prices)

    standing_in(monkeypatch, IndicatorStream=Breaking)
    stream = omega.IndicatorStream("ema", period=5)
    told = [stream.push(close=price) for price in prices]
    assert [str(value) for value in told] == [str(expected.push(close=price)) for price in prices]
    assert (len(pushed), stream.backend) == (31, "python")
    assert again(kept(cases)[0]).difference == ""


@pytest.mark.rule("Q-F5")
def test_what_is_forced_has_no_way_back(
    sample: omega.Bars, config: dict[str, Any], cases: Path, probe: NativeProbe
) -> None:
    with probe.failing("panic", 3):
        for values in (dict.fromkeys(ENGINE, "true"), {"strategy": "true"}):
            with omega.config.override_flags(**values), pytest.raises(OmegaError) as caught:
                omega.run_backtest(config, sample)
            assert caught.value.code is ErrorCode.FFI_PANIC_CAUGHT
        with omega.config.override_flags(slippage_fee="true"):
            assert omega.run_backtest(config, sample).fallbacks == {"event_engine": 1}


@pytest.mark.rule("Q-F5")
def test_what_a_stream_remembers_is_its_prices(cases: Path) -> None:
    stream = omega.IndicatorStream("ema", period=5)
    for at in range(1_000):
        stream.push(close=1.1 + at / 1e6, high=2.0, low=1.0)
    watched: Any = stream._inner
    journal = watched.watch._journal
    assert len(journal) == 1_000
    assert next(iter(journal)) == ("push", (2.0, 1.0, 1.1))
    assert journal._prices.itemsize * len(journal._prices) == 24_000
    assert kept(cases) == []
