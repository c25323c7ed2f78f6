"""Drills of the way back: flags on and off, failures, unfit modules, snapshots, each in processes of its own (F-7)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from omega.flags.registry import BY_NAME

_WAYS: Final = ("environment", "api", "configuration")
_UNFIT: Final = {"missing": 3001, "broken": 1007, "stale": 1007}
"""Modules that cannot serve, and the code with which ``true`` refuses them (F-6)."""
_LOOP: Final = ("event_engine", "execution_simulator", "strategy")
_SECONDS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """What one drill found.

    Attributes
    ----------
    seconds_to_recover : float
        From the beginning of the process that goes back, or fails, to its results.
    against : str
        Why it failed; empty if it did not.
    """

    component: str
    name: str
    seconds_to_recover: float
    against: str = ""


Answer = dict[str, Any]
Back = tuple[Answer, str]
"""What the process answered that went back, and what speaks against it."""
OnDrill = Callable[[Drilled], None]


def drill(components: Iterable[str], on_drill: OnDrill = lambda _: None) -> list[Drilled]:
    """Drill components, against one run of the reference alone."""
    reference = _performed(flags=_flags((), "true"), by="environment")
    found = []
    for component in components:
        for name, steps in _drills(component):
            back, against = reference, f"the reference: {reference.get('message')}"
            if "error" not in reference:
                back, against = steps(reference)
            found.append(Drilled(component=component, name=name, seconds_to_recover=back["wall"], against=against))
            on_drill(found[-1])
    return found


def figures(drilled: Iterable[Drilled]) -> dict[str, dict[str, Any]]:
    """Sum drills up for the gates: how many there were, how many failed, and the longest way back."""
    found: dict[str, dict[str, Any]] = {}
    for one in drilled:
        own = found.setdefault(one.component, {"drills": 0, "failed": 0, "seconds_to_recover": 0.0})
        own["drills"] += 1
        own["failed"] += bool(one.against)
        own["seconds_to_recover"] = max(own["seconds_to_recover"], one.seconds_to_recover)
    return found


def as_data(drilled: Iterable[Drilled]) -> list[dict[str, Any]]:
    """JSON form."""
    return [asdict(one) for one in drilled]


def needed(component: str) -> tuple[str, ...]:
    """Name a component and all that has to be Rust with it (Q-F4), in the order of the waves."""
    found = [component]
    for name in found:
        company = (*(_LOOP if name in _LOOP else ()), *BY_NAME[name].depends_on)
        found += [need for need in company if need not in found]
    return tuple(name for name in BY_NAME if name in found)


def _drills(component: str) -> list[tuple[str, Callable[[Answer], Back]]]:
    own = needed(component)
    drills: list[tuple[str, Callable[[Answer], Back]]]
    drills = [(f"on and off by {way}", partial(_on_and_off, own, way)) for way in _WAYS]
    failures = ("panic", "no_room") if component in _LOOP else (component,)
    drills += [(f"failure: {failure}", partial(_failure, own, failure)) for failure in failures]
    drills += [(f"module {state}", partial(_unfit, own, state)) for state in _UNFIT]
    if component == "execution_simulator":
        drills.append(("snapshot in Rust, resumed in Python", partial(_resumed, own)))
    return drills


def _on_and_off(own: tuple[str, ...], way: str, reference: Answer) -> Back:
    """Turn the flags on, run; turn them off, run: the same bits, on the sides that were asked for."""
    on = _performed(flags=_flags(own, "true"), by=way)
    off = _performed(flags=_flags((), "true"), by=way)
    for answer, side in ((on, "rust"), (off, "python")):
        why = _differs(answer, reference) or _other_side(answer, own, side)
        if why:
            return off, f"{side}: {why}"
    return off, ""


def _failure(own: tuple[str, ...], failure: str, reference: Answer) -> Back:
    """Let Rust fail under `auto`: the run goes on to the same bits, and says so."""
    answer = _performed(flags=_flags(own, "auto"), by="environment", failure=failure)
    if why := _differs(answer, reference):
        return answer, why
    return answer, "" if answer["fallbacks"] else "nothing was counted as a fallback"


def _unfit(own: tuple[str, ...], state: str, reference: Answer) -> Back:
    """Run with a module that cannot serve: `auto` serves the reference, `true` is refused by code."""
    answer = _performed(flags=_flags(own, "auto"), by="environment", module=state)
    if why := _differs(answer, reference) or _other_side(answer, own, "python"):
        return answer, why
    is_told = any("the native module is not used" in text for text in answer["warnings"])
    if is_told is (state == "missing"):
        return answer, f"warnings: {answer['warnings']}"
    forced = _performed(flags=_flags(own, "true"), by="environment", module=state)
    return answer, "" if forced.get("error") == _UNFIT[state] else f"`true` was answered with {forced}"


def _resumed(own: tuple[str, ...], reference: Answer) -> Back:
    """Take a simulator's snapshot in Rust, and go on from it in Python in another process."""
    with tempfile.TemporaryDirectory() as folder:
        snapshot = str(Path(folder) / "snapshot")
        before = _performed(flags=_flags(own, "true"), by="environment", snapshot=snapshot)
        after = _performed(flags=_flags((), "true"), by="environment", snapshot=snapshot, resumes=True)
    return after, _differs(before, reference) or _differs(after, reference)


def _flags(own: tuple[str, ...], value: str) -> dict[str, str]:
    return {name: value if name in own else "false" for name in BY_NAME}


def _differs(answer: Answer, reference: Answer) -> str:
    if "error" in answer:
        return f"error {answer['error']}: {answer['message']}"
    if not answer["trades"]:
        return "nothing was traded"
    return "" if answer["digest"] == reference["digest"] else "not the bits of the reference"


def _other_side(answer: Answer, own: tuple[str, ...], side: str) -> str:
    wrong = [name for name, served in answer["sides"].items() if name in own and served != side]
    return f"{', '.join(wrong)} did not serve {side}" if wrong else ""


def _performed(**asked: Any) -> Answer:
    """Let a process of its own do something; how it ends is an answer too."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("OMEGA_USE_RUST_")}
    command = [sys.executable, "-m", "omega_parity.control.drilled", json.dumps(asked)]
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as cases:
        done = subprocess.run(
            command,
            env={**variables, "OMEGA_CASES": cases},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    wall = round(time.perf_counter() - begun, 3)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["without a word"])[-1]
        return {"error": -1, "message": f"the process ended with {done.returncode}: {last}", "wall": wall}
    return {**json.loads(done.stdout), "wall": wall}
