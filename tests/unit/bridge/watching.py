"""What tests of both sides at once share: flags, cases that were kept, and a Rust module that fails when asked to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pyarrow as pa

import omega
from omega.serve import native
from omega_parity.drive.sides import both_sides, reference_side
from omega_parity.judge.replay import Replayed, replay
from omega_parity.selftest.probe import NativeProbe

_REAL = native._native
ENGINE = ("slippage_fee", "indicator_cache", "portfolio", "event_engine", "execution_simulator", "strategy")


def all_to(value: str) -> Any:
    """Override every flag."""
    return omega.config.override_flags(**dict.fromkeys((*ENGINE, "data_handler", "multi_symbol"), value))


def kept(folder: Path) -> list[Path]:
    """List the cases in a folder."""
    return sorted(folder.iterdir()) if folder.is_dir() else []


def again(case: Path, probe: NativeProbe | None = None) -> Replayed:
    """Replay a case on both sides as they are, or with the probe in the place of Rust."""
    if probe is None:
        with patch.object(native, "_native", _REAL):
            return replay(case, both_sides())
    return replay(case, (reference_side(), probe.side()))


def same_run(one: omega.Result, other: omega.Result) -> bool:
    """Whether two results are the same to the bit."""
    tables = all(
        getattr(one, name).equals(getattr(other, name)) for name in ("trades", "events", "equity", "positions")
    )
    return tables and one.metrics == other.metrics and one.last_state_hash == other.last_state_hash


def released(pair: tuple[Any, Any]) -> tuple[Any, Any]:
    """Take what Arrow capsules hold out of them: what is left points to nothing any more."""
    pa.RecordBatch._import_from_c_capsule(*pair)
    return pair


def with_broken_tables(module: Any) -> Any:
    """Return a module like the one given whose runs hand out tables that are released already."""

    def run(*given: Any) -> Any:
        trades, *others = module.run(*given)
        return (released(trades), *others)

    return SimpleNamespace(**{**vars(module), "run": run})


def progress_of(run: Callable[..., omega.Result]) -> tuple[omega.Result, list[tuple[int, int]]]:
    """Run with a callback, and return what it was told."""
    told: list[tuple[int, int]] = []
    return run(on_progress=lambda done, total: told.append((done, total))), told
