"""Golden cases: small runs a person can check, and long ones, replayed on both sides bit by bit.

A case is a folder ``<component>/<case>`` with inputs, an expectation and its provenance; ``golden/README.md`` has the
format. What is expected comes from a hand calculation or from the reference, never from the candidate.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

import pyarrow as pa

import omega
from omega.compare.compare import Comparison, Difference, compare_mappings, compare_tables, merge
from omega.compare.outcome import Failure
from omega.compare.values import decimal_text, hex_text
from omega.config import load_config, resolve
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.protocols import RunOutput
from omega.contract.types import EngineConfig
from omega.data.files import io_errors, read_bytes, read_document
from omega.data.signals import signal_table
from omega_parity.drive.observe import Side, observe
from omega_parity.gates.environment import CI_VARIABLE, is_set
from omega_parity.golden.files import (
    META,
    Record,
    compare_records,
    meta_problems,
    read_meta,
    read_record,
    record_files,
    record_of,
    write_meta,
    write_record,
)
from omega_parity.golden.hand import evaluate, hand_events, named_values

GOLDEN_FOLDER: Final = Path(__file__).parents[3] / "golden"
"""Beside a checkout's packages; an installed package has no golden cases."""

REGRESSIONS: Final = "regressions"
"""What the harness found lies there in a form of its own, and the gate of generated runs replays it."""

CASE_FILE: Final = "case.toml"

_BARS: Final = "bars.csv"
_SIGNALS: Final = "signals.csv"
_LONG_SIGNALS: Final = "signals.parquet"
_TOP_FILES: Final = frozenset({"README.md", ".gitattributes"})
_REQUIRED: Final = {"title": str, "why": str, "rules": list, "produces": list, "config": dict}
_OPTIONAL: Final = {"calculation": str, "values": dict, "events": list, "final": dict, "sample": dict}
_NUMBERS: Final = ("price", "size", "stop_loss", "take_profit", "trailing_distance", "break_even_at_r")
_MINUTE: Final = 60_000_000
_SHOWN: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenCase:
    """A case as its files say.

    Attributes
    ----------
    name : str
        ``<component>/<case>``.
    rules : tuple of str
        Rules of the contract it is about.
    produces : tuple of str
        Event kinds its run must produce, ``closed:timeout`` with a reason.
    signals : pyarrow.Table or None
        None runs the configuration's strategy.
    inputs : tuple of str
        File names.
    """

    name: str
    folder: Path
    document: Mapping[str, Any]
    rules: tuple[str, ...]
    produces: tuple[str, ...]
    bars: pa.Table
    signals: pa.Table | None
    config: EngineConfig
    data_hash: str
    inputs: tuple[str, ...]

    @property
    def is_long(self) -> bool:
        """Whether it runs on the built-in sample and keeps its whole chain."""
        return "sample" in self.document

    @property
    def is_by_hand(self) -> bool:
        """Whether ``case.toml`` has the events as a hand calculation."""
        return "events" in self.document

    def files(self, stem: str) -> tuple[str, ...]:
        """Name the files of the ``expected`` or ``observed`` record."""
        return record_files(stem, is_long=self.is_long)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What ``update`` found out about one case.

    Attributes
    ----------
    written : bool
        Whether an observed record now lies beside the expected one.
    differences : tuple of str
        How the observed record differs from the expected one.
    """

    name: str
    written: bool
    differences: tuple[str, ...] = field(default=())


def case_folders(folder: Path = GOLDEN_FOLDER) -> tuple[list[Path], list[str]]:
    """List the folders of cases, and what lies in ``folder`` without belonging to one."""
    if not folder.is_dir():
        return [], [f"no folder of golden cases: {folder.name}"]
    cases: list[Path] = []
    strays: list[str] = []
    for entry in sorted(folder.iterdir()):
        if entry.name == REGRESSIONS:
            continue
        if entry.is_dir():
            inner = sorted(entry.iterdir())
            cases += [path for path in inner if path.is_dir()]
            strays += [f"unknown file {entry.name}/{path.name}" for path in inner if not path.is_dir()]
        elif entry.name not in _TOP_FILES:
            strays.append(f"unknown file {entry.name}")
    return cases, strays


def case_name(folder: Path) -> str:
    """Name the case in a folder."""
    return f"{folder.parent.name}/{folder.name}"


def case_rules(folder: Path) -> tuple[str, ...]:
    """Name the rules a case is about; none if its ``case.toml`` is unusable, which :func:`check_case` then says."""
    try:
        return tuple(_read_case_document(folder)["rules"])
    except OmegaError:
        return ()


def load_case(folder: Path) -> GoldenCase:
    """Read the inputs of a case.

    Raises
    ------
    OmegaError
        INVALID_FORMAT for a ``case.toml`` with missing, unknown or empty keys; as :func:`omega.read_bars`,
        :func:`omega.config.load_config` and the reading of signals.
    """
    document = _read_case_document(folder)
    keys = document["config"]
    is_long = "sample" in document
    if is_long:
        bars = omega.sample_bars(document["sample"]["n"], document["sample"]["seed"], backend="python")
        path = folder / _LONG_SIGNALS
        signals = None if "strategy" in keys else signal_table(path)
        inputs: tuple[str, ...] = (CASE_FILE,) if signals is None else (CASE_FILE, _LONG_SIGNALS)
    else:
        bars = omega.read_bars(
            folder / _BARS, symbol=keys.get("symbol"), timeframe=keys.get("timeframe"), backend="python"
        )
        signals = None if "strategy" in keys else _read_signals(folder / _SIGNALS)
        inputs = (CASE_FILE, _BARS) if signals is None else (CASE_FILE, _BARS, _SIGNALS)
    return GoldenCase(
        name=case_name(folder),
        folder=folder,
        document=document,
        rules=tuple(document["rules"]),
        produces=tuple(document["produces"]),
        bars=bars.table,
        signals=signals,
        config=resolve(load_config(keys), symbol=bars.symbol, timeframe=bars.timeframe),
        data_hash=bars.content_hash,
        inputs=inputs,
    )


def _read_case_document(folder: Path) -> dict[str, Any]:
    document = read_document(folder / CASE_FILE)
    if not isinstance(document, dict):
        _refuse(folder, "not a table")
    known = {**_REQUIRED, **_OPTIONAL}
    for key, value in document.items():
        if key not in known:
            _refuse(folder, f"unknown key {key!r}; known are {', '.join(known)}")
        if not isinstance(value, known[key]):
            _refuse(folder, f"{key} has the wrong type")
    for key in _REQUIRED:
        if not document.get(key):
            _refuse(folder, f"{key} is missing or empty")
    if "sample" not in document and not document.get("calculation", "").strip():
        _refuse(folder, "calculation is missing or empty: a small case shows how its numbers come about")
    return document


def _read_signals(path: Path) -> pa.Table:
    """Read signals of a CSV; empty cells are null, ``max_holding_minutes`` stands for ``max_holding``."""
    reader = csv.DictReader(io.StringIO(read_bytes(path).decode("utf-8")))
    return signal_table([_signal(row) for row in reader])


def _signal(cells: Mapping[str, str]) -> dict[str, object]:
    row: dict[str, object] = {name: text for name, text in cells.items() if text}
    for name, text in cells.items():
        if text and name in _NUMBERS:
            row[name] = float(text)
    if "magic_number" in row:
        row["magic_number"] = int(cells["magic_number"])
    if "max_holding_minutes" in row:
        row["max_holding"] = int(cells["max_holding_minutes"]) * _MINUTE
        del row["max_holding_minutes"]
    return row


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


def chosen_folders(folder: Path, names: Iterable[str]) -> list[Path]:
    """List the folders of the named cases, all if none is named.

    Raises
    ------
    OmegaError
        NOT_FOUND for a name that is no case.
    """
    found = {case_name(path): path for path in case_folders(folder)[0]}
    for name in names:
        if name not in found:
            nearest = difflib.get_close_matches(name, found, n=3, cutoff=0.3)
            hint = f"; nearest: {', '.join(nearest)}" if nearest else ""
            raise omega_error(ErrorCode.NOT_FOUND, f"no golden case {name!r}{hint}", value=name)
    return [found[name] for name in names] or list(found.values())


def check_case(folder: Path, sides: Sequence[Side]) -> CaseCheck:
    """Check one case: its files, its provenance, its hand calculation, and its run on each side."""
    name = case_name(folder)
    try:
        case = load_case(folder)
        problems = _file_problems(case)
        if problems:
            return CaseCheck(name=name, problems=tuple(problems))
        problems += _provenance_problems(case)
        expected, _ = read_record(folder, "expected", is_long=case.is_long)
        parts = [_replay(case, side, expected, problems) for side in sides]
        parts.append(_compare_hand(case, expected, problems))
    except OmegaError as error:
        return CaseCheck(name=name, problems=(error.message,))
    return CaseCheck(name=name, comparisons=merge(parts).comparisons, problems=tuple(problems))


def _file_problems(case: GoldenCase) -> list[str]:
    wanted = {*case.inputs, *case.files("expected"), META}
    found = {path.name for path in case.folder.iterdir()}
    problems = [f"{name} is missing" for name in sorted(wanted - found)]
    for name in sorted(found - wanted):
        is_observed = name in case.files("observed")
        hint = "; accept it (omega golden accept) or delete it" if is_observed else ""
        problems.append(f"{'leftover' if is_observed else 'unknown'} file {name}{hint}")
    return problems


def _provenance_problems(case: GoldenCase) -> list[str]:
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
    return observe(side, case.bars, case.signals, case.config).outcome


def missing_products(case: GoldenCase, output: RunOutput) -> list[str]:
    """Say which events the case is for did not happen."""
    kinds = output.events.column("kind").to_pylist()
    reasons = output.events.column("reason").to_pylist()
    happened = {*kinds, *(f"{kind}:{reason}" for kind, reason in zip(kinds, reasons, strict=True))}
    return [f"no event {name!r} happened, which the case is for" for name in case.produces if name not in happened]


def _compare_hand(case: GoldenCase, expected: Record, problems: list[str]) -> Comparison:
    """Compare the hand calculation with what is expected; nothing is compared without one."""
    if not case.is_by_hand:
        return Comparison(comparisons=0)
    values = named_values(case.document.get("values", {}))
    times: list[int] = case.bars.column("timestamp").cast(pa.int64()).to_numpy().tolist()
    events = hand_events(case.document["events"], values, times)
    final = {name: _hand_metric(given, values) for name, given in case.document.get("final", {}).items()}
    kept: dict[str, Any] = {name: expected.metrics[name] for name in final if name in expected.metrics}
    comparison = merge((compare_tables("events", events, expected.events), compare_mappings("metrics", final, kept)))
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


def update(folder: Path, reference: Side, reason: str, names: Iterable[str] = ()) -> list[Proposal]:
    """Write the observed record beside the expected one where a case is new or does not hold; nothing gets green by it.

    Parameters
    ----------
    folder : Path
    reference : Side
        The one side that may say what is expected.
    reason : str
        Why the expectation changes.
    names : iterable of str
        Cases; all if empty.

    Raises
    ------
    OmegaError
        INVALID_STATE with CI=true; INVALID_ARGUMENT for an empty reason; CONSTRAINT_VIOLATION for a run that failed or
        did not produce what the case is for; NOT_FOUND for a name that is no case.
    """
    _refuse_in_ci()
    reason = _non_empty(reason)
    return [_propose(load_case(path), reference, reason) for path in chosen_folders(folder, tuple(names))]


def _propose(case: GoldenCase, reference: Side, reason: str) -> Proposal:
    observed = _reference_record(case, reference)
    differences: tuple[str, ...] = ("nothing was expected before",)
    if all((case.folder / name).is_file() for name in (*case.files("expected"), META)):
        expected, _ = read_record(case.folder, "expected", is_long=case.is_long)
        lines = difference_lines(compare_records(expected, observed), "observed")
        differences = tuple(lines + _provenance_problems(case))
    if not differences:
        return Proposal(name=case.name, written=False)
    with io_errors(case.folder):
        write_record(observed, case.folder, "observed", reason)
    return Proposal(name=case.name, written=True, differences=differences)


def accept(folder: Path, reference: Side, name: str, reason: str | None = None) -> None:
    """Make the observed record of a case the expected one, and record why.

    Parameters
    ----------
    folder : Path
    reference : Side
        It must still observe the same.
    name : str
    reason : str, optional
        Otherwise the one given to :func:`update`.

    Raises
    ------
    OmegaError
        INVALID_STATE with CI=true, or when the observed record is not what the reference does now or not what the hand
        calculation says; NOT_FOUND without an observed record.
    """
    _refuse_in_ci()
    case = load_case(chosen_folders(folder, (name,))[0])
    if not (case.folder / case.files("observed")[0]).exists():
        message = f"{name} has no observed record; omega golden update --reason … {name} writes it"
        raise omega_error(ErrorCode.NOT_FOUND, message, rule="golden", column="observed")
    observed, proposed = read_record(case.folder, "observed", is_long=case.is_long)
    stated = _non_empty(proposed or "" if reason is None else reason)
    comparison = compare_records(observed, _reference_record(case, reference))
    against = difference_lines(comparison, "reference", "observed")
    _compare_hand(case, observed, against)
    if against:
        raise omega_error(
            ErrorCode.INVALID_STATE, f"{name} cannot be accepted: {against[0]}", rule="golden", column="observed"
        )
    with io_errors(case.folder):
        write_record(observed, case.folder, "expected")
        for leftover in case.files("observed"):
            (case.folder / leftover).unlink()
        write_meta(
            case.folder,
            name=case.name,
            producer="hand" if case.is_by_hand else "reference",
            reason=stated,
            data_hash=case.data_hash,
            inputs=case.inputs,
            expected=case.files("expected"),
        )


def _reference_record(case: GoldenCase, reference: Side) -> Record:
    outcome = run_on(case, reference)
    against = [f"the run failed: {outcome}"] if isinstance(outcome, Failure) else missing_products(case, outcome)
    if isinstance(outcome, Failure) or against:
        message = f"{case.name} is refused: {against[0]}"
        raise omega_error(ErrorCode.CONSTRAINT_VIOLATION, message, rule="golden", column="produces")
    return record_of(outcome, is_long=case.is_long)


def _refuse_in_ci() -> None:
    if is_set(CI_VARIABLE):
        message = f"{CI_VARIABLE} is set: nothing is written into the tree; update golden cases on your own machine"
        raise omega_error(ErrorCode.INVALID_STATE, message, rule="golden", column=CI_VARIABLE)


def _non_empty(reason: str) -> str:
    if not reason.strip():
        raise omega_error(
            ErrorCode.INVALID_ARGUMENT, "a reason must say why the expectation changes", rule="golden", column="reason"
        )
    return reason.strip()


def _refuse(folder: Path, message: str) -> NoReturn:
    raise omega_error(
        ErrorCode.INVALID_FORMAT, f"{case_name(folder)}/{CASE_FILE}: {message}", rule="golden", column=CASE_FILE
    )
