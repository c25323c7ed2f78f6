"""Golden and kept cases where there is no room to write them (X-6)."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from omega.contract.errors import ErrorCode, OmegaError
from omega_parity.drive.sides import reference_side
from omega_parity.golden.case import GOLDEN_FOLDER, load_case
from omega_parity.golden.case_files import read_case
from omega_parity.golden.check import check
from omega_parity.golden.kept import case_folders, keep
from omega_parity.golden.update import accept, update

CASE = "execution_simulator/e7-tie-canonical"
LONG = "event_engine/sample-strategy-v1"


@pytest.fixture(autouse=True)
def not_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)


@pytest.mark.rule("X-6")
@pytest.mark.parametrize("case", [CASE, LONG])
def test_a_full_disk_leaves_a_case_as_it_was(tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def files() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (tmp_path / case).iterdir()}

    def fsync(descriptor: int) -> None:
        room.append(descriptor)
        if len(room) > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    shutil.copytree(GOLDEN_FOLDER / case, tmp_path / case)
    for name in ("expected.jsonl", "meta.json"):
        (tmp_path / case / name).unlink()
    room: list[int] = [0]
    before = files()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(OmegaError) as caught:
            update(tmp_path, reference_side(), "new", (case,))
        assert caught.value.code is ErrorCode.DISK_FULL
    assert files() == before
    update(tmp_path, reference_side(), "new", (case,))
    before = files()
    with monkeypatch.context() as patch:
        room.clear()
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(OmegaError) as caught:
            accept(tmp_path, reference_side(), [case])
        assert caught.value.code is ErrorCode.DISK_FULL
    assert files() == before
    accept(tmp_path, reference_side(), [case])
    (tmp_path / case / ".omega-0123456789abcdef.tmp").write_text("left by a killed process")
    assert check(tmp_path, (reference_side(),)).is_green


@pytest.mark.rule("X-6")
def test_a_kept_case_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(descriptor: int) -> None:
        room.append(descriptor)
        if len(room) > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    room: list[int] = []
    case = load_case(GOLDEN_FOLDER / CASE).as_case()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(OmegaError) as caught:
            keep(case, "it differs", found_by="gate", folder=tmp_path / "kept")
        assert caught.value.code is ErrorCode.DISK_FULL
    assert list((tmp_path / "kept").iterdir()) == []
    place = keep(case, "it differs", found_by="gate", folder=tmp_path / "kept")
    assert keep(case, "it differs", found_by="gate", folder=tmp_path / "kept") == place
    (tmp_path / "kept" / ".omega-0123456789abcdef.tmp").mkdir()
    assert case_folders(tmp_path / "kept") == [place]
    assert read_case(place)[2]["why"] == "it differs"
