"""Which components may be Rust under ``auto`` and beyond: those with a GO record of these very sources (F-8)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import xxhash

from omega.contract.errors import OmegaError
from omega.flags.plan import Approval
from omega.flags.registry import BY_NAME
from omega.flags.sources import variable
from omega.serve import native
from omega.serve.evidence import DEFAULT, VARIABLE, read

KIND: Final = "go_no_go"
CARRIED: Final = Path(__file__).resolve().parents[1] / "go.json"
"""The GO record that a release carries of its own build; a checkout has none until `omega go-no-go --carry`."""

_PARTS: Final = {"sources", "components", "verdict"}
"""What is looked at of a record; a file of a release that somebody edited may lack one, and then says nothing."""
_PACKAGES: Final = ("omega", "omega_reference")
_DEFAULT: Final = str(DEFAULT)
_on_trial: ContextVar[bool] = ContextVar("omega_on_trial", default=False)


@contextmanager
def trial() -> Iterator[None]:
    """Let every component pass inside the block: for those that measure what a record is made of."""
    token = _on_trial.set(True)
    try:
        yield
    finally:
        _on_trial.reset(token)


def approvals() -> Approval:
    """Return what is known now; read anew when the evidence changed, the same object while it did not."""
    if _on_trial.get():
        return _everything
    named = variable(VARIABLE) or _DEFAULT  # `place` as text: to make a path takes longer than all else here
    try:
        found = os.stat(named)  # noqa: PTH116 (for the same reason)
    except OSError:
        return _known(named)
    return _known(named, found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)


def record_of(wave: int, word: str, components: Iterable[str], records: Iterable[int]) -> dict[str, Any]:
    """Make the content of a record: the word on a wave over these sources, and what it was judged by."""
    content = {"wave": wave, "verdict": word, "components": [*components], "records": [*records]}
    return {**content, "sources": sources_here(), "figures": {}}


@cache
def sources_here() -> str:
    """Return the digests of what serves: the Python sources of both sides' packages, and those of the native module."""
    digest = xxhash.xxh3_128()
    for package in _PACKAGES:
        spec = find_spec(package)
        for folder in map(Path, (spec and spec.submodule_search_locations) or ()):
            for path in sorted(folder.rglob("*.py")):
                digest.update(f"{package}/{path.relative_to(folder).as_posix()}".encode() + b"\0")
                digest.update(xxhash.xxh3_128_digest(path.read_bytes().replace(b"\r\n", b"\n")))
    module = native.load()
    return f"{digest.hexdigest()}-{'' if module is None else module.SOURCE_DIGEST}"


def latest_words(path: Path, sources: str) -> dict[str, str]:
    """Return the last word on each component over those sources: what was carried, then what the evidence says.

    Raises
    ------
    OmegaError
        As :func:`omega.serve.evidence.read`.
    """
    contents = [*_carried(), *(record.content for record in read(path) if record.kind == KIND)]
    return {
        name: content["verdict"]
        for content in contents
        if content["sources"] == sources
        for name in content["components"]
    }


def _everything(_: str) -> str:
    return ""


@cache
def _known(named: str, *_: int) -> Approval:
    path = Path(named)
    words: Mapping[str, str] = {}
    broken = ""
    try:
        words = latest_words(path, sources_here())
    except OmegaError as error:
        broken = error.message

    def why_not(component: str) -> str:
        word = words.get(component)
        if word == "GO":
            return ""
        if broken:
            cure = f"move the file away, or name another ({VARIABLE})"
            return f"{component} has no GO record that can be read: {broken}; {cure}"
        wave = BY_NAME[component].wave
        said = f"{component} has no GO record of these sources" if word is None else f"{component} is {word}"
        return f"{said}; get one with: omega go-no-go --wave {wave} ({path})"

    return why_not


def _carried() -> list[dict[str, Any]]:
    try:
        document = json.loads(CARRIED.read_bytes())
    except (OSError, ValueError):
        return []
    given = document if isinstance(document, list) else []
    records = [one for one in given if isinstance(one, dict) and one.keys() >= _PARTS]
    return [one for one in records if isinstance(one["components"], list)]
