"""A rule of the third opinion that is changed, and whether that is noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import omega

from .cases import Input
from .comparing import compare

Run = tuple[Input, omega.Result]


@dataclass(frozen=True, slots=True)
class Change:
    """A rule of the contract and how it is broken: ``place.name`` becomes ``other``, made from the right one."""

    rule: str
    what: str
    place: Any
    name: str
    other: Callable[[Any], Any]


def is_noticed(runs: list[Run]) -> bool:
    """Whether a run comes to something else than the third opinion as it is now."""
    opinions = ((run.opinion(), result) for run, result in runs)
    return any(not opinion.close_calls and compare(result, opinion).differences for opinion, result in opinions)
