"""The comparator against differences made by hand: which side, which row, how many values and how many bits (N-3)."""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from omega.compare.compare import (
    Comparison,
    Difference,
    chain_divergence,
    column_mask,
    compare_failures,
    compare_mappings,
    compare_outcomes,
    compare_outputs,
    compare_tables,
    first_unequal,
    merge,
    table_value,
)
from omega.compare.outcome import ABSENT, Failure
from omega.compare.structures import identical
from omega.compare.values import decimal_text, hex_text, json_value, time_text, ulps_between
from omega.contract.errors import ErrorCode, omega_error
from omega.contract.protocols import RunOutput
from omega.contract.schemas import DECISIONS, EQUITY, EVENTS, POSITIONS, TRADES

UTC_MICROS = pa.timestamp("us", tz="UTC")
CHAIN: Any = pa.binary(16)


def bits(value: float) -> int:
    found: int = struct.unpack("<Q", struct.pack("<d", value))[0]
    return found


def output(**changes: Any) -> RunOutput:
    def row(schema: pa.Schema) -> pa.Table:
        values = {"double": 1.5, "string": "a", "int64": 7, "int32": 7}
        columns = [
            pa.array([values[str(f.type)]] if str(f.type) in values else [None if f.nullable else 3], f.type)
            for f in schema
        ]
        return pa.table(columns, schema=schema)

    whole = RunOutput(
        trades=row(TRADES),
        events=row(EVENTS),
        equity=row(EQUITY),
        positions=row(POSITIONS),
        chain=pa.array([b"a" * 16, b"b" * 16], CHAIN),
        metrics={"trades": 1, "fees": 0.5},
        decisions=row(DECISIONS),
    )
    return replace(whole, **changes)


@pytest.mark.rule("N-3")
@pytest.mark.parametrize(
    ("kind", "left", "right", "row", "count", "width"),
    [
        (pa.float64(), [1.0, 2.0, 3.0], [1.0, -2.0, math.nextafter(3.0, 4.0)], 1, 2, 2),
        (pa.float64(), [0.5, None, 1.0], [0.5, 1.0, None], 1, 2, 128),
        (pa.float64(), [1.0, math.nan], [2.0, math.nan], 0, 1, (bits(1.0) ^ bits(2.0)).bit_count()),
        (pa.float64(), [math.inf], [-math.inf], 0, 1, 1),
        (pa.float32(), [1.0], [-1.0], 0, 1, 1),
        (pa.int64(), [0, 0, 5], [0, 7, 4], 1, 2, 3 + 1),
        (pa.int64(), [0], [-1], 0, 1, 64),
        (pa.int32(), [0], [-1], 0, 1, 32),
        (pa.int8(), [0, 1], [0, 3], 1, 1, 1),
        (pa.bool_(), [True, True], [True, False], 1, 1, 64),
        (pa.string(), ["a", "b", None, "d"], ["a", "x", "c", None], 1, 3, 192),
        (pa.large_string(), ["a"], ["b"], 0, 1, 64),
        (CHAIN, [b"\0" * 16, b"\0" * 16], [b"\0" * 16, b"\0" * 15 + b"\7"], 1, 1, 3),
        (UTC_MICROS, [4, 4], [4, 5], 1, 1, 1),
        (pa.duration("us"), [4, None], [4, 4], 1, 1, 64),
        (pa.list_(pa.string()), [["a"], ["b"]], [["a"], ["c"]], 1, 1, 64),
        (pa.list_(pa.float64()), [[0.0], [1.0]], [[-0.0], [1.0]], 0, 1, 64),
    ],
)
def test_a_column(kind: Any, left: list[Any], right: list[Any], row: int, count: int, width: int) -> None:
    reference, candidate = pa.array(left, kind), pa.array(right, kind)

    def seen(values: Any) -> object:
        is_time = pa.types.is_timestamp(kind) or pa.types.is_duration(kind)
        return (values.cast(pa.int64()) if is_time else values).to_pylist()[row]

    # A slice of a longer column in two chunks is the same column.
    pads = [pa.concat_arrays([side[:1], side, side[-1:]]).slice(1, len(side)) for side in (reference, candidate)]
    chunked = [pa.chunked_array([side[:1], side[1:]]) for side in (reference, candidate)]
    for one, other in ((reference, candidate), (pads[0], pads[1]), (chunked[0], chunked[1]), (reference, chunked[1])):
        tables = pa.table({"same": [1] * len(left), "x": one}), pa.table({"same": [1] * len(left), "x": other})
        comparison = compare_tables("t", *tables)
        assert comparison.comparisons == 2 * len(left)
        assert comparison.differences == (
            Difference(
                table="t",
                field="x",
                row=row,
                reference=seen(reference),  # type: ignore[arg-type]
                candidate=seen(candidate),  # type: ignore[arg-type]
                count=count,
                bits=width,
            ),
        )
        assert (comparison.values_differing, comparison.bits_differing) == (count, width)
        assert not comparison.is_identical
        swapped = compare_tables("t", *tables[::-1]).differences[0]
        assert (swapped.reference, swapped.candidate) == (seen(candidate), seen(reference))
        assert compare_tables("t", tables[0], tables[0]) == Comparison(comparisons=2 * len(left))


@pytest.mark.rule("N-3")
def test_a_mask_marks_the_rows() -> None:
    left = pa.chunked_array([pa.array([1.0, 0.0, None, math.nan, None])])
    right = pa.chunked_array([pa.array([1.0, -0.0, None, math.nan, 2.0])])
    mask = column_mask(left, right)
    assert mask.dtype == np.bool_
    assert mask.tolist() == [False, True, False, False, True]
    assert (first_unequal(mask), first_unequal(np.zeros(3, dtype=np.bool_))) == (1, None)
    empty: Any = pa.chunked_array([], pa.float64())
    assert column_mask(empty, empty).tolist() == []


@pytest.mark.rule("N-3")
@pytest.mark.parametrize(("rows", "others"), [(3, 7), (7, 3), (0, 2), (6, 3), (2, 0)])
def test_tables_of_other_lengths(rows: int, others: int) -> None:
    left, right = pa.table({"x": list(range(rows))}), pa.table({"x": list(range(others))})
    if 0 in (rows, others):
        left, right = (table.cast(pa.schema({"x": pa.int64()})) for table in (left, right))
    comparison = compare_tables("t", left, right)
    gap = abs(rows - others)
    assert comparison == Comparison(
        comparisons=min(rows, others),
        differences=(
            Difference(
                table="t",
                field="(rows)",
                row=min(rows, others),
                reference=rows,
                candidate=others,
                count=gap,
                bits=64 * gap,
            ),
        ),
    )


@pytest.mark.rule("N-3")
def test_schemas() -> None:
    fields: list[Any] = [pa.field("a", pa.int64(), nullable=False), pa.field("b", pa.string())]
    one = pa.schema(fields)
    table = pa.table([[1], ["x"]], schema=one)

    def found(other: pa.Table) -> list[tuple[str, object, object]]:
        comparison = compare_tables("t", table, other)
        assert all(
            (item.table, item.row, item.count, item.bits) == ("t", None, 1, 64) for item in comparison.differences
        )
        return [(item.field, item.reference, item.candidate) for item in comparison.differences]

    assert found(table) == []
    assert found(table.select(["a"])) == [("b (schema)", "string", None)]
    assert found(table.append_column("c", pa.array([1.0]))) == [("c (schema)", None, "double")]
    assert found(table.select(["b", "a"])) == [("(order of columns)", "a, b", "b, a")]
    nullable = table.cast(pa.schema([field.with_nullable(True) for field in fields]))
    assert found(nullable) == [("a (schema)", "int64 not null", "int64")]
    other_type = pa.table({"a": pa.array([2], pa.int32()), "b": ["x"]})
    assert found(other_type) == [("a (schema)", "int64 not null", "int32")]
    assert compare_tables("t", table, other_type).comparisons == 1
    twice = pa.Table.from_arrays([pa.array([1]), pa.array(["x"]), pa.array(["x"])], names=["a", "b", "b"])
    assert ("b (schema)", "string", None) in [(i.field, i.reference, i.candidate) for i in _schema(table, twice)]


def _schema(left: pa.Table, right: pa.Table) -> list[Difference]:
    from omega.compare.compare import _schema_differences

    return list(_schema_differences("t", left.schema, right.schema))


@pytest.mark.rule("N-3")
def test_records() -> None:
    assert compare_mappings("m", {"a": 1.0, "b": None}, {"a": 1.0, "b": None}) == Comparison(comparisons=2)
    found = compare_mappings("m", {"a": 1.0, "b": 2, "c": None}, {"a": -1.0, "c": None, "d": "x"})
    assert found.comparisons == 4
    assert found.differences == (
        Difference(table="m", field="a", row=None, reference=1.0, candidate=-1.0, bits=1),
        Difference(table="m", field="b", row=None, reference=2, candidate=ABSENT, bits=64),
        Difference(table="m", field="d", row=None, reference=ABSENT, candidate="x", bits=64),
    )
    assert [item.count for item in found.differences] == [1, 1, 1]
    assert compare_mappings("m", {"a": None}, {}).differences[0].candidate is ABSENT
    order = compare_mappings("m", {"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert order.differences == (
        Difference(
            table="m",
            field="(order of keys)",
            row=None,
            reference=["a", "b"],
            candidate=["b", "a"],
        ),
    )
    assert (order.comparisons, order.bits_differing) == (2, 64)


@pytest.mark.rule("N-3", "H-2")
@pytest.mark.parametrize("name", ["events", "trades", "equity", "positions", "decisions"])
def test_runs_differ_where_they_do(name: str) -> None:
    reference = output()
    width = 16 * 0 + 2 + 4 + sum(len(schema) for schema in (TRADES, EVENTS, EQUITY, POSITIONS, DECISIONS)) - 2
    same = compare_outcomes(reference, output())
    assert same == Comparison(comparisons=width)
    assert same.is_identical
    table = getattr(reference, name)
    column = next(field.name for field in table.schema if field.type == pa.float64())
    position = table.column_names.index(column)
    other = table.set_column(position, table.schema.field(column), pa.array([2.5]))
    comparison = compare_outputs(reference, output(**{name: other}))
    (difference,) = comparison.differences
    assert (difference.name, difference.reference, difference.candidate) == (f"{name}.{column}", 1.5, 2.5)
    (back,) = compare_outcomes(output(**{name: other}), reference).differences
    assert (back.reference, back.candidate) == (2.5, 1.5)


@pytest.mark.rule("H-2", "N-3")
def test_chains_and_metrics_of_runs() -> None:
    reference = output()
    other = output(chain=pa.array([b"a" * 16, b"c" * 16], CHAIN), metrics={"trades": 2, "fees": 0.5})
    found = compare_outcomes(reference, other).differences
    assert [(item.name, item.row, item.reference, item.candidate) for item in found] == [
        ("chain.digest", 1, b"b" * 16, b"c" * 16),
        ("metrics.trades", None, 1, 2),
    ]
    assert chain_divergence(reference, other) == 1
    assert chain_divergence(reference, output()) is None
    assert chain_divergence(reference, output(chain=pa.array([b"a" * 16], CHAIN))) == 1
    assert chain_divergence(output(chain=pa.array([b"a" * 16], CHAIN)), reference) == 1
    assert chain_divergence(output(chain=pa.array([b"x" * 16], CHAIN)), reference) == 0
    assert chain_divergence(output(chain=pa.array([], CHAIN)), reference) == 0


def failure(**changes: Any) -> Failure:
    error = omega_error(ErrorCode.NOT_FOUND, "words", rule="X-1", column="c", row=3, value=1.5)
    return replace(Failure.of(error), **changes)


@pytest.mark.rule("X-1", "N-3")
def test_failures() -> None:
    whole = failure()
    assert (whole.error, whole.code, whole.message) == ("DataError", 3001, "words")
    assert (whole.rule, whole.column, whole.row, whole.value) == ("X-1", "c", 3, 1.5)
    assert str(whole) == "DataError [3001] words (rule 'X-1', column 'c', row 3, value 1.5)"
    assert str(failure(column=None, value=None)) == "DataError [3001] words (rule 'X-1', row 3)"
    crash = Failure.of(KeyError("k"))
    assert crash == Failure(error="KeyError", code=None, message="'k'")
    assert str(crash) == "KeyError [not an OmegaError] 'k'"
    assert compare_outcomes(whole, failure(message="others")) == Comparison(comparisons=6)
    for field, value in (("error", "X"), ("code", 1), ("rule", "X-2"), ("column", "d"), ("row", 4), ("value", 1.25)):
        (difference,) = compare_failures(whole, failure(**{field: value})).differences
        assert (difference.name, difference.reference) == (f"error.{field}", getattr(whole, field))
        assert difference.candidate == value
    both = compare_outcomes(crash, crash)
    assert both.comparisons == 1
    assert both.differences == (
        Difference(table="outcome", field="crash", row=None, reference=str(crash), candidate=str(crash)),
    )
    for pair in ((whole, crash), (crash, whole)):
        assert compare_outcomes(*pair).differences == (
            Difference(table="outcome", field="crash", row=None, reference=str(pair[0]), candidate=str(pair[1])),
        )


@pytest.mark.rule("N-3")
def test_a_run_against_a_failure() -> None:
    said = "a run with 1 events and 1 trades"
    error = failure()
    for pair, shown in (((output(), error), (said, str(error))), ((error, output()), (str(error), said))):
        comparison = compare_outcomes(*pair)
        assert comparison.comparisons == 1
        assert comparison.differences == (
            Difference(table="outcome", field="error", row=None, reference=shown[0], candidate=shown[1]),
        )
    table = pa.table({"x": [1, 2]})
    assert compare_failures(table, error).differences[0].reference == "a table of 2 rows"


def test_several_comparisons_add_up() -> None:
    one = compare_mappings("a", {"x": 1}, {"x": 2})
    two = compare_tables("b", pa.table({"x": [1, 2]}), pa.table({"x": [1, 3]}))
    both = merge(part for part in (one, two, one))
    assert both.comparisons == 1 + 2 + 1
    assert [item.name for item in both.differences] == ["a.x", "b.x", "a.x"]
    assert both.values_differing == 3
    assert both.bits_differing == 64 + 1 + 64
    assert not merge([]).is_identical
    assert Comparison(comparisons=1).is_identical


def test_a_difference_in_words() -> None:
    one = Difference(table="t", field="f", row=None, reference=1.5, candidate=None)
    assert str(one) == "t.f: 1.5 0x1.8000000000000p+0 against null"
    many = Difference(table="t", field="f", row=7, reference="a", candidate=ABSENT, count=1_234)
    assert str(many) == "t.f, row 7: a against absent (1,234 values differ there)"
    assert "differ there" not in str(replace(many, count=1))
    assert "(2 values differ there)" in str(replace(many, count=2))
    assert (one.count, one.bits) == (1, 64)


def test_single_values_of_a_table() -> None:
    table = pa.table({"t": pa.array([5, None], UTC_MICROS), "d": pa.array([7, 8], pa.duration("us")), "x": [1.5, None]})
    assert [table_value(table, "t", row) for row in (0, 1, 2)] == [5, None, ABSENT]
    assert [table_value(table, "d", row) for row in (0, 1)] == [7, 8]
    assert [table_value(table, "x", row) for row in (0, 1, 2)] == [1.5, None, ABSENT]
    assert table_value(table, "y", 0) is ABSENT


@pytest.mark.rule("N-3")
@pytest.mark.parametrize("value", [0.0, 1.0, -1.0, 1.1, 1e300, 5e-324, -5e-324, 2.0**-1022, -1e-5])
def test_distances_in_doubles_as_numpy_steps(value: float) -> None:
    other = np.float64(value)
    for steps in range(1, 6):
        other = np.nextafter(other, np.inf)
        # numpy steps over −0.0, which here is a double of its own.
        crossed = int(value < 0.0 < other)
        assert ulps_between(value, float(other)) == steps + crossed
        assert ulps_between(float(other), value) == steps + crossed
    assert ulps_between(value, value) == 0
    assert ulps_between(0.0, -0.0) == 1
    assert ulps_between(value, None) is None
    assert ulps_between(1, value) is None
    assert ulps_between(math.nan, value) is None
    assert ulps_between(value, math.nan) is None


def test_values_in_words_and_json() -> None:
    assert [decimal_text(value) for value in (ABSENT, None, b"\x01\xff", 0.1, True, "x", 3)] == [
        *("absent", "null", "01ff", "0.1", "True", "x", "3"),
    ]
    assert [hex_text(value) for value in (1.5, -0.0, 1, None)] == ["0x1.8000000000000p+0", "-0x0.0p+0", "", ""]
    values: list[Any] = [ABSENT, 1.5, b"\x01", None, True, 3, "x", [1]]
    assert [json_value(value) for value in values] == [
        {"absent": True},
        {"decimal": "1.5", "hex": "0x1.8000000000000p+0"},
        {"bytes": "01"},
        *(None, True, 3, "x", "[1]"),
    ]
    assert time_text(None) == ""
    assert time_text(0) == "1970-01-01T00:00:00+00:00"
    assert time_text(1_709_209_815_250_001) == "2024-02-29T12:30:15.250001+00:00"
    assert time_text(-1) == "1969-12-31T23:59:59.999999+00:00"


@pytest.mark.rule("N-3")
def test_python_values() -> None:
    assert identical([1, [2.0]], [1, [2.0]])
    assert not identical([1], [1, 2])
    assert not identical([1, 2], [1])
    assert not identical({"a": 1}, {"a": 2})
    assert not identical(math.nan, 1.0)
    assert not identical(1.0, math.nan)
