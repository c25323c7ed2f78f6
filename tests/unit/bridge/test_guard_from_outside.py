"""Foreign errors, texts and streams: the code, the rule and the words of each (X-4, X-5)."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pytest

import omega
from omega.boundary.guard import code_of, coded, guarded, plain_value, text_of
from omega.boundary.limits import override_limits
from omega.contract.errors import ErrorCode
from omega.data.arrow import as_table

from .refusals import refused

ERRORS: list[tuple[BaseException, int]] = [
    (MemoryError(), 6001),
    (RecursionError(), 6004),
    (FileNotFoundError(), 3001),
    (PermissionError(), 3002),
    (OSError(errno.EIO, "x"), 3000),
    (OSError(errno.ENOSPC, "x"), 3007),
    (OSError(errno.EDQUOT, "x"), 3007),
    (OSError(errno.EFBIG, "x"), 3007),
    (OSError(errno.EROFS, "x"), 3002),
    (OverflowError(), 1003),
    (pa.ArrowInvalid("x"), 5001),
    (UnicodeError(), 1001),
    (TypeError(), 1004),
    (ValueError(), 1001),
    (AttributeError(), 1004),
]


@pytest.mark.rule("X-4")
@pytest.mark.parametrize(("error", "code"), ERRORS, ids=[repr(error) for error, _ in ERRORS])
def test_codes_of_foreign_errors(error: BaseException, code: int) -> None:
    found = code_of(error)
    if code == 3000:
        assert found is ErrorCode.IO_ERROR
    elif code == 6001:
        assert found is ErrorCode.OUT_OF_MEMORY
    else:
        assert int(found) == code

    @guarded("thing")
    def work() -> None:
        raise error

    caught = refused(work)
    assert (caught.code, caught.rule, caught.column) == (found, "X-4", "thing")
    assert caught.message == f"{type(error).__name__}: {error}"


def test_codes_of_what_is_left() -> None:
    for number in (errno.EMFILE, errno.ENFILE, errno.ENOLCK):
        assert code_of(OSError(number, "x")) is ErrorCode.RESOURCE_EXHAUSTED
    assert code_of(TimeoutError()) is ErrorCode.TIMEOUT
    assert code_of(ZeroDivisionError()) is ErrorCode.INTERNAL_ERROR
    panic = type("PanicException", (BaseException,), {})
    assert code_of(panic()) is ErrorCode.FFI_PANIC_CAUGHT
    error = coded(ValueError("v"), "c", code=ErrorCode.NOT_FOUND, row=3, value=1.5)
    assert (error.code, error.message, error.column, error.row, error.value) == (3001, "ValueError: v", "c", 3, 1.5)


def test_texts_of_foreign_things() -> None:
    class Mute:
        def __str__(self) -> str:
            raise KeyError("x")

    class Plain: ...

    assert text_of(Mute()) == "(without a readable text)"
    assert text_of("x" * 500) == "x" * 500
    assert text_of("x" * 501) == "x" * 500 + "…"
    assert text_of("a\ud800") == "a\\ud800"
    for value in (None, True, 3, 1.5):
        assert plain_value(value) is value
    assert plain_value("x") == "x"
    assert plain_value([1]) == "[1]"
    assert plain_value(Plain()) == "Plain"


class Streamed:
    """A foreign table that hands over its batches one by one, empty ones too."""

    def __init__(self, batches: list[Any], schema: Any) -> None:
        self.reader: Any = pa.RecordBatchReader.from_batches(schema, batches)

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self.reader.__arrow_c_stream__(requested_schema)


@pytest.mark.rule("X-5")
@pytest.mark.parametrize(
    ("limit_name", "least", "what"), [("chunks", 4, "chunks"), ("rows", 5, "rows"), ("columns", 2, "columns")]
)
def test_limits_of_a_stream(limit_name: str, least: int, what: str) -> None:
    schema = pa.schema([("x", pa.int64()), ("y", pa.int64())])
    batches = [pa.record_batch([pa.array(range(n)), pa.array(range(n))], schema=schema) for n in (2, 0, 2, 1)]
    with override_limits(**{limit_name: least}):
        assert as_table(Streamed(batches, schema)).to_pydict() == {name: [0, 1, 0, 1, 0] for name in "xy"}
    with override_limits(**{limit_name: least - 1}):
        error = refused(lambda: as_table(Streamed(batches, schema)))
    assert (error.code, error.rule, error.value) == (ErrorCode.LIMIT_EXCEEDED, "X-5", least)
    assert error.message.startswith(f"{what} of a table: {least} where the limit `{limit_name}` allows {least - 1}; ")


@pytest.mark.rule("X-4")
def test_a_producer_that_fails_says_why() -> None:
    def batches() -> Iterator[Any]:
        raise RuntimeError("the disk is gone")
        yield

    schema = pa.schema([("x", pa.int64())])
    reader = pa.RecordBatchReader.from_batches(schema, batches())
    error = refused(lambda: as_table(reader))
    assert (error.code, error.rule) == (ErrorCode.DESERIALIZATION_FAILED, "X-4")
    assert error.message.startswith("the producer of the table failed: ")
    assert "the disk is gone" in error.message
    capsule = schema.empty_table().__arrow_c_stream__()  # type: ignore[no-untyped-call]
    used = SimpleNamespace(__arrow_c_stream__=lambda: capsule)
    assert as_table(used).num_rows == 0
    error = refused(lambda: as_table(used))
    assert (error.code, error.rule) == (ErrorCode.FFI_SCHEMA_MISMATCH, "X-4")
    assert error.message == "malformed Arrow input: the stream is already consumed or released"
    array: Any = pa.chunked_array([[1, 2]])
    error = refused(lambda: as_table(array))
    assert error.message == "malformed Arrow input: expected a table, found an array of another kind"


def test_a_capsule_of_something_else() -> None:
    class Odd:
        def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
            return object()

    error = refused(lambda: omega.read_bars(Odd()))
    assert (error.code, error.rule) == (ErrorCode.FFI_TYPE_CONVERSION, "X-4")
    assert error.message.startswith("expected a capsule named `arrow_array_stream`: ")


def test_an_arrow_file_on_disk_is_read_through(tmp_path: Path, sample: omega.Bars) -> None:
    pyarrow.feather.write_feather(sample.table, str(tmp_path / "b.feather"), compression="zstd")
    assert omega.read_bars(tmp_path / "b.feather").table.equals(sample.table)
