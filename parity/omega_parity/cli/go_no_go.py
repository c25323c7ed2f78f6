"""``omega go-no-go`` and ``omega sign-off``: may a wave's flags move, and who says so."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omega.cli.output import JsonOption, Output, QuietOption
from omega.contract.errors import ErrorCode, omega_error
from omega_parity.cli.exits import EXIT_GO, EXIT_NO_GO

if TYPE_CHECKING:
    from omega_parity.control.go_no_go import Decision

WaveOption = Annotated[str, typer.Option(help="A wave by its number, or all of them.")]


CarryOption = Annotated[
    bool, typer.Option("--carry", help="Write the GO record of all waves into the package, for a wheel to carry.")
]


def go_no_go(
    wave: WaveOption = "all",
    out: Annotated[Path, typer.Option(help="Folder for the page.")] = Path("omega-report"),
    carry: CarryOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Hold the evidence of this commit against the gates of the wave's runbook: GO or NO-GO, with every reason.

    The folder gets go-no-go.html, a page for any browser, and the same as go-no-go.md and go-no-go.json.

    Evidence that is missing, of another commit, or from a checkout with changes in no commit is NO-GO. It is written by
    `omega verify --evidence`, `omega drill` and `omega performance`. The answer is added to it where it changes: a
    GO lets `auto` serve Rust, on these sources, and a NO-GO takes that back (F-8).

    Exit codes: 0 GO, 1 NO-GO, 2 wrong use, 3 broken environment.

    Example: omega go-no-go --wave 4
    """
    from omega.serve import approvals
    from omega.serve.evidence import read
    from omega_parity.control.go_no_go import as_data, carry_all, note
    from omega_parity.report.go_no_go import write_decisions

    if carry and wave != "all":
        message = "a release carries all waves or none: --carry goes with --wave all"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="F-8", column="wave", value=wave)
    decisions = _decisions(wave)
    is_go = all(one.word == "GO" for one in decisions)
    for decision in decisions:
        note(decision)
    if carry and is_go:
        carry_all(decisions, approvals.CARRIED)
    page = write_decisions(decisions, read(), out)
    facts = {**as_data(decisions), "report": str(page)}
    lines = [*(line for one in decisions for line in _lines(one)), f"report: {page}"]
    Output(as_json, quiet).answer(facts, lambda: "\n".join(lines))
    raise typer.Exit(EXIT_GO if is_go else EXIT_NO_GO)


def sign_off(
    wave: Annotated[int, typer.Option(help="The wave by its number.")],
    role: Annotated[str, typer.Option(help="In which role, one of the owners in the runbook.")],
    name: Annotated[str, typer.Option(help="Who signs.")],
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Sign that a wave's flags may move: who, when and on which records; refused (exit code 1) while it is NO-GO.

    Example: omega sign-off --wave 0 --role "release manager" --name "…"
    """
    from omega.serve.evidence import add
    from omega_parity.control.stamp import stamp
    from omega_parity.control.waves import read_waves

    (decision,) = _decisions(str(wave))
    owners = sorted(set(read_waves()[wave].owners.values()))
    if role not in owners or not name.strip():
        what = "role" if role not in owners else "name"
        message = f"role is one of {', '.join(owners)}; name is not empty"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="F-7", column=what, value=role)
    output = Output(as_json, quiet)
    if decision.word != "GO":
        output.answer(decision.as_data(), lambda: "\n".join(["not signed:", *_lines(decision)]))
        raise typer.Exit(EXIT_NO_GO)
    records = sorted({one.record for one in decision.gates if one.record is not None})
    signed = {"wave": wave, "role": role, "name": name.strip(), "records": records, "figures": {}}
    number = add("sign_off", signed, stamp())
    output.answer({**signed, "record": number}, lambda: f"signed as record {number}, on records {records}")


def _decisions(wave: str) -> list[Decision]:
    from omega.serve.evidence import read
    from omega_parity.control.go_no_go import decide
    from omega_parity.control.stamp import stamp
    from omega_parity.control.waves import read_waves

    waves, records, now = read_waves(), read(), stamp()
    if wave != "all" and not (wave.isascii() and wave.isdigit()):
        message = f"wave is a number or `all`, not {wave!r}"
        raise omega_error(ErrorCode.INVALID_ARGUMENT, message, rule="F-7", column="wave", value=wave)
    numbers = sorted(waves) if wave == "all" else [int(wave)]
    return [decide(number, waves, records, now) for number in numbers]


def _lines(decision: Decision) -> list[str]:
    """Lay a decision out for a person: the word, every gate, every reason."""
    from omega_parity.control.figures import figure_text

    head = f"wave {decision.wave}: {decision.word}" + (f", commit {decision.commit[:12]}" if decision.commit else "")
    gates = [
        f"  {'red  ' if one.against else 'green'} {one.component}: {one.gate.evidence}.{one.gate.figure}"
        f" {figure_text(one.value)} ({one.gate.threshold})"
        for one in decision.gates
    ]
    reasons = [f"  against: {why}" for why in decision.against]
    return [head, *gates, *reasons, *(f"  signed: {line}" for line in decision.signed)]
