"""How much faster Rust is, with its uncertainty: both sides in many fresh processes, interleaved (F-7).

A ratio is of medians over processes, each the median of a process; its interval is a bootstrap over the processes of
either side (Efron, Tibshirani: An Introduction to the Bootstrap, 1993, ch. 13), seeded. An A/A block of the same
session says how much to believe it: Rust against Rust, in how many of a hundred splits the interval leaves out 1.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from omega.contract.errors import ErrorCode, omega_error
from omega_parity.control.timed import COMPONENTS

LEAST_PROCESSES: Final = 10
_SEED: Final = 14
_RESAMPLES: Final = 1_000
_SPLITS: Final = 100
_SPLIT_RESAMPLES: Final = 200
_OUTSIDE: Final = 0.025
"""Of the resampled ratios, below the interval, and as many above: 95 % are in it."""
_BLOCK: Final = ("python", "rust", "rust")
"""Rust twice: its halves are the A/A block."""
_SECONDS: Final = 300

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Interval:
    """A ratio and the interval that holds it at 95 %."""

    ratio: float
    low: float
    high: float


def measure(processes: int, on_process: Callable[[], None] = lambda: None) -> list[tuple[str, Answer]]:
    """Measure so many processes of the reference and twice as many of Rust; which side begins a block alternates.

    Raises
    ------
    OmegaError
        1003 for fewer than ten: no decision from a few processes.
    """
    if processes < LEAST_PROCESSES:
        message = f"{processes} processes decide nothing: at least {LEAST_PROCESSES}"
        raise omega_error(ErrorCode.OUT_OF_BOUNDS, message, rule="F-7", column="processes", value=processes)
    found = []
    for block in range(processes):
        for side in _BLOCK if block % 2 == 0 else reversed(_BLOCK):
            found.append((side, _process(side)))
            on_process()
    return found


def figures(answers: Sequence[tuple[str, Answer]]) -> dict[str, dict[str, Any]]:
    """Sum up for the gates: by component the lower end of the ratio, the rate of false alarms, and the memory."""
    found = {}
    peaks = {side: statistics.median(one["peak_bytes"] for of, one in answers if of == side) for side in _BLOCK}
    for workload, components in COMPONENTS.items():
        python, rust = ([one["seconds"][workload] for of, one in answers if of == side] for side in _BLOCK[:2])
        draw = random.Random(f"{_SEED} {workload}")
        interval = bootstrap(python, rust, draw, _RESAMPLES)
        own = {
            "processes": len(python),
            "ratio": interval.ratio,
            "ratio_low": interval.low,
            "ratio_high": interval.high,
            "false_alarms": false_alarms(rust, draw),
            "python_seconds": statistics.median(python),
            "rust_seconds": statistics.median(rust),
            "python_peak_bytes": peaks["python"],
            "rust_peak_bytes": peaks["rust"],
            "peak_ratio": peaks["rust"] / peaks["python"],
        }
        found.update(dict.fromkeys(components, own))
    return found


def bootstrap(above: Sequence[float], below: Sequence[float], draw: random.Random, resamples: int) -> Interval:
    """Return the ratio of medians and its percentile interval: processes of each side are drawn with replacement."""
    ratios = sorted(
        statistics.median(draw.choices(above, k=len(above))) / statistics.median(draw.choices(below, k=len(below)))
        for _ in range(resamples)
    )
    outside = int(resamples * _OUTSIDE)
    ratio = statistics.median(above) / statistics.median(below)
    return Interval(ratio, ratios[outside], ratios[-1 - outside])


def false_alarms(same: Sequence[float], draw: random.Random) -> float:
    """Return in which share of random halves of one side's processes the interval says that the halves differ."""
    alarms, half = 0, len(same) // 2
    for _ in range(_SPLITS):
        mixed = draw.sample(same, len(same))
        interval = bootstrap(mixed[:half], mixed[half:], draw, _SPLIT_RESAMPLES)
        alarms += not interval.low <= 1.0 <= interval.high
    return alarms / _SPLITS


def _process(side: str) -> Answer:
    command = [sys.executable, "-m", "omega_parity.control.timed", side]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["without a word"])[-1]
        message = f"a process that was measured ended with {done.returncode}: {last}"
        raise omega_error(ErrorCode.INVALID_STATE, message, rule="F-7", column="side", value=side)
    answer: Answer = json.loads(done.stdout)
    return answer
