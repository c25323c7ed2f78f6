"""From flags to a plan: which backend serves each component of a run, and why (F-3, F-6).

The plan is made once, before a run begins, and never changes; it is part of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.flags.registry import BY_NAME, COMPONENTS, ENGINE_COMPONENTS, Component
from omega.flags.values import FlagSetting

BackendName = Literal["python", "rust"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeStatus:
    """Whether the native module can serve, and what to say about it.

    ``fix`` is the command that makes it usable; ``is_alarming`` says that something is there but must not be used: a
    stale or foreign build (F-6).
    """

    is_usable: bool
    why: str
    fix: str = ""
    is_alarming: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The decision for one component."""

    component: str
    flag: str
    value: str
    origin: str
    backend: BackendName
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The decisions for the components that were asked for, in the order of the waves."""

    choices: tuple[Choice, ...]

    def __iter__(self) -> Iterator[Choice]:
        return iter(self.choices)

    def choice(self, component: str) -> Choice:
        """Return the decision for ``component``."""
        return next(choice for choice in self.choices if choice.component == component)

    def backend(self, component: str) -> BackendName:
        """Which side serves ``component``."""
        return self.choice(component).backend


def make_plan(
    settings: Mapping[str, FlagSetting],
    status: Callable[[], NativeStatus],
    components: Iterable[str] = tuple(BY_NAME),
) -> Plan:
    """Decide for ``components``; the engine's parts are decided together.

    Parameters
    ----------
    settings : mapping
        From :func:`omega.flags.sources.read_flags`.
    status : callable
        Looks at the native module; called only when a flag leaves room for it.
    components : iterable of str
        Those the run or call uses; flags of others do not matter to it.

    Raises
    ------
    OmegaError
        INVALID_STATE when flags contradict each other, NOT_FOUND or INVALID_STATE (rule F-6) when Rust is demanded
        but not usable.
    """
    names = frozenset(components)
    asked = [component for component in COMPONENTS if component.name in names]
    together = [name for name in ENGINE_COMPONENTS if name in names]
    return Plan(tuple(_decide(component, settings, together, status) for component in asked))


def _decide(
    component: Component,
    settings: Mapping[str, FlagSetting],
    together: Sequence[str],
    status: Callable[[], NativeStatus],
) -> Choice:
    setting = settings[component.name]
    if component.moves_together:
        _refuse_contradiction(settings, together)
    if setting.value == "false":
        return _choice(component, setting, "python", "set to false")
    missing = _missing(component, settings, together)
    if missing:
        return _choice(component, setting, "python", f"needs {_named(missing, settings)}")
    native = status()
    if native.is_usable:
        return _choice(component, setting, "rust", native.why)
    if setting.value == "true":
        raise _unusable(component, setting, native)
    return _choice(component, setting, "python", native.why)


def _choice(component: Component, setting: FlagSetting, backend: BackendName, why: str) -> Choice:
    return Choice(
        component=component.name,
        flag=component.flag,
        value=setting.value,
        origin=setting.origin,
        backend=backend,
        why=why,
    )


def _missing(component: Component, settings: Mapping[str, FlagSetting], together: Sequence[str]) -> list[str]:
    needed = together if component.moves_together else ()
    return [name for name in needed if settings[name].value == "false"]


def _refuse_contradiction(settings: Mapping[str, FlagSetting], together: Sequence[str]) -> None:
    """Raise when a part of the engine is forced to Rust while another part, or a need of it, is forced to Python."""
    parts = [BY_NAME[name] for name in together]
    forced = [part for part in parts if part.moves_together and settings[part.name].value == "true"]
    missing = [part.name for part in parts if settings[part.name].value == "false"]
    if forced and missing:
        first = forced[0]
        raise omega_error(
            ErrorCode.INVALID_STATE,
            f"{', '.join(part.flag for part in forced)} cannot be true while these are false: "
            f"{_named(missing, settings)}; the engine runs on one side as a whole",
            rule="F-1",
            column=first.flag,
            value="true",
        )


def _named(names: Iterable[str], settings: Mapping[str, FlagSetting]) -> str:
    return ", ".join(f"{BY_NAME[name].flag}={settings[name].value} ({settings[name].origin})" for name in names)


def _unusable(component: Component, setting: FlagSetting, native: NativeStatus) -> OmegaError:
    code = ErrorCode.INVALID_STATE if native.is_alarming else ErrorCode.NOT_FOUND
    fix = f"; build it with: {native.fix}" if native.fix else ""
    return _refusal(component, setting, code, f"needs the native module: {native.why}{fix}", rule="F-6")


def _refusal(component: Component, setting: FlagSetting, code: ErrorCode, text: str, *, rule: str) -> OmegaError:
    # Who asked by argument set no flag, and must not look for one.
    is_argument = setting.origin == "backend argument"
    asked = f'backend="rust" ({component.name})' if is_argument else f"{component.flag}=true ({setting.origin})"
    return omega_error(
        code,
        f"{asked} {text}",
        rule=rule,
        column="backend" if is_argument else component.flag,
        value="rust" if is_argument else setting.value,
    )
