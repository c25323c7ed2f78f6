"""What a call of ``omega verify`` did less than is recorded, and what it left out by choice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from omega.contract.errors import OmegaError
from omega_parity.gates.checks.bench import Check
from omega_parity.gates.evidence import GOLDEN_CASES, REGRESSIONS, SEQUENCES
from omega_parity.gates.plan import Plan
from omega_parity.gates.provenance import CHECKOUT
from omega_parity.gates.reach import REACH
from omega_parity.gates.recorded import Recorded, recorded
from omega_parity.gates.verdict import Part
from omega_parity.selftest.probe import KillReport, counted_rules
from omega_parity.selftest.probe.runner import SIDES


def shortfalls(plan: Plan, parts: Iterable[Part], report: KillReport | None) -> tuple[str, ...]:
    """Say what a plan for every component did less than is recorded; a plan for one is partial anyway."""
    if not plan.is_whole:
        return ()
    try:
        record = recorded()
    except OmegaError as error:
        return (str(error),)
    return tuple(_shortfalls(plan, {part.name: part for part in parts}, report, record))


def _shortfalls(plan: Plan, parts: dict[str, Part], report: KillReport | None, record: Recorded) -> Iterator[str]:
    sequences, done = record.sequences["quick" if plan.is_quick else "verify"], _items(SEQUENCES, parts)
    if done < sequences:
        yield f"{done} of {sequences} recorded generated sequences"
    if CHECKOUT is not None:
        for part, kept in ((GOLDEN_CASES, record.golden["cases"]), (REGRESSIONS, record.golden["regressions"])):
            if _items(part, parts) < kept:
                yield f"{_items(part, parts)} of {kept} recorded {part}"
    if not plan.is_quick and not _items(REACH, parts):
        yield "what generated input reaches was not judged"
    for name, count in record.checks.items():
        yield from _too_few(name, count, plan, parts)
    if report is not None:
        yield from _not_let_loose(report, record, is_quick=plan.is_quick)
    lost = sorted(set(record.rules) - set(counted_rules()))
    if lost:
        yield f"{len(lost)} of {len(record.rules)} recorded rules are not counted: {', '.join(lost)}"


def _items(name: str, parts: Mapping[str, Part]) -> int:
    """Return how many of a part really ran, whatever was planned."""
    return parts[name].items if name in parts else 0


def _too_few(name: str, count: int, plan: Plan, parts: dict[str, Part]) -> Iterator[str]:
    """Say that a recorded check was done too seldom; what could not be done is told by its part."""
    kind, _, check = name.partition(": ")
    part = parts.get(kind)
    entry = next((one for one in plan.checks if (one.kind, one.name) == (kind, check)), None)
    if entry is None and name in plan.not_planned:
        return
    done = 0 if part is None else part.calls.get(check, 0) + sum(why.startswith(check) for why in part.left_out)
    least = Check.least(count, plan.extent)
    if done < least:
        yield f"{name}: {done} of {least} recorded calls"


def _not_let_loose(report: KillReport, record: Recorded, *, is_quick: bool) -> Iterator[str]:
    wanted = set(record.quick_faults if is_quick else record.faults)
    for side in SIDES:
        missing = sorted(wanted - {fate.saboteur for fate in report.fates if fate.side == side})
        if missing:
            shown = ", ".join(missing[:3])
            yield f"{side}: {len(missing)} of {len(wanted)} recorded faults were not let loose: {shown}"
    if not is_quick and len(report.switched_off) < len(record.rules):
        yield f"{len(report.switched_off)} of {len(record.rules)} recorded rules were switched off"


def skipped(plan: Plan, parts: Collection[Part], report: KillReport | None) -> Iterator[str]:
    """Say what the gates of pytest do and this plan does not."""
    for part in parts:
        if part.whole > part.items:
            yield f"{part.name}: {part.whole - part.items} of {part.whole} calls"
    try:
        record = recorded()
    except OmegaError:
        return
    gate = record.sequences["gate"]
    done = sum(part.items for part in parts if part.name == SEQUENCES)
    if done < gate:
        yield f"generated sequences: {gate - done:,} of {gate:,}"
    if plan.extent.share < 1.0 and plan.checks:
        yield f"other generated input of the checks: all but {plan.extent.share:.0%}"
    let_loose = 0 if report is None else len(report.fates)
    if let_loose < 2 * len(record.faults):
        yield f"built-in faults: {2 * len(record.faults) - let_loose} of {2 * len(record.faults)}"
    if report is None or len(report.switched_off) < len(record.rules):
        yield f"rules switched off: {len(record.rules)} of {len(record.rules)}"
