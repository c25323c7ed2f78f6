"""Compare single components of both sides call by call, results and errors alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeGuard

from omega.compare.answers import compare_results
from omega.compare.compare import Comparison, compare_mappings
from omega.compare.outcome import Failure, Value
from omega.flags.registry import BY_NAME, load_object
from omega_parity.drive.observe import capture

Factory = Callable[..., Any]
"""Builds a component; which Protocol it fulfils is known where it is used."""


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
