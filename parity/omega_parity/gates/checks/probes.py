"""The copies in which faults are planted are what they are copies of, as long as no fault acts."""

from __future__ import annotations

from typing import Final

from omega.compare.compare import compare_outcomes
from omega_parity.drive.observe import observe
from omega_parity.gates.checks.bench import Bench, LeftOutError, check
from omega_parity.generate.sequences import sample_cases
from omega_parity.selftest.probe import ReferenceProbe, count_hits, counted_rules, native_probe, why_no_probe
from omega_parity.selftest.probe.examples import counted_examples

_CASES: Final = 150
_LEAST_CASES: Final = 8
_COUNTED: Final = 150


@check("probes", "event_engine")
def healthy_probes(bench: Bench) -> None:
    """Runs of each probe are runs of the side that it is a copy of."""
    probe = native_probe()
    if probe is None:
        raise LeftOutError(f"healthy probes: {why_no_probe()}")
    pairs = zip((ReferenceProbe().side(), probe.side()), bench.sides, strict=True)
    for probed, original in pairs:
        for case in sample_cases(bench.extent.few(_CASES, _LEAST_CASES), 1):
            outcomes = [observe(side, case.bars, case.signals, case.config).outcome for side in (original, probed)]
            bench.settle(compare_outcomes(*outcomes), f"{probed.label}: {case.name}")


@check("probes", "event_engine")
def rules_counted_alike(bench: Bench) -> None:
    """Both sides count the same hits of the rules that are counted once a run; that each fires is judged elsewhere."""
    hits = count_hits(counted_examples(bench.extent.few(_COUNTED, _LEAST_CASES), 2))
    if hits is None:
        raise LeftOutError(f"rules counted alike: {why_no_probe()}")
    reference, rust = hits
    for rule, entry in counted_rules().items():
        if entry.is_per_run:
            bench.agree(lambda: reference[rule], lambda: rust[rule], about=f"hits of {rule}")  # noqa: B023
        else:
            bench.count(1)
