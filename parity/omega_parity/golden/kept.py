"""Counterexamples kept as explicit data and replayed first from then on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import xxhash

from omega.data.writing import is_staged, short_name, write_folder
from omega_parity.generate.cases import Case
from omega_parity.generate.steps import Step
from omega_parity.golden.case_files import case_texts, read_case
from omega_parity.variables import CI_VARIABLE, is_set

REGRESSIONS_FOLDER: Final = Path(__file__).parents[3] / "golden" / "regressions"
"""Beside a checkout's packages."""

ARTIFACTS_VARIABLE: Final = "CI_ARTIFACTS"

DEFAULT_ARTIFACTS: Final = "omega-report"

_DIGEST_DIGITS: Final = 12


def folder_to_write() -> Path:
    """Return where new cases go: into the tree, but under ``CI=true`` into the folder of artefacts."""
    if is_set(CI_VARIABLE):
        return Path(os.environ.get(ARTIFACTS_VARIABLE) or DEFAULT_ARTIFACTS) / "regressions"
    return REGRESSIONS_FOLDER


def case_folders(folder: Path = REGRESSIONS_FOLDER) -> list[Path]:
    """List what lies in the folder of kept cases, by name; what is no case is for :func:`replay_all` to refuse."""
    return sorted(path for path in folder.iterdir() if not is_staged(path.name)) if folder.is_dir() else []


def kept_cases() -> Iterator[Case]:
    """Yield the kept counterexamples that are whole runs."""
    for folder in case_folders():
        case, steps, _ = read_case(folder)
        if steps is None:
            yield case


def keep(
    case: Case, why: str, *, found_by: str, steps: Sequence[Step] | None = None, folder: Path, name: str = ""
) -> Path:
    """Write a counterexample below ``folder``; an equal one gets the same name.

    Parameters
    ----------
    why : str
        What differed.
    found_by : str
        Name of the check; begins the name of the case, as far as no file system finds it too long.
    steps : sequence of Step, optional
        The calls of the simulators, for a case that is no whole run.
    name : str
        Name of the case, in place of one that is made of its content; what has it already gives way.
    """
    texts = case_texts(case, {"found_by": found_by, "why": why}, steps)
    content = "\0".join(texts[name] for name in sorted(texts))
    digest = xxhash.xxh3_128_hexdigest(content.encode())[:_DIGEST_DIGITS]
    place = folder / (name or f"{short_name(found_by)}-{digest}")
    if name:
        shutil.rmtree(place, ignore_errors=True)
    write_folder(place, texts)
    return place
