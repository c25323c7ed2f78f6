"""What a mutant of the reference is compared on, the small and telling cases first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from omega_parity.generate.cases import Case, full_cases
from omega_parity.generate.markets import sample_market
from omega_parity.generate.sequences import sample_cases
from omega_parity.golden.case import golden_cases
from omega_parity.golden.kept import kept_cases
from omega_parity.selftest.probe.examples import bad_inputs

SEED: Final = 4_242
QUICK_GENERATED: Final = 200
DEFAULT_GENERATED: Final = 1_000


def quick_examples() -> Iterator[Case]:
    """Yield golden cases, kept counterexamples, bad input, then generated cases."""
    yield from golden_cases()
    yield from kept_cases()
    yield from bad_inputs()
    yield from sample_cases(QUICK_GENERATED, SEED)


def default_examples() -> Iterator[Case]:
    """Yield what survivors of the quick examples are tried on: more generated cases, and long runs."""
    yield from islice(sample_cases(DEFAULT_GENERATED, SEED), QUICK_GENERATED, None)
    yield from full_cases(sample_market(n=4_000))
