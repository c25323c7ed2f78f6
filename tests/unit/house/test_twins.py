"""Who knows one side finds their way on the other: files, names, order and parameters correspond."""

from __future__ import annotations

from pathlib import Path

import pytest

from house.exceptions import read_excuses, unexcused
from house.newcomer import candidates, look_for, table
from house.twins import House, Report, judge_twins, read_house

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "reference_py" / "omega_reference"
CORE = ROOT / "rust_impl" / "core" / "src"
EXCUSES = read_excuses(Path(__file__).with_name("twins.toml"))

LEAST_SHARE = 0.9
"""Of the reference's functions, plumbing left out, those with a twin of the same name and parameters."""


@pytest.fixture(scope="module")
def house() -> House:
    return read_house(REFERENCE, CORE, ROOT / "rust_impl" / "python" / "src")


@pytest.fixture(scope="module")
def report(house: House) -> Report:
    return judge_twins(house)


def test_the_sides_correspond_but_for_the_exceptions(report: Report) -> None:
    assert unexcused(report.findings, EXCUSES) == []


def test_nearly_every_function_of_the_reference_has_its_twin(report: Report) -> None:
    assert report.share >= LEAST_SHARE, report


def test_a_newcomer_finds_twenty_of_twenty() -> None:
    searches = look_for(candidates(REFERENCE, EXCUSES), CORE, count=20, seed=8)
    assert all(search.there for search in searches), table(searches)
