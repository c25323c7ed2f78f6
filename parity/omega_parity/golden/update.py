"""Change what a golden case expects, in two steps: propose what the reference does now, then accept it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from omega.compare.outcome import Failure
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.data.files import io_errors
from omega.data.writing import write_files
from omega_parity.drive.observe import Side
from omega_parity.golden.case import GoldenCase, chosen_folders, load_case
from omega_parity.golden.check import compare_hand, difference_lines, missing_products, provenance_problems, run_on
from omega_parity.golden.files import (
    META,
    Record,
    compare_records,
    meta_text,
    read_record,
    record_contents,
    record_of,
)
from omega_parity.golden.recorded import record_case
from omega_parity.golden.text import difference_text, prose_problems
from omega_parity.variables import CI_VARIABLE, is_set

_T = TypeVar("_T")


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
    cases = [load_case(path) for path in chosen_folders(folder, tuple(names))]
    observed = _all_or_nothing(cases, lambda case: _reference_record(case, reference))
    proposals = []
    for case, record in zip(cases, observed, strict=True):
        differences = tuple(differences_of(case, record))
        if differences:
            write_files(case.folder, record_contents(record, "observed", reason))
        proposals.append(Proposal(name=case.name, written=bool(differences), differences=differences))
    return proposals


def _all_or_nothing(cases: Iterable[GoldenCase], make: Callable[[GoldenCase], _T]) -> list[_T]:
    """Return what is made of every case; where one is refused, all refusals are told and nothing is."""
    made, refused = [], []
    for case in cases:
        try:
            made.append(make(case))
        except OmegaError as error:
            refused.append(error)
    if refused:
        message = "\n".join([*(error.message for error in refused), "nothing was written"])
        raise omega_error(refused[0].code, message, rule="golden", column=refused[0].column)
    return made


def differences_of(case: GoldenCase, observed: Record) -> list[str]:
    """Show how ``observed`` differs from what a case expects, event by event, and what its provenance lacks."""
    if not all((case.folder / name).is_file() for name in (*case.files("expected"), META)):
        return ["nothing was expected before"]
    try:
        expected, _ = read_record(case.folder, "expected", is_long=case.is_long)
    except OmegaError as error:  # of a table that the contract has changed since
        if error.code is not ErrorCode.INVALID_FORMAT:
            raise
        return [f"what was expected is no record of this contract: {error.message}"]
    same = not compare_records(expected, observed).differences
    return [*([] if same else difference_text(expected, observed)), *provenance_problems(case)]


def proposed(folder: Path, names: Iterable[str] = ()) -> dict[str, list[str]]:
    """Return the cases that have an observed record, each with how that differs."""
    cases = (load_case(path) for path in chosen_folders(folder, tuple(names)))
    waiting = [case for case in cases if (case.folder / case.files("observed")[0]).exists()]
    records = ((case, read_record(case.folder, "observed", is_long=case.is_long)[0]) for case in waiting)
    return {case.name: differences_of(case, record) for case, record in records}


def accept(folder: Path, reference: Side, names: Sequence[str], reason: str | None = None) -> None:
    """Make the observed records of cases the expected ones, all or none, and record why.

    Parameters
    ----------
    folder : Path
    reference : Side
        It must still observe the same.
    names : sequence of str
    reason : str, optional
        Otherwise the one given to :func:`update`.

    Raises
    ------
    OmegaError
        INVALID_STATE with CI=true, or when an observed record is not what the reference does now, or not what the hand
        calculation says in formulas and in words; NOT_FOUND without an observed record.
    """
    _refuse_in_ci()
    cases = [load_case(path) for path in chosen_folders(folder, tuple(names))]
    for case, (observed, stated) in zip(
        cases, _all_or_nothing(cases, lambda one: _acceptable(one, reference, reason)), strict=True
    ):
        _write_accepted(case, observed, stated)
        record_case(folder, case.name)


def _acceptable(case: GoldenCase, reference: Side, reason: str | None) -> tuple[Record, str]:
    """Return the observed record of a case and the reason for it, if it may become the expected one."""
    name = case.name
    if not (case.folder / case.files("observed")[0]).exists():
        message = f"{name} has no observed record; omega golden update --reason … {name} writes it"
        raise omega_error(ErrorCode.NOT_FOUND, message, rule="golden", column="observed")
    observed, proposed = read_record(case.folder, "observed", is_long=case.is_long)
    stated = _non_empty(proposed or "" if reason is None else reason)
    comparison = compare_records(observed, _reference_record(case, reference))
    against = difference_lines(comparison, "reference", "observed")
    compare_hand(case, observed, against)
    against += prose_problems(case, observed)
    if against:
        raise omega_error(
            ErrorCode.INVALID_STATE, f"{name} cannot be accepted: {against[0]}", rule="golden", column="observed"
        )
    return observed, stated


def _write_accepted(case: GoldenCase, observed: Record, stated: str) -> None:
    contents = record_contents(observed, "expected")
    meta = meta_text(
        case.folder,
        name=case.name,
        producer="hand" if case.is_by_hand else "reference",
        reason=stated,
        data_hash=case.data_hash,
        inputs=case.inputs,
        expected={name: contents[name] for name in case.files("expected")},
    )
    write_files(case.folder, {**contents, META: meta})
    # Last: until the case is whole it can be accepted again.
    with io_errors(case.folder):
        for leftover in case.files("observed"):
            (case.folder / leftover).unlink()


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
