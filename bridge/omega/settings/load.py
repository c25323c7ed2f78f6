"""Loading a configuration from what a user has: a model, a mapping, or a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from omega.boundary.arguments import path_of
from omega.boundary.guard import guarded
from omega.contract.errors import ErrorCode, omega_error
from omega.data.documents import read_document
from omega.settings.model import Config
from omega.settings.strategies import StrategySection

ConfigSource = Config | Mapping[str, object] | str | Path


@guarded("config")
def load_config(source: ConfigSource) -> Config:
    """Load a configuration.

    Parameters
    ----------
    source : Config, mapping, str or path
        A path ends in ``.yaml``, ``.yml``, ``.json`` or ``.toml``; paths inside the file are relative to it.

    Returns
    -------
    Config

    Raises
    ------
    OmegaError
        As :class:`Config`; 3001 when the file is missing, 1009 when it is not of its format.
    """
    if isinstance(source, Config):
        return source
    if isinstance(source, Mapping):
        return Config(**_text_keys(source))
    path = path_of(source, rule="config")
    document = read_document(path)
    if not isinstance(document, Mapping):
        raise omega_error(
            ErrorCode.INVALID_FORMAT,
            f"{path.name} must hold a mapping of keys, not {type(document).__name__}",
            rule="config",
            column=path.name,
        )
    keys = _text_keys(document)
    _anchor_paths(keys, path.parent)
    return Config(**keys)


def _text_keys(source: Mapping[object, object] | Mapping[str, object]) -> dict[str, object]:
    for key in source:
        if not isinstance(key, str):
            raise omega_error(
                ErrorCode.INVALID_ARGUMENT, f"configuration keys are text, not {key!r}", rule="config", column=str(key)
            )
    return {str(key): value for key, value in source.items()}


def _anchor_paths(keys: dict[str, object], folder: Path) -> None:
    """Make the file names a configuration file mentions relative to it, not to the working directory."""
    for key in ("rates", "higher_timeframes"):
        named = keys.get(key)
        if isinstance(named, Mapping):
            keys[key] = {name: _anchored(given, folder) for name, given in named.items()}
    strategy = keys.get("strategy")
    if isinstance(strategy, Mapping) and str(strategy.get("module", "")).endswith(".py"):
        keys["strategy"] = {**strategy, "module": _anchored(strategy["module"], folder)}
    for key in ("instruments", "data"):
        if key not in keys:
            continue
        value = keys[key]
        if isinstance(value, Mapping):
            keys[key] = {
                name: _anchored(part, folder) if name in ("path", "bid", "ask") else part
                for name, part in value.items()
            }
        else:
            keys[key] = _anchored(value, folder)


def _anchored(given: object, folder: Path) -> object:
    # An empty text would become the folder itself; left as it is, whoever reads it refuses it.
    return str(folder / given) if isinstance(given, str) and given else given


def flags_of(config: Config) -> list[tuple[str, str | bool]]:
    """Collect what the configuration says about flags, at its rank in F-3."""
    flags: list[tuple[str, str | bool]] = list(config.feature_flags.items())
    if isinstance(config.strategy, StrategySection) and config.strategy.rust_enabled is not None:
        flags.append(("strategy", config.strategy.rust_enabled))
    return flags
