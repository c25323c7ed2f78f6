"""The list of indicators on the command line."""

from __future__ import annotations

import json

import omega

from .conftest import Omega


def test_indicators(omega_command: Omega) -> None:
    answer = omega_command("indicators")
    assert answer.code == 0
    assert "macd(fast_period, slow_period, signal_period) -> line, signal, histogram" in answer.out
    assert "min_periods=50" in answer.out
    listed = json.loads(omega_command("indicators", "--json").out)
    assert [one["name"] for one in listed] == [one.name for one in omega.indicators()]
    assert listed[0]["parameters"][0]["name"] == "period"


def test_the_help(omega_command: Omega) -> None:
    shown = omega_command("indicators", "--help")
    assert shown.code == 0
    assert "List the indicators: parameters with defaults" in " ".join(shown.out.split())
    assert "Example: omega indicators --json" in shown.out
