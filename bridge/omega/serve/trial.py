"""What can be said of the native module without loading it: its file, and what a process of its own dies of."""

from __future__ import annotations

import importlib.util
import signal
import struct
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Final

MODULE: Final = "omega_rust"

_SECONDS: Final = 60.0
_SCRIPT: Final = f"import sys; sys.path[:] = sys.argv[1:]; import {MODULE}"
_ELF_64_LITTLE: Final = b"\x7fELF\x02\x01"
_ELF_HEADER: Final = struct.Struct("<16sHHIQQQIHHHHHH")
_ELF_SEGMENT: Final = struct.Struct("<IIQQQQQQ")


def missing_bytes() -> str | None:
    """Say that the module's file ends before its own segments do, or None.

    Mapping such a file works; the first touch of a page that is not there kills the process (SIGBUS), and no exception
    handler helps. Only ELF files tell; of others the loader itself finds out.
    """
    path = _extension()
    if path is None:
        return None
    try:
        is_short = _is_short(path)
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"
    return f"{path} ends before its own segments do" if is_short else None


def death() -> str | None:
    """Import the module in a process of its own; say what that process died of, or None.

    An exception is no death: importing it here says more.
    """
    command = [sys.executable, "-c", _SCRIPT, *(str(Path(entry).resolve()) for entry in sys.path)]
    try:
        ended = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"importing {MODULE} took more than {_SECONDS:.0f} s"
    if ended.returncode in (0, 1):
        return None
    if ended.returncode > 1:
        return f"importing {MODULE} ends the process with exit code {ended.returncode}"
    return f"importing {MODULE} kills the process: {_signal_name(-ended.returncode)}"


def _signal_name(number: int) -> str:
    return next((known.name for known in signal.Signals if known == number), f"signal {number}")


def _extension() -> Path | None:
    """Find the file that importing the module would load."""
    if MODULE in sys.modules:
        return None
    try:
        spec = importlib.util.find_spec(MODULE)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    places = [Path(folder) / MODULE for folder in spec.submodule_search_locations or ()]
    candidates = [Path(spec.origin)] if spec.origin is not None else []
    candidates += [place.with_name(place.name + suffix) for place in places for suffix in EXTENSION_SUFFIXES]
    return next((path for path in candidates if path.name.endswith(tuple(EXTENSION_SUFFIXES)) and path.is_file()), None)


def _is_short(path: Path) -> bool:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_ELF_HEADER.size)
        if not head.startswith(_ELF_64_LITTLE) or len(head) < _ELF_HEADER.size:
            return False  # the loader refuses what is too short to be a library at all
        fields = _ELF_HEADER.unpack(head)
        segments_at, sections_at, segment_size, segments, section_size, sections = (
            *fields[5:7],
            *fields[9:13],
        )
        if segment_size != _ELF_SEGMENT.size or sections_at + section_size * sections > size:
            return True
        file.seek(segments_at)
        table = file.read(segment_size * segments)
    if len(table) < segment_size * segments:
        return True
    return any(offset + length > size for _, _, offset, _, _, length, _, _ in _ELF_SEGMENT.iter_unpack(table))
