"""Compare single components of both sides call by call, results and errors alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from typing import Any, Final, TypeGuard

import numpy as np
import pyarrow as pa

from omega.compare.compare import Comparison, compare_failures, compare_mappings, compare_outputs, compare_tables, merge
from omega.compare.outcome import Failure, Value
from omega.contract.protocols import RunOutput
from omega.flags.registry import BY_NAME, load_object
from omega_parity.drive.observe import capture

Factory = Callable[..., Any]
"""Builds a component; which Protocol it fulfils is known where it is used."""

_RESULT: Final = "result"


def factories(component: str) -> tuple[Factory, Factory]:
    """Return what builds ``component`` (a name in the registry) on the reference's side and on Rust's."""
    entry = BY_NAME[component]
    reference, native = load_object(entry.reference), load_object(entry.native)
    assert callable(reference)
    assert callable(native)
    return reference, native


def reference_factory(component: str) -> Factory:
    """Return what builds ``component`` on the reference's side."""
    return factories(component)[0]


def native_factory(component: str) -> Factory:
    """Return what builds ``component`` on Rust's side."""
    return factories(component)[1]


def _is_foreign(outcome: object) -> TypeGuard[Failure]:
    """Whether it is an error that is none of Omega's."""
    return isinstance(outcome, Failure) and outcome.code is None


def error_text(failure: Failure) -> Value:
    """Tell errors that are none of Omega's apart by class and text."""
    return f"{failure.error}: {failure.message}"


def compare_calls(
    reference: Callable[[], object],
    candidate: Callable[[], object],
    error_key: Callable[[Failure], Value] | None = None,
) -> Comparison:
    """Call both and compare what they return, or how they fail.

    Tables, records, mappings, numbers and series are understood; a list and an array of the same floats are the same
    series.

    Parameters
    ----------
    error_key : callable, optional
        What tells errors apart that are none of Omega's. Without it such an error is a difference even if both sides
        have it: Omega itself may raise none (X-3).
    """
    left, right = capture(reference), capture(candidate)
    if error_key is not None and _is_foreign(left) and _is_foreign(right):
        return compare_mappings("error", {"error": error_key(left)}, {"error": error_key(right)})
    return compare_results(left, right)


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
