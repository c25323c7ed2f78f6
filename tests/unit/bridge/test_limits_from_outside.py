"""Documents, limits and files counted by hand (X-5)."""

from __future__ import annotations

import struct
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pytest
from ruamel.yaml import YAML

from omega.boundary import limits
from omega.boundary.documents import check_aliases, check_document
from omega.boundary.expansion import _lengths, unpacked_bytes
from omega.boundary.limits import check_expansion, limit, override_limits, set_limit
from omega.contract.errors import ErrorCode, OmegaError

from .refusals import error_of, refused


def values_of(document: object) -> int:
    """Find how many values a document counts as: the least limit under which it is let through."""
    least = 1
    while True:
        with override_limits(values=least):
            error = error_of(lambda: check_document(document, "here"))
        if error is None:
            return least
        assert (error.code, error.rule, error.column) == (ErrorCode.LIMIT_EXCEEDED, "X-5", "here")
        assert error.message.startswith("values of a document, aliases written out: ")
        assert int(str(error.value)) > least
        least += 1


SHARED = [1, 2, 3]


@pytest.mark.rule("X-5")
@pytest.mark.parametrize(
    ("document", "values"),
    [
        ([], 1),
        ([1], 2),
        ({"a": 1}, 3),
        ({"a": 1, "b": [True, None]}, 7),
        ([[1, 2], [3]], 6),
        ((1, {2}, frozenset({3})), 6),
        (["x" * 63], 2),
        (["x" * 64], 3),
        (["x" * 640], 12),
        ([b"x" * 128], 4),
        ({"x" * 64: 1}, 4),
        ([SHARED, SHARED], 9),
        ({"a": SHARED, "b": [SHARED, SHARED]}, 16),
    ],
)
def test_values_of_a_document(document: object, values: int) -> None:
    assert values_of(document) == values


@pytest.mark.rule("X-5")
def test_depth_of_a_document() -> None:
    def nested(depth: int) -> list[Any]:
        part: list[Any] = []
        for _ in range(depth - 1):
            part = [part]
        return part

    with override_limits(nesting=5):
        check_document(nested(5), "here")
        error = refused(lambda: check_document(nested(6), "here"))
        assert (error.code, error.column, error.value) == (ErrorCode.LIMIT_EXCEEDED, "here", 6)
        assert error.message.startswith("values inside values: 6 where the limit `nesting` allows 5; ")
        deep = nested(3)
        check_document([deep, [deep]], "here")
        # Looked at once, and known to be three high where it comes again further down.
        assert refused(lambda: check_document([deep, [[deep]]], "here")).column == "here"
        assert refused(lambda: check_document({"a": deep, "b": {"c": {"d": deep}}}, "here")).value is not None
    check_document(nested(64), "here")
    assert refused(lambda: check_document(nested(65), "here")).value == 65


def aliased(text: str, **allowed: int) -> OmegaError | None:
    with override_limits(**allowed):
        error = error_of(lambda: check_aliases(YAML(typ="safe", pure=True).parse(text), "file"))
    if error is not None:
        assert (error.code, error.rule, error.column) == (ErrorCode.LIMIT_EXCEEDED, "X-5", "file")
    return error


@pytest.mark.rule("X-5")
@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a: 1", 2),
        ("[1, 2, 3]", 3),
        ("[[1, 2], [3]]", 3 + 2),
        ("a: {b: 1, c: 2}", 1 + 1 + 4),
        (f"[{'x' * 64}]", 2),
        (f"[{'x' * 63}]", 1),
        ("[&a 1, *a, *a]", 3),
        ("[&a [1, 2, 3], *a, *a]", 4 * 3),
        ("[&a [1, 2], &b [*a, *a], *b]", 3 + 7 + 7),
        ("[&a {k: v}, *a]", 3 + 3),
        (f"[&a {'x' * 128}, *a]", 6),
    ],
)
def test_values_of_a_yaml_text(text: str, values: int) -> None:
    # One more for the outermost part, where it closes.
    for allowed in range(1, values + 1):
        error = aliased(text, values=allowed)
        assert error is not None
        assert error.message.startswith("values of a document, aliases written out: ")
        assert int(str(error.value)) > allowed
    assert aliased(text, values=values + 1) is None


@pytest.mark.rule("X-5")
def test_depth_of_a_yaml_text() -> None:
    assert aliased("[[[1]]]", nesting=3) is None
    error = aliased("[[[[1]]]]", nesting=3)
    assert error is not None
    assert error.value == 4
    assert error.message.startswith("values inside values: 4 where the limit `nesting` allows 3; ")
    assert aliased("{a: {b: {c: 1}}}", nesting=3) is None
    assert aliased("{a: {b: {c: {d: 1}}}}", nesting=3) is not None
    assert aliased("[[1], [2], [3], [4], [5]]", nesting=2) is None


@pytest.mark.rule("X-5")
def test_every_limit_and_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = {
        "rows": 100_000_000,
        "columns": 4_096,
        "chunks": 65_536,
        "text_bytes": 65_536,
        "expanded_bytes": 64 * 1_024**2,
        "document_bytes": 256 * 1_024,
        "nesting": 64,
        "values": 100_000,
    }
    for name, value in defaults.items():
        assert limit(name) == value
        limits.check(name, "things", value, column="c")
        error = refused(partial(limits.check, name, "things", value + 1, column="c"))
        assert (error.code, error.rule, error.column, error.value) == (6004, "X-5", "c", value + 1)
        assert error.message == (
            f"things: {value + 1:,} where the limit `{name}` allows {value:,}; if it is meant, raise it with "
            f"omega.config.set_limit('{name}', …) or OMEGA_LIMIT_{name.upper()}"
        )
        monkeypatch.setenv(f"OMEGA_LIMIT_{name.upper()}", "7")
        assert limit(name) == 7
        set_limit(name, 8)
        assert limit(name) == 8
        with override_limits(**{name: 9}):
            assert limit(name) == 9
            with override_limits(rows=1):
                assert limit(name) == (1 if name == "rows" else 9)
        assert limit(name) == 8
        set_limit(name, None)
        assert limit(name) == 7
        monkeypatch.delenv(f"OMEGA_LIMIT_{name.upper()}")
    assert list(defaults) == list(limits.DEFAULTS)


@pytest.mark.rule("X-5")
@pytest.mark.parametrize(
    ("value", "code"),
    [
        *((0, 1001), (-1, 1001), (2**63, 1001), (2**80, 1001), (np.int64(0), 1001)),
        *((1.0, 1004), (True, 1004), ("5", 1004), (np.bool_(True), 1004), (np.float64(5.0), 1004)),
        *((1, None), (2**63 - 1, None), (np.int64(5), None), (np.uint8(5), None)),
    ],
)
def test_values_of_a_limit(value: Any, code: int | None) -> None:
    if code is None:
        with override_limits(rows=value):
            assert (limit("rows"), type(limit("rows"))) == (value, int)
        return
    for work in (lambda: set_limit("rows", value), lambda: override_limits(rows=value).__enter__()):
        error = refused(work)
        assert (error.code, error.rule, error.column) == (code, "X-5", "rows")
        assert error.message == "rows must be a whole number in 1 … 9223372036854775807"
        assert str(error.value) == str(value)


@pytest.mark.rule("X-5")
@pytest.mark.parametrize(
    ("text", "code"), [("", 1004), ("x", 1004), ("-1", 1004), ("1.5", 1004), ("0", 1001), ("²", 1004), ("9" * 19, 1001)]
)
def test_variables_that_are_no_limit(monkeypatch: pytest.MonkeyPatch, text: str, code: int) -> None:
    monkeypatch.setenv("OMEGA_LIMIT_ROWS", text)
    error = refused(lambda: limit("rows"))
    assert (error.code, error.column) == (code, "OMEGA_LIMIT_ROWS")
    error = refused(lambda: set_limit("lines", 1))
    assert (error.code, error.rule, error.column, error.value) == (1001, "X-5", "limit", "lines")
    assert error.message.startswith("'lines' is no limit; there are rows, columns, chunks, ")


@pytest.mark.rule("X-5")
def test_what_a_file_may_become() -> None:
    check_expansion(1, 64 * 1_024**2)
    error = refused(lambda: check_expansion(1, 64 * 1_024**2 + 1, column="file"))
    assert (error.code, error.column, error.value) == (6004, "file", 64 * 1_024**2 + 1)
    assert "the limit `expanded_bytes` allows 67,108,864" in error.message
    check_expansion(2_000_000, 128_000_000)
    error = refused(lambda: check_expansion(2_000_000, 128_000_001, column="file"))
    assert "a file of 2,000,000 bytes becomes more than its data can be" in error.message
    assert "allows 128,000,000; " in error.message


@pytest.mark.rule("X-5")
@pytest.mark.parametrize("kind", ["file", "stream"])
@pytest.mark.parametrize("compression", ["zstd", "lz4", None])
def test_what_an_arrow_file_says_it_becomes(kind: str, compression: Any) -> None:
    numbers = pa.array([float(row) for row in range(10_000)])
    texts = pa.DictionaryArray.from_arrays(pa.array([0, 1] * 5_000, pa.int32()), pa.array(["ab" * 500, "c" * 300]))
    table = pa.table({"x": numbers, "y": texts})
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    new: Any = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
    with new(sink, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=4_000)
    # Numbers, codes, and of the dictionary its texts and three offsets; nothing has nulls.
    whole = 10_000 * 8 + 10_000 * 4 + 1_300 + 3 * 4
    assert unpacked_bytes(sink.getvalue()) == (0 if compression is None else whole)


def flat_table(fields: list[bytes | None]) -> bytes:
    """Lay out a flatbuffer table whose vtable stands first; fields of four bytes, or none."""
    entries, content = b"", b""
    for field in fields:
        entries += struct.pack("<H", 0 if field is None else 4 + len(content))
        content += field or b""
    vtable = struct.pack("<HH", 4 + len(entries), 4 + len(content)) + entries
    vtable += b"\0" * (-len(vtable) % 4)
    return vtable + struct.pack("<i", len(vtable)) + content


def message(
    kind: int | None, *, has_header: bool = True, has_buffers: bool = True, is_compressed: bool = True
) -> bytes:
    """Lay out a ``Message`` by hand: version, kind, header; the header is a batch of one buffer of 16 bytes."""
    number = None if kind is None else struct.pack("<I", kind)
    head = flat_table([b"\0\0\0\0", number, b"HEAD" if has_header else None])
    start = 4 + len(head)
    vector = struct.pack("<I", 1) + struct.pack("<qq", 0, 16)
    batch = flat_table([None, None, b"BUFF" if has_buffers else None, b"COMP" if is_compressed else None])
    batch_at = start + len(vector) + (len(batch) - 4 - 4 * (has_buffers + is_compressed))
    content = struct.pack("<I", _table_in(head)) + head + vector + batch
    if has_header:
        place = content.index(b"HEAD")
        content = content[:place] + struct.pack("<I", batch_at - place) + content[place + 4 :]
    if has_buffers:
        place = content.index(b"BUFF")
        # Offsets of a flatbuffer only go forward, so that the vector is given a second time behind the batch.
        content = content[:place] + struct.pack("<I", len(content) - place) + content[place + 4 :] + vector
    return content.replace(b"COMP", b"\1\0\0\0")


def _table_in(head: bytes) -> int:
    """Where a table stands whose vtable begins the bytes, counted from before the root's own four."""
    vtable: int = struct.unpack_from("<H", head, 0)[0]
    return 4 + vtable + (-vtable % 4)


@pytest.mark.rule("X-5")
@pytest.mark.parametrize(
    ("made", "lengths"),
    [
        (message(3), [77]),
        (message(1), []),
        (message(0), []),
        (message(None), []),
        (message(3, has_header=False), []),
        (message(3, has_buffers=False), []),
        (message(3, is_compressed=False), []),
    ],
    ids=["batch", "schema", "none", "no kind", "no header", "no buffers", "as it is"],
)
def test_only_compressed_batches_are_unpacked(made: bytes, lengths: list[int]) -> None:
    body = struct.pack("<q", 77) + b"packed.."
    assert list(_lengths(made, body)) == lengths
    assert list(_lengths(made, None)) == []
    assert list(_lengths(made, struct.pack("<q", -1) + b"packed..")) == [0] * len(lengths)


@pytest.mark.rule("X-5")
def test_bytes_that_are_no_arrow_file_say_nothing() -> None:
    for content in (b"", b"ARROW1", b"ARROW1\0\0" + b"\xff" * 40, b"\xff\xff\xff\xff\x10\0\0\0" + b"\x07" * 16):
        assert unpacked_bytes(pa.py_buffer(content)) == 0
