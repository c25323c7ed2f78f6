"""A change of one line in one module of the reference or of the bridge, never written to a file of the checkout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from omega_parity.selftest.probe import reference

_BRIDGE: Final = Path(__file__).parents[2] / "bridge"


@dataclass(frozen=True, slots=True, order=True)
class Mutant:
    """One change of one module.

    Attributes
    ----------
    module : str
        Name within the reference, as ``execution.exits``; of the bridge the whole name, as ``omega.data.times``.
    line, column : int
        Where, from 1 and 0.
    occurrence : int
        Place among those of the operator in the module.
    """

    module: str
    line: int
    column: int
    operator: str
    occurrence: int

    @property
    def name(self) -> str:
        """Short name, as in ``execution.exits:AddNot:3``; stands while the module stands."""
        return f"{self.module}:{self.operator}:{self.occurrence}"

    def source(self) -> str:
        """Return the module with the change."""
        from mutants.operators import mutated

        return mutated(self)

    def change(self) -> tuple[str, str]:
        """Return the first line that changed, before and after."""
        pairs = zip(source_of(self.module).splitlines(), self.source().splitlines(), strict=False)
        before, after = next((a, b) for a, b in pairs if a != b)
        return before.strip(), after.strip()


def is_shared(module: str) -> bool:
    """Whether a module is of the bridge."""
    return module.partition(".")[0] == "omega"


def file_of_shared(module: str) -> str:
    """Return the path of a module's source below the bridge's package."""
    path = _BRIDGE.joinpath(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return path.relative_to(_BRIDGE / "omega").as_posix()


def shared_modules() -> tuple[str, ...]:
    """Return the names of the bridge's modules."""
    paths = (path.relative_to(_BRIDGE).with_suffix("") for path in (_BRIDGE / "omega").rglob("*.py"))
    return tuple(sorted(".".join(path.parts[:-1] if path.name == "__init__" else path.parts) for path in paths))


def source_of(module: str) -> str:
    """Return the source of a module of either."""
    if is_shared(module):
        return (_BRIDGE / "omega" / file_of_shared(module)).read_text("utf-8")
    return reference.source_of(module)
