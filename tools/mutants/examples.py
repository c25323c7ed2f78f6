"""What a mutant of the reference is compared on, the small and telling cases first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from omega_parity.generate.cases import full_cases
from omega_parity.generate.markets import sample_market
from omega_parity.generate.sequences import sample_cases
from omega_parity.golden.case import golden_cases
from omega_parity.golden.kept import kept_cases
from omega_parity.selftest.probe.examples import Example, makers

SEED: Final = 4_242
QUICK_GENERATED: Final = 200
"""Generated runs that the faults of the self-test see too, with calls and scripts of every kind among them."""
DEFAULT_GENERATED: Final = 1_000


def quick_examples() -> Iterator[Example]:
    """Yield golden cases, kept counterexamples, then what is generated, and bad input."""
    yield from golden_cases()
    yield from kept_cases()
    yield from (make() for make in makers(QUICK_GENERATED))


def default_examples() -> Iterator[Example]:
    """Yield what survivors of the quick examples are tried on: other generated cases, and long runs."""
    yield from sample_cases(DEFAULT_GENERATED, SEED)
    yield from full_cases(sample_market(n=4_000))
