"""Malformed, truncated, foreign and hostile Arrow input gives a coded error (X-4)."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pyarrow as pa
import pytest

import omega
from omega.boundary.structures import ArrowSchema
from omega.contract import schemas
from omega.contract.errors import ErrorCode, OmegaError

from .producers import STREAM_NAME, ArrowArray, Tamper, Tampered, capsule_of, new_capsule

FIVE_MINUTES = 300_000_000

pytestmark = pytest.mark.rule("X-4")


def columns(field: str, value: int, column: int = 1) -> Tamper:
    def tamper(array: ArrowArray) -> None:
        setattr(array.children[column].contents, field, value)

    return tamper


def table_field(field: str, value: int) -> Tamper:
    return lambda array: setattr(array, field, value)


def drop_buffers(array: ArrowArray) -> None:
    array.length = 10**9
    for index in range(array.n_children):
        child = array.children[index].contents
        child.length = 10**9
        for buffer in range(child.n_buffers):
            child.buffers[buffer] = None


def drop_children(array: ArrowArray) -> None:
    array.children = None


def drop_child(array: ArrowArray) -> None:
    array.children[2] = None


def drop_buffer_list(array: ArrowArray) -> None:
    array.children[3].contents.buffers = None


HOSTILE = {
    "a billion rows without buffers": drop_buffers,
    "a billion rows in the table alone": table_field("length", 10**9),
    "a negative length": table_field("length", -1),
    "a negative length of a column": columns("length", -5),
    "a huge length of a column": columns("length", 2**62),
    "a negative offset": columns("offset", -1),
    "a huge offset": columns("offset", 2**62),
    "an offset past the end": table_field("offset", 11),
    "no buffers": columns("n_buffers", 0),
    "one buffer": columns("n_buffers", 1),
    "a column shorter than the table": columns("length", 3),
    "fewer columns than the schema": table_field("n_children", 2),
    "no columns": drop_children,
    "a column that is not there": drop_child,
    "a column without its list of buffers": drop_buffer_list,
    "a null count beyond the rows": columns("null_count", 10**6),
}


@pytest.mark.rule("Q-X4b")
@pytest.mark.parametrize("tamper", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("door", ["the module", "read_bars"])
def test_a_broken_producer_is_refused(inputs: Any, module: Any, tamper: Tamper, door: str) -> None:
    error = refusal(module, Tampered(inputs.bars(10), tamper), door)
    assert error.code is ErrorCode.FFI_SCHEMA_MISMATCH
    assert error.recoverable


def refusal(module: Any, source: Tampered, door: str) -> OmegaError:
    """What a door says to a producer that lies: the binding itself, or the API, where pyarrow imports."""
    doors: dict[str, Callable[[], object]] = {
        "the module": partial(module.check_bars, source.capsule, FIVE_MINUTES),
        "read_bars": partial(omega.read_bars, source, backend="python"),
    }
    with pytest.raises(OmegaError) as caught:
        doors[door]()
    return caught.value


def schema_field(field: str, value: Any, column: int | None = None) -> Tamper:
    def tamper(schema: Any) -> None:
        target = schema if column is None else ArrowSchema.from_address(pointer(schema.children, column).value)
        setattr(target, field, value)

    return tamper


def pointer(list_address: int, index: int) -> Any:
    return ctypes.c_void_p.from_address(list_address + 8 * index)


def null_child_of_schema(schema: Any) -> None:
    pointer(schema.children, 2).value = None


NOT_UTF8 = ctypes.create_string_buffer(b"tsu:\xff")
NO_FORMAT = ctypes.create_string_buffer(b"quux")

LYING_SCHEMAS = {
    "minus one children": schema_field("n_children", -1),
    "a billion children": schema_field("n_children", 10**9),
    "children that are NULL": schema_field("children", None),
    "a child that is NULL": null_child_of_schema,
    "no format": schema_field("format", None, 1),
    "a format that is none": schema_field("format", ctypes.addressof(NO_FORMAT), 1),
    "a zone that is not UTF-8": schema_field("format", ctypes.addressof(NOT_UTF8), 0),
    "a name that is not UTF-8": schema_field("name", ctypes.addressof(NOT_UTF8), 3),
    "children of a number": schema_field("n_children", 3, 1),
    "a column that is released": schema_field("release", None, 1),
}


@pytest.mark.parametrize("tamper", LYING_SCHEMAS.values(), ids=LYING_SCHEMAS)
@pytest.mark.parametrize("door", ["the module", "read_bars"])
def test_a_schema_that_lies_is_refused(inputs: Any, module: Any, tamper: Any, door: str) -> None:
    error = refusal(module, Tampered(inputs.bars(10), schema=tamper), door)
    assert error.code is ErrorCode.FFI_SCHEMA_MISMATCH


METADATA = ctypes.create_string_buffer(struct.pack("=iii2si2s", 1, 2, 0, b"", 0, b"").replace(b"\0\0", b"\xff\xfe"))


@pytest.mark.parametrize("door", ["the module", "read_bars"])
def test_metadata_are_nobodys_business(inputs: Any, module: Any, door: str) -> None:
    """Python ran and Rust refused metadata that are not UTF-8."""
    source = Tampered(inputs.bars(10), schema=schema_field("metadata", ctypes.addressof(METADATA)))
    if door == "the module":
        module.check_bars(source.capsule, FIVE_MINUTES)
    else:
        assert len(omega.read_bars(source, backend="python")) == 10


@pytest.mark.parametrize("door", ["the module", "read_bars"])
def test_an_empty_chunk_is_passed_over_wherever_its_offset_points(inputs: Any, module: Any, door: str) -> None:
    def empty(array: ArrowArray) -> None:
        array.length, array.offset = 0, 7

    error = refusal(module, Tampered(inputs.bars(10), empty), door)
    assert error.code is ErrorCode.EMPTY_INPUT


@pytest.mark.parametrize(("code", "door"), [(5, "the module"), (5, "read_bars"), (-1, "read_bars")])
def test_a_producer_may_fail_with_a_number_alone(inputs: Any, module: Any, code: int, door: str) -> None:
    error = refusal(module, Tampered(inputs.bars(10), fails_with=code), door)
    assert error.code is ErrorCode.DESERIALIZATION_FAILED


def set_offsets(values: list[int]) -> Tamper:
    buffer = (ctypes.c_int32 * len(values))(*values)

    def tamper(array: ArrowArray) -> None:
        array.children[2].contents.buffers[1] = ctypes.addressof(buffer)

    tamper.buffer = buffer  # type: ignore[attr-defined]
    return tamper


def set_bytes(content: bytes) -> Tamper:
    buffer = ctypes.create_string_buffer(content)

    def tamper(array: ArrowArray) -> None:
        array.children[2].contents.buffers[2] = ctypes.addressof(buffer)

    tamper.buffer = buffer  # type: ignore[attr-defined]
    return tamper


def misaligned_offsets(array: ArrowArray) -> None:
    buffers = array.children[2].contents.buffers
    buffers[1] = (buffers[1] or 0) + 1


TEXTS = {
    "falling offsets": set_offsets([0, 10, 5, 15]),
    "offsets before the start": set_offsets([-5, 5, 10, 15]),
    "a negative last offset": set_offsets([0, 5, 10, -1]),
    "offsets past the last": set_offsets([0, 50, 10, 15]),
    "offsets that are not aligned": misaligned_offsets,
    "bytes that are no text": set_bytes(b"\xff\xfe\xfd" * 5),
}


@pytest.mark.parametrize("tamper", TEXTS.values(), ids=TEXTS)
def test_broken_texts_are_refused(inputs: Any, module: Any, tamper: Tamper) -> None:
    source = Tampered(inputs.signals({}, {}, {}).select(["timestamp", "symbol", "signal_type"]), tamper)
    with pytest.raises(OmegaError) as caught:
        module.run(inputs.bars().__arrow_c_stream__(), source.capsule, inputs.config(), None)
    assert caught.value.code is ErrorCode.FFI_SCHEMA_MISMATCH


def test_a_stream_is_read_once(inputs: Any, module: Any) -> None:
    capsule = inputs.bars().__arrow_c_stream__()
    module.check_bars(capsule, FIVE_MINUTES)
    with pytest.raises(OmegaError) as caught:
        module.check_bars(capsule, FIVE_MINUTES)
    assert caught.value.code is ErrorCode.FFI_SCHEMA_MISMATCH
    assert "released" in caught.value.message


def test_a_foreign_capsule_is_refused(inputs: Any, module: Any) -> None:
    memory = ctypes.create_string_buffer(256)
    foreign = [
        inputs.bars().schema.__arrow_c_schema__(),
        new_capsule(ctypes.addressof(memory), b"dltensor", None),
        new_capsule(ctypes.addressof(memory), None, None),
    ]
    for capsule in foreign:
        with pytest.raises(OmegaError) as caught:
            module.check_bars(capsule, FIVE_MINUTES)
        assert caught.value.code is ErrorCode.FFI_TYPE_CONVERSION
        assert "arrow_array_stream" in caught.value.message


def test_an_empty_stream_struct_is_refused(module: Any) -> None:
    memory = ctypes.create_string_buffer(256)
    with pytest.raises(OmegaError) as caught:
        module.check_bars(new_capsule(ctypes.addressof(memory), STREAM_NAME, None), FIVE_MINUTES)
    assert caught.value.code is ErrorCode.FFI_SCHEMA_MISMATCH


@pytest.mark.parametrize("thing", [None, 3, "bars", object()])
def test_what_is_no_capsule_is_refused(module: Any, thing: object) -> None:
    with pytest.raises(OmegaError) as caught:
        module.check_bars(thing, FIVE_MINUTES)
    assert caught.value.code is ErrorCode.FFI_TYPE_CONVERSION


def test_an_array_is_no_table(module: Any) -> None:
    with pytest.raises(OmegaError) as caught:
        module.check_bars(pa.chunked_array([[1.0]]).__arrow_c_stream__(), FIVE_MINUTES)
    assert caught.value.code is ErrorCode.FFI_SCHEMA_MISMATCH


def test_a_table_is_no_array(inputs: Any, module: Any) -> None:
    stream = inputs.bars().__arrow_c_stream__
    with pytest.raises(OmegaError) as caught:
        module.quantize_mismatches(stream(), 2, stream())
    assert caught.value.code is ErrorCode.FFI_SCHEMA_MISMATCH


def test_a_producer_that_fails_is_a_read_error(inputs: Any, module: Any) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield inputs.bars().to_batches()[0]
        raise RuntimeError("the disk is gone")

    reader = pa.RecordBatchReader.from_batches(inputs.bars().schema, batches())
    with pytest.raises(OmegaError) as caught:
        module.check_bars(capsule_of(reader), FIVE_MINUTES)
    assert caught.value.code is ErrorCode.DESERIALIZATION_FAILED
    assert "the disk is gone" in caught.value.message


def test_a_producer_that_never_ends_is_stopped(inputs: Any, module: Any) -> None:
    empty = schemas.BARS.empty_table().to_batches(1) or [pa.RecordBatch.from_pylist([], schema=schemas.BARS)]

    def batches() -> Iterator[pa.RecordBatch]:
        while True:
            yield empty[0]

    reader = pa.RecordBatchReader.from_batches(schemas.BARS, batches())
    with pytest.raises(OmegaError) as caught:
        module.check_bars(capsule_of(reader), FIVE_MINUTES)
    assert caught.value.code is ErrorCode.LIMIT_EXCEEDED


def test_a_column_that_stands_twice_is_refused(inputs: Any, module: Any) -> None:
    bars = inputs.bars()
    twice = bars.append_column("bid_low", bars.column("bid_low"))
    with pytest.raises(OmegaError) as caught:
        module.check_bars(twice.__arrow_c_stream__(), FIVE_MINUTES)
    assert (caught.value.code, caught.value.column) == (ErrorCode.MISSING_REQUIRED_FIELD, "bid_low")


def test_any_other_column_is_ignored(inputs: Any, module: Any) -> None:
    bars = inputs.bars()
    kinds = [
        pa.array([{"a": 1}] * 10),
        pa.array(["x"] * 10).dictionary_encode(),
        pa.array([b"x"] * 10, pa.binary_view()),
        pa.array(["x"] * 10, pa.string_view()),
        pa.array([[1.0]] * 10, pa.list_(pa.float64(), 1)),
        pa.array([1] * 10, pa.decimal128(10, 2)),
        pa.nulls(10),
        pa.UnionArray.from_sparse(pa.array([0] * 10, pa.int8()), [pa.array([1] * 10)]),
        pa.RunEndEncodedArray.from_arrays(pa.array([10], pa.int32()), pa.array([1])),
    ]
    for index, values in enumerate(kinds):
        bars = bars.append_column(f"extra_{index}", values)
    module.check_bars(bars.__arrow_c_stream__(), FIVE_MINUTES)
