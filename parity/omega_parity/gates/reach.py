"""The gate of what generated input reaches: every decile of every field, and a fault in each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from omega.compare.compare import Comparison, compare_outcomes
from omega_parity.drive.observe import observe
from omega_parity.drive.sides import Sides
from omega_parity.generate.cases import Case
from omega_parity.generate.long import long_cases
from omega_parity.generate.sequences import sample_cases
from omega_parity.generate.sweeps import swept_cases
from omega_parity.judge.reach import Reach

SEQUENCES: Final = 300


def reaching_cases(sequences: int = SEQUENCES, seed: int = 0) -> Iterator[Case]:
    """Yield a random sample, a sweep over every range, and the long runs."""
    yield from chain(sample_cases(sequences, seed), swept_cases(seed), long_cases(seed))


def reach_of(cases: Iterable[Case], sides: Sides) -> tuple[Reach, list[Comparison]]:
    """Run cases on both sides and add up what they reached."""
    reach, comparisons = Reach(), []
    for case in cases:
        outcomes = [observe(side, case.bars, case.signals, case.config).outcome for side in sides]
        comparisons.append(compare_outcomes(*outcomes))
        reach.add(case, *outcomes)
    return reach, comparisons
