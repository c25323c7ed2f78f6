"""The package: nothing is imported early, and the public names are there."""

from __future__ import annotations

import subprocess
import sys

import pytest

import omega
from omega.settings.model import Config

PROBE = """
import sys
{first}
heavy = {{"pyarrow", "pydantic", "numpy", "rich", "omega_reference", "omega_rust"}}
print(",".join(heavy.intersection(sys.modules)))
"""


@pytest.mark.parametrize(
    ("first", "allowed"),
    [
        ("import omega", set()),
        ("import omega.contract.types, omega.contract.errors", set()),
        ("import omega.flags.sources, omega.flags.plan", set()),
        ("from omega.cli import main; main(['--version'])", set()),
        ("import omega.cli.app", {"rich"}),
        ("import omega_reference.engine", {"pyarrow", "numpy", "omega_reference"}),
        ("import omega; omega.read_bars", {"pyarrow", "numpy", "pydantic"}),
    ],
)
def test_nothing_is_imported_before_it_is_needed(first: str, allowed: set[str]) -> None:
    run = subprocess.run([sys.executable, "-c", PROBE.format(first=first)], capture_output=True, text=True, check=True)
    loaded = set(filter(None, run.stdout.splitlines()[-1].split(",")))
    assert loaded <= allowed


def test_public_names() -> None:
    for name in omega.__all__:
        assert getattr(omega, name) is not None
        assert name in dir(omega)
    with pytest.raises(AttributeError, match="nonsense"):
        omega.nonsense  # noqa: B018
    assert omega.Config is Config
