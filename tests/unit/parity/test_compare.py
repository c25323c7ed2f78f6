"""The comparator sees every bit, and names the field whose bit changed."""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from omega.compare.compare import (
    TABLES,
    Comparison,
    Difference,
    chain_divergence,
    compare_mappings,
    compare_outcomes,
    compare_outputs,
    compare_tables,
    merge,
)
from omega.compare.outcome import ABSENT, Failure
from omega.compare.structures import identical
from omega.contract import schemas
from omega.contract.errors import omega_error
from omega.contract.protocols import RunOutput
from omega_parity.drive.observe import fresh_copy

if TYPE_CHECKING:
    from tests.unit.parity.conftest import Toys

QUIET_NAN = math.nan
OTHER_NAN = struct.unpack("<d", struct.pack("<Q", 0xFFF8_0000_0000_0001))[0]


@pytest.mark.rule("N-3")
@pytest.mark.parametrize(
    ("reference", "candidate", "is_same"),
    [
        (0.0, 0.0, True),
        (0.0, -0.0, False),
        (QUIET_NAN, OTHER_NAN, True),
        (QUIET_NAN, None, False),
        (1.1, math.nextafter(1.1, 2.0), False),
        (1, 1.0, False),
        (True, 1, False),
        (ABSENT, None, False),
        (ABSENT, ABSENT, True),
        (None, None, True),
        (None, 0.0, False),
        (math.inf, math.inf, True),
        (math.inf, -math.inf, False),
        (5e-324, 0.0, False),
        ("a", "a", True),
        ("a", b"a", False),
        ([1.0, -0.0], [1.0, 0.0], False),
        ((1.0,), [1.0], False),
        ({"a": 1, "b": 2}, {"a": 1, "b": 2}, True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, False),
        ({"a": math.nan}, {"a": OTHER_NAN}, True),
    ],
)
def test_identical(reference: object, candidate: object, is_same: bool) -> None:
    assert identical(reference, candidate) is is_same
    assert identical(candidate, reference) is is_same


@pytest.mark.rule("N-3")
@pytest.mark.parametrize(
    ("reference", "candidate", "rows", "bits"),
    [
        ([0.0, 1.0], [0.0, 1.0], 0, 0),
        ([0.0, 1.0], [-0.0, 1.0], 1, 1),
        ([QUIET_NAN], [OTHER_NAN], 0, 0),
        ([QUIET_NAN], [None], 1, 64),
        ([None], [None], 0, 0),
        ([1.5], [math.nextafter(1.5, 2.0)], 1, 1),
        ([1.0, 2.0, 3.0], [1.0, None, -3.0], 2, 65),
    ],
)
def test_float_columns(reference: list[float | None], candidate: list[float | None], rows: int, bits: int) -> None:
    pair = [pa.table({"x": pa.array(values, pa.float64())}) for values in (reference, candidate)]
    comparison = compare_tables("t", *pair)
    assert comparison.comparisons == len(reference)
    assert (comparison.values_differing, comparison.bits_differing) == (rows, bits)


@pytest.mark.rule("N-3")
@pytest.mark.parametrize(
    ("kind", "values", "other"),
    [
        (pa.int64(), [1, None, 3], [1, 2, 3]),
        (pa.int32(), [1, 2, 3], [1, 2, -3]),
        (pa.string(), ["a", "b", None], ["a", "B", None]),
        (pa.bool_(), [True, False, None], [True, True, None]),
        (pa.binary(16), [b"\0" * 16, b"\1" * 16, None], [b"\0" * 16, b"\1" * 15 + b"\0", None]),
        (schemas.TIMESTAMP, [1, 2, None], [1, 3, None]),
        (pa.duration("us"), [1, 2, None], [1, 3, None]),
        (pa.list_(pa.string()), [["a"], ["b", "c"], None], [["a"], ["c", "b"], None]),
        (pa.map_(pa.string(), pa.string()), [[("k", "v")], [], None], [[("k", "w")], [], None]),
        (pa.list_(pa.float64()), [[0.0], [math.nan], None], [[-0.0], [math.nan], None]),
    ],
)
def test_columns_of_every_kind(kind: pa.DataType, values: list[object], other: list[object]) -> None:
    same = compare_tables("t", pa.table({"x": pa.array(values, kind)}), pa.table({"x": pa.array(values, kind)}))
    different = compare_tables("t", pa.table({"x": pa.array(values, kind)}), pa.table({"x": pa.array(other, kind)}))
    assert same.is_identical
    assert [difference.name for difference in different.differences] == ["t.x"]
    assert different.values_differing == 1


def test_slices_and_chunks_do_not_matter() -> None:
    whole = pa.table({"x": [0.5, 1.0, 2.0, None], "s": ["a", "b", None, "d"]})
    part = whole.slice(1)
    chunked = pa.concat_tables([whole.slice(1, 1), whole.slice(2)])
    assert compare_tables("t", part, chunked) == Comparison(comparisons=6)
    assert compare_tables("t", whole.slice(0, 3), chunked).values_differing == 6


@pytest.mark.rule("N-3")
def test_schema_comes_first(toys: Toys) -> None:
    table = toys.run(toys.bars()).equity
    wider = table.append_column("x", pa.array([1] * len(table)))
    nullable = table.cast(pa.schema([field.with_nullable(True) for field in table.schema]))
    retyped = table.set_column(2, pa.field("cash", pa.float32(), nullable=False), table["cash"].cast(pa.float32()))
    reordered = table.select(["timestamp", "known_at", "equity", "cash"])
    assert [d.field for d in compare_tables("t", table, wider).differences] == ["x (schema)"]
    assert [d.field for d in compare_tables("t", wider, table).differences] == ["x (schema)"]
    assert len(compare_tables("t", table, nullable).differences) == 4
    assert compare_tables("t", table, retyped).differences[0].candidate == "float not null"
    assert [d.field for d in compare_tables("t", table, reordered).differences] == ["(order of columns)"]


@pytest.mark.rule("T-8", "N-3")
def test_reordered_events_differ(toys: Toys) -> None:
    output = toys.run(toys.bars())
    swapped = output.events.take([1, 0, 2, 3, 4])
    comparison = compare_outputs(output, toys.in_table(output, "events", swapped))
    assert comparison.differences[0].name == "events.seq"
    assert comparison.differences[0].row == 0


def test_last_event_dropped(toys: Toys) -> None:
    output = toys.run(toys.bars())
    shorter = toys.in_table(output, "events", output.events.slice(0, 4))
    (difference,) = compare_outputs(output, shorter).differences
    assert (difference.name, difference.reference, difference.candidate, difference.row) == ("events.(rows)", 5, 4, 4)


def _disturbed(value: object, kind: pa.DataType) -> object:
    """Change one value as little as its type allows; null where there is one becomes a value."""
    if pa.types.is_floating(kind):
        return 0.0 if value is None else math.nextafter(value, math.inf)  # type: ignore[arg-type]
    if pa.types.is_string(kind):
        return "" if value is None else f"{value} "
    return 0 if value is None else value + 1  # type: ignore[operator]


def _cells() -> list[tuple[str, str]]:
    return [(name, field.name) for name in TABLES for field in getattr(schemas, name.upper())]


@pytest.mark.rule("N-3")
@pytest.mark.parametrize(("table", "column"), _cells())
def test_one_disturbed_field_is_named(toys: Toys, table: str, column: str) -> None:
    output = toys.run(toys.bars())
    original: pa.Table = getattr(output, table)
    kind = original.schema.field(column).type
    plain = original.column(column)
    if pa.types.is_timestamp(kind) or pa.types.is_duration(kind):
        plain = plain.cast(pa.int64())
    row = len(original) - 1
    changed = toys.with_value(original, column, row, _disturbed(plain[row].as_py(), kind))
    for pair in ((output, toys.in_table(output, table, changed)), (toys.in_table(output, table, changed), output)):
        comparison = compare_outputs(*pair)
        assert [(d.name, d.row, d.count) for d in comparison.differences] == [(f"{table}.{column}", row, 1)]


@pytest.mark.parametrize("key", ["trades", "net_profit", "win_rate"])
def test_one_disturbed_metric_is_named(toys: Toys, key: str) -> None:
    output = toys.run(toys.bars())
    changed = replace(output, metrics=output.metrics | {key: math.nextafter(float(output.metrics[key] or 0.0), 9e9)})
    assert [d.name for d in compare_outputs(output, changed).differences] == [f"metrics.{key}"]
    without = replace(output, metrics={name: value for name, value in output.metrics.items() if name != key})
    (difference,) = compare_outputs(output, without).differences
    assert difference.candidate is ABSENT


def test_order_of_metrics_counts() -> None:
    (difference,) = compare_mappings("metrics", {"a": 1, "b": 2}, {"b": 2, "a": 1}).differences
    assert difference.field == "(order of keys)"


@pytest.mark.rule("H-2")
def test_chain_divergence_is_the_first_unequal_digest(toys: Toys) -> None:
    output = toys.run(toys.bars())
    later = toys.run(toys.bars(), exit_price=1.1051)
    assert chain_divergence(output, output) is None
    assert chain_divergence(output, later) == 20
    assert chain_divergence(output, toys.run(toys.bars(50))) == 50


def test_first_divergence_in_a_million_bars_is_found() -> None:
    digests = np.zeros((1_000_000, 16), dtype=np.uint8)
    reference = _with_chain(digests)
    digests[734_512:, 3] = 1
    assert chain_divergence(reference, _with_chain(digests)) == 734_512


def _with_chain(digests: np.ndarray) -> RunOutput:
    chain = pa.FixedSizeBinaryArray.from_buffers(schemas.CHAIN, len(digests), [None, pa.py_buffer(digests.tobytes())])
    empty = {
        "trades": schemas.TRADES.empty_table(),
        "events": schemas.EVENTS.empty_table(),
        "equity": schemas.EQUITY.empty_table(),
        "positions": schemas.POSITIONS.empty_table(),
        "decisions": schemas.DECISIONS.empty_table(),
    }
    return RunOutput(**empty, chain=chain, metrics={})  # type: ignore[arg-type]


@pytest.mark.rule("X-1", "X-2")
@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, []),
        ({"message": "other words"}, []),
        ({"code": 1007}, ["code"]),
        ({"code": 2004}, ["error", "code"]),
        ({"rule": "T-3"}, ["rule"]),
        ({"column": None}, ["column"]),
        ({"row": 4}, ["row"]),
        ({"value": -0.0}, ["value"]),
        ({"value": 0}, ["value"]),
    ],
)
def test_errors_are_outcomes(change: dict[str, object], fields: list[str]) -> None:
    base = {"code": 1006, "message": "words", "rule": "T-2", "column": "bid_open", "row": 3, "value": 0.0}
    failures = [Failure.of(omega_error(**given)) for given in (base, base | change)]  # type: ignore[arg-type]
    assert [difference.field for difference in compare_outcomes(*failures).differences] == fields


def test_an_error_against_a_run_differs(toys: Toys) -> None:
    failure = Failure.of(omega_error(1006, "no"))
    (difference,) = compare_outcomes(failure, toys.run(toys.bars())).differences
    assert difference.field == "error"
    assert "[1006] no" in str(difference.reference)
    assert difference.candidate == "a run with 5 events and 1 trades"


def test_a_crash_on_both_sides_is_a_difference() -> None:
    crash = Failure.of(RuntimeError("index out of range"))
    assert crash.code is None
    assert compare_outcomes(crash, crash).differences[0].field == "crash"


def test_nothing_compared_is_not_identical() -> None:
    assert not merge(()).is_identical


def test_fresh_copies_share_no_memory(toys: Toys) -> None:
    bars = toys.bars()
    copy = fresh_copy(bars)
    assert compare_tables("bars", bars, copy).is_identical
    addresses = [{b.address for c in t.columns for k in c.chunks for b in k.buffers() if b} for t in (bars, copy)]
    assert not addresses[0] & addresses[1]


def test_a_difference_is_one_line() -> None:
    many = Difference(table="events", field="price", row=3, reference=1.5, candidate=None, count=2)
    assert str(many) == "events.price, row 3: 1.5 0x1.8000000000000p+0 against null (2 values differ there)"
    assert str(Difference(table="metrics", field="wins", row=None, reference=1, candidate=2)) == (
        "metrics.wins: 1 against 2"
    )


class _Wrapped(pa.ExtensionType):
    """A type of somebody's own over another one."""

    def __init__(self, storage: pa.DataType) -> None:
        super().__init__(storage, "tests.wrapped")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage_type: pa.DataType, serialized: bytes) -> _Wrapped:
        return cls(storage_type)


@pytest.mark.rule("N-3")
@pytest.mark.parametrize("is_wrapped", [False, True])
def test_dictionaries_are_compared_by_value_and_not_by_index(*, is_wrapped: bool) -> None:
    def table(indices: list[int], values: list[str]) -> pa.Table:
        array: pa.Array[Any] = pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), values)
        return pa.table({"x": pa.ExtensionArray.from_storage(_Wrapped(array.type), array) if is_wrapped else array})

    one = table([0, 1], ["a", "b"])
    assert compare_tables("t", one, table([1, 0], ["b", "a"])).is_identical
    (difference,) = compare_tables("t", one, table([0, 1], ["b", "a"])).differences
    assert (difference.name, difference.row, difference.count) == ("t.x", 0, 2)
