"""Does this installation work? Each check says what it found; nothing is repaired."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from omega.contract.errors import OmegaError

_REQUIRED: Final = ("numpy", "pyarrow", "pydantic", "rich", "ruamel.yaml", "typer", "xxhash")
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
        ("flags", _flags),
        ("native module", _native),
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


def _flags() -> tuple[bool, str]:
    from omega.flags.sources import read_flags

    set_flags = {name: setting for name, setting in read_flags().items() if setting.origin != "default"}
    named = ", ".join(f"{name}={setting.value} ({setting.origin})" for name, setting in set_flags.items())
    return True, named or "none set: auto everywhere"


def _native() -> tuple[bool, str]:
    from omega.serve.planning import native_status

    status = native_status()
    # Without the module everything works, on the reference; a wrong one is a fault.
    return not status.is_alarming, status.why + (f"; build it with: {status.fix}" if status.fix else "")


def _instruments() -> tuple[bool, str]:
    from omega.settings.instruments import builtin_instruments

    table = builtin_instruments()
    return True, f"{len(table.instruments)} symbols, tick values in {table.account_currency}"


def _runs() -> tuple[bool, str]:
    from omega.reading import sample_bars
    from omega.run import run_backtest
    from omega.serve.planning import native_status

    sides = ["python", "rust"] if native_status().is_usable else ["python"]
    parameters = {"enabled_scenarios": [1], "window_length": 20, "ema_length": 10}
    config = {"symbol": "EURUSD", "strategy": {"parameters": parameters}}
    hashes = {}
    for side in sides:
        bars = sample_bars(_PROBE_BARS, backend=side)
        hashes[side] = run_backtest(config, bars, backend=side).last_state_hash
    named = ", ".join(f"{side} {digest}" for side, digest in hashes.items())
    return len(set(hashes.values())) == 1, f"{_PROBE_BARS} bars: {named}"
