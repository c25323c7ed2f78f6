"""The rules whose hits are counted, and what counts as one (``rules.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

RULES_FILE: Final = Path(__file__).with_name("rules.toml")

RuleCounts = Mapping[str, int]
"""Hits by rule id, every counted rule among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRule:
    """A rule that both sides count.

    Attributes
    ----------
    fired : str
        What happened in the branch that is counted: always one in which the rule changes the outcome.
    is_per_run : bool
        Whether both sides must count the same. A rule that is applied while a configuration is resolved is counted
        once per component that resolves it, of which the sides have different numbers.
    part_of : str or None
        The contract's rule that this is a branch of, where one count for the whole rule would hide a branch that never
        came; None for a rule of the contract itself.
    """

    id: str
    fired: str
    is_per_run: bool
    part_of: str | None = None


@cache
def counted_rules() -> Mapping[str, CountedRule]:
    """Read the one list of counted rules."""
    document = tomllib.loads(RULES_FILE.read_text("utf-8"))
    rules = {
        entry["id"]: CountedRule(
            id=entry["id"],
            fired=entry["fired"],
            is_per_run=entry.get("per_run", True),
            part_of=entry.get("part_of"),
        )
        for entry in document["rule"]
    }
    return MappingProxyType(rules)


def no_hits() -> dict[str, int]:
    """Return a count of zero for every rule."""
    return dict.fromkeys(counted_rules(), 0)
