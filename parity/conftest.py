"""The gates in front of a flag flip."""

from __future__ import annotations

import pytest

from omega_parity.drive.sides import Sides
from omega_parity.gates.plugin import *  # noqa: F403  # its hooks and fixtures, by the names it exports
from omega_parity.generate.cases import Market
from omega_parity.generate.markets import sample_market


@pytest.fixture(autouse=True, scope="session")
def rust_is_there(sides: Sides) -> None:
    """Let no gate run without Rust, whichever is asked for."""


@pytest.fixture(scope="session")
def market() -> Market:
    """A part of the built-in sample."""
    return sample_market(n=4_000)
