"""How a difference and an event are written, for people and for machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from omega.compare.outcome import Value
from omega.compare.values import decimal_text, hex_text, json_value, time_text, ulps_between

MAX_LINES: Final = 25
"""Length of the text form; the data form has everything."""


_TIMES: Final = frozenset({"timestamp", "entry_time", "trigger_time", "exit_time", "expires_at"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDifference:
    """One field with both values, for people and for machines."""

    field: str
    reference: Value
    candidate: Value

    @property
    def ulps(self) -> int | None:
        """Distance in units in the last place, where both are numbers."""
        return ulps_between(self.reference, self.candidate)

    def as_data(self) -> dict[str, object]:
        """JSON form."""
        sides = {"reference": json_value(self.reference), "candidate": json_value(self.candidate)}
        return {"field": self.field, **sides, "ulps": self.ulps}

    def lines(self, labels: tuple[str, str]) -> list[str]:
        """Text form: one line if short, else one per side."""
        distance = "" if self.ulps is None or self.field in _TIMES else f"  ({self.ulps:,} ulp)"
        values = (self.reference, self.candidate)
        sides = [f"{value_text(self.field, value)}  {hex_text(value)}".rstrip() for value in values]
        if sides[0] == sides[1]:  # the types are what differs
            sides = [f"{side} ({type(value).__name__})" for side, value in zip(sides, values, strict=True)]
        width = max(map(len, labels))
        return [
            f"  {self.field}{distance}",
            *(f"    {label:<{width}}  {side}" for label, side in zip(labels, sides, strict=True)),
        ]


def value_text(field: str, value: Value) -> str:
    """Show a value as a person would say it: times as times, not as microseconds."""
    if field.partition(",")[0] in _TIMES and isinstance(value, int):
        return time_text(value)
    return decimal_text(value)


def event_text(row: dict[str, Value]) -> str:
    """Show one event row in a few words."""
    order = "" if row.get("order_id") is None else f" order {decimal_text(row['order_id'])}"
    reason = "" if row.get("reason") is None else f" ({decimal_text(row['reason'])})"
    price = "" if row.get("price") is None else f" at {decimal_text(row['price'])}"
    return f"{decimal_text(row.get('kind'))}{order}{price}{reason}"
