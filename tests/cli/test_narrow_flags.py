"""`omega flags` where a table does not fit."""

from __future__ import annotations

import pytest

from omega.config import set_flag_source
from omega.flags.registry import BY_NAME

from .conftest import Omega


@pytest.mark.parametrize("width", [40, 60, 72])
def test_a_narrow_terminal_shows_value_side_and_reason_too(
    width: int, omega_command: Omega, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = omega_command("flags", "--backend", "python").out.splitlines()
    for name in BY_NAME:
        at = lines.index(f"OMEGA_USE_RUST_{name.upper()}")
        assert lines[at + 1] == "  false (backend argument): python [1]"
    assert lines[-1] == "[1] set to false"
    assert max(map(len, lines)) <= width


def test_which_origin_outranks_which(omega_command: Omega, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    set_flag_source(lambda: {"strategy": "false"})
    try:
        shown = omega_command("flags").out
    finally:
        set_flag_source(None)
    assert "false (flag source): python" in shown
    words = " ".join(shown.split())
    assert "strongest origin first: backend argument, override, set_feature_flag, environment, flag source," in words
