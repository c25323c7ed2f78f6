"""A change of one line in one module of the reference, never written to a file."""

from __future__ import annotations

from dataclasses import dataclass

from omega_parity.selftest.probe.reference import source_of


@dataclass(frozen=True, slots=True, order=True)
class Mutant:
    """One change of one module.

    Attributes
    ----------
    module : str
        Name within the reference.
    line, column : int
        Where, from 1 and 0.
    occurrence : int
        Place among those of the operator in the module.
    """

    module: str
    line: int
    column: int
    operator: str
    occurrence: int

    @property
    def name(self) -> str:
        """Short name, as in ``execution.exits:AddNot:3``; stands while the module stands."""
        return f"{self.module}:{self.operator}:{self.occurrence}"

    def source(self) -> str:
        """Return the module with the change."""
        from mutants.operators import mutated

        return mutated(self)

    def change(self) -> tuple[str, str]:
        """Return the first line that changed, before and after."""
        pairs = zip(source_of(self.module).splitlines(), self.source().splitlines(), strict=False)
        before, after = next((a, b) for a, b in pairs if a != b)
        return before.strip(), after.strip()
