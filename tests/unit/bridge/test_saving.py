"""Results on disk."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import omega
from omega import saved
from omega.contract.errors import ErrorCode, OmegaError
from omega.saved import MANIFEST, PARTS

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


def _part(folder: Path, name: str) -> Path:
    (path,) = folder.glob(f"{name}-*.parquet")
    return path


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
    path = _part(folder, "trades")
    pq.write_table(pq.read_table(path).slice(1), path)


def _drop_table(folder: Path) -> None:
    _part(folder, "equity").unlink()


def _cut_table(folder: Path) -> None:
    path = _part(folder, "events")
    path.write_bytes(path.read_bytes()[:-9])


def _foreign_table(folder: Path) -> None:
    _part(folder, "equity").write_bytes(_part(folder, "trades").read_bytes())


def _one_letter(folder: Path) -> None:
    text = (folder / MANIFEST).read_text()
    (folder / MANIFEST).write_text(text.replace('"EURUSD"', '"EURUSE"', 1))


def _one_blank(folder: Path) -> None:
    (folder / MANIFEST).write_text((folder / MANIFEST).read_text() + " ")


def _cut_manifest(folder: Path) -> None:
    (folder / MANIFEST).write_bytes((folder / MANIFEST).read_bytes()[:-40])


def _deep_manifest(folder: Path) -> None:
    (folder / MANIFEST).write_text("[" * 100_000)


def _no_text(folder: Path) -> None:
    (folder / MANIFEST).write_bytes(b"\xff\xfe\x00")


def _folder_for_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()
    (folder / MANIFEST).mkdir()


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (_drop_manifest, ErrorCode.NOT_FOUND),
        (_drop_table, ErrorCode.NOT_FOUND),
        (_break_manifest, ErrorCode.DESERIALIZATION_FAILED),
        (_other_version, ErrorCode.DESERIALIZATION_FAILED),
        (_no_manifest_at_all, ErrorCode.DESERIALIZATION_FAILED),
        (_alter_table, ErrorCode.DESERIALIZATION_FAILED),
        (_cut_table, ErrorCode.DESERIALIZATION_FAILED),
        (_foreign_table, ErrorCode.DESERIALIZATION_FAILED),
        (_one_letter, ErrorCode.DESERIALIZATION_FAILED),
        (_one_blank, ErrorCode.DESERIALIZATION_FAILED),
        (_cut_manifest, ErrorCode.DESERIALIZATION_FAILED),
        (_deep_manifest, ErrorCode.DESERIALIZATION_FAILED),
        (_no_text, ErrorCode.DESERIALIZATION_FAILED),
        (_folder_for_manifest, ErrorCode.IO_ERROR),
    ],
)
def test_damaged_result(sample: omega.Bars, tmp_path: Path, damage: Callable[[Path], None], code: ErrorCode) -> None:
    result = omega.run_signals(sample, signals(sample), CONFIG, backend="python")
    folder = result.save(tmp_path / "run")
    damage(folder)
    with pytest.raises(OmegaError) as caught:
        omega.load_result(folder)
    assert caught.value.code is code
    if damage is _folder_for_manifest:
        return
    result.save(folder)  # what is broken can be replaced
    assert omega.load_result(folder).last_state_hash == result.last_state_hash


@pytest.mark.rule("X-6")
@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"crossings": "0"}, "crossings: Input should be a valid integer"),
        ({"crossings": True}, "crossings: Input should be a valid integer"),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
        ({"symbol": None}, "symbol: Input should be a valid string"),
        ({"backend": "fortran"}, "backend: Input should be 'python' or 'rust'"),
        ({"metrics": {"trades": 1}}, "metrics: adjusted_sizes is missing"),
        ({"metrics": []}, "metrics: Input should be a valid dictionary"),
        ({"flags": [{"self": "x"}]}, "self"),
        ({"flags": [1]}, "flags.0: Input should be a valid dictionary"),
        ({"config": {"colour": "red"}}, "colour"),
        ({"config": {"self": 1}}, "self"),
        ({"config": {"risk_per_trade": "x"}}, "risk_per_trade"),
        ({"last_state_hash": "00"}, "the state chain is that of another run"),
        ({"tables": {}}, "tables must name"),
        ({"tables": [1]}, "tables must name"),
        ({"tables": dict.fromkeys(PARTS, "../../../etc/passwd")}, "32 hex digits"),
        ({"format_version": "2"}, "no result of format version"),
        ({"format_version": True}, "no result of format version"),
        ({"format_version": 2}, "whole, but of format version 2"),
    ],
)
def test_a_sealed_manifest_of_wrong_content(
    sample: omega.Bars, tmp_path: Path, changes: dict[str, object], complaint: str
) -> None:
    folder = omega.run_signals(sample, signals(sample), CONFIG, backend="python").save(tmp_path / "run")
    manifest = {**json.loads((folder / MANIFEST).read_text()), **changes}
    del manifest["digest"]
    (folder / MANIFEST).write_text(saved._sealed(json.dumps(manifest, indent=2)))
    with pytest.raises(OmegaError) as caught:
        omega.load_result(folder)
    assert caught.value.code in (ErrorCode.DESERIALIZATION_FAILED, ErrorCode.NOT_FOUND)
    assert complaint in caught.value.message


@pytest.mark.rule("X-6")
def test_no_byte_of_a_result_can_change_unseen(sample: omega.Bars, tmp_path: Path) -> None:
    folder = omega.run_signals(sample, signals(sample), CONFIG, backend="python").save(tmp_path / "run")
    whole = {path: path.read_bytes() for path in folder.iterdir() if path.suffix in (".json", ".parquet")}
    assert len(whole) == 6
    draw = random.Random(1)
    for path, content in whole.items():
        for at in draw.sample(range(len(content)), 25):
            path.write_bytes(content[:at] + bytes([content[at] ^ 1 << draw.randrange(8)]) + content[at + 1 :])
            with pytest.raises(OmegaError) as caught:
                omega.load_result(folder)
            assert caught.value.code in (ErrorCode.DESERIALIZATION_FAILED, ErrorCode.NOT_FOUND)
        path.write_bytes(content)
    omega.load_result(folder)


@pytest.mark.rule("X-6")
def test_a_result_of_the_first_format_is_named_and_replaced(result: omega.Result, tmp_path: Path) -> None:
    folder = result.save(tmp_path / "run")
    manifest = json.loads((folder / MANIFEST).read_text())
    del manifest["digest"]
    (folder / MANIFEST).write_text(json.dumps({**manifest, "format_version": 1}, indent=2, ensure_ascii=False) + "\n")
    for name in PARTS:
        _part(folder, name).rename(folder / f"{name}.parquet")
    with pytest.raises(OmegaError, match="of format version 1; this Omega reads 4: run it anew"):
        omega.load_result(folder)
    (folder / "notes.txt").write_text("mine")
    result.save(folder)
    assert str(omega.load_result(folder)) == str(result)
    assert not any((folder / f"{name}.parquet").exists() for name in PARTS)
    assert (folder / "notes.txt").read_text() == "mine"


def test_manifest_says_what_ran(result: omega.Result, tmp_path: Path) -> None:
    manifest = json.loads((result.save(tmp_path / "run") / MANIFEST).read_text())
    assert {"config", "data_hash", "flags", "versions", "backend", "crossings", "metrics"} <= set(manifest)
    assert manifest["versions"]["contract"] == "1"
