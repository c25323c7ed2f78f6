"""The long profile of the state machine: as many runs as are asked for, their number in the evidence.

``python -m omega_parity.control.machines 50000 --seed 7`` (`make machines`) draws any order of calls on both sides in
lock-step, prints how many runs and values were the same, and ends with 1 at the first that is not, kept as a
counterexample. What was done is written down every thousand runs, so that one that is stopped counts too.
"""

from __future__ import annotations

import argparse
import sys
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


class LongMachine(SimulatorMachine):
    """Counts for this profile only."""

    runs = 0

    def teardown(self) -> None:
        """Count the run, then let it end as every other one."""
        type(self).runs += 1
        super().teardown()


def run_batch(runs: int, seed: int) -> str:
    """Draw so many runs of a seed; return what differs, with its counterexample kept, or nothing."""
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


def main(arguments: list[str]) -> int:
    """Run the profile; 0 where nothing differs."""
    parser = argparse.ArgumentParser(prog="python -m omega_parity.control.machines", description=__doc__)
    parser.add_argument("runs", type=int, nargs="?", default=50_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    now = stamp()
    for number, first in enumerate(range(0, asked.runs, BATCH)):
        against = run_batch(min(BATCH, asked.runs - first), asked.seed + number)
        done = {"runs": LongMachine.runs, "compared": LongMachine.comparisons, "differ": int(bool(against))}
        add(KIND, {"figures": {"execution_simulator": done}, "seed": asked.seed, "against": against}, now)
        print(
            f"{done['runs']:,} runs of the state machine, {done['compared']:,} values compared, {done['differ']} differ"
        )
        if against:
            print(against)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
