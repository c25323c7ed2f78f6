"""The figures of a sample of mutants, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mutants.mutations import Mutant
from mutants.runner import Fate
from mutants.verdicts import Verdict, verdict_on

LEAST_KILLED: Final = {"reference": 0.99, "core": 0.98, "bridge": 0.95}
"""Of the sampled mutants that ran to an outcome: killed, or survived without being known as equivalent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of a sample.

    Attributes
    ----------
    what : {"reference", "bridge"}
    stale : tuple of Verdict
        Those that speak of no mutant any more, drawn or not.
    is_part : bool
        Whether only what changed was drawn: of so few there may be none to kill.
    """

    fates: Mapping[Mutant, Fate]
    verdicts: tuple[Verdict, ...]
    seed: int
    what: str = "reference"
    stale: tuple[Verdict, ...] = ()
    is_part: bool = False

    @property
    def counts(self) -> Counter[str]:
        """Mutants by kind of fate."""
        return Counter(fate.kind for fate in self.fates.values())

    @property
    def survivors(self) -> tuple[Mutant, ...]:
        """Mutants that nothing noticed."""
        return tuple(mutant for mutant, fate in self.fates.items() if fate.kind == "survived")

    @property
    def unexplained(self) -> tuple[Mutant, ...]:
        """Survivors without a verdict."""
        return tuple(mutant for mutant in self.survivors if verdict_on(mutant, self.verdicts) is None)

    @property
    def killed_ratio(self) -> float:
        """Killed mutants per mutant that is neither equivalent, nor crashed, nor timed out."""
        judged = self.counts["killed"] + len(self.unexplained)
        return self.counts["killed"] / judged if judged else 0.0

    @property
    def is_green(self) -> bool:
        """Whether enough died, every survivor is explained, and every explanation is of a mutant."""
        is_enough = self.is_part or self.killed_ratio >= LEAST_KILLED[self.what]
        return is_enough and not self.unexplained and not self.stale

    def __str__(self) -> str:
        counts = self.counts
        explained = len(self.survivors) - len(self.unexplained)
        lines = [
            f"mutants of the {self.what}: {len(self.fates)} drawn with seed {self.seed}; killed {counts['killed']}, "
            f"equivalent {explained}, unexplained {len(self.unexplained)} ({self.killed_ratio:.1%} of those to kill)",
            f"apart: {counts['crashed']} crashed, {counts['timed out']} timed out",
        ]
        for mutant in self.unexplained:
            before, after = mutant.change()
            lines += [f"SURVIVED {mutant.name}, line {mutant.line}", f"  - {before}", f"  + {after}"]
        lines += [f"STALE verdict on {verdict.module}: {verdict.after}" for verdict in self.stale]
        return "\n".join(lines)

    def as_data(self) -> dict[str, object]:
        """JSON form."""
        return {
            "seed": self.seed,
            "drawn": len(self.fates),
            "counts": dict(sorted(self.counts.items())),
            "killed_ratio": self.killed_ratio,
            "mutants": [
                {
                    "name": mutant.name,
                    "line": mutant.line,
                    "change": mutant.change(),
                    "fate": fate.kind,
                    "by": fate.by,
                    "example": fate.example,
                    "verdict": None if (known := verdict_on(mutant, self.verdicts)) is None else known.why,
                }
                for mutant, fate in self.fates.items()
            ],
        }
