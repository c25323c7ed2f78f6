"""What one side makes of an example, a run or calls, and where two sides part."""

from __future__ import annotations

from typing import Protocol

from omega.compare.compare import Comparison, compare_outcomes
from omega.compare.outcome import Outcome
from omega_parity.drive.answers import Answers, answers, compare_answers
from omega_parity.drive.components import Factory, reference_factory
from omega_parity.drive.observe import Side, capture
from omega_parity.drive.sides import reference_side
from omega_parity.generate.calls import CallCase
from omega_parity.selftest.probe.examples import Example

Seen = Outcome | Answers
"""What became of a run, or of calls."""


class Subject(Protocol):
    """A side that can be run, and whose components can be asked."""

    def side(self) -> Side:
        """Return it as a side of a comparison of runs."""
        ...

    def component(self, name: str) -> Factory:
        """Return what builds one of its components."""
        ...


class OriginalReference:
    """The reference itself."""

    def side(self) -> Side:
        """Return the reference."""
        return reference_side()

    def component(self, name: str) -> Factory:
        """Return what builds a component of the reference."""
        return reference_factory(name)


def see(subject: Subject, example: Example) -> Seen:
    """Let one side run an example, or answer its calls."""
    if isinstance(example, CallCase):
        return answers(example.calls, subject.component)
    return capture(lambda: subject.side().engine.run(example.bars, example.signals, example.config))


def compare_seen(one: Seen, other: Seen) -> Comparison:
    """Compare what two sides made of the same example."""
    if isinstance(one, tuple):
        assert isinstance(other, tuple), "both saw the same example"
        return compare_answers(one, other)
    assert not isinstance(other, tuple), "both saw the same example"
    return compare_outcomes(one, other)


def given_away_by(comparison: Comparison) -> str:
    """Name the first field that differs; the chain differs with whatever it covers, and is named where it is alone."""
    fields = [difference.name for difference in comparison.differences]
    return next((name for name in fields if not name.startswith("chain.")), fields[0])
