"""Keep what differs below a report's folder, with a page that shows it and the commands that replay it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from omega.contract.errors import DataError, OmegaError, ResourceError
from omega.data.writing import write_file
from omega_parity.drive.sides import Sides
from omega_parity.generate.cases import Case
from omega_parity.golden.kept import keep
from omega_parity.judge.replay import replay_commands
from omega_parity.judge.verdict import CaseVerdict
from omega_parity.report.divergence import draw
from omega_parity.report.scene import scene_of


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

    def __call__(self, kept: Case, shown: Case, verdict: CaseVerdict) -> CaseVerdict:
        """Keep a divergent case as files, draw its page, and say how it is replayed."""
        assert verdict.divergence is not None
        folder = self.folder
        try:
            place = keep(kept, "; ".join(verdict.against), found_by=_slug(verdict.case), folder=folder)
            commands = replay_commands(place)
            page = folder / f"{place.name}.html"
            write_file(page, draw(verdict.divergence, scene_of(shown, self.sides, verdict.divergence), commands))
        except (DataError, ResourceError) as error:
            self.unwritten.append(error)
            return verdict
        return replace(verdict, page=f"{folder.name}/{page.name}", replay=commands)


def _slug(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)
