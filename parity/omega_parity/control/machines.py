"""The long profile of the state machine: as many runs as are asked for, their number in the evidence.

``python -m omega_parity.control.machines 50000 --seed 7`` (`make machines`) draws any order of calls on both sides in
lock-step, a thousand runs of a seed at a time and a process for each processor, prints how many runs and values were
the same, and ends with 1 at the first that is not, kept as a counterexample. What was done is written down with every
thousand, so that one that is stopped counts too.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Final

import hypothesis
from hypothesis.stateful import run_state_machine_as_test

from omega.serve.evidence import add
from omega_parity.control.stamp import stamp
from omega_parity.drive.lockstep import driven_apart
from omega_parity.drive.stateful import SimulatorMachine
from omega_parity.gates.settings import search_settings
from omega_parity.golden.kept import folder_to_write, keep

KIND: Final = "machines"
BATCH: Final = 1_000
"""Runs of one seed."""
STEPS: Final = 25
"""Calls of a run, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What the runs of a seed showed.

    Attributes
    ----------
    runs, compared : int
        Runs that were made, and values that were the same or not.
    against : str
        What differs, or nothing.
    """

    seed: int
    runs: int
    compared: int
    against: str


class LongMachine(SimulatorMachine):
    """Counts for this profile only."""

    runs = 0

    def teardown(self) -> None:
        """Count the run, then let it end as every other one."""
        type(self).runs += 1
        super().teardown()


def run_batch(runs: int, seed: int) -> Batch:
    """Draw so many runs of a seed; what differs is kept with its counterexample."""
    LongMachine.runs, LongMachine.comparisons = 0, 0
    against = _differing(runs, seed)
    return Batch(seed=seed, runs=LongMachine.runs, compared=LongMachine.comparisons, against=against)


def _differing(runs: int, seed: int) -> str:
    hypothesis.seed(seed)(LongMachine)
    try:
        run_state_machine_as_test(LongMachine, settings=search_settings(runs, is_random=True, steps=STEPS))
    except AssertionError as error:
        if LongMachine.last is None:
            return str(error)
        case, steps = LongMachine.last.counterexample()
        why = driven_apart(case, steps) or str(error)
        place = keep(case, why, found_by="stateful", steps=steps, folder=folder_to_write())
        return f"{why}\nkept: {place}"
    return ""


def batches(runs: int, seed: int, processes: int) -> Iterator[Batch]:
    """Draw so many runs, those of a seed in one process; yield what each seed showed as it is done, up to a difference.

    What a seed draws is a matter of the seed alone, however many processes there are.
    """
    sizes = [min(BATCH, runs - first) for first in range(0, runs, BATCH)]
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        asked = [pool.submit(run_batch, size, seed + number) for number, size in enumerate(sizes)]
        for done in as_completed(asked):
            yield done.result()
            if done.result().against:
                pool.shutdown(cancel_futures=True)
                return


def main(arguments: list[str]) -> int:
    """Run the profile; 0 where nothing differs."""
    parser = argparse.ArgumentParser(prog="python -m omega_parity.control.machines", description=__doc__)
    parser.add_argument("runs", type=int, nargs="?", default=50_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    asked = parser.parse_args(arguments)
    now = stamp()
    runs, compared = 0, 0
    for batch in batches(asked.runs, asked.seed, asked.processes):
        runs, compared = runs + batch.runs, compared + batch.compared
        done = {"runs": runs, "compared": compared, "differ": int(bool(batch.against))}
        add(KIND, {"figures": {"execution_simulator": done}, "seed": batch.seed, "against": batch.against}, now)
        print(f"{runs:,} runs of the state machine, {compared:,} values compared, {done['differ']} differ")
        if batch.against:
            print(batch.against)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
