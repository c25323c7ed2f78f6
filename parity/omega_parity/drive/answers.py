"""What one side makes of generated calls, and the comparison of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from omega.compare.answers import compare_results
from omega.compare.compare import Comparison, merge
from omega_parity.drive.components import Factory
from omega_parity.drive.observe import capture
from omega_parity.generate.calls import Call

Make = Callable[[str], Factory]
"""Returns what builds a component of one side, by the component's name in the registry."""

Answers = tuple[tuple[str, object], ...]
"""What one side made of each call: its label, and a result or a :class:`~omega.compare.outcome.Failure`."""


def answers(calls: Sequence[Call], make: Make) -> Answers:
    """Return what one side makes of each call."""
    return tuple((call.label, _answer(call, make)) for call in calls)


def _answer(call: Call, make: Make) -> object:
    """Build the component, call it, and return its result or its failure."""
    return capture(lambda: getattr(make(call.component)(*call.built_with), call.method)(*call.arguments, **call.named))


def compare_answers(reference: Answers, candidate: Answers) -> Comparison:
    """Compare what both sides made of the same calls; a difference is named after its call."""
    pairs = zip(reference, candidate, strict=True)
    return merge(_compare_one(label, left, right) for (label, left), (_, right) in pairs)


def _compare_one(label: str, reference: object, candidate: object) -> Comparison:
    found = compare_results(reference, candidate)
    return replace(found, differences=tuple(replace(difference, table=label) for difference in found.differences))
