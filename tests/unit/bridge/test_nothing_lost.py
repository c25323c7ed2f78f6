"""A saved result is the old or the new, whole, however the saving ends (X-6)."""

from __future__ import annotations

import errno
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import omega
from omega import saved
from omega.contract.errors import ErrorCode, OmegaError
from omega.data import writing
from omega.saved import MANIFEST

from .conftest import CONFIG, signals

pytestmark = pytest.mark.rule("X-6", "Q-X6")

KILLS = 200

_SAVE_FOR_EVER = """
import os, sys, time, omega
bars = omega.sample_bars(600, backend="python")
results = [omega.run_signals(bars, [], {"symbol": "EURUSD", "risk_per_trade": risk}, backend="python")
           for risk in (1.0, 2.0)]
begun = time.perf_counter()
for _ in range(10):
    results[0].save(sys.argv[1])
print((time.perf_counter() - begun) / 10, flush=True)
for command in sys.stdin:
    child = os.fork()
    if child == 0:
        while True:
            for result in results:
                result.save(sys.argv[1])
    print(child, flush=True)
    os.waitpid(child, 0)
    print("dead", flush=True)
"""

_SAVE_OFTEN = """
import sys, omega
bars = omega.sample_bars(600, backend="python")
result = omega.run_signals(bars, [], {"symbol": "EURUSD", "risk_per_trade": float(sys.argv[2])}, backend="python")
for _ in range(12):
    result.save(sys.argv[1])
"""


@pytest.fixture
def old_and_new(sample: omega.Bars) -> tuple[omega.Result, omega.Result]:
    old, new = (
        omega.run_signals(sample, signals(sample), {**CONFIG, "risk_per_trade": risk}, backend="python")
        for risk in (100.0, 200.0)
    )
    return old, new


@pytest.fixture
def quick_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: on a disk a save waits most of its time, and moments would be alike."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def _same(loaded: omega.Result, saved_one: omega.Result) -> bool:
    return bool(loaded.events.equals(saved_one.events)) and loaded.config == saved_one.config


def _code(call: Callable[[], object]) -> ErrorCode:
    with pytest.raises(OmegaError) as caught:
        call()
    return caught.value.code


def test_killed_at_any_moment_the_old_or_the_new_result_can_be_loaded(quick_disk: Path) -> None:
    draw = random.Random(7)
    folder = quick_disk / "run"
    words = [sys.executable, "-c", _SAVE_FOR_EVER, str(folder)]
    seen = set()
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        seconds = float(parent.stdout.readline())
        for _ in range(KILLS):
            print("fork", file=parent.stdin, flush=True)
            child = int(parent.stdout.readline())
            time.sleep(draw.uniform(0.0, 4.0 * seconds))
            os.kill(child, signal.SIGKILL)
            assert parent.stdout.readline() == "dead\n"
            seen.add(omega.load_result(folder).config.risk_per_trade)
        parent.stdin.close()
    assert seen == {1.0, 2.0}
    omega.load_result(folder).save(folder)
    left = sorted(path.name.partition("-")[0] for path in folder.iterdir())
    assert left == [".omega.lock", "equity", "events", MANIFEST, "positions", "state_chain", "trades"]


def test_no_room_leaves_the_old_result(
    old_and_new: tuple[omega.Result, omega.Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = old_and_new
    folder = old.save(tmp_path / "run")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    real = os.fsync
    for room in range(6):
        left = [room]

        def fsync(descriptor: int, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            real(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)
        assert _code(lambda: new.save(folder)) is ErrorCode.DISK_FULL
        monkeypatch.setattr(os, "fsync", real)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    new.save(folder)
    assert _same(omega.load_result(folder), new)


@pytest.mark.parametrize("kind", ["small disk", "limit on files"])
def test_where_there_is_really_no_room(
    old_and_new: tuple[omega.Result, omega.Result], tmp_path: Path, kind: str
) -> None:
    """A file system of 64 KiB where this process may mount one, and a limit on the size of files."""
    old, new = old_and_new
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    is_mounted = kind == "small disk" and subprocess.run(words, capture_output=True, check=False).returncode == 0
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        folder = old.save(disk / "run")
        if is_mounted:
            with pytest.raises(OSError, match="No space"):
                (disk / "ballast").write_bytes(b"x" * 65536)
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, limits[1]))
        assert _code(lambda: new.save(folder)) is ErrorCode.DISK_FULL
        big = pa.table({"a": list(range(10_000))})
        for name in ("a.parquet", "a.arrow", "a.csv"):
            with pytest.raises(OmegaError) as caught:
                writing.write_table(big, disk / name)
            assert caught.value.code is ErrorCode.DISK_FULL
            assert not (disk / name).exists()
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert _same(omega.load_result(folder), old)
        assert not [path for path in folder.iterdir() if writing.is_staged(path.name)]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        if is_mounted:
            subprocess.run(["umount", str(disk)], check=True)


def test_writers_and_a_reader_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    words = [sys.executable, "-c", _SAVE_OFTEN, str(folder)]
    writers = [subprocess.Popen([*words, risk]) for risk in ("1", "2", "3")]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        if (folder / MANIFEST).exists():
            seen.add(omega.load_result(folder).config.risk_per_trade)
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    seen.add(omega.load_result(folder).config.risk_per_trade)
    assert seen <= {1.0, 2.0, 3.0}
    assert len(list(folder.glob("trades-*.parquet"))) == 1


def test_threads_take_turns(old_and_new: tuple[omega.Result, omega.Result], tmp_path: Path) -> None:
    faults: list[BaseException] = []

    def save(result: omega.Result) -> None:
        try:
            for _ in range(5):
                result.save(tmp_path / "run")
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=save, args=(result,)) for result in old_and_new]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert any(_same(omega.load_result(tmp_path / "run"), result) for result in old_and_new)


def test_a_writer_that_never_ends_is_named(
    old_and_new: tuple[omega.Result, omega.Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = old_and_new
    folder = old.save(tmp_path / "run")
    monkeypatch.setattr(saved, "_WAIT_SECONDS", 0.1)
    with saved._one_writer(folder):
        with pytest.raises(OmegaError, match="another process is saving") as caught:
            new.save(folder)
        assert caught.value.code is ErrorCode.RESOURCE_BUSY
        assert _same(omega.load_result(folder), old)
    new.save(folder)


def _as_nobody(call: Callable[[], object]) -> int:
    """Run in a process that may write where everybody may, since root may write everywhere; return the code."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            if os.geteuid() == 0:
                os.seteuid(65534)
            call()
            code = 0
        except OmegaError as error:
            code = int(error.code) - 3000
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) + 3000


def test_a_folder_that_may_not_be_written(old_and_new: tuple[omega.Result, omega.Result]) -> None:
    old, new = old_and_new
    with tempfile.TemporaryDirectory() as place:
        top = Path(place)
        folder = old.save(top / "run")
        for path in (folder, top):
            path.chmod(0o555)
        assert _as_nobody(lambda: None) == 3000
        assert _as_nobody(lambda: new.save(folder)) == ErrorCode.PERMISSION_DENIED
        assert _as_nobody(lambda: new.save(top / "other")) == ErrorCode.PERMISSION_DENIED
        assert _as_nobody(lambda: writing.write_file(top / "a.csv", "")) == ErrorCode.PERMISSION_DENIED
        for path in (top, folder):
            path.chmod(0o755)
        assert _same(omega.load_result(folder), old)


def test_a_link_to_a_folder_stays_one(old_and_new: tuple[omega.Result, omega.Result], tmp_path: Path) -> None:
    old, new = old_and_new
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real")
    old.save(link)
    new.save(link)
    assert link.is_symlink()
    assert _same(omega.load_result(tmp_path / "real"), new)
    lost = tmp_path / "lost"
    lost.symlink_to(tmp_path / "nowhere")
    assert _code(lambda: old.save(lost)) is ErrorCode.IO_ERROR


def test_files_of_others_stay(old_and_new: tuple[omega.Result, omega.Result], tmp_path: Path) -> None:
    old, new = old_and_new
    folder = old.save(tmp_path / "run")
    (folder / "notes.txt").write_text("mine")
    (folder / "trades.parquet").write_text("mine too")
    new.save(folder)
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / "trades.parquet").read_text() == "mine too"
    other = tmp_path / "site"
    other.mkdir()
    (other / MANIFEST).write_text('{"name": "a page"}')
    assert _code(lambda: new.save(other)) is ErrorCode.INVALID_STATE
    assert [path.name for path in other.iterdir()] == [MANIFEST]
    assert (other / MANIFEST).read_text() == '{"name": "a page"}'


def test_a_broken_result_says_so_and_is_replaced(
    old_and_new: tuple[omega.Result, omega.Result], tmp_path: Path
) -> None:
    old, new = old_and_new
    folder = tmp_path / "run"
    folder.mkdir()
    for name in ("trades", "events"):  # as the first format left it when it was killed
        pq.write_table(old.events, folder / f"{name}.parquet")
    with pytest.raises(OmegaError, match=r"holds a broken result: parts without a manifest\.json; saving there repl"):
        omega.load_result(folder)
    new.save(folder)
    assert _same(omega.load_result(folder), new)
    next(folder.glob("equity-*")).unlink()
    with pytest.raises(OmegaError, match=r"holds a broken result: equity-.* is missing; saving there replaces it"):
        omega.load_result(folder)
    old.save(folder)
    assert _same(omega.load_result(folder), old)
