"""The gates in front of a flag flip."""

from __future__ import annotations

import pytest

from omega_parity.drive.sides import Sides
from omega_parity.gates.plugin import *  # noqa: F403  # its hooks and fixtures, by the names it exports


@pytest.fixture(autouse=True, scope="session")
def rust_is_there(sides: Sides) -> None:
    """Let no gate run without Rust, whichever is asked for."""
