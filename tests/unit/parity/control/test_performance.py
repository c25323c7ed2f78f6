"""A ratio with its uncertainty, and the rate at which that cries wolf (F-7)."""

from __future__ import annotations

import random
from typing import Any

import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega_parity.control import performance
from omega_parity.control.performance import bootstrap, false_alarms, figures, measure

Answers = list[tuple[str, dict[str, Any]]]


def answers(python: float, rust: float, spread: float = 0.0, processes: int = 10) -> Answers:
    """Return what quiet processes would answer, each a little slower than the one before."""
    found: Answers = []
    for block in range(processes):
        for side, seconds, peak in (("python", python, 200), ("rust", rust, 150), ("rust", rust, 150)):
            taken = seconds * (1.0 + spread * block)
            found.append((side, {"seconds": {"strategy run": taken, "signals run": 2.0 * taken}, "peak_bytes": peak}))
    return found


@pytest.mark.rule("F-7")
def test_without_spread_the_interval_is_the_ratio() -> None:
    found = figures(answers(8.0, 0.5))
    assert list(found) == ["event_engine", "strategy", "execution_simulator"]
    assert found["strategy"] == {
        "processes": 10,
        "ratio": 16.0,
        "ratio_low": 16.0,
        "ratio_high": 16.0,
        "false_alarms": 0.0,
        "python_seconds": 8.0,
        "rust_seconds": 0.5,
        "python_peak_bytes": 200,
        "rust_peak_bytes": 150,
        "peak_ratio": 0.75,
    }
    assert found["execution_simulator"]["rust_seconds"] == 1.0


@pytest.mark.rule("F-7")
def test_spread_widens_it_and_the_seed_repeats_it() -> None:
    found = figures(answers(8.0, 0.5, spread=0.05))["strategy"]
    assert found == figures(answers(8.0, 0.5, spread=0.05))["strategy"]
    assert found["ratio_low"] < found["ratio"] < found["ratio_high"]
    # Medians of ten of 1.0 … 1.45 lie between the extremes, their ratios therefore within these.
    assert found["ratio_low"] > 16.0 / 1.45
    assert found["ratio_high"] < 16.0 * 1.45


@pytest.mark.rule("F-7")
def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    draw, held = random.Random(1), 0
    for _ in range(200):
        above, below = ([side * draw.lognormvariate(0.0, 0.1) for _ in range(10)] for side in (5.0, 1.0))
        interval = bootstrap(above, below, draw, 200)
        held += interval.low <= 5.0 <= interval.high
    assert 0.88 <= held / 200 <= 1.0


@pytest.mark.rule("F-7")
def test_the_same_against_the_same_cries_wolf_rarely_but_does() -> None:
    draw = random.Random(2)
    rates = [false_alarms([draw.lognormvariate(0.0, 0.1) for _ in range(20)], draw) for _ in range(5)]
    assert 0.0 < sum(rates) / 5 < 0.15
    assert false_alarms([1.0] * 20, draw) == 0.0


@pytest.mark.rule("F-7")
def test_processes_are_interleaved_and_no_few_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(performance, "_process", lambda side: {"side": side})
    order = [side for side, _ in measure(10)]
    assert order[:6] == ["python", "rust", "rust", "rust", "rust", "python"]
    assert (order.count("python"), order.count("rust")) == (10, 20)
    with pytest.raises(OmegaError, match="9 processes decide nothing") as caught:
        measure(9)
    assert (caught.value.code, caught.value.rule) == (ErrorCode.OUT_OF_BOUNDS, "F-7")


@pytest.mark.rule("F-7")
def test_a_process_of_its_own_answers_or_says_how_it_ended() -> None:
    answer = performance._process("rust")
    assert set(answer["seconds"]) == {"strategy run", "signals run"}
    assert min(answer["seconds"].values()) > 0.0
    assert answer["peak_bytes"] > 10_000_000
    with pytest.raises(OmegaError, match=r"a process that was measured ended with 1: .*backend must be"):
        performance._process("fortran")
