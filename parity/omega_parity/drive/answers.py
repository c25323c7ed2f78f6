"""What one side makes of generated calls, and the comparison of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from omega.compare.answers import compare_results
from omega.compare.compare import Comparison, merge
from omega.contract.schemas import STATE_PARTS
from omega_parity.drive.components import Factory
from omega_parity.drive.observe import capture
from omega_parity.generate.calls import Call, Move, Script

Make = Callable[[str], Factory]
"""Returns what builds a component of one side, by the component's name in the registry."""

Answers = tuple[tuple[str, object], ...]
"""What one side made of each call: its label, and a result or a :class:`~omega.compare.outcome.Failure`."""


def answers(calls: Sequence[Call | Script], make: Make) -> Answers:
    """Return what one side makes of each call, and of each move of a script."""
    found: list[tuple[str, object]] = []
    for call in calls:
        found += _played(call, make) if isinstance(call, Script) else [(call.label, _answer(call, make))]
    return tuple(found)


def _played(script: Script, make: Make) -> Iterator[tuple[str, object]]:
    """Yield what each move of a script returns, and what there is after it."""
    one = capture(lambda: make(script.component)(*script.built_with))
    for number, move in enumerate(script.moves):
        label = f"{script.label} {number} {move.method}"
        if move.method != "resume":
            yield label, capture(partial(_moved, one, move))
        else:
            parts, one = _resumed(script, make, one)
            for name in STATE_PARTS:
                yield f"{label} {name}", parts[name] if isinstance(parts, dict) else parts
        yield f"{label}: state", capture(partial(_state, one))
        yield f"{label}: positions", capture(partial(_moved, one, Move("positions")))
    yield f"{script.label}: trades", capture(partial(_moved, one, Move("trades")))


def _moved(one: Any, move: Move) -> object:
    return getattr(one, move.method)(*move.arguments)


def _state(one: Any) -> dict[str, object]:
    return {"cash": one.cash, "equity": one.equity, "hash": one.state_hash}


def _resumed(script: Script, make: Make, one: Any) -> tuple[object, object]:
    """Return the parts of a snapshot and a simulator that goes on from them, or how that fails."""
    parts = capture(partial(_moved, one, Move("snapshot")))
    if not isinstance(parts, dict):
        return parts, one
    other = capture(lambda: make(script.component)(*script.built_with))
    failed = capture(partial(_moved, other, Move("restore", (parts,))))
    return parts, other if failed is None else failed


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
