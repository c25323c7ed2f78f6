"""Texts of times as other programs write them, read strictly over a whole column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from omega.data.styles.zones import DAY_US, SECOND_US, Mask, Times

Column: TypeAlias = "pa.ChunkedArray[Any]"
Characters = npt.NDArray[np.uint8]

_FRACTIONS: Final = ("", ".f", ".ff", ".fff", ".ffffff")
_CLOCKS: Final = ("", *(f" {clock}{part}" for clock in ("hh:mm:ss",) for part in _FRACTIONS), " hh:mm")

YEAR_FIRST: Final = (
    *(f"YYYY{mark}MM{mark}DD{clock}" for mark in ".-/" for clock in _CLOCKS),
    *(f"YYYY-MM-DD{clock.replace(' ', 'T')}" for clock in _CLOCKS if clock),
    *(f"YYYYMMDD{clock}" for clock in _CLOCKS),
    *("YYYYMMDD hhmmss", "YYYYMMDD hhmmssfff", "YYYYMMDDhhmmss"),
)
"""Layouts whose day and month cannot be mistaken."""
DAY_FIRST: Final = tuple(f"DD.MM.YYYY{clock}" for clock in _CLOCKS)
"""Points between day, month and year: the German way, which no program writes with the month first."""
MONTH_FIRST: Final = tuple(f"MM/DD/YYYY{clock}" for clock in _CLOCKS)
"""Only where the program is known: slashes stand for both orders."""
EPOCHS: Final = {10: SECOND_US, 13: 1_000, 16: 1}
"""Digits of a number of seconds, milliseconds or microseconds since the epoch, and its unit in µs."""

_FIELDS: Final = "YMDhmsf"
_LAST_OF_MONTH: Final = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True, slots=True)
class Stamps:
    """Times of a column.

    Attributes
    ----------
    values : int64 array
        µs since the epoch: instants, or wall times as if they were UTC.
    are_instants : bool
        Whether the texts themselves say which instant they mean.
    bad : bool array
        Texts that are no time, nulls among them.
    """

    values: Times
    are_instants: bool
    bad: Mask


def read_stamps(texts: Column, layouts: Sequence[str]) -> Stamps:
    """Read texts by the layouts given, as numbers since the epoch, or as ISO 8601 with an offset.

    Every length of text has its own layout; a text that fits none is bad.
    """
    column: Any = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    column = pc.utf8_trim_whitespace(column.cast(pa.string()))
    rows = len(column)
    values = np.zeros(rows, dtype=np.int64)
    bad = np.ones(rows, dtype=np.bool_)
    lengths = pc.fill_null(pc.utf8_length(column), 0).to_numpy(zero_copy_only=False)
    sizes = pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
    first = next((text.as_py() for text in column if text.is_valid and text.as_py()), "")
    if _has_offset(first):
        return _zoned(column)
    are_instants = first.isdigit() and len(first) in EPOCHS
    for length in np.unique(lengths[(lengths > 0) & (lengths == sizes)]):
        chosen = np.flatnonzero((lengths == length) & (sizes == length))
        characters = _characters(column, chosen, int(length))
        for layout in [one for one in layouts if len(one) == length] if not are_instants else ["E" * int(length)]:
            found, is_fine = _parsed(characters, layout)
            values[chosen[is_fine]] = found[is_fine]
            bad[chosen[is_fine]] = False
            if is_fine.any():
                break
    return Stamps(values, are_instants, bad)


def _characters(column: Any, chosen: Times, length: int) -> Characters:
    """Lay out the texts of these rows, all of one length, in an array of the shape (length, rows)."""
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    content = np.frombuffer(column.buffers()[2], dtype=np.uint8)
    if len(chosen) == len(column):
        rows = content[offsets[0] : offsets[-1]].reshape(len(column), length)
    else:
        rows = content[offsets[chosen][:, None] + np.arange(length)]
    return np.ascontiguousarray(rows.T)


def _has_offset(text: str) -> bool:
    clock = text[10:]
    return ":" in clock and (clock.upper().endswith("Z") or "+" in clock or "-" in clock)


def _zoned(column: Any) -> Stamps:
    target = pa.timestamp("us", tz="UTC")
    try:
        cast: Any = pc.cast(column, target)
        bad = cast.is_null().to_numpy(zero_copy_only=False)
        return Stamps(cast.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False), True, bad)
    except pa.ArrowInvalid:
        values, faulty = np.zeros(len(column), dtype=np.int64), np.ones(len(column), dtype=np.bool_)
        for row, text in enumerate(column):
            try:
                values[row] = pa.scalar(text.as_py()).cast(target).cast(pa.int64()).as_py()
                faulty[row] = False
            except (pa.ArrowInvalid, TypeError):
                continue
        return Stamps(values, True, faulty)


def _parsed(characters: Characters, layout: str) -> tuple[Times, Mask]:
    """Read characters of the shape (len(layout), rows); say which rows fit."""
    if layout.startswith("E"):
        numbers, is_fine = _digits(characters)
        unit = EPOCHS.get(len(layout))
        return (numbers * unit, is_fine) if unit else (numbers, np.zeros(len(numbers), dtype=np.bool_))
    fine = np.ones(characters.shape[1], dtype=np.bool_)
    for place, sign in enumerate(layout):
        if sign not in _FIELDS:
            fine &= characters[place] == ord(sign)
    if not fine.any():
        return np.zeros(len(fine), dtype=np.int64), fine
    parts = {}
    for field in _FIELDS:
        parts[field], is_number = _digits(characters[[place for place, sign in enumerate(layout) if sign == field]])
        fine &= is_number
    days, is_day = _days(parts["Y"], parts["M"], parts["D"])
    fine &= is_day & (parts["h"] < 24) & (parts["m"] < 60) & (parts["s"] < 60)
    scale = 10 ** (6 - layout.count("f"))
    seconds = (parts["h"] * 60 + parts["m"]) * 60 + parts["s"]
    return days * DAY_US + seconds * SECOND_US + parts["f"] * scale, fine


def _digits(characters: Characters) -> tuple[Times, Mask]:
    fine = np.ones(characters.shape[1], dtype=np.bool_)
    number = np.zeros(characters.shape[1], dtype=np.int64)
    for row in characters:
        digit = row - np.uint8(ord("0"))
        fine &= digit <= 9
        number *= 10
        number += digit
    return number, fine


def _days(years: Times, months: Times, days: Times) -> tuple[Times, Mask]:
    """Count days since the epoch in the Gregorian calendar; say which of them there are."""
    fine = (years >= 1) & (months >= 1) & (months <= 12) & (days >= 1)
    months = np.where(fine, months, 1)
    is_leap = (years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0))
    fine &= days <= _LAST_OF_MONTH[months - 1] - ((months == 2) & ~is_leap)
    shifted = years - (months <= 2)
    era = shifted // 400
    year = shifted - era * 400
    day_of_year = (153 * (months + np.where(months > 2, -3, 9)) + 2) // 5 + days - 1
    return era * 146_097 + year * 365 + year // 4 - year // 100 + day_of_year - 719_468, fine
