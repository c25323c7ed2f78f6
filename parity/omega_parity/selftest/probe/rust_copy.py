"""Make the copy of the Rust sources that the module ``omega_rust_probe`` is built from.

``python -m omega_parity.selftest.probe.rust_copy <checkout> <folder>`` (``make probe`` calls it) copies the
workspace, plants every fault of ``faults.toml`` beside the expression it replaces, lets ``rule!`` count, and
stamps the copy with the original's digest (F-6). Nothing of this stands in the product; what the copy has besides lies
in ``rust_impl/probe``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from omega.data.writing import make_folder, write_file
from omega.serve.native import source_digest
from omega_parity.selftest.probe.places import Change, MisplacedError, Span, place_of
from omega_parity.selftest.probe.rules import counted_rules
from omega_parity.selftest.probe.saboteurs import SABOTEURS, Saboteur, lists_digest

_CORE: Final = "rust_impl/core/src"
_BINDING: Final = "rust_impl/python/src"
_PROBE: Final = "rust_impl/probe"

_COPIED: Final = (
    "Cargo.toml",
    "Cargo.lock",
    "clippy.toml",
    "rust_impl/*/Cargo.toml",
    "rust_impl/examples/*/Cargo.toml",
    "rust_impl/examples/*/src/*.rs",
    f"{_CORE}/**/*.rs",
    f"{_BINDING}/**/*.rs",
    f"{_PROBE}/README.md",
    f"{_PROBE}/pyproject.toml",
)

_OVERLAID: Final = {
    f"{_CORE}/marks.rs": f"{_PROBE}/marks.rs",
    f"{_CORE}/probe.rs": f"{_PROBE}/counters.rs",
    f"{_BINDING}/probe.rs": f"{_PROBE}/binding.rs",
}
"""Files of the copy that are not the product's, and which file each comes from."""

_GRAFTS: Final = (
    (f"{_CORE}/lib.rs", "mod marks;", "mod marks;\npub mod probe;"),
    (
        f"{_CORE}/engine.rs",
        "        let is_last = row == last;",
        "        crate::probe::at_bar(row, account);\n        let is_last = row == last;",
    ),
    (
        f"{_CORE}/execution/columns.rs",
        "    let points = rows + usize::from(rules.variant.starts_with_point);",
        "    let rows = crate::probe::rows_asked(rows);\n"
        "    let points = rows + usize::from(rules.variant.starts_with_point);",
    ),
    (f"{_BINDING}/lib.rs", "mod guard;", "mod guard;\nmod probe;"),
    (f"{_BINDING}/lib.rs", "#[pyo3::pymodule]", '#[pyo3::pymodule(name = "omega_rust_probe")]'),
    (
        f"{_BINDING}/lib.rs",
        'module.add("ERROR_CODES",',
        'crate::probe::add_to(module)?;\n        module.add("ERROR_CODES",',
    ),
)
"""File, text and what stands there in the copy: how the product's modules take in the probe's."""

_BUILD: Final = """\
//! Stamps the copy with the digest of the sources it was made from (F-6).

fn main() {{
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=OMEGA_SOURCE_DIGEST={digest}");
    println!("cargo::rustc-env=OMEGA_BUILD_PROFILE=probe");
}}
"""


def copied_sources(root: Path) -> dict[str, str]:
    """Return the files of the copy of a checkout, by their path below its root.

    Raises
    ------
    MisplacedError
        For a fault or a graft that no longer finds its place; the message says which and where.
    """
    digest = source_digest(root)
    files = {path.relative_to(root).as_posix(): path.read_text("utf-8") for glob in _COPIED for path in root.glob(glob)}
    files |= _plant(files, SABOTEURS.values())
    for name, text, instead in _GRAFTS:
        if files[name].count(text) != 1:
            raise MisplacedError(f"{name}: {text!r} occurs {files[name].count(text)} times instead of once")
        files[name] = files[name].replace(text, instead)
    for name, source in _OVERLAID.items():
        files[name] = (root / source).read_text("utf-8")
    files[f"{_CORE}/probe.rs"] += _lists()
    files["rust_impl/python/build.rs"] = _BUILD.format(digest=digest)
    return files


def write_copy(files: Mapping[str, str], folder: Path) -> None:
    """Make ``folder`` hold these files and no other; what is there already keeps its time, so that cargo rests."""
    kept = {folder / name for name in files}
    for path in [path for path in folder.rglob("*") if path.is_file() and path not in kept]:
        path.unlink()
    for name, text in files.items():
        path = folder / name
        if path.is_file() and path.read_text("utf-8") == text:
            continue
        make_folder(path.parent)
        write_file(path, text)


def planted(source: str, faults: Iterable[tuple[str, Change]]) -> str:
    """Plant the faults of one file, given with their names: each beside the expression that it replaces.

    Raises
    ------
    MisplacedError
        As :func:`omega_parity.selftest.probe.places.place_of`, and for two that overlap without one holding the other.
    """
    places = []
    for name, change in faults:
        try:
            first, end = place_of(source, change)
        except MisplacedError as error:
            raise MisplacedError(f"{name}: {error}") from error
        places.append(_Place(first, first if change.replacement is None else end, name, change))
    # Outer before inner, and a statement before the text it stands before.
    places.sort(key=lambda place: (place.first, place.end > place.first, -place.end))
    return _rendered(source, (0, len(source)), places)


class _Place(NamedTuple):
    first: int
    end: int
    name: str
    change: Change


def _rendered(source: str, span: Span, places: Sequence[_Place]) -> str:
    parts, at, end = [], *span
    while places:
        place, *rest = places
        inner = [other for other in rest if other.first < place.end]
        if any(other.end > place.end for other in inner):
            raise MisplacedError(f"{place.name}: {place.change} overlaps another fault")
        parts += [source[at : place.first], _marked(place, _rendered(source, (place.first, place.end), inner))]
        at, places = place.end, rest[len(inner) :]
    return "".join([*parts, source[at:end]])


def _marked(place: _Place, original: str) -> str:
    variant = _variant(place.name)
    if place.change.replacement is None:
        return f"fault!({variant} => {place.change.before});\n"
    return f"fault!({variant} => {place.change.replacement}, else {original})"


def _variant(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _plant(files: Mapping[str, str], faults: Iterable[Saboteur]) -> dict[str, str]:
    by_file: dict[str, list[tuple[str, Change]]] = {}
    for fault in faults:
        for change in fault.rust:
            by_file.setdefault(f"{_CORE}/{change.file}", []).append((fault.name, change))
    for name, changes in by_file.items():
        if name not in files:
            raise MisplacedError(f"{changes[0][0]}: there is no file {changes[0][1].file}")
    return {name: planted(files[name], changes) for name, changes in by_file.items()}


def _lists() -> str:
    """Write the lists of rules and faults in Rust."""
    rules = ", ".join(f'"{rule}"' for rule in counted_rules())
    names = ", ".join(f'("{name}", Fault::{_variant(name)})' for name in SABOTEURS)
    variants = "".join(f"    /// {fault.what}\n    {_variant(fault.name)},\n" for fault in SABOTEURS.values())
    return f"""
/// Ids of the rules that are counted.
pub const RULES: [&str; {len(counted_rules())}] = [{rules}];

/// Every built-in fault by name.
pub const FAULTS: [(&str, Fault); {len(SABOTEURS)}] = [{names}];

/// A built-in fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Fault {{
{variants}}}

/// Digest of the lists that this is made from.
pub const LISTS_DIGEST: &str = "{lists_digest()}";
"""


def main(arguments: list[str]) -> int:
    """Return 0 when the copy is made, 1 when a fault no longer finds its place."""
    root, folder = map(Path, arguments)
    try:
        write_copy(copied_sources(root), folder)
    except MisplacedError as error:
        print(f"faults.toml: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
