"""From flags to a plan: which backend serves each component of a run, and why (F-2, F-3, F-6).

The plan is made once, before a run begins, and never changes; it is part of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from omega.contract.errors import ErrorCode, OmegaError, omega_error
from omega.flags.registry import BY_NAME, COMPONENTS, ENGINE_COMPONENTS, Component
from omega.flags.values import ARGUMENT, COMPARED, FORCED, FlagSetting

BackendName = Literal["python", "rust"]
Sides = Mapping[str, BackendName]
"""Which side computes each of the components that run as one."""
Approval = Callable[[str], str]
"""Says of a component why it has no current GO record (F-8); nothing if it has one."""
Mode = Literal["alone", "guarded", "shadow", "verify"]
"""One side alone; Rust with a way back; both, and the reference serves; both, and Rust serves where they are equal."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """Who serves components that run as one, and what watches over them (F-2, F-5).

    Attributes
    ----------
    candidate : mapping
        Component → side, with Rust wherever flags, needs and module let it.
    reference : mapping
        What the candidate is compared with and gives way to: Python, but for what is forced and what that needs.
    mode : Mode
    compared : tuple of str
        The components whose flag asks for the comparison.
    can_be_sampled : bool
        Whether a share of the runs may be verified too: some Rust is in it, and none that is ``always``.
    """

    candidate: Sides
    reference: Sides
    mode: Mode
    compared: tuple[str, ...] = ()
    can_be_sampled: bool = False

    @property
    def served(self) -> Sides:
        """What serves if all goes well."""
        return self.reference if self.mode == "shadow" else self.candidate

    def sampled(self) -> Serving:
        """Return the same as a run that was drawn to be verified: compared with the reference alone."""
        compared = tuple(name for name, side in self.candidate.items() if side == "rust")
        reference: dict[str, BackendName] = dict.fromkeys(self.candidate, "python")
        return replace(self, reference=reference, mode="verify", compared=compared)


@dataclass(frozen=True, slots=True)
class Plan:
    """The decisions for the components that were asked for, in the order of the waves."""

    choices: tuple[Choice, ...]
    servings: tuple[Serving, ...]

    def __iter__(self) -> Iterator[Choice]:
        return iter(self.choices)

    def choice(self, component: str) -> Choice:
        """Return the decision for ``component``."""
        return next(choice for choice in self.choices if choice.component == component)

    def backend(self, component: str) -> BackendName:
        """Which side serves ``component``."""
        return self.choice(component).backend

    def serving(self, component: str) -> Serving:
        """Who serves ``component`` and what runs as one with it."""
        for serving in self.servings:  # a generator would take twice as long, and each call asks
            if component in serving.candidate:
                return serving
        raise KeyError(component)

    @property
    def has_rust(self) -> bool:
        """Whether Rust has any part in it, be it only to be compared."""
        return any("rust" in serving.candidate.values() for serving in self.servings)


def make_plan(
    settings: Mapping[str, FlagSetting],
    status: Callable[[], NativeStatus],
    components: Iterable[str] = tuple(BY_NAME),
    approval: Approval = lambda _: "",
) -> Plan:
    """Decide for ``components``; the engine's are decided together, the others each alone.

    Parameters
    ----------
    settings : mapping
        From :func:`omega.flags.sources.read_flags`.
    status : callable
        Looks at the native module; called only when a flag leaves room for it.
    components : iterable of str
        Those the run or call uses; flags of others do not matter to it.
    approval : callable
        Says of a component why it has no GO record (F-8), nothing if it has one; asked only where it matters.

    Raises
    ------
    OmegaError
        INVALID_STATE when flags contradict each other or a forced one has no GO record, NOT_FOUND or INVALID_STATE
        (rule F-6) when Rust is demanded but not usable.
    """
    names = frozenset(components)
    asked = [component for component in COMPONENTS if component.name in names]
    engine = [component for component in asked if component.name in ENGINE_COMPONENTS]
    families = [engine] if engine else []
    families += [[component] for component in asked if component.name not in ENGINE_COMPONENTS]
    decided = [_decide(family, settings, status, approval) for family in families]
    choices = {choice.component: choice for family, _ in decided for choice in family}
    return Plan(tuple(choices[component.name] for component in asked), tuple(serving for _, serving in decided))


def _decide(
    family: Sequence[Component],
    settings: Mapping[str, FlagSetting],
    status: Callable[[], NativeStatus],
    approval: Approval,
) -> tuple[list[Choice], Serving]:
    """Decide for components that run as one."""
    for component in family:
        _refuse_contradiction(component, family, settings)
    found = {component.name: _candidate(component, family, settings, status) for component in family}
    if not any(side == "rust" and settings[name].value in COMPARED for name, (side, _) in found.items()):
        found = _approved(found, family, settings, approval)
    candidate = {name: side for name, (side, _) in found.items()}
    serving = _serving(candidate, family, settings)
    choices = []
    for component in family:
        side, why = found[component.name]
        served = serving.served[component.name]
        if side != served:
            why = _why_reference(component, settings, serving.compared)
        setting = settings[component.name]
        choices.append(
            Choice(
                component=component.name,
                flag=component.flag,
                value=setting.value,
                origin=f"{setting.origin}{setting.note}",
                backend=served,
                why=why,
            )
        )
    return choices, serving


def _candidate(
    component: Component,
    family: Sequence[Component],
    settings: Mapping[str, FlagSetting],
    status: Callable[[], NativeStatus],
) -> tuple[BackendName, str]:
    """Return the side that a component would have if nothing were compared, and why."""
    setting = settings[component.name]
    if setting.value == "false":
        return "python", "set to false"
    missing = [name for name in _needs(component, family) if settings[name].value == "false"]
    if missing:
        return "python", f"needs {_named(missing, settings)}"
    native = status()
    if native.is_usable:
        return "rust", native.why
    if setting.value in FORCED or setting.value == "verify":
        raise _unusable(component, setting, native)
    return "python", native.why


def _approved(
    found: Mapping[str, tuple[BackendName, str]],
    family: Sequence[Component],
    settings: Mapping[str, FlagSetting],
    approval: Approval,
) -> dict[str, tuple[BackendName, str]]:
    """Leave in Rust what has a GO record, as all that it needs has; where anything is compared, all of it is (F-8)."""
    lacking = {}
    for name, (side, _) in found.items():
        if side == "rust" and settings[name].origin != ARGUMENT and (why := approval(name)):
            if settings[name].value in FORCED:
                raise _refusal(BY_NAME[name], settings[name], ErrorCode.INVALID_STATE, f"is refused: {why}", rule="F-8")
            lacking[name] = why
    kept = dict(found)
    for component in family:
        name = component.name
        reasons = [lacking[need] for need in (name, *_needs(component, family)) if need in lacking]
        if found[name][0] == "rust" and reasons:
            if settings[name].value in FORCED:
                text = f"is refused while the reference serves what it needs: {reasons[0]}"
                raise _refusal(component, settings[name], ErrorCode.INVALID_STATE, text, rule="F-8")
            kept[name] = "python", reasons[0]
    return kept


def _serving(
    candidate: Mapping[str, BackendName], family: Sequence[Component], settings: Mapping[str, FlagSetting]
) -> Serving:
    values = {name: settings[name].value for name, side in candidate.items() if side == "rust"}
    kept = {name for name, value in values.items() if value in FORCED}
    for name in sorted(kept):
        kept.update(_needs(BY_NAME[name], family))
    reference: dict[str, BackendName] = {name: "rust" if name in kept else "python" for name in candidate}
    mode: Mode = "alone" if reference == candidate else "guarded"
    compared = tuple(name for name, value in values.items() if value in COMPARED)
    if compared:
        mode = "shadow" if "shadow" in values.values() else "verify"
    return Serving(
        candidate=candidate,
        reference=reference,
        mode=mode,
        compared=compared,
        can_be_sampled=not compared and bool(values) and "always" not in values.values(),
    )


def _needs(component: Component, family: Sequence[Component]) -> list[str]:
    """Name what a component needs in its own backend's company: what it depends on, and what moves with it."""
    names = [part.name for part in family]
    movers = [part.name for part in family if part.moves_together]
    found = [component.name, *(movers if component.moves_together else ())]
    for name in found:
        found += [need for need in BY_NAME[name].depends_on if need not in found]
    return [name for name in names if name in found and name != component.name]


def _why_reference(component: Component, settings: Mapping[str, FlagSetting], compared: Sequence[str]) -> str:
    """Say why the reference serves what could be Rust: it is only compared, or what runs as one with it is."""
    if settings[component.name].value == "shadow":
        return "the reference serves; Rust runs beside it and is compared"
    shadowed = [name for name in compared if settings[name].value == "shadow"]
    return f"the reference serves the whole run: {_named(shadowed, settings)}"


def _refuse_contradiction(
    component: Component, family: Sequence[Component], settings: Mapping[str, FlagSetting]
) -> None:
    """Raise when a component is forced to Rust and what it needs is, or may be, served by the reference."""
    setting = settings[component.name]
    missing = [name for name in _needs(component, family) if settings[name].value in {"false", *COMPARED}]
    if setting.value in FORCED and missing:
        raise omega_error(
            ErrorCode.INVALID_STATE,
            f"{component.flag} cannot be {setting.value} while the reference serves what it needs: "
            f"{_named(missing, settings)}",
            rule="F-1",
            column=component.flag,
            value=setting.value,
        )


def _named(names: Iterable[str], settings: Mapping[str, FlagSetting]) -> str:
    return ", ".join(f"{BY_NAME[name].flag}={settings[name].value} ({settings[name].origin})" for name in names)


def _unusable(component: Component, setting: FlagSetting, native: NativeStatus) -> OmegaError:
    code = ErrorCode.INVALID_STATE if native.is_alarming else ErrorCode.NOT_FOUND
    fix = f"; build it with: {native.fix}" if native.fix else ""
    return _refusal(component, setting, code, f"needs the native module: {native.why}{fix}", rule="F-6")


def _refusal(component: Component, setting: FlagSetting, code: ErrorCode, text: str, *, rule: str) -> OmegaError:
    # Who asked by argument set no flag, and must not look for one.
    is_argument = setting.origin == ARGUMENT
    asked = (
        f'backend="rust" ({component.name})' if is_argument else f"{component.flag}={setting.value} ({setting.origin})"
    )
    return omega_error(
        code,
        f"{asked} {text}",
        rule=rule,
        column="backend" if is_argument else component.flag,
        value="rust" if is_argument else setting.value,
    )
