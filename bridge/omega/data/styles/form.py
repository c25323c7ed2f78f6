"""What a file's style leaves open, and what the user says about it: complete, or refused with the choices (T-11)."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

import numpy as np
import pyarrow as pa

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.data.digits import shown_digits
from omega.data.styles.head import Head, read_head
from omega.data.styles.kinds import POINTS, Content, SideName, Style, recognise
from omega.data.styles.stamps import read_stamps
from omega.data.styles.zones import CHOICES, Zone, find_clock

ClockChange = Literal["refuse", "first", "last", "drop"]
CLOCK_CHANGES: Final[tuple[str, ...]] = get_args(ClockChange)

_DIGITS_MAX: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a user says about a file.

    Attributes
    ----------
    columns : mapping of str to str, optional
        Our names to the file's; two columns that make the time are joined by ``+``.
    zone : str, optional
        The clock of its times (Q-T11b).
    side : {"bid", "ask"}, optional
    spread_pips : float, optional
        Makes the other side of one side, in pips of ``pip_size``.
    pip_size : float or callable
        Price of a pip, or what finds it; asked for only where a spread in pips is used.
    digits : int, optional
        Decimals of the prices that are made.
    known_digits : int, optional
        Those that the symbol's specification has; asked where a number of pips makes prices.
    clock_change : {"refuse", "first", "last", "drop"}
        What becomes of wall times that the clock showed twice.
    """

    columns: Mapping[str, str] | None = None
    zone: str | None = None
    side: SideName | None = None
    spread_pips: float | None = None
    pip_size: float | Callable[[], float] | None = None
    digits: int | None = None
    known_digits: int | None = None
    clock_change: ClockChange = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a file is read.

    Attributes
    ----------
    head : Head
    style : Style
    zone : Zone or None
        None where the texts of its times are instants.
    side : {"bid", "ask"} or None
        The side that a file of one side holds.
    points : bool
        Whether the other side is made from the file's own spread in points.
    distance : float or None
        Price between the sides, where a number of pips makes the other one.
    digits : int
        Decimals of prices that are made.
    clock_change : {"refuse", "first", "last", "drop"}
    """

    head: Head
    style: Style
    zone: Zone | None
    side: SideName | None
    points: bool
    distance: float | None
    digits: int
    clock_change: ClockChange

    @property
    def content(self) -> Content:
        """``bars``, ``side`` or ``ticks``."""
        return self.style.content

    @property
    def clock(self) -> str:
        """Name of the clock that its times are on."""
        return "UTC" if self.zone is None else self.zone.name

    @property
    def spread(self) -> str | None:
        """How the other side is made, for a person."""
        if self.points:
            return f"column {self.style.columns[POINTS]}, points of {self.digits} decimals"
        return None if self.distance is None else f"{self.distance:.{self.digits}f}"


def form_of(path: Path, said: Said, *, needs_spread: bool = True) -> Form:
    """Find out how a CSV is read.

    Parameters
    ----------
    needs_spread : bool
        False where both sides come as files of their own.

    Raises
    ------
    OmegaError
        1008 for what is left open and not given, with the choices and the command; 1001 for what is given and does
        not fit; 1010 for a file without rows; else as :func:`omega.data.styles.kinds.recognise`.
    """
    _check_choices(said)
    head = read_head(path)
    style = recognise(head, said.columns)
    are_instants = _are_instants(head, style)
    side = said.side or style.side
    is_side = style.content == "side"
    points = is_side and needs_spread and said.spread_pips is None and POINTS in style.columns
    open_ones = _open_ones(style, said, are_instants=are_instants, needs_spread=needs_spread)
    if open_ones:
        raise _open(head, style, open_ones)
    _refuse_idle(head, style, said, are_instants=are_instants)
    zone = None if are_instants else find_clock(said.zone or style.zone or "UTC")
    distance = None if said.spread_pips is None or not is_side or not needs_spread else _distance(said)
    return Form(
        head=head,
        style=style,
        zone=zone,
        side=side if is_side else None,
        points=points,
        distance=distance,
        digits=_digits(head, said, distance),
        clock_change=said.clock_change,
    )


def missing_words(head: Head, style: Style, said: Said) -> list[str]:
    """Name the arguments that a file leaves open and the user did not give."""
    return _open_ones(style, said, are_instants=_are_instants(head, style), needs_spread=True)


def command_for(name: str, style: Style) -> str:
    """Write the command that imports a file of this style, with what it leaves open filled in as an example."""
    example = {
        "side": "--side bid",
        "zone": "--zone 'New York + 7 hours'",
        "spread_pips": "--symbol EURUSD --spread-pips 1",
    }
    if style.name == "ohlc":
        example["zone"] = "--zone UTC"
    wanted = [
        *(["side"] if style.content == "side" and style.side is None else []),
        *(["zone"] if style.zone is None else []),
        *(["spread_pips"] if style.content == "side" and POINTS not in style.columns else []),
    ]
    words = ["omega data import", shlex.quote(name), *(example[one] for one in wanted), "--out bars.parquet"]
    return " ".join(words)


def _open_ones(style: Style, said: Said, *, are_instants: bool, needs_spread: bool) -> list[str]:
    is_side = style.content == "side"
    lacks_spread = is_side and needs_spread and POINTS not in style.columns and said.spread_pips is None
    return [
        *(["zone"] if said.zone is None and style.zone is None and not are_instants else []),
        *(["side"] if is_side and said.side is None and style.side is None else []),
        *(["spread_pips"] if lacks_spread else []),
    ]


def _check_choices(said: Said) -> None:
    for name, value, choices in (
        ("side", said.side, ("bid", "ask")),
        ("clock_change", said.clock_change, CLOCK_CHANGES),
    ):
        if value is not None and value not in choices:
            message = f"{name} must be one of {', '.join(choices)}, not {value!r}"
            raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="T-11", column=name, value=str(value))
    if said.digits is not None and not 0 <= said.digits <= _DIGITS_MAX:
        message = f"digits must be in 0 … {_DIGITS_MAX}, not {said.digits}"
        raise omega_error(ErrorCode.OUT_OF_BOUNDS, message, rule="N-5", column="digits", value=said.digits)


def _are_instants(head: Head, style: Style) -> bool:
    cells = head.second if style.has_header else head.first
    if len(cells) < len(style.names):
        if not cells:
            message = f"{head.path.name} has a header and no rows"
            raise omega_error(ErrorCode.EMPTY_INPUT, message, rule="T-2", column="path", value=str(head.path))
        return False  # the reading says that the row is too short
    text = " ".join(cells[style.names.index(name)] for name in style.times)
    return read_stamps(pa.chunked_array([pa.array([text])]), style.layouts).are_instants


def _open(head: Head, style: Style, names: list[str]) -> OmegaError:
    says = {
        "zone": f"its times are on a clock that the file does not name (zone={CHOICES})",
        "side": "it does not say of which side it is (side='bid' or 'ask')",
        "spread_pips": "it has one side only (spread_pips= makes the other)",
    }
    reasons = "; ".join(says[name] for name in names)
    message = f"{head.path.name} ({style.title}): {reasons}; import it with `{command_for(head.path.name, style)}`"
    return omega_error(ErrorCode.MISSING_REQUIRED_FIELD, message, rule="T-11", column=names[0])


def _refuse_idle(head: Head, style: Style, said: Said, *, are_instants: bool) -> None:
    idle = {
        "zone": said.zone if are_instants else None,
        "side": said.side if style.content != "side" else None,
        "spread_pips": said.spread_pips if style.content != "side" else None,
    }
    why = {"zone": "its times are instants already", "side": "it has both sides", "spread_pips": "it has both sides"}
    if said.side is not None and style.side is not None and said.side != style.side:
        message = f"{head.path.name} ({style.title}) holds the {style.side} side, not the {said.side} side"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="T-11", column="side", value=said.side)
    for name, value in idle.items():
        if value is not None:
            message = f"{head.path.name} ({style.title}): {why[name]}; leave {name}= out"
            raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="T-11", column=name, value=value)


def _digits(head: Head, said: Said, distance: float | None) -> int:
    if said.digits is not None:
        return said.digits
    if distance is None:
        return head.decimals
    if said.known_digits is not None:
        return max(said.known_digits, head.decimals)
    # A spread that is finer than the prices must not be rounded away.
    return max(head.decimals, shown_digits([np.array([distance])]))


def _distance(said: Said) -> float:
    from omega.data.sides import checked_spread

    pips = checked_spread("bid", said.spread_pips)
    pip_size = said.pip_size() if callable(said.pip_size) else said.pip_size
    if pip_size is None:
        message = "a spread in pips needs the price of a pip; give symbol= or pip_size="
        raise omega_error(ErrorCode.MISSING_REQUIRED_FIELD, message, rule="Q-G1c", column="pip_size")
    assert isinstance(pips, float), "the name of a column is not taken here"
    return pips * pip_size
