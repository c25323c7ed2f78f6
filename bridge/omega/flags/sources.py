"""The sources of feature flags ``OMEGA_USE_RUST_*`` (F-1, F-3); :mod:`omega.flags.plan` makes the choice.

Strongest first: ``backend=`` argument, :func:`override_flags`, :func:`set_feature_flag`, environment, the source of
:func:`set_flag_source`, configuration, default. Every one is checked on every reading, so that a wrong spelling never
waits for its day.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Final

from omega.contract.errors import ErrorCode, omega_error
from omega.flags.registry import BY_NAME, COMPONENTS, FLAG_PREFIX, component_of, component_of_variable
from omega.flags.values import ARGUMENT, ORIGINS, FlagSetting, FlagValue, Origin, parse_value

FlagSource = Callable[[], Mapping[str, str | bool]]
FAILED: Final = " (flag source failed)"
"""What follows an origin where the source gave no answer and might have been asked for this flag."""

_LOG: Final = logging.getLogger("omega.flags")
_SOURCE: Final[Origin] = "flag source"
_set_in_process: dict[str, FlagValue] = {}
_set_in_process_lock = Lock()
_flag_source: FlagSource | None = None
_last_answer: dict[str, FlagValue] = {}
"""What the source said last; it stands while the source fails."""
_overrides: ContextVar[tuple[Mapping[str, FlagValue], ...]] = ContextVar("omega_flag_overrides", default=())


def set_feature_flag(name: str, value: str | bool | None) -> None:
    """Set a flag for this process, above the environment; None forgets it.

    Parameters
    ----------
    name : str
        For example ``"execution_simulator"``, ``"execution"`` or ``"use_rust_execution"``.
    value : str, bool or None
        ``"false"``, ``"shadow"``, ``"verify"``, ``"auto"``, ``"true"``, ``"always"``, a synonym, or a bool. Runs
        already under way keep their plan.

    Raises
    ------
    OmegaError
        For an unknown name or value.
    """
    component = component_of(name).name
    parsed = None if value is None else parse_value(name, value)
    with _set_in_process_lock:
        if parsed is None:
            _set_in_process.pop(component, None)
        else:
            _set_in_process[component] = parsed


def set_flag_source(source: FlagSource | None) -> None:
    """Let a callable, such as a client of a service, say what the flags are, below the environment; None forgets it.

    Parameters
    ----------
    source : callable or None
        Called without arguments, once for each run or component when its flags are read, in its thread; returns flags
        and values as :func:`set_feature_flag` takes them, of any flags or none. What it raises, or says that is no
        flag or no value, changes nothing: its last answer stands, and the origin of each flag that it might have set
        says in the result that it failed. Why is logged by ``omega.flags``.

    Raises
    ------
    OmegaError
        1004 for what cannot be called.
    """
    global _flag_source
    if source is not None and not callable(source):
        message = f"a flag source is called without arguments; {type(source).__name__} cannot be called"
        raise omega_error(ErrorCode.TYPE_MISMATCH, message, rule="F-3", column="source")
    with _set_in_process_lock:
        _flag_source = source
        _last_answer.clear()


@contextmanager
def override_flags(**values: str | bool) -> Iterator[None]:
    """Override flags inside a ``with`` block, in this thread or task; inner blocks win.

    Examples
    --------
    >>> with override_flags(strategy="false"):
    ...     pass
    """
    token = _overrides.set((*_overrides.get(), _parse_all(values.items())))
    try:
        yield
    finally:
        _overrides.reset(token)


def read_flags(
    *,
    backend: str | None = None,
    configuration: Iterable[tuple[str, str | bool]] = (),
    environment: Mapping[str, str] | None = None,
) -> dict[str, FlagSetting]:
    """Read every flag from every source, once per run.

    Parameters
    ----------
    backend : {"python", "rust"}, optional
        A run-wide false or true, for all components that are built.
    configuration : iterable of (name, value)
        What the configuration says, every spelling on its own.
    environment : mapping, optional
        ``os.environ`` unless given.

    Returns
    -------
    dict of str to FlagSetting
        One entry per component, in the order of the waves.
    """
    sources: list[tuple[Origin, Mapping[str, FlagValue]]] = [(ARGUMENT, _of_backend(backend))]
    sources += [("override", values) for values in reversed(_overrides.get())]
    with _set_in_process_lock:
        sources.append(("set_feature_flag", dict(_set_in_process)))
    sources.append(("environment", _of_environment(os.environ if environment is None else environment)))
    asked, is_answered = _of_source()
    sources += [(_SOURCE, asked), ("configuration", _parse_all(configuration))]
    return {component.name: _strongest(component.name, sources, is_answered) for component in COMPONENTS}


def is_silent() -> bool:
    """Say whether neither environment nor process says anything of any flag, so that each is its default."""
    # The names as the system keeps them, in one text: to decode them one by one would take longer than all else.
    names = getattr(os.environ, "_data", None)
    if not isinstance(names, dict):
        return False
    is_named = FLAG_PREFIX in "\0".join(names) if os.name == "nt" else FLAG_PREFIX.encode() in b"\0".join(names)
    return not (is_named or _overrides.get() or _set_in_process or _flag_source)


def variable(name: str) -> str | None:
    """Read a variable of the environment, as each call does.

    Of one that is not there ``os.environ``, which raises inside, says so in ten times as long.
    """
    names = getattr(os.environ, "_data", None)
    is_absent = os.name != "nt" and isinstance(names, dict) and name.encode() not in names
    return None if is_absent else os.environ.get(name)


def _strongest(name: str, sources: list[tuple[Origin, Mapping[str, FlagValue]]], is_answered: bool) -> FlagSetting:
    found = FlagSetting("auto", "default")
    for origin, values in sources:
        if name in values:
            found = FlagSetting(values[name], origin)
            break
    is_stronger = ORIGINS.index(found.origin) < ORIGINS.index(_SOURCE)
    return found if is_answered or is_stronger else FlagSetting(found.value, found.origin, FAILED)


def _of_source() -> tuple[Mapping[str, FlagValue], bool]:
    """Ask the source; return what it says, or said last, and whether it answered now."""
    with _set_in_process_lock:
        source, kept = _flag_source, dict(_last_answer)
    if source is None:
        return {}, True
    try:
        answer = _parse_all(dict(source()).items())
    except BaseException as error:  # whatever a client of a service raises
        from omega.boundary.guard import is_foreign, text_of

        if not is_foreign(error):
            raise
        _LOG.warning("the flag source failed, its last answer stands: %s", text_of(error))
        return kept, False
    with _set_in_process_lock:
        if _flag_source is source:
            _last_answer.clear()
            _last_answer.update(answer)
    return answer, True


def _of_backend(backend: str | None) -> dict[str, FlagValue]:
    if backend is None:
        return {}
    if backend not in ("python", "rust"):
        raise omega_error(
            ErrorCode.INVALID_ARGUMENT,
            f"backend must be 'python', 'rust' or None, not {backend!r}",
            rule="F-3",
            column="backend",
            value=str(backend),
        )
    value: FlagValue = "true" if backend == "rust" else "false"
    return dict.fromkeys(BY_NAME, value)


def _of_environment(environment: Mapping[str, str]) -> dict[str, FlagValue]:
    # By name first: reading all values of the environment would take longer than everything else about flags.
    spelled = {name: environment[name] for name in environment if name.startswith(FLAG_PREFIX)}
    return _merge(
        (component_of_variable(name).name, name, parse_value(name, spelled[name])) for name in sorted(spelled)
    )


def _parse_all(values: Iterable[tuple[str, str | bool]]) -> dict[str, FlagValue]:
    return _merge((component_of(name).name, name, parse_value(name, value)) for name, value in values)


def _merge(parsed: Iterator[tuple[str, str, FlagValue]]) -> dict[str, FlagValue]:
    """Bring spellings of one flag together; two that disagree are an error (F-3)."""
    merged: dict[str, FlagValue] = {}
    spelling_of: dict[str, str] = {}
    for component, spelling, value in parsed:
        if merged.setdefault(component, value) != value:
            first = spelling_of[component]
            raise omega_error(
                ErrorCode.INVALID_ARGUMENT,
                f"{first} and {spelling} are one flag and disagree: {merged[component]!r} and {value!r}",
                rule="F-3",
                column=spelling,
                value=value,
            )
        spelling_of.setdefault(component, spelling)
    return merged
