"""Whether what is judged is what lies beside the judge: no module from elsewhere, no assertions left out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.machinery import ExtensionFileLoader
from pathlib import Path
from typing import Final

import xxhash

_HERE: Final = Path(__file__).resolve().parents[2]
"""The folder that `omega_parity` lies in."""

CHECKOUT: Final = _HERE.parent if (_HERE / "conftest.py").is_file() and (_HERE.parent / "rust_impl").is_dir() else None
"""The checkout that the judge belongs to; None for an installed package."""

_FOLDERS: Final = {"omega": "bridge", "omega_reference": "reference_py", "omega_parity": "parity"}
"""Packages, and where a checkout has them; an installation has them beside each other."""

_EXTENSION: Final = "omega_rust.omega_rust"

OPTIMIZED: Final = "Python runs without assertions (-O or PYTHONOPTIMIZE), some of which the gates are made of"


def foreign_parts() -> tuple[str, ...]:
    """Say what takes part and does not belong to this judge; nothing if all does."""
    return (*_optimized(), *_modules_from_elsewhere(), *_no_extension())


def _optimized() -> Iterator[str]:
    if sys.flags.optimize:
        yield OPTIMIZED


def package_folder(package: str) -> Path:
    """Return the folder that a package of this judge's installation lies in."""
    return _HERE / package if CHECKOUT is None else CHECKOUT / _FOLDERS[package] / package


def _modules_from_elsewhere() -> Iterator[str]:
    for package in _FOLDERS:
        folder = package_folder(package)
        for name, module in sorted(sys.modules.items()):
            if name != package and not name.startswith(f"{package}."):
                continue
            file = getattr(module, "__file__", None)
            if file is None or not Path(file).resolve().is_relative_to(folder):
                yield f"{name} does not come from where omega_parity does"
                break


def _no_extension() -> Iterator[str]:
    module = sys.modules.get("omega_rust")
    if module is None:
        return
    compiled = sys.modules.get(_EXTENSION)
    spec = None if compiled is None else compiled.__spec__
    if spec is None or not isinstance(spec.loader, ExtensionFileLoader):
        yield "omega_rust is no compiled module"
    elif Path(str(spec.origin)).resolve().parent != Path(str(module.__file__)).resolve().parent:
        yield "omega_rust does not come from where its compiled module does"


def source_digest() -> str:
    """Return the xxh3_128, in hex, of the Python sources of both sides and of the judge: paths and bytes."""
    digest = xxhash.xxh3_128()
    for package in _FOLDERS:
        folder = package_folder(package)
        for path in sorted(folder.rglob("*.py")):
            digest.update(f"{package}/{path.relative_to(folder).as_posix()}".encode() + b"\0")
            digest.update(xxhash.xxh3_128_digest(path.read_bytes().replace(b"\r\n", b"\n")))
    return digest.hexdigest()
