"""The keys of a configuration: those of a model, those that come later, and the contract's rule behind each."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from pydantic import BaseModel

LATER_KEYS: Final[Mapping[str, str]] = {
    "sessions": "entry gates (G-5)",
    "news": "entry gates (G-5)",
    "cooldown": "entry gates (G-5)",
    "report": "the run report",
}
"""Keys that the contract knows and this version does not implement; ``null`` counts as not set."""

_RULES: Final[Mapping[str, str]] = {
    "variant": "config",
    "timeframe": "T-4",
    "start": "T-1",
    "end": "T-1",
    "warmup_bars": "G-4",
    "initial_balance": "P-4",
    "risk_per_trade": "S-2",
    "risk_fraction": "S-2",
    "max_positions_per_symbol": "Q-L1b",
    "seed": "N-6",
    "pip_buffer_factor": "E-6",
    "close_at_end": "E-18",
    "market_fill": "E-1",
    "signal_time": "L-1a",
    "intrabar": "E-7",
    "on_ruin": "E-21",
    "margin": "E-21",
    "rates": "C-6",
    "rates_max_age": "C-6",
    "sizing": "S-4",
    "costs.slippage": "C-1",
    "costs.fee": "C-2",
    "costs.commission": "C-3",
    "costs.swap": "C-4",
    "sizing.mode": "S-3",
    "sizing.lots": "S-3",
    "instruments": "T-5",
    "higher_timeframes": "G-2",
    "alignment": "G-3",
    "strategy.parameters": "A-2",
    "strategy": "A-1",
    "feature_flags": "F-2",
    "data": "T-2",
}


def rule_of(dotted: str) -> str:
    """Name the contract's rule a configuration key belongs to."""
    parts = re.split(r"[.\[]", dotted)
    for length in range(len(parts), 0, -1):
        rule = _RULES.get(".".join(parts[:length]))
        if rule is not None:
            return rule
    return "config"


def later_feature(dotted: str) -> str | None:
    """Name the feature a key belongs to that is not built yet; None for every other key."""
    return LATER_KEYS.get(dotted)


@lru_cache
def known_keys(model: type[BaseModel]) -> tuple[str, ...]:
    """Every dotted key of ``model``, sections included."""
    return tuple(_keys(model, ""))


def _keys(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield f"{prefix}{field.alias or name}"
        for section in _sections(field.annotation):
            yield from _keys(section, f"{prefix}{name}.")


def sections(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[type[BaseModel], str]]:
    """Yield a model and those of its sections, each with what stands before its keys."""
    yield model, prefix
    for name, field in model.model_fields.items():
        for section in _sections(field.annotation):
            yield from sections(section, f"{prefix}{name}.")


def _sections(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _sections(argument)


def unknown_key(column: str, model: type[BaseModel], prefix: str) -> str:
    """Say that ``column`` is no key of ``model``, and which one may have been meant."""
    known = [f"{prefix}{key}" for key in known_keys(model)]
    if not prefix:
        known += LATER_KEYS
    plain = re.sub(r"\[\d+\]", "", column)
    siblings = [key for key in known if key.rpartition(".")[0] == plain.rpartition(".")[0]]
    nearest = difflib.get_close_matches(plain, siblings, n=1) or difflib.get_close_matches(plain, known, n=1)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else f"; known keys: {', '.join(siblings)}"
    return f"unknown configuration key {column!r}{hint}"
