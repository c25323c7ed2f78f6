"""The native module as a file and as a module, held to bytes made by hand (F-6)."""

from __future__ import annotations

import struct
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import xxhash

from omega.contract.errors import ErrorCode
from omega.serve import native, trial

from .refusals import refused


def elf(*, segments: list[tuple[int, int]], size: int, **changes: int) -> bytes:
    """Lay out a 64-bit little-endian ELF file with these segments (offset, length)."""
    fields = {"segments_at": 64, "sections_at": 0, "segment_size": 56, "sections": 0, "section_size": 64} | changes
    claimed = changes.get("claimed", len(segments))
    head = struct.pack(
        "<16sHHIQQQIHHHHHH",
        b"\x7fELF\x02\x01\x01",
        *(3, 62, 1, 0, fields["segments_at"], fields["sections_at"], 0, 64),
        *(fields["segment_size"], claimed, fields["section_size"], fields["sections"], 0),
    )
    table = b"".join(struct.pack("<IIQQQQQQ", 1, 5, at, 0, 0, length, length, 4096) for at, length in segments)
    return (head + table).ljust(size, b"\0")[:size]


@pytest.mark.rule("F-6")
@pytest.mark.parametrize(
    ("content", "is_short"),
    [
        (elf(segments=[(0, 400)], size=400), False),
        (elf(segments=[(0, 401)], size=400), True),
        (elf(segments=[(100, 300)], size=400), False),
        (elf(segments=[(101, 300)], size=400), True),
        (elf(segments=[(0, 10), (0, 401)], size=400), True),
        (elf(segments=[], size=400, sections_at=272, sections=2), False),
        (elf(segments=[], size=400, sections_at=273, sections=2), True),
        (elf(segments=[(0, 100)], size=400, segment_size=55), True),
        (elf(segments=[(0, 100)], size=400, claimed=7), True),
        (elf(segments=[(0, 100)], size=400, claimed=6), False),
        (elf(segments=[(0, 100)], size=100), True),
        (elf(segments=[], size=63), False),
        (b"MZ" + b"\0" * 100, False),
        (elf(segments=[(0, 999)], size=400).replace(b"\x7fELF\x02", b"\x7fELF\x01"), False),
        (b"", False),
    ],
)
def test_a_library_that_ends_too_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, is_short: bool
) -> None:
    path = tmp_path / "lib.so"
    path.write_bytes(content)
    monkeypatch.setattr(trial, "_extension", lambda: path)
    assert trial.missing_bytes() == (f"{path} ends before its own segments do" if is_short else None)
    monkeypatch.setattr(trial, "_extension", lambda: tmp_path / "none.so")
    assert trial.missing_bytes() == f"{tmp_path / 'none.so'} cannot be read: No such file or directory"
    monkeypatch.setattr(trial, "_extension", lambda: None)
    assert trial.missing_bytes() is None


@pytest.mark.rule("F-6")
def test_what_a_process_died_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(script: str) -> str | None:
        monkeypatch.setattr(trial, "_SCRIPT", script)
        return trial.death()

    assert found("pass") is None
    assert found("raise ImportError") is None
    assert found("import os; os._exit(3)") == "importing omega_rust ends the process with exit code 3"
    assert found("import os; os.kill(os.getpid(), 9)") == "importing omega_rust kills the process: SIGKILL"
    monkeypatch.setattr(trial, "_SECONDS", 0.05)
    assert found("import time; time.sleep(5)") == "importing omega_rust took more than 0 s"


@pytest.mark.rule("F-6")
def test_the_digest_of_sources_by_hand(tmp_path: Path) -> None:
    files = {
        "Cargo.toml": b"a\r\nb\n",
        "Cargo.lock": b"",
        "rust_impl/core/src/lib.rs": b"fn main() {}\r\n",
        "rust_impl/core/Cargo.toml": b"x",
        "rust_impl/Z.rs": b"z",
        "rust_impl/commented.rs": b"one();\n    // left\n//! out\ntwo(); // kept\n",
        "rust_impl/core/src/tests/lib.rs": b"left out",
        "rust_impl/core/examples/timing.rs": b"left out",
        "rust_impl/target/made.rs": b"left out",
        "rust_impl/target.rs": b"taken",
        "rust_impl/notes.md": b"left out",
        "other/lib.rs": b"left out",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    hashed = b""
    for name in sorted(name for name, content in files.items() if content != b"left out"):
        content = files[name].replace(b"\r\n", b"\n").replace(b"    // left\n//! out\n", b"")
        hashed += name.encode() + b"\0" + len(content).to_bytes(8, "little") + content
    assert native.source_digest(tmp_path) == xxhash.xxh3_128(hashed).hexdigest()


@pytest.mark.rule("F-6")
@pytest.mark.parametrize(
    ("changes", "root", "usable", "alarming", "said"),
    [
        ({}, False, True, False, "omega_rust 9.9 is built from these sources"),
        ({}, True, False, True, "omega_rust was built from other sources than those in this checkout"),
        ({"BUILD_PROFILE": "debug"}, False, True, False, "omega_rust 9.9 is a debug build: right, but slow"),
        ({"CONTRACT_VERSION": 99}, False, False, True, "omega_rust speaks contract 99 and chain layout 2, this "),
        ({"CHAIN_LAYOUT_VERSION": 99}, False, False, True, "omega_rust speaks contract 1 and chain layout 99, this "),
        ({"run": None}, False, False, True, "omega_rust is broken: it lacks run"),
        ({"Bars": None, "crossings": None}, False, False, True, "omega_rust is broken: it lacks crossings, Bars"),
        (
            {"CONTRACT_VERSION": None, "CHAIN_LAYOUT_VERSION": None, "__file__": "/x.so"},
            *(False, False, True, "omega_rust is broken: what stands at /x.so is another module of that name"),
        ),
    ],
)
def test_a_module_is_judged(
    tmp_path: Path, changes: dict[str, Any], root: bool, usable: bool, alarming: bool, said: str
) -> None:
    (tmp_path / "rust_impl").mkdir()
    for name in ("Cargo.toml", "Cargo.lock"):
        (tmp_path / name).write_bytes(b"")
    facts = {"CONTRACT_VERSION": 1, "CHAIN_LAYOUT_VERSION": 2, "SOURCE_DIGEST": "x", "BUILD_PROFILE": "release"}
    facts |= {"__version__": "9.9", "crossings": 1, "run": 1, "Bars": 1, "ExecutionSimulator": 1}
    module = ModuleType("omega_rust")
    for name, value in {**facts, **changes}.items():
        if value is not None:
            setattr(module, name, value)
    status = native._judge(module, tmp_path if root else None)
    assert (status.is_usable, status.is_alarming) == (usable, alarming)
    assert status.why.startswith(said)
    is_fine = usable and "debug" not in said
    assert status.fix == ("" if is_fine else "maturin develop --release -m rust_impl/python/Cargo.toml")


@pytest.mark.rule("F-6")
def test_a_module_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "MODULE", "omega_rust_that_is_nowhere")
    monkeypatch.setattr(native, "missing_bytes", lambda: None)
    native._inspect.cache_clear()
    try:
        status = native.status()
        assert (status.is_usable, status.is_alarming) == (False, False)
        assert status.why.startswith("omega_rust is not installed (No module named")
        assert native.load() is None
        error = refused(native._native)
        assert (error.code, error.rule, error.recoverable) == (ErrorCode.NOT_FOUND, "F-6", False)
        assert error.message == f"{status.why}; build it with `{status.fix}`"
        native._inspect.cache_clear()
        monkeypatch.setattr(native, "missing_bytes", lambda: "it is short")
        status = native.status()
        assert (status.is_alarming, status.why) == (True, "omega_rust is broken: it is short")
        assert refused(native._native).code is ErrorCode.INVALID_STATE
    finally:
        native._inspect.cache_clear()
