"""The same rows give the same bits however Arrow lays them out, and other types are treated alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Final

import pyarrow as pa

from omega.compare.compare import Comparison, compare_outcomes
from omega.compare.outcome import Failure
from omega.contract.schemas import BARS, SIGNALS
from omega.contract.types import Variant
from omega_parity.drive.components import factories
from omega_parity.drive.observe import capture
from omega_parity.drive.sides import Sides
from omega_parity.gates.checks.bench import Bench, check
from omega_parity.generate.calls import one_side
from omega_parity.generate.cases import Case, Floors, Market, signals_case
from omega_parity.generate.markets import sample_market

_BARS: Final = 400
_SIGNALS: Final = 300

_Layout = Callable[[pa.Table], pa.Table]


def _in_pieces(table: pa.Table, rows: int) -> list[pa.Table]:
    return [table.slice(start, rows) for start in range(0, table.num_rows, rows)]


def _anew(table: pa.Table) -> pa.Table:
    """Build the arrays again, so that one without a null has no bitmap."""
    return pa.table([pa.array(column.to_pylist(), column.type) for column in table.columns], schema=table.schema)


LAYOUTS: Final[dict[str, _Layout]] = {
    "one chunk": lambda table: table.combine_chunks(),
    "a slice of a longer table": lambda table: pa.concat_tables([table.slice(0, 13), table]).combine_chunks().slice(13),
    "many chunks of one buffer": lambda table: pa.concat_tables(_in_pieces(table.combine_chunks(), 7)),
    "chunks with and without bitmaps": lambda table: pa.concat_tables([_anew(part) for part in _in_pieces(table, 3)]),
    "empty chunks": lambda table: pa.concat_tables(
        [table.slice(0, 0), table.slice(0, 5), _anew(table.slice(5, 0)), table.slice(5), table.slice(0, 0)]
    ),
    "columns the other way round": lambda table: table.select(table.column_names[::-1]),
    "metadata": lambda table: table.replace_schema_metadata({"origin": "elsewhere"}),
    "a column too many": lambda table: table.append_column("note", pa.array([{"x": 1}] * table.num_rows)),
}

TYPES: Final[dict[str, tuple[str, pa.DataType]]] = {
    "dictionary": ("symbol", pa.dictionary(pa.int32(), pa.string())),
    "large text": ("symbol", pa.large_string()),
    "dictionary of a closed set": ("direction", pa.dictionary(pa.int8(), pa.string())),
    "large text of a closed set": ("order_type", pa.large_string()),
    "large text that passes through": ("reason", pa.large_string()),
    "text of nothing": ("scenario", pa.null()),
    "number of nothing": ("trailing_distance", pa.null()),
    "float32": ("price", pa.float32()),
    "milliseconds": ("timestamp", pa.timestamp("ms", "UTC")),
    "nanoseconds": ("expires_at", pa.timestamp("ns", "UTC")),
    "another zone": ("timestamp", pa.timestamp("us", "Europe/Berlin")),
    "an offset for a zone": ("timestamp", pa.timestamp("us", "+00:00")),
    "a duration in milliseconds": ("max_holding", pa.duration("ms")),
    "int32": ("magic_number", pa.int32()),
    "a list of large text": ("tags", pa.list_(pa.large_string())),
    "a large list": ("tags", pa.large_list(pa.string())),
    "a list as Parquet names it": ("tags", pa.list_(pa.field("element", pa.string()))),
}

WITH_NULLS: Final = ("one chunk", "chunks with and without bitmaps")


@cache
def _given() -> tuple[Market, Case, pa.Table]:
    market = sample_market(n=_BARS)
    case = signals_case(market, Variant.CANONICAL, seed=9, floors=Floors(), n=_SIGNALS)
    assert case.signals is not None
    return market, case, case.signals


def _compared(sides: Sides, bars: pa.Table, case: Case, signals: pa.Table) -> Comparison:
    """Run both sides on the tables themselves: a copy would lay them out anew."""
    return compare_outcomes(*(capture(partial(side.engine.run, bars, signals, case.config)) for side in sides))


@check("layouts of tables", "event_engine", tuple(LAYOUTS))
def runs(bench: Bench, layout: str) -> None:
    """A run of every layout is the plain one, on both sides."""
    _, case, signals = _given()
    lay = LAYOUTS[layout]
    plain, laid = (
        bench.sides[0].engine.run(*tables, case.config)
        for tables in ((case.bars, signals), (lay(case.bars), lay(signals)))
    )
    bench.require(plain.trades.num_rows > 0, "no trade")
    bench.settle(compare_outcomes(plain, laid), layout)
    bench.settle(_compared(bench.sides, lay(case.bars), case, lay(signals)), layout)


@check("layouts of tables", "data_handler", tuple(LAYOUTS))
def components(bench: Bench, layout: str) -> None:
    """Checks, joins and indicators of every layout."""
    market, _, _ = _given()
    lay = LAYOUTS[layout]
    bars = lay(market.bars)
    handlers = [make() for make in factories("data_handler")]
    bench.agree(*(partial(handler.check_bars, bars, market.timeframe) for handler in handlers), about=layout)
    given = [lay(one_side(market.bars, side).slice(start)) for side, start in (("bid", 0), ("ask", 11))]
    bench.agree(*(partial(handler.join_sides, *given, 0.5) for handler in handlers), about=layout)
    caches = [make(bars) for make in factories("indicator_cache")]
    for name, parameters in (("ema", {"period": 9}), ("atr", {"period": 14}), ("sma", {"period": 20})):
        bench.agree(*(partial(cache.get, name, "ask", **parameters) for cache in caches), about=f"{layout} {name}")


@check("layouts of tables", "event_engine", tuple(TYPES))
def other_types(bench: Bench, about: str) -> None:
    """Columns of another type are taken alike or refused alike."""
    _, case, given = _given()
    name, kind = TYPES[about]
    place = given.schema.get_field_index(name)
    column = pa.nulls(given.num_rows) if pa.types.is_null(kind) else given[name].cast(kind, safe=False)
    bench.settle(_compared(bench.sides, case.bars, case, given.set_column(place, name, column)), about)


@check("layouts of tables", "event_engine", WITH_NULLS)
def the_first_null_is_named(bench: Bench, layout: str) -> None:
    """Of two nulls, in whatever chunk, the error names the first."""
    _, case, signals = _given()
    tables = ((BARS, case.bars, ("bid_open", "volume")), (SIGNALS, signals, ("symbol", "magic_number")))
    for schema, table, names in tables:
        for name in ("timestamp", *names):
            values = [None if row in (8, 200) else value for row, value in enumerate(table.column(name).to_pylist())]
            field = pa.field(name, schema.field(name).type)
            holed = table.set_column(table.schema.get_field_index(name), field, pa.array(values, field.type))
            laid = LAYOUTS[layout](holed)
            given = (laid, signals) if schema is BARS else (case.bars, laid)
            bench.settle(_compared(bench.sides, given[0], case, given[1]), f"{layout}, null {name}")
            refusal = capture(partial(bench.sides[0].engine.run, *given, case.config))
            is_named = isinstance(refusal, Failure) and (refusal.column, refusal.row) == (name, 8)
            bench.require(is_named, f"{layout}: the first null of {name} is not named: {refusal}")
