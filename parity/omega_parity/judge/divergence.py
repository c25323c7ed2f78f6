"""The first difference between two runs, in at most 25 lines or complete."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from omega.compare.outcome import ABSENT, Value
from omega.compare.values import decimal_text, json_value, time_text
from omega.contract.schemas import PRICE_COLUMNS
from omega_parity.drive.fields import MAX_LINES, FieldDifference, event_text

_MAX_FIELDS: Final = 4

_MAX_EVENTS: Final = 2

_DECIDED: Final = ("event", "kind", "reason", "ambiguous_bars")
"""Fields that differ where one side decided otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """The first difference between two runs.

    Attributes
    ----------
    bar : int or None
        Index of the first diverging bar among the bars of the run; None if no single bar can be named.
    time : int or None
        Its time, µs.
    operation : str
        What happened there: the event, or the quantity that differs.
    rules : str
        Rules of the contract that decide it, as far as the event tells.
    fields : tuple of FieldDifference
        Every field that differs in that operation.
    prices : dict
        Columns of the bar.
    reference_events, candidate_events : list of dict
        All events of the bar on each side.
    totals : dict
        Number of differing values per field over the whole run.
    """

    case: str
    bar: int | None
    bars: int
    time: int | None
    operation: str
    rules: str = ""
    fields: tuple[FieldDifference, ...]
    prices: dict[str, Value] = field(default_factory=dict)
    reference_events: list[dict[str, Value]] = field(default_factory=list)
    candidate_events: list[dict[str, Value]] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)
    labels: tuple[str, str] = ("reference", "candidate")
    kind: str = ""
    """Kind of the event, or the table, that differs."""
    origin: str = ""
    """The larger case that this one was reduced from, and where that one diverges."""

    @property
    def cause(self) -> str:
        """First rule and field in which the runs part, as a name of a file; one fault has one.

        A rule of numbers shows itself in any field.
        """
        field = self.fields[0].field if self.fields else ""
        rule = self.rules.partition(",")[0] or self.kind
        part = "" if self.kind == "metrics" or rule == "N-5" else "decision" if field in _DECIDED else field
        parts = (rule, part)
        return "".join(letter if letter.isalnum() else "-" for letter in "-".join(filter(None, parts)))

    @property
    def headline(self) -> str:
        """Case, bar and operation in one line."""
        if self.bar is None:
            return f"{self.case}: differs in {self.operation}"
        return f"{self.case}: diverges at bar {self.bar:,} of {self.bars:,}, {time_text(self.time)}"

    def text(self) -> str:
        """At most 25 lines for a terminal."""
        lines = [self.headline, *([f"  reduced from {self.origin}"] if self.origin else [])]
        if self.bar is not None:
            lines.append(f"  in {self.operation}" + (f" (see {self.rules})" if self.rules else ""))
        shown = self.fields[:_MAX_FIELDS]
        for difference in shown:
            lines += difference.lines(self.labels)
        if len(self.fields) > len(shown):
            rest = ", ".join(difference.field for difference in self.fields[len(shown) :])
            lines.append(_shorten(f"  also: {rest}"))
        lines += self._price_lines() + self._event_lines()
        counted = ", ".join(f"{name} {count:,}" for name, count in self.totals.items())
        lines.append(_shorten(f"  differing values in the whole run: {counted}"))
        return "\n".join(lines[:MAX_LINES])

    def as_data(self) -> dict[str, object]:
        """JSON form, complete."""
        return {
            "case": self.case,
            "bar": self.bar,
            "bars": self.bars,
            "time": time_text(self.time) or None,
            "operation": self.operation,
            "cause": self.cause,
            "origin": self.origin or None,
            "rules": self.rules or None,
            "fields": [difference.as_data() for difference in self.fields],
            "prices": {name: json_value(value) for name, value in self.prices.items()},
            "events": {
                "reference": [_json_row(row) for row in self.reference_events],
                "candidate": [_json_row(row) for row in self.candidate_events],
            },
            "totals": self.totals,
        }

    def _price_lines(self) -> list[str]:
        if not self.prices:
            return []
        sides = (PRICE_COLUMNS[:4], PRICE_COLUMNS[4:])
        quotes = (" ".join(decimal_text(self.prices.get(name, ABSENT)) for name in names) for names in sides)
        return ["  bar, open high low close: bid {} · ask {}".format(*quotes)]

    def _event_lines(self) -> list[str]:
        lines = []
        for label, rows in zip(self.labels, (self.reference_events, self.candidate_events), strict=True):
            if self.bar is None:
                continue
            shown = [event_text(row) for row in rows[:_MAX_EVENTS]]
            more = f"; {len(rows) - _MAX_EVENTS} more" if len(rows) > _MAX_EVENTS else ""
            lines.append(_shorten(f"  events of the bar, {label}: {'; '.join(shown) or 'none'}{more}"))
        return lines


def _json_row(row: dict[str, Value]) -> dict[str, object]:
    return {name: json_value(value) for name, value in row.items()}


def _shorten(line: str, width: int = 200) -> str:
    return line if len(line) <= width else line[: width - 1] + "…"
