"""The self-test of a plan, rules and faults, in a process of its own: it needs nothing of what goes on meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from omega_parity.gates.beside import Beside, DiedError
from omega_parity.gates.evidence import let_loose
from omega_parity.gates.plan import Plan
from omega_parity.selftest.probe import KillReport, RuleCounts, count_hits
from omega_parity.selftest.probe.examples import counted_examples


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a self-test found.

    Attributes
    ----------
    hits : tuple of mapping, optional
        How often each rule fired in the generated sequences, on either side; None if that was not measured.
    kills : KillReport, optional
    kills_missing : str
        Why there is no report.
    """

    hits: tuple[RuleCounts, RuleCounts] | None
    kills: KillReport | None
    kills_missing: str


def self_test(plan: Plan) -> Findings:
    """Count the hits of each rule, and let the faults loose."""
    hits = count_hits(counted_examples(plan.sequences)) if plan.sequences else None
    kills, missing = let_loose(plan)
    return Findings(hits=hits, kills=kills, kills_missing=missing)


class SelfTest(Beside):
    """A self-test that runs beside whatever is done in this context."""

    def __init__(self, plan: Plan) -> None:
        # Cases and checks are not needed, and copying bars takes time.
        self._plan = replace(plan, cases=(), checks=(), golden=(), regressions=())

    def __enter__(self) -> Self:
        super().__enter__()
        self.ask(self_test, self._plan)
        return self

    def findings(self) -> Findings:
        """Wait for what it found; a process that died has measured nothing, which is no GO."""
        try:
            found = self.answer()
        except DiedError as why:
            return Findings(hits=None, kills=None, kills_missing=f"the process of the self-test {why}")
        assert isinstance(found, Findings)
        return found
