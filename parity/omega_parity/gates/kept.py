"""Whether the golden cases and regressions of a checkout are those that are recorded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from omega.contract.errors import OmegaError
from omega_parity.gates.provenance import CHECKOUT
from omega_parity.gates.recorded import recorded
from omega_parity.golden.recorded import golden_shortfalls


def kept_shortfalls(folder: Path, components: Sequence[str]) -> tuple[str, ...]:
    """Say which recorded golden cases and regressions of a checkout are not there; an installed package has none."""
    if CHECKOUT is None:
        return ()
    try:
        counts = recorded().golden
        missing = list(golden_shortfalls(folder, components))
        found = {"cases": sum(1 for _ in folder.glob("*/*/case.toml")), "regressions": _folders(folder / "regressions")}
    except OmegaError as error:
        return (f"golden cases: {error.message}",)
    few = [f"{name}: {count} of {counts[name]} recorded" for name, count in found.items() if count < counts[name]]
    return (*few, *missing)


def _folders(folder: Path) -> int:
    return sum(1 for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else 0
