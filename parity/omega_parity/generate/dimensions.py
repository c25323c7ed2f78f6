"""What a run drew: each field of configuration, instrument, bars and signals in buckets, most of them deciles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from omega.contract.types import Timeframe
from omega_parity.generate.cases import STRATEGY, Case
from omega_parity.generate.columns import times_of
from omega_parity.generate.ranges import FIRST_TIME, declarations, record_scales, table_scales
from omega_parity.generate.scales import DECILES, Scale

NOT_SET: Final = "not set"
SET: Final = "set"
ZERO: Final = "0"
_FLAGS: Final = ("false", "true")

_LONG_TEXT: Final = 32
_TEXTS: Final = ("letters and digits", "other ASCII", "beyond ASCII", f"over {_LONG_TEXT} bytes")

WHOLE_RUN: Final = FIRST_TIME
"""Since when a value holds that is none of a row."""

Bucket = tuple[str, str]
"""A field, as ``Instrument.digits``, and the bucket of a value."""

Drawn = Mapping[Bucket, int]
"""The buckets of a run, and since when each holds: the time of the first row with such a value, µs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """A field and what its values are sorted into.

    Attributes
    ----------
    kind : str
        ``number``, ``text``, ``member`` or ``presence``.
    scale : Scale or None
        Of numbers.
    """

    name: str
    kind: str
    buckets: tuple[str, ...]
    scale: Scale | None = None


@cache
def dimensions() -> Mapping[str, Dimension]:
    """Return every field of the four records and of both tables that a run is given, by name."""
    declared = declarations()
    found: list[Dimension] = []
    for record, fields in declared["records"].items():
        scales = record_scales(record)
        found += [_dimension(f"{record}.{name}", one, scales.get(name)) for name, one in fields.items()]
    for table in ("BARS", "SIGNALS"):
        scales = table_scales(table)
        for name, column in declared["tables"][table].items():
            is_optional = {"optional": column["nullable"]}
            found.append(_dimension(f"{table}.{name}", {**column, **is_optional}, scales.get(name)))
    return {one.name: one for one in found}


def _dimension(name: str, declared: Mapping[str, Any], scale: Scale | None) -> Dimension:
    unset = (NOT_SET,) if declared["optional"] else ()
    kind = str(declared.get("closed_set") or declared["type"])
    members = {**declarations()["closed_sets"], "bool": _FLAGS}.get(kind)
    if scale is not None:
        zero = (ZERO,) if scale.spacing == "log" and 0 in scale.edges else ()
        deciles = tuple(scale.label(decile) for decile in range(DECILES))
        return Dimension(name=name, kind="number", buckets=(*unset, *zero, *deciles), scale=scale)
    if members is not None:
        return Dimension(name=name, kind="member", buckets=(*unset, *members))
    if name == "StrategyConfig.name":
        return Dimension(name=name, kind="member", buckets=(STRATEGY,))
    if name == "EngineConfig.timeframe":
        return Dimension(name=name, kind="member", buckets=tuple(one.name for one in Timeframe))
    if kind in ("str", "utf8"):
        return Dimension(name=name, kind="text", buckets=(*unset, *_TEXTS))
    return Dimension(name=name, kind="presence", buckets=(*unset, SET))


def drawn(case: Case) -> Drawn:
    """Return the buckets that the input of a run falls into."""
    found: dict[Bucket, int] = {}
    config = case.config
    strategy = config.strategy
    parameters = None if strategy is None else strategy.parameters
    overlays = () if parameters is None else (*parameters.long_overlays, *parameters.short_overlays)
    records = (
        *(config, config.instrument, config.commission, config.swap, strategy, parameters),
        *(*config.rates, *overlays, *config.higher_bars),
    )
    for record in records:
        if record is not None:
            found.update(dict.fromkeys(_of_record(record), WHOLE_RUN))
    for table, rows in (("BARS", case.bars), ("SIGNALS", case.signals)):
        if rows is not None and rows.num_rows:
            found.update(_of_table(table, rows))
    return found


def _of_record(record: object) -> Iterator[Bucket]:
    for field, dimension in _fields(type(record).__name__).items():
        yield from ((dimension.name, bucket) for bucket in _bucket(dimension, getattr(record, field)))


@cache
def _fields(record: str) -> Mapping[str, Dimension]:
    return {
        name.partition(".")[2]: dimension for name, dimension in dimensions().items() if name.startswith(f"{record}.")
    }


def _bucket(dimension: Dimension, value: Any) -> Iterator[str]:
    """Yield the bucket of one value; none for a number outside the range."""
    if value is None:
        yield NOT_SET
    elif dimension.kind == "number":
        yield from _number_buckets(dimension, [value])
    elif dimension.kind == "text":
        yield _TEXTS[_text_bucket(value)]
    elif dimension.kind == "member":
        is_timeframe = dimension.name.endswith(".timeframe")
        yield Timeframe(value).name if is_timeframe else str(getattr(value, "text", str(value).lower()))
    else:
        yield SET


def _number_buckets(dimension: Dimension, values: npt.ArrayLike) -> dict[str, int]:
    """Return the buckets of some numbers, and the place of the first in each."""
    assert dimension.scale is not None
    numbers = np.asarray(values, dtype=np.float64)
    deciles = np.where(numbers == 0.0, DECILES, dimension.scale.deciles(numbers))
    if ZERO not in dimension.buckets:
        deciles = dimension.scale.deciles(numbers)
    labels = (*dimension.buckets[-DECILES:], ZERO)
    which, first = np.unique(deciles, return_index=True)
    return {labels[decile]: int(place) for decile, place in zip(which, first, strict=True) if decile >= 0}


def _text_bucket(text: str) -> int:
    if len(text.encode()) > _LONG_TEXT:
        return 3
    return 2 if not text.isascii() else 0 if text.replace("_", "").isalnum() else 1


def _of_table(table: str, rows: pa.Table) -> Iterator[tuple[Bucket, int]]:
    times = times_of(rows)
    for field in rows.schema:
        dimension = dimensions().get(f"{table}.{field.name}")
        if dimension is not None:
            places = _column_buckets(dimension, rows.column(field.name))
            yield from (((dimension.name, bucket), times[place]) for bucket, place in places.items())


def _column_buckets(dimension: Dimension, column: pa.ChunkedArray[Any]) -> dict[str, int]:
    """Return the buckets of a column, and the first row of each."""
    if dimension.kind == "number":
        given = column.cast(pa.int64()) if not pa.types.is_floating(column.type) else column
        present = np.flatnonzero(given.is_valid().to_numpy())
        values = given.drop_null().to_numpy()
        places = {bucket: int(present[at]) for bucket, at in _number_buckets(dimension, values).items()}
        return places | _first_null(column)
    values_of: Sequence[Any] = column.to_pylist()
    found: dict[str, int] = {}
    for row, value in enumerate(values_of):
        for bucket in _bucket(dimension, value):
            found.setdefault(bucket, row)
    return found


def _first_null(column: pa.ChunkedArray[Any]) -> dict[str, int]:
    if not column.null_count:
        return {}
    return {NOT_SET: int(np.flatnonzero(column.is_null().to_numpy())[0])}
