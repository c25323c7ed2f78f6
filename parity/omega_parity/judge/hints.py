"""Which rules of the contract to read first, by what differs first and by what the case still needs to differ.

A case is reduced to the plainest settings before it is shown, so that a setting that is left has a part in it: where a
random slippage could be made a fixed one it has been, and where it could not the draw is to blame (N-6).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import pyarrow as pa

from omega.compare.outcome import Failure, Value
from omega.contract.types import DirectionFilter, EngineConfig, Reason
from omega_parity.drive.fields import FieldDifference

Row = Mapping[str, Value]

_DECISIONS: Final = {
    "accepted": ("E-1", "E-2", "Q-T8"),
    "opened": ("E-1", "E-3", "C-1", "C-2"),
    "before_start": ("L-1a",),
    "after_end": ("L-1a",),
    "limit_expired": ("E-4",),
    "expired": ("E-4",),
    "already_expired": ("E-2", "E-4"),
    "max_positions": ("L-1", "Q-L1b"),
    "stop_distance": ("E-1", "Q-E1"),
    "stop_side": ("E-1", "Q-E1"),
    "target_side": ("E-1", "Q-E1"),
    "below_min": ("S-4",),
    "size_adjusted": ("S-4", "Q-T8"),
    "end_of_data": ("E-18",),
    "take_profit": ("E-6", "E-7", "E-8", "E-9"),
    "stop_loss": ("E-6", "E-7", "E-8", "E-9"),
    "timeout": ("E-12",),
    "break_even_stop_loss": ("E-10", "E-13", "E-6", "E-9"),
    "trailing_stop": ("E-10", "E-14", "E-6", "E-9"),
    "modified_stop_loss": ("E-10", "E-15", "E-6", "E-9"),
    "break_even": ("E-13", "Q-E13", "E-11"),
    "trailing": ("E-14", "Q-E14", "E-11"),
    "modify_signal": ("E-15", "Q-E15b"),
    "strategy_modify": ("E-11", "Q-E11b"),
    "signal_exit": ("E-15", "E-16"),
    "strategy_exit": ("E-11", "E-16"),
    "change_missing": ("E-15", "Q-E15"),
    "no_match": ("E-15", "Q-E15"),
    "part_below_min": ("E-16", "Q-E16"),
    "partially_closed": ("E-16", "Q-E16"),
    "modified": ("E-11", "Q-E11"),
}
"""Rules that decide an event, by its reason or else its kind."""

_HITS: Final = ("take_profit", "stop_loss", "break_even_stop_loss", "trailing_stop", "modified_stop_loss")
"""Reasons of a position that a level closed."""

_FIELDS: Final = {
    "timestamp": ("L-1",),
    "order_id": ("T-7",),
    "size": ("S-2", "S-4"),
    "result": ("P-1",),
    "fee": ("C-2",),
    "error_code": ("X-1",),
}
"""Rules of one field, where both sides have the event and this is the first field that differs."""

SEQUENCE: Final = "sequence"
"""What differs where both sides have the same orders in another sequence."""

_OF_A_STRATEGY: Final = ("A-4", "A-3", "A-8", "I-2", "I-6", "I-11")
_DECIMALS: Final = 10
"""A price or a size with more decimals than this was not rounded."""


@dataclass(frozen=True, slots=True)
class Clues:
    """What is known of the case besides its outcomes."""

    config: EngineConfig | None = None
    signals: pa.Table | None = None

    @property
    def is_drawn(self) -> bool:
        """Whether fills are moved by draws."""
        return self.config is not None and self.config.slippage_random_pips != 0.0

    @property
    def is_slipped(self) -> bool:
        """Whether fills are moved at all."""
        return self.is_drawn or (self.config is not None and self.config.slippage_fixed_pips != 0.0)

    @property
    def of_strategy(self) -> tuple[str, ...]:
        """Rules of what a strategy decides; none in a run of signals."""
        if self.config is None or self.config.strategy is None or self.signals is not None:
            return ()
        is_filtered = self.config.strategy.parameters.direction_filter is not DirectionFilter.BOTH
        return ("A-3", *_OF_A_STRATEGY) if is_filtered else _OF_A_STRATEGY

    def is_before(self, time: Value) -> bool:
        """Whether a signal is earlier than ``time``, µs, of the bar that it is handed over at."""
        stamps = () if self.signals is None else self.signals.column("timestamp").cast(pa.int64()).to_pylist()
        return isinstance(time, int) and any(stamp is not None and stamp < time for stamp in stamps)

    def has_step(self, size: float) -> bool:
        """Whether a size is one of the symbol's steps, rounded to two decimals then; any is without (S-4, S-5)."""
        spec = None if self.config is None else self.config.instrument
        steps = 0.0 if spec is None else (size - spec.volume_min) / spec.volume_step
        return abs(steps - round(steps)) < 1e-6

    def has(self, value: float) -> bool:
        """Whether a signal says this very number, within rounding of its last digits."""
        columns = () if self.signals is None else ("price", "size", "stop_loss", "take_profit")
        numbers = (number for name in columns for number in self.signals.column(name).to_pylist())  # type: ignore[union-attr]
        return any(number is not None and abs(number - value) <= abs(value) * 1e-12 for number in numbers)


def event_rules(
    events: tuple[Sequence[Row], Sequence[Row]], place: int, fields: Sequence[FieldDifference], clues: Clues
) -> str:
    """Name the rules of the event at ``place`` of a bar, in which ``fields`` differ; one side may not have it."""
    pair = [rows[place] if place < len(rows) else {} for rows in events]
    names = {one.field for one in fields}
    if is_resequenced(*events):
        return _joined(("E-5",) if _kinds(pair) == {"closed"} else ("L-1", "E-5"))
    if names & {"event", "kind", "reason"}:
        ties = ("N-5",) if any(map(_is_halfway, fields)) else ()
        return _joined(ties, _decision_rules(events, pair, clues))
    row, first = pair[0] or pair[1], fields[0]
    if first.field == "price":
        return _joined(_price_rules(row, first, events[0], clues))
    if first.field == "size" and row.get("kind") == "partially_closed":
        return _joined(_decided({"kind": "partially_closed"}))
    if first.field == "size":
        return _joined(("N-5",) if _is_tie(first, clues) else (), _size_rules(first))
    if first.field in ("stop_loss", "take_profit"):
        unrounded = ("A-8" if clues.of_strategy else "N-8",) if _is_unrounded(first) else ()
        return _joined(unrounded, clues.of_strategy, _decided(row))
    return _joined(_FIELDS.get(first.field, ()) or _decided(row))


def state_rules(field: str, clues: Clues) -> str:
    """Name the rules of a field of an order, pending or open, that no event shows."""
    if field == SEQUENCE:
        return "E-5, H-1"
    return _joined(clues.of_strategy if field == "max_holding" else (), ("H-1", "E-2", "S-4"))


def account_rules(fields: Sequence[FieldDifference]) -> str:
    """Name the rules of the account after a bar."""
    return "P-2, P-3" if any(one.field == "cash" for one in fields) else "P-3, P-4"


def table_rules(table: str, field: str) -> str:
    """Name the rules of what stands beside the events."""
    if table == "metrics":
        decided = ("E-6", "E-7") if field == "ambiguous_bars" else ("P-4",) if "drawdown" in field else ()
        return _joined(decided, ("P-5",))
    return {"chain": "H-1", "trades": "P-1, T-8", "equity": "P-4", "positions": "T-7"}.get(table, "")


def failure_rules(outcomes: Iterable[object]) -> str:
    """Name the rule that a refusal names; an error that is none of Omega's is against X-3."""
    failures = [one for one in outcomes if isinstance(one, Failure)]
    return _joined(
        ("X-3",) if any(one.code is None for one in failures) else (), (one.rule for one in failures if one.rule)
    )


def is_resequenced(left: Sequence[Row], right: Sequence[Row]) -> bool:
    """Whether both have the same rows in another sequence, but for their numbers."""
    plain = [[tuple((k, v) for k, v in row.items() if k != "seq") for row in rows] for rows in (left, right)]
    return plain[0] != plain[1] and Counter(map(repr, plain[0])) == Counter(map(repr, plain[1]))


def _decision_rules(events: tuple[Sequence[Row], Sequence[Row]], pair: Sequence[Row], clues: Clues) -> tuple[str, ...]:
    """Rules by which one side decided otherwise: those of the check that comes first."""
    if _kinds(pair) == {"closed"} and all(pair):
        return ("E-7", "E-6", "E-8", "E-9")
    rows = sorted(filter(None, pair), key=lambda row: _order(row.get("reason")))
    row = rows[0]
    if row.get("kind") == "closed" and row.get("reason") in _HITS and not pair[0]:
        # Closed by the candidate alone: perhaps too early, in the very bar in which it came or opened.
        before = [str(one.get("kind")) for one in events[0] if one.get("order_id") == row["order_id"]]
        if "accepted" in before and not clues.is_before(row["timestamp"]):
            return ("E-5", *_decided(row))
        if "opened" in before:
            return ("E-8", "E-5", *_decided(row))
    if row.get("kind") == "cancelled" and row.get("reason") != Reason.SIGNAL_EXIT.text and not all(pair):
        return ("E-3", *_decided(row))  # only what triggers is cancelled by itself
    of_strategy = clues.of_strategy if row.get("kind") == "accepted" else ()
    return (*of_strategy, *_decided(row))


def _price_rules(row: Row, first: FieldDifference, events: Sequence[Row], clues: Clues) -> tuple[str, ...]:
    rules = ("N-6", "C-1") if clues.is_drawn else ("C-1",) if clues.is_slipped else ()
    if _is_unrounded(first):
        rules = ("N-8", *rules)
    elif _is_tie(first, clues):
        rules = ("N-5", *rules)
    if row.get("kind") == "closed" and row.get("reason") in _HITS:
        return (*rules, "E-9", "Q-E3", "E-10")
    return (*rules, *_decided(row))


def _size_rules(first: FieldDifference) -> tuple[str, ...]:
    """A step more or less is a matter of stepping, anything else of the money at risk."""
    values = [value for value in (first.reference, first.candidate) if isinstance(value, float)]
    return ("S-4", "S-2", "E-3") if _are_neighbours(values) else ("S-2", "E-3", "S-4")


def _are_neighbours(values: Sequence[float]) -> bool:
    """Whether two numbers differ by one unit of their last decimal."""
    numbers = [Decimal(repr(value)) for value in values]
    last = min(int(number.as_tuple().exponent) for number in numbers)
    return len(numbers) == 2 and abs(numbers[0] - numbers[1]) == Decimal(1).scaleb(last)


def _is_unrounded(first: FieldDifference) -> bool:
    values = (first.reference, first.candidate)
    lengths = [len(f"{value!r}".partition("e")[0].partition(".")[2]) for value in values if isinstance(value, float)]
    return len(lengths) == 2 and min(lengths) < _DECIMALS <= max(lengths)


def _is_tie(first: FieldDifference, clues: Clues) -> bool:
    """Whether the number halfway between both is one that the case gives, or a size that its symbol may trade."""
    if not (isinstance(first.reference, float) and isinstance(first.candidate, float)):
        return False
    middle = (first.reference + first.candidate) / 2.0
    is_given = clues.has(middle) or (first.field == "size" and clues.has_step(middle))
    return is_given and _are_neighbours((first.reference, first.candidate))


def _is_halfway(one: FieldDifference) -> bool:
    """Whether one side shows a price as the signal gave it, halfway between what it may be rounded to (N-8)."""
    values = (one.reference, one.candidate)
    if one.field not in ("price", "stop_loss", "take_profit") or not all(isinstance(value, float) for value in values):
        return False
    numbers = [Decimal(repr(value)) for value in values]
    last = min(int(number.as_tuple().exponent) for number in numbers)
    return abs(numbers[0] - numbers[1]) == Decimal(5).scaleb(last)


def _decided(row: Row) -> tuple[str, ...]:
    kind, order_type = str(row.get("kind")), row.get("order_type")
    rules = _DECISIONS.get(str(row.get("reason")), _DECISIONS.get(kind, ()))
    if order_type is None or kind not in ("accepted", "opened"):
        return rules
    others = ("E-2", "E-3") if order_type == "market" else ("E-1",)
    return tuple(rule for rule in rules if rule not in others)


def _order(reason: Value) -> int:
    """Refusals in the order in which they are checked; what is not refused comes last."""
    places: dict[str, int] = {one.text: place for place, one in enumerate(Reason)}
    return places.get(str(reason), len(places))


def _kinds(pair: Iterable[Row]) -> set[str]:
    return {str(row.get("kind")) for row in pair if row}


def _joined(*groups: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(rule for group in groups for rule in group))
