"""Say where two runs part: the first diverging bar, the operation in it, and every field that differs there."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from omega.compare.compare import (
    Comparison,
    Difference,
    chain_divergence,
    compare_mappings,
    compare_tables,
    table_value,
)
from omega.compare.outcome import ABSENT, Failure, Outcome, Value
from omega.compare.structures import identical
from omega.compare.values import decimal_text
from omega.contract.protocols import RunOutput
from omega.contract.schemas import PRICE_COLUMNS
from omega_parity.drive.fields import FieldDifference, event_text
from omega_parity.judge.divergence import Divergence
from omega_parity.judge.hints import (
    SEQUENCE,
    Clues,
    account_rules,
    event_rules,
    failure_rules,
    is_resequenced,
    state_rules,
    table_rules,
)

Replay = Callable[[int], tuple[Outcome, Outcome]]
"""Runs both sides again over the first n bars of the run only."""


def explain(
    case: str,
    bars: pa.Table | None,
    reference: Outcome,
    candidate: Outcome,
    comparison: Comparison,
    *,
    replay: Replay | None = None,
    labels: tuple[str, str] = ("reference", "candidate"),
    clues: Clues | None = None,
) -> Divergence | None:
    """Explain the differences in ``comparison``; None if there are none.

    Parameters
    ----------
    bars : pyarrow.Table, optional
        The bars both sides were given, for the prices of the diverging one.
    replay : callable, optional
        Used once, if nothing but the digests differ in a bar, to compare the orders and positions it left.
    clues : Clues, optional
        The rest of the case, for the rules to read first.
    """
    if not comparison.differences:
        return None
    if isinstance(reference, Failure) or isinstance(candidate, Failure):
        return _explain_failures(case, bars, (reference, candidate), comparison, labels)
    return _explain_runs(case, bars, (reference, candidate), comparison, replay, labels, clues or Clues())


def _explain_runs(
    case: str,
    bars: pa.Table | None,
    outputs: tuple[RunOutput, RunOutput],
    comparison: Comparison,
    replay: Replay | None,
    labels: tuple[str, str],
    clues: Clues,
) -> Divergence:
    """Name the first bar that differs, and in it the operation."""
    reference, candidate = outputs
    totals = _totals(comparison)
    bars_run = max(len(reference.chain), len(candidate.chain))
    index, time = _first_bar(reference, candidate, comparison.differences)
    if time is None:
        return explain_difference(case, comparison.differences[0], bars=bars_run, totals=totals, labels=labels)
    events = (_rows_at(reference.events, time), _rows_at(candidate.events, time))
    operation, rules, kind, fields = _operation(reference, candidate, time, events, index, replay, comparison, clues)
    return Divergence(
        case=case,
        bar=index,
        bars=bars_run,
        time=time,
        operation=operation,
        rules=rules,
        kind=kind,
        fields=fields,
        prices=_bar_prices(bars, time),
        reference_events=events[0],
        candidate_events=events[1],
        totals=totals,
        labels=labels,
    )


def _totals(comparison: Comparison) -> dict[str, int]:
    return {difference.name: difference.count for difference in comparison.differences}


def _explain_failures(
    case: str,
    bars: pa.Table | None,
    outcomes: tuple[Outcome, Outcome],
    comparison: Comparison,
    labels: tuple[str, str],
) -> Divergence:
    return Divergence(
        case=case,
        bar=None,
        bars=0 if bars is None else bars.num_rows,
        time=None,
        operation="the outcome",
        rules=failure_rules(outcomes),
        kind="outcome",
        fields=tuple(_field(difference) for difference in comparison.differences),
        totals=_totals(comparison),
        labels=labels,
    )


def explain_difference(
    case: str,
    first: Difference,
    *,
    bars: int = 0,
    totals: dict[str, int] | None = None,
    labels: tuple[str, str] = ("reference", "candidate"),
) -> Divergence:
    """Explain what no bar can be named for: metrics, schemas, final positions."""
    row = "" if first.row is None else f", row {first.row}"
    return Divergence(
        case=case,
        bar=None,
        bars=bars,
        time=None,
        operation=f"{first.name}{row}",
        rules=table_rules(first.table, first.field),
        kind=first.table,
        fields=(_field(first),),
        totals=totals or {first.name: first.count},
        labels=labels,
    )


def _field(difference: Difference) -> FieldDifference:
    return FieldDifference(field=difference.field, reference=difference.reference, candidate=difference.candidate)


def _first_bar(
    reference: RunOutput, candidate: RunOutput, differences: tuple[Difference, ...]
) -> tuple[int | None, int | None]:
    """Return index and time of the first bar that differs, each as far as it can be named."""
    index = chain_divergence(reference, candidate)
    if index is not None:
        return index, _bar_time(reference, candidate, index)
    time = _first_time(reference, candidate, differences)
    return (None if time is None else _bar_index(reference, time)), time


def _bar_time(reference: RunOutput, candidate: RunOutput, index: int) -> int | None:
    """Return the time of the bar with digest ``index``; the equity table may have one point more in front (P-4)."""
    output = reference if len(reference.chain) >= len(candidate.chain) else candidate
    row = index + output.equity.num_rows - len(output.chain)
    value = table_value(output.equity, "timestamp", row) if row >= 0 else ABSENT
    return value if isinstance(value, int) else None


def _bar_index(reference: RunOutput, time: int) -> int | None:
    rows = _stamped(reference.equity, time)
    index = int(rows[0]) - (reference.equity.num_rows - len(reference.chain)) if len(rows) else -1
    return index if index >= 0 else None


def _first_time(reference: RunOutput, candidate: RunOutput, differences: tuple[Difference, ...]) -> int | None:
    """Return the earliest time among the rows that differ first, if the chains do not tell."""
    clocks = {"events": "timestamp", "equity": "timestamp", "trades": "exit_time", "positions": "entry_time"}
    times = [
        table_value(getattr(output, difference.table), clocks[difference.table], difference.row)
        for difference in differences
        if difference.table in clocks and difference.row is not None
        for output in (reference, candidate)
    ]
    return min((time for time in times if isinstance(time, int)), default=None)


def _rows_at(table: pa.Table, time: int) -> list[dict[str, Value]]:
    return _rows_of(table, [int(row) for row in _stamped(table, time)])


def _rows_of(table: pa.Table, rows: Iterable[int]) -> list[dict[str, Value]]:
    return [{name: table_value(table, name, row) for name in table.column_names} for row in rows]


def _stamped(table: pa.Table, time: int) -> npt.NDArray[np.intp]:
    return np.flatnonzero(table.column("timestamp").cast(pa.int64()).to_numpy() == time)


def _operation(
    reference: RunOutput,
    candidate: RunOutput,
    time: int,
    events: tuple[list[dict[str, Value]], list[dict[str, Value]]],
    index: int | None,
    replay: Replay | None,
    comparison: Comparison,
    clues: Clues,
) -> tuple[str, str, str, tuple[FieldDifference, ...]]:
    """Find the first thing that differs in the bar: an event, the account, a position, a trade."""
    if is_resequenced(*events):
        texts = ("; ".join(map(event_text, rows)) for rows in events)
        sequence = FieldDifference(field=SEQUENCE, reference=next(texts), candidate=next(texts))
        return "the same events in another sequence", event_rules(events, 0, (sequence,), clues), "events", (sequence,)
    for place in range(max(map(len, events))):
        left, right = (rows[place] if place < len(rows) else {} for rows in events)
        fields = _unequal_fields(left, right) if left and right else (_one_sided(left, right),)
        if fields:
            row = left or right
            rules = event_rules(events, place, fields, clues)
            return f"event {decimal_text(row.get('seq'))}: {event_text(row)}", rules, str(row.get("kind")), fields
    fields = _unequal_fields(*({} if not rows else rows[-1] for rows in _equity_at(reference, candidate, time)))
    if fields:
        return "the account after the bar", account_rules(fields), "account", fields
    if replay is not None and index is not None:
        operation, fields = _position_after(replay(index + 1))
        if fields:
            return operation, state_rules(fields[0].field, clues), "order", fields
    first = next((one for one in comparison.differences if one.table != "chain"), comparison.differences[0])
    what = f"{first.name}, row {first.row}"
    if first.table == "chain":
        what = "the digest alone: the events and the account that enter it are equal"
    return what, table_rules(first.table, first.field), first.table, (_field(first),)


def _one_sided(left: dict[str, Value], right: dict[str, Value]) -> FieldDifference:
    """An event that one side did not have."""
    texts: tuple[Value, ...] = tuple(event_text(row) if row else ABSENT for row in (left, right))
    return FieldDifference(field="event", reference=texts[0], candidate=texts[1])


def _equity_at(
    reference: RunOutput, candidate: RunOutput, time: int
) -> tuple[list[dict[str, Value]], list[dict[str, Value]]]:
    return _rows_at(reference.equity, time), _rows_at(candidate.equity, time)


def _position_after(outcomes: tuple[Outcome, Outcome]) -> tuple[str, tuple[FieldDifference, ...]]:
    """Compare the orders and positions that two runs over the bars up to the diverging one left."""
    reference, candidate = outcomes
    if isinstance(reference, Failure) or isinstance(candidate, Failure):
        return "", ()
    tables = (reference.positions, candidate.positions)
    rows = [
        difference.row for difference in compare_tables("positions", *tables).differences if difference.row is not None
    ]
    if not rows:
        return "", ()
    books = tuple(_rows_of(table, range(table.num_rows)) for table in tables)
    if is_resequenced(*books):
        numbers = (", ".join(decimal_text(row["order_id"]) for row in book) for book in books)
        sequence = FieldDifference(field=SEQUENCE, reference=next(numbers), candidate=next(numbers))
        return "the same orders in another sequence", (sequence,)
    left, right = ({name: table_value(table, name, min(rows)) for name in table.column_names} for table in tables)
    order = left.get("order_id") if left.get("order_id") is not ABSENT else right.get("order_id")
    return f"order {decimal_text(order)} after the bar", _unequal_fields(left, right)


def _unequal_fields(left: dict[str, Value], right: dict[str, Value]) -> tuple[FieldDifference, ...]:
    return tuple(
        FieldDifference(field=one.field, reference=one.reference, candidate=one.candidate)
        for one in compare_mappings("", left, right).differences
        if not identical(one.reference, one.candidate)
    )


def _bar_prices(bars: pa.Table | None, time: int) -> dict[str, Value]:
    if bars is None:
        return {}
    rows = _rows_at(bars.select(["timestamp", *PRICE_COLUMNS, "volume"]), time)
    return rows[0] if rows else {}
