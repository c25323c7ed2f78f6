"""Results on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import omega
from omega.contract.errors import ErrorCode, OmegaError
from omega.saved import MANIFEST

from .conftest import CONFIG, signals


def test_saved_result_comes_back_to_the_bit(result: omega.Result, tmp_path: Path) -> None:
    loaded = omega.load_result(result.save(tmp_path / "deep" / "run"))
    for name in ("trades", "events", "equity", "positions"):
        saved = getattr(result, name)
        assert getattr(loaded, name).equals(saved)
        assert getattr(loaded, name).schema.equals(saved.schema, check_metadata=True)
    assert (loaded.state_chain == result.state_chain).all()
    for name in ("metrics", "backend", "flags", "crossings", "fallbacks", "config", "data_hash", "versions", "symbol"):
        assert getattr(loaded, name) == getattr(result, name), name
    assert str(loaded) == str(result)


def test_saving_again_replaces_and_strangers_are_not_touched(result: omega.Result, tmp_path: Path) -> None:
    folder = result.save(tmp_path / "run")
    result.save(folder)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").write_bytes(b"x")
    with pytest.raises(OmegaError) as caught:
        result.save(tmp_path / "photos")
    assert caught.value.code is ErrorCode.INVALID_STATE
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["one.jpg"]
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OmegaError):
        result.save(tmp_path / "file")


def _drop_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()


def _break_manifest(folder: Path) -> None:
    (folder / MANIFEST).write_text("{")


def _other_version(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**manifest, "format_version": 99}))


def _no_manifest_at_all(folder: Path) -> None:
    (folder / MANIFEST).write_text("[]")


def _alter_table(folder: Path) -> None:
    path = folder / "trades.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)


def _drop_table(folder: Path) -> None:
    (folder / "equity.parquet").unlink()


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (_drop_manifest, ErrorCode.NOT_FOUND),
        (_drop_table, ErrorCode.NOT_FOUND),
        (_break_manifest, ErrorCode.DESERIALIZATION_FAILED),
        (_other_version, ErrorCode.DESERIALIZATION_FAILED),
        (_no_manifest_at_all, ErrorCode.DESERIALIZATION_FAILED),
        (_alter_table, ErrorCode.DESERIALIZATION_FAILED),
    ],
)
def test_damaged_result(sample: omega.Bars, tmp_path: Path, damage: Callable[[Path], None], code: ErrorCode) -> None:
    folder = omega.run_signals(sample, signals(sample), CONFIG, backend="python").save(tmp_path / "run")
    damage(folder)
    with pytest.raises(OmegaError) as caught:
        omega.load_result(folder)
    assert caught.value.code is code


def test_manifest_says_what_ran(result: omega.Result, tmp_path: Path) -> None:
    manifest = json.loads((result.save(tmp_path / "run") / MANIFEST).read_text())
    assert {"config", "data_hash", "flags", "versions", "backend", "crossings", "metrics"} <= set(manifest)
    assert manifest["versions"]["contract"] == "1"
