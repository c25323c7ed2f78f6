"""The JSON Schema says what the models say: judged by a validator of its own, over configurations right and wrong."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from omega.config import json_schema, load_config
from omega.contract.errors import OmegaError
from omega.data.documents import read_document
from omega.settings.instruments import BUILTIN_PATH
from omega.settings.keys import known_keys
from omega.settings.model import Config
from omega.settings.rollovers import WEEKDAYS

VALIDATOR = jsonschema.Draft202012Validator(json_schema())
COMMISSION = {"basis": "per_lot", "rate": 3.5}


def _refusals(document: object) -> list[str]:
    return [".".join(map(str, error.absolute_path)) for error in VALIDATOR.iter_errors(document)]


def test_it_is_a_schema() -> None:
    for of in ("config", "instruments"):
        schema = json_schema(of)
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["additionalProperties"] is False


@pytest.mark.parametrize("of", ["confg", "", None, 3])
def test_a_schema_of_something_else_names_the_choices(of: Any) -> None:
    with pytest.raises(OmegaError, match="there is a schema of config and of instruments, not of") as caught:
        json_schema(of)
    assert (caught.value.code, caught.value.column) == (1001, "of")


def test_every_key_is_in_it_with_a_default_or_required() -> None:
    schema = json_schema()
    keys = [key for key in known_keys(Config) if "." not in key]
    assert list(schema["properties"]) == keys
    for part in (schema, *schema["$defs"].values()):
        for key, entry in part["properties"].items():
            assert ("default" in entry) is not (key in part.get("required", ())), key


def test_keys_say_what_they_are_and_their_rule() -> None:
    properties = json_schema()["properties"]
    assert properties["close_at_end"]["description"] == "Rule E-18."
    assert properties["signal_time"]["description"] == "``bar`` unless set (L-1a). Rule L-1a."
    triple = json_schema()["$defs"]["SwapConfig"]["properties"]["triple"]
    assert triple["enum"] == [*WEEKDAYS, "none"]
    assert triple["description"].endswith("Rule C-4.")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"variant": "v1", "symbol": "EURUSD", "seed": 2**64 - 1},
        {"start": "2024-01-01T00:00:00+00:00", "costs": {"commission": COMMISSION, "swap": {"long_points": -6.5}}},
        {"margin": {"leverage": 30.0}, "risk_fraction": 0.01, "feature_flags": {"strategy": False}},
        {"rates": {"EURUSD": 1.1, "USDJPY": "rates.csv"}, "data": {"sample": {"n": 10}}},
        {"strategy": {"parameters": {"enabled_scenarios": [1]}}},
    ],
)
def test_what_loads_is_valid(document: dict[str, Any]) -> None:
    load_config(document)
    assert _refusals(document) == []


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"initial_balanse": 1.0}, ""),
        ({"initial_balance": 0.0}, "initial_balance"),
        ({"initial_balance": 1e16}, "initial_balance"),
        ({"initial_balance": "1"}, "initial_balance"),
        ({"variant": "v2"}, "variant"),
        ({"seed": 2**64}, "seed"),
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"costs": {"fee": {"per_million": -1.0}}}, "costs.fee.per_million"),
        ({"costs": {"fee": {"per_million": 1e16}}}, "costs.fee.per_million"),
        ({"costs": {"slippage": {"fixed_pips": 1e13}}}, "costs.slippage.fixed_pips"),
        ({"costs": {"commission": {**COMMISSION, "basis": "per_trade"}}}, "costs.commission"),
        ({"costs": {"commission": {"rate": 1.0}}}, "costs.commission"),
        ({"costs": {"swap": {"short_points": -1e13}}}, "costs.swap"),
        ({"margin": {"leverage": 0.5}}, "margin"),
        ({"margin": {"leverage": 30.0, "stop_out": 1.5}}, "margin"),
        ({"timeframe": "M7"}, "timeframe"),
        ({"data": {"max_missing_ratio": 2.0}}, "data"),
        ({"strategy": {"parameters": {"z_score_lang": 1.0}}}, "strategy"),
    ],
)
def test_what_the_models_refuse_is_refused_at_the_same_key(document: dict[str, Any], path: str) -> None:
    with pytest.raises(OmegaError):
        load_config(document)
    assert _refusals(document) == [path]


def test_the_table_of_instruments_is_valid_but_for_what_only_it_has() -> None:
    document: Any = read_document(BUILTIN_PATH)
    del document["v1_tick_values"]
    validator = jsonschema.Draft202012Validator(json_schema("instruments"))
    assert not [*validator.iter_errors(document)]
    document["instruments"][0]["pip_size"] = 0.0
    (error,) = validator.iter_errors(document)
    assert list(error.absolute_path) == ["instruments", 0, "pip_size"]
