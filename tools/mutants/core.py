"""Let mutants of the Rust core loose by cargo-mutants, and say which nothing notices."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from mutants.changed import NOTHING, DiffOption, diff_of
from mutants.report import LEAST_KILLED
from omega.data.writing import make_folder, write_file

CONFIG_FILE: Final = Path(__file__).parents[2] / ".cargo" / "mutants.toml"
INSTALL: Final = "cargo install cargo-mutants --locked"
SECONDS: Final = 20
"""A mutant gets no longer: healthy, building and testing take two."""

CORPUS_FOLDER: Final = Path(__file__).parents[2] / "target" / "corpus"
"""What `make corpus` wrote; the copies of the tree in which mutants are tested do not have it."""

_PACKAGE: Final = ("--package", "omega-core")
_FOUND_OUT: Final = frozenset({0, 2, 3})
"""Exit codes of cargo-mutants after which every mutant has an outcome: all caught, some missed, some timed out."""
_PANIC: Final = re.compile(r"^thread '(\S+)' .*panicked at .*\n(.*)$", re.MULTILINE)
"""Thread, which has the name of its test, and message."""
_NO_PANIC: Final = re.compile(r"^test (\S+) - should panic \.\.\. FAILED$", re.MULTILINE)
_DIFFERENCE: Final = ("assertion", "called `Result::unwrap")
"""How a test says that an answer differs; every other panic is the mutant's own."""

Kind = Literal["corpus", "unit tests", "crashed", "timed out", "does not compile", "survived"]
_KILLED: Final[tuple[Kind, ...]] = ("corpus", "unit tests")


@dataclass(frozen=True, slots=True)
class CoreFate:
    """What became of a mutant of the core.

    Attributes
    ----------
    name : str
        As cargo-mutants writes it: file, line, column, change, function.
    kind : str
        What noticed it: the corpus, which the reference wrote, or else the core's own tests; or why it does not count.
    """

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreReport:
    """What became of a share of the core's mutants.

    Attributes
    ----------
    found : int
        Mutants of the whole core.
    equivalent : int
        Those of them that are left out because nothing can notice them (``rust_impl/core/mutants.md``).
    stale : tuple of str
        Patterns that leave out nothing any more.
    is_part : bool
        Whether only what changed was drawn: of so few there may be none to kill.
    """

    fates: tuple[CoreFate, ...]
    share: str
    found: int
    equivalent: int
    stale: tuple[str, ...]
    is_part: bool = False

    @property
    def counts(self) -> Counter[str]:
        """Mutants by kind of fate."""
        return Counter(fate.kind for fate in self.fates)

    @property
    def survivors(self) -> tuple[str, ...]:
        """Mutants that nothing noticed."""
        return tuple(fate.name for fate in self.fates if fate.kind == "survived")

    @property
    def killed_ratio(self) -> float:
        """Killed mutants per mutant that was killed or survived."""
        killed = sum(self.counts[kind] for kind in _KILLED)
        judged = killed + len(self.survivors)
        return killed / judged if judged else 0.0

    @property
    def is_green(self) -> bool:
        """Whether enough died, every survivor is explained, and every explanation is still of use."""
        is_enough = self.is_part or self.killed_ratio >= LEAST_KILLED["core"]
        return is_enough and not self.survivors and not self.stale

    def __str__(self) -> str:
        counts = self.counts
        lines = [
            f"mutants of the core: {self.found} found, {self.equivalent} of them equivalent and left out; share "
            f"{self.share} drawn: {len(self.fates)}",
            f"killed {self.killed_ratio:.1%}: {counts['corpus']} by the corpus, {counts['unit tests']} by the core's "
            f"own tests alone; unexplained {len(self.survivors)}",
            f"apart: {counts['crashed']} crashed, {counts['timed out']} timed out, {counts['does not compile']} do not "
            "compile",
        ]
        lines += [f"SURVIVED {name}" for name in self.survivors]
        lines += [f"STALE {pattern} in {CONFIG_FILE.name} leaves out nothing" for pattern in self.stale]
        return "\n".join(lines)

    def as_data(self) -> dict[str, object]:
        """JSON form."""
        return {
            "share": self.share,
            "found": self.found,
            "equivalent": self.equivalent,
            "stale": list(self.stale),
            "counts": dict(sorted(self.counts.items())),
            "killed_ratio": self.killed_ratio,
            "mutants": [asdict(fate) for fate in self.fates],
        }


def all_mutants() -> list[str]:
    """List the mutants of every file that is drawn from, those that the patterns leave out too."""
    return _listed("--no-config")


def _listed(*words: str) -> list[str]:
    command = ["cargo", "mutants", *_PACKAGE, *words, "--list"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()


def exclusions() -> tuple[str, ...]:
    """Read the patterns of the mutants that nothing can notice."""
    return tuple(tomllib.loads(CONFIG_FILE.read_text("utf-8"))["exclude_re"])


def excluded(names: Iterable[str], patterns: Iterable[str]) -> dict[str, list[str]]:
    """List by pattern the mutants that it leaves out."""
    known = tuple(names)
    return {pattern: [name for name in known if re.search(pattern, name)] for pattern in patterns}


def fate_of(outcome: Mapping[str, Any], log: str) -> CoreFate:
    """Read what became of a mutant from an entry of ``outcomes.json`` and the log of its tests."""
    return CoreFate(outcome["scenario"]["Mutant"]["name"], _kind_of(outcome["summary"], log))


def _kind_of(summary: str, log: str) -> Kind:
    match summary:
        case "MissedMutant":
            return "survived"
        case "Timeout":
            return "timed out"
        case "Unviable":
            return "does not compile"
    noticed = [test for test, message in _PANIC.findall(log) if message.startswith(_DIFFERENCE)]
    noticed += _NO_PANIC.findall(log)
    if not noticed:
        return "crashed"
    # The tests of the corpus stand at the root of their binary, the core's own in modules.
    return "corpus" if any("::" not in test for test in noticed) else "unit tests"


def main(
    share: Annotated[str, typer.Option(help="Which mutants, as k/n: each n-th from the k-th (from 0).")] = "0/1",
    jobs: Annotated[int, typer.Option(min=1, help="How many at a time.")] = 2,
    diff: DiffOption = None,
    out: Annotated[Path, typer.Option(help="File for the JSON report.")] = Path("omega-report/mutants-core.json"),
) -> None:
    """Exit codes: 0 all killed or known as equivalent, 1 unexplained survivors or stale patterns, 3 no outcome."""
    if shutil.which("cargo-mutants") is None:
        typer.echo(f"error: the core's mutants need cargo-mutants\ninstall it with: {INSTALL}", err=True)
        raise typer.Exit(3)
    make_folder(out.parent)
    of_diff: tuple[str, ...] = ()
    if diff is not None:
        of_diff = ("--in-diff", str(write_file(out.parent / "mutants-core.diff", diff_of(diff))))
        if not _listed(*of_diff):
            typer.echo(f"mutants of the core: {NOTHING}")
            return
    report = _report(share, jobs, out.parent, of_diff)
    write_file(out, json.dumps(report.as_data(), indent=1, ensure_ascii=False) + "\n")
    typer.echo(str(report))
    raise typer.Exit(0 if report.is_green else 1)


def _report(share: str, jobs: int, folder: Path, of_diff: tuple[str, ...]) -> CoreReport:
    found = all_mutants()
    left_out = excluded(found, exclusions())
    drawn = ("--shard", share, "--sharding", "round-robin", "--jobs", str(jobs), "--output", str(folder), *of_diff)
    command = ["cargo", "mutants", *_PACKAGE, *drawn, "--timeout", str(SECONDS)]
    ended = subprocess.run(command, check=False, env={**os.environ, "OMEGA_CORPUS": str(CORPUS_FOLDER)})
    if ended.returncode not in _FOUND_OUT:
        typer.echo(f"error: cargo mutants ended with {ended.returncode} and judged nothing", err=True)
        raise typer.Exit(3)
    results = folder / "mutants.out"
    outcomes = json.loads((results / "outcomes.json").read_text("utf-8"))["outcomes"]
    return CoreReport(
        fates=tuple(
            fate_of(outcome, (results / outcome["log_path"]).read_text("utf-8"))
            for outcome in outcomes
            if outcome["scenario"] != "Baseline"
        ),
        share=share,
        found=len(found),
        equivalent=len({name for names in left_out.values() for name in names}),
        stale=tuple(pattern for pattern, names in left_out.items() if not names),
        is_part=bool(of_diff),
    )


if __name__ == "__main__":
    typer.run(main)
