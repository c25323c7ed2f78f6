"""The copy that the Rust probe is built from: faults beside what they replace, and an original left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import omega_parity.selftest.probe.rust_copy
from omega.serve.native import checkout_root, source_digest
from omega_parity.selftest.probe.places import Change, MisplacedError
from omega_parity.selftest.probe.rust_copy import copied_sources, main, planted, write_copy
from omega_parity.selftest.probe.saboteurs import SABOTEURS, Saboteur, read_faults

SOURCE = """\
fn half(x: f64) -> f64 {
    let y = x + 1.0;
    (x + y) / 2.0
}
"""


@pytest.fixture
def root() -> Path:
    found = checkout_root()
    assert found is not None
    return found


def _change(text: str, replacement: str | None = None, before: str | None = None) -> Change:
    return Change(file="half.rs", function="half", text=text, replacement=replacement, before=before)


def _lost() -> dict[str, Saboteur]:
    fault = SABOTEURS["ema_factor"]
    return {"ema_factor": replace(fault, rust=(replace(fault.rust[0], text="no such text"),))}


def test_faults_stand_beside_what_they_replace_one_inside_the_other() -> None:
    faults = [
        ("inner_one", _change("x + y", "x - y")),
        ("outer", _change("(x + y) / 2.0", "x")),
        ("same_again", _change("x + y", "y")),
        ("first", _change("(x + y) / 2.0", before="return y")),
    ]
    assert planted(SOURCE, faults) == (
        "fn half(x: f64) -> f64 {\n    let y = x + 1.0;\n    fault!(First => return y);\n"
        "fault!(Outer => x, else (fault!(InnerOne => x - y, else fault!(SameAgain => y, else x + y))) / 2.0)\n}\n"
    )


def test_faults_that_overlap_are_refused() -> None:
    faults = [("one", _change("x + y) / 2.0", "")), ("two", _change("(x + y)", "")), ("three", _change("x", ""))]
    with pytest.raises(MisplacedError, match=r"two: .* overlaps another fault"):
        planted(SOURCE, faults[:2])
    with pytest.raises(MisplacedError, match=r"three: half\.rs, half: 'x' occurs 3 times"):
        planted(SOURCE, faults[2:])


def test_the_copy_holds_every_fault_and_the_digest_of_the_original(root: Path) -> None:
    digest, files = source_digest(root), copied_sources(root)
    core = "".join(text for name, text in files.items() if name.startswith("rust_impl/core/src/"))
    assert core.count("fault!(") >= len(SABOTEURS)
    assert [name for name in SABOTEURS if f'"{name}"' not in files["rust_impl/core/src/probe.rs"]] == []
    assert digest in files["rust_impl/python/build.rs"]
    assert source_digest(root) == digest


def test_nothing_of_the_probe_stands_in_the_product(root: Path) -> None:
    rust = [path for crate in ("core", "python") for path in (root / "rust_impl" / crate).rglob("*.rs")]
    assert rust
    assert [path for path in rust for word in ("fault!", "sabot", "probe::") if word in path.read_text("utf-8")] == []


def test_a_copy_is_written_once_and_forgets_what_left_it(tmp_path: Path) -> None:
    write_copy({"a/b.rs": "1", "c.rs": "2"}, tmp_path)
    before = (tmp_path / "a" / "b.rs").stat().st_mtime_ns
    write_copy({"a/b.rs": "1", "d.rs": "3"}, tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*.rs")) == ["b.rs", "d.rs"]
    assert (tmp_path / "a" / "b.rs").stat().st_mtime_ns == before


def test_a_fault_that_no_longer_finds_its_place_stops_the_build(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(root), str(tmp_path)]) == 0
    assert (tmp_path / "rust_impl" / "core" / "src" / "probe.rs").is_file()
    monkeypatch.setattr(omega_parity.selftest.probe.rust_copy, "SABOTEURS", _lost())
    assert main([str(root), str(tmp_path / "other")]) == 1
    told = capsys.readouterr().err
    assert told == "faults.toml: ema_factor: indicators/ema.rs, new: 'no such text' occurs 0 times instead of once\n"
    assert not (tmp_path / "other").exists()


def test_a_fault_in_a_file_that_is_gone_stops_the_build(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = SABOTEURS["ema_factor"]
    gone = {fault.name: replace(fault, rust=(replace(fault.rust[0], file="gone.rs"),))}
    monkeypatch.setattr(omega_parity.selftest.probe.rust_copy, "SABOTEURS", gone)
    with pytest.raises(MisplacedError, match=r"ema_factor: there is no file gone\.rs"):
        copied_sources(root)


def test_a_graft_that_no_longer_finds_its_place_stops_the_build(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(omega_parity.selftest.probe.rust_copy, "_GRAFTS", (("Cargo.toml", "no such text", ""),))
    with pytest.raises(MisplacedError, match=r"Cargo\.toml: 'no such text' occurs 0 times"):
        copied_sources(root)


FAULT = '[[fault]]\nname = "one"\nrule = "E-1"\nwhat = "it is wrong"\n[[fault.rust]]\nfile = "a.rs"\ntext = "a"\n'


@pytest.mark.parametrize(
    ("text", "error", "why"),
    [
        (FAULT, ValueError, "either `replacement` or `before`"),
        (f'{FAULT}before = "b"\n' * 2, ValueError, "two faults have one name"),
        (f'{FAULT}befor = "b"\n', TypeError, "befor"),
    ],
)
def test_a_list_of_faults_is_read_strictly(tmp_path: Path, text: str, error: type[Exception], why: str) -> None:
    path = tmp_path / "faults.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(error, match=why):
        read_faults(path)
