"""``omega drill``: practise the way back, and write down how it went."""

from __future__ import annotations

from typing import Annotated

import typer

from omega.cli.output import JsonOption, Output, QuietOption, console
from omega.contract.errors import ErrorCode, omega_error
from omega.flags.registry import COMPONENTS
from omega_parity.cli.exits import EXIT_GO, EXIT_NO_GO


def drill(
    wave: Annotated[int | None, typer.Option(help="Only this wave's components, 0 to 5.")] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Drill flags on and off, failures, unfit modules and snapshots, each in fresh processes; about 20 s a component.

    Checks every bit against the reference, measures the way back, and adds a record to the evidence
    (`.omega/evidence.sqlite`, or OMEGA_EVIDENCE).

    Exit codes: 0 all is well, 1 a drill failed, 2 wrong use, 3 broken environment.

    Example: omega drill --wave 4
    """
    from omega.serve.evidence import add
    from omega_parity.control.drill import Drilled, as_data, figures
    from omega_parity.control.drill import drill as drill_all
    from omega_parity.control.stamp import stamp

    components = [one.name for one in COMPONENTS if wave in (None, one.wave)]
    if not components:
        waves = sorted({one.wave for one in COMPONENTS})
        message = f"wave {wave} has nothing to drill; there are {', '.join(map(str, waves))}"
        raise omega_error(ErrorCode.OUT_OF_BOUNDS, message, rule="F-7", column="wave", value=wave)
    is_shown = not (as_json or quiet)
    screen = console()

    def show(one: Drilled) -> None:
        if is_shown:
            word = "FAILED" if one.against else "ok"
            screen.print(f"{word:6} {one.component}: {one.name}, {one.seconds_to_recover:.1f} s")
            if one.against:
                screen.print(f"       {one.against}")

    now = stamp()
    found = drill_all(components, show)
    record = add("drill", {"figures": figures(found), "drills": as_data(found)}, now)
    failed = sum(bool(one.against) for one in found)
    facts = {"drills": as_data(found), "failed": failed, "record": record}
    Output(as_json, quiet).answer(facts, lambda: f"{len(found)} drills, {failed} failed; record {record}")
    raise typer.Exit(EXIT_NO_GO if failed else EXIT_GO)
