"""Gate: runs that start at the same time, and that are one of thousands in a process."""

from __future__ import annotations

import pytest

from omega_parity.gates.checks import repeated
from omega_parity.gates.plugin import Hold


@pytest.mark.rule("L-4", "H-2")
@pytest.mark.parametrize("which", repeated.SIDES, ids=["reference", "rust"])
def test_runs_at_the_same_time(which: int, hold: Hold) -> None:
    hold(repeated.at_the_same_time, which)


@pytest.mark.rule("L-4", "H-2")
def test_thousands_of_runs_in_one_process(hold: Hold) -> None:
    hold(repeated.thousands_in_one_process)
