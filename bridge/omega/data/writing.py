"""Files out: what stands under a name is whole, the old or the new, however the writing ends (X-6).

Everything that Omega writes for its users goes through here. A file is written beside its place under a name of its
own, flushed to the disk, and renamed; several files of a folder are all written before the first takes its place.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, BinaryIO, Final

from omega.contract.errors import ErrorCode
from omega.data.files import file_error, io_errors

if TYPE_CHECKING:
    import pyarrow as pa

LONGEST_NAME: Final = 120
"""Bytes of a name that is made of other names; file systems take 255, and a suffix and a digest are added."""

_STAGED: Final = (".omega-", ".tmp")
"""What the names of unfinished files begin and end with. They are short, so that no name is too long to be staged."""
_ABANDONED_SECONDS: Final = 3_600.0


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a new file that takes the place of ``path`` when the block ends well; until then ``path`` is what it was.

    A link is followed. What is no regular file (a pipe, a device) is written to as it is.

    Raises
    ------
    OmegaError
        3001 without the folder, 3002 not permitted, 3007 no room, 3000 otherwise.
    """
    with io_errors(path):
        target = _target(path)
        if target.exists() and not target.is_file():
            with target.open("wb") as stream:
                yield stream
            return
        staged = staged_beside(target)
        try:
            with _new_file(staged, target) as file:
                yield file
                _flush(file)
            staged.replace(target)
        except BaseException:
            staged.unlink(missing_ok=True)
            raise
        sync_folder(target.parent)


def write_file(path: Path, content: bytes | str) -> Path:
    """Write a file whole or not at all; text as UTF-8, line ends as given. Errors as :func:`replacing`."""
    with replacing(path) as file:
        file.write(encoded(content))
    return path


def write_files(folder: Path, contents: Mapping[str, bytes | str]) -> None:
    """Write files of a folder together: where one has no room, none of them changes.

    They take their places in the order given, the last after all others are on the disk: it may vouch for them.
    Errors as :func:`replacing`.
    """
    places: list[tuple[Path, Path]] = []
    with io_errors(folder):
        sweep(folder, older_than=_ABANDONED_SECONDS)
        try:
            for name, content in contents.items():
                target = _target(folder / name)
                places.append((staged_beside(target), target))
                with _new_file(*places[-1]) as file:
                    file.write(encoded(content))
                    _flush(file)
            for staged, target in places[:-1]:
                staged.replace(target)
            sync_folder(folder)
            for staged, target in places[-1:]:
                staged.replace(target)
            sync_folder(folder)
        except BaseException:
            for staged, _ in places:
                staged.unlink(missing_ok=True)
            raise


def write_folder(folder: Path, contents: Mapping[str, bytes | str]) -> None:
    """Write a folder of files that is there whole or not at all; in one that is there already, these files.

    Errors as :func:`replacing`.
    """
    with io_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        staged = staged_beside(folder)
        if not folder.exists():
            try:
                staged.mkdir()
                write_files(staged, contents)
                with suppress(FileExistsError):
                    _rename_folder(staged, folder)
                    return
            finally:
                shutil.rmtree(staged, ignore_errors=True)
        write_files(folder, contents)


def write_table(table: pa.Table, path: Path) -> Path:
    """Write a table as Parquet, Arrow IPC or CSV, by the suffix of ``path``.

    Raises
    ------
    OmegaError
        1009 for another suffix, 3000 … 3007 when writing fails.
    """
    from pyarrow import csv, feather, parquet

    kind = path.suffix.lower()
    if kind not in (".parquet", ".pq", ".arrow", ".feather", ".ipc", ".csv"):
        message = f"{path.name} must end in .parquet, .arrow, .feather or .csv"
        raise file_error(ErrorCode.INVALID_FORMAT, message, path)
    with replacing(path) as file:
        if kind in (".parquet", ".pq"):
            parquet.write_table(table, file, compression="zstd")
        elif kind == ".csv":
            csv.write_csv(table, file)
        else:
            feather.write_feather(table, file, compression="uncompressed")
    return path


def make_folder(folder: Path) -> None:
    """Make a folder and those above it. Errors as :func:`replacing`."""
    with io_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)


def encoded(content: bytes | str) -> bytes:
    """Return what is written for ``content``: text as UTF-8, line ends as given."""
    return content.encode("utf-8") if isinstance(content, str) else content


def short_name(text: str) -> str:
    """Cut what becomes part of a file's name, so that no file system finds it too long."""
    return text.encode("utf-8", "replace")[:LONGEST_NAME].decode("utf-8", "ignore")


def staged_beside(target: Path) -> Path:
    """Name an unfinished file or folder beside ``target``."""
    return target.with_name(token_hex(8).join(_STAGED))


def is_staged(name: str) -> bool:
    """Say whether a name is that of an unfinished file, left by a process that was ended."""
    return name.startswith(_STAGED[0]) and name.endswith(_STAGED[1])


def sweep(folder: Path, *, older_than: float) -> None:
    """Remove what ended processes left unfinished in ``folder`` more than so many seconds ago."""
    now = time.time()
    for entry in [entry for entry in folder.iterdir() if is_staged(entry.name)]:
        with suppress(OSError):
            if now - entry.lstat().st_mtime < older_than:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can do that."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Some file systems know no such thing for folders; the files themselves are on the disk already.
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _target(path: Path) -> Path:
    """Follow links, and refuse what writing in place would refuse too: a missing folder, a file that is protected."""
    target = Path(os.path.realpath(path))
    if not target.parent.exists():
        raise file_error(ErrorCode.NOT_FOUND, f"no such folder: {path.parent}; make it first", path.parent)
    if target.is_dir():
        raise file_error(ErrorCode.IO_ERROR, f"{path} is a folder", path)
    if target.exists() and not os.access(target, os.W_OK):
        raise file_error(ErrorCode.PERMISSION_DENIED, f"not permitted: {path}", path)
    return target


@contextmanager
def _new_file(staged: Path, target: Path) -> Iterator[BinaryIO]:
    """Open ``staged``, which no one else has; it may be read and written by whom ``target`` may."""
    with staged.open("xb") as file:
        if target.is_file():
            with suppress(OSError):
                staged.chmod(target.stat().st_mode & 0o7777)
        yield file


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _rename_folder(staged: Path, folder: Path) -> None:
    try:
        staged.rename(folder)
    except OSError:
        if folder.is_dir():  # somebody else was faster
            raise FileExistsError(folder) from None
        raise
    sync_folder(folder.parent)
