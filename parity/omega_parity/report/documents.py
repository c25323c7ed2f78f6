"""Keep what differs below a report's folder, with a page that shows it and the command that replay it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from omega.contract.errors import DataError, OmegaError, ResourceError
from omega.data.writing import write_file
from omega_parity.drive.sides import Sides
from omega_parity.generate.cases import Case
from omega_parity.golden.case_files import read_case
from omega_parity.judge.divergence import Divergence
from omega_parity.judge.replay import differs, keep_one, reduced, replay_command, size_of
from omega_parity.judge.run_case import run_case
from omega_parity.judge.verdict import CaseVerdict
from omega_parity.report.divergence import draw
from omega_parity.report.scene import scene_of

_ATTEMPTS: Final = 300
"""Runs of both sides that a reduction may cost."""


@dataclass(frozen=True, slots=True)
class Documents:
    """Divergences below the folder of a report.

    Attributes
    ----------
    out : Path
        The folder of the report.
    unwritten : list of OmegaError
        Why divergences could not be kept: a full disk costs a page, never the verdict.
    """

    sides: Sides
    out: Path
    unwritten: list[OmegaError] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """Where they are kept."""
        return self.out / "divergences"

    def __call__(self, case: Case, verdict: CaseVerdict) -> CaseVerdict:
        """Reduce a divergent case, keep it as files, draw its page, and say how it is replayed.

        One case is kept and drawn per cause; a larger one of the same cause is sent there.
        """
        first = verdict.divergence
        assert first is not None
        smallest = reduced(case, self.sides, first, _ATTEMPTS) if differs(case, self.sides) else case
        shown = run_case(smallest, self.sides)
        divergence = shown.divergence or first
        if size_of(smallest) != size_of(case):
            divergence = replace(divergence, origin=_origin(first))
        verdict = replace(verdict, divergence=divergence, size=size_of(smallest))
        try:
            place = keep_one(smallest, shown, self.sides, "divergence", self.folder)
            command = replay_command(place)
            page = self.folder / f"{place.name}.html"
            if not page.exists() or size_of(read_case(place)[0]) == size_of(smallest):
                write_file(page, draw(divergence, scene_of(smallest, self.sides, divergence), command))
        except (DataError, ResourceError) as error:
            self.unwritten.append(error)
            return verdict
        return replace(verdict, page=f"{self.folder.name}/{page.name}", replay=command)


def _origin(first: Divergence) -> str:
    where = "" if first.bar is None else f", bar {first.bar:,} of {first.bars:,}"
    return f"{first.case}{where}"
