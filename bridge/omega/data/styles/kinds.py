"""Which program wrote a CSV: told by its first two lines, never guessed between two (Q-T11)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.schemas import BARS, PRICES, SIDE_BARS, TICKS
from omega.data.names import refuse_repeated
from omega.data.styles.head import Head
from omega.data.styles.stamps import DAY_FIRST, MONTH_FIRST, YEAR_FIRST

Content = Literal["bars", "side", "ticks"]
SideName = Literal["bid", "ask"]

POINTS: Final = "spread_points"
"""Our name of a column with the spread in points (Q-T11c)."""
OURS: Final = tuple(dict.fromkeys((*BARS.names, *SIDE_BARS.names, *TICKS.names, "symbol", POINTS)))
"""What a mapping of columns may name."""

_EST: Final = "EST"
_SIDE_WORD: Final = re.compile(r"(?:^|[^a-z])(bid|ask)(?:[^a-z]|$)", re.IGNORECASE)
_TIME_NAMES: Final = ("datetime", "timestamp", "date", "time", "gmt time", "<date>")


@dataclass(frozen=True, slots=True)
class Style:
    """How a program writes bars or ticks.

    Attributes
    ----------
    name : str
        As Q-T11 has it.
    title : str
        For a person.
    content : {"bars", "side", "ticks"}
    names : tuple of str
        Columns of the file, in its order; numbers as texts where it has no header.
    columns : mapping of str to str
        Ours to the file's, but for the time's.
    times : tuple of str
        Columns that make the time, put together with a blank.
    has_header : bool
    layouts : tuple of str
        How its times are written, see :mod:`omega.data.styles.stamps`.
    zone, side : str or None
        None where the style leaves it open.
    """

    name: str
    title: str
    content: Content
    names: tuple[str, ...]
    columns: Mapping[str, str]
    times: tuple[str, ...]
    has_header: bool = True
    layouts: tuple[str, ...] = YEAR_FIRST
    zone: str | None = None
    side: SideName | None = None

    @property
    def repeats_ticks(self) -> bool:
        """Whether an empty price is the one above."""
        return self.name == "mt5" and self.content == "ticks"


def recognise(head: Head, columns: Mapping[str, str] | None = None) -> Style:
    """Recognise the style of a CSV; ``columns`` (ours to theirs) stand before it.

    Raises
    ------
    OmegaError
        1009 for a file of no known style, which names its columns; 1008 for a mapping that leaves a column out or
        names one that is not there; 1001 for one that maps to a name we do not have.
    """
    if columns is not None:
        return _mapped(head, columns)
    for find in _FINDERS:
        style = find(head)
        if style is not None:
            refuse_repeated([name for name in style.names if name in (*style.columns.values(), *style.times)])
            return style
    raise omega_error(
        ErrorCode.INVALID_FORMAT,
        f"{head.path.name}: no known style; its first line is {', '.join(head.first[:12])}; name the columns, as "
        "--columns timestamp=Date,open=O,high=H,low=L,close=C",
        rule="T-11",
        column="path",
        value=str(head.path),
    )


def looks_foreign(head: Head) -> Style | None:
    """Recognise a file of another program; None for our own columns and for what nobody knows."""
    found = (find(head) for find in _FINDERS)
    style = next((one for one in found if one is not None), None)
    if style is None or style.name == "omega":
        return None
    # One side under our own names is read as it is (T-8a), times with an offset.
    is_ours = style.name == "ohlc" and set(SIDE_BARS.names[:-1]) <= set(head.first)
    return None if is_ours else style


def _numbered(head: Head) -> tuple[str, ...]:
    return tuple(str(place) for place in range(1, len(head.first) + 1))


def _mt5(head: Head) -> Style | None:
    if not all(name.startswith("<") and name.endswith(">") for name in head.folded) or "<date>" not in head.folded:
        return None
    theirs = {name.casefold(): name for name in head.first}
    times = tuple(theirs[name] for name in ("<date>", "<time>") if name in theirs)
    if {"<bid>", "<ask>"} <= set(theirs):
        ticks = {"bid": theirs["<bid>"], "ask": theirs["<ask>"]}
        return Style("mt5", "MetaTrader 5 export of ticks", "ticks", head.first, ticks, times)
    wanted = {price: f"<{price}>" for price in PRICES} | {"volume": "<tickvol>", POINTS: "<spread>"}
    columns = {ours: theirs[name] for ours, name in wanted.items() if name in theirs}
    return _whole(Style("mt5", "MetaTrader 5 export", "side", head.first, columns, times, side="bid"))


def _mt4(head: Head) -> Style | None:
    if len(head.first) != 7 or not _fits(head.first, r"\d{4}\.\d\d\.\d\d", r"\d\d:\d\d(:\d\d)?", *[_PRICE] * 4):
        return None
    columns = dict(zip((*PRICES, "volume"), "34567", strict=True))
    return Style("mt4", "MetaTrader 4 export", "side", _numbered(head), columns, ("1", "2"), False, side="bid")


def _histdata(head: Head) -> Style | None:
    names = _numbered(head)
    if len(names) == 6 and _fits(head.first, r"\d{8} \d{6}", *[_PRICE] * 4):
        columns = dict(zip((*PRICES, "volume"), "23456", strict=True))
        return Style("histdata", "HistData", "side", names, columns, ("1",), False, zone=_EST, side="bid")
    if len(names) in (3, 4) and _fits(head.first, r"\d{8} \d{9}", _PRICE, _PRICE):
        ticks = {"bid": "2", "ask": "3"}
        return Style("histdata", "HistData ticks", "ticks", names, ticks, ("1",), False, zone=_EST)
    return None


def _truefx(head: Head) -> Style | None:
    if len(head.first) != 4 or not _fits(head.first, r"[A-Z]{3}/[A-Z]{3}", r"\d{8} \d\d:\d\d:\d\d(\.\d+)?", _PRICE):
        return None
    columns = {"symbol": "1", "bid": "3", "ask": "4"}
    return Style("truefx", "TrueFX ticks", "ticks", _numbered(head), columns, ("2",), False, zone="UTC")


def _dukascopy(head: Head) -> Style | None:
    theirs = dict(zip(head.folded, head.first, strict=True))
    is_epoch = bool(head.second) and re.fullmatch(r"\d{13}", head.second[0]) is not None
    time = next((name for name, fits in (("timestamp", is_epoch), ("gmt time", True)) if name in theirs and fits), None)
    if time is None:
        return None
    found = Style("dukascopy", "Dukascopy", "side", head.first, {}, (theirs[time],), layouts=DAY_FIRST, zone="UTC")
    for bid, ask in (("bidprice", "askprice"), ("bid", "ask")):
        if {bid, ask} <= set(theirs):
            ticks = {"bid": theirs[bid], "ask": theirs[ask]}
            return replace(found, title="Dukascopy ticks", content="ticks", columns=ticks)
    columns: dict[str, str] = {name: theirs[name] for name in (*PRICES, "volume") if name in theirs}
    word = _SIDE_WORD.search(head.path.stem)
    side: SideName | None = None if word is None else "bid" if word[1].casefold() == "bid" else "ask"
    return _whole(replace(found, columns=columns, side=side))


def _fxcm(head: Head) -> Style | None:
    theirs = dict(zip(head.folded, head.first, strict=True))
    if "datetime" not in theirs:
        return None
    found = Style("fxcm", "FXCM", "bars", head.first, {}, (theirs["datetime"],), layouts=MONTH_FIRST, zone="UTC")
    wanted = {f"{side}_{price}": f"{side}{price}" for side in ("bid", "ask") for price in PRICES}
    if set(wanted.values()) <= set(theirs):
        columns = {ours: theirs[name] for ours, name in wanted.items()}
        return replace(found, columns=columns | ({"volume": theirs["volume"]} if "volume" in theirs else {}))
    if {"bid", "ask"} <= set(theirs) and head.second and _fits(head.second, r"\d\d/\d\d/\d{4} .+"):
        return replace(found, title="FXCM ticks", content="ticks", columns={one: theirs[one] for one in ("bid", "ask")})
    return None


def _omega(head: Head) -> Style | None:
    names = set(head.first)
    for content, wanted in (("bars", BARS.names[:-1]), ("ticks", TICKS.names)):
        if set(wanted) <= names:
            kept = {name: name for name in (*wanted, "volume", "symbol") if name in names and name != "timestamp"}
            kept = kept if content == "bars" else {name: own for name, own in kept.items() if name != "volume"}
            title = f"{content} in our own columns"
            return Style("omega", title, "bars" if content == "bars" else "ticks", head.first, kept, ("timestamp",))
    return None


def _ohlc(head: Head) -> Style | None:
    theirs = dict(zip(head.folded, head.first, strict=True))
    times = tuple(theirs[name] for name in _TIME_NAMES if name in theirs)[:1]
    if not times or not set(PRICES) <= set(theirs):
        return None
    if {"date", "time"} <= set(theirs):
        times = (theirs["date"], theirs["time"])
    columns: dict[str, str] = {name: theirs[name] for name in (*PRICES, "volume") if name in theirs}
    found = ", ".join((*times, *(theirs[price] for price in PRICES)))
    layouts = YEAR_FIRST + DAY_FIRST
    return Style("ohlc", f"one side of bars, {found}", "side", head.first, columns, times, layouts=layouts)


_PRICE: Final = r"\d+(\.\d*)?"
_FINDERS: Final[tuple[Callable[[Head], Style | None], ...]] = (
    *(_omega, _mt5, _mt4, _histdata, _truefx, _dukascopy, _fxcm, _ohlc),
)


def _fits(cells: tuple[str, ...], *patterns: str) -> bool:
    return len(cells) >= len(patterns) and all(
        re.fullmatch(pattern, cell) is not None for pattern, cell in zip(patterns, cells, strict=False)
    )


def _whole(style: Style) -> Style | None:
    return style if set(PRICES) <= set(style.columns) else None


def _mapped(head: Head, columns: Mapping[str, str]) -> Style:
    for ours in columns:
        if ours not in OURS:
            message = f"{ours!r} is no column of ours; they are {', '.join(OURS)}"
            raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="T-11", column="columns", value=ours)
    theirs = [part for ours, name in columns.items() for part in (name.split("+") if ours == "timestamp" else [name])]
    for name in theirs:
        if name not in head.first:
            there = ", ".join(head.first)
            raise _missing(f"{head.path.name} has no column {name!r}; its columns are {there}", name)
    refuse_repeated([name for name in head.first if name in theirs])
    content = _content(columns)
    rest = {ours: name for ours, name in columns.items() if ours != "timestamp"}
    times = tuple(columns["timestamp"].split("+"))
    return Style("columns", "columns as given", content, head.first, rest, times, layouts=YEAR_FIRST + DAY_FIRST)


def _content(columns: Mapping[str, str]) -> Content:
    kinds: tuple[tuple[Content, str, list[str]], ...] = (
        ("bars", "bid_open", BARS.names[:-1]),
        ("ticks", "bid", TICKS.names),
        ("side", "open", SIDE_BARS.names[:-1]),
    )
    content, _, wanted = next((kind for kind in kinds if kind[1] in columns), kinds[2])
    for name in wanted:
        if name not in columns:
            raise _missing(f"the columns name no {name}; {content} need {', '.join(wanted)}", name)
    return content


def _missing(message: str, name: str) -> OmegaError:
    return omega_error(ErrorCode.MISSING_REQUIRED_FIELD, message, rule="T-11", column=name)
