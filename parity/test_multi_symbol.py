"""Gate: several symbols at once, as blocks and step by step."""

from __future__ import annotations

from pathlib import Path

import pytest

from omega_parity.gates.checks import multi_symbol
from omega_parity.gates.plugin import Hold
from omega_parity.generate.multi_symbol import MODES


@pytest.mark.rule("M-1", "M-2", "Q-M1", "Q-M1b", "Q-M2")
def test_generated_calls(hold: Hold) -> None:
    hold(multi_symbol.generated_calls)


@pytest.mark.rule("M-2", "M-3", "Q-M3", "Q-M3b", "Q-M3c")
@pytest.mark.parametrize("mode", MODES)
def test_single_steps_are_blocks_and_parts_the_whole(mode: str, hold: Hold) -> None:
    hold(multi_symbol.single_steps, mode)


@pytest.mark.rule("M-1", "M-3")
def test_many_symbols(hold: Hold) -> None:
    hold(multi_symbol.many_symbols)


@pytest.mark.rule("M-3", "Q-M3d")
def test_indicators(hold: Hold) -> None:
    hold(multi_symbol.indicators)


@pytest.mark.rule("M-2", "L-6")
@pytest.mark.parametrize("which", [0, 1])
def test_threads_see_the_same(which: int, hold: Hold) -> None:
    hold(multi_symbol.at_the_same_time, which)


@pytest.mark.rule("M-1", "M-2", "X-4")
def test_wrong_use_is_refused_alike(hold: Hold) -> None:
    hold(multi_symbol.wrong_use)


@pytest.mark.rule("M-4", "Q-M4", "Q-M4b", "Q-M4c", "Q-M4d", "Q-M4e")
def test_generated_runs(hold: Hold) -> None:
    hold(multi_symbol.generated_runs)


@pytest.mark.market
@pytest.mark.rule("M-1", "M-2")
@pytest.mark.parametrize("timeframe", multi_symbol.TIMEFRAMES)
def test_real_bars_together(timeframe: str, market_folder: Path, hold: Hold) -> None:
    hold(multi_symbol.real_bars_together, timeframe)
