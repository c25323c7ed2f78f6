"""The document of the boundary says all that the boundary has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ffi.document import document
from omega.contract import batches, protocols, schemas
from omega.contract.errors import ErrorCode

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def text() -> str:
    return document(ROOT)


def test_every_name_of_the_native_module_is_in_it(text: str) -> None:
    import omega_rust

    constants = {name for name in omega_rust.__all__ if name.isupper() or name.startswith("__")}
    elsewhere = {"ExecutionSimulatorRust"}  # the door, which is Python
    for name in set(omega_rust.__all__) - constants - elsewhere:
        assert f"### `{name}`" in text, name


def test_every_protocol_and_table_is_in_it_with_its_nulls(text: str) -> None:
    for name in ("CostModel", "IndicatorCache", "ExecutionSimulator", "Engine", "DataHandler"):
        assert hasattr(protocols, name)
        assert f"### `{name}`" in text
    signals = text.split("### `SIGNALS`")[1].split("###")[0]
    for field in schemas.SIGNALS:
        assert f"| {field.name} | {field.type} | {'yes' if field.nullable else 'no'} |" in signals


def test_batches_have_version_fingerprint_and_what_a_null_means(text: str) -> None:
    for layout in batches.LAYOUTS:
        part = text.split(f"### `{layout.name}`, version {layout.version}, fingerprint `{layout.fingerprint}`")[1]
        for field in layout.schema:
            assert f"| {field.name} | {field.type} | {layout.nulls.get(field.name, 'never null')} |" in part


def test_every_error_code_is_in_it(text: str) -> None:
    for code in ErrorCode:
        assert f"| {int(code)} | {code.name} |" in text


def test_the_command_writes_it(text: str, tmp_path: Path) -> None:
    place = tmp_path / "deep" / "ffi.md"
    done = subprocess.run(
        [sys.executable, "-m", "ffi", place],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "tools"), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"written to {place}\n"
    assert place.read_text(encoding="utf-8") == text
