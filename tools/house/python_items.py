"""Python modules as lists of their items."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from house.items import Item, Module, no_twin_reason

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_module(path: Path, root: Path) -> Module:
    """Read a module below ``root``."""
    tree = ast.parse(path.read_text("utf-8"))
    stem = path.relative_to(root).with_suffix("").as_posix()
    return Module(
        path=path,
        stem=stem.removesuffix("__init__").rstrip("/"),
        items=tuple(_items(tree)),
        no_twin=no_twin_reason(ast.get_docstring(tree) or ""),
    )


def _items(tree: ast.Module) -> Iterator[Item]:
    for node in tree.body:
        if isinstance(node, _Function):
            yield _function(node, None)
        elif isinstance(node, ast.ClassDef):
            yield Item(kind="class", name=node.name.lstrip("_"), line=node.lineno, lines=_length(node))
            yield from _methods(node)


def _methods(node: ast.ClassDef) -> Iterator[Item]:
    owner = node.name.lstrip("_")
    methods = [part for part in node.body if isinstance(part, _Function)]
    if not any(method.name == "__init__" for method in methods):
        fields = [name for part in node.body if (name := _field(part)) is not None]
        yield Item(kind="method", name="new", parameters=tuple(fields), owner=owner, line=node.lineno, is_optional=True)
    for method in methods:
        yield _function(method, owner)


def _field(part: ast.stmt) -> str | None:
    return part.target.id if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name) else None


def _function(node: _Function, owner: str | None) -> Item:
    is_magic = node.name.startswith("__") and node.name.endswith("__")
    name = "new" if node.name == "__init__" else node.name.strip("_")
    return Item(
        kind="function" if owner is None else "method",
        name=name,
        parameters=tuple(_parameters(node, is_bound=owner is not None)),
        owner=owner,
        line=node.lineno,
        lines=_length(node),
        is_optional=is_magic and name != "new",
    )


def _parameters(node: _Function, *, is_bound: bool) -> Iterator[str]:
    arguments = node.args
    named = [*arguments.posonlyargs, *arguments.args]
    is_static = any(isinstance(one, ast.Name) and one.id == "staticmethod" for one in node.decorator_list)
    if is_bound and not is_static:
        named = named[1:]
    for argument in (*named, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg):
        if argument is not None:
            yield argument.arg.strip("_") or "_"


def _length(node: _Function | ast.ClassDef) -> int:
    """Lines of a definition, its docstring not counted: the other language writes it in front."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node) is not None:
        docstring = node.body[0]
        lines -= (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1
    return lines


def python_functions(path: Path) -> Iterator[Item]:
    """Every function of a file, nested ones too."""

    def walk(node: ast.AST, owner: str | None) -> Iterator[Item]:
        for child in ast.iter_child_nodes(node):
            inner = owner
            if isinstance(child, _Function):
                yield _function(child, owner)
            elif isinstance(child, ast.ClassDef):
                inner = child.name
            yield from walk(child, inner)

    yield from walk(ast.parse(path.read_text("utf-8")), None)
