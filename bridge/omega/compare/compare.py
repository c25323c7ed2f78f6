"""Compare by type and 64-bit pattern, field by field, without tolerance (N-3).

It belongs to neither side. Floats are compared by their bits, except that every NaN equals every NaN; ``0.0`` and
``-0.0``, ``1`` and ``1.0``, null and absent all differ; the order of rows, columns and keys counts.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from omega.compare.outcome import ABSENT, Failure, Outcome, Value
from omega.compare.structures import ORDER, identical, members, parting, path_text
from omega.compare.values import decimal_text, hex_text
from omega.contract.protocols import RunOutput

TABLES: Final = ("events", "trades", "equity", "positions", "decisions")
"""Tables of a run in the order in which they are compared: the log explains all the others."""

WORD_BITS: Final = 64
"""Width that a difference without two comparable bit patterns counts for: null, text, absence, type."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What differs in one field: the first place, and how often.

    Attributes
    ----------
    row : int or None
        First differing row; None where the field has no rows (metrics, schema, errors).
    count : int
        Values that differ.
    bits : int
        Bits that differ over all of them.
    """

    table: str
    field: str
    row: int | None
    reference: Value
    candidate: Value
    count: int = 1
    bits: int = WORD_BITS

    @property
    def name(self) -> str:
        """Table and field, as in ``events.price``."""
        return f"{self.table}.{self.field}"

    def __str__(self) -> str:
        """One line: where, both values, and how many more differ there."""
        row = "" if self.row is None else f", row {self.row}"
        values = (self.reference, self.candidate)
        sides = [f"{decimal_text(value)} {hex_text(value)}".strip() for value in values]
        if sides[0] == sides[1]:  # the types are what differs
            sides = [f"{text} ({type(value).__name__})" for text, value in zip(sides, values, strict=True)]
        more = f" ({self.count:,} values differ there)" if self.count > 1 else ""
        return f"{self.name}{row}: {sides[0]} against {sides[1]}{more}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The result of comparing two outcomes: how many values were compared, and each field that differs."""

    comparisons: int
    differences: tuple[Difference, ...] = ()

    @property
    def is_identical(self) -> bool:
        """Whether something was compared and nothing differed."""
        return self.comparisons > 0 and not self.differences

    @property
    def values_differing(self) -> int:
        """Number of values that differ."""
        return sum(difference.count for difference in self.differences)

    @property
    def bits_differing(self) -> int:
        """Number of bits that differ."""
        return sum(difference.bits for difference in self.differences)


def merge(parts: Iterable[Comparison]) -> Comparison:
    """Add several comparisons up, their differences in the order given."""
    parts = tuple(parts)
    return Comparison(
        comparisons=sum(part.comparisons for part in parts),
        differences=tuple(difference for part in parts for difference in part.differences),
    )


def compare_outcomes(reference: Outcome, candidate: Outcome) -> Comparison:
    """Compare what two sides did, be it an output or an error."""
    if isinstance(reference, Failure) or isinstance(candidate, Failure):
        return compare_failures(reference, candidate)
    return compare_outputs(reference, candidate)


def compare_outputs(reference: RunOutput, candidate: RunOutput) -> Comparison:
    """Compare two runs: state chain, the five tables, metrics."""
    chains = (pa.table({"digest": reference.chain}), pa.table({"digest": candidate.chain}))
    return merge(
        (
            compare_tables("chain", *chains),
            *(compare_tables(name, getattr(reference, name), getattr(candidate, name)) for name in TABLES),
            compare_mappings("metrics", reference.metrics, candidate.metrics),
        )
    )


def compare_failures(reference: object, candidate: object) -> Comparison:
    """Compare outcomes of which at least one is an error; the message does not count.

    An exception that is not an ``OmegaError`` (a crash, an escaped panic) is a difference even if both sides have it.
    """
    if not (isinstance(reference, Failure) and isinstance(candidate, Failure)):
        return _one(
            Difference(
                table="outcome", field="error", row=None, reference=_short(reference), candidate=_short(candidate)
            )
        )
    if reference.code is None or candidate.code is None:
        return _one(
            Difference(table="outcome", field="crash", row=None, reference=str(reference), candidate=str(candidate))
        )
    fields = ("error", "code", "rule", "column", "row", "value")
    return compare_mappings(
        "error",
        {field: getattr(reference, field) for field in fields},
        {field: getattr(candidate, field) for field in fields},
    )


def compare_mappings(table: str, reference: Mapping[str, Value], candidate: Mapping[str, Value]) -> Comparison:
    """Compare two records key by key; an absent key differs from a null one, and the order of keys counts.

    A field whose values are structures is told by the places in it that differ, as ``config.costs.seed``.
    """
    keys = list(dict.fromkeys([*reference, *candidate]))
    pairs = {key: (reference.get(key, ABSENT), candidate.get(key, ABSENT)) for key in keys}
    differences = [
        difference
        for key, pair in pairs.items()
        if not identical(*pair)
        for difference in _value_differences(table, key, *pair)
    ]
    if not differences and list(reference) != list(candidate):
        orders: tuple[list[object], list[object]] = (list(reference), list(candidate))
        differences.append(
            Difference(table=table, field="(order of keys)", row=None, reference=orders[0], candidate=orders[1])
        )
    return Comparison(comparisons=len(keys), differences=tuple(differences))


def compare_tables(name: str, reference: pa.Table, candidate: pa.Table) -> Comparison:
    """Compare two tables: schema, number of rows, then each column over the rows that both have."""
    rows = min(reference.num_rows, candidate.num_rows)
    is_same_schema = reference.schema.equals(candidate.schema)
    differences = [] if is_same_schema else list(_schema_differences(name, reference.schema, candidate.schema))
    if reference.num_rows != candidate.num_rows:
        differences.append(
            Difference(
                table=name,
                field="(rows)",
                row=rows,
                reference=reference.num_rows,
                candidate=candidate.num_rows,
                count=abs(reference.num_rows - candidate.num_rows),
                bits=abs(reference.num_rows - candidate.num_rows) * WORD_BITS,
            )
        )
    comparisons = 0
    left, right = reference.slice(0, rows), candidate.slice(0, rows)
    for field in reference.schema if rows else ():
        if is_same_schema or _is_comparable(field, candidate.schema):
            pair = (left.column(field.name), right.column(field.name))
            difference = _column_difference(name, field.name, *pair)
            comparisons += rows
            if difference is not None:
                differences.append(difference)
    return Comparison(comparisons=comparisons, differences=tuple(differences))


def column_mask(reference: pa.ChunkedArray[Any], candidate: pa.ChunkedArray[Any]) -> Mask:
    """Mark the rows in which two columns of one type and length differ."""
    left, right = _array(reference), _array(candidate)
    left_null, right_null = _nulls(left), _nulls(right)
    return np.asarray((left_null != right_null) | (~left_null & ~right_null & _unequal(left, right)), dtype=np.bool_)


def first_unequal(mask: Mask) -> int | None:
    """Return the first marked row."""
    return int(mask.argmax()) if mask.any() else None


def chain_divergence(reference: RunOutput, candidate: RunOutput) -> int | None:
    """Return the index of the first bar whose digests differ (H-2), or None for equal chains."""
    common = min(len(reference.chain), len(candidate.chain))
    pair = (pa.chunked_array([reference.chain.slice(0, common)]), pa.chunked_array([candidate.chain.slice(0, common)]))
    index = first_unequal(column_mask(*pair))
    if index is None and len(reference.chain) != len(candidate.chain):
        return common
    return index


def table_value(table: pa.Table, field: str, row: int) -> Value:
    """Read one value as the comparator sees it: times as µs, absent fields and rows as ABSENT."""
    if field not in table.column_names or row >= table.num_rows:
        return ABSENT
    return _value(table.column(field), row)


def _one(difference: Difference) -> Comparison:
    return Comparison(comparisons=1, differences=(difference,))


def _short(outcome: object) -> str:
    if isinstance(outcome, pa.Table):
        return f"a table of {outcome.num_rows} rows"
    if not isinstance(outcome, RunOutput):
        return str(outcome)
    return f"a run with {outcome.events.num_rows} events and {outcome.trades.num_rows} trades"


def _value_differences(table: str, field: str, reference: Value, candidate: Value) -> Iterable[Difference]:
    """Tell where two values part that are not identical; as a whole unless both have parts."""
    if not (_has_parts(reference) and _has_parts(candidate)):
        return [_scalar_difference(table, field, reference, candidate)]
    found = [
        _scalar_difference(table, path_text([field, *path]), left, right)
        for path, left, right in parting(reference, candidate)
    ]
    return found or [_scalar_difference(table, f"{field} {ORDER}", reference, candidate)]


def _has_parts(value: object) -> bool:
    return isinstance(value, list | tuple | Mapping) or members(value) is not None


def _scalar_difference(table: str, field: str, reference: Value, candidate: Value) -> Difference:
    bits = WORD_BITS
    if isinstance(reference, float) and isinstance(candidate, float) and type(reference) is type(candidate):
        words = struct.unpack("<2Q", struct.pack("<2d", reference, candidate))
        bits = int(words[0] ^ words[1]).bit_count()
    return Difference(table=table, field=field, row=None, reference=reference, candidate=candidate, bits=bits)


def _schema_differences(table: str, reference: pa.Schema, candidate: pa.Schema) -> Iterable[Difference]:
    for name in dict.fromkeys([*reference.names, *candidate.names]):
        left, right = _described(reference, name), _described(candidate, name)
        if left != right:
            yield Difference(table=table, field=f"{name} (schema)", row=None, reference=left, candidate=right)
    if sorted(reference.names) == sorted(candidate.names) and reference.names != candidate.names:
        yield Difference(
            table=table,
            field="(order of columns)",
            row=None,
            reference=", ".join(reference.names),
            candidate=", ".join(candidate.names),
        )


def _described(schema: pa.Schema, name: str) -> str | None:
    """Type and nullability of a column as text; None if the schema lacks it (or has it twice)."""
    if len(schema.get_all_field_indices(name)) != 1:
        return None
    field = schema.field(name)
    return f"{field.type}{'' if field.nullable else ' not null'}"


def _is_comparable(field: pa.Field[Any], candidate: pa.Schema) -> bool:
    return candidate.get_all_field_indices(field.name) != [] and candidate.field(field.name).type == field.type


def _column_difference(
    table: str, field: str, reference: pa.ChunkedArray[Any], candidate: pa.ChunkedArray[Any]
) -> Difference | None:
    if _are_same_bytes(reference, candidate):
        return None
    mask = column_mask(reference, candidate)
    row = first_unequal(mask)
    if row is None:
        return None
    return Difference(
        table=table,
        field=field,
        row=row,
        reference=_value(reference, row),
        candidate=_value(candidate, row),
        count=int(np.count_nonzero(mask)),
        bits=_bits(_array(reference), _array(candidate), mask),
    )


def _are_same_bytes(reference: pa.ChunkedArray[Any], candidate: pa.ChunkedArray[Any]) -> bool:
    """Whether both hold the same bytes in the same places, and are equal without a look at any value.

    False says nothing: the bytes behind nulls and beyond the ends may differ, and nested columns are not looked at.
    """
    if reference.num_chunks != 1 or candidate.num_chunks != 1:
        return False
    left, right = reference.chunks[0], candidate.chunks[0]
    if left.type.num_fields > 0 or left.offset != right.offset or len(left) != len(right):
        return False
    if _plain(left) is not left:
        return False
    pairs = zip(left.buffers(), right.buffers(), strict=True)
    return all(one is other if one is None or other is None else one.equals(other) for one, other in pairs)


def _array(column: pa.ChunkedArray[Any]) -> pa.Array[Any]:
    chunks = [_plain(chunk) for chunk in column.chunks or [pa.array([], column.type)]]
    return chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks)


def _plain(array: pa.Array[Any]) -> pa.Array[Any]:
    """Take what an array holds out of an extension or a dictionary, whose indices are no values."""
    if isinstance(array, pa.ExtensionArray):
        return _plain(array.storage)
    if isinstance(array, pa.DictionaryArray):
        return _plain(array.dictionary_decode())
    return array


def _nulls(array: pa.Array[Any]) -> Mask:
    if array.null_count == 0:
        return np.zeros(len(array), dtype=np.bool_)
    return np.asarray(array.is_null().to_numpy(zero_copy_only=False), dtype=np.bool_)


def _words(array: pa.Array[Any]) -> npt.NDArray[Any] | None:
    """View the values of a fixed-width array as unsigned integers, one row each; None for other types.

    The words of null rows are whatever the buffer holds.
    """
    try:
        width = array.type.byte_width
    except ValueError:
        return None
    buffer = array.buffers()[1]
    shape, dtype = ((-1, width), np.uint8) if width not in (4, 8) else ((-1,), np.dtype(f"<u{width}"))
    if buffer is None:
        return np.empty((0, *shape[1:]), dtype=dtype)
    whole = np.frombuffer(memoryview(buffer), dtype=np.uint8)
    part = whole[array.offset * width : (array.offset + len(array)) * width]
    words: npt.NDArray[Any] = part.view(dtype).reshape(shape)
    return words


def _unequal(reference: pa.Array[Any], candidate: pa.Array[Any]) -> Mask:
    """Mark the rows whose values differ; what it says about null rows has no meaning."""
    left, right = _words(reference), _words(candidate)
    if left is None or right is None:
        return _unequal_objects(reference, candidate)
    unequal = left != right
    if unequal.ndim == 2:
        unequal = unequal.any(axis=1)
    if pa.types.is_float64(reference.type) and unequal.any():
        unequal &= ~(np.isnan(left.view(np.float64)) & np.isnan(right.view(np.float64)))
    return np.asarray(unequal, dtype=np.bool_)


def _unequal_objects(reference: pa.Array[Any], candidate: pa.Array[Any]) -> Mask:
    if pa.types.is_string(reference.type) or pa.types.is_large_string(reference.type):
        unequal: Any = pc.not_equal(reference, candidate)
        return np.asarray(unequal.fill_null(False).to_numpy(zero_copy_only=False), dtype=np.bool_)
    pairs = zip(reference.to_pylist(), candidate.to_pylist(), strict=True)
    return np.fromiter((not identical(*pair) for pair in pairs), dtype=np.bool_, count=len(reference))


def _bits(reference: pa.Array[Any], candidate: pa.Array[Any], mask: Mask) -> int:
    left, right = _words(reference), _words(candidate)
    if left is None or right is None:
        return int(np.count_nonzero(mask)) * WORD_BITS
    both_set = mask & ~_nulls(reference) & ~_nulls(candidate)
    flipped = np.bitwise_xor(left[both_set], right[both_set])
    one_null = int(np.count_nonzero(mask & ~both_set))
    return int(np.unpackbits(np.ascontiguousarray(flipped).view(np.uint8)).sum()) + one_null * WORD_BITS


def _value(column: pa.ChunkedArray[Any], row: int) -> Value:
    scalar = column[row]
    if scalar.is_valid and (pa.types.is_timestamp(column.type) or pa.types.is_duration(column.type)):
        return int(scalar.value)
    value: Value = scalar.as_py()
    return value
