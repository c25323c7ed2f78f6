"""Gate: indicators on their own, results and refusals alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from omega_parity.gates.checks import indicators, market
from omega_parity.gates.plugin import Hold


@pytest.mark.rule("I-1", "I-2", "I-6", "I-8", "I-11", "N-4", "N-7")
@pytest.mark.rule("I-3", "I-4", "I-5", "I-7", "I-9", "I-10", "I-12", "I-13", "I-14", "I-15", "I-16")
def test_indicators_on_the_sample(hold: Hold) -> None:
    hold(indicators.on_the_sample)


@pytest.mark.market
@pytest.mark.rule("I-1", "I-2", "I-6", "I-8", "I-11", "N-7")
@pytest.mark.parametrize("name", market.SETS)
def test_indicators_on_real_bars(name: str, market_folder: Path, hold: Hold) -> None:
    hold(market.indicators, name)


@pytest.mark.rule("I-1", "I-2", "I-6", "I-8", "I-11", "N-7")
@pytest.mark.parametrize("n", indicators.LENGTHS)
def test_indicators_on_short_series(n: int, hold: Hold) -> None:
    hold(indicators.on_short_series, n)


@pytest.mark.rule("I-1", "I-2", "I-6", "I-8", "I-11", "N-7", "T-9")
@pytest.mark.parametrize("holes", indicators.HOLES)
def test_indicators_with_missing_rows(holes: tuple[int, ...], hold: Hold) -> None:
    hold(indicators.with_missing_rows, holes)


@pytest.mark.rule("N-7", "I-2")
@pytest.mark.parametrize("scale", indicators.SCALES)
def test_indicators_on_constant_and_huge_series(scale: tuple[float, float], hold: Hold) -> None:
    hold(indicators.constant_and_huge_series, scale)


@pytest.mark.rule("I-1", "I-2", "I-6", "I-8", "I-11", "N-7", "T-2", "T-4", "G-1")
def test_generated_calls(hold: Hold) -> None:
    hold(indicators.generated_calls)


@pytest.mark.rule("I-17", "X-1")
@pytest.mark.parametrize("given", indicators.REFUSED)
def test_indicators_refuse_alike(given: object, hold: Hold) -> None:
    hold(indicators.refused_parameters, given)


@pytest.mark.rule("I-18")
@pytest.mark.parametrize("label", indicators.STREAMED)
def test_indicators_bar_by_bar(label: str, hold: Hold) -> None:
    hold(indicators.bar_by_bar, label)


@pytest.mark.rule("I-18", "X-1")
@pytest.mark.parametrize("name", indicators.UNSTREAMED)
def test_streams_refuse_alike(name: object, hold: Hold) -> None:
    hold(indicators.refused_streams, name)
