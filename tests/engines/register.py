"""The register of known differences between Omega and other engines."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from .cases import FIELDS, Case, Outcome

REGISTER = Path(__file__).with_name("register.toml")
NEAR = 1e-9
"""Of a price: one engine keeps a stop as a share of its entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An entry; ``reproducer`` is the name of a case."""

    id: str
    engine: str
    fields: list[str]
    when: str
    reason: str
    owner: str
    expires: date
    reproducer: str

    def explains(self, case: Case, ours: Outcome, theirs: Outcome) -> bool:
        """Whether everything in which both outcomes differ is this."""
        return set(differing(ours, theirs)) <= set(self.fields) and WHEN[self.when](case, ours, theirs)


def read_register() -> list[Difference]:
    """Read every entry."""
    return [Difference(**entry) for entry in tomllib.loads(REGISTER.read_text("utf-8"))["difference"]]


def differing(ours: Outcome, theirs: Outcome) -> list[str]:
    """Name the fields that differ."""
    return [name for name, one, other in zip(FIELDS, ours, theirs, strict=True) if not _are_equal(one, other)]


def _are_equal(one: float | None, other: float | None) -> bool:
    return one == other or (one is not None and other is not None and abs(one - other) < NEAR)


def _left_in_the_bar_of_entry(_: Case, ours: Outcome, theirs: Outcome) -> bool:
    is_later = theirs[2] is None or theirs[2] > (theirs[0] or 0)
    return ours[0] is not None and ours[0] == ours[2] and is_later


def _stopped_in_the_bar_of_entry(case: Case, ours: Outcome, theirs: Outcome) -> bool:
    is_stop = _are_equal(ours[3], case.order["stop_loss"])
    return is_stop and theirs[2] is None and _left_in_the_bar_of_entry(case, ours, theirs)


def _left_at_the_next_point(case: Case, ours: Outcome, theirs: Outcome) -> bool:
    if ours[2] is None or ours[2] != ours[0]:
        return False
    points = case.bars[ours[2]][1:]
    return theirs[2] == ours[2] and any(_are_equal(theirs[3], price) for price in points)


def _reaches_both(case: Case, ours: Outcome, _: Outcome) -> bool:
    if ours[2] is None:
        return False
    high, low = case.bars[ours[2]][1:3]
    return all(low <= case.order[name] <= high for name in ("stop_loss", "take_profit"))


def _gapped(case: Case, ours: Outcome, theirs: Outcome) -> bool:
    """Whether each price that differs is the open here, and there a level that the bar opened beyond."""
    levels = {1: [case.order["price"]], 3: [case.order["stop_loss"], case.order["take_profit"]]}
    return all(
        (bar := ours[place - 1]) is not None
        and _are_equal(ours[place], case.bars[int(bar)][0])
        and any(_are_equal(theirs[place], level) for level in of_fill)
        for place, of_fill in levels.items()
        if not _are_equal(ours[place], theirs[place])
    )


WHEN: Mapping[str, Callable[[Case, Outcome, Outcome], bool]] = {
    "left_in_the_bar_of_entry": _left_in_the_bar_of_entry,
    "stopped_in_the_bar_of_entry": _stopped_in_the_bar_of_entry,
    "left_at_the_next_point": _left_at_the_next_point,
    "reaches_both": _reaches_both,
    "gapped": _gapped,
}
