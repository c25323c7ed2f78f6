"""Arrow's structures as its specification lays them out, and documents and files counted by hand (X-4, X-5)."""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pytest
from ruamel.yaml import YAML

import omega
from omega.boundary import limits
from omega.boundary.documents import check_aliases, check_document
from omega.boundary.expansion import _lengths, unpacked_bytes
from omega.boundary.guard import code_of, coded, guarded, plain_value, text_of
from omega.boundary.layouts import Layout, Node, check_array, check_schema, layout_of
from omega.boundary.limits import check_expansion, limit, override_limits, set_limit
from omega.boundary.structures import ArrowArray, ArrowArrayStream, ArrowSchema
from omega.contract.errors import ErrorCode, OmegaError
from omega.data.arrow import as_table

MOST = 2**40
PLAIN = {
    "has_validity": True,
    "buffers": 1,
    "is_variadic": False,
    "offset_width": 0,
    "children": 0,
    "rows_of_child": None,
    "is_index": False,
}
FORMATS: dict[str, dict[str, Any]] = {
    "n": {"has_validity": False, "buffers": 0},
    **{form: {"is_index": True} for form in "cCsSiIlL"},
    **{form: {} for form in ("b", "e", "f", "g", "w:0", "w:16", "w:2147483647", "d:19,10", "d:19,10,256")},
    **{form: {} for form in ("tdD", "tdm", "tts", "ttn", "tss:", "tsu:UTC", "tDs", "tDn", "tiM", "tiD", "tin")},
    **{form: {"buffers": 2, "offset_width": 4} for form in "uz"},
    **{form: {"buffers": 2, "offset_width": 8} for form in "UZ"},
    **{form: {"buffers": 2, "is_variadic": True} for form in ("vu", "vz")},
    **{form: {"offset_width": 4, "children": 1} for form in ("+l", "+m")},
    "+L": {"offset_width": 8, "children": 1},
    **{form: {"buffers": 2, "children": 1} for form in ("+vl", "+vL")},
    "+s": {"buffers": 0, "children": None, "rows_of_child": 1},
    "+r": {"has_validity": False, "buffers": 0, "children": 2},
    "+w:3": {"buffers": 0, "children": 1, "rows_of_child": 3},
    "+w:0": {"buffers": 0, "children": 1, "rows_of_child": 0},
    "+us:0,1": {"has_validity": False, "children": None, "rows_of_child": 1},
    "+ud:0,1": {"has_validity": False, "buffers": 2, "children": None},
}
NO_FORMATS = [
    "",
    "x",
    "+",
    "+x",
    "w:",
    "w:-1",
    "w:x",
    "w:²",
    "+w:",
    "+w:1.5",
    "w:2147483648",
    "w",
    "+u",
    "+us",
    "t",
    "tx",
]


def refused(work: Callable[[], object]) -> OmegaError:
    with pytest.raises(OmegaError) as caught:
        work()
    return caught.value


def error_of(work: Callable[[], object]) -> OmegaError | None:
    try:
        work()
    except OmegaError as error:
        return error
    return None


@pytest.mark.rule("X-4")
@pytest.mark.parametrize("form", FORMATS)
def test_a_format_has_the_layout_of_the_specification(form: str) -> None:
    found = layout_of(form)
    assert found is not None
    assert asdict(found) == {**PLAIN, **FORMATS[form]}


@pytest.mark.rule("X-4")
@pytest.mark.parametrize("form", NO_FORMATS)
def test_what_is_no_format_has_no_layout(form: str) -> None:
    assert layout_of(form) is None


TYPES: list[tuple[Any, list[Any]]] = [
    (pa.null(), [None, None, None]),
    (pa.bool_(), [True, None, False]),
    (pa.int8(), [1, None, 3]),
    (pa.float64(), [1.0, None, 3.0]),
    (pa.string(), ["a", None, "ccc"]),
    (pa.large_string(), ["a", None, "ccc"]),
    (pa.string_view(), ["a", None, "a text of more than twelve bytes"]),
    (pa.binary_view(), [b"a", None, b"a text of more than twelve bytes"]),
    (pa.binary(), [b"a", None, b"ccc"]),
    (pa.binary(2), [b"ab", None, b"cd"]),
    (pa.timestamp("us", "UTC"), [1, None, 3]),
    (pa.date32(), [1, None, 3]),
    (pa.time64("us"), [1, None, 3]),
    (pa.duration("us"), [1, None, 3]),
    (pa.month_day_nano_interval(), [(1, 2, 3), None, (4, 5, 6)]),
    (pa.decimal128(9, 2), [1, None, 3]),
    (pa.list_(pa.int8()), [[1, 2], None, []]),
    (pa.large_list(pa.string()), [["x"], None, []]),
    (pa.list_(pa.int8(), 2), [[1, 2], None, [3, 4]]),
    (pa.list_view(pa.int8()), [[1, 2], None, []]),
    (pa.struct([pa.field("x", pa.int8()), pa.field("y", pa.string())]), [{"x": 1, "y": "a"}, None, {"x": 2, "y": "b"}]),
    (pa.map_(pa.string(), pa.int8()), [[("a", 1)], None, []]),
    (pa.dictionary(pa.int8(), pa.string()), ["a", None, "a"]),
]


@pytest.mark.rule("X-4")
@pytest.mark.parametrize(("kind", "values"), TYPES, ids=[str(kind) for kind, _ in TYPES])
@pytest.mark.parametrize("cut", [slice(None), slice(1, None), slice(1, 2), slice(0, 0)])
def test_what_arrow_itself_exports_is_sound(kind: Any, values: list[Any], cut: slice) -> None:
    array = pa.array(values, kind)
    start, stop, _ = cut.indices(3)
    table = pa.RecordBatch.from_arrays([array], names=["x"]).slice(start, stop - start)
    raw, schema = ArrowArray(), ArrowSchema()
    table._export_to_c(ctypes.addressof(raw), ctypes.addressof(schema))
    node = check_schema(schema)
    assert node.is_table
    assert len(node.children) == 1
    check_array(raw, node)
    assert (raw.length, raw.n_children) == (stop - start, 1)
    of_schema: Any = ctypes.addressof(schema)
    back = pa.RecordBatch._import_from_c(ctypes.addressof(raw), of_schema)
    assert back.column(0).to_pylist() == array[cut].to_pylist()


class Made:
    """Structures made by hand, and what keeps their memory."""

    def __init__(self) -> None:
        self.kept: list[Any] = []

    def array(
        self, length: int = 2, *, buffers: Any = None, children: Any = (), dictionary: Any = None, **rest: int
    ) -> Any:
        raw = ArrowArray()
        raw.length, raw.null_count, raw.offset = length, rest.get("null_count", 0), rest.get("offset", 0)
        pointers = self.pointers([None, self.memory(b"\0" * 64)] if buffers is None else buffers)
        raw.n_buffers, raw.buffers = len(pointers or ()), ctypes.addressof(pointers) if pointers else None
        members = self.pointers([ctypes.addressof(child) for child in children])
        raw.n_children, raw.children = len(children), ctypes.addressof(members) if members else None
        raw.dictionary = ctypes.addressof(dictionary) if dictionary is not None else None
        self.kept += [raw, *children, dictionary]
        return raw

    def pointers(self, addresses: Any) -> Any:
        made = (ctypes.c_void_p * len(addresses))(*addresses) if addresses else None
        self.kept.append(made)
        return made

    def memory(self, content: bytes, shift: int = 0) -> int:
        """Return the address of bytes at a multiple of 64, and ``shift`` more."""
        made = ctypes.create_string_buffer(len(content) + 128)
        self.kept.append(made)
        address = -(-ctypes.addressof(made) // 64) * 64 + shift
        ctypes.memmove(address, content, len(content))
        return address

    def schema(self, form: str | None, *, children: Any = (), dictionary: Any = None, released: bool = False) -> Any:
        raw = ArrowSchema()
        raw.format = None if form is None else self.memory(form.encode() + b"\0")
        raw.name = self.memory(b"x\0")
        members = self.pointers([ctypes.addressof(child) for child in children])
        raw.n_children, raw.children = len(children), ctypes.addressof(members) if members else None
        raw.dictionary = ctypes.addressof(dictionary) if dictionary is not None else None
        raw.release = None if released else 1
        self.kept += [raw, *children, dictionary]
        return raw


@pytest.fixture
def made() -> Made:
    return Made()


def node_of(form: str, *children: Node, dictionary: Node | None = None) -> Node:
    layout = layout_of(form)
    assert layout is not None
    return Node(layout, children, dictionary)


INTEGER = node_of("l")
TEXT = node_of("u")


def complaint(raw: Any, node: Node) -> str | None:
    """What is said against an array; None where nothing is."""
    return _said(error_of(lambda: check_array(raw, node)))


def said_of_schema(raw: Any) -> str | None:
    return _said(error_of(lambda: check_schema(raw)))


def _said(error: OmegaError | None) -> str | None:
    if error is None:
        return None
    assert (error.code, error.rule) == (ErrorCode.FFI_SCHEMA_MISMATCH, "X-4")
    return error.message.removeprefix("malformed Arrow input: ")


@pytest.mark.rule("X-4")
@pytest.mark.parametrize(
    ("length", "offset", "null_count", "said"),
    [
        (0, 0, 0, None),
        (2, 3, 0, None),
        (MOST, 0, 0, None),
        (0, MOST, 0, None),
        (-1, 0, 0, "length -1 and offset 0"),
        (2, -1, 0, "length 2 and offset -1"),
        (MOST + 1, 0, 0, f"length {MOST + 1} and offset 0"),
        (0, MOST + 1, 0, f"length 0 and offset {MOST + 1}"),
        (2, 0, -1, None),
        (2, 0, -2, "-2 nulls in 2 rows"),
        (2, 0, 3, "3 nulls in 2 rows"),
        (2, 0, 2, "2 nulls, and buffers are missing to say where"),
    ],
)
def test_numbers_of_an_array(made: Made, length: int, offset: int, null_count: int, said: str | None) -> None:
    assert complaint(made.array(length, offset=offset, null_count=null_count), INTEGER) == said


@pytest.mark.rule("X-4")
def test_buffers_of_an_array(made: Made) -> None:
    some = made.memory(b"\0" * 64)
    assert complaint(made.array(buffers=[some, some], null_count=2), INTEGER) is None
    assert complaint(made.array(buffers=[None]), INTEGER) == "1 buffers, expected 2"
    assert complaint(made.array(buffers=[None, some, some]), INTEGER) == "3 buffers, expected 2"
    assert complaint(made.array(buffers=[None, None]), INTEGER) == "buffers are missing"
    assert complaint(made.array(0, offset=1, buffers=[None, None]), INTEGER) == "buffers are missing"
    assert complaint(made.array(0, buffers=[None, None]), INTEGER) is None
    assert complaint(made.array(buffers=[]), node_of("n")) is None
    assert complaint(made.array(buffers=[None]), node_of("+s")) is None
    raw = made.array(buffers=[None, some])
    raw.buffers = None
    assert complaint(raw, INTEGER) == "2 buffers or children, and no list of them"
    raw.buffers = made.memory(struct.pack("<2Q", 0, some), shift=4)
    assert complaint(raw, INTEGER) == "2 buffers or children, and no list of them"


@pytest.mark.rule("X-4")
@pytest.mark.parametrize(("form", "pack"), [("u", "i"), ("z", "i"), ("U", "q"), ("Z", "q")])
def test_offsets_of_texts(made: Made, form: str, pack: str) -> None:
    data, width = made.memory(b"text"), struct.calcsize(f"<{pack}")

    def said(*offsets: int, length: int = 2, offset: int = 0, values: int | None = data, shift: int = 0) -> str | None:
        place = made.memory(struct.pack(f"<{len(offsets)}{pack}", *offsets), shift)
        return complaint(made.array(length, offset=offset, buffers=[None, place, values]), node_of(form))

    assert said(0, 2, 4) is None
    assert said(9, 0, 2, 4, offset=1) is None
    assert said(-1, 2, 4) == "offsets from -1 to 4"
    assert said(0, 2, -4) == "offsets from 0 to -4"
    assert said(0, 0, 0, values=None) is None
    assert said(0, 0, 1, values=None) == "buffers are missing"
    assert said(0, 2, 4, -7, 9, length=1, offset=3) == "offsets from -7 to 9"
    assert said(-1, -1, length=0) is None
    for shift in (1, 2, width // 2):
        assert said(0, 2, 4, shift=shift) == "offsets that are not aligned"
    if pack == "q":
        assert said(0, 0, MOST) is None
        assert said(0, 0, MOST + 1) == f"offsets from 0 to {MOST + 1}"
        assert said(0, 2, 4, shift=4) == "offsets that are not aligned"


@pytest.mark.rule("X-4")
def test_buffers_of_texts_in_views(made: Made) -> None:
    views, data = made.memory(b"\0" * 64), made.memory(b"text")

    def said(*lengths: int, buffers: list[int | None], shift: int = 0) -> str | None:
        place = made.memory(struct.pack(f"<{len(lengths)}q", *lengths), shift) if lengths else None
        return complaint(made.array(buffers=[None, views, *buffers, place]), node_of("vu"))

    assert said(buffers=[]) is None
    assert said(4, buffers=[data]) is None
    assert said(0, buffers=[None]) is None
    assert said(4, buffers=[None]) == "lengths of buffers that cannot be"
    assert said(4, 4, buffers=[data, None]) == "lengths of buffers that cannot be"
    assert said(-1, buffers=[data]) == "lengths of buffers that cannot be"
    assert said(MOST, buffers=[data]) is None
    assert said(MOST + 1, buffers=[data]) == "lengths of buffers that cannot be"
    assert said(buffers=[data]) == "buffers are missing or not aligned"
    assert said(4, buffers=[data], shift=4) == "buffers are missing or not aligned"
    assert complaint(made.array(buffers=[None, views]), node_of("vu")) == "2 buffers, expected 3"
    many = made.array(buffers=[None, *[None] * 3])
    many.n_buffers = 2**16 + 1
    assert complaint(many, node_of("vu")) == "65537 buffers, expected 3"


@pytest.mark.rule("X-4")
def test_children_of_an_array(made: Made) -> None:
    table, sized = node_of("+s", INTEGER, INTEGER), node_of("+w:3", INTEGER)
    two = [made.array(2), made.array(2)]
    assert complaint(made.array(2, buffers=[None], children=two), table) is None
    assert complaint(made.array(2, buffers=[None], children=two[:1]), table) == "1 children where the schema has 2"
    short = [made.array(2), made.array(1)]
    few = "a child has 1 rows, too few for its parent"
    assert complaint(made.array(2, buffers=[None], children=short), table) == few
    assert complaint(made.array(1, offset=1, buffers=[None], children=short), table) == few
    assert complaint(made.array(1, buffers=[None], children=short), table) is None
    assert complaint(made.array(2, buffers=[None], children=[made.array(6)]), sized) is None
    said = complaint(made.array(2, buffers=[None], children=[made.array(5)]), sized)
    assert said == "a child has 5 rows, too few for its parent"
    bad = [made.array(2), made.array(-3)]
    assert complaint(made.array(2, buffers=[None], children=bad), table) == "length -3 and offset 0"
    raw = made.array(2, buffers=[None], children=two)
    nothing = made.pointers([ctypes.addressof(two[0]), None])
    raw.children = ctypes.addressof(nothing)
    assert complaint(raw, table) == "a child is NULL"


@pytest.mark.rule("X-4")
def test_dictionaries_of_an_array(made: Made) -> None:
    texts = made.array(0, buffers=[None, None, None])
    coded_texts = node_of("i", dictionary=TEXT)
    assert complaint(made.array(dictionary=texts), coded_texts) is None
    one_only = "a dictionary in the array or the schema, not in both"
    assert complaint(made.array(), coded_texts) == one_only
    assert complaint(made.array(dictionary=texts), node_of("i")) == one_only
    assert complaint(made.array(dictionary=made.array(0, buffers=[None])), coded_texts) == "1 buffers, expected 3"


@pytest.mark.rule("X-4")
def test_schemas(made: Made) -> None:
    whole = made.schema("l")
    raw = made.schema("+s", children=[whole, made.schema("i", dictionary=made.schema("u"))])
    raw.metadata = made.memory(b"\xff\xff\xff\xff")
    node = check_schema(raw)
    assert raw.metadata is None
    assert node.is_table
    assert [child.layout for child in node.children] == [layout_of("l"), layout_of("i")]
    assert node.children[0].dictionary is None
    inner = node.children[1].dictionary
    assert inner is not None
    assert (inner.layout, inner.is_table, inner.children) == (layout_of("u"), False, ())
    assert said_of_schema(made.schema("l", released=True)) == "a schema is already released"
    assert said_of_schema(made.schema("q")) == "'q' is no format"
    assert said_of_schema(made.schema(None)) == "None is no format"
    assert said_of_schema(made.schema("l", children=[whole])) == "1 children of the format 'l'"
    assert said_of_schema(made.schema("+l")) == "0 children of the format '+l'"
    assert said_of_schema(made.schema("u", dictionary=whole)) == "a dictionary of the format 'u'"
    assert said_of_schema(made.schema("+s", children=[made.schema("q")])) == "'q' is no format"
    assert said_of_schema(made.schema("i", dictionary=made.schema("q"))) == "'q' is no format"
    for count in (-1, 2**16 + 1):
        raw = made.schema("+s")
        raw.n_children = count
        assert said_of_schema(raw) == f"{count} children of the format '+s'"
    raw = made.schema("l")
    raw.name = made.memory(b"\xff\0")
    assert said_of_schema(raw) == "a name or a format in the schema is not UTF-8"


@pytest.mark.rule("X-4")
@pytest.mark.parametrize("through", ["children", "dictionary"])
def test_nesting_of_schemas(made: Made, through: str) -> None:
    def nested(depth: int) -> Any:
        raw = made.schema("i")
        for _ in range(depth):
            raw = made.schema("+l", children=[raw]) if through == "children" else made.schema("i", dictionary=raw)
        return raw

    assert said_of_schema(nested(64)) is None
    assert said_of_schema(nested(65)) == "types are nested deeper than 64"


@pytest.mark.rule("X-4")
def test_structures_lie_in_memory_as_the_specification_says() -> None:
    names = "format name metadata flags n_children children dictionary release private_data"
    assert [(name, getattr(ArrowSchema, name).offset) for name in names.split()] == [
        (name, 8 * place) for place, name in enumerate(names.split())
    ]
    names = "length null_count offset n_buffers n_children buffers children dictionary release private_data"
    assert [(name, getattr(ArrowArray, name).offset) for name in names.split()] == [
        (name, 8 * place) for place, name in enumerate(names.split())
    ]
    names = "get_schema get_next get_last_error release private_data"
    assert [(name, getattr(ArrowArrayStream, name).offset) for name in names.split()] == [
        (name, 8 * place) for place, name in enumerate(names.split())
    ]
    assert (ctypes.sizeof(ArrowSchema), ctypes.sizeof(ArrowArray), ctypes.sizeof(ArrowArrayStream)) == (72, 80, 40)


def test_nodes_are_plain() -> None:
    assert asdict(Layout()) == PLAIN
    assert not node_of("+l", INTEGER).is_table


# Documents and files counted by hand.


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
    [(0, 1001), (-1, 1001), (2**63, 1001), (1.0, 1004), (True, 1004), ("5", 1004), (1, None), (2**63 - 1, None)],
)
def test_values_of_a_limit(value: Any, code: int | None) -> None:
    if code is None:
        with override_limits(rows=value):
            assert limit("rows") == value
        return
    for work in (lambda: set_limit("rows", value), lambda: override_limits(rows=value).__enter__()):
        error = refused(work)
        assert (error.code, error.rule, error.column) == (code, "X-5", "rows")
        assert error.message == "rows must be a whole number from 1 on"
        assert error.value == (value if isinstance(value, int | str) else str(value))


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


# The guard.

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
