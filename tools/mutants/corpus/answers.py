"""How a call and its answer are written, and how a table is broken for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any, Final

import pyarrow as pa

from mutants.corpus.lines import failure_lines, plain, rows, word
from omega.compare.outcome import Failure
from omega.contract.protocols import QualityFindings
from omega.contract.schemas import BARS
from omega.flags.registry import BY_NAME, load_object
from omega_parity.drive.observe import capture

NAN: Final = float("nan")

INFINITY: Final = float("inf")

_OF_PYTHON: Final = ("off_grid", "no_volume")
"""Findings that checking does not count: the first is a call of its own, the second is the bridge's."""

Put = tuple[str, int, float | int | None]
"""Column, row, value."""


def reference(component: str) -> Any:
    """Return what builds a component on the side of the reference."""
    path = BY_NAME[component].reference
    assert path is not None, component
    return load_object(path)


def call(words: Iterable[object], answer: Callable[[], object]) -> Iterator[str]:
    """Write a call and what it answers or how it fails."""
    yield " ".join(["call", *(word(one, is_input=True) for one in words)])
    yield from answer_lines(capture(answer))


def answer_lines(answer: object) -> Iterator[str]:
    """Write an answer, one line per table row or series."""
    match answer:
        case Failure():
            yield from failure_lines(answer)
        case pa.Table():
            yield from rows("= bar", answer, BARS.names)
        case QualityFindings():
            yield " ".join(["=", *(word(count) for name, count in asdict(answer).items() if name not in _OF_PYTHON)])
        case tuple():
            for series in answer:
                yield from answer_lines(series)
        case list():
            yield " ".join(["=", *(word(value) for value in answer)])
        case _:
            yield f"= {word(answer)}"


def changed(table: pa.Table, puts: Iterable[Put]) -> pa.Table:
    """Return a table with these cells changed."""
    for name, row, value in puts:
        values = plain(table, name)
        values[row] = value
        field = table.schema.field(name)
        table = table.set_column(table.schema.get_field_index(name), field, pa.array(values, field.type))
    return table


def put_lines(puts: Iterable[Put]) -> Iterator[str]:
    """Write which cells are changed."""
    return (f"put {name} {row} {word(value, is_input=True)}" for name, row, value in puts)
