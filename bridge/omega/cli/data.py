"""``omega data``: check, import, describe and resample."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from omega.cli.findings import finding_lines
from omega.cli.output import ANSWER_IS_NO, BackendOption, JsonOption, Output, QuietOption, report_error
from omega.cli.tables import bar_facts, clock_facts, fact_table, facts_and, report_facts, table
from omega.contract.errors import ErrorCode, omega_error

if TYPE_CHECKING:
    from rich.console import RenderableType

    from omega.data.styles.form import Said
    from omega.prepare.importing import Imported
    from omega.reading import Checked

data_app = typer.Typer(help="Look at data.", no_args_is_help=True, rich_markup_mode=None)

ColumnsOption = Annotated[
    str | None, typer.Option(help="Columns of a CSV, ours=theirs: timestamp=Date+Time,open=O,high=H,low=L,close=C.")
]
ZoneOption = Annotated[
    str | None, typer.Option(help="Clock of a CSV's times: UTC, UTC+2, EST, Europe/Athens, 'New York + 7 hours'.")
]
SideOption = Annotated[str | None, typer.Option(help="bid or ask: the side of a CSV that does not say it.")]
SymbolOption = Annotated[str | None, typer.Option(help="Symbol the data must be of.")]
SpreadOption = Annotated[float | None, typer.Option(help="Makes the missing side.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace what is there.")]


@data_app.command(epilog="Example: omega data check eurusd_m5.parquet --quality refuse")
def check(
    file: Annotated[Path | None, typer.Argument(help="Bars: Parquet, CSV or Arrow IPC.")] = None,
    bid: Annotated[Path | None, typer.Option(help="Bid side, with --ask or --spread-pips.")] = None,
    ask: Annotated[Path | None, typer.Option(help="Ask side.")] = None,
    symbol: SymbolOption = None,
    timeframe: Annotated[str | None, typer.Option(help="M1 … D1; otherwise the commonest step.")] = None,
    spread_pips: SpreadOption = None,
    digits: Annotated[int | None, typer.Option(help="Decimals of the prices; otherwise the symbol's.")] = None,
    max_missing_ratio: Annotated[float, typer.Option(help="Share of times that may lack a side of two.")] = 0.0,
    quality: Annotated[str, typer.Option(help="report or refuse quality findings.")] = "report",
    columns: ColumnsOption = None,
    zone: ZoneOption = None,
    backend: BackendOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Check bars against the contract (T-2), and list every breach: exit 0 when they can be run, 1 when they cannot."""
    from omega.data.source import BarSource
    from omega.data.styles.form import Said
    from omega.prepare.describing import holds_ticks
    from omega.reading import check_bars, digits_of, pip_size_of

    said = Said(columns=parse_columns(columns), zone=zone)
    if file is not None and holds_ticks(file, said):
        _check_ticks(Output(as_json, quiet), file, said, symbol)
        return
    source = BarSource(
        source=file,
        bid=bid,
        ask=ask,
        symbol=symbol,
        timeframe=timeframe,
        spread_pips=spread_pips,
        pip_size=pip_size_of(symbol, None),
        digits_of=digits_of(digits),
        max_missing_ratio=max_missing_ratio,
        quality=quality,  # type: ignore[arg-type]  # the source names the choices
        columns=said.columns,
        zone=said.zone,
    )
    _answer(Output(as_json, quiet), check_bars(source, backend=backend))


def _answer(output: Output, checked: Checked) -> None:
    from omega.prepare.describing import report_of

    if checked.bars is None or checked.error is not None:
        assert checked.error is not None, "bars that are not there were refused"
        if not output.is_quiet or output.as_json:
            more = {"findings": checked.findings}
            lines = finding_lines(checked.findings)
            report_error(checked.error, as_json=output.as_json, more=more, lines=lines)
        raise typer.Exit(ANSWER_IS_NO)
    report = report_of(checked.bars.table, checked.bars.timeframe)
    facts = {**bar_facts(checked.bars), **clock_facts(checked.bars)}
    found = finding_lines(checked.findings)
    shown = {**facts, **report_facts(report)}
    output.answer({**facts, "report": report, "findings": checked.findings}, lambda: facts_and(shown, found))


def _check_ticks(output: Output, file: Path, said: Said, symbol: str | None) -> None:
    from omega.prepare.describing import check_ticks

    how, report, error = check_ticks(file, said, symbol)
    if error is not None:
        if not output.is_quiet or output.as_json:
            report_error(error, as_json=output.as_json, more={"report": report})
        raise typer.Exit(ANSWER_IS_NO)
    facts = {"content": "ticks", **how}
    output.answer({**facts, "report": report}, lambda: fact_table({**facts, **report_facts(report)}))


@data_app.command(
    "import", epilog="Example: omega data import EURUSD_M1.csv --zone 'New York + 7 hours' --out eurusd_m1.parquet"
)
def import_command(
    files: Annotated[list[Path] | None, typer.Argument(help="CSV, Parquet or Arrow, read one after the other.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write here: .parquet, .arrow or .csv.")] = None,
    catalogue: Annotated[Path | None, typer.Option(help="Add to this folder instead; needs --symbol.")] = None,
    bid: Annotated[Path | None, typer.Option(help="A file of the bid side, with --ask.")] = None,
    ask: Annotated[Path | None, typer.Option(help="A file of the ask side.")] = None,
    symbol: SymbolOption = None,
    timeframe: Annotated[str | None, typer.Option(help="M1 … D1; otherwise the commonest step.")] = None,
    columns: ColumnsOption = None,
    zone: ZoneOption = None,
    side: SideOption = None,
    spread_pips: SpreadOption = None,
    pip_size: Annotated[float | None, typer.Option(help="Price of a pip; otherwise the symbol's.")] = None,
    digits: Annotated[int | None, typer.Option(help="Decimals of prices that are made.")] = None,
    clock_change: Annotated[
        str, typer.Option(help="Times that the clock shows twice: refuse, first, last or drop.")
    ] = "refuse",
    repair: Annotated[
        list[str] | None, typer.Option(help="invalid=drop, order=sort, duplicates=first, flats=drop, …; repeatable.")
    ] = None,
    max_missing_ratio: Annotated[float, typer.Option(help="Share of times that may lack a side of two.")] = 0.0,
    force: ForceOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Import bars or ticks of one symbol from this or another program: MT4, MT5, HistData, Dukascopy, FXCM, TrueFX."""
    from omega.prepare.importing import import_data

    output = Output(as_json, quiet)
    with output.progress("bytes") as on_progress:
        imported = import_data(
            files or [],
            out,
            bid=bid,
            ask=ask,
            catalogue=catalogue,
            symbol=symbol,
            timeframe=timeframe,
            columns=parse_columns(columns),
            zone=zone,
            side=side,  # type: ignore[arg-type]  # the import names the choices
            spread_pips=spread_pips,
            pip_size=pip_size,
            digits=digits,
            clock_change=clock_change,  # type: ignore[arg-type]  # the import names the choices
            repair=parse_pairs("repair", repair or []),
            max_missing_ratio=max_missing_ratio,
            force=force,
            on_progress=on_progress,
        )
    output.answer(imported, lambda: fact_table(_import_facts(imported)))


def _import_facts(imported: Imported) -> dict[str, object]:
    facts = {
        "content": imported.content,
        "symbol": imported.symbol,
        "timeframe": imported.timeframe,
        "style": ", ".join(imported.styles),
        "clock": ", ".join(imported.clocks),
        "side": imported.side,
        "spread": ", ".join(imported.spreads) or None,
        **report_facts(imported.found, whole=True),
    }
    left = {f"left out, {reason.replace('_', ' ')}": count for reason, count in imported.left_out.items()}
    done = {f"repaired, {name}": count for name, count in imported.repaired.items()}
    return {**facts, **left, **done, "rows_written": imported.rows, "written": imported.out}


@data_app.command(epilog="Example: omega data describe EURUSD_M1.csv")
def describe(
    source: Annotated[Path, typer.Argument(help="A file of bars or ticks, or the folder of a catalogue.")],
    columns: ColumnsOption = None,
    zone: ZoneOption = None,
    side: SideOption = None,
    spread_pips: SpreadOption = None,
    pip_size: Annotated[float | None, typer.Option(help="Price of a pip, with --spread-pips.")] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Tell what data hold: who wrote them, columns, span, and what has to be said before they can be imported."""
    from omega.data.styles.form import Said
    from omega.prepare.describing import describe_data

    said = Said(
        columns=parse_columns(columns),
        zone=zone,
        side=side,  # type: ignore[arg-type]  # the form names the choices
        spread_pips=spread_pips,
        pip_size=pip_size,
    )
    facts = describe_data(source, said=said)
    Output(as_json, quiet).answer(facts, lambda: _description(facts))


def _description(facts: dict[str, Any]) -> RenderableType:
    from omega.data.times import minute_text

    if "series" in facts:
        shown = table("symbol", "timeframe", "months", "rows", "first", "last")
        for one in facts["series"]:
            counts = (f"{one['months']:,}", f"{one['rows']:,}")
            shown.add_row(one["symbol"], one["timeframe"], *counts, minute_text(one["first"]), minute_text(one["last"]))
        return shown
    return fact_table({name: ", ".join(fact) if isinstance(fact, list) else fact for name, fact in facts.items()})


@data_app.command(
    epilog="Example: omega data resample m1.parquet --to H4 --day-start '17:00 America/New_York' --out h4.parquet"
)
def resample(
    file: Annotated[Path, typer.Argument(help="Bars or ticks: Parquet, CSV or Arrow IPC.")],
    to: Annotated[str, typer.Option(help="M1 … D1, longer than the bars' timeframe.")],
    out: Annotated[Path, typer.Option(help="Write here: .parquet, .arrow or .csv.")],
    day_start: Annotated[str, typer.Option(help="Where days begin: a time and a clock.")] = "00:00 UTC",
    symbol: SymbolOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make longer bars from bars, or bars from ticks, on a day that begins where you want it to."""
    from omega.prepare.outputs import with_symbol, write_chunks
    from omega.prepare.resample import resample as longer

    bars = longer(file, to, day_start=day_start, symbol=symbol)
    write_chunks(out, iter([with_symbol(bars.table, bars.symbol)]), force=force)
    facts = {**bar_facts(bars), **clock_facts(bars), "written": str(out)}
    Output(as_json, quiet).answer(facts, lambda: facts_and(facts, ()))


def parse_columns(text: str | None) -> dict[str, str] | None:
    """Read ``ours=theirs,ours=theirs``."""
    return None if text is None else parse_pairs("columns", text.split(","))


def parse_pairs(name: str, words: list[str]) -> dict[str, str]:
    """Read ``name=value`` words.

    Raises
    ------
    OmegaError
        1001 for a word that is none, or one that is there twice.
    """
    pairs: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        key, value = key.strip(), value.strip()
        if not (key and equals and value) or key in pairs:
            message = f"--{name}: {word!r} must be name=value, each name once"
            raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="T-12", column=name, value=word)
        pairs[key] = value
    return pairs
