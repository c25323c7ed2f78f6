"""The JSON Schema of a configuration and of a file of instruments: what an editor completes from."""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise
from typing import Any, Final, Literal

from pydantic import BaseModel

from omega.boundary.guard import text_of
from omega.contract.errors import ErrorCode, omega_error
from omega.settings.base import Model
from omega.settings.instruments import InstrumentFile
from omega.settings.keys import rule_of, sections
from omega.settings.model import Config, InstrumentConfig

SchemaName = Literal["config", "instruments"]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TITLES: Final = {
    "config": "Omega: the configuration of a run",
    "instruments": "Omega: specifications of symbols (T-5)",
}


def json_schema(of: SchemaName = "config") -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a configuration, or of a file of instruments.

    What it refuses :func:`omega.config.load_config` refuses too; what depends on several keys, on the data or on a
    variant only the latter knows. Each key has its default, its range, what its model says of it, and its rule.

    Raises
    ------
    OmegaError
        1001 for another ``of``.
    """
    if of not in _TITLES:
        message = f"of: there is a schema of {' and of '.join(_TITLES)}, not of {text_of(of)!r}"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, column="of", value=text_of(of))
    model: type[Model] = Config if of == "config" else InstrumentFile
    schema = {"$schema": DIALECT, **model.model_json_schema()}
    parts = {model.__name__: schema, **schema["$defs"]}
    in_a_file: dict[type[BaseModel], str] = {InstrumentFile: "", InstrumentConfig: "instruments."}
    places = dict(sections(Config)) if model is Config else in_a_file
    for section, prefix in places.items():
        _describe(parts[section.__name__], section, prefix)
    schema["title"] = _TITLES[of]
    return schema


def _describe(schema: dict[str, Any], model: type[BaseModel], prefix: str) -> None:
    said = _words_after_fields(model)
    for key, entry in schema["properties"].items():
        entry.pop("title", None)
        rule = rule_of(f"{prefix}{key}")
        words = (said.get(key), None if rule == "config" else f"Rule {rule}.")
        if text := " ".join(filter(None, words)):
            entry["description"] = text


def _words_after_fields(model: type[BaseModel]) -> dict[str, str]:
    """Read the string that stands below a field; pydantic would read them all whenever the model is imported."""
    (definition,) = ast.parse(inspect.getsource(model)).body
    assert isinstance(definition, ast.ClassDef)
    words = {}
    for field, below in pairwise(definition.body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                words[name] = " ".join(text.split())
    return words
