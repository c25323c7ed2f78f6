"""The gate of what generated input reaches: every decile of every field, and a fault in each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from omega_parity.generate.cases import Case
from omega_parity.generate.dimensions import dimensions
from omega_parity.generate.long import long_cases
from omega_parity.generate.sequences import sample_cases
from omega_parity.generate.sweeps import swept_cases
from omega_parity.judge.reach import EXTENTS, OUTPUTS, Reach, extent_labels

SEQUENCES: Final = 300

REACH: Final = "reach"
"""Name of the part of a verdict."""

REACH_RECORD: Final = "parity-reach"
"""Name of the user property in which the gate says what was reached, as lines."""


def made_cases(seed: int = 0) -> Iterator[Case]:
    """Yield a sweep over every range, and the long runs."""
    yield from chain(swept_cases(seed), long_cases(seed))


def reaching_cases(sequences: int = SEQUENCES, seed: int = 0) -> Iterator[Case]:
    """Yield a random sample, and what is made to reach the rest."""
    yield from chain(sample_cases(sequences, seed), made_cases(seed))


def reach_lines(reach: Reach) -> list[str]:
    """Return the table as text: by field the runs that drew each bucket, and how many faults were noticed."""
    fields = [(name, dimension.buckets) for name, dimension in dimensions().items()]
    faults = len(OUTPUTS) * sum(len(buckets) for _, buckets in fields)
    lines = [f"{faults - len(reach.survivors()):,} of {faults:,} faults of one ulp noticed; runs by decile or value:"]
    for name, buckets in fields:
        lines.append(f"  {name}: {' '.join(str(reach.runs[name, bucket]) for bucket in buckets)}")
    for name in EXTENTS:
        counts = " · ".join(f"{reach.extents[name, bucket]} {bucket}" for bucket in extent_labels(name))
        lines.append(f"  {name}: {counts}")
    return lines
