"""Write the document: each part is read from where it is declared, so that it cannot say anything else."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa

from omega.contract import CHAIN_LAYOUT_VERSION, CONTRACT_VERSION, batches, schemas
from omega.contract.errors import ErrorCode

STUB: Final = Path("rust_impl/python/omega_rust.pyi")
PROTOCOLS: Final = Path("bridge/omega/contract/protocols.py")

_FAMILIES: Final = {1: "input", 2: "computation", 3: "data and files", 4: "internal", 5: "boundary", 6: "resources"}


def document(root: Path) -> str:
    """Return the document, as Markdown."""
    parts = (
        [
            "# The boundary between Python and Rust",
            f"Contract {CONTRACT_VERSION}, layout of the state chain {CHAIN_LAYOUT_VERSION}. Made from the code by "
            "`make ffi`; semantics are those of `bridge/CONTRACT.md`.",
        ],
        ["## `omega_rust`, the native module", *_interface(root / STUB)],
        ["## Protocols that both sides fulfil", *_interface(root / PROTOCOLS)],
        ["## Tables", "Arrow, over the C stream interface; columns in this order.", *_tables()],
        ["## Tables of batches and of the door", *_layouts()],
        ["## Error codes", _codes()],
    )
    return "\n\n".join(paragraph for part in parts for paragraph in part) + "\n"


def _interface(file: Path) -> Iterator[str]:
    """Yield every public function and class of a file with its signatures and what they say."""
    module = ast.parse(file.read_text(encoding="utf-8"))
    yield _said(module)
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield f"### `{node.name}`"
            yield _code([node])
            yield _said(node)
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield f"### `{node.name}`"
            yield _said(node)
            methods = [one for one in node.body if isinstance(one, ast.FunctionDef)]
            if methods:
                yield _code(methods)
            for method in methods:
                if ast.get_docstring(method):
                    yield f"`{method.name}`: {_said(method)}"


def _said(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> str:
    return ast.get_docstring(node) or "(no more than its signature says)"


def _code(functions: Iterable[ast.FunctionDef]) -> str:
    lines = []
    for one in functions:
        returned = "" if one.returns is None else f" -> {ast.unparse(one.returns)}"
        is_property = any(ast.unparse(mark) == "property" for mark in one.decorator_list)
        lines.append(f"{one.name}{returned}" if is_property else f"{one.name}({ast.unparse(one.args)}){returned}")
    return "```python\n" + "\n".join(lines) + "\n```"


def _tables() -> Iterator[str]:
    for name, schema in vars(schemas).items():
        if isinstance(schema, pa.Schema):
            yield f"### `{name}`"
            rows = ((field.name, field.type, "yes" if field.nullable else "no") for field in schema)
            yield _table(("column", "type", "null"), rows)


def _layouts() -> Iterator[str]:
    for layout in batches.LAYOUTS:
        yield f"### `{layout.name}`, version {layout.version}, fingerprint `{layout.fingerprint}`"
        rows = ((field.name, field.type, layout.nulls.get(field.name, "never null")) for field in layout.schema)
        yield _table(("column", "type", "a null means"), rows)


def _codes() -> str:
    rows = ((int(code), code.name, _FAMILIES.get(code // 1000, "")) for code in ErrorCode)
    return _table(("code", "name", "family"), rows)


def _table(head: tuple[str, ...], rows: Iterable[Iterable[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
