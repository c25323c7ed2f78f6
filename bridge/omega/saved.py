"""A result on disk: a Parquet file per table, and a manifest that names them, vouches for them and is replaced last.

The name of a part ends in the digest of its content, so that the parts of a new result never touch those of the old;
the manifest takes its place in one step, and only then is the old result cleared away. Whenever the process ends, the
folder holds the old result or the new one (X-6).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import filelock
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from omega.boundary.guard import is_foreign, text_of
from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.contract.schemas import CHAIN, EQUITY, EVENTS, POSITIONS, SIGNALS, TRADES
from omega.data.files import file_error, io_errors, read_bytes
from omega.data.writing import is_staged, make_folder, sweep, sync_folder, write_files

MANIFEST: Final = "manifest.json"
FORMAT_VERSION: Final = 4
PARTS: Final = ("trades", "events", "equity", "positions", "state_chain")

_LOCK: Final = ".omega.lock"
_WAIT_SECONDS: Final = 60.0
"""How long one writer waits for another; saving takes less than a second but for the longest runs."""
_MOST_READINGS: Final = 100
_FIRST_FORMAT: Final = 1
"""Parts under plain names, and a manifest without a digest; replaced as any older result."""
_SEAL: Final = ',\n  "digest": "{}"\n}}\n'
_PART: Final = re.compile(rf"({'|'.join(PARTS)})-[0-9a-f]{{32}}\.parquet")
_PLAIN_PART: Final = re.compile(rf"({'|'.join(PARTS)})\.parquet")


def _with_texts(schema: pa.Schema) -> pa.Schema:
    """Return the columns of a result's table: the signals' texts instead of their rows."""
    texts = [SIGNALS.field(name) for name in ("scenario", "tags", "metadata")]
    return pa.schema([field for field in schema if field.name not in ("scenario", "signal_row")] + texts)


_SCHEMAS: Final = {
    "trades": _with_texts(TRADES),
    "events": EVENTS,
    "equity": EQUITY,
    "positions": _with_texts(POSITIONS),
    "state_chain": pa.schema([pa.field("digest", CHAIN)]),
}


def write_saved(folder: Path, facts: Mapping[str, object], tables: Mapping[str, pa.Table]) -> None:
    """Write a result; an older or a broken one in the folder is replaced, files of others stay.

    Parameters
    ----------
    facts : mapping
        What the manifest says besides; JSON values.
    tables : mapping
        Those of ``PARTS``.

    Raises
    ------
    OmegaError
        1007 when the folder holds something that is no result, 6003 when another process keeps on writing to it,
        3000 … 3007.
    """
    is_new = not folder.exists()
    make_folder(folder)
    with io_errors(folder):
        if is_new:
            sync_folder(folder.parent)
        _refuse_strangers(folder)
        with _one_writer(folder):
            _refuse_strangers(folder)
            sweep(folder, older_than=0.0)
            contents = {name: _parquet(tables[name]) for name in PARTS}
            digests = {name: xxhash.xxh3_128_hexdigest(content) for name, content in contents.items()}
            files: dict[str, bytes | str] = {f"{name}-{digests[name]}.parquet": contents[name] for name in PARTS}
            document = {"format_version": FORMAT_VERSION, **facts, "tables": digests}
            files[MANIFEST] = _sealed(json.dumps(document, indent=2))
            superseded = _parts_in(folder) - set(files)
            write_files(folder, files)
            for name in superseded:
                (folder / name).unlink(missing_ok=True)


def read_saved(folder: Path) -> tuple[dict[str, Any], dict[str, pa.Table]]:
    """Read the manifest, as far as this module does not use it up, and the tables of ``PARTS``.

    A result that is replaced while it is read is read again.

    Raises
    ------
    OmegaError
        3001 when there is no result or a part is missing, 3004 when something was altered, is damaged or of another
        format version.
    """
    for _ in range(_MOST_READINGS):
        content = _manifest_bytes(folder)
        manifest = _opened(content, folder / MANIFEST)
        _refuse_older(manifest, folder)
        try:
            return manifest, {name: _read_part(folder, manifest, name) for name in PARTS}
        except OmegaError as error:
            if error.code is not ErrorCode.NOT_FOUND or _manifest_bytes(folder) == content:
                raise
    message = f"{folder} is written to faster than it can be read"
    raise omega_error(ErrorCode.RESOURCE_BUSY, message, rule="X-6", column="path", value=text_of(folder))


def _refuse_older(manifest: Mapping[str, Any], folder: Path) -> None:
    """Older results hold other columns, metrics and another state chain: nothing they say compares with a new one."""
    version = manifest["format_version"]
    if version < FORMAT_VERSION:
        message = (
            f"is whole, but of format version {version}; this Omega reads {FORMAT_VERSION}: run it anew and save it"
        )
        raise damaged(message, folder)


def damaged(message: str, path: Path) -> OmegaError:
    """Build the error of a result that is not what was saved."""
    return file_error(ErrorCode.DESERIALIZATION_FAILED, f"{path} {message}", path)


@contextmanager
def _one_writer(folder: Path) -> Iterator[None]:
    lock = filelock.FileLock(folder / _LOCK, timeout=_WAIT_SECONDS)
    try:
        lock.acquire()
    except filelock.Timeout:  # an OSError too: to be told apart here
        message = f"another process is saving a result in {folder}; waited {_WAIT_SECONDS:g} s"
        raise omega_error(ErrorCode.RESOURCE_BUSY, message, rule="X-6", column="path", value=text_of(folder)) from None
    try:
        yield
    finally:
        lock.release()


def _refuse_strangers(folder: Path) -> None:
    """Refuse a folder in which a result would stand among, or take the place of, what is not ours."""
    names = {entry.name for entry in folder.iterdir() if entry.name != _LOCK and not is_staged(entry.name)}
    if not names or _is_our_manifest(folder, names):
        return
    strangers = sorted(name for name in names if not _PART.fullmatch(name) and not _PLAIN_PART.fullmatch(name))
    if strangers:
        raise omega_error(
            ErrorCode.INVALID_STATE,
            f"{folder} holds files that are no saved result, as {strangers[0]}; choose another folder",
            rule="X-6",
            column="path",
            value=text_of(folder),
        )


def _is_our_manifest(folder: Path, names: set[str]) -> bool:
    """Say whether the manifest in a folder is of a result, whole or broken, and no other program's."""
    if MANIFEST not in names or not (folder / MANIFEST).is_file():
        return False
    if any(_PART.fullmatch(name) for name in names) or all(f"{name}.parquet" in names for name in PARTS):
        return True
    head = (folder / MANIFEST).read_bytes()[:64].split()
    return head[:2] == [b"{", b'"format_version":'] or not head


def _parts_in(folder: Path) -> set[str]:
    """Name the parts that a new result supersedes; of plain names those that an old manifest vouches for."""
    found = {entry.name for entry in folder.iterdir() if _PART.fullmatch(entry.name)}
    try:
        old = _opened(read_bytes(folder / MANIFEST), folder / MANIFEST)
    except OmegaError:
        return found
    return found | {_part_name(old, name) for name in PARTS}


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", use_compliant_nested_type=False)
    return sink.getvalue().to_pybytes()


def _sealed(document: str) -> str:
    """Put the digest of a JSON object into it, as its last member."""
    body = document.removesuffix("\n}")
    return body + _SEAL.format(xxhash.xxh3_128_hexdigest(body.encode("utf-8")))


def _manifest_bytes(folder: Path) -> bytes:
    path = folder / MANIFEST
    try:
        return read_bytes(path)
    except OmegaError as error:
        if error.code is ErrorCode.NOT_FOUND and folder.is_dir():
            names = [entry.name for entry in folder.iterdir()]
            if any(_PART.fullmatch(name) or _PLAIN_PART.fullmatch(name) for name in names):
                message = f"{folder} holds a broken result: parts without a {MANIFEST}; saving there replaces it"
                raise file_error(ErrorCode.NOT_FOUND, message, path) from None
        raise


def _opened(content: bytes, path: Path) -> dict[str, Any]:
    """Parse a manifest and hold it to its digest."""
    try:
        manifest = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise damaged(f"is damaged: {text_of(error)}", path) from None
    version = manifest.get("format_version") if isinstance(manifest, dict) else None
    if not isinstance(manifest, dict) or type(version) is not int or not _FIRST_FORMAT <= version <= FORMAT_VERSION:
        raise damaged(f"is no result of format version {FORMAT_VERSION}", path)
    if version > _FIRST_FORMAT:
        digest = str(manifest.pop("digest", None))
        seal = _SEAL.format(digest).encode("utf-8", "replace")
        if not content.endswith(seal) or xxhash.xxh3_128_hexdigest(content.removesuffix(seal)) != digest:
            raise damaged("was altered after it was saved", path)
    tables = manifest.get("tables")
    if not isinstance(tables, dict) or set(tables) != set(PARTS):
        raise damaged(f"is damaged: tables must name {', '.join(PARTS)}", path)
    if not all(isinstance(digest, str) and re.fullmatch("[0-9a-f]{32}", digest) for digest in tables.values()):
        raise damaged("is damaged: a digest of a table is 32 hex digits", path)
    return manifest


def _part_name(manifest: Mapping[str, Any], name: str) -> str:
    is_plain = manifest["format_version"] == _FIRST_FORMAT
    return f"{name}.parquet" if is_plain else f"{name}-{manifest['tables'][name]}.parquet"


def _read_part(folder: Path, manifest: Mapping[str, Any], name: str) -> pa.Table:
    path = folder / _part_name(manifest, name)
    try:
        content = read_bytes(path)
    except OmegaError as error:
        if error.code is not ErrorCode.NOT_FOUND:
            raise
        message = f"{folder} holds a broken result: {path.name} is missing; saving there replaces it"
        raise file_error(ErrorCode.NOT_FOUND, message, path) from None
    if xxhash.xxh3_128_hexdigest(content) != manifest["tables"][name]:
        raise damaged("was altered after it was saved", path)
    try:
        table = pq.read_table(pa.BufferReader(content))
        wanted = _SCHEMAS[name]
        if set(table.column_names) != set(wanted.names):
            raise damaged(f"is no table of {name}: it has {', '.join(table.column_names)}", path)
        # Parquet names the parts of a map its own way; a loaded table has the schema of the saved one.
        fields = [field.with_type(wanted.field(field.name).type) for field in table.schema]
        table = table.cast(pa.schema(fields).with_metadata(table.schema.metadata))
        table.validate(full=True)
    except OmegaError:
        raise
    except BaseException as error:  # whatever a decoder raises over bytes that somebody else wrote
        if not is_foreign(error):
            raise
        raise damaged(f"is damaged: {text_of(error)}", path) from None
    return table
