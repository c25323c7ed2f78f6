"""The plan of a run: the flags, read once, against the native module as it is."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Set

from omega.contract.errors import ErrorCode, omega_error
from omega.flags.plan import Approval, NativeStatus, Plan, make_plan
from omega.flags.registry import BY_NAME
from omega.flags.sources import is_silent, read_flags
from omega.flags.values import FORCED, FlagSetting
from omega.serve import native
from omega.serve.approvals import approvals


class OmegaWarning(UserWarning):
    """Something works, but not as it was meant to; today only a native module that must not be used."""


def native_status() -> NativeStatus:
    """Look at the native module: installed, of this contract, built from the sources beside it (F-6)."""
    return native.status()


_warned: set[str] = set()
_kept: set[str] = set()
"""Components that ran under ``always``: they have no way back in this process (F-2)."""


_unspoken: dict[tuple[frozenset[str], str | None], tuple[Plan, NativeStatus | None, Approval | None]] = {}
"""Plans made while no source said anything, and what was seen of module and approvals: they stay as they are."""


def _warn_once(why: str) -> None:
    if why in _warned:
        return
    # Noted first: where warnings are errors it is raised once, too.
    _warned.add(why)
    warnings.warn(f"the native module is not used: {why}", OmegaWarning, stacklevel=4)


def _refuse_way_back(settings: Mapping[str, FlagSetting], names: Set[str]) -> None:
    for name in [name for name in BY_NAME if name in names & _kept]:
        setting = settings[name]
        if setting.value not in FORCED:
            flag = BY_NAME[name].flag
            raise omega_error(
                ErrorCode.INVALID_STATE,
                f"{flag}={setting.value} ({setting.origin}) comes too late: it was {flag}=always in this process, "
                "which has no way back; begin a new one",
                rule="F-2",
                column=flag,
                value=setting.value,
            )


def plan_run(
    components: Iterable[str] = tuple(BY_NAME),
    *,
    backend: str | None = None,
    configuration: Iterable[tuple[str, str | bool]] = (),
) -> Plan:
    """Read the flags and decide, once; see :func:`omega.flags.plan.make_plan` for the errors.

    A component that ran under ``always`` stays in Rust as long as the process lives: 1007 for anything less.

    Warns
    -----
    OmegaWarning
        Once per process when ``auto`` passes over a native module that is stale or foreign.
    """
    names = frozenset(components)
    is_plain = configuration == () and names.isdisjoint(_kept) and is_silent()
    if is_plain and (names, backend) in _unspoken:
        plan, known, approved = _unspoken[names, backend]
        if (known is None or known is native_status()) and (approved is None or approved is approvals()):
            return plan
    seen: list[NativeStatus] = []
    asked: list[Approval] = []

    def status() -> NativeStatus:
        if not seen:
            seen.append(native_status())
        return seen[0]

    def approval(component: str) -> str:
        if not asked:
            asked.append(approvals())
        return asked[0](component)

    settings = read_flags(backend=backend, configuration=configuration)
    _refuse_way_back(settings, names)
    plan = make_plan(settings, status, names, approval)
    _kept.update(choice.component for choice in plan if choice.value == "always")
    if seen and seen[0].is_alarming:
        _warn_once(seen[0].why)
    elif is_plain:
        _unspoken[names, backend] = plan, seen[0] if seen else None, asked[0] if asked else None
    return plan
