"""Plant a mutant: this process then imports the reference with one module changed; no file is.

Run gates against it::

    python -m mutants.planted execution.exits:AddNot:3 parity/test_slippage_fee.py -x
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from omega_parity.selftest.probe.reference import ORIGINAL, path_of, reference_modules


class _Planted(MetaPathFinder, Loader):
    def __init__(self, name: str, source: str) -> None:
        self._name = name
        self._code = compile(source, f"<mutant of {name}>", "exec", dont_inherit=True)

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Recognise the one module."""
        return importlib.util.spec_from_loader(fullname, self) if fullname == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed source, as if from the file of the original, which the gates ask for."""
        vars(module)["__file__"] = str(path_of(self._name[len(ORIGINAL) + 1 :]))
        exec(self._code, vars(module))


def plant(module: str, source: str) -> None:
    """Import the whole reference anew, ``module`` from ``source``. Meant for a process that ends soon.

    Raises
    ------
    Exception
        Whatever importing it raises.
    """
    for name in [name for name in sys.modules if name.partition(".")[0] == ORIGINAL]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Planted(f"{ORIGINAL}.{module}", source))
    for name in reference_modules():
        importlib.import_module(f"{ORIGINAL}.{name}" if name else ORIGINAL)


def main(arguments: Sequence[str]) -> int:
    """Run pytest with the rest of the arguments against the mutant that the first one names."""
    import pytest

    from mutants.operators import find_mutant

    mutant = find_mutant(arguments[0])
    plant(mutant.module, mutant.source())
    return int(pytest.main(list(arguments[1:])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
