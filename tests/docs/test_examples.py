"""The examples in docstrings are what a user gets."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = (ROOT / "bridge" / "omega", ROOT / "reference_py" / "omega_reference", ROOT / "parity" / "omega_parity")


def _with_examples() -> list[str]:
    modules = []
    for package in PACKAGES:
        for path in sorted(package.rglob("*.py")):
            if ">>> " in path.read_text("utf-8"):
                name = ".".join(path.relative_to(package.parent).with_suffix("").parts)
                modules.append(name.removesuffix(".__init__"))
    return modules


@pytest.mark.parametrize("name", _with_examples())
def test_the_examples_of_a_module_run(name: str) -> None:
    module = importlib.import_module(name)
    failed, attempted = doctest.testmod(module)
    assert attempted > 0
    assert failed == 0


def test_each_package_a_user_calls_has_examples() -> None:
    assert {name.partition(".")[0] for name in _with_examples()} >= {"omega", "omega_reference"}
