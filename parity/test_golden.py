"""Gate: every golden case holds, on the reference and on Rust."""

from __future__ import annotations

from pathlib import Path

import pytest

from omega_parity.drive.sides import Sides
from omega_parity.gates.ledger import RECORD
from omega_parity.golden.case import GOLDEN_FOLDER, case_folders, case_name, case_rules
from omega_parity.golden.check import check_case

FOLDERS, STRAYS = case_folders(GOLDEN_FOLDER)
LEAST_CASES = 14


@pytest.mark.parametrize(
    "folder", [pytest.param(path, id=case_name(path), marks=pytest.mark.rule(*case_rules(path))) for path in FOLDERS]
)
def test_golden_case(folder: Path, sides: Sides, request: pytest.FixtureRequest) -> None:
    crossings = sides[1].crossings
    assert crossings is not None
    before = crossings()
    found = check_case(folder, sides)
    counts = {"comparisons": found.comparisons, "crossings": crossings() - before}
    request.node.user_properties.append((RECORD, counts))
    if not found.is_green:
        pytest.fail("\n".join([found.name, *(found.problems or ("nothing was compared",))]), pytrace=False)
    assert counts["crossings"] > 0


def test_nothing_else_lies_there() -> None:
    assert STRAYS == []
    assert len(FOLDERS) >= LEAST_CASES
