"""A configuration on the command line: its schema, and what it says with its defaults."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from omega.config import json_schema, load_config

from .conftest import Omega


def test_the_schema_is_printed_or_written(omega_command: Omega, tmp_path: Path) -> None:
    answer = omega_command("config", "schema")
    assert answer.code == 0
    assert json.loads(answer.out) == json_schema()
    file = tmp_path / "instruments.schema.json"
    answer = omega_command("config", "schema", "--of", "instruments", "--out", file)
    assert (answer.code, answer.out) == (0, f"written to {file}\n")
    assert json.loads(file.read_text()) == json_schema("instruments")


def test_a_schema_of_something_else_names_the_choices(omega_command: Omega) -> None:
    answer = omega_command("config", "schema", "--of", "bars")
    assert answer.code == 2
    assert "'config', 'instruments'" in answer.err


def test_a_configuration_is_shown_with_its_defaults(omega_command: Omega, tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    given = {"symbol": "EURUSD", "costs": {"fee": {"per_million": 30.0}}, "close_at_end": True, "risk_fraction": None}
    file.write_text(json.dumps(given))
    answer = omega_command("config", "show", file)
    assert answer.code == 0
    shown = [line.split() for line in answer.out.splitlines()]
    for row in (
        ["symbol", "EURUSD", "file"],
        ["costs.fee.per_million", "30.0", "file"],
        ["costs.fee.min_fee", "0.0", "default"],
        ["costs.commission", "–", "default"],
        ["close_at_end", "true", "file"],
        ["risk_fraction", "–", "file"],
        ["variant", "canonical", "default"],
    ):
        assert row in shown
    assert json.loads(omega_command("config", "show", file, "--json").out) == load_config(given).model_dump(mode="json")


def test_lists_are_shown_entry_by_entry(omega_command: Omega, tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    eurusd = load_config({}).model_dump()
    assert eurusd["instruments"] is None
    spec = {"symbol": "EURUSD", "pip_size": 1e-4, "tick_size": 1e-5, "contract_size": 1e5, "volume_min": 0.01}
    spec |= {"volume_step": 0.01, "volume_max": 50.0, "digits": 5}
    spec |= {"base_currency": "EUR", "quote_currency": "USD", "profit_currency": "USD"}
    file.write_text(json.dumps({"instruments": [spec], "strategy": {"parameters": {"enabled_scenarios": [1]}}}))
    shown = [line.split() for line in omega_command("config", "show", file).out.splitlines()]
    assert ["instruments[0].volume_max", "50.0", "file"] in shown
    assert ["instruments[0].min_stop_distance_pips", "0.1", "default"] in shown
    assert ["strategy.parameters.enabled_scenarios", "1", "file"] in shown


def test_a_wrong_key_is_refused_as_in_a_run(omega_command: Omega, tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text("initial_balanse: 100\n")
    answer = omega_command("config", "show", file)
    assert answer.code == 2
    assert "did you mean 'initial_balance'?" in answer.err


@pytest.mark.parametrize("command", ["schema", "show"])
def test_the_help_has_an_example(command: str, omega_command: Omega) -> None:
    shown = omega_command("config", command, "--help")
    assert shown.code == 0
    assert f"Example: omega config {command}" in shown.out
