"""Gate: the same rows give the same bits however Arrow lays them out, and other types are refused alike."""

from __future__ import annotations

import pytest

from omega_parity.gates.checks import layouts
from omega_parity.gates.plugin import Hold


@pytest.mark.rule("T-6", "T-8a", "T-9", "X-4", "H-2")
@pytest.mark.parametrize("layout", layouts.LAYOUTS)
def test_runs_of_every_layout(layout: str, hold: Hold) -> None:
    hold(layouts.runs, layout)


@pytest.mark.rule("G-1", "T-2", "I-2", "I-6", "X-4")
@pytest.mark.parametrize("layout", layouts.LAYOUTS)
def test_components_of_every_layout(layout: str, hold: Hold) -> None:
    hold(layouts.components, layout)


@pytest.mark.rule("T-6", "T-8a", "X-1")
@pytest.mark.parametrize("about", layouts.TYPES)
def test_other_types_are_treated_alike(about: str, hold: Hold) -> None:
    hold(layouts.other_types, about)


@pytest.mark.rule("T-2", "T-6", "T-9", "X-1")
@pytest.mark.parametrize("layout", layouts.WITH_NULLS)
def test_the_first_null_is_named(layout: str, hold: Hold) -> None:
    hold(layouts.the_first_null_is_named, layout)
