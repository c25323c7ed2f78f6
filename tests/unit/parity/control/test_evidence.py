"""Evidence only grows (F-7): two writers, a writer that dies, a full disk, and a hand that writes."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega.serve.evidence import Record, Stamp, add, place, read
from omega_parity.control.stamp import stamp

HERE = Stamp(commit="a" * 40, is_clean=True, sources="s", versions={"omega": "1"}, machine={"cores": "2"})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "evidence.sqlite"


@pytest.mark.rule("F-7")
def test_what_was_added_is_read_back_in_order(file: Path) -> None:
    assert read(file) == []
    numbers = [add("drill", {"figures": {"portfolio": {"failed": at}}}, HERE, file) for at in range(3)]
    records = read(file)
    assert [record.number for record in records] == numbers == [1, 2, 3]
    assert records[1] == Record(
        number=2,
        kind="drill",
        recorded_at=records[1].recorded_at,
        stamp=HERE,
        content={"figures": {"portfolio": {"failed": 1}}},
    )
    assert records[1].recorded_at.endswith("+00:00")


@pytest.mark.rule("F-7")
def test_its_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("OMEGA_EVIDENCE")
    assert place() == Path(".omega") / "evidence.sqlite"
    monkeypatch.setenv("OMEGA_EVIDENCE", str(tmp_path / "elsewhere.sqlite"))
    add("drill", {"figures": {}}, HERE)
    assert (tmp_path / "elsewhere.sqlite").is_file()
    assert len(read()) == 1


@pytest.mark.rule("F-7")
@pytest.mark.parametrize("order", ["UPDATE evidence SET row = '{}'", "DELETE FROM evidence WHERE id = 1"])
def test_a_row_can_neither_be_changed_nor_removed(order: str, file: Path) -> None:
    add("drill", {"figures": {}}, HERE, file)
    with sqlite3.connect(file) as database, pytest.raises(sqlite3.Error, match="evidence is never"):
        database.execute(order)


@pytest.mark.rule("F-7")
@pytest.mark.parametrize(
    "order",
    [
        "UPDATE evidence SET row = replace(row, '\"failed\": 1', '\"failed\": 0')",
        "DELETE FROM evidence WHERE id = 1",
        "INSERT INTO evidence (row, seal) SELECT row, seal FROM evidence WHERE id = 2",
    ],
)
def test_who_gets_round_that_is_found_out(order: str, file: Path) -> None:
    for _ in range(3):
        add("drill", {"figures": {"portfolio": {"failed": 1}}}, HERE, file)
    with sqlite3.connect(file) as database:
        database.execute("DROP TRIGGER never_changed")
        database.execute("DROP TRIGGER never_removed")
        database.execute(order)
    for use in (lambda: read(file), lambda: add("drill", {"figures": {}}, HERE, file)):
        with pytest.raises(OmegaError, match="was changed after it was written") as caught:
            use()
        assert (caught.value.code, caught.value.rule) == (ErrorCode.DESERIALIZATION_FAILED, "F-7")


WRITER = """
import json, sys
from pathlib import Path
from omega.serve.evidence import add
from omega.serve.evidence import Stamp
for at in range(int(sys.argv[3])):
    add("drill", {"figures": {}, "at": at}, Stamp(**json.loads(sys.argv[2])), Path(sys.argv[1]))
"""


@pytest.mark.rule("F-7")
def test_two_writers_lose_nothing(file: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(file), json.dumps(asdict(HERE)), "25"]
    writers = [subprocess.Popen(command) for _ in range(2)]
    assert [one.wait() for one in writers] == [0, 0]
    records = read(file)
    assert len(records) == 50
    assert sorted(record.content["at"] for record in records) == sorted([*range(25), *range(25)])


DYING = """
import json, os, sqlite3, sys
from pathlib import Path
from omega.serve import evidence
from omega.serve.evidence import Stamp
evidence.add("drill", {"figures": {}, "at": 0}, Stamp(**json.loads(sys.argv[2])), Path(sys.argv[1]))
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN IMMEDIATE")
database.execute("INSERT INTO evidence (row, seal) VALUES ('half', 'written')")
os._exit(9)
"""


@pytest.mark.rule("F-7")
def test_a_writer_that_dies_leaves_what_was_there(file: Path) -> None:
    command = [sys.executable, "-c", DYING, str(file), json.dumps(asdict(HERE))]
    assert subprocess.run(command, check=False).returncode == 9
    assert len(read(file)) == 1
    assert add("drill", {"figures": {}}, HERE, file) == 2
    assert len(read(file)) == 2


@pytest.mark.rule("F-7")
def test_a_full_disk_is_told_and_loses_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add("drill", {"figures": {}}, HERE, file)
    connect = sqlite3.connect

    def small(*given: object, **named: object) -> sqlite3.Connection:
        database = connect(*given, **named)  # type: ignore[call-overload]
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        database.execute(f"PRAGMA max_page_count = {pages}")
        return database  # type: ignore[no-any-return]

    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", small)
        with pytest.raises(OmegaError) as caught:
            add("drill", {"figures": {}, "much": "x" * 100_000}, HERE, file)
    assert caught.value.code is ErrorCode.DISK_FULL
    assert len(read(file)) == 1


@pytest.mark.rule("F-7")
def test_a_file_that_is_no_evidence(file: Path) -> None:
    file.parent.mkdir()
    file.write_text("no database, but as long as the head of one would have to be: " * 20, "utf-8")
    for use in (lambda: read(file), lambda: add("drill", {"figures": {}}, HERE, file)):
        with pytest.raises(OmegaError) as caught:
            use()
        assert caught.value.code is ErrorCode.DESERIALIZATION_FAILED


@pytest.mark.rule("F-7")
def test_the_stamp_of_a_checkout(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        name = ("-c", "user.name=nobody", "-c", "user.email=nobody@localhost")
        return subprocess.run(["git", *name, *words], cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    assert (stamp(tmp_path).commit, stamp(tmp_path).is_clean) == ("", False)
    assert (stamp(None).commit, stamp(None).is_clean) == ("", False)
    git("init", "-q")
    (tmp_path / "file").write_text("one", "utf-8")
    git("add", ".")
    git("commit", "-qm", "first")
    assert (stamp(tmp_path).commit, stamp(tmp_path).is_clean) == (git("rev-parse", "HEAD").strip(), True)
    (tmp_path / "file").write_text("two", "utf-8")
    assert stamp(tmp_path).is_clean is False
