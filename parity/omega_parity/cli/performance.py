"""``omega performance``: how much faster Rust is, measured so that a gate can decide by it."""

from __future__ import annotations

from typing import Annotated

import typer

from omega.cli.output import JsonOption, Output, QuietOption


def performance(
    processes: Annotated[int, typer.Option(help="Fresh processes of the reference, and twice as many of Rust.")] = 10,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Time both sides in interleaved fresh processes, and add ratio, interval and memory to the evidence.

    The interval is a seeded bootstrap over processes; an A/A block, Rust against Rust in the same session, gives the
    rate of false alarms. Two minutes on two quiet cores; whatever else runs widens the interval.

    Exit codes: 0 measured, 2 wrong use, 3 broken environment.

    Example: omega performance
    """
    from omega.serve.evidence import add
    from omega_parity.control.performance import figures, measure
    from omega_parity.control.stamp import stamp

    output, now = Output(as_json, quiet), stamp()
    answers = measure(processes)
    found = figures(answers)
    rows = [{"side": side, **answer} for side, answer in answers]
    record = add("performance", {"figures": found, "processes": rows}, now)
    lines = [
        f"{name}: {one['ratio']:.1f}x, 95 % in {one['ratio_low']:.1f} … {one['ratio_high']:.1f}, "
        f"false alarms {one['false_alarms']:.0%}, peak memory {one['peak_ratio']:.2f} of the reference's"
        for name, one in found.items()
    ]
    output.answer({"figures": found, "record": record}, lambda: "\n".join([*lines, f"record {record}"]))
