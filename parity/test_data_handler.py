"""Gate: checks, samples and joins of bars, results and refusals alike."""

from __future__ import annotations

import pytest

from omega_parity.gates.checks import bars
from omega_parity.gates.plugin import Hold


@pytest.mark.rule("T-2", "T-4", "Q-T1", "X-1", "X-2")
def test_bad_bars_are_refused_alike(hold: Hold) -> None:
    hold(bars.broken_bars)


@pytest.mark.rule("T-2")
def test_quality_findings(hold: Hold) -> None:
    hold(bars.quality_findings)


@pytest.mark.rule("N-6", "T-2")
@pytest.mark.parametrize("given", bars.SAMPLES)
def test_sample_bars_are_the_same(given: tuple[int, int], hold: Hold) -> None:
    hold(bars.samples, given)


@pytest.mark.parametrize("given", bars.REFUSED_SAMPLES)
def test_sample_bars_refuse_alike(given: tuple[int, int], hold: Hold) -> None:
    hold(bars.refused_samples, given)


@pytest.mark.rule("G-1", "X-1")
def test_join_sides(hold: Hold) -> None:
    hold(bars.joins_of_sides)
