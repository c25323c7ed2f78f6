"""The Rust core as a probe: the module ``omega_rust_probe``, the same sources with rule counters and faults."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any, Final

import omega
from omega.flags.registry import BY_NAME
from omega.serve import native
from omega_parity.drive.components import Factory
from omega_parity.drive.observe import Side
from omega_parity.selftest.probe.rules import RuleCounts
from omega_parity.selftest.probe.saboteurs import FAULTS_FILE, lists_digest

MODULE: Final = "omega_rust_probe"
BUILD_COMMAND: Final = "make probe"
"""What builds the module in a checkout."""


class NativeProbe:
    """The probe module behind the adapter of :mod:`omega.serve.native`; use :func:`native_probe`.

    Counters and the active fault belong to the process: one probe at a time.
    """

    def __init__(self, module: ModuleType) -> None:
        self._module: Any = module
        self.adapter: Any = _adapter_over(module)
        """A copy of :mod:`omega.serve.native` that calls the probe."""

    def side(self) -> Side:
        """Return the probe as a side of a comparison."""
        return Side(label="Rust (probe)", engine=self.adapter.Engine(), crossings=self._module.crossings)

    def component(self, name: str) -> Factory:
        """Return what builds a component of the probe, by its name in the registry."""
        path = BY_NAME[name].native
        factory: Factory = getattr(self.adapter, path.partition(":")[2])
        return factory

    def saboteurs(self) -> tuple[str, ...]:
        """Return the names of its faults."""
        return tuple(self._module.saboteurs())

    @contextmanager
    def sabotaged(self, name: str) -> Iterator[None]:
        """Let one fault act inside a ``with`` block.

        Raises
        ------
        OmegaError
            INVALID_ARGUMENT for an unknown name.
        """
        self._module.activate(name)
        try:
            yield
        finally:
            self._module.activate(None)

    @contextmanager
    def failing(self, failure: str, bar: int = 0) -> Iterator[None]:
        """Let runs fail at a bar inside a ``with`` block: ``panic``, ``wrong_result`` or ``no_room``."""
        self._module.fail(failure, bar)
        try:
            yield
        finally:
            self._module.fail(None)

    @property
    def module(self) -> ModuleType:
        """What stands in for ``omega_rust``."""
        module: ModuleType = self._module
        return module

    def rule_counts(self) -> RuleCounts:
        """Return the hits so far, by rule."""
        return dict(self._module.rule_counts())

    def reset_counts(self) -> None:
        """Start counting anew."""
        self._module.reset_counts()


@cache
def native_probe() -> NativeProbe | None:
    """Return the probe module, or None when it cannot be used; :func:`why_no_probe` says why."""
    return None if why_no_probe() else NativeProbe(importlib.import_module(MODULE))


def probe_command() -> str:
    """Return what installs the probe module here: built in a checkout, elsewhere from where omega_rust came."""
    return BUILD_COMMAND if native.checkout_root() is not None else f"pip install {MODULE}=={omega.__version__}"


@cache
def why_no_probe() -> str:
    """Say why the probe module cannot be used; empty when it can."""
    try:
        module = importlib.import_module(MODULE)
    except ImportError:
        return f"{MODULE} is not installed; get it with `{probe_command()}`"
    root = native.checkout_root()
    if root is not None and native.source_digest(root) != module.SOURCE_DIGEST:
        return f"{MODULE} was built from other sources than those in this checkout; build it with `{BUILD_COMMAND}`"
    if lists_digest() != module.LISTS_DIGEST:
        return f"{MODULE} was built with other faults than those of {FAULTS_FILE.name}; build it with `{BUILD_COMMAND}`"
    return ""


def _adapter_over(module: ModuleType) -> Any:
    """Run the adapter's source once more, with the probe in the place of ``omega_rust``."""
    spec = importlib.util.find_spec(native.__name__)
    assert spec is not None, "it is imported above"
    assert spec.loader is not None
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    vars(copy)["_native"] = lambda: module
    return copy
