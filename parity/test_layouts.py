"""Gate: the same rows give the same bits however Arrow lays them out, and other types are refused alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pyarrow as pa
import pytest

from omega.compare.compare import Comparison, compare_outcomes, merge
from omega.compare.outcome import Failure
from omega.contract.schemas import BARS, SIGNALS
from omega.contract.types import Variant
from omega_parity.drive.components import factories
from omega_parity.drive.observe import capture
from omega_parity.drive.sides import Sides
from omega_parity.gates.ledger import RECORD
from omega_parity.generate.cases import Case, Floors, Market, signals_case
from omega_parity.generate.markets import sample_market

Agree = Callable[..., Comparison]
Layout = Callable[[pa.Table], pa.Table]

BARS_GIVEN = 400
SIGNALS_GIVEN = 300


def _in_pieces(table: pa.Table, rows: int) -> list[pa.Table]:
    return [table.slice(start, rows) for start in range(0, table.num_rows, rows)]


def _anew(table: pa.Table) -> pa.Table:
    """Build the arrays again, so that one without a null has no bitmap."""
    return pa.table([pa.array(column.to_pylist(), column.type) for column in table.columns], schema=table.schema)


LAYOUTS: dict[str, Layout] = {
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

TYPES: dict[str, tuple[str, pa.DataType]] = {
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


@pytest.fixture(scope="module")
def market() -> Market:
    return sample_market(n=BARS_GIVEN)


@pytest.fixture(scope="module")
def case(market: Market) -> Case:
    return signals_case(market, Variant.CANONICAL, seed=9, floors=Floors(), n=SIGNALS_GIVEN)


def _compare(sides: Sides, bars: pa.Table, case: Case, signals: pa.Table) -> Comparison:
    """Run both sides on the tables themselves: a copy would lay them out anew."""
    return compare_outcomes(*(capture(partial(side.engine.run, bars, signals, case.config)) for side in sides))


def _check(comparisons: list[Comparison], request: pytest.FixtureRequest) -> None:
    whole = merge(comparisons)
    request.node.user_properties.append((RECORD, {"comparisons": whole.comparisons}))
    if whole.differences:
        pytest.fail("\n".join(map(str, whole.differences[:3])), pytrace=False)


@pytest.mark.rule("T-6", "T-8a", "T-9", "X-4", "H-2")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_runs_of_every_layout(layout: str, case: Case, sides: Sides, request: pytest.FixtureRequest) -> None:
    assert case.signals is not None
    lay = LAYOUTS[layout]
    plain = sides[0].engine.run(case.bars, case.signals, case.config)
    assert plain.trades.num_rows > 0
    laid = sides[0].engine.run(lay(case.bars), lay(case.signals), case.config)
    _check([compare_outcomes(plain, laid), _compare(sides, lay(case.bars), case, lay(case.signals))], request)


@pytest.mark.rule("G-1", "T-2", "I-2", "I-6", "X-4")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_components_of_every_layout(layout: str, market: Market, agree: Agree) -> None:
    bars = LAYOUTS[layout](market.bars)
    handlers = [make() for make in factories("data_handler")]
    agree(*(partial(handler.check_bars, bars, market.timeframe) for handler in handlers))
    given = [LAYOUTS[layout](_side(market.bars, side).slice(start)) for side, start in (("bid", 0), ("ask", 11))]
    agree(*(partial(handler.join_sides, *given, 0.5) for handler in handlers))
    caches = [make(bars) for make in factories("indicator_cache")]
    for name, parameters in (("ema", {"period": 9}), ("atr", {"period": 14}), ("sma", {"period": 20})):
        agree(*(partial(cache.get, name, "ask", **parameters) for cache in caches))


def _side(bars: pa.Table, side: str) -> pa.Table:
    names = ["open", "high", "low", "close"]
    return bars.select(["timestamp", *(f"{side}_{name}" for name in names), "volume"]).rename_columns(
        ["timestamp", *names, "volume"]
    )


@pytest.mark.rule("T-6", "T-8a", "X-1")
@pytest.mark.parametrize("about", TYPES)
def test_other_types_are_treated_alike(about: str, case: Case, sides: Sides, request: pytest.FixtureRequest) -> None:
    name, kind = TYPES[about]
    assert case.signals is not None
    place = case.signals.schema.get_field_index(name)
    column = pa.nulls(case.signals.num_rows) if pa.types.is_null(kind) else case.signals[name].cast(kind, safe=False)
    signals = case.signals.set_column(place, name, column)
    _check([_compare(sides, case.bars, case, signals)], request)


@pytest.mark.rule("T-2", "T-6", "T-9", "X-1")
@pytest.mark.parametrize("layout", ["one chunk", "chunks with and without bitmaps"])
def test_the_first_null_is_named(layout: str, case: Case, sides: Sides, request: pytest.FixtureRequest) -> None:
    """Of two nulls, in whatever chunk, the error names the first."""
    assert case.signals is not None
    found = []
    tables = ((BARS, case.bars, 0), (SIGNALS, case.signals, 1))
    for schema, table, which in tables:
        for name in ("timestamp", *(("bid_open", "volume") if schema is BARS else ("symbol", "magic_number"))):
            values = [None if row in (8, 200) else value for row, value in enumerate(table.column(name).to_pylist())]
            index = table.schema.get_field_index(name)
            field = pa.field(name, schema.field(name).type)
            holed = LAYOUTS[layout](table.set_column(index, field, pa.array(values, field.type)))
            given = (holed, case.signals) if which == 0 else (case.bars, holed)
            found.append(_compare(sides, given[0], case, given[1]))
            refusal = capture(partial(sides[0].engine.run, *given, case.config))
            assert isinstance(refusal, Failure)
            assert (refusal.column, refusal.row) == (name, 8)
    _check(found, request)
