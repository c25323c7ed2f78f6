"""Facts as a table of two columns, and other tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from omega.data.bars import Bars
    from omega.prepare.report import DataReport


def bar_facts(bars: Bars) -> dict[str, object]:
    """Say what bars are, and count what is odd in them."""
    from dataclasses import asdict

    first, last = bars.span
    return {
        "symbol": bars.symbol,
        "timeframe": bars.timeframe_name,
        "bars": len(bars),
        "first": first,
        "last": last,
        "content_hash": bars.content_hash,
        **asdict(bars.quality),
    }


def clock_facts(bars: Bars) -> dict[str, object]:
    """Name the day clocks that bars of H4 and D1 follow."""
    from omega.data.clocks import day_clocks

    clocks = day_clocks(bars)
    return {} if clocks is None else {"day_clocks": clocks}


_OF_TICKS: Final = ("duplicates", "backward", "gaps", "crossed", "zero_spread", "spikes", "weekend")
_OF_BARS: Final = ("gaps_over_weekend", "flats", "flats_without_volume")


def report_facts(report: DataReport, *, whole: bool = False) -> dict[str, object]:
    """Say what a report adds to the counts that bars have, or all of it: of ticks, or where ``whole`` asks for it."""
    from omega.data.times import minute_text

    facts: dict[str, object] = {}
    is_alone = whole or report.content == "ticks"
    if is_alone:
        ends = (("first", report.first), ("last", report.last))
        facts = {"rows": report.rows, **{name: None if time is None else minute_text(time) for name, time in ends}}
    names = _OF_TICKS if report.content == "ticks" else _OF_BARS if not is_alone else (*_OF_TICKS, *_OF_BARS)
    for name in names:
        odd = getattr(report, name)
        more = ", …" if odd.count > len(odd.rows) else ""
        rows = f" (rows {', '.join(str(row) for row in odd.rows)}{more})" if odd.count else ""
        facts[name] = f"{odd.count:,}{rows}"
    if report.content != "ticks":
        facts["missing_bars"] = report.missing
    facts["longest_gap"] = f"{report.longest_gap / 60_000_000:,.0f} min" if report.longest_gap else None
    return facts


def facts_and(facts: dict[str, object], found: Sequence[str]) -> RenderableType:
    """Lay facts out, and findings below them."""
    from rich.console import Group

    shown = {**facts}
    if facts["off_grid"] is None:
        shown["off_grid"] = "not checked: the digits are not known; give --symbol or --digits"
    if "day_clocks" in facts:
        clocks = cast("tuple[str, ...]", facts["day_clocks"])
        shown["day_clocks"] = ", ".join(clocks) if clocks else "none of those known"
    return Group(fact_table(shown), *found)


def fact_table(facts: dict[str, object]) -> RenderableType:
    """Lay facts out, one a line; those that are None are left out."""
    shown = table()
    for name, fact in facts.items():
        if fact is not None:
            shown.add_row(name.replace("_", " "), f"{fact:,}" if isinstance(fact, int) else str(fact))
    return shown


def table(*headings: str) -> Table:
    """Make an empty table; without headings it has two columns."""
    from rich.table import Table

    shown = Table(box=None, show_header=bool(headings), pad_edge=False, header_style="bold")
    for heading in headings or ("", ""):
        shown.add_column(heading, overflow="fold", no_wrap=heading == "flag")
    return shown
