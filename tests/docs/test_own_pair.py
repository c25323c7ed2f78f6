"""The guide to a pair of one's own: its files run as they stand, red first, and green once the port is right."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "runbooks" / "own-pair.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"^```(.*?)\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE))
FILES = {head.rpartition("=")[2]: text for head, text in BLOCKS.items() if head}


def _run(folder: Path) -> tuple[int, str]:
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder)]
    paths = os.pathsep.join([str(folder), *(str(ROOT / name) for name in ("bridge", "reference_py", "parity"))])
    environment = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert set(FILES) == {"install.sh", "my_pair.py", "conftest.py", "test_vwap.py", "ci.sh"}
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_port_of_the_guide_is_found_out(folder: Path) -> None:
    code, output = _run(folder)
    assert code == 1, output
    # Which example Hypothesis ends at is its affair; how it is told is ours.
    for words in ("]: 1 values differ", "result.value: 0x", " against 0x"):
        assert words in re.sub(r"-?[\d.]+ 0x", "0x", output)
        assert words in re.sub(r"-?[\d.]+ 0x", "0x", BLOCKS[""])


def test_the_right_port_is_green_and_counted(folder: Path) -> None:
    with (folder / "my_pair.py").open("a", encoding="utf-8") as pair:
        pair.write("\n\nvwap_ported = vwap\n")
    code, output = _run(folder)
    assert code == 0, output
    assert re.search(r"\b1\d\d values compared by type and bits, 0 bits differ", output)
    assert "Rust" not in output


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that has the packages as a wheel brings them, and what they depend on; no checkout is near."""
    place = tmp_path_factory.mktemp("bare") / "env"
    venv.create(place, with_pip=False, symlinks=True)
    target = next((place / "lib").glob("python3*/site-packages"))
    site = Path(sysconfig.get_path("purelib"))
    (target / "dependencies.pth").write_text(f"{site}\n", encoding="utf-8")  # its own .pth files are not read
    for package in ("bridge/omega", "reference_py/omega_reference", "parity/omega_parity"):
        shutil.copytree(ROOT / package, target / Path(package).name)
    return place / "bin"


def _run_bare(bare: Path, folder: Path, *command: str) -> tuple[int, str]:
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    hidden = ("PYTHONPATH", "OMEGA_MARKET_DATA")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment["PATH"] = f"{bare}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_guide_holds_in_a_bare_environment(bare: Path, folder: Path) -> None:
    """The extra has what the guide needs, the script of the CI is red with the port, and green with the right one."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert "omega-parity[parity]" in FILES["install.sh"]
    assert {one.partition(">")[0] for one in extras["parity"]} == {"pytest", "hypothesis", "jinja2"}
    origin = _run_bare(bare, folder, "python", "-c", "import omega_parity as p; print(p.__file__)")[1]
    assert origin.startswith(str(bare.parent))
    assert _run_bare(bare, folder, "sh", "ci.sh")[0] == 1
    with (folder / "my_pair.py").open("a", encoding="utf-8") as pair:
        pair.write("\n\nvwap_ported = vwap\n")
    code, output = _run_bare(bare, folder, "sh", "ci.sh")
    assert code == 0, output
    code, output = _run_bare(bare, folder, "python", "-m", "omega_parity.gates.determinism")
    assert (code, output[:12]) == (2, "determinism:")


def test_verify_without_the_probe_says_what_installs_it(bare: Path, folder: Path) -> None:
    hide = "import sys; sys.modules['omega_rust_probe'] = None; import omega.cli; omega.cli.main()"
    code, output = _run_bare(bare, folder, "python", "-c", hide, "verify", "--quick")
    assert code == 3, output
    assert "pip install omega_rust_probe==" in output
