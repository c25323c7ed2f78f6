"""``omega config``: the schema that an editor completes from, and what a configuration says with its defaults."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from omega.cli.output import JsonOption, Output, QuietOption, print_json
from omega.cli.tables import table

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import RenderableType

config_app = typer.Typer(help="Look at configurations.", no_args_is_help=True, rich_markup_mode=None)


class Of(enum.StrEnum):
    """What a schema is of."""

    CONFIG = "config"
    INSTRUMENTS = "instruments"


@config_app.command(epilog="Example: omega config schema --out omega.schema.json")
def schema(
    of: Annotated[Of, typer.Option("--of", help="Of a configuration, or of a file of instruments.")] = Of.CONFIG,
    out: Annotated[Path | None, typer.Option(help="Write it into this file.")] = None,
) -> None:
    """Print the JSON Schema of a configuration; an editor then completes and checks.

    For YAML: a first line of the file that says # yaml-language-server: $schema=omega.schema.json
    """
    import json

    from omega.data.writing import write_file
    from omega.settings.schema import json_schema

    found = json_schema(of.value)
    if out is None:
        print_json(found)
        return
    write_file(out, json.dumps(found, indent=2) + "\n")
    print(f"written to {out}")


@config_app.command(epilog="Example: omega config show strategy.yaml")
def show(
    config: Annotated[Path, typer.Argument(help="Configuration: YAML, JSON or TOML.")],
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show every key with its value, and whether the file gives it or it is the default."""
    from omega.config import load_config

    settings = load_config(config)
    Output(as_json, quiet).answer(settings.model_dump(mode="json"), lambda: _key_table(settings))


def _key_table(settings: BaseModel) -> RenderableType:
    shown = table("key", "value", "from")
    for key, value, is_given in _keys(settings, ""):
        shown.add_row(key, value, "file" if is_given else "default")
    return shown


def _keys(model: BaseModel, prefix: str) -> Iterator[tuple[str, str, bool]]:
    from pydantic import BaseModel

    for name in type(model).model_fields:
        value: Any = getattr(model, name)
        is_given = name in model.model_fields_set
        if isinstance(value, BaseModel):
            yield from _keys(value, f"{prefix}{name}.")
        elif isinstance(value, list) and value and isinstance(value[0], BaseModel):
            for index, one in enumerate(value):
                yield from _keys(one, f"{prefix}{name}[{index}].")
        else:
            yield f"{prefix}{name}", _text(value), is_given


def _text(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) or "–" if isinstance(value, list) else str(value)
