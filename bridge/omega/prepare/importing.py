"""Files of one symbol become one table of bars or ticks, written whole or not at all (T-12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from omega.boundary.arguments import number, path_of, text_or_none
from omega.boundary.guard import guarded
from omega.contract.errors import ErrorCode, omega_error
from omega.data.source import parse_timeframe
from omega.data.styles.form import ClockChange, Said
from omega.data.styles.kinds import SideName
from omega.prepare.catalogue import Catalogue
from omega.prepare.outputs import write_chunks
from omega.prepare.pipe import Pipe, source_of
from omega.prepare.repair import Repairer, checked_policies
from omega.prepare.report import DataReport, Reporter
from omega.prepare.streams import OnProgress
from omega.reading import digits_of, pip_size_of

_ONE_PLACE: Final = "name one place to write to: out=, a file, or catalogue=, a folder"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import read, changed and wrote.

    Attributes
    ----------
    out : str
        The file or catalogue that was written.
    content : str
        ``bars`` or ``ticks``.
    symbol, timeframe : str or None
    styles, clocks, spreads : tuple of str
        How the files were read: who wrote them, on which clock, how the other side was made; each once.
    side : str or None
        The side that the files hold, where they hold one.
    rows_read, rows : int
        Rows of the files, and those written.
    left_out : mapping of str to int
        Rows that were left out while reading, by reason.
    repaired : mapping of str to int
        Rows that each policy changed or left out.
    found : DataReport
        What was odd before any repair.
    """

    out: str
    content: str
    symbol: str | None
    timeframe: str | None
    styles: tuple[str, ...]
    clocks: tuple[str, ...]
    spreads: tuple[str, ...]
    side: str | None
    rows_read: int
    rows: int
    left_out: Mapping[str, int]
    repaired: Mapping[str, int]
    found: DataReport

    @property
    def facts(self) -> dict[str, Any]:
        """Everything as one mapping, for JSON."""
        return asdict(self)


@guarded("files")
def import_data(
    files: str | Path | Sequence[str | Path] = (),
    out: str | Path | None = None,
    *,
    bid: str | Path | None = None,
    ask: str | Path | None = None,
    catalogue: str | Path | None = None,
    symbol: str | None = None,
    timeframe: str | None = None,
    columns: Mapping[str, str] | None = None,
    zone: str | None = None,
    side: SideName | None = None,
    spread_pips: float | None = None,
    pip_size: float | None = None,
    digits: int | None = None,
    clock_change: ClockChange = "refuse",
    repair: Mapping[str, str] | None = None,
    max_missing_ratio: float = 0.0,
    force: bool = False,
    on_progress: OnProgress | None = None,
) -> Imported:
    """Import bars or ticks of one symbol from files of this or another program.

    Parameters
    ----------
    files : path or sequence of paths
        CSV in a style of Q-T11, or Parquet or Arrow with our columns; read one after the other.
    out : path, optional
        Written as Parquet, Arrow or CSV, by its suffix, with the symbol as a column where it is known.
    bid, ask : path, optional
        Instead of ``files``: a file of each side, joined on equal times (G-1).
    catalogue : path, optional
        Instead of ``out``: a folder to which months are added (T-14); needs a symbol.
    symbol : str, optional
        Checked against the files where these name one.
    timeframe : str, optional
        ``"M1"`` … ``"D1"``, for gaps and the catalogue; otherwise the commonest step.
    columns : mapping of str to str, optional
        Our names to the files', ``{"timestamp": "Date+Time", "open": "O", …}``.
    zone : str, optional
        The clock of the files' times: ``"UTC"``, ``"UTC+2"``, ``"Europe/Athens"``, ``"New York + 7 hours"`` (Q-T11b).
    side : {"bid", "ask"}, optional
        Of files that hold one side and do not say which.
    spread_pips : float, optional
        Makes the other side, in pips of ``pip_size`` or of the symbol's built-in specification.
    digits : int, optional
        Decimals of the prices that are made (Q-T11c).
    clock_change : {"refuse", "first", "last", "drop"}
        What becomes of wall times that the clock showed twice.
    repair : mapping of str to str, optional
        Policies of Q-T12 by name, ``{"flats": "drop", "duplicates": "first"}``; what they did is counted.
    max_missing_ratio : float, default 0
        Share of times that may lack the other side of a pair.
    force : bool
        Replace what is there.
    on_progress : callable, optional
        Called with bytes read and bytes in all.

    Returns
    -------
    Imported

    Raises
    ------
    OmegaError
        For a file: 1008 what its style leaves open, with the choices; 1004, 1006, 1009, 3004 with line and column. For
        a row: as T-2 and T-3, where no policy repairs it. 1007 for an output that is there already; 1001 wrong use.
    """
    symbol = text_or_none("symbol", symbol, rule="X-4")
    said = Said(
        columns=columns,
        zone=text_or_none("zone", zone, rule="T-11"),
        side=side,
        spread_pips=spread_pips,
        digits=digits,
        clock_change=clock_change,
    )
    pipe = pipe_of(files, bid, ask, with_instrument(said, symbol, pip_size), repair, timeframe, max_missing_ratio)
    if (out is None) == (catalogue is None):
        raise omega_error(ErrorCode.INVALID_ARGUMENT, _ONE_PLACE, rule="T-12", column="out")
    if out is not None:
        place = path_of(out, rule="T-12", column="out")
        write_chunks(place, pipe.named_chunks(symbol, on_progress), force=force)
    else:
        place = path_of(str(catalogue), rule="T-12", column="catalogue")
        Catalogue(place).add(pipe.whole(symbol, on_progress), timeframe=pipe.timeframe_name, force=force)
    return _imported(pipe, str(place), symbol)


def pipe_of(
    files: str | Path | Sequence[str | Path],
    bid: object,
    ask: object,
    said: Said,
    repair: Mapping[str, str] | None = None,
    timeframe: str | None = None,
    max_missing_ratio: float = 0.0,
) -> Pipe:
    """Lay the way from files to checked chunks; arguments and errors as :func:`import_data`."""
    policies = checked_policies(repair or {})
    step = None if timeframe is None else parse_timeframe(timeframe)
    listed = [files] if isinstance(files, str | Path) else list(files)
    paths = [path_of(one, rule="T-12", column="files") for one in listed]
    ratio = number("max_missing_ratio", max_missing_ratio, rule="G-1")
    source = source_of(paths, bid, ask, said, ratio)
    return Pipe(source, Repairer(policies), Reporter(step), sorts="order" in policies)


def with_instrument(said: Said, symbol: str | None, pip_size: float | None) -> Said:
    """Add what the symbol's specification knows: the price of a pip and the digits."""
    known = None if symbol is None else digits_of(None)(symbol)
    return replace(said, pip_size=pip_size_of(symbol, pip_size), known_digits=known)


def _imported(pipe: Pipe, out: str, symbol: str | None) -> Imported:
    streams = pipe.source.streams
    forms = [form for stream in streams for form in stream.forms]
    left_out: dict[str, int] = {}
    for stream in streams:
        left_out |= {reason: left_out.get(reason, 0) + count for reason, count in stream.left_out.items()}
    found = pipe.reporter.report()
    return Imported(
        out=out,
        content="ticks" if found.content == "ticks" else "bars",
        symbol=pipe.symbol(symbol),
        timeframe=pipe.timeframe_name,
        styles=tuple(dict.fromkeys(form.style.title for form in forms)) or ("our own columns",),
        clocks=tuple(dict.fromkeys(form.clock for form in forms)) or ("UTC",),
        spreads=tuple(dict.fromkeys(form.spread for form in forms if form.spread is not None)),
        side=next((form.side for form in forms if form.side is not None), None) if len(streams) == 1 else None,
        rows_read=sum(stream.rows for stream in streams),
        rows=pipe.rows,
        left_out=left_out,
        repaired=dict(pipe.repairer.counts),
        found=found,
    )
