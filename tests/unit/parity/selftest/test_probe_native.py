"""The Rust probe: the same faults and counters by the same names, contained panics, and nothing of it in a release."""

from __future__ import annotations

import importlib.util
import json
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import omega_parity.selftest.probe.native
import omega_parity.selftest.probe.runner
from omega.contract.errors import ErrorCode, OmegaError
from omega_parity.generate.calls import sample_calls
from omega_parity.generate.cases import Case, Floors, signals_case
from omega_parity.generate.markets import sample_market
from omega_parity.generate.sequences import sample_cases
from omega_parity.selftest.probe import (
    SABOTEURS,
    Healthy,
    Killed,
    KillReport,
    NativeProbe,
    Survived,
    counted_rules,
    kills,
    run_saboteur,
)
from omega_parity.selftest.probe import __main__ as recording
from omega_parity.selftest.probe.examples import makers
from omega_parity.selftest.probe.native import native_probe, why_no_probe
from omega_parity.selftest.probe.saboteurs import QUICK

pytestmark = pytest.mark.skipif(native_probe() is None, reason=why_no_probe())


@pytest.fixture
def probe() -> NativeProbe:
    found = native_probe()
    assert found is not None
    return found


@pytest.fixture(scope="module")
def case() -> Case:
    market = sample_market(n=300)
    return signals_case(market, market.variants[0], seed=1, floors=Floors(), n=40)


def _binary(module: str) -> bytes:
    spec = importlib.util.find_spec(f"{module}.{module}")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_bytes()


def test_both_sides_have_the_same_faults_and_counters(probe: NativeProbe) -> None:
    assert probe.saboteurs() == tuple(SABOTEURS)
    assert list(probe.rule_counts()) == list(counted_rules())


def test_a_release_contains_no_fault_and_no_counter() -> None:
    import omega_rust

    assert not {"activate", "saboteurs", "rule_counts", "reset_counts"} & set(dir(omega_rust))
    strings = [name.encode() for name in SABOTEURS] + [b"saboteur", b"Q-L1b", b"Q-E6"]
    release, probed = _binary("omega_rust"), _binary("omega_rust_probe")
    assert [text for text in strings if text in release] == []
    assert [text for text in strings if text not in probed] == []


def test_a_probe_with_other_faults_is_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    assert why_no_probe() == ""
    monkeypatch.setattr(omega_parity.selftest.probe.native, "lists_digest", lambda: "other")
    assert "other faults than those of faults.toml" in why_no_probe.__wrapped__()


def test_an_unknown_fault_is_refused(probe: NativeProbe) -> None:
    with pytest.raises(OmegaError) as caught, probe.sabotaged("nobody"):
        pass
    assert (caught.value.code, caught.value.value) == (ErrorCode.INVALID_ARGUMENT, "nobody")


@pytest.mark.rule("X-3")
def test_a_panic_is_contained_and_its_object_refuses_further_calls(probe: NativeProbe, case: Case) -> None:
    assert case.signals is not None
    simulator = probe.adapter.ExecutionSimulator(case.config)
    first = case.bars.slice(0, 1)
    with probe.sabotaged("panic_at_exit"):
        with pytest.raises(OmegaError) as caught:
            _step(simulator, case)
        assert isinstance(caught.value, Exception)
        assert (caught.value.code, caught.value.recoverable) == (ErrorCode.FFI_PANIC_CAUGHT, False)
    for call in (
        lambda: simulator.evaluate_exits(first),
        lambda: simulator.process_signals(first, case.signals.slice(0, 0)),
        simulator.positions,
    ):
        with pytest.raises(OmegaError) as refused:
            call()
        assert (refused.value.code, refused.value.recoverable) == (ErrorCode.INVALID_STATE, False)
    assert probe.adapter.ExecutionSimulator(case.config).evaluate_exits(first).num_rows == 0


@pytest.mark.rule("X-3")
def test_a_panic_in_a_run_leaves_the_module_usable(probe: NativeProbe, case: Case) -> None:
    engine = probe.adapter.Engine()
    with probe.sabotaged("panic_at_exit"), pytest.raises(OmegaError) as caught:
        engine.run(case.bars, case.signals, case.config)
    assert caught.value.code is ErrorCode.FFI_PANIC_CAUGHT
    assert engine.run(case.bars, case.signals, case.config).trades.num_rows > 0


def _step(simulator: Any, case: Case) -> None:
    assert case.signals is not None
    times: list[Any] = case.signals.column("timestamp").cast(pa.int64()).to_pylist()
    stamps: list[Any] = case.bars.column("timestamp").cast(pa.int64()).to_pylist()
    first = 0
    for row, time in enumerate(stamps):
        due = sum(stamp <= time for stamp in times) - first
        simulator.process_signals(case.bars.slice(row, 1), case.signals.slice(first, due))
        simulator.evaluate_exits(case.bars.slice(row, 1))
        first += due


@pytest.mark.parametrize("side", ["reference", "rust"])
def test_a_fault_is_killed_named_and_reduced(probe: NativeProbe, side: Any) -> None:
    fate = run_saboteur(side, "exit_fee_skipped", sample_cases(20, 4), Healthy(probe), is_reduced=True)
    assert isinstance(fate, Killed)
    assert fate.by.startswith("events.")
    assert fate.by_generated
    assert fate.reduced is not None
    assert fate.reduced <= (4, 2)


@pytest.mark.parametrize("side", ["reference", "rust"])
def test_a_fault_is_killed_by_a_call_and_its_bars_reduced(probe: NativeProbe, side: Any) -> None:
    fate = run_saboteur(side, "band_one_ulp", sample_calls(5, 3), Healthy(probe), is_reduced=True)
    assert isinstance(fate, Killed)
    assert (fate.by, fate.by_generated) == ("bollinger.value", True)
    assert fate.reduced is not None
    assert fate.reduced[0] < 20
    assert fate.reduced[1] == 0


def test_a_fault_survives_where_nothing_reaches_it(probe: NativeProbe) -> None:
    fate = run_saboteur("rust", "error_swallowed", sample_cases(3, 3), Healthy(probe))
    assert fate == Survived(side="rust", saboteur="error_swallowed", after_examples=3)


def test_a_quick_look_lets_a_handful_loose(probe: NativeProbe) -> None:
    report = kills(quick=True)
    assert report is not None
    assert (len(report.fates), report.against) == (2 * len(QUICK), ())


def test_kills_are_not_measured_without_the_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(omega_parity.selftest.probe.runner, "native_probe", lambda: None)
    assert kills(quick=False) is None


def test_nothing_is_recorded_where_both_sides_differ_without_a_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = next(makers())().name
    fate = Killed(side="rust", saboteur=QUICK[0], by="events.fee", example=first, after_examples=1, by_generated=True)
    monkeypatch.setattr(recording, "kills", lambda **_: KillReport(fates=(fate,), is_quick=True))
    monkeypatch.setattr(recording, "NOTICED_FILE", tmp_path / "noticed.json")
    monkeypatch.setattr(recording, "makers", lambda: islice(makers(), 1))
    with monkeypatch.context() as parted:
        parted.setattr(Healthy, "agree", lambda *_: False)
        assert recording.main(["--record"]) == 1
    assert f"both sides differ on {first}" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    assert recording.main(["--record"]) == 0
    assert json.loads((tmp_path / "noticed.json").read_bytes()) == {QUICK[0]: 0}
