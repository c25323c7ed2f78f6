"""The reference as a probe: a copy in memory that counts rules and can carry a fault; the original is left alone.

The copy is made of the same source under the name ``omega_reference_probe``. A comment line ``# hit E-7`` or
``# hit E-7 if <expression>`` of the reference becomes a call that counts, and a saboteur's changes are made. Modules
that a fault cannot reach, because none of them imports what it changes, are made once and shared by all faults.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Final

from omega.flags.registry import BY_NAME
from omega_parity.drive.components import Factory
from omega_parity.drive.observe import Side
from omega_parity.selftest.probe.places import Change, MisplacedError, replaced
from omega_parity.selftest.probe.rules import RuleCounts, counted_rules, no_hits
from omega_parity.selftest.probe.switches import REFERENCE_FAULTS

ORIGINAL: Final = "omega_reference"
COPY: Final = "omega_reference_probe"

_HIT: Final = "__hit__"
_MARK: Final = re.compile(
    r"^(?P<indent> *)# hit (?P<rule>(?:Q-)?[A-Z]-?\d+[a-z]?)(?: if (?P<condition>.+))?$", re.MULTILINE
)
_LOOKS_LIKE_MARK: Final = re.compile(r"# *hit\b")
_IMPORT: Final = re.compile(rf"^(?P<head>from|import) {ORIGINAL}\b", re.MULTILINE)


class ReferenceProbe:
    """One copy of the reference, healthy or with one fault.

    Parameters
    ----------
    fault : str, optional
        A name in :data:`omega_parity.selftest.probe.switches.REFERENCE_FAULTS`: a saboteur's, or ``without E-7``.

    Raises
    ------
    MisplacedError
        When the fault no longer finds its place.
    """

    def __init__(self, fault: str | None = None) -> None:
        self._counts = no_hits()
        changes = () if fault is None else REFERENCE_FAULTS[fault].reference
        try:
            self._modules = _load_copy(changes, self._hit)
        except MisplacedError as error:
            raise MisplacedError(f"{fault}: {error}") from error

    def module(self, name: str) -> Any:
        """Return a module of the copy by its name within the package, as in ``engine``."""
        return self._modules[f"{COPY}.{name}"]

    def side(self) -> Side:
        """Return the copy as a side of a comparison."""
        return Side(label="reference (probe)", engine=self.module("engine").Engine())

    def component(self, name: str) -> Factory:
        """Return what builds a component of the copy, by its name in the registry."""
        path = BY_NAME[name].reference
        module, _, attribute = path.removeprefix(f"{ORIGINAL}.").partition(":")
        factory: Factory = getattr(self.module(module), attribute)
        return factory

    def rule_counts(self) -> RuleCounts:
        """Return the hits so far, by rule; with a fault, those of the modules that it reaches."""
        return dict(self._counts)

    def reset_counts(self) -> None:
        """Start counting anew."""
        self._counts.update(no_hits())

    def _hit(self, rule: str, condition: bool = True) -> None:
        if condition:
            self._counts[rule] += 1


@cache
def reference_modules() -> tuple[str, ...]:
    """Return the names of the reference's modules within the package, the package itself as an empty name."""
    root = _root()
    return tuple(sorted(_name_of(path.relative_to(root)) for path in root.rglob("*.py")))


def source_of(module: str) -> str:
    """Return the source of a module of the reference."""
    return path_of(module).read_text("utf-8")


@cache
def file_of(module: str) -> str:
    """Return the path of a module's source below the reference's."""
    return path_of(module).relative_to(_root()).as_posix()


def instrument(source: str) -> str:
    """Turn the marks of a module into calls; no line is added or taken away.

    Raises
    ------
    ValueError
        For a mark that names no counted rule or is not written in the one form.
    """

    def call(mark: re.Match[str]) -> str:
        rule, condition = mark["rule"], mark["condition"]
        if rule not in counted_rules():
            raise ValueError(f"a mark counts {rule}, which rules.toml does not list")
        arguments = f'"{rule}"' if condition is None else f'"{rule}", {condition}'
        return f"{mark['indent']}{_HIT}({arguments})"

    instrumented = _MARK.sub(call, source)
    left = _LOOKS_LIKE_MARK.search(instrumented)
    if left is not None:
        line = instrumented.count("\n", 0, left.start()) + 1
        raise ValueError(f"line {line}: a mark is a comment line of its own, `# hit <rule> [if <expression>]`")
    return instrumented


def marked_rules() -> frozenset[str]:
    """Return the rules that the reference's marks name."""
    return frozenset(mark["rule"] for module in reference_modules() for mark in _MARK.finditer(source_of(module)))


@cache
def _root() -> Path:
    spec = importlib.util.find_spec(ORIGINAL)
    assert spec is not None, "the reference is always installed"
    assert spec.origin is not None
    return Path(spec.origin).parent


def _name_of(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def path_of(module: str) -> Path:
    """Return the file of a module of the reference."""
    path = _root().joinpath(*module.split(".")) if module else _root()
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def _compiled(module: str, changes: tuple[Change, ...]) -> CodeType:
    source = instrument(replaced(source_of(module), changes))
    return compile(_IMPORT.sub(rf"\g<head> {COPY}", source), f"<{COPY}.{module}>", "exec", dont_inherit=True)


class _CopyFinder(MetaPathFinder, Loader):
    """Imports the copy's modules from the original's sources."""

    def __init__(self, changes: Sequence[Change], hit: Callable[..., None]) -> None:
        self._changes = tuple(changes)
        self._hit = hit

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Recognise the copy's modules."""
        if fullname != COPY and not fullname.startswith(f"{COPY}."):
            return None
        is_package = path_of(fullname[len(COPY) + 1 :]).name == "__init__.py"
        return importlib.util.spec_from_loader(fullname, self, is_package=is_package)

    def exec_module(self, module: ModuleType) -> None:
        """Run the rewritten source of one module."""
        name = module.__name__[len(COPY) + 1 :]
        changes = tuple(change for change in self._changes if change.file == file_of(name))
        vars(module)[_HIT] = self._hit
        exec(_compiled(name, changes), vars(module))


def _load_copy(changes: Sequence[Change], hit: Callable[..., None]) -> dict[str, ModuleType]:
    files = {file_of(name): name for name in reference_modules()}
    for change in changes:
        if change.file not in files:
            raise MisplacedError(f"{change}: there is no such file")
    reached = _reached(frozenset(files[change.file] for change in changes))
    shared = {name: module for name, module in _healthy().items() if name not in reached} if changes else {}
    with _importing(_CopyFinder(changes, hit), shared):
        for name in reference_modules():
            importlib.import_module(_copied(name))
        return {name: module for name, module in sys.modules.items() if name.partition(".")[0] == COPY}


@cache
def _healthy() -> dict[str, ModuleType]:
    return _load_copy((), lambda *_: None)


@cache
def _reached(changed: frozenset[str]) -> frozenset[str]:
    """Return the copy's names of the modules that are changed, that import such a module, or that are above one."""
    reached, imported = set(changed), _imports()
    while more := {
        name
        for name in reference_modules()
        if name not in reached and (imported[name] & reached or any(one.startswith(f"{name}.") for one in reached))
    }:
        reached |= more
    return frozenset(map(_copied, (*reached, "")))


@cache
def _imports() -> dict[str, frozenset[str]]:
    """Return which modules of the reference each of them imports, wherever in its source."""
    return {name: frozenset(_imported(ast.parse(source_of(name)))) for name in reference_modules()}


def _imported(source: ast.Module) -> Iterator[str]:
    names = [node for node in ast.walk(source) if isinstance(node, ast.ImportFrom | ast.Import)]
    for node in names:
        if isinstance(node, ast.ImportFrom):
            dotted = [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            dotted = [alias.name for alias in node.names]
        yield from (one.removeprefix(f"{ORIGINAL}.") for one in dotted if one.startswith(f"{ORIGINAL}."))


def _copied(name: str) -> str:
    return f"{COPY}.{name}" if name else COPY


@contextmanager
def _importing(finder: MetaPathFinder, shared: Mapping[str, ModuleType]) -> Iterator[None]:
    """Let ``finder`` import what is not shared, and leave no trace in ``sys``: copies live side by side."""
    sys.meta_path.insert(0, finder)
    sys.modules.update(shared)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name.partition(".")[0] == COPY]:
            del sys.modules[name]
