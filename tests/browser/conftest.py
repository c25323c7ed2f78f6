"""Headless Chromium, or the reason why there is none; and a case on which two sides part."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from omega.contract.protocols import CheckedBars, RunOutput
from omega.contract.types import EngineConfig
from omega_parity.drive.observe import Side
from omega_parity.drive.sides import Sides, reference_side
from omega_parity.generate.cases import Case
from omega_parity.generate.sequences import sample_cases

REQUIRE_VARIABLE = "OMEGA_REQUIRE_BROWSER"
REASON = "no Chromium on this machine"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

Browse = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def browse(tmp_path: Path) -> Browse:
    """Run Chromium on a page with the given switches."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        reason = f"{REASON} ({', '.join(NAMES)}); Debian's package is chromium"
        if os.environ.get(REQUIRE_VARIABLE) == "1":
            pytest.fail(f"{REQUIRE_VARIABLE}=1, and {reason}", pytrace=False)
        pytest.skip(reason)

    def run(page: Path, *switches: str) -> subprocess.CompletedProcess[str]:
        words = [program, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0"]
        words += [f"--user-data-dir={tmp_path / 'profile'}", *switches, page.as_uri()]
        return subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)

    return run


class _OneUlp:
    """The reference with one price of the log one ulp too high."""

    def __init__(self) -> None:
        self._engine = reference_side().engine

    def run(
        self, bars: pa.Table | CheckedBars, signals: pa.Table | None, config: EngineConfig, on_progress: Any = None
    ) -> RunOutput:
        output = self._engine.run(bars, signals, config, on_progress)
        prices: list[Any] = output.events.column("price").to_pylist()
        kinds = output.events.column("kind").to_pylist()
        if "opened" not in kinds:
            return output
        place = kinds.index("opened")
        prices[place] = math.nextafter(prices[place], math.inf)
        index = output.events.schema.get_field_index("price")
        field = output.events.schema.field("price")
        return replace(output, events=output.events.set_column(index, field, pa.array(prices, field.type)))


@pytest.fixture(scope="session")
def planted() -> tuple[Case, Sides]:
    sides = (reference_side(), Side(label="Rust", engine=_OneUlp()))
    for case in sample_cases(20):
        if "opened" in _kinds(sides[0], case):
            return case, sides
    pytest.fail("no generated case opens an order")


def _kinds(side: Side, case: Case) -> list[object]:
    output = side.engine.run(case.bars, case.signals, case.config, None)
    return output.events.column("kind").to_pylist()
