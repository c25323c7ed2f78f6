"""Compare what single calls of a component answer, on either side: tables, series, records, failures."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from omega.compare.compare import Comparison, compare_failures, compare_mappings, compare_outputs, compare_tables, merge
from omega.compare.outcome import Failure
from omega.contract.protocols import RunOutput

_RESULT: Final = "result"


def compare_results(reference: object, candidate: object) -> Comparison:
    """Compare two values that a component returned, or its failures."""
    if isinstance(reference, Failure) or isinstance(candidate, Failure):
        return compare_failures(reference, candidate)
    if isinstance(reference, RunOutput) and isinstance(candidate, RunOutput):
        return compare_outputs(reference, candidate)
    if isinstance(reference, pa.Table) and isinstance(candidate, pa.Table):
        return compare_tables(_RESULT, reference, candidate)
    if {type(reference), type(candidate)} == {list, tuple}:
        return compare_mappings(_RESULT, *({"type": type(value).__name__} for value in (reference, candidate)))
    if _is_tuple_of_series(reference) and _is_tuple_of_series(candidate):
        return merge(_compare_tuples(reference, candidate))
    left, right = (_as_column(value) for value in (reference, candidate))
    if left is not None and right is not None:
        return compare_tables(_RESULT, left, right)
    return compare_mappings(_RESULT, _as_record(reference), _as_record(candidate))


def _compare_tuples(reference: Any, candidate: Any) -> list[Comparison]:
    lengths = compare_mappings(_RESULT, {"outputs": len(reference)}, {"outputs": len(candidate)})
    return [lengths, *(compare_results(*pair) for pair in zip(reference, candidate, strict=False))]


def _is_tuple_of_series(value: object) -> bool:
    return isinstance(value, tuple) and all(_as_column(part) is not None for part in value)


def _as_column(value: object) -> pa.Table | None:
    """See a sequence of floats as a column; anything else in it makes it no series."""
    if isinstance(value, np.ndarray):
        return pa.table({"value": value})
    if isinstance(value, list | tuple) and all(type(part) is float for part in value):
        return pa.table({"value": pa.array(value, pa.float64())})
    return None


def _as_record(value: object) -> dict[str, Any]:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, tuple) and all(is_dataclass(part) for part in value):
        records = (_as_record(part) for part in value)
        return {f"{place}.{name}": cell for place, record in enumerate(records) for name, cell in record.items()}
    return value if isinstance(value, dict) else {"value": value}
