"""The plan of a run: the flags, read once, against the native module as it is."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

from omega.flags.plan import NativeStatus, Plan, make_plan
from omega.flags.registry import BY_NAME
from omega.flags.sources import read_flags


class OmegaWarning(UserWarning):
    """Something works, but not as it was meant to; today only a native module that must not be used."""


def native_status() -> NativeStatus:
    """Look at the native module: installed, of this contract, built from the sources beside it (F-6)."""
    from omega.serve import native

    return native.status()


_warned: set[str] = set()


def _warn_once(why: str) -> None:
    if why in _warned:
        return
    # Noted first: where warnings are errors it is raised once, too.
    _warned.add(why)
    warnings.warn(f"the native module is not used: {why}", OmegaWarning, stacklevel=4)


def plan_run(
    components: Iterable[str] = tuple(BY_NAME),
    *,
    backend: str | None = None,
    configuration: Iterable[tuple[str, str | bool]] = (),
) -> Plan:
    """Read the flags and decide, once; see :func:`omega.flags.plan.make_plan` for the errors.

    Warns
    -----
    OmegaWarning
        Once per process when ``auto`` passes over a native module that is stale or foreign.
    """
    seen: list[NativeStatus] = []

    def status() -> NativeStatus:
        if not seen:
            seen.append(native_status())
        return seen[0]

    plan = make_plan(read_flags(backend=backend, configuration=configuration), status, components)
    if seen and seen[0].is_alarming:
        _warn_once(seen[0].why)
    return plan
