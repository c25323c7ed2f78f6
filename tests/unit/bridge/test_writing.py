"""The one door through which files are written (X-6)."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.data import writing

pytestmark = pytest.mark.rule("X-6")


def _code(call: Callable[[], object]) -> ErrorCode:
    with pytest.raises(OmegaError) as caught:
        call()
    return caught.value.code


@pytest.mark.parametrize("number", [errno.EDQUOT, errno.EFBIG, errno.ENOSPC])
def test_no_room_of_any_kind_is_a_full_disk(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fsync)
    assert _code(lambda: writing.write_file(tmp_path / "x", "y")) is ErrorCode.DISK_FULL
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def _open(*_: Any, **__: Any) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "open", _open)
    assert _code(lambda: writing.write_file(tmp_path / "x", "y")) is ErrorCode.PERMISSION_DENIED


def test_a_link_to_a_file_is_followed_and_modes_stay(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "bars.csv"
    target.parent.mkdir()
    target.write_text("old")
    target.chmod(0o640)
    (tmp_path / "bars.csv").symlink_to(target)
    writing.write_table(pa.table({"a": [1]}), tmp_path / "bars.csv")
    assert (tmp_path / "bars.csv").is_symlink()
    assert target.read_text() == '"a"\n1\n'
    assert target.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in target.parent.iterdir()] == ["bars.csv"]


def test_a_pipe_is_written_to_as_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "bars.csv"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        writing.write_table(pa.table({"a": [1]}), pipe)
        assert reader.communicate()[0] == b'"a"\n1\n'
    assert pipe.is_fifo()


def test_files_are_written_together_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writing.write_files(tmp_path, {"a": "old", "b": b"old"})
    real = os.fsync
    count = [0]

    def fsync(descriptor: int) -> None:
        count[0] += 1
        if count[0] == 2:
            raise OSError(errno.ENOSPC, "full")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    assert _code(lambda: writing.write_files(tmp_path, {"a": "new", "b": "new"})) is ErrorCode.DISK_FULL
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "old", "b": "old"}
    count[0] = 0
    assert _code(lambda: writing.write_folder(tmp_path / "deep" / "c", {"a": "1", "b": "2"})) is ErrorCode.DISK_FULL
    assert list((tmp_path / "deep").iterdir()) == []
    monkeypatch.setattr(os, "fsync", real)
    for _ in range(2):
        writing.write_folder(tmp_path / "deep" / "c", {"a": "1", "b": "2"})
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["c"]


def test_what_a_killed_process_left_is_cleared_away_in_time(tmp_path: Path) -> None:
    stale, fresh = (writing.staged_beside(tmp_path / "x") for _ in range(2))
    for path in (stale, fresh):
        path.write_text("half")
    os.utime(stale, (0, 0))
    folder = writing.staged_beside(tmp_path / "y")
    folder.mkdir()
    os.utime(folder, (0, 0))
    writing.write_files(tmp_path, {"a": "whole"})
    assert {path.name for path in tmp_path.iterdir()} == {"a", fresh.name}


def test_an_interrupted_writer_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with writing.replacing(tmp_path / "a") as file:
            file.write(b"ne")
            raise KeyboardInterrupt

    (tmp_path / "a").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "old"}


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OmegaError, match=r"no such folder: .*nowhere") as caught:
        writing.write_file(tmp_path / "nowhere" / "a.csv", "x")
    assert caught.value.code is ErrorCode.NOT_FOUND
    assert _code(lambda: writing.write_file(tmp_path / "folder", "x")) is ErrorCode.IO_ERROR
    assert _code(lambda: writing.write_file(tmp_path / ("x" * 256), "x")) is ErrorCode.IO_ERROR
    writing.write_file(tmp_path / ("x" * 255), "x")


@pytest.mark.parametrize("text", ["x" * 240, "ü" * 240, "short", "𝒳" * 61])
def test_names_made_of_names_are_short(text: str) -> None:
    short = writing.short_name(text)
    assert text.startswith(short)
    assert len(short.encode()) <= writing.LONGEST_NAME


def test_everything_is_written_through_one_door() -> None:
    """Product and tools; the exceptions write to the process's own /proc, and to a pipe."""
    root = Path(__file__).parents[3]
    apart = {"bridge/omega/data/writing.py", "benchmarks/memory.py", "benchmarks/multi_symbol.py"}
    apart |= {"parity/omega_parity/gates/beside.py"}
    words = ("write_text(", "write_bytes(", 'open("w', 'open("x', ', "w"', ', "wb"', "json.dump(", ".mkdir(")
    found = []
    for room in ("bridge", "reference_py", "parity/omega_parity", "tools", "benchmarks"):
        for path in sorted((root / room).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            text = path.read_text("utf-8")
            found += [f"{name}: {word}" for word in words if word in text and name not in apart]
    assert found == []
