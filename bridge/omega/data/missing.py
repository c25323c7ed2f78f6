"""A column that is missing: what is there instead, and what comes nearest to it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.schemas import PRICES
from omega.data.arrow import as_table
from omega.data.files import column_names


def names_in(source: object) -> list[str] | None:
    """Name the columns of a path or table; None for an object that is read only once."""
    if isinstance(source, str | Path):
        return column_names(Path(source))
    names = getattr(source, "column_names", None)
    if names is None and hasattr(source, "columns"):
        return as_table(source).column_names
    return None if names is None else [str(name) for name in names]


def with_names(error: OmegaError, names: Sequence[str] | None) -> OmegaError:
    """Say in an error about a missing column which columns there are; another error is returned as it is.

    Parameters
    ----------
    error : OmegaError
    names : sequence of str, optional
        Columns that are there; None where nobody knows.
    """
    wanted = error.column
    if error.code is not ErrorCode.MISSING_REQUIRED_FIELD or names is None or wanted is None:
        return error
    # A side's columns are named with their side in errors (Q-G1b) and without it in files.
    short = wanted.removeprefix("bid_").removeprefix("ask_")
    if {"bid", "ask"} <= set(names) and short != wanted:
        hint = "; these are ticks, and a run needs bars"
    elif (found := _one_side(names)) is not None:
        hint = (
            f"; this is one side of bars, {found}: write it as CSV, and `omega data import FILE --side bid "
            "--zone UTC --symbol EURUSD --spread-pips 1 --out bars.parquet` imports it"
        )
    elif wanted in names:
        if short in names or names.count(wanted) > 1:
            return error
        wanted, hint = short, "; a table with both sides is the source, not bid= or ask="
    elif short in names and short != wanted and f"{wanted[:4]}open" not in names:
        hint = "; for one side alone give bid= or ask= with spread_pips=, for both bid= and ask="
    else:
        near = dict.fromkeys((*_near(wanted, names), *_near(short, names)))
        hint = f"; nearest to it: {', '.join(near)}" if near else ""
    there = ", ".join(names) if names else "none"
    return omega_error(
        error.code,
        f"there is no column {wanted!r}; the columns are {there}{hint}",
        rule=error.rule,
        column=error.column,
        row=error.row,
        value=error.value,
        recoverable=error.recoverable,
    )


def _one_side(names: Sequence[str]) -> str | None:
    """Name the columns of a table in Date/Open/High/Low/Close form, as other programs and libraries have it."""
    theirs = {name.casefold(): name for name in names}
    time = next((theirs[one] for one in ("date", "datetime", "time", "timestamp") if one in theirs), None)
    if time is None or not set(PRICES) <= set(theirs) or set(PRICES) <= set(names):
        return None
    return ", ".join((time, *(theirs[price] for price in PRICES)))


def _near(wanted: str, names: Sequence[str]) -> list[str]:
    by_folded = {name.casefold(): name for name in names}
    return [by_folded[name] for name in difflib.get_close_matches(wanted.casefold(), by_folded, n=3)]
