"""Replay golden cases on both sides bit by bit, and hold their files to their provenance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from omega.compare.compare import Comparison, Difference, compare_mappings, compare_tables, merge
from omega.compare.outcome import Failure
from omega.compare.values import decimal_text, hex_text
from omega.contract.errors import OmegaError
from omega.contract.protocols import RunOutput
from omega.data.writing import is_staged
from omega_parity.drive.observe import Side, observe
from omega_parity.golden.case import GoldenCase, case_folders, case_name, chosen_folders, load_case
from omega_parity.golden.files import (
    META,
    Record,
    compare_records,
    meta_problems,
    read_meta,
    read_record,
    record_of,
)
from omega_parity.golden.hand import CALCULATED, evaluate, hand_events, named_values
from omega_parity.golden.text import prose_problems

_SHOWN: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCheck:
    """What checking one case found; red if there is a problem or nothing was compared."""

    name: str
    comparisons: int = 0
    problems: tuple[str, ...] = ()

    @property
    def is_green(self) -> bool:
        """Whether the case holds."""
        return self.comparisons > 0 and not self.problems


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenCheck:
    """What checking a folder found.

    Attributes
    ----------
    strays : tuple of str
        Problems of the folder itself.
    """

    cases: tuple[CaseCheck, ...]
    strays: tuple[str, ...] = ()

    @property
    def comparisons(self) -> int:
        """Number of values compared."""
        return sum(case.comparisons for case in self.cases)

    @property
    def is_green(self) -> bool:
        """Whether there are cases and each one holds."""
        return bool(self.cases) and not self.strays and all(case.is_green for case in self.cases)


def check(folder: Path, sides: Sequence[Side], names: Iterable[str] = ()) -> GoldenCheck:
    """Replay cases on ``sides`` and judge them.

    Parameters
    ----------
    folder : Path
    sides : sequence of Side
        The reference first.
    names : iterable of str
        Cases to check; all, and what lies between them, if empty.

    Raises
    ------
    OmegaError
        NOT_FOUND for a name that is no case.
    """
    chosen = tuple(names)
    _, strays = case_folders(folder)
    cases = tuple(check_case(path, sides) for path in chosen_folders(folder, chosen))
    return GoldenCheck(cases=cases, strays=() if chosen else tuple(strays))


def check_case(folder: Path, sides: Sequence[Side]) -> CaseCheck:
    """Check one case: its files, its provenance, its hand calculation, and its run on each side."""
    name = case_name(folder)
    try:
        case = load_case(folder)
        problems = _file_problems(case)
        if any(not (folder / file).is_file() for file in (*case.inputs, *case.files("expected"), META)):
            return CaseCheck(name=name, problems=tuple(problems))
        problems += provenance_problems(case)
        expected, _ = read_record(folder, "expected", is_long=case.is_long)
        problems += prose_problems(case, expected)
        parts = [_replay(case, side, expected, problems) for side in sides]
        parts.append(compare_hand(case, expected, problems))
    except OmegaError as error:
        return CaseCheck(name=name, problems=(error.message,))
    return CaseCheck(name=name, comparisons=merge(parts).comparisons, problems=tuple(problems))


def _file_problems(case: GoldenCase) -> list[str]:
    wanted = {*case.inputs, *case.files("expected"), META}
    found = {path.name for path in case.folder.iterdir() if not is_staged(path.name)}
    problems = [f"{name} is missing" for name in sorted(wanted - found)]
    for name in sorted(found - wanted):
        is_observed = name in case.files("observed")
        hint = "; accept it (omega golden accept) or delete it" if is_observed else ""
        problems.append(f"{'leftover' if is_observed else 'unknown'} file {name}{hint}")
    return problems


def provenance_problems(case: GoldenCase) -> list[str]:
    """Say what in a case's files is not what its ``meta.json`` says."""
    return meta_problems(
        case.folder,
        read_meta(case.folder),
        data_hash=case.data_hash,
        inputs=case.inputs,
        expected=case.files("expected"),
    )


def _replay(case: GoldenCase, side: Side, expected: Record, problems: list[str]) -> Comparison:
    outcome = run_on(case, side)
    if isinstance(outcome, Failure):
        problems.append(f"the run on {side.label} failed: {outcome}")
        return Comparison(comparisons=0)
    problems += [f"{side.label}: {text}" for text in missing_products(case, outcome)]
    comparison = compare_records(expected, record_of(outcome, is_long=case.is_long))
    problems += difference_lines(comparison, side.label)
    return comparison


def run_on(case: GoldenCase, side: Side) -> RunOutput | Failure:
    """Run a case on one side, on inputs of its own."""
    return observe(side, case.bars, case.signals, case.config, detail=case.detail).outcome


def missing_products(case: GoldenCase, output: RunOutput) -> list[str]:
    """Say which events the case is for did not happen."""
    kinds = output.events.column("kind").to_pylist()
    reasons = output.events.column("reason").to_pylist()
    happened = {*kinds, *(f"{kind}:{reason}" for kind, reason in zip(kinds, reasons, strict=True))}
    return [f"no event {name!r} happened, which the case is for" for name in case.produces if name not in happened]


def compare_hand(case: GoldenCase, expected: Record, problems: list[str]) -> Comparison:
    """Compare the hand calculation with what is expected; nothing is compared without one."""
    if not case.is_by_hand:
        return Comparison(comparisons=0)
    values = named_values(case.document.get("values", {}))
    times: list[int] = case.bars.column("timestamp").cast(pa.int64()).to_numpy().tolist()
    events = hand_events(case.document["events"], values, times, case.bar_length, case.detail_times)
    final = {name: _hand_metric(given, values) for name, given in case.document.get("final", {}).items()}
    kept: dict[str, Any] = {name: expected.metrics[name] for name in final if name in expected.metrics}
    comparison = merge(
        (
            compare_tables("events", events, expected.events.select(CALCULATED.names)),
            compare_mappings("metrics", final, kept),
        )
    )
    problems += difference_lines(comparison, "expected", "by hand")
    return comparison


def _hand_metric(given: object, values: Mapping[str, float]) -> int | float:
    """Counts are plain integers in TOML, everything else is a float or a formula."""
    return given if isinstance(given, int) else evaluate(given, values)


def difference_lines(comparison: Comparison, label: str, expected: str = "expected") -> list[str]:
    """Say in a line each what differs, decimal and hex, at most a few."""
    lines = [_difference_line(difference, label, expected) for difference in comparison.differences]
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"{label}: {more} more fields differ"] if more > 0 else lines


def _difference_line(difference: Difference, label: str, expected: str) -> str:
    place = "" if difference.row is None else f" of row {difference.row}"
    sides = ((expected, difference.reference), (label, difference.candidate))
    shown = (f"{name} {decimal_text(value)} {hex_text(value)}".rstrip() for name, value in sides)
    return f"{difference.name}{place}: {', '.join(shown)}"
