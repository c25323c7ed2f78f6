"""What arrays of a format look like, and whether a producer's do: the twin of ``layout.rs`` and ``raw.rs``."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from omega.boundary.structures import ArrowArray, ArrowSchema
from omega.contract.errors import ErrorCode, OmegaError, omega_error

_MAX_NESTING: Final = 64
_MAX_CHILDREN: Final = 1 << 16
_MAX_LENGTH: Final = 1 << 40
_TIMES: Final = ("td", "tt", "ts", "tD", "ti")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The outer shape of an array, as far as a consumer can hold its producer to it.

    Attributes
    ----------
    buffers : int
        Beside the validity; the least number where it is variadic.
    offset_width : int
        Bytes of an offset where the first buffer holds them; 0 where it does not.
    children : int or None
        None where the schema decides.
    rows_of_child : int or None
        A child's least rows for one of its parent; None where that is not said.
    is_index : bool
        Whether a dictionary may stand behind the values.
    """

    has_validity: bool = True
    buffers: int = 1
    is_variadic: bool = False
    offset_width: int = 0
    children: int | None = 0
    rows_of_child: int | None = None
    is_index: bool = False


_FIXED: Final = Layout()
_LAYOUTS: Final[dict[str, Layout]] = {
    "n": Layout(has_validity=False, buffers=0),
    **dict.fromkeys("cCsSiIlL", Layout(is_index=True)),
    **dict.fromkeys("befg", _FIXED),
    **dict.fromkeys("uz", Layout(buffers=2, offset_width=4)),
    **dict.fromkeys("UZ", Layout(buffers=2, offset_width=8)),
    **dict.fromkeys(("vu", "vz"), Layout(buffers=2, is_variadic=True)),
    **dict.fromkeys(("+l", "+m"), Layout(offset_width=4, children=1)),
    "+L": Layout(offset_width=8, children=1),
    **dict.fromkeys(("+vl", "+vL"), Layout(buffers=2, children=1)),
    "+s": Layout(buffers=0, children=None, rows_of_child=1),
    "+r": Layout(has_validity=False, buffers=0, children=2),
}


@dataclass(frozen=True, slots=True)
class Node:
    """What the arrays of a checked schema have to look like."""

    layout: Layout
    children: tuple[Node, ...]
    dictionary: Node | None

    @property
    def is_table(self) -> bool:
        """Whether it has columns."""
        return self.layout is _LAYOUTS["+s"]


def malformed(text: str) -> OmegaError:
    """Build the error for input that is no valid Arrow."""
    return omega_error(ErrorCode.FFI_SCHEMA_MISMATCH, f"malformed Arrow input: {text}", rule="X-4")


def layout_of(form: str) -> Layout | None:
    """Find the layout of a format; None for one that Arrow does not have."""
    known = _LAYOUTS.get(form)
    if known is not None:
        return known
    if form.startswith(("+w:", "w:")):
        digits = form.partition(":")[2]
        if not (digits.isascii() and digits.isdigit() and int(digits) < 2**31):
            return None
        return Layout(buffers=0, children=1, rows_of_child=int(digits)) if form.startswith("+") else _FIXED
    if form.startswith("+us:"):
        return Layout(has_validity=False, children=None, rows_of_child=1)
    if form.startswith("+ud:"):
        return Layout(has_validity=False, buffers=2, children=None)
    return _FIXED if form.startswith((*_TIMES, "d:")) else None


def check_schema(schema: ArrowSchema, depth: int = 0) -> Node:
    """Check a schema, and take its metadata away: nothing of ours reads them, and their text may be anything.

    Raises
    ------
    OmegaError
        5004.
    """
    if depth > _MAX_NESTING:
        raise malformed(f"types are nested deeper than {_MAX_NESTING}")
    if not schema.release:
        raise malformed("a schema is already released")
    schema.metadata = None
    form = _text(schema.format)
    _text(schema.name)
    layout = layout_of(form) if form is not None else None
    if layout is None:
        raise malformed(f"{form!r} is no format")
    if not 0 <= schema.n_children <= _MAX_CHILDREN or layout.children not in (None, schema.n_children):
        raise malformed(f"{schema.n_children} children of the format {form!r}")
    children = tuple(
        check_schema(ArrowSchema.from_address(child), depth + 1)
        for child in _pointers(schema.children, schema.n_children, what="a child")
    )
    dictionary = None
    if schema.dictionary:
        if not layout.is_index:
            raise malformed(f"a dictionary of the format {form!r}")
        dictionary = check_schema(ArrowSchema.from_address(schema.dictionary), depth + 1)
    return Node(layout, children, dictionary)


def _text(address: int | None) -> str | None:
    if not address:
        return None
    try:
        return ctypes.string_at(address).decode()
    except UnicodeDecodeError:
        raise malformed("a name or a format in the schema is not UTF-8") from None


def _pointers(address: int | None, count: int, *, what: str | None = None) -> Sequence[int]:
    """Read the pointers of a list; ``what`` must not be NULL."""
    if count == 0:
        return ()
    if not address or address % 8:
        raise malformed(f"{count} buffers or children, and no list of them")
    found = [pointer or 0 for pointer in (ctypes.c_void_p * count).from_address(address)]
    if what is not None and not all(found):
        raise malformed(f"{what} is NULL")
    return found


def check_array(array: ArrowArray, node: Node) -> None:
    """Check one array against its schema.

    Raises
    ------
    OmegaError
        5004.
    """
    if not (0 <= array.length <= _MAX_LENGTH and 0 <= array.offset <= _MAX_LENGTH):
        raise malformed(f"length {array.length} and offset {array.offset}")
    if not -1 <= array.null_count <= array.length:
        raise malformed(f"{array.null_count} nulls in {array.length} rows")
    _check_buffers(array, node.layout)
    if array.n_children != len(node.children):
        raise malformed(f"{array.n_children} children where the schema has {len(node.children)}")
    least = (node.layout.rows_of_child or 0) * (array.length + array.offset)
    for address, of in zip(_pointers(array.children, array.n_children, what="a child"), node.children, strict=True):
        child = ArrowArray.from_address(address)
        check_array(child, of)
        if child.length < least:
            raise malformed(f"a child has {child.length} rows, too few for its parent")
    if bool(array.dictionary) != (node.dictionary is not None):
        raise malformed("a dictionary in the array or the schema, not in both")
    if array.dictionary and node.dictionary is not None:
        check_array(ArrowArray.from_address(array.dictionary), node.dictionary)


def _check_buffers(array: ArrowArray, layout: Layout) -> None:
    wanted = layout.has_validity + layout.buffers
    if not wanted <= array.n_buffers <= (_MAX_CHILDREN if layout.is_variadic else wanted):
        raise malformed(f"{array.n_buffers} buffers, expected {wanted}")
    buffers = _pointers(array.buffers, array.n_buffers)
    validity, values = buffers[: layout.has_validity], buffers[layout.has_validity :]
    if array.null_count > 0 and not all(validity):
        raise malformed(f"{array.null_count} nulls, and buffers are missing to say where")
    rows = array.length + array.offset
    if not values:
        return
    if rows and not values[0]:
        raise malformed("buffers are missing")
    if layout.is_variadic:
        _check_variadic(values)
    elif layout.offset_width:
        _check_offsets(array, values, layout.offset_width)


def _check_offsets(array: ArrowArray, values: Sequence[int], width: int) -> None:
    offsets, rows = values[0], array.length + array.offset
    if offsets % width:
        raise malformed("offsets that are not aligned")
    if rows == 0 or not offsets:
        return
    kind = ctypes.c_int32 if width == 4 else ctypes.c_int64
    begin, end = (kind.from_address(offsets + width * row).value for row in (array.offset, rows))
    if begin < 0 or not 0 <= end <= _MAX_LENGTH:
        raise malformed(f"offsets from {begin} to {end}")
    if end and len(values) > 1 and not values[1]:
        raise malformed("buffers are missing")


def _check_variadic(values: Sequence[int]) -> None:
    """Check texts in views: the last buffer holds the lengths of those between it and the views."""
    *data, lengths = values[1:]
    if not data:
        return
    if not lengths or lengths % 8:
        raise malformed("buffers are missing or not aligned")
    found = list((ctypes.c_int64 * len(data)).from_address(lengths))
    if any(
        not 0 <= length <= _MAX_LENGTH or (length and not buffer) for buffer, length in zip(data, found, strict=True)
    ):
        raise malformed("lengths of buffers that cannot be")
