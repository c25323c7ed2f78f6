"""The built-in faults that a gate has to notice, as ``faults.toml`` lists them: what each does, and where, by side."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import xxhash

from omega_parity.selftest.probe.places import Change
from omega_parity.selftest.probe.rules import RULES_FILE

FAULTS_FILE: Final = Path(__file__).with_name("faults.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Saboteur:
    """A fault.

    Attributes
    ----------
    rule : str
        The rule it breaks.
    what : str
        What is wrong, for a person.
    is_quick : bool
        Whether ``omega verify --quick`` lets it loose.
    reference, rust : tuple of Change
        What it changes, by side; a side without changes does not have the fault.
    """

    name: str
    rule: str
    what: str
    is_quick: bool = False
    reference: tuple[Change, ...] = ()
    rust: tuple[Change, ...] = ()


def read_faults(path: Path) -> Mapping[str, Saboteur]:
    """Read a list of faults.

    Raises
    ------
    TypeError
        For a key that a fault does not have.
    ValueError
        For two faults of one name.
    """
    entries = tomllib.loads(path.read_text("utf-8"))["fault"]
    faults = {entry["name"]: _fault(**entry) for entry in entries}
    if len(faults) != len(entries):
        raise ValueError(f"{path.name}: two faults have one name")
    return MappingProxyType(faults)


def lists_digest() -> str:
    """Return the digest of the lists of faults and rules: a probe that was made from others is stale."""
    digest = xxhash.xxh3_128()
    for path in (FAULTS_FILE, RULES_FILE):
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def _fault(
    name: str,
    rule: str,
    what: str,
    quick: bool = False,
    reference: tuple[dict[str, Any], ...] = (),
    rust: tuple[dict[str, Any], ...] = (),
) -> Saboteur:
    return Saboteur(
        name=name,
        rule=rule,
        what=what,
        is_quick=quick,
        reference=tuple(map(_change, reference)),
        rust=tuple(map(_change, rust)),
    )


def _change(entry: dict[str, Any]) -> Change:
    change = Change(**{"function": None, **entry})
    if (change.replacement is None) is (change.before is None):
        raise ValueError(f"{change}: either `replacement` or `before`")
    return change


SABOTEURS: Final = read_faults(FAULTS_FILE)
"""Every built-in fault by name."""

QUICK: Final = tuple(name for name, fault in SABOTEURS.items() if fault.is_quick)
"""Those of ``omega verify --quick``, of each component one: an ulp, a sign of zero, a code, a crash, rules."""
