"""The gate of what generated input reaches: every decile of every field, and a fault in each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

from omega.compare.compare import Comparison, compare_outcomes
from omega.contract.protocols import RunOutput
from omega_parity.drive.observe import Observation, observe
from omega_parity.drive.sides import Sides
from omega_parity.gates.evidence import Document, documented
from omega_parity.gates.verdict import Part
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What the cases of the gate showed.

    Attributes
    ----------
    cases, comparisons, bits_differing : int
        Run and compared.
    counts : dict
        Bars, events, fills, trades and crossings of all runs.
    differing : Case or None
        The first on which the sides differ, or that one of them refuses: generated input is sound.
    """

    reach: Reach
    cases: int
    counts: dict[str, int]
    comparisons: int
    bits_differing: int
    differing: Case | None


def reach_part(sides: Sides, sequences: int, document: Document) -> Part:
    """Gather the evidence as a part of a verdict; the first case on which the sides differ is reduced, kept and drawn.

    What it compared stands under the simulator, which every run goes through.
    """
    found = reach_of(reaching_cases(sequences), sides)
    examples = () if found.differing is None else tuple(documented(found.differing, sides, document))
    against = found.reach.against if found.differing is None else (f"{found.differing.name}: the sides differ",)
    counts = Counter(found.counts)
    return Part(
        name=REACH,
        items=found.cases,
        comparisons=found.comparisons,
        compared={"execution_simulator": found.comparisons},
        differing={"execution_simulator": int(found.differing is not None)},
        bits_differing=found.bits_differing,
        against=against,
        examples=examples,
        reach=found.reach,
        bars=counts["bars"],
        events=counts["events"],
        fills=counts["fills"],
        trades=counts["trades"],
        crossings=counts["crossings"],
    )


def reaching_cases(sequences: int = SEQUENCES, seed: int = 0) -> Iterator[Case]:
    """Yield a random sample, a sweep over every range, and the long runs."""
    yield from chain(sample_cases(sequences, seed), swept_cases(seed), long_cases(seed))


def _is_random(case: Case) -> bool:
    return not any(word in case.name for word in ("-sweep-", "-long-"))


def reach_of(cases: Iterable[Case], sides: Sides) -> Reached:
    """Run cases on both sides, compare, and add up what they reached."""
    reach, counts = Reach(), Counter[str]()
    compared: list[Comparison] = []
    differing = None
    for case in cases:
        reference, candidate = (observe(side, case.bars, case.signals, case.config) for side in sides)
        comparison, refused = compare_outcomes(reference.outcome, candidate.outcome), reach.refused
        compared.append(comparison)
        counts.update(_counts(reference, candidate))
        reach.add(case, reference.outcome, candidate.outcome, is_random=_is_random(case))
        if differing is None and (comparison.differences or reach.refused > refused):
            differing = case
    return Reached(
        reach=reach,
        cases=len(compared),
        counts=dict(counts),
        comparisons=sum(one.comparisons for one in compared),
        bits_differing=sum(one.bits_differing for one in compared),
        differing=differing,
    )


def _counts(reference: Observation, candidate: Observation) -> dict[str, int]:
    run = reference.outcome
    if not isinstance(run, RunOutput):
        return {}
    fills = run.events.column("kind").to_pylist().count("opened")
    rows = {"bars": len(run.chain), "events": run.events.num_rows, "trades": run.trades.num_rows}
    return {**rows, "fills": fills, "crossings": candidate.crossings}


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
