"""Does this installation work? Each check says what it found; nothing is repaired."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final, cast

from omega.contract.errors import OmegaError
from omega.flags.registry import load_object

_REQUIRED: Final = (
    "deepdiff",
    "filelock",
    "numpy",
    "pyarrow",
    "pydantic",
    "rich",
    "ruamel.yaml",
    "typer",
    "tzdata",
    "xxhash",
)
_PYTHON_MIN: Final = (3, 11)
_PROBE_BARS: Final = 300


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    is_healthy: bool
    found: str


def examine() -> list[Check]:
    """Run every check, in the order in which the next one relies on the last."""
    probes: tuple[tuple[str, Callable[[], tuple[bool, str]]], ...] = (
        ("Python", _python),
        ("packages", _packages),
        ("time zones", _time_zones),
        ("floating point", _floating_point),
        ("flags", _flags),
        ("native module", _native),
        ("probe module", _probe),
        ("instruments", _instruments),
        ("a run on each side", _runs),
    )
    return [_examine(name, probe) for name, probe in probes]


def _examine(name: str, probe: Callable[[], tuple[bool, str]]) -> Check:
    try:
        is_healthy, found = probe()
    except (OmegaError, ImportError) as error:
        return Check(name, False, str(error))
    return Check(name, is_healthy, found)


def _python() -> tuple[bool, str]:
    return sys.version_info >= _PYTHON_MIN, sys.version.split()[0]


def _packages() -> tuple[bool, str]:
    found, missing = [], []
    for name in _REQUIRED:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    return not missing, ", ".join(found) + (f"; missing: {', '.join(missing)}" if missing else "")


def _time_zones() -> tuple[bool, str]:
    # Runs need none; users' tables, calendars and sessions do.
    from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError

    try:
        for name in ("UTC", "America/New_York"):
            ZoneInfo(name)
    except ZoneInfoNotFoundError as error:
        return False, f"no time-zone data base: {error.args[0]}; install the package tzdata"
    folder = next((place for place in TZPATH if Path(place, "America/New_York").is_file()), None)
    return True, "the package tzdata" if folder is None else folder


def _floating_point() -> tuple[bool, str]:
    wrong = cast("Callable[[], str | None]", load_object("omega_reference.environment:wrong_environment"))()
    return wrong is None, "round to nearest, subnormal numbers kept" if wrong is None else f"this thread {wrong}"


def _flags() -> tuple[bool, str]:
    from omega.flags.sources import read_flags

    set_flags = {name: setting for name, setting in read_flags().items() if setting.origin != "default"}
    named = ", ".join(f"{name}={setting.value} ({setting.origin})" for name, setting in set_flags.items())
    return True, named or "none set: auto everywhere"


def _native() -> tuple[bool, str]:
    from omega.serve.planning import native_status
    from omega.serve.trial import death

    # In a process of its own first: what would kill this one is an answer there.
    died = death()
    if died is not None:
        return False, died
    status = native_status()
    # Without the module everything works, on the reference; a wrong one is a fault.
    return not status.is_alarming, status.why + (f"; build it with: {status.fix}" if status.fix else "")


def _probe() -> tuple[bool, str]:
    """What `omega verify` lets faults loose in; it is needed in a checkout, where the gates run."""
    from omega.serve.native import checkout_root

    is_there = find_spec("omega_rust_probe") is not None
    if is_there or checkout_root() is None:
        return True, "installed" if is_there else "not installed; only omega verify needs it"
    return False, "omega_rust_probe is not installed, and omega verify needs it; build it with: make probe"


def _instruments() -> tuple[bool, str]:
    from omega.settings.instruments import builtin_instruments

    table = builtin_instruments()
    return True, f"{len(table.instruments)} symbols"


def _runs() -> tuple[bool, str]:
    from omega.reading import sample_bars
    from omega.run import run_backtest
    from omega.serve.planning import native_status
    from omega.serve.trial import death

    sides = ["python", "rust"] if death() is None and native_status().is_usable else ["python"]
    parameters = {"enabled_scenarios": [1], "window_length": 20, "ema_length": 10}
    config = {"symbol": "EURUSD", "strategy": {"parameters": parameters}}
    hashes = {}
    for side in sides:
        bars = sample_bars(_PROBE_BARS, backend=side)
        hashes[side] = run_backtest(config, bars, backend=side).last_state_hash
    named = ", ".join(f"{side} {digest}" for side, digest in hashes.items())
    return len(set(hashes.values())) == 1, f"{_PROBE_BARS} bars: {named}"
