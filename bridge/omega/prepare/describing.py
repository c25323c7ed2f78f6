"""What a file or a catalogue holds, told without running anything: style, columns, span, and what is still open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from omega.boundary.arguments import path_of
from omega.boundary.guard import guarded
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.types import Timeframe
from omega.data.bars import symbol_of
from omega.data.datasets import is_catalogue
from omega.data.files import column_names, io_errors, is_text_file
from omega.data.styles.form import Said, command_for, form_of, missing_words
from omega.data.styles.head import read_head
from omega.data.styles.kinds import recognise
from omega.data.styles.reading import ROW
from omega.data.times import minute_text
from omega.prepare.catalogue import Catalogue
from omega.prepare.report import DataReport, Reporter
from omega.prepare.streams import Stream, read_own
from omega.prepare.validity import Validity


@guarded("source")
def describe_data(source: str | Path, *, said: Said | None = None) -> dict[str, Any]:
    """Describe a file of bars or ticks, or a catalogue.

    Parameters
    ----------
    source : path
    said : Said, optional
        What is said about a CSV of another program.

    Returns
    -------
    dict
        Of a catalogue its ``series``. Of a CSV its style, columns and decimals, and either what is ``open`` and the
        command that imports it, or rows and span. Of other files columns, rows, span, symbol.

    Raises
    ------
    OmegaError
        3001 … 3004; 1009 and 1008 for columns that nobody knows.
    """
    path = path_of(source, rule="T-12", column="source")
    if is_catalogue(path):
        return {"kind": "catalogue", "path": str(path), "series": Catalogue(path).series()}
    if is_text_file(path):
        return _of_text(path, said or Said())
    table = read_own(path)
    with io_errors(path):
        size = path.stat().st_size
    known = {"kind": "file", "path": str(path), "bytes": size, "columns": column_names(path)}
    return {**known, "symbol": symbol_of(table), **_of_rows(_report([table]))}


def _of_text(path: Path, said: Said) -> dict[str, Any]:
    head = read_head(path)
    style = recognise(head, said.columns)
    known = {
        "kind": "file",
        "path": str(path),
        "style": style.title,
        "content": style.content,
        "columns": list(style.names),
        "decimals": head.decimals,
    }
    open_words = missing_words(head, style, said)
    if open_words:
        return {**known, "open": open_words, "next": command_for(path.name, style)}
    form = form_of(path, said)
    stream = Stream([path], said)
    report = _report(stream.chunks())
    how = {"clock": form.clock, "side": form.side, "spread": form.spread}
    return {**known, **how, "symbol": stream.symbol(None), **_of_rows(report)}


def _of_rows(report: DataReport) -> dict[str, Any]:
    shown = {name: None if time is None else f"{minute_text(time)} UTC" for name, time in _ends(report)}
    name = next((one.name for one in Timeframe if one == report.timeframe), None)
    return {"content": report.content, "rows": report.rows, **shown, "timeframe": name}


def _ends(report: DataReport) -> Iterator[tuple[str, int | None]]:
    yield "first", report.first
    yield "last", report.last


def _report(chunks: Any) -> DataReport:
    reporter = Reporter()
    for chunk in chunks:
        reporter.add(chunk)
    return reporter.report()


def report_of(table: pa.Table, timeframe: int | None = None) -> DataReport:
    """Report on a table of bars or ticks (Q-T12b)."""
    reporter = Reporter(timeframe)
    reporter.add(table)
    return reporter.report()


def holds_ticks(path: Path, said: Said) -> bool:
    """Whether a file holds ticks; False for one that cannot be told."""
    try:
        if path.is_dir():
            return False
        if is_text_file(path):
            return recognise(read_head(path), said.columns).content == "ticks"
        names = set(column_names(path))
    except OmegaError:
        return False
    except pa.ArrowException:
        return False
    return {"timestamp", "bid", "ask"} <= names and "bid_open" not in names


def check_ticks(path: Path, said: Said, symbol: str | None) -> tuple[dict[str, Any], DataReport, OmegaError | None]:
    """Check ticks against T-3, and report on them.

    Returns
    -------
    tuple
        How they were read, the report, and what breaks T-3 first.

    Raises
    ------
    OmegaError
        For a file that cannot be read.
    """
    stream, reporter, validity = Stream([path], said), Reporter(), Validity()
    error: OmegaError | None = None
    for chunk in stream.chunks():
        reporter.add(chunk)
        if error is None:
            try:
                validity.check(chunk, path.name, chunk.column(ROW).to_numpy())
            except OmegaError as found:
                error = found
    form = stream.forms[0] if stream.forms else None
    how = {} if form is None else {"style": form.style.title, "clock": form.clock}
    if not stream.rows:
        error = omega_error(ErrorCode.EMPTY_INPUT, f"{path.name} has no rows", rule="T-3", column="timestamp")
    return {**how, "symbol": stream.symbol(symbol)}, reporter.report(), error
