"""Twins: whoever has a file of the reference open finds its Rust file, functions, order and parameters by name."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from house.items import NO_TWIN, Item, Module
from house.python_items import python_module
from house.rust_items import rust_modules

Side = Literal["reference", "core", "binding"]
Breach = Literal["module", "absent", "parameters", "order", "uncalled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place where the two sides do not correspond.

    ``side`` is where the module or function stands that has no twin; of two that differ it is the reference.
    ``name`` is empty for a whole module. ``message`` names both places.
    """

    breach: Breach
    side: Side
    module: str
    name: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found, and how many of the reference's functions have a twin of equal name and parameters.

    Attributes
    ----------
    functions : tuple
        Those of the reference that a twin is asked of.
    matched : int
        Those of them that have it.
    plumbing : int
        Functions of the reference in modules that say why they have no twin.
    """

    findings: tuple[Finding, ...]
    functions: tuple[tuple[Module, Item], ...]
    matched: int
    plumbing: int

    @property
    def share(self) -> float:
        """Matched functions per function, 0 … 1."""
        return self.matched / len(self.functions) if self.functions else 0.0

    def __str__(self) -> str:
        return (
            f"{self.matched} of {len(self.functions)} functions of the reference have a twin of the same name and"
            f" parameters: {self.share:.1%}; {self.plumbing} more are plumbing, in modules that say so"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """All modules of both implementations; of the Rust side the core comes before the binding."""

    reference: tuple[Module, ...]
    core: tuple[Module, ...]
    binding: tuple[Module, ...]

    def twin_of(self, module: Module) -> Module | None:
        """The module of the other side that has the same path and does not deny it."""
        others = (*self.core, *self.binding) if module in self.reference else self.reference
        return next((one for one in others if one.stem == module.stem and one.no_twin is None and one.items), None)


def read_house(reference: Path, core: Path, binding: Path) -> House:
    """Read the modules below three folders."""
    return House(
        reference=_with_folders([python_module(path, reference) for path in sorted(reference.rglob("*.py"))]),
        core=_with_folders(rust_modules(core)),
        binding=_with_folders(rust_modules(binding, prefix="Py")),
    )


def _with_folders(modules: Sequence[Module]) -> tuple[Module, ...]:
    """What the file of a folder says of twins holds for all modules in it."""
    said = {module.stem: module.no_twin for module in modules if module.no_twin is not None and _is_folder(module)}
    own = [module.no_twin if module.no_twin is not None else _inherited(module, said) for module in modules]
    return tuple(replace(module, no_twin=reason) for module, reason in zip(modules, own, strict=True))


def _is_folder(module: Module) -> bool:
    return module.path.name in ("__init__.py", "mod.rs", "lib.rs")


def _inherited(module: Module, said: Mapping[str, str]) -> str | None:
    folders = [module.stem, *(parent.as_posix() for parent in PurePosixPath(module.stem).parents)]
    return next((said[folder] for folder in ("" if one == "." else one for one in folders) if folder in said), None)


def judge_twins(house: House) -> Report:
    """Compare both directions: modules, names, parameters, order."""
    findings: list[Finding] = []
    functions: list[tuple[Module, Item]] = []
    matched = plumbing = 0
    uncalled = list(_uncalled(house))
    dead = {(finding.module, finding.name) for finding in uncalled}
    sides: tuple[tuple[Side, Sequence[Module]], ...] = (
        ("reference", house.reference),
        ("core", house.core),
        ("binding", house.binding),
    )
    for side, modules in sides:
        for module in modules:
            findings += _unpaired(house, side, module)
    for module in house.reference:
        twin = house.twin_of(module) if module.no_twin is None and module.items else None
        own = [item for item in module.items if item.kind != "class" and not item.is_optional]
        if module.no_twin is None:
            functions += [(module, item) for item in own]
        else:
            plumbing += len(own)
        if twin is not None:
            others = _by_key(twin)
            alive = [item for item in own if (module.stem, item.key) not in dead]
            matched += sum(_is_matched(item, others.get(item.key)) for item in alive)
            twin_side: Side = "core" if twin in house.core else "binding"
            findings += _absent(house, "reference", module, twin)
            findings += _absent(house, twin_side, twin, module)
            findings += _parameters(module, twin)
            findings += _order(module, twin)
    return Report(findings=(*findings, *uncalled), functions=tuple(functions), matched=matched, plumbing=plumbing)


def _by_key(module: Module) -> dict[str, Item]:
    """Items by name; of several with one name the first."""
    return {item.key: item for item in reversed(module.items)}


def _is_matched(item: Item, other: Item | None) -> bool:
    return other is not None and _agree(item.parameters, other.parameters)


def _agree(left: Sequence[str], right: Sequence[str]) -> bool:
    """Equal names in equal order; `_` is what a side that does not use it calls any of them."""
    if len(left) != len(right):
        return False
    return all(one == other or "_" in (one, other) for one, other in zip(left, right, strict=True))


def _unpaired(house: House, side: Side, module: Module) -> Iterator[Finding]:
    if not module.items or (module.no_twin is None and house.twin_of(module) is not None):
        return
    if module.no_twin is None:
        others = "the core or the binding" if side == "reference" else "the reference"
        text = f"{module.path}: no module {module.stem or '(root)'} in {others}, and its first line gives no reason"
    elif not module.no_twin:
        text = f"{module.path}: `{NO_TWIN}` without a reason"
    else:
        return
    yield Finding(breach="module", side=side, module=module.stem, name="", message=text)


def _absent(house: House, side: Side, module: Module, twin: Module) -> Iterator[Finding]:
    others = _by_key(twin)
    for item in module.items:
        if item.key in others or item.is_optional:
            continue
        text = f"{module.place(item)}: {item.signature} has no twin in {twin.path}{_elsewhere(house, side, item)}"
        yield Finding(breach="absent", side=side, module=module.stem, name=item.key, message=text)


def _elsewhere(house: House, side: Side, item: Item) -> str:
    others = (*house.core, *house.binding) if side == "reference" else house.reference
    if item.name == "new":
        return ""
    places = [f"{one.place(found)} {found.key}" for one in others for found in one.items if found.name == item.name]
    return f"; of that name there is {', '.join(places[:3])}" if places else ""


def _parameters(module: Module, twin: Module) -> Iterator[Finding]:
    others = _by_key(twin)
    for key, item in _by_key(module).items():
        other = others.get(key)
        if other is None or item.kind == "class" or (item.is_optional and other.is_optional):
            continue
        if not _agree(item.parameters, other.parameters):
            text = f"{module.place(item)}: {item.signature} has other parameters than {twin.place(other)}: "
            text += other.signature
            yield Finding(breach="parameters", side="reference", module=module.stem, name=key, message=text)


def _order(module: Module, twin: Module) -> Iterator[Finding]:
    """Names of both sides that break the common order: the fewest that would have to move."""
    here, there = _by_key(module), _by_key(twin)
    for owner in sorted({item.owner or "" for item in module.items}):
        common = [key for key, item in here.items() if key in there and (item.owner or "") == owner]
        common.sort(key=lambda key: module.items.index(here[key]))
        kept = _longest_rising([twin.items.index(there[key]) for key in common])
        for place, key in enumerate(common):
            if place not in kept and not (here[key].is_optional or there[key].is_optional):
                text = f"{module.place(here[key])}: {key} stands in another order than {twin.place(there[key])}"
                yield Finding(breach="order", side="reference", module=module.stem, name=key, message=text)


def _uncalled(house: House) -> Iterator[Finding]:
    """Functions of the core that only tests call: a compiler lets a library keep them, and they prove nothing."""
    called = frozenset[str]().union(*(module.called for module in (*house.core, *house.binding)))
    for module in house.core:
        for item in module.items:
            ways = {item.name} if item.owner is None else {item.name, f".{item.name}"}
            if item.kind != "class" and not item.is_optional and not called & ways:
                text = f"{module.place(item)}: nothing but tests calls {item.signature}"
                yield Finding(breach="uncalled", side="core", module=module.stem, name=item.key, message=text)


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """Places of the longest rising part of a sequence."""
    tails: list[int] = []
    ends: list[int] = []
    before: Mapping[int, int] = {}
    for place, number in enumerate(numbers):
        length = bisect_left(tails, number)
        before = {**before, place: ends[length - 1] if length else -1}
        tails[length:] = [number] if length == len(tails) else [number, *tails[length + 1 :]]
        ends[length:] = [place] if length == len(ends) else [place, *ends[length + 1 :]]
    kept: set[int] = set()
    place = ends[-1] if ends else -1
    while place >= 0:
        kept.add(place)
        place = before[place]
    return kept
