"""The guide to indicators of one's own: its code and its Rust run as they stand, and a wrong twin is found out."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "runbooks" / "indicator.md").read_text("utf-8")
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(.*?)\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
CRATE = "own-indicator"


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the compiled example and the files of the guide."""
    command = ["cargo", "build", "--quiet", "--locked", "--package", CRATE, "--message-format", "json"]
    built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    messages = [json.loads(line) for line in built.stdout.splitlines()]
    library = next(
        Path(message["filenames"][0])
        for message in messages
        if message["reason"] == "compiler-artifact" and message["target"]["name"] == "own_indicator"
    )
    folder = tmp_path_factory.mktemp("guide")
    shutil.copy(library, folder / f"own_indicator{'.pyd' if os.name == 'nt' else '.abi3.so'}")
    files = {head.rpartition("=")[2]: text for head, text in BLOCKS if "title=" in head}
    assert set(files) == {"my_wma.py", "my_twin.py", "conftest.py", "test_wma.py"}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    return folder


def _ran(folder: Path, *arguments: str) -> tuple[int, str]:
    paths = os.pathsep.join([str(folder), *(str(ROOT / name) for name in ("bridge", "reference_py", "parity"))])
    environment = {**os.environ, "PYTHONPATH": paths}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.rule("I-18", "Q-I18b")
def test_the_code_prints_what_the_guide_shows(module: Path) -> None:
    plain = [(head, text) for head, text in BLOCKS if head in ("python", "")]
    pairs = list(zip(plain[::2], plain[1::2], strict=True))
    assert [(one[0], other[0]) for one, other in pairs] == [("python", "")] * 3
    code, printed = _ran(module, "-c", "\n".join(source for (_, source), _ in pairs))
    assert (code, printed) == (0, "".join(shown for _, (_, shown) in pairs))


def test_the_rust_of_the_guide_is_that_of_the_example() -> None:
    source = (ROOT / "rust_impl" / "examples" / "own_indicator" / "src" / "lib.rs").read_text("utf-8")
    plain = re.sub(r"^ +", "", source, flags=re.MULTILINE)
    shown = [text for head, text in BLOCKS if head == "rust"]
    assert len(shown) == 2
    for text in shown:
        assert re.sub(r"^ +", "", text, flags=re.MULTILINE) in plain


GATE = ("-m", "pytest", "-q", "-p", "no:cacheprovider")


@pytest.mark.rule("I-18")
def test_the_twin_is_green_under_the_harness(module: Path) -> None:
    code, output = _ran(module, *GATE, "--rootdir", str(module), str(module))
    assert code == 0, output
    assert re.search(r"\b\d,\d{3} values compared by type and bits, 0 bits differ", output), output


@pytest.mark.rule("I-18")
def test_a_wrong_twin_is_red_under_the_harness(module: Path, tmp_path: Path) -> None:
    for path in module.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    twin = tmp_path / "my_twin.py"
    text = twin.read_text("utf-8")
    wrong = text.replace("rust=own_indicator.wma", "rust=lambda p, *, period: own_indicator.wma(p, period=period + 1)")
    assert wrong != text
    twin.write_text(wrong, encoding="utf-8")
    code, output = _ran(tmp_path, *GATE, "--rootdir", str(tmp_path), str(tmp_path))
    assert code == 1, output
    assert "values differ" in output
