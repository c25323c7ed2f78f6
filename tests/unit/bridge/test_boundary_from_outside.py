"""Arrow's structures as its specification lays them out, and documents and files counted by hand (X-4, X-5)."""

from __future__ import annotations

import ctypes
import struct
from dataclasses import asdict
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pytest

from omega.boundary.layouts import Layout, Node, check_array, check_schema, layout_of
from omega.boundary.structures import ArrowArray, ArrowArrayStream, ArrowSchema
from omega.contract.errors import ErrorCode, OmegaError

from .refusals import error_of

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
