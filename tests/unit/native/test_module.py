"""What the module says about itself, and how the adapter judges it."""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from omega.contract import CHAIN_LAYOUT_VERSION, CONTRACT_VERSION
from omega.contract.errors import ErrorCode, OmegaError
from omega.serve import native

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.rule("X-1")
def test_both_error_tables_are_equal(module: Any) -> None:
    assert {code.name: int(code) for code in ErrorCode} == module.ERROR_CODES
    assert list(module.ERROR_CODES) == [code.name for code in ErrorCode]


@pytest.mark.rule("F-6")
def test_versions_and_digest_are_those_of_this_checkout(module: Any) -> None:
    assert (module.CONTRACT_VERSION, module.CHAIN_LAYOUT_VERSION) == (CONTRACT_VERSION, CHAIN_LAYOUT_VERSION)
    assert native.source_digest(ROOT) == module.SOURCE_DIGEST
    assert len(module.SOURCE_DIGEST) == 32


@pytest.mark.rule("F-6")
def test_digest_sees_content_and_names_but_no_line_ends_or_build_output(tmp_path: Path) -> None:
    source = tmp_path / "rust_impl" / "core" / "src" / "lib.rs"
    source.parent.mkdir(parents=True)
    for path in (tmp_path / "Cargo.toml", tmp_path / "Cargo.lock", source):
        path.write_bytes(b"a\nb\n")
    before = native.source_digest(tmp_path)
    source.write_bytes(b"a\r\nb\r\n")
    built = tmp_path / "rust_impl" / "core" / "target" / "out.rs"
    built.parent.mkdir()
    built.write_bytes(b"generated")
    assert native.source_digest(tmp_path) == before
    source.write_bytes(b"a\nc\n")
    assert native.source_digest(tmp_path) != before
    source.write_bytes(b"a\nb\n")
    source.rename(source.with_name("main.rs"))
    assert native.source_digest(tmp_path) != before


@pytest.mark.rule("F-6")
def test_the_stub_describes_the_compiled_module() -> None:
    paths = os.pathsep.join(str(ROOT / folder) for folder in ("bridge", "rust_impl/python"))
    allowed = str(ROOT / "rust_impl" / "python" / "stubtest-allowlist.txt")
    command = [sys.executable, "-m", "mypy.stubtest", "omega_rust", "--ignore-disjoint-bases", "--allowlist", allowed]
    done = subprocess.run(
        command, env=os.environ | {"MYPYPATH": paths}, capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.rule("B-6", "F-6")
def test_the_stub_names_all_that_the_module_has(module: Any) -> None:
    stub = ast.parse((ROOT / "rust_impl" / "python" / "omega_rust.pyi").read_text("utf-8"))
    assigned = (
        node for node in stub.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    named = ast.literal_eval(next(assigned).value)
    assert sorted(module.__all__) == sorted([*named, "__getattr__"])


@pytest.mark.rule("F-6")
def test_an_installed_copy_has_no_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert native.checkout_root() == ROOT
    monkeypatch.setattr(native, "__file__", str(tmp_path / "site-packages" / "omega" / "serve" / "native.py"))
    assert native.checkout_root() is None


def judge(root: Path | None = ROOT, **changes: Any) -> Any:
    facts: dict[str, Any] = {
        "CONTRACT_VERSION": CONTRACT_VERSION,
        "CHAIN_LAYOUT_VERSION": CHAIN_LAYOUT_VERSION,
        "SOURCE_DIGEST": native.source_digest(ROOT),
        "BUILD_PROFILE": "release",
        "__version__": "0.1.0",
    }
    facts |= {name: None for name in native._PROMISED if name not in facts}
    return native._judge(SimpleNamespace(**(facts | changes)), root)  # type: ignore[arg-type]


@pytest.mark.rule("F-6")
def test_a_release_build_of_these_sources_is_usable() -> None:
    assert judge().is_usable
    assert not judge().is_alarming


@pytest.mark.rule("F-6")
@pytest.mark.parametrize("changes", [{"CONTRACT_VERSION": 2}, {"CHAIN_LAYOUT_VERSION": None}])
def test_another_contract_is_refused(changes: dict[str, Any]) -> None:
    found = judge(**changes)
    assert not found.is_usable
    assert found.is_alarming
    assert "contract" in found.why


@pytest.mark.rule("F-6")
def test_a_stale_build_is_refused_in_a_checkout_only() -> None:
    found = judge(SOURCE_DIGEST="0" * 32)
    assert (found.is_usable, found.is_alarming) == (False, True)
    assert "other sources" in found.why
    assert judge(None, SOURCE_DIGEST="0" * 32).is_usable


@pytest.mark.rule("F-6")
def test_a_debug_build_is_usable_with_a_word() -> None:
    found = judge(BUILD_PROFILE="debug")
    assert found.is_usable
    assert "slow" in found.why


@pytest.mark.rule("F-6")
def test_a_missing_module_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> ModuleType:
        raise ModuleNotFoundError(f"No module named {name!r}")

    native._inspect.cache_clear()
    monkeypatch.setattr(importlib, "import_module", refuse)
    try:
        assert native.load() is None
        assert "not installed" in native.status().why
        with pytest.raises(OmegaError) as caught:
            native.DataHandler().sample_bars(10, 7)
        assert caught.value.code is ErrorCode.NOT_FOUND
        assert native.BUILD_COMMAND in caught.value.message
    finally:
        monkeypatch.undo()
        native._inspect.cache_clear()
